//! Reading a track file: the way in.

use foldhash::fast::FixedState;
use indexmap::IndexMap;

use super::diagnostic::{Diagnostic, Severity};
use super::found::{Found, Mistake};
use super::links::Live;
use super::read::Strict;
use super::{syntax, walk};
use crate::Track;

/// A track that can be run.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The track, as the file says it. `description` of a ticket with a `description_file` is empty: whoever reads files fills it.
    pub track: Track,
    /// What is worth knowing about it, in the order of the file.
    pub warnings: Vec<Diagnostic>,
}

/// The files below the tickets' root.
pub trait Tree {
    /// Whether there is a file of that path. The path is relative, and cannot leave the root but through links.
    fn has_file(&self, path: &str) -> bool;
}

impl<F: Fn(&str) -> bool> Tree for F {
    fn has_file(&self, path: &str) -> bool {
        self(path)
    }
}

/// Reads a track: an object, or a bare list of tickets, whose id and title are then `stem`, the file's name without extension.
///
/// # Errors
/// Every mistake in it at once, and the warnings among them, in the order of the file; at least one is a [`Severity::Error`].
pub fn parse_track(source: &str, stem: &str) -> Result<Parsed, Vec<Diagnostic>> {
    read(source, stem, None)
}

/// As [`parse_track`], and names the files that are not there: a context file is a warning, as an earlier ticket may create it;
/// a `description_file` is an error.
///
/// # Errors
/// As [`parse_track`].
pub fn parse_track_in(source: &str, stem: &str, tree: &dyn Tree) -> Result<Parsed, Vec<Diagnostic>> {
    read(source, stem, Some(tree))
}

/// Reads tickets that are to join a run (R4): as [`parse_track_in`], but a ticket may depend on those of the run, and none may have
/// the id of one. `live` says whether the run has a ticket of an id. Of a track object only the tickets count.
///
/// # Errors
/// As [`parse_track`].
pub fn parse_added(
    source: &str,
    stem: &str,
    tree: Option<&dyn Tree>,
    live: &dyn Fn(&str) -> bool,
) -> Result<Parsed, Vec<Diagnostic>> {
    let text = without_mark(source);
    let read = Strict::new().read(text, stem);
    let (track, refused) = match read {
        Ok(track) => (Some(track), None),
        Err(error) => (None, Some(error)),
    };
    let found = shifted(diagnose(text, tree, Some(live), refused), source.len() - text.len());
    match track {
        Some(track) if is_usable(&found) => Ok(Parsed { track, warnings: found }),
        Some(_) | None => Err(found),
    }
}

/// The text of a file.
///
/// # Errors
/// Where it is not UTF-8.
pub fn decode(bytes: &[u8]) -> Result<&str, Box<Diagnostic>> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(text),
        Err(error) => error,
    };
    let good = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
    let text = without_mark(good);
    let mut found = Found::new(text);
    found.error(Mistake {
        code: "utf8",
        at: text.len()..text.len(),
        message: format!("byte 0x{:02x} is not UTF-8", bytes[good.len()]),
        label: "here",
        fix: "save the file as UTF-8".to_owned(),
    });
    match shifted(found.finish(text.len()), good.len() - text.len()).pop() {
        Some(diagnostic) => Err(Box::new(diagnostic)),
        None => Ok(good),
    }
}

fn read(source: &str, stem: &str, tree: Option<&dyn Tree>) -> Result<Parsed, Vec<Diagnostic>> {
    let text = without_mark(source);
    let mut strict = Strict::new();
    let read = strict.read(text, stem);
    if let Ok(track) = read {
        if strict.verify() && tree.is_none_or(|tree| has_all_files(&track, tree)) {
            return Ok(Parsed { track, warnings: Vec::new() });
        }
        let found = shifted(diagnose(text, tree, None, None), source.len() - text.len());
        return if is_usable(&found) { Ok(Parsed { track, warnings: found }) } else { Err(found) };
    }
    Err(shifted(diagnose(text, tree, None, read.err()), source.len() - text.len()))
}

/// Some editors begin a file with a byte order mark; it is not counted as a column, but it is as bytes.
fn without_mark(source: &str) -> &str {
    source.strip_prefix('\u{feff}').unwrap_or(source)
}

fn is_usable(found: &[Diagnostic]) -> bool {
    found.iter().all(|diagnostic| diagnostic.severity != Severity::Error)
}

/// The second pass. `refused` is the first pass's error, said if this pass finds none.
fn diagnose(text: &str, tree: Option<&dyn Tree>, live: Live<'_>, refused: Option<serde_json::Error>) -> Vec<Diagnostic> {
    let mut found = Found::new(text);
    if let Some(value) = syntax::tree(text, &mut found) {
        walk::file(&value, tree, live, &mut found);
    }
    if let Some(error) = refused
        && found.has_no_error()
    {
        syntax::refused(&error, text, &mut found);
    }
    found.finish(text.len())
}

fn shifted(mut found: Vec<Diagnostic>, by: usize) -> Vec<Diagnostic> {
    for diagnostic in &mut found {
        diagnostic.span = diagnostic.span.start + by..diagnostic.span.end + by;
        for related in &mut diagnostic.related {
            related.span = related.span.start + by..related.span.end + by;
        }
    }
    found
}

/// Asks for every file once.
fn has_all_files(track: &Track, tree: &dyn Tree) -> bool {
    let mut asked: IndexMap<&str, bool, FixedState> = IndexMap::with_hasher(FixedState::default());
    let of_tickets = track.tickets.iter().flat_map(|ticket| {
        let context = ticket.context_requirements.iter().flatten();
        context.chain(&ticket.description_file)
    });
    let mut paths = track.context.iter().flatten().chain(of_tickets);
    paths.all(|path| *asked.entry(path).or_insert_with(|| tree.has_file(path)))
}
