//! The ticket's root: the directory that file tools are shut in, and the way from a path in a call to an opened file.
//!
//! A path is first made canonical below the root and judged (reserved names, protection), then walked from the root's own handle
//! one name at a time without following any symlink. What was judged is therefore what is opened, even while a command of the
//! same ticket renames directories or puts symlinks in their place.

use std::{
    ffi::{OsStr, OsString},
    io::{self, Read as _},
    path::{Component, Path, PathBuf},
};

use cap_fs_ext::{DirExt as _, FollowSymlinks, OpenOptionsFollowExt as _};
use cap_std::{
    ambient_authority,
    fs::{Dir, File, Metadata, OpenOptions, OpenOptionsExt as _},
};
use rustix::fs::OFlags;

use crate::{Globs, error::ToolError};

/// The longest path that is looked at, in bytes.
const MAX_PATH: usize = 4096;
/// Never read or written at any depth: a repository's own files, which decide what git runs.
const GIT: &str = ".git";
/// Never read or written at the root: the journal and the other tickets' trees.
const CONDUCTOR: &str = ".conductor";

/// The directory that a ticket's tools are shut in.
#[derive(Debug)]
pub(crate) struct Root {
    dir: Dir,
    path: PathBuf,
    protect: Globs,
}

/// What a path is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// To be read: it must exist.
    Read,
    /// To be changed: it must exist and not be protected.
    Change,
    /// To be written: it must not be protected; its missing directories are made.
    Create,
}

/// A judged path: the opened directory that holds it, and its name there.
#[derive(Debug)]
pub(crate) struct Place {
    /// The directory that it lies in, or the root itself.
    pub(crate) parent: Dir,
    /// Its name in `parent`; none for the root.
    pub(crate) name: Option<OsString>,
    /// The canonical path below the root, separated by `/`; empty for the root.
    pub(crate) path: String,
    /// Whether the path itself exists.
    pub(crate) exists: bool,
}

