//! Views on their way to the judge, and what it says of them.

use std::fmt;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::ops::AddAssign;
use std::path::Path;
use std::process::{Command, Stdio};

use conductor_context::{Markers, Rendered, View, ViewOptions, view};
use tempfile::TempDir;

use super::library::Library;

/// How many views are right, of no Python, or wrong.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) right: usize,
    no_python: usize,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        *self = Self { right: self.right + other.right, no_python: self.no_python + other.no_python };
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} views are right, {} are of files that are no Python", self.right, self.no_python)
    }
}

/// Originals and their views, as files.
pub(crate) struct Batch {
    folder: TempDir,
    list: String,
}

fn render(source: &[u8], wanted: View) -> Rendered {
    let options = ViewOptions { keep: &[], markers: &Markers::default() };
    view("a.py", source, wanted, &options).unwrap()
}

impl Batch {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), list: String::new() }
    }

    /// Makes views of an original, each of which must be the same again if there is nothing to be said of it.
    pub(crate) fn add(&mut self, number: usize, source: &[u8], views: &[View]) {
        let original = self.folder.path().join(format!("{number}.py"));
        fs::write(&original, source).unwrap();
        for kind in views {
            let rendered = render(source, *kind);
            let path = self.folder.path().join(format!("{number}.{kind}.py"));
            fs::write(&path, rendered.bytes()).unwrap();
            writeln!(self.list, "{kind}\t{}\t{}", original.display(), path.display()).unwrap();
            if rendered.notes.is_empty() {
                let again = render(rendered.text.as_bytes(), *kind);
                assert_eq!(again.text, rendered.text, "the {kind} view of a view is the same: {number}");
            }
        }
    }

    /// Has all judged; where one is wrong, the files are left to be looked at.
    pub(crate) fn judge(self, library: &Library) -> Counts {
        let judge = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judge.py");
        let mut python = Command::new(&library.python).arg(judge).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        python.stdin.take().unwrap().write_all(self.list.as_bytes()).unwrap();
        let output = python.wait_with_output().unwrap();
        assert!(output.status.success(), "the judge has a bug");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let counts: Vec<usize> = said.lines().next_back().unwrap().split(' ').map(|count| count.parse().unwrap()).collect();
        let [right, no_python, 0] = counts[..] else { panic!("{said}the files are in {}", self.folder.keep().display()) };
        Counts { right, no_python }
    }
}
