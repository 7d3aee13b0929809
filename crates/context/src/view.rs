//! Views of one file: how much of it a worker reads, and what can be wrong with a file.
//!
//! Deliberately absent: what is done per language (`python`, `plain`) and fitting several files into a budget (`pack`).

use std::fmt;
use std::str::FromStr;

use crate::language::Language;
use crate::plain;
use crate::source::decode;

/// The largest file of which a view is made, in bytes. A reader may refuse a larger one before it is read.
pub const MAX_FILE_BYTES: usize = 2 * 1024 * 1024;

/// How much of a file is shown. In ascending order of size: an outline is the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// The names and signatures of definitions alone; in a language that is not known, the first lines.
    Outline,
    /// Everything but the bodies of functions, which become `...`; docstrings stay.
    Skeleton,
    /// A skeleton that keeps the bodies of functions that are marked or named (see [`Markers`], [`ViewOptions::keep`]).
    Curated,
    /// The file as it is.
    Full,
}

impl View {
    /// The word users and programs see: `full`, `curated`, `skeleton`, `outline`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Outline => "outline",
            Self::Skeleton => "skeleton",
            Self::Curated => "curated",
            Self::Full => "full",
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no view.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a view is one of full, curated, skeleton, outline")]
pub struct UnknownView;

impl FromStr for View {
    type Err = UnknownView;

    fn from_str(word: &str) -> Result<Self, UnknownView> {
        let all = [Self::Full, Self::Curated, Self::Skeleton, Self::Outline];
        all.into_iter().find(|view| view.as_str() == word).ok_or(UnknownView)
    }
}

/// What marks a function whose body a curated view keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Markers {
    /// The last name of a decorator: with `core_logic`, `@core_logic`, `@x.core_logic` and `@core_logic(...)` all mark.
    pub decorator: String,
    /// A text in a comment of the function, signature included.
    pub comment: String,
}

impl Default for Markers {
    fn default() -> Self {
        Self { decorator: "core_logic".to_owned(), comment: "[HOT]".to_owned() }
    }
}

/// What a curated view keeps beside what every skeleton has. Other views do not read it.
#[derive(Debug, Clone, Copy)]
pub struct ViewOptions<'a> {
    /// Names of functions whose bodies stay: qualified (`Session.refresh`), the tail of a qualified name (`refresh`), a class
    /// (all its methods), or something inside a function (then that function).
    pub keep: &'a [String],
    /// The marks in the source itself.
    pub markers: &'a Markers,
}

/// A view that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The view. A byte order mark of the source is its first character here too.
    pub text: String,
    /// The view that `text` is, where it is not the one asked for `note` says why.
    pub view: View,
    /// What a reader of the view should know about how it was made.
    pub note: Option<Note>,
}

/// Something about a view that its reader must not be left to guess.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// The file is not valid in its language; what could be recognised is shown, the rest is as it stands.
    SyntaxErrors {
        /// The first line with an error, from 1.
        line: usize,
    },
    /// There is no grammar for this kind of file: it is shown whole where it is small, else by its first lines.
    UnknownLanguage {
        /// The view that was asked for.
        asked: View,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SyntaxErrors { line } => write!(f, "the file has syntax errors, the first near line {line}"),
            Self::UnknownLanguage { asked } => {
                write!(f, "a {asked} view is not known for this kind of file")
            }
        }
    }
}

/// Why there is no view of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ViewError {
    /// The file holds a NUL byte, so it is no text.
    #[error("the file is binary (a NUL byte at offset {offset})")]
    Binary {
        /// Of the first NUL byte.
        offset: usize,
    },
    /// The file is text in another encoding, or none.
    #[error("the file is not UTF-8 (at byte offset {offset})")]
    NotUtf8 {
        /// Of the first byte that is not UTF-8.
        offset: usize,
    },
    /// The file is larger than [`MAX_FILE_BYTES`].
    #[error("the file has {bytes} bytes, at most {MAX_FILE_BYTES} are read")]
    TooLarge {
        /// The size of the file.
        bytes: usize,
    },
    /// The file is built to be hard to parse: indented or nested deeper than any code is, or taking too many steps.
    #[error("the file is too hard to parse")]
    TooComplex,
}

/// Makes a view of a file. `path` names the language by its extension and is not opened.
///
/// A [`View::Full`] is the file to the byte.
///
/// # Errors
/// See [`ViewError`]. A file with syntax errors is no error: its view carries a [`Note`].
pub fn view(path: &str, source: &[u8], view: View, options: &ViewOptions<'_>) -> Result<Rendered, ViewError> {
    let text = decode(source)?;
    let Some(language) = Language::of_path(path) else { return Ok(plain::render(text, view)) };
    match view {
        View::Full => Ok(Rendered { text: text.to_owned(), view, note: None }),
        View::Curated | View::Skeleton | View::Outline => language.render(text, view, options),
    }
}

#[cfg(test)]
mod tests;
