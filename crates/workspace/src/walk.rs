//! Which files lie below a folder: by the rules of its `.gitignore` files, with and without git.
//!
//! Deliberately absent: what is in them (`listing`), and the handles that keep a worker's tools below their root
//! (`conductor-tools`).

use std::path::Path;

use ignore::WalkBuilder;

use crate::path::is_ours;

/// How many files are listed.
const FILES: usize = 100_000;

/// The files below a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileList {
    /// Their paths below it, separated by `/`, in the order of their bytes.
    pub paths: Vec<String>,
    /// Whether there are more than were listed.
    pub is_cut: bool,
}

/// A walk over what `.gitignore` files do not hide, without git's own folders, ours, and Python's caches.
pub(crate) fn walk(root: &Path) -> WalkBuilder {
    let mut walk = WalkBuilder::new(root);
    walk.hidden(false)
        .require_git(false)
        .git_global(false)
        // Files that git does not know, or that no diff shows, would hide a worker's changes.
        .ignore(false)
        .git_exclude(false)
        .parents(false)
        .filter_entry(|entry| {
            let name = entry.file_name();
            name != ".git" && name != "__pycache__" && !is_ours(name.as_encoded_bytes())
        });
    walk
}

/// Lists the regular files below `root`, at most 100,000. No symbolic link is followed; what cannot be looked into, or has a name
/// that is no text, is left out.
pub fn files_below(root: &Path) -> FileList {
    let mut paths: Vec<String> = Vec::new();
    let mut is_cut = false;
    let sorted = walk(root).sort_by_file_name(std::ffi::OsStr::cmp).build();
    for entry in sorted.flatten().filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file())) {
        if paths.len() == FILES {
            is_cut = true;
            break;
        }
        let below = entry.path().strip_prefix(root).ok().and_then(Path::to_str);
        paths.extend(below.map(str::to_owned));
    }
    paths.sort_unstable();
    FileList { paths, is_cut }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_listed_by_path_without_what_gitignore_hides() {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in [
            (".gitignore", "*.log\n/build/\n"),
            ("b.py", ""),
            ("a/b.py", ""),
            ("a/.gitignore", "!kept.log\n"),
            ("a/kept.log", ""),
            ("a.py", ""),
            ("x.log", ""),
            ("build/x.py", ""),
            (".git/config", ""),
            (".conductor/x.py", ""),
            ("a/__pycache__/b.pyc", ""),
            (".github/x.yml", ""),
        ] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        std::os::unix::fs::symlink("/etc", folder.path().join("etc")).unwrap();
        std::os::unix::fs::symlink("a.py", folder.path().join("link.py")).unwrap();
        let paths = [".github/x.yml", ".gitignore", "a.py", "a/.gitignore", "a/b.py", "a/kept.log", "b.py"];
        assert_eq!(files_below(folder.path()), FileList { paths: paths.map(str::to_owned).into(), is_cut: false });
    }

    #[test]
    fn a_folder_that_is_not_there_has_no_files() {
        assert_eq!(files_below(Path::new("/nowhere/at/all")), FileList { paths: Vec::new(), is_cut: false });
    }
}
