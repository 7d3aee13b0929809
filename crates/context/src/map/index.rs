//! The tags of all files of a repository.

use conductor_model::Digest;
use rayon::prelude::*;

use super::tags::Tags;
use crate::files::{FileError, Files};
use crate::language::Language;
use crate::view::ViewError;

/// Where tags outlive the process, by the digest of a file's content and the name of its language. Nothing is lost but time where
/// it forgets.
pub trait TagCache {
    /// What was put under each of the keys, in their order.
    fn get(&self, keys: &[Digest]) -> Vec<Option<Vec<u8>>>;

    /// Keeps values.
    fn put(&self, values: Vec<(Digest, Vec<u8>)>);
}

/// Remembers nothing.
#[derive(Debug, Clone, Copy)]
pub struct NoCache;

impl TagCache for NoCache {
    fn get(&self, keys: &[Digest]) -> Vec<Option<Vec<u8>>> {
        vec![None; keys.len()]
    }

    fn put(&self, _: Vec<(Digest, Vec<u8>)>) {}
}

/// Why there are no tags of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untagged {
    /// It could not be read.
    #[error(transparent)]
    Unreadable(#[from] FileError),
    /// It is no text, or too large or hard to be looked into.
    #[error(transparent)]
    NoView(#[from] ViewError),
}

/// A file of a repository with its tags.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) tags: Tags,
}

/// The files of a repository and what they define and refer to.
#[derive(Debug)]
pub struct Index {
    /// By path.
    pub(super) entries: Vec<Entry>,
    untagged: Vec<(String, Untagged)>,
}

impl Index {
    /// Reads the files at `paths`. Of one whose language is not known nothing is read; it can be ranked by its path alone.
    pub fn build(files: &(dyn Files + Sync), paths: Vec<String>, cache: &dyn TagCache) -> Self {
        let mut paths = paths;
        paths.sort_unstable();
        paths.dedup();
        let mut entries: Vec<Entry> = paths.into_iter().map(|path| Entry { path, tags: Tags::default() }).collect();
        let read: Vec<Option<Result<Digest, FileError>>> = entries.par_iter().map(|entry| key(files, &entry.path)).collect();
        let known = known(&read, cache);
        let tagged: Vec<Option<Tagged>> = entries
            .par_iter()
            .zip(read)
            .zip(known)
            .map(|((entry, read), known)| {
                read.map(|read| match known.as_deref().and_then(Tags::from_bytes) {
                    Some(tags) => Tagged { tags: Ok(tags), fresh: None },
                    None => tag(files, &entry.path, read),
                })
            })
            .collect();
        let (mut untagged, mut fresh) = (Vec::new(), Vec::new());
        for (entry, tagged) in entries.iter_mut().zip(tagged) {
            let Some(tagged) = tagged else { continue };
            fresh.extend(tagged.fresh);
            match tagged.tags {
                Ok(tags) => entry.tags = tags,
                Err(why) => untagged.push((entry.path.clone(), why)),
            }
        }
        if !fresh.is_empty() {
            cache.put(fresh);
        }
        Self { entries, untagged }
    }

    /// The files of known languages of which nothing but the path is known, and why.
    pub fn untagged(&self) -> impl Iterator<Item = (&str, &Untagged)> {
        self.untagged.iter().map(|(path, why)| (path.as_str(), why))
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

struct Tagged {
    tags: Result<Tags, Untagged>,
    /// For the cache.
    fresh: Option<(Digest, Vec<u8>)>,
}

/// The key of a file's tags: two languages see the same content in different ways.
fn key(files: &(dyn Files + Sync), path: &str) -> Option<Result<Digest, FileError>> {
    let language = Language::of_path(path)?;
    Some(files.digest(path).map(|digest| Digest::of(format!("{} {digest}", language.name))))
}

/// What the cache has, in the order of `read`.
fn known(read: &[Option<Result<Digest, FileError>>], cache: &dyn TagCache) -> Vec<Option<Vec<u8>>> {
    let keys: Vec<Digest> = read.iter().filter_map(|read| read.as_ref()?.as_ref().ok().cloned()).collect();
    let mut found = cache.get(&keys).into_iter();
    let mut of = |read: &Option<Result<Digest, FileError>>| match read {
        Some(Ok(_)) => found.next().flatten(),
        Some(Err(_)) | None => None,
    };
    read.iter().map(&mut of).collect()
}

fn tag(files: &(dyn Files + Sync), path: &str, read: Result<Digest, FileError>) -> Tagged {
    let key = match read {
        Ok(key) => key,
        Err(error) => return Tagged { tags: Err(error.into()), fresh: None },
    };
    let made = match files.read(path) {
        Ok(bytes) => Tags::of(path, &bytes).map_err(Untagged::from),
        Err(error) => Err(error.into()),
    };
    let fresh = made.as_ref().ok().map(|tags| (key, tags.to_bytes()));
    Tagged { tags: made, fresh }
}
