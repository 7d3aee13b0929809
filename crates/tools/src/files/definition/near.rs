//! The names most like one that nothing has.

use conductor_context::{Lines, Symbols};

use super::places::headline;

/// From this likeness (0 to 1) on a name is worth showing.
pub(super) const ALIKE: f64 = 0.6;
/// How many are shown.
const MAX_SHOWN: usize = 5;
/// Names longer than this, in bytes, are not compared.
const MAX_NAME: usize = 64;

/// The names most like one, at most as many as are shown.
pub(super) struct Near<'a> {
    name: &'a str,
    folded: String,
    /// The most alike first.
    list: Vec<(f64, String)>,
}

impl<'a> Near<'a> {
    pub(super) fn new(name: &'a str) -> Self {
        Self { name, folded: name.to_lowercase(), list: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Takes those of a file that are at least so much alike.
    pub(super) fn take(&mut self, path: &str, symbols: &Symbols, lines: &Lines, likeness: f64) {
        for symbol in &symbols.list {
            let least = match self.list.get(MAX_SHOWN - 1) {
                Some((least, _)) => likeness.max(*least + f64::EPSILON),
                None => likeness,
            };
            let other = symbols.text.get(symbol.name.clone()).unwrap_or_default();
            let alike = self.likeness(other);
            if alike < least {
                continue;
            }
            let at = self.list.partition_point(|(better, _)| *better >= alike);
            let told = headline(path, lines.around(&symbols.range(symbol)), symbol.kind, &symbol.qualified);
            self.list.insert(at, (alike, told));
            self.list.truncate(MAX_SHOWN);
        }
    }

    fn likeness(&self, other: &str) -> f64 {
        if other == self.name {
            return 1.0;
        }
        if self.name.len() > MAX_NAME || other.len() > MAX_NAME {
            return 0.0;
        }
        // The same but for its case is not the same.
        strsim::normalized_damerau_levenshtein(&self.folded, &other.to_lowercase()).min(0.99)
    }

    /// One a line.
    pub(super) fn listed(&self) -> String {
        self.list.iter().map(|(_, told)| format!("{told}\n")).collect()
    }
}
