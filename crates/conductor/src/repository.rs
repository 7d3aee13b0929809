//! What a map is made from: the files below a folder, and the tag cache of a journal.

use std::io::Read as _;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use conductor_context::{FileError, Files, Index, MAX_FILE_BYTES, NoCache, TagCache};
use conductor_journal::Journal;
use conductor_model::Digest;
use conductor_workspace::files_below;

/// The files below a folder, which cannot be left.
pub(crate) struct Folder(pub(crate) Dir);

impl Folder {
    pub(crate) fn open(root: &Path) -> std::io::Result<Self> {
        Dir::open_ambient_dir(root, ambient_authority()).map(Self)
    }
}

impl Files for Folder {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        // Looked at before it is opened: opening a pipe waits for its writer.
        let metadata = self.0.metadata(path).map_err(|error| file_error(&error))?;
        if !metadata.is_file() {
            return Err(FileError::NotAFile);
        }
        if metadata.len() > MAX_FILE_BYTES as u64 {
            return Err(FileError::TooLarge { bytes: metadata.len() });
        }
        let file = self.0.open(path).map_err(|error| file_error(&error))?;
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
        file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|error| file_error(&error))?;
        Ok(bytes)
    }
}

fn file_error(error: &std::io::Error) -> FileError {
    match error.kind() {
        std::io::ErrorKind::NotFound => FileError::NotFound,
        // What cap-std says of a path that escapes.
        std::io::ErrorKind::PermissionDenied if error.raw_os_error().is_none() => FileError::OutsideRoot,
        std::io::ErrorKind::IsADirectory => FileError::NotAFile,
        _ => FileError::Other(error.to_string()),
    }
}

/// Where the tags of files are kept between maps.
#[derive(Debug, Clone)]
pub enum TagStore {
    /// Nowhere.
    None,
    /// In a journal, which is only read.
    Read(Journal),
    /// In a journal.
    Write(Journal),
}

impl TagCache for TagStore {
    // A cache that fails is one that has nothing: the tags are made again.
    fn get(&self, keys: &[Digest]) -> Vec<Option<Vec<u8>>> {
        match self {
            Self::None => NoCache.get(keys),
            Self::Read(journal) | Self::Write(journal) => journal.tags(keys).unwrap_or_else(|_| NoCache.get(keys)),
        }
    }

    fn put(&self, values: Vec<(Digest, Vec<u8>)>) {
        match self {
            Self::None | Self::Read(_) => {}
            Self::Write(journal) => drop(journal.put_tags(values)),
        }
    }
}

/// What the files below a folder define and refer to, without those that its `.gitignore` files hide, and what is to be said
/// about that.
///
/// # Errors
/// A folder that cannot be opened.
pub fn index(root: &Path, store: &TagStore) -> std::io::Result<(Index, Vec<String>)> {
    Ok(index_of(&Folder::open(root)?, root, store))
}

/// [`index`] of a folder that is open already.
pub(crate) fn index_of(files: &Folder, root: &Path, store: &TagStore) -> (Index, Vec<String>) {
    let list = files_below(root);
    let mut notes = Vec::new();
    if list.is_cut {
        notes.push(format!("only the first {} files are looked at", list.paths.len()));
    }
    let index = Index::build(files, list.paths, store);
    notes.extend(index.untagged().map(|(path, why)| format!("{path}: only its path is known: {why}")));
    (index, notes)
}
