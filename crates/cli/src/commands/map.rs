//! `conductor context --map`: the map of a folder, as workers get it whose ticket names no files.

use std::path::Path;

use conductor::{TagStore, index};
use conductor_context::{Query, Tokens};
use conductor_journal::{FOLDER, Journal, JournalError};
use conductor_model::{safe_line, safe_text};
use etcetera::BaseStrategy as _;
use serde_json::json;

use crate::args::ContextArgs;
use crate::errors::Failure;
use crate::exit::Exit;
use crate::output;
use crate::session::Session;

/// How many files are named of which there is something to be said.
const MOST_NOTES: usize = 10;

/// Prints the map of `dir`.
pub(super) fn map(session: &Session, args: &ContextArgs, dir: &Path) -> Result<Exit, Failure> {
    let dir = dir.canonicalize().map_err(|error| Failure::unreadable(dir, &error))?;
    let store = store(session, &dir);
    let (index, notes) = index(&dir, &store).map_err(|error| Failure::unreadable(&dir, &error))?;
    for note in notes.iter().take(MOST_NOTES) {
        session.say(&format!("note: {}", safe_line(note)));
    }
    if notes.len() > MOST_NOTES {
        session.say(&format!("note: the same of {} more files", notes.len() - MOST_NOTES));
    }
    let query = args.purpose.as_deref().map(Query::of_text).unwrap_or_default();
    let ranking = index.rank(&query);
    let map = ranking.map(Tokens(args.tokens), &std::collections::BTreeSet::new());
    if args.json {
        let files: Vec<_> = ranking
            .files()
            .map(|file| {
                let reasons: Vec<String> = file.reasons.iter().map(ToString::to_string).collect();
                json!({ "path": file.path, "score": file.score, "named": file.is_favoured, "reasons": reasons })
            })
            .collect();
        let value = json!({ "map": map.text, "tokens": map.tokens.0, "files": files });
        let text = serde_json::to_string_pretty(&value).map_err(|error| Failure::of(Exit::BUG, &error))?;
        output::json(&text)?;
        return Ok(Exit::OK);
    }
    if map.text.is_empty() && !index.is_empty() {
        session.say(&format!("note: {} tokens are too few for a map", args.tokens));
    }
    let text = if output::is_terminal() { safe_text(&map.text) } else { map.text.as_str().into() };
    output::data(text.as_bytes())?;
    Ok(Exit::OK)
}

/// Where the tags of this folder's files are kept. That they cannot be kept is said, and costs time alone.
fn store(session: &Session, dir: &Path) -> TagStore {
    match open(dir) {
        Ok(Some(journal)) => TagStore::Write(journal),
        Ok(None) => TagStore::None,
        Err(error) => {
            session.say(&safe_line(&format!("note: what is learnt of the files is not kept: failed to {error}")));
            TagStore::None
        }
    }
}

fn open(dir: &Path) -> Result<Option<Journal>, JournalError> {
    if dir.join(FOLDER).is_dir() {
        return Journal::open(dir).map(Some);
    }
    let Ok(dirs) = etcetera::base_strategy::Xdg::new() else { return Ok(None) };
    let cache = dirs.cache_dir().join("conductor");
    std::fs::create_dir_all(&cache).map_err(|error| JournalError::Create { path: cache.clone(), source: error.into() })?;
    Journal::open(&cache).map(Some)
}
