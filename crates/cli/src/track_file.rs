//! Reading a track file: its mistakes told, its descriptions read in.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use conductor_model::track::{Diagnostic, Parsed, Severity, Tree, decode, parse_added, parse_track, parse_track_in};
use conductor_model::{Ticket, Track, safe_line};

use crate::errors::Failure;
use crate::exit::Exit;
use crate::session::Session;
use crate::{mistakes, output};

/// The largest description that is read from a file of its own, in bytes.
const MAX_DESCRIPTION: u64 = 1 << 20;

/// A track file that can be run.
pub(crate) struct TrackFile {
    /// Where it really is: what its runs are found by.
    pub(crate) canonical: PathBuf,
    /// What it says, descriptions read in.
    pub(crate) track: Track,
    /// Whether it is a bare list of tickets.
    pub(crate) is_list: bool,
}

/// What was found in a track file, with its text.
pub(crate) struct Found {
    /// The text.
    pub(crate) source: String,
    /// The track, if it can be run.
    pub(crate) track: Option<Track>,
    /// Mistakes and warnings, in the order of the file.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Reads a file for its mistakes, telling none.
///
/// # Errors
/// A file that cannot be read (66).
pub(crate) fn inspect(session: &Session, path: &Path) -> Result<Found, Failure> {
    parsed(&session.dir, path, &|source, stem, tree| match tree {
        None => parse_track(source, stem),
        Some(tree) => parse_track_in(source, stem, tree),
    })
    .map_err(|failure| match path.exists() {
        true => failure,
        false => failure.hint("`conductor init` writes an example track"),
    })
}

/// Reads tickets, with a look at the files they name or without.
type Parse<'a> = &'a dyn Fn(&str, &str, Option<&dyn Tree>) -> Result<Parsed, Vec<Diagnostic>>;

fn parsed(dir: &Path, path: &Path, parse: Parse<'_>) -> Result<Found, Failure> {
    let bytes = fs::read(path).map_err(|error| Failure::unreadable(path, &error))?;
    // Large tracks are read without a second copy of their text.
    let source = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let diagnostics = decode(error.as_bytes()).err().into_iter().map(|diagnostic| *diagnostic).collect();
            let source = String::from_utf8_lossy(error.as_bytes()).into_owned();
            return Ok(Found { source, track: None, diagnostics });
        }
    };
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(match with_descriptions(dir, &source, &stem, parse) {
        Ok(parsed) => Found { source, track: Some(parsed.track), diagnostics: parsed.warnings },
        Err(diagnostics) => Found { source, track: None, diagnostics },
    })
}

/// As `parse`, with what is wrong with the files of descriptions, each at the field's place.
fn with_descriptions(dir: &Path, source: &str, stem: &str, parse: Parse<'_>) -> Result<Parsed, Vec<Diagnostic>> {
    let is_file = |name: &str| dir.join(name).is_file();
    let all = parse(source, stem, Some(&is_file));
    let files = |track: &Track| track.tickets.iter().filter_map(|ticket| ticket.description_file.clone()).collect::<Vec<_>>();
    let names = match &all {
        Ok(parsed) => files(&parsed.track),
        // Without a look at the files, it is known which are descriptions.
        Err(_) => parse(source, stem, None).map(|blind| files(&blind.track)).unwrap_or_default(),
    };
    if names.is_empty() {
        return all;
    }
    let root = Dir::open_ambient_dir(dir, ambient_authority());
    let problem = |name: &str| match &root {
        Ok(root) => description(root, name).err(),
        Err(error) => Some(error.to_string()),
    };
    let problems: Vec<(&str, String)> = names.iter().filter_map(|name| Some((name.as_str(), problem(name)?))).collect();
    if problems.is_empty() {
        return all;
    }
    let bad: BTreeSet<&str> = problems.iter().map(|(name, _)| *name).collect();
    let Err(mut found) = parse(source, stem, Some(&|name: &str| is_file(name) && !bad.contains(name))) else { return all };
    let known = match all {
        Ok(parsed) => parsed.warnings,
        Err(found) => found,
    };
    // A context file of the same name is there.
    found.retain(|one| one.severity == Severity::Error || known.contains(one));
    // Both are in the order of the file.
    let of_files = found.iter_mut().filter(|one| one.severity == Severity::Error);
    for (one, (name, why)) in of_files.zip(&problems) {
        if is_file(name) {
            one.code = "file.unusable";
            one.message = safe_line(&format!("the description file `{name}` cannot be used: {why}")).into_owned();
            one.label = "not a description".to_owned();
            one.fix = "make it UTF-8 text of at most 1 MiB that says what is to be done, or write the description here".to_owned();
        }
    }
    Err(found)
}

