//! Why a file tool did not do what it was asked. Each message is what the model reads, so it says what would work.

use std::io;

use conductor_context::ViewError;
use thiserror::Error;

/// A refused or failed file operation. Paths are as the model wrote them or relative to the ticket's root.
#[derive(Debug, Error)]
pub(crate) enum ToolError {
    #[error("the path is empty, too long, or has a NUL character in it")]
    BadPath,
    #[error("`{path}` is absolute; paths are relative to the ticket's root{hint}")]
    Absolute { path: String, hint: String },
    #[error("`{path}` leads out of the ticket's root; only what lies below it can be reached")]
    Outside { path: String },
    #[error("`{path}` leads out of the ticket's root through a symlink; only what lies below the root can be reached")]
    OutsideBySymlink { path: String },
    #[error("`{path}` lies in `{name}`, which tools neither read nor write")]
    Reserved { path: String, name: &'static str },
    #[error("`{path}` is protected by the pattern `{pattern}` of this track and must not be changed; solve the ticket without it")]
    Protected { path: String, pattern: String },
    #[error("`{path}` is a symlink to something that is not there")]
    Dangling { path: String },
    #[error("`{path}` does not exist; `list` shows what does")]
    Missing { path: String },
    #[error("`{path}` is a directory; give the path of a file")]
    IsDirectory { path: String },
    #[error("`{path}` is not a directory")]
    NotADirectory { path: String },
    #[error("`{path}` is neither a file nor a directory")]
    Special { path: String },
    #[error("`{path}` is not text: it has NUL bytes in it")]
    Binary { path: String },
    #[error("`{path}` is not valid UTF-8, so it cannot be edited as text; use `run`")]
    NotUtf8 { path: String },
    #[error("`{path}` is larger than {limit} bytes; use `run` with a command that shows or changes a part of it")]
    TooLarge { path: String, limit: u64 },
    #[error("`start_line` is {start} but `{path}` has {lines} lines")]
    PastTheEnd { path: String, start: u64, lines: u64 },
    #[error("`name` is empty, too long, or holds no name; write it as in the source, such as `Session.refresh`")]
    BadName,
    #[error("the definitions of a file such as `{path}` are not known; `read` shows it")]
    UnknownLanguage { path: String },
    #[error("`{path}`: {source}; `read` shows it as it is")]
    NotParsed { path: String, source: ViewError },
    #[error("{0}")]
    NotEdited(String),
    #[error("`{pattern}` is not a usable regular expression: {reason}")]
    BadPattern { pattern: String, reason: String },
    #[error("`{pattern}` is not a usable glob: {source}")]
    BadGlob { pattern: String, source: globset::Error },
    #[error("`{path}`: {source}")]
    Io { path: String, source: io::Error },
    #[error("interrupted")]
    Interrupted,
}

impl ToolError {
    /// What the system said about `path`, in the most telling words for it.
    pub(crate) fn from_io(path: &str, source: io::Error) -> Self {
        let path = path.to_owned();
        // cap-std's own refusal carries no number of the system.
        if source.kind() == io::ErrorKind::PermissionDenied && source.raw_os_error().is_none() {
            return Self::OutsideBySymlink { path };
        }
        match source.kind() {
            io::ErrorKind::NotFound => Self::Missing { path },
            io::ErrorKind::IsADirectory => Self::IsDirectory { path },
            io::ErrorKind::NotADirectory => Self::NotADirectory { path },
            _ => Self::Io { path, source },
        }
    }
}
