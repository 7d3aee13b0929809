//! Whose libraries are judged, and how much of them: by variables that `cargo xtask judge` sets.

use std::env;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Interpreters, separated as in `PATH`, of which every file is judged.
const PYTHONS: &str = "CONDUCTOR_JUDGE_PYTHONS";
/// Seeds of mutants, as `0..300`.
const SEEDS: &str = "CONDUCTOR_JUDGE_SEEDS";

/// Of every library: large files, and what hurts.
const FILES: [&str; 14] = [
    "abc.py",
    "argparse.py",
    "ast.py",
    "asyncio/tasks.py",
    "dataclasses.py",
    "enum.py",
    "functools.py",
    "os.py",
    "subprocess.py",
    "tokenize.py",
    "typing.py",
    "unittest/mock.py",
    "encodings/cp1252.py",
    "lib2to3/pgen2/tokenize.py",
];
/// Of the others, one in so many where not all are judged.
const ONE_IN: usize = 60;

/// An interpreter and files of its standard library.
pub(crate) struct Library {
    pub(crate) python: PathBuf,
    pub(crate) files: Vec<PathBuf>,
}

/// What is judged.
pub(crate) fn libraries() -> Vec<Library> {
    match env::var_os(PYTHONS) {
        Some(pythons) => env::split_paths(&pythons).map(|python| Library { files: all(&python), python }).collect(),
        None => {
            let python = PathBuf::from("python3");
            let is_wanted = |(index, file): (usize, PathBuf)| {
                (index % ONE_IN == 0 || FILES.iter().any(|wanted| file.ends_with(wanted))).then_some(file)
            };
            vec![Library { files: all(&python).into_iter().enumerate().filter_map(is_wanted).collect(), python }]
        }
    }
}

/// The seeds of mutants, where somebody says which.
pub(crate) fn seeds() -> Option<Range<u64>> {
    let seeds = env::var(SEEDS).ok()?;
    let (from, to) = seeds.split_once("..").unwrap();
    Some(from.parse().unwrap()..to.parse().unwrap())
}

/// Every file of an interpreter's own library, in order.
fn all(python: &Path) -> Vec<PathBuf> {
    let script = "import sysconfig; print(sysconfig.get_path('stdlib'))";
    let output = Command::new(python).args(["-c", script]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let mut folders = vec![PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("site-packages") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "py") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
