//! The tool `search`: the lines that a regular expression matches.

use std::{borrow::Cow, ops::ControlFlow};

use globset::GlobMatcher;
use regex::bytes::{Regex, RegexBuilder};

use super::{
    Found, Ignores, Stop,
    list::one_line,
    walk::{Entry, Walk},
};
use crate::{
    SearchArguments,
    error::ToolError,
    globs::glob,
    root::{Access, Place, ReadError, Root, read_file},
};

/// The most that one call shows.
const MAX_MATCHES: usize = 200;
const MAX_BYTES: usize = 48 * 1024;
/// The most of one line that is shown, in bytes.
const MAX_LINE: usize = 300;
/// A larger file is not searched, and that is said.
const MAX_FILE: u64 = 8 * 1024 * 1024;
/// How many bytes of files one call goes through.
const MAX_READ: u64 = 1024 * 1024 * 1024;
/// What a pattern may take once compiled, in bytes.
const MAX_PATTERN: usize = 4 * 1024 * 1024;

/// Searches files for a regular expression, line by line: `path:line:text`, sorted by path, then line.
pub(crate) fn search(root: &Root, ignores: Ignores, arguments: &SearchArguments, stop: &Stop) -> Result<Found, ToolError> {
    let mut search = Search::new(arguments)?;
    let place = root.place(arguments.path.as_deref().unwrap_or("."), Access::Read)?;
    let mut notes = Vec::new();
    if !place.is_directory()? {
        search.named_file(&place)?;
    } else {
        let mut walk = Walk::new(ignores, stop);
        walk.run(root.dir(), &place, usize::MAX, |entry| Ok(search.met(&entry)))?;
        notes = walk.into_notes();
    }
    Ok(search.found(notes))
}

struct Search {
    pattern: Regex,
    glob: Option<GlobMatcher>,
    text: String,
    matches: usize,
    files: usize,
    read: u64,
    large: usize,
    binary: usize,
    unreadable: usize,
    cut: Option<&'static str>,
}

impl Search {
    fn new(arguments: &SearchArguments) -> Result<Self, ToolError> {
        let pattern = RegexBuilder::new(&arguments.pattern)
            .size_limit(MAX_PATTERN)
            .dfa_size_limit(MAX_PATTERN)
            .nest_limit(100)
            .build()
            .map_err(|error| bad_pattern(&arguments.pattern, &error))?;
        let glob = match arguments.glob.as_deref() {
            None | Some("") => None,
            Some(written) => {
                // As in a .gitignore: without a slash it is about the name, wherever the file is.
                let anchored = written.trim_start_matches("./");
                let whole = if anchored.contains('/') { anchored.to_owned() } else { format!("**/{anchored}") };
                let glob = glob(&whole).map_err(|source| ToolError::BadGlob { pattern: written.to_owned(), source })?;
                Some(glob.compile_matcher())
            }
        };
        Ok(Self {
            pattern,
            glob,
            text: String::new(),
            matches: 0,
            files: 0,
            read: 0,
            large: 0,
            binary: 0,
            unreadable: 0,
            cut: None,
        })
    }

    /// The one file that `path` names: what keeps it from being searched is an error then.
    fn named_file(&mut self, place: &Place) -> Result<(), ToolError> {
        let (content, _) = place.read(MAX_FILE)?;
        if content.contains(&0) {
            return Err(ToolError::Binary { path: place.shown().to_owned() });
        }
        self.content(&place.path, &content);
        Ok(())
    }

    fn met(&mut self, entry: &Entry<'_>) -> ControlFlow<()> {
        if !entry.file_type.is_file() || self.glob.as_ref().is_some_and(|glob| !glob.is_match(entry.path)) {
            return ControlFlow::Continue(());
        }
        if self.read > MAX_READ {
            self.cut = Some("too much to search at once; give a `path` or a `glob`");
            return ControlFlow::Break(());
        }
        match read_file(entry.parent, entry.name, MAX_FILE) {
            Ok((content, _)) => {
                self.read += content.len() as u64;
                if content.contains(&0) {
                    self.binary += 1;
                } else {
                    self.content(entry.path, &content);
                }
            }
            Err(ReadError::TooLarge) => self.large += 1,
            Err(_) => self.unreadable += 1,
        }
        if self.cut.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn content(&mut self, path: &str, content: &[u8]) {
        self.files += 1;
        if content.is_empty() {
            return;
        }
        let path = one_line(path);
        let content = content.strip_suffix(b"\n").unwrap_or(content);
        for (at, line) in content.split(|byte| *byte == b'\n').enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if !self.pattern.is_match(line) {
                continue;
            }
            if self.matches == MAX_MATCHES || self.text.len() > MAX_BYTES {
                self.cut = Some("there are more matches; give a narrower `pattern`, `path` or `glob`");
                return;
            }
            self.matches += 1;
            self.text.push_str(&format!("{path}:{}:{}\n", at + 1, cut(&String::from_utf8_lossy(line))));
        }
    }

    fn found(self, mut notes: Vec<String>) -> Found {
        if self.matches == 0 {
            notes.push(format!("no match in {} files", self.files));
        }
        let left_out = [
            (self.large, format!("files larger than {MAX_FILE} bytes were not searched")),
            (self.binary, "files that are not text were not searched".to_owned()),
            (self.unreadable, "files could not be read".to_owned()),
        ];
        notes.extend(left_out.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
        notes.extend(self.cut.map(str::to_owned));
        Found::noted(self.text, &notes, self.cut.is_some())
    }
}

/// A line, or its beginning and how long it is.
pub(super) fn cut(line: &str) -> Cow<'_, str> {
    if line.len() <= MAX_LINE {
        return Cow::Borrowed(line);
    }
    Cow::Owned(format!("{} [... {} bytes]", &line[..line.floor_char_boundary(MAX_LINE)], line.len()))
}

/// The last line of the library's message says what is wrong; those before it draw the pattern.
fn bad_pattern(pattern: &str, error: &regex::Error) -> ToolError {
    let message = error.to_string();
    let reason = message.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let pattern = pattern[..pattern.floor_char_boundary(MAX_LINE)].to_owned();
    ToolError::BadPattern { pattern, reason }
}
