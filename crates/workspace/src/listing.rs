//! What a folder holds, file by file, where there is no git: enough to say which files have changed since an attempt began.
//!
//! Ignored files are left out by the same rules as in git. Deliberately absent: lines that changed; the old content is not kept.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use conductor_model::Digest;
use serde::{Deserialize, Serialize};

use crate::diff::{Change, ChangedPath, Difference};
use crate::error::on_file;
use crate::obstacle::refuse_special_rules;
use crate::walk::walk;
use crate::{Snapshot, WorkspaceError};

/// How many files are watched.
const FILES: usize = 100_000;
/// Files longer than this, in bytes, are compared by length and time alone.
const LONG: u64 = 16 << 20;

/// One file as it was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Seen {
    Content {
        digest: Digest,
        executable: bool,
    },
    Link {
        to: PathBuf,
    },
    Long {
        bytes: u64,
        nanoseconds: u128,
    },
    /// It is there, and nobody but its owner may read it.
    Closed,
}

type Files = BTreeMap<String, Seen>;

/// A path that setup or a check changed; `None` is "not there".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Leftover {
    /// As it was left.
    left: Option<Seen>,
    /// As the worker (or the beginning) had it.
    was: Option<Seen>,
}

/// What is known of the folder across a crash.
#[derive(Debug, Default, Serialize, Deserialize)]
struct State {
    /// As the attempt began.
    began: Files,
    /// As it was when setup or a check began, while one is running.
    running: Option<Files>,
    left: BTreeMap<String, Leftover>,
}

/// A folder's files when an attempt began, kept in a file of ours.
#[derive(Debug)]
pub(crate) struct Listing {
    root: PathBuf,
    file: PathBuf,
    state: State,
    /// As the last snapshot saw it: what comes right after one need not look again.
    seen: Option<Files>,
    /// The setup that has passed here, as long as this process knows.
    pub(crate) set_up: Option<Digest>,
}

impl Listing {
    /// Lists `root` and keeps the list in `file`.
    ///
    /// # Errors
    /// More than 100,000 files, or one that cannot be read.
    pub(crate) async fn begin(root: PathBuf, file: PathBuf) -> Result<Self, WorkspaceError> {
        let state = State { began: list(root.clone()).await?, ..State::default() };
        let listing = Self { root, file, state, seen: None, set_up: None };
        listing.save().await?;
        Ok(listing)
    }

