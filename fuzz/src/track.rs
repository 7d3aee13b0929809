//! Any bytes as a track file: a track that survives its journal, or mistakes that are places in the file and safe to print.
//!
//! Deliberately absent: whether a mistake is the right one; the parser's own tests say that.

use conductor_model::track::{Diagnostic, Parsed, Severity, decode, parse_added, parse_track, parse_track_in};
use conductor_model::{Track, safe_line};
use serde::de::IgnoredAny;

/// The most diagnostics of one file: ten thousand, and one that counts the rest.
const MOST: usize = 10_001;
/// The longest message in bytes: both ends of a cycle, every character of them escaped.
const LONGEST: usize = 16 * 1024;
/// The longest span in bytes.
const SPAN: usize = 120;
/// What is wrong with JSON that a reader who looks at neither depth nor values would take.
const BEYOND_SYNTAX: [&str; 3] =
    ["the values are nested too deeply", "the number is out of range", "half of a surrogate pair is no character"];

/// Judges one file.
pub fn check(data: &[u8]) {
    let text = match decode(data) {
        Ok(text) => text,
        Err(diagnostic) => {
            let good = std::str::from_utf8(data).expect_err("it is not UTF-8").valid_up_to();
            let before = std::str::from_utf8(&data[..good]).expect("it is UTF-8 up to there");
            return is_bearable(&diagnostic, before);
        }
    };
    let read = parse_track(text, "stem");
    // Tickets that join a run without tickets are always read with positions, a track only where something is wrong with it.
    assert_eq!(read, parse_added(text, "stem", None, &|_| false), "with and without positions");
    assert_eq!(read, parse_track_in(text, "stem", &|_: &str| true), "with all files there");
    judge(&read, text);
    judge(&parse_track_in(text, "stem", &|_: &str| false), text);
    judge(&parse_added(text, "stem", None, &|_| true), text);
    if let Ok(parsed) = read {
        survives(parsed.track);
    }
}

/// What is said of a file.
fn judge(read: &Result<Parsed, Vec<Diagnostic>>, text: &str) {
    let found = match read {
        Ok(parsed) => &parsed.warnings,
        Err(found) => found,
    };
    let has_error = found.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    assert_eq!(has_error, read.is_err(), "a track is refused for an error and for nothing else");
    assert!(found.len() <= MOST);
    let listed = found.strip_suffix(found.last().filter(|last| last.code == "more").map_or(&[][..], std::slice::from_ref));
    assert!(listed.unwrap_or(found).is_sorted_by_key(|diagnostic| diagnostic.span.start), "in the order of the file");
    for diagnostic in found {
        is_bearable(diagnostic, text);
        if diagnostic.code == "json" && serde_json::from_str::<IgnoredAny>(without_mark(text)).is_ok() {
            assert!(BEYOND_SYNTAX.contains(&diagnostic.message.as_str()), "refused, and nothing explains it: {diagnostic:?}");
        }
    }
}

/// A diagnostic lies in its file, and its words are few and safe.
fn is_bearable(diagnostic: &Diagnostic, text: &str) {
    let lies_at = |span: &std::ops::Range<usize>, line: usize, column: usize| {
        let bytes = text.get(span.clone()).unwrap_or_else(|| panic!("{span:?} is no part of the file"));
        assert!(bytes.len() <= SPAN && !bytes.contains('\n'), "{span:?} is not within a line");
        let before = &without_mark(text)[..span.start - (text.len() - without_mark(text).len())];
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        assert_eq!((line, column), (before.matches('\n').count() + 1, before[start..].chars().count() + 1));
    };
    lies_at(&diagnostic.span, diagnostic.line, diagnostic.column);
    diagnostic.related.iter().for_each(|place| lies_at(&place.span, place.line, place.column));
    for words in [&diagnostic.message, &diagnostic.fix, &diagnostic.label] {
        assert!(!words.is_empty() && words.len() <= LONGEST, "{} bytes", words.len());
        assert_eq!(safe_line(words), words.as_str());
    }
    serde_json::to_string(diagnostic).expect("programs get it as JSON");
}

/// A track is what its JSON says; that of a ticket whose description lies in a file is no track file, as it would have two.
fn survives(track: Track) {
    let json = serde_json::to_string(&track).expect("a track is JSON");
    assert_eq!(serde_json::from_str::<Track>(&json).expect("a journal can be read"), track);
    if track.tickets.iter().all(|ticket| ticket.description_file.is_none()) {
        assert_eq!(parse_track(&json, "stem").expect("it can be read again").track, track);
    }
}

fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}