impl Root {
    pub(crate) fn open(path: PathBuf, protect: Globs) -> io::Result<Self> {
        let dir = Dir::open_ambient_dir(&path, ambient_authority())?;
        Ok(Self { dir, path, protect })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn dir(&self) -> &Dir {
        &self.dir
    }

    /// Judges a path and opens the directory that it lies in.
    pub(crate) fn place(&self, path: &str, access: Access) -> Result<Place, ToolError> {
        let written = self.lexical(path)?;
        self.judge(path, &written, access)?;
        let (canonical, exists) = self.canonical(path, &written)?;
        self.judge(path, &canonical, access)?;
        if !exists && access != Access::Create {
            return Err(ToolError::Missing { path: path.to_owned() });
        }
        let mut parent = self.dir.try_clone().map_err(|source| ToolError::from_io(path, source))?;
        let mut names: Vec<&OsStr> = canonical.iter().collect();
        let name = names.pop().map(OsStr::to_owned);
        for directory in names {
            parent = step_into(&parent, directory, access).map_err(|source| ToolError::from_io(path, source))?;
        }
        Ok(Place { parent, name, path: shown(&canonical), exists })
    }

    /// The path by its letters: relative, without `.` and `..`.
    fn lexical(&self, path: &str) -> Result<PathBuf, ToolError> {
        if path.is_empty() || path.len() > MAX_PATH || path.contains('\0') {
            return Err(ToolError::BadPath);
        }
        let mut plain = PathBuf::new();
        for component in Path::new(path).components() {
            match component {
                Component::CurDir => {}
                Component::Normal(name) => plain.push(name),
                Component::ParentDir if plain.pop() => {}
                Component::ParentDir => return Err(ToolError::Outside { path: path.to_owned() }),
                Component::RootDir | Component::Prefix(_) => {
                    let hint = match Path::new(path).strip_prefix(&self.path) {
                        Ok(inside) if inside.as_os_str().is_empty() => ": it is `.`".to_owned(),
                        Ok(inside) => format!(": write `{}`", inside.display()),
                        Err(_) => String::new(),
                    };
                    return Err(ToolError::Absolute { path: path.to_owned(), hint });
                }
            }
        }
        Ok(plain)
    }

    /// Refuses reserved names and, unless it is only read, what is protected.
    fn judge(&self, written: &str, path: &Path, access: Access) -> Result<(), ToolError> {
        for (depth, name) in path.iter().enumerate() {
            if let Some(name) = reserved(name, depth) {
                return Err(ToolError::Reserved { path: written.to_owned(), name });
            }
        }
        if access != Access::Read
            && let Some(pattern) = self.protect.covering(&shown(path))
        {
            return Err(ToolError::Protected { path: written.to_owned(), pattern: pattern.to_owned() });
        }
        Ok(())
    }

    /// The path with its symlinks resolved, and whether it exists. Any number of its last names may be missing.
    fn canonical(&self, written: &str, path: &Path) -> Result<(PathBuf, bool), ToolError> {
        let mut missing = Vec::new();
        let mut existing = path;
        loop {
            if existing.as_os_str().is_empty() {
                break;
            }
            match self.dir.canonicalize(existing) {
                Ok(canonical) => {
                    let exists = missing.is_empty();
                    return Ok((canonical.iter().chain(missing.into_iter().rev()).collect(), exists));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(ToolError::from_io(written, error)),
            }
            if self.dir.symlink_metadata(existing).is_ok() {
                return Err(ToolError::Dangling { path: written.to_owned() });
            }
            missing.extend(existing.file_name());
            existing = existing.parent().unwrap_or(Path::new(""));
        }
        let exists = missing.is_empty();
        Ok((missing.into_iter().rev().collect(), exists))
    }
}

impl Place {
    /// What to call it in a message or a result.
    pub(crate) fn shown(&self) -> &str {
        if self.path.is_empty() { "." } else { &self.path }
    }

    /// Whether it is one, and not a file or something else.
    pub(crate) fn is_directory(&self) -> Result<bool, ToolError> {
        let Some(name) = &self.name else { return Ok(true) };
        let metadata = self.parent.symlink_metadata(name).map_err(|source| ToolError::from_io(self.shown(), source))?;
        Ok(metadata.is_dir())
    }

    /// Opens it as a directory.
    pub(crate) fn open_dir(&self) -> Result<Dir, ToolError> {
        match &self.name {
            None => self.parent.try_clone(),
            Some(name) => self.parent.open_dir_nofollow(name),
        }
        .map_err(|source| ToolError::from_io(self.shown(), source))
    }

    /// The whole content of the file, and what the system knows of it. Refuses directories, special files, and more than
    /// `limit` bytes.
    pub(crate) fn read(&self, limit: u64) -> Result<(Vec<u8>, Metadata), ToolError> {
        let path = || self.shown().to_owned();
        let Some(name) = &self.name else { return Err(ToolError::IsDirectory { path: path() }) };
        read_file(&self.parent, name, limit).map_err(|error| match error {
            ReadError::Directory => ToolError::IsDirectory { path: path() },
            ReadError::Special => ToolError::Special { path: path() },
            ReadError::TooLarge => ToolError::TooLarge { path: path(), limit },
            ReadError::Io(source) => ToolError::from_io(self.shown(), source),
        })
    }
}

/// Why [`read_file`] did not read.
#[derive(Debug)]
pub(crate) enum ReadError {
    Directory,
    Special,
    TooLarge,
    Io(io::Error),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Reads the regular file `name` of `dir`, following no symlink, up to `limit` bytes. A pipe or a device is never waited for.
pub(crate) fn read_file(dir: &Dir, name: &OsStr, limit: u64) -> Result<(Vec<u8>, Metadata), ReadError> {
    expect_file(&dir.symlink_metadata(name)?)?;
    let mut options = OpenOptions::new();
    // It may have become a pipe since it was looked at, and opening one waits for its writer.
    options.read(true).follow(FollowSymlinks::No).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    let file: File = dir.open_with(name, &options)?;
    let metadata = file.metadata()?;
    expect_file(&metadata)?;
    if metadata.len() > limit {
        return Err(ReadError::TooLarge);
    }
    let mut content = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    file.take(limit.saturating_add(1)).read_to_end(&mut content)?;
    if content.len() as u64 > limit {
        return Err(ReadError::TooLarge);
    }
    Ok((content, metadata))
}

fn expect_file(metadata: &Metadata) -> Result<(), ReadError> {
    match metadata {
        metadata if metadata.is_file() => Ok(()),
        metadata if metadata.is_dir() => Err(ReadError::Directory),
        _ => Err(ReadError::Special),
    }
}

/// The reserved name that `name` is at this depth below the root (0: in the root itself). Case counts for nothing, as on some
/// file systems.
pub(crate) fn reserved(name: &OsStr, depth: usize) -> Option<&'static str> {
    if name.eq_ignore_ascii_case(GIT) {
        return Some(GIT);
    }
    (depth == 0 && name.eq_ignore_ascii_case(CONDUCTOR)).then_some(CONDUCTOR)
}

fn step_into(dir: &Dir, name: &OsStr, access: Access) -> io::Result<Dir> {
    match dir.open_dir_nofollow(name) {
        Err(error) if access == Access::Create && error.kind() == io::ErrorKind::NotFound => {}
        result => return result,
    }
    match dir.create_dir(name) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    dir.open_dir_nofollow(name)
}

fn shown(path: &Path) -> String {
    let names: Vec<_> = path.iter().map(OsStr::to_string_lossy).collect();
    names.join("/")
}