    /// Goes on with a kept list; `None` if there is none, or not all of it. What has changed while a setup or check was running
    /// counts as left by it.
    ///
    /// # Errors
    /// As [`Listing::begin`].
    pub(crate) async fn reopen(root: PathBuf, file: PathBuf) -> Result<Option<Self>, WorkspaceError> {
        let Ok(bytes) = tokio::fs::read(&file).await else { return Ok(None) };
        let Ok(state) = serde_json::from_slice(&bytes) else { return Ok(None) };
        let mut listing = Self { root, file, state, seen: None, set_up: None };
        listing.end_of_ours().await?;
        Ok(Some(listing))
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// What has changed since the beginning, but for what setup and checks left.
    ///
    /// # Errors
    /// As [`Listing::begin`].
    pub(crate) async fn snapshot(&mut self) -> Result<Snapshot, WorkspaceError> {
        // Setup or a check was dropped halfway.
        self.end_of_ours().await?;
        let mut now = list(self.root.clone()).await?;
        self.seen = Some(now.clone());
        for (path, leftover) in &self.state.left {
            if now.get(path) == leftover.left.as_ref() {
                set(&mut now, path, leftover.was.clone());
            }
        }
        let gone = self.state.began.keys().filter(|path| !now.contains_key(*path)).map(|path| (path, Change::Deleted));
        let here = now.iter().filter_map(|(path, seen)| match self.state.began.get(path) {
            None => Some((path, Change::Added)),
            Some(before) if before == seen => None,
            Some(_) => Some((path, Change::Modified)),
        });
        let changed = gone.chain(here).map(|(path, change)| ChangedPath { path: path.clone(), change }).collect();
        Ok(Snapshot { tree: None, difference: Difference::of(changed, 0, 0), nested: Vec::new(), unlanded: Vec::new() })
    }

    /// Says durably that setup or a check is about to run. A snapshot comes right before.
    ///
    /// # Errors
    /// As [`Listing::begin`].
    pub(crate) async fn start_of_ours(&mut self) -> Result<(), WorkspaceError> {
        let before = match self.seen.take() {
            Some(seen) => seen,
            None => list(self.root.clone()).await?,
        };
        self.state.running = Some(before);
        self.save().await
    }

    /// Remembers what has changed since [`Listing::start_of_ours`], if that was the last, and answers its paths.
    ///
    /// # Errors
    /// As [`Listing::begin`].
    pub(crate) async fn end_of_ours(&mut self) -> Result<Vec<String>, WorkspaceError> {
        let Some(before) = &self.state.running else { return Ok(Vec::new()) };
        let after = list(self.root.clone()).await?;
        let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let changed: Vec<String> = paths.into_iter().filter(|path| before.get(*path) != after.get(*path)).cloned().collect();
        for path in &changed {
            let (old, left) = (before.get(path).cloned(), after.get(path).cloned());
            let was = match self.state.left.remove(path) {
                Some(known) if known.left == old => known.was,
                Some(_) | None => old,
            };
            self.state.left.insert(path.clone(), Leftover { left, was });
        }
        self.state.running = None;
        self.save().await?;
        Ok(changed)
    }

    /// Writes the state, whole or not at all.
    async fn save(&self) -> Result<(), WorkspaceError> {
        let bytes = serde_json::to_vec(&self.state).map_err(|error| on_file("writing", &self.file)(error.into()))?;
        let new = self.file.with_extension("new");
        tokio::fs::write(&new, bytes).await.map_err(on_file("writing", &new))?;
        tokio::fs::rename(&new, &self.file).await.map_err(on_file("writing", &self.file))
    }
}

fn set(files: &mut Files, path: &str, seen: Option<Seen>) {
    match seen {
        Some(seen) => drop(files.insert(path.to_owned(), seen)),
        None => drop(files.remove(path)),
    }
}

async fn list(root: PathBuf) -> Result<Files, WorkspaceError> {
    // The walk reads the rules as git does, and would wait for ever as git would.
    refuse_special_rules(&root, "").await?;
    let here = root.clone();
    let listed = tokio::task::spawn_blocking(move || list_now(&root)).await;
    listed.unwrap_or_else(|error| Err(on_file("listing", here)(std::io::Error::other(error))))
}

fn list_now(root: &Path) -> Result<Files, WorkspaceError> {
    let mut files = Files::new();
    for entry in walk(root).build() {
        let (path, seen) = match entry {
            Ok(entry) if entry.file_type().is_none_or(|kind| kind.is_dir()) => continue,
            Ok(entry) => {
                let path = entry.into_path();
                (path.clone(), look(&path).map_err(on_file("reading", path))?)
            }
            Err(error) => unlisted(error).map_err(|error| on_file("listing", root)(error))?,
        };
        let Some(seen) = seen else { continue };
        let below = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        files.insert(below, seen);
        if files.len() > FILES {
            return Err(WorkspaceError::TooManyFiles { dir: root.to_owned(), limit: FILES });
        }
    }
    Ok(files)
}

/// A folder that the walk could not look into: gone by now, or closed.
fn unlisted(error: ignore::Error) -> std::io::Result<(PathBuf, Option<Seen>)> {
    let mut inner = &error;
    let mut path = None;
    loop {
        match inner {
            ignore::Error::WithPath { path: at, err } => (path, inner) = (Some(at.clone()), err),
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => inner = err,
            _ => break,
        }
    }
    match (path, inner.io_error().map(std::io::Error::kind)) {
        (Some(path), Some(ErrorKind::NotFound)) => Ok((path, None)),
        (Some(path), Some(ErrorKind::PermissionDenied)) => Ok((path, Some(Seen::Closed))),
        (_, _) => Err(std::io::Error::other(error)),
    }
}

/// A file as it is; `None` for what is neither file nor link, or is gone by now.
fn look(path: &Path) -> std::io::Result<Option<Seen>> {
    match look_closely(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(Some(Seen::Closed)),
        seen => seen,
    }
}

fn look_closely(path: &Path) -> std::io::Result<Option<Seen>> {
    let meta = std::fs::symlink_metadata(path)?;
    if meta.is_symlink() {
        return std::fs::read_link(path).map(|to| Some(Seen::Link { to }));
    }
    if !meta.is_file() {
        return Ok(None);
    }
    if meta.len() > LONG {
        let nanoseconds = meta.modified()?.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        return Ok(Some(Seen::Long { bytes: meta.len(), nanoseconds }));
    }
    Ok(Some(Seen::Content { digest: Digest::of(std::fs::read(path)?), executable: is_executable(&meta) }))
}

#[cfg(unix)]
fn is_executable(meta: &std::fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &std::fs::Metadata) -> bool {
    false
}
