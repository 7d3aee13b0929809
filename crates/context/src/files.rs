//! Where files come from: the caller, who knows the ticket's tree and keeps to it.

use conductor_model::Digest;

/// The files of a ticket's tree.
pub trait Files {
    /// Reads the file at `path`, as the track names it. An implementation may refuse a file larger than
    /// [`MAX_FILE_BYTES`](crate::MAX_FILE_BYTES) before it reads it.
    ///
    /// # Errors
    /// See [`FileError`].
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError>;

    /// The digest of a file's content. An implementation that knows it need not read the file.
    ///
    /// # Errors
    /// See [`FileError`].
    fn digest(&self, path: &str) -> Result<Digest, FileError> {
        self.read(path).map(Digest::of)
    }
}

/// Why a file could not be read. The messages are for the worker's prompt too, so they name no place outside the tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// There is nothing at the path.
    #[error("there is no such file")]
    NotFound,
    /// The path leads out of the tree, by `..`, by being absolute or by a symbolic link.
    #[error("the path leads out of the working tree")]
    OutsideRoot,
    /// A directory, a device, a socket.
    #[error("it is not a regular file")]
    NotAFile,
    /// The file was refused for its size, unread.
    #[error("the file has {bytes} bytes, at most {} are viewed; search it, or read the lines that matter", crate::MAX_FILE_BYTES)]
    TooLarge {
        /// The size of the file.
        bytes: u64,
    },
    /// Anything else, in the words of the operating system.
    #[error("{0}")]
    Other(String),
}
