//! Goes through files for the definitions that a name means, or for names like it.

use std::ops::ControlFlow;

use conductor_context::{Lines, MAX_FILE_BYTES, Name, Symbols, is_known};

use super::{
    near::Near,
    places::{Place, Places},
};
use crate::{
    error::ToolError,
    files::{
        Ignores, Stop,
        walk::{Entry, Walk},
    },
    root::{self, ReadError, Root, read_file},
};

/// How many bytes of files one walk goes through, and how many files and bytes of these it parses.
const MAX_READ: u64 = 1024 * 1024 * 1024;
const MAX_PARSES: usize = 500;
const MAX_PARSED: usize = 32 * 1024 * 1024;

/// Which files are parsed, and what is taken from them beside what the name means. Each is more files than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Those that are likely to define it.
    Named,
    /// Those that are likely to define its last part; what else has this name.
    Namesakes,
    /// All; what has a name like it.
    Alike,
}

impl Wanted {
    /// What to look for where that was not found. A name of one part has been looked for among namesakes already.
    pub(super) fn wider(self, name: &Name) -> Option<Self> {
        match self {
            Self::Named if *name != name.own() => Some(Self::Namesakes),
            Self::Named | Self::Namesakes => Some(Self::Alike),
            Self::Alike => None,
        }
    }
}

/// What one way through files has found.
pub(super) struct Lookup<'a> {
    name: &'a Name,
    wanted: Wanted,
    places: Places,
    near: Near<'a>,
    read: u64,
    parses: usize,
    parsed: usize,
    large: usize,
    unparsed: usize,
    unreadable: usize,
    cut: Option<String>,
}

impl<'a> Lookup<'a> {
    pub(super) fn new(name: &'a Name, wanted: Wanted) -> Self {
        Self {
            name,
            wanted,
            places: Places::default(),
            near: Near::new(name.last()),
            read: 0,
            parses: 0,
            parsed: 0,
            large: 0,
            unparsed: 0,
            unreadable: 0,
            cut: None,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.best().is_none() && self.near.is_empty()
    }

    /// Goes through the files below a directory that `.gitignore` does not hide, by path. Gives the notes of the walk.
    pub(super) fn walk(
        &mut self,
        root: &Root,
        place: &root::Place,
        ignores: Ignores,
        stop: &Stop,
    ) -> Result<Vec<String>, ToolError> {
        let mut walk = Walk::new(ignores, stop);
        walk.run(root.dir(), place, usize::MAX, |entry| Ok(self.met(&entry)))?;
        Ok(walk.into_notes())
    }

    fn met(&mut self, entry: &Entry<'_>) -> ControlFlow<()> {
        if !entry.file_type.is_file() || !is_known(entry.path) {
            return ControlFlow::Continue(());
        }
        match read_file(entry.parent, entry.name, MAX_FILE_BYTES as u64) {
            Ok((content, _)) => return self.file(entry.path, &content),
            Err(ReadError::TooLarge) => self.large += 1,
            Err(ReadError::Directory | ReadError::Special | ReadError::Io(_)) => self.unreadable += 1,
        }
        ControlFlow::Continue(())
    }

    fn file(&mut self, path: &str, content: &[u8]) -> ControlFlow<()> {
        self.read += content.len() as u64;
        if self.read > MAX_READ {
            self.cut = Some("too much to look through at once; give a `path`".to_owned());
            return ControlFlow::Break(());
        }
        let is_wanted = match self.wanted {
            Wanted::Named => self.name.may_be_in(path, content),
            Wanted::Namesakes => self.name.own().may_be_in(path, content),
            Wanted::Alike => true,
        };
        if !is_wanted {
            return ControlFlow::Continue(());
        }
        if self.parses == MAX_PARSES || self.parsed + content.len() > MAX_PARSED {
            let parses = self.parses;
            self.cut = Some(format!("only the first {parses} files that may define it were looked into; give a `path`"));
            return ControlFlow::Break(());
        }
        self.parses += 1;
        self.parsed += content.len();
        match conductor_context::symbols(path, content) {
            Ok(symbols) => self.symbols(path, &symbols),
            Err(_) => self.unparsed += 1,
        }
        ControlFlow::Continue(())
    }

    /// Takes what the name means among the definitions of a file, and names like it.
    pub(super) fn symbols(&mut self, path: &str, symbols: &Symbols) {
        let found = self.name.find(path, symbols);
        let likeness = match self.wanted {
            Wanted::Named => None,
            Wanted::Namesakes => Some(1.0),
            Wanted::Alike => Some(super::near::ALIKE),
        };
        if found.is_empty() && likeness.is_none() {
            return;
        }
        let lines = Lines::of(&symbols.text);
        for found in &found {
            if let Some(symbol) = symbols.list.get(found.index) {
                self.places.add(Place::of(path, symbols, symbol, lines.around(&symbols.range(symbol)), found.fit));
            }
        }
        if let Some(likeness) = likeness
            && self.places.best().is_none()
        {
            self.near.take(path, symbols, &lines, likeness);
        }
    }

    /// What was found, and lines about the names like it; adds what was left out to the notes.
    pub(super) fn finish(self, notes: &mut Vec<String>) -> (Places, String) {
        let left_out = [
            (self.large, format!("files larger than {MAX_FILE_BYTES} bytes were not looked into")),
            (self.unparsed, "files could not be parsed".to_owned()),
            (self.unreadable, "files could not be read".to_owned()),
        ];
        notes.extend(left_out.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
        notes.extend(self.cut);
        (self.places, self.near.listed())
    }
}
