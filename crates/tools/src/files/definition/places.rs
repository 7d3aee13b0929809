//! Places where a name is defined, in bounded memory whatever is found.

use conductor_context::{Fit, Symbol, SymbolKind, Symbols, is_test};

use crate::files::{Found, list::one_line, read, search::cut};

/// The most that one call shows of sources, in bytes.
const MAX_BYTES: usize = read::MAX_BYTES;
/// How many places are held, and how many of them named where their sources do not fit.
const MAX_HELD: usize = 1_000;
const MAX_NAMED: usize = 50;

/// A definition that was found.
pub(super) struct Place {
    fit: Fit,
    is_test: bool,
    headline: String,
    source: Source,
    /// What is to be known of its file.
    notes: Vec<String>,
}

/// The source of a definition.
enum Source {
    Whole(String),
    /// Its first lines, and the number of the line behind them.
    Cut(String, usize),
    /// There was no room for it.
    Dropped,
}

/// All of them, in the order in which they were found.
#[derive(Default)]
pub(super) struct Places {
    list: Vec<Place>,
    /// Of the best, where there is one.
    best: usize,
    /// The size of all sources.
    bytes: usize,
    /// How many are not even held.
    more: usize,
}

/// `path:first-last kind name`.
pub(super) fn headline(path: &str, (first, last): (usize, usize), kind: SymbolKind, qualified: &str) -> String {
    format!("{}:{first}-{last} {kind} {}", one_line(path), cut(&one_line(qualified)))
}

impl Place {
    pub(super) fn of(path: &str, symbols: &Symbols, symbol: &Symbol, lines: (usize, usize), fit: Fit) -> Self {
        let whole = symbols.source(symbol);
        let source = if whole.len() <= MAX_BYTES {
            Source::Whole(whole.to_owned())
        } else {
            // One byte more than is shown, so that the last of these lines is left out.
            let begins = whole.get(..whole.ceil_char_boundary(MAX_BYTES + 1)).unwrap_or_default();
            let (shown, taken, _) = read::bounded(&begins.split_inclusive('\n').collect::<Vec<_>>());
            Source::Cut(shown, lines.0 + taken)
        };
        let notes = symbols.notes.iter().map(|note| format!("`{}`: {note}", one_line(path))).collect();
        let headline = headline(path, lines, symbol.kind, &symbol.qualified);
        Self { fit, is_test: is_test(path, &symbol.qualified), headline, source, notes }
    }

    /// The less the better.
    fn rank(&self) -> (Fit, bool) {
        (self.fit, self.is_test)
    }

    fn size(&self) -> usize {
        match &self.source {
            Source::Whole(text) | Source::Cut(text, _) => text.len(),
            Source::Dropped => 0,
        }
    }
}

impl Places {
    /// How well the best fits; none where nothing was found.
    pub(super) fn best(&self) -> Option<Fit> {
        self.list.get(self.best).map(|place| place.fit)
    }

    /// Adds one. Sources are held while all of them fit; from then on that of the best.
    pub(super) fn add(&mut self, place: Place) {
        self.bytes += place.size();
        let is_best = self.list.get(self.best).is_none_or(|best| place.rank() < best.rank());
        if self.list.len() == MAX_HELD {
            self.more += 1;
            if !is_best {
                return;
            }
            self.list.pop();
        }
        if is_best {
            self.best = self.list.len();
        }
        self.list.push(place);
        if self.bytes > MAX_BYTES {
            let others = self.list.iter_mut().enumerate().filter(|(at, _)| *at != self.best);
            others.for_each(|(_, place)| place.source = Source::Dropped);
        }
    }

    /// All sources where they fit, else the best and where the others are.
    pub(super) fn told(self, mut notes: Vec<String>) -> Found {
        let Self { mut list, best: _, bytes, more } = self;
        list.sort_by_key(Place::rank);
        let best = list.first().map(|place| place.fit);
        if best != Some(Fit::Around) {
            list.retain(|place| place.fit != Fit::Around);
        }
        let whole = bytes <= MAX_BYTES && more == 0;
        let (sources, others) = list.split_at(if whole { list.len() } else { list.len().min(1) });
        let mut text = String::new();
        let mut is_cut = !whole;
        for place in sources {
            let gap = if text.is_empty() { "" } else { "\n" };
            text.push_str(&format!("{gap}{}\n", place.headline));
            let (shown, go_on) = match &place.source {
                Source::Whole(shown) => (shown.as_str(), None),
                Source::Cut(shown, line) => (shown.as_str(), Some(line)),
                Source::Dropped => ("", None),
            };
            text.push_str(shown);
            if !shown.ends_with('\n') {
                text.push('\n');
            }
            if let Some(line) = go_on {
                is_cut = true;
                notes.push(format!("too long to show; `read` goes on with start_line {line}"));
            }
            let new: Vec<String> = place.notes.iter().filter(|note| !notes.contains(note)).cloned().collect();
            notes.extend(new);
        }
        if !others.is_empty() {
            text.push_str("\nAlso defined here; give a `path` or more of the name:\n");
            others.iter().take(MAX_NAMED).for_each(|place| text.push_str(&format!("{}\n", place.headline)));
            let unnamed = others.len().saturating_sub(MAX_NAMED) + more;
            if unnamed > 0 {
                notes.push(format!("{unnamed} more places are not named"));
            }
        }
        Found::noted(text, &notes, is_cut)
    }
}
