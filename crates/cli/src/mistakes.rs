//! How a track's mistakes look: as excerpts of the file on a terminal, else one a line.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use conductor_model::safe_line;
use conductor_model::track::{Diagnostic as Found, Severity};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};

/// Excerpts are drawn for this many; a reader needs no more at once, and each costs a pass over the file.
const DRAWN: usize = 20;

/// Excerpts show whole lines, each mistake's with the one before and the one after. If they are together longer than this, in
/// bytes, it is a line of words alone: a whole file may be one line.
const LONGEST_EXCERPT: usize = 2_000;

/// One mistake, as miette takes it.
struct Mistake<'a> {
    found: &'a Found,
    source: &'a NamedSource<String>,
}

impl fmt::Debug for Mistake<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mistake").field(self.found).finish()
    }
}

impl fmt::Display for Mistake<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.found.message)
    }
}

impl std::error::Error for Mistake<'_> {}

impl miette::Diagnostic for Mistake<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.found.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.found.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.found.fix))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let own = LabeledSpan::new_primary_with_span(Some(self.found.label.clone()), self.found.span.clone());
        let related =
            self.found.related.iter().map(|place| LabeledSpan::new_with_span(Some(place.label.clone()), place.span.clone()));
        Some(Box::new(std::iter::once(own).chain(related)))
    }
}

/// The mistakes as text for standard error: lines, each with its end. Excerpts are drawn `width` columns wide.
pub(crate) fn text(path: &Path, source: &str, found: &[Found], color: bool, width: usize) -> String {
    let name = path.display().to_string();
    let named = NamedSource::new(safe_line(&name), if color { masked(source) } else { String::new() });
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode()).with_width(width);
    let mut out = String::new();
    for (number, diagnostic) in found.iter().enumerate() {
        if color && number < DRAWN && has_short_lines(source, diagnostic) {
            // Writing to a String cannot fail.
            let _ = handler.render_report(&mut out, &Mistake { found: diagnostic, source: &named });
        } else {
            out.push_str(&diagnostic.one_line(&name));
            out.push('\n');
        }
    }
    out
}

/// Whether all lines of an excerpt are short enough to be shown.
fn has_short_lines(source: &str, found: &Found) -> bool {
    let is_short = |span: &Range<usize>| {
        let (Some(before), Some(after)) = (source.get(..span.start), source.get(span.start..)) else { return false };
        let lines = before.rsplit('\n').take(2).chain(after.split('\n').take(2));
        lines.map(str::len).sum::<usize>() <= LONGEST_EXCERPT
    };
    is_short(&found.span) && found.related.iter().all(|place| is_short(&place.span))
}

/// The text with a harmless character of the same length in UTF-8 for each that could deceive, so that places stay.
fn masked(source: &str) -> String {
    let mask = |c: char| {
        let mut buffer = [0; 4];
        let text: &str = c.encode_utf8(&mut buffer);
        if matches!(c, '\n' | '\t' | '\r') || safe_line(text) == text {
            return c;
        }
        match c.len_utf8() {
            1 => '?',
            2 => '¿',
            3 => '\u{fffd}',
            _ => '\u{1f6ab}',
        }
    };
    source.chars().map(mask).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masking_keeps_every_place() {
        let text = "a\u{1b}[\u{9b}é\u{202e}b\u{e0041}\n文";
        let safe = masked(text);
        assert_eq!(safe, "a?[¿é\u{fffd}b\u{1f6ab}\n文");
        assert_eq!(safe.len(), text.len());
    }

    #[test]
    fn without_a_terminal_each_mistake_is_one_line_with_its_place() {
        let source = "[{\"id\": \"A\", \"description\": \"x\", \"depends_on\": [\"B\"]}]";
        let found = conductor_model::track::parse_track(source, "t").unwrap_err();
        let shown = text(Path::new("t.json"), source, &found, false, 100);
        assert!(shown.starts_with("t.json:1:49: "), "{shown}");
        assert_eq!(shown.lines().count(), found.len());
        let drawn = text(Path::new("t.json"), source, &found, true, 100);
        assert!(drawn.contains("t.json:1:49"), "{drawn}");
    }

    #[test]
    fn of_a_file_that_is_one_long_line_nothing_is_drawn() {
        let long = format!("[{{\"id\": \"A\", \"description\": \"{}\", \"colour\": 1}}]", "x".repeat(1_000_000));
        let found = conductor_model::track::parse_track(&long, "t").unwrap_err();
        let one = text(Path::new("t.json"), &long, &found, false, 100);
        assert_eq!(text(Path::new("t.json"), &long, &found, true, 100), one);
        let [only] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(one, format!("{}\n", only.one_line("t.json")));
    }
}