/// Reads tickets that are to join a run in `dir` (R4), and tells what is wrong with them. `live`: whether the run has a ticket of
/// an id.
///
/// # Errors
/// A file that cannot be read (66), or with mistakes (65, told already).
pub(crate) fn read_added(session: &Session, dir: &Path, path: &Path, live: &dyn Fn(&str) -> bool) -> Result<Vec<Ticket>, Failure> {
    let mut found = parsed(dir, path, &|source, stem, tree| parse_added(source, stem, tree, live))?;
    tell(session, path, &found);
    let Some(mut track) = found.track.take() else { return Err(Failure::told(Exit::INVALID)) };
    read_descriptions(dir, &mut track)?;
    Ok(track.tickets)
}

/// Reads a file that is to be run or shown, and tells what is wrong with it.
///
/// # Errors
/// A file that cannot be read (66), or with mistakes (65, told already).
pub(crate) fn read(session: &Session, path: &Path) -> Result<TrackFile, Failure> {
    let mut found = inspect(session, path)?;
    let Some(mut track) = found.track.take() else {
        tell(session, path, &found);
        return Err(Failure::told(Exit::INVALID));
    };
    // Most are files that an earlier ticket makes: worth a line here, and each its own in `check`.
    match found.diagnostics.len() {
        0 => {}
        1 => session.say("1 warning about the track: `conductor check` shows it"),
        many => session.say(&format!("{many} warnings about the track: `conductor check` shows them")),
    }
    let canonical = path.canonicalize().map_err(|error| Failure::unreadable(path, &error))?;
    read_descriptions(&session.dir, &mut track)?;
    let is_list = found.source.trim_start_matches('\u{feff}').trim_start().starts_with('[');
    Ok(TrackFile { canonical, track, is_list })
}

/// Tells the mistakes and warnings on standard error.
pub(crate) fn tell(session: &Session, path: &Path, found: &Found) {
    if !found.diagnostics.is_empty() {
        let text =
            mistakes::text(path, &found.source, &found.diagnostics, session.colors.err, output::width(&console::Term::stderr()));
        output::say(text.trim_end());
    }
}

/// Fills descriptions that lie in files of their own. A link out of the folder is not followed.
fn read_descriptions(dir: &Path, track: &mut Track) -> Result<(), Failure> {
    if track.tickets.iter().all(|ticket| ticket.description_file.is_none()) {
        return Ok(());
    }
    let root = Dir::open_ambient_dir(dir, ambient_authority()).map_err(|error| Failure::unreadable(dir, &error))?;
    for ticket in &mut track.tickets {
        let Some(name) = &ticket.description_file else { continue };
        ticket.description = description(&root, name).map_err(|why| {
            Failure::new(Exit::INVALID, format!("ticket {}: description_file {name} cannot be used: {why}", ticket.id))
        })?;
    }
    Ok(())
}

/// The text of a description's file, or why there is none.
fn description(root: &Dir, name: &str) -> Result<String, String> {
    let said = |error: std::io::Error| error.to_string();
    // Asked first: opening a pipe would wait for a writer.
    if !root.metadata(name).map_err(said)?.is_file() {
        return Err("it is no regular file".to_owned());
    }
    let mut bytes = Vec::new();
    root.open(name).map_err(said)?.take(MAX_DESCRIPTION + 1).read_to_end(&mut bytes).map_err(said)?;
    if bytes.len() as u64 > MAX_DESCRIPTION {
        return Err("it is larger than 1 MiB".to_owned());
    }
    match String::from_utf8(bytes) {
        Ok(text) if text.trim().is_empty() => Err("it is empty".to_owned()),
        Ok(text) => Ok(text),
        Err(_) => Err("it is not UTF-8".to_owned()),
    }
}
