//! Packs: whole texts compared, and the ceiling for random files and budgets.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::files::FileError;
use crate::view::{Markers, Note, View, ViewError};

struct Tree(BTreeMap<String, Vec<u8>>);

impl Tree {
    fn of(files: &[(&str, &[u8])]) -> Self {
        Self(files.iter().map(|(path, source)| ((*path).to_owned(), source.to_vec())).collect())
    }
}

impl Files for Tree {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        self.0.get(path).cloned().ok_or(FileError::NotFound)
    }
}

fn pack_of(tree: &Tree, paths: &[&str], budget: u64) -> Pack {
    let paths: Vec<String> = paths.iter().map(ToString::to_string).collect();
    let options = ViewOptions { keep: &[], markers: &Markers::default() };
    pack(tree, &paths, &options, Tokens(budget))
}

fn shown(pack: &Pack) -> Vec<Shown> {
    pack.entries.iter().map(|entry| entry.shown).collect()
}

const HOT: &[u8] = b"def f(a):\n    '''Doc.'''\n    return a  # [HOT]\n\ndef g(b):\n    return b\n";

// R18
#[test]
fn the_first_file_is_curated_the_others_are_skeletons_and_errors_are_named() {
    let tree = Tree::of(&[("a.py", HOT), ("b.py", HOT), ("c.bin", b"\0"), ("n.md", b"```\nx")]);
    let pack = pack_of(&tree, &["a.py", "b.py", "c.bin", "gone\n.py", "n.md", "a.py"], 20_000);
    let expected = "File: a.py
View: curated, some function bodies left out as `...`
```python
def f(a):
    '''Doc.'''
    return a  # [HOT]

def g(b):
    ...
```

File: b.py
View: skeleton, function bodies left out as `...`
```python
def f(a):
    '''Doc.'''
    ...

def g(b):
    ...
```

File: c.bin
Error: the file is binary (a NUL byte at offset 0)

File: gone\\u{a}.py
Error: there is no such file

File: n.md
View: full
Note: a skeleton view is not known for this kind of file
````
```
x
````

";
    assert_eq!(pack.text(), expected);
    assert_eq!(pack.tokens, pack.entries.iter().map(|entry| entry.tokens).sum());
    assert_eq!(
        pack.problems().map(|(path, problem)| (path, problem.clone())).collect::<Vec<_>>(),
        [
            ("c.bin", PackProblem::NoView(ViewError::Binary { offset: 0 })),
            ("gone\n.py", PackProblem::Unreadable(FileError::NotFound)),
            ("n.md", PackProblem::Noted(Note::UnknownLanguage { asked: View::Skeleton })),
        ]
    );
}

#[test]
fn no_files_make_an_empty_pack() {
    assert_eq!(pack_of(&Tree::of(&[]), &[], 0), Pack { entries: vec![], tokens: Tokens(0), text: String::new() });
}

#[test]
fn the_last_file_is_degraded_first_and_one_level_at_a_time() {
    let tree = Tree::of(&[("a.py", HOT), ("b.py", HOT), ("c.py", HOT)]);
    let paths = ["a.py", "b.py", "c.py"];
    let mut levels = Vec::new();
    for budget in (0..400).rev() {
        let pack = pack_of(&tree, &paths, budget);
        assert!(pack.tokens.0 <= budget);
        let now = pack.entries.iter().map(|entry| entry.shown.as_str()).collect::<Vec<_>>().join(" ");
        if levels.last() != Some(&now) {
            levels.push(now);
        }
    }
    assert_eq!(
        levels,
        [
            "curated skeleton skeleton",
            "curated skeleton outline",
            "curated skeleton named",
            "curated outline named",
            "curated named named",
            "skeleton named named",
            "outline named named",
            "named named named",
            "named omitted omitted",
            "omitted omitted omitted",
        ]
    );
}

#[test]
fn what_the_budget_takes_is_said() {
    let tree = Tree::of(&[("a.py", HOT), ("b.py", HOT)]);
    let pack = pack_of(&tree, &["a.py", "b.py"], 80);
    assert_eq!(shown(&pack), [Shown::View(View::Curated), Shown::Named]);
    assert!(pack.text().ends_with("File: b.py\nView: none, no room left\n\n"), "{}", pack.text());
    let problem = pack.entries.last().and_then(PackEntry::problem);
    assert_eq!(problem.as_deref(), Some("the budget of 80 tokens is too small for its skeleton view"));
    let pack = pack_of(&tree, &["a.py", "b.py"], 20);
    assert_eq!(pack.text(), "(2 more files are not named here, no room left)\n");
}

#[test]
fn an_error_is_named_behind_the_end_of_the_budget_too() {
    let long = b"def f(): return 1\n".repeat(50);
    let tree = Tree::of(&[("a.py", &long), ("b.py", &long), ("c.py", b"\0")]);
    let pack = pack_of(&tree, &["a.py", "b.py", "c.py", "d.py"], 600);
    assert_eq!(shown(&pack), [Shown::View(View::Curated), Shown::Named, Shown::Error, Shown::Error]);
}

proptest! {
    #[test]
    fn a_pack_never_exceeds_its_budget(
        sources in prop::collection::vec("(def [a-f]\\(\\): return [0-9]{1,9}\n|# \\PC{0,40}\n){0,20}", 0..6),
        budget in 0u64..600,
    ) {
        let names: Vec<String> = (0..sources.len()).map(|n| format!("f{n}.{}", if n % 3 == 2 { "txt" } else { "py" })).collect();
        let tree = Tree(names.iter().cloned().zip(sources.into_iter().map(String::into_bytes)).collect());
        let options = ViewOptions { keep: &[], markers: &Markers::default() };
        let first = pack(&tree, &names, &options, Tokens(budget));
        prop_assert!(first.tokens <= Tokens(budget));
        prop_assert_eq!(crate::estimate_tokens(first.text()), first.tokens);
        prop_assert_eq!(&first, &pack(&tree, &names, &options, Tokens(budget)));
    }
}
