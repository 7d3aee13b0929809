//! The file tools over real directories, symlinks and all.

mod definitions;

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::{Globs, ToolCall, error::ToolError, root::Root};

/// A root with an outside beside it that has a secret.
struct Tree {
    dir: TempDir,
    root: Root,
}

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        Self::protecting(files, &[])
    }

    fn protecting(files: &[(&str, &str)], protect: &[&str]) -> Self {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("root");
        fs::create_dir_all(dir.path().join("outside")).unwrap();
        fs::create_dir(&path).unwrap();
        fs::write(dir.path().join("outside/secret"), "secret\n").unwrap();
        for (name, content) in files {
            let file = path.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, content).unwrap();
        }
        let root = Root::open(path, Globs::new(protect).unwrap()).unwrap();
        Self { dir, root }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.root.path().join(name)
    }

    fn outside(&self) -> std::path::PathBuf {
        self.dir.path().join("outside")
    }

    fn content(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn found(&self, tool: &str, arguments: Value) -> Result<Found, ToolError> {
        match ToolCall::parse(tool, &arguments).unwrap() {
            ToolCall::Read(arguments) => read(&self.root, &arguments),
            ToolCall::List(arguments) => list(&self.root, Ignores::default(), &arguments, &Stop::default()),
            ToolCall::Search(arguments) => search(&self.root, Ignores::default(), &arguments, &Stop::default()),
            ToolCall::Symbols(arguments) => symbols(&self.root, &arguments),
            ToolCall::Definition(arguments) => definition(&self.root, &Ignores::default(), &arguments, &Stop::default()),
            ToolCall::Edit(arguments) => edit(&self.root, &arguments),
            ToolCall::Write(arguments) => write(&self.root, &arguments),
            ToolCall::Run(_) | ToolCall::Finish(_) => panic!("not a file tool"),
        }
    }

    /// The text of what was found.
    fn ok(&self, tool: &str, arguments: Value) -> String {
        self.found(tool, arguments).unwrap().text
    }

    /// The words of a refusal.
    fn refused(&self, tool: &str, arguments: Value) -> String {
        self.found(tool, arguments).unwrap_err().to_string()
    }

    /// What each tool that takes a path says to it.
    fn all_refuse(&self, path: &str) -> Vec<String> {
        vec![
            self.refused("read", json!({"path": path})),
            self.refused("edit", json!({"path": path, "old": "secret", "new": "gone"})),
            self.refused("write", json!({"path": path, "content": "gone"})),
            self.refused("search", json!({"path": path, "pattern": "."})),
            self.refused("list", json!({"path": path})),
            self.refused("symbols", json!({"path": path})),
            self.refused("definition", json!({"path": path, "name": "x"})),
        ]
    }

    fn assert_outside_is_untouched(&self) {
        assert_eq!(listing(&self.outside()), [("secret".to_owned(), "secret\n".to_owned())]);
    }
}

fn listing(dir: &Path) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

// ---- staying inside (R34)

#[test]
fn a_path_that_climbs_out_of_the_root_is_refused() {
    let tree = Tree::new(&[("a/b", "x")]);
    for path in ["..", "../outside/secret", "a/../../outside/secret", "a/b/../../../root/a/b"] {
        let expected = format!("`{path}` leads out of the ticket's root; only what lies below it can be reached");
        assert_eq!(tree.all_refuse(path), vec![expected; 7]);
    }
    tree.assert_outside_is_untouched();
}

#[test]
fn a_path_may_go_up_and_down_inside_the_root() {
    let tree = Tree::new(&[("a/b", "x"), ("c", "y")]);
    assert_eq!(tree.ok("read", json!({"path": "./a/../c"})), "y");
}

#[test]
fn an_absolute_path_is_refused_with_the_relative_one_where_there_is_one() {
    let tree = Tree::new(&[("a/b", "x")]);
    assert_eq!(tree.all_refuse("/etc/passwd"), vec!["`/etc/passwd` is absolute; paths are relative to the ticket's root"; 7]);
    let inside = tree.path("a/b").into_os_string().into_string().unwrap();
    assert_eq!(
        tree.refused("read", json!({"path": inside})),
        format!("`{inside}` is absolute; paths are relative to the ticket's root: write `a/b`")
    );
}

#[test]
fn a_path_that_is_none_is_refused() {
    let tree = Tree::new(&[]);
    for path in [String::new(), "a\0b".to_owned(), "a/".repeat(4000)] {
        assert_eq!(tree.all_refuse(&path), vec!["the path is empty, too long, or has a NUL character in it"; 7]);
    }
}

#[test]
fn a_symlink_out_of_the_root_is_refused() {
    let tree = Tree::new(&[("sub/x", "x")]);
    symlink("../outside/secret", tree.path("relative")).unwrap();
    symlink(tree.outside().join("secret"), tree.path("absolute")).unwrap();
    symlink(tree.outside(), tree.path("dir")).unwrap();
    symlink("../../outside", tree.path("sub/dir")).unwrap();
    for path in ["relative", "absolute", "dir/secret", "sub/dir/secret", "dir", "dir/new", "dir/new/newer"] {
        let expected =
            format!("`{path}` leads out of the ticket's root through a symlink; only what lies below the root can be reached");
        assert_eq!(tree.all_refuse(path), vec![expected; 7]);
    }
    tree.assert_outside_is_untouched();
}

#[test]
fn a_symlink_that_points_nowhere_is_not_written_through() {
    let tree = Tree::new(&[]);
    symlink("nowhere", tree.path("link")).unwrap();
    assert_eq!(tree.all_refuse("link"), vec!["`link` is a symlink to something that is not there"; 7]);
    assert!(!tree.path("nowhere").exists());
}

#[test]
fn a_symlink_inside_the_root_is_followed_and_stays_a_symlink() {
    let tree = Tree::new(&[("real/file", "old\n")]);
    symlink("real", tree.path("dir")).unwrap();
    symlink("real/file", tree.path("link")).unwrap();
    assert_eq!(tree.ok("read", json!({"path": "dir/file"})), "old\n");
    assert_eq!(tree.ok("write", json!({"path": "link", "content": "new\n"})), "replaced real/file (4 bytes)");
    assert_eq!(tree.content("real/file"), "new\n");
    assert!(fs::symlink_metadata(tree.path("link")).unwrap().is_symlink());
}

#[test]
fn a_directory_that_becomes_a_symlink_meanwhile_leads_nowhere_else() {
    let tree = Tree::new(&[("d/secret", "harmless\n"), ("d/config", "harmless\n"), (".git/config", "config\n")]);
    let is_over = Arc::new(AtomicBool::new(false));
    let (swapped, aside, link) = (tree.path("d"), tree.path("aside"), tree.path("link"));
    let targets = [tree.outside(), Path::new(".git").to_owned()];
    let swapper = thread::spawn({
        let is_over = Arc::clone(&is_over);
        move || {
            for target in targets.iter().cycle() {
                symlink(target, &link).unwrap();
                fs::rename(&swapped, &aside).unwrap();
                fs::rename(&link, &swapped).unwrap();
                fs::remove_file(&swapped).unwrap();
                fs::rename(&aside, &swapped).unwrap();
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
            }
        }
    });
    let mut read_as_it_was = 0;
    for _ in 0..600 {
        for path in ["d/secret", "d/config"] {
            if let Ok(found) = tree.found("read", json!({"path": path})) {
                assert_eq!(found.text, "harmless\n");
                read_as_it_was += 1;
            }
        }
        // A write while `d` is away would make a new one, which would stop the swapper: only what is there is changed.
        let _ = tree.found("edit", json!({"path": "d/secret", "old": "secret", "new": "gone"}));
        let _ = tree.found("edit", json!({"path": "d/config", "old": "config", "new": "gone"}));
        if let Ok(found) = tree.found("search", json!({"pattern": "^secret|^config", "path": "d"})) {
            assert!(!found.text.contains(":1:"), "{}", found.text);
        }
    }
    is_over.store(true, Ordering::Relaxed);
    swapper.join().unwrap();
    assert!(read_as_it_was > 0);
    assert_eq!(tree.content(".git/config"), "config\n");
    tree.assert_outside_is_untouched();
}

#[test]
fn the_repositorys_own_files_and_the_journal_are_out_of_reach() {
    let tree = Tree::new(&[(".git/config", "secret"), (".conductor/conductor.db", "secret"), ("sub/.git/config", "secret")]);
    symlink(".git", tree.path("alias")).unwrap();
    for (path, name) in [
        (".git", ".git"),
        (".git/config", ".git"),
        (".GIT/config", ".git"),
        ("./x/../.git/config", ".git"),
        ("alias/config", ".git"),
        ("alias/hooks/pre-commit", ".git"),
        ("sub/.git/config", ".git"),
        (".conductor/conductor.db", ".conductor"),
    ] {
        let expected = format!("`{path}` lies in `{name}`, which tools neither read nor write");
        assert_eq!(tree.all_refuse(path), vec![expected; 7]);
    }
    assert_eq!(tree.ok("list", json!({"depth": 5})), "alias -> .git\nsub/\n");
    assert_eq!(tree.ok("search", json!({"pattern": "secret"})), "[no match in 0 files]\n");
}

#[test]
fn a_git_file_of_a_worktree_cannot_be_written_where_there_is_none() {
    let tree = Tree::new(&[]);
    assert!(tree.found("write", json!({"path": "sub/.git", "content": "gitdir: /elsewhere"})).is_err());
    assert!(!tree.path("sub").exists());
}

#[test]
fn a_pipe_is_not_waited_for() {
    let tree = Tree::new(&[]);
    assert!(std::process::Command::new("mkfifo").arg(tree.path("pipe")).status().unwrap().success());
    let expected = "`pipe` is neither a file nor a directory";
    assert_eq!(tree.refused("read", json!({"path": "pipe"})), expected);
    assert_eq!(tree.refused("write", json!({"path": "pipe", "content": ""})), expected);
    assert_eq!(tree.ok("search", json!({"pattern": "x"})), "[no match in 0 files]\n");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn no_path_changes_anything_outside_or_in_git(
        names in proptest::collection::vec(proptest::sample::select(
            vec!["..", ".", "a", "b", "out", "up", "self", "git", ".git", ".GIT", "hooks", "secret", "", "new"]), 1..7),
        absolute in any::<bool>(),
    ) {
        let tree = Tree::new(&[("a/b/file", "x"), (".git/config", "config")]);
        symlink(tree.outside(), tree.path("out")).unwrap();
        symlink("../../outside", tree.path("a/up")).unwrap();
        symlink(".", tree.path("self")).unwrap();
        symlink("../.git", tree.path("a/git")).unwrap();
        let path = format!("{}{}", if absolute { "/" } else { "" }, names.join("/"));
        let _ = tree.found("write", json!({"path": path, "content": "gone"}));
        let _ = tree.found("edit", json!({"path": path, "old": "secret", "new": "gone"}));
        if let Ok(found) = tree.found("read", json!({"path": path})) {
            prop_assert!(!found.text.contains("secret") && !found.text.contains("config"));
        }
        tree.assert_outside_is_untouched();
        prop_assert_eq!(listing(&tree.path(".git")), [("config".to_owned(), "config".to_owned())]);
    }
}

// ---- protect

#[test]
fn what_is_protected_is_read_but_not_changed() {
    let tree = Tree::protecting(&[("tests/test_a.py", "assert a\n"), ("src/a.py", "a\n")], &["tests/**", "*.lock"]);
    symlink("tests", tree.path("alias")).unwrap();
    for (path, pattern) in [
        ("tests/test_a.py", "tests/**"),
        ("tests/new/deep.py", "tests/**"),
        ("src/../tests/test_a.py", "tests/**"),
        ("alias/test_a.py", "tests/**"),
        ("Cargo.lock", "*.lock"),
    ] {
        let expected = format!(
            "`{path}` is protected by the pattern `{pattern}` of this track and must not be changed; solve the ticket without it"
        );
        assert_eq!(tree.refused("write", json!({"path": path, "content": ""})), expected);
        assert_eq!(tree.refused("edit", json!({"path": path, "old": "assert", "new": ""})), expected);
    }
    assert_eq!(tree.ok("read", json!({"path": "tests/test_a.py"})), "assert a\n");
    assert_eq!(tree.ok("edit", json!({"path": "src/a.py", "old": "a", "new": "b"})), "edited src/a.py: 1 place, line 1");
    assert!(!tree.path("tests/new").exists());
}

// ---- read

#[test]
fn a_file_is_read_whole_or_by_lines() {
    let tree = Tree::new(&[("f", "one\ntwo\r\nthree"), ("empty", "")]);
    assert_eq!(tree.ok("read", json!({"path": "f"})), "one\ntwo\r\nthree");
    assert_eq!(tree.ok("read", json!({"path": "f", "start_line": 2, "end_line": 2})), "two\r\n[lines 2 to 2 of 3]\n");
    assert_eq!(tree.ok("read", json!({"path": "f", "start_line": 3, "end_line": 99})), "three\n[lines 3 to 3 of 3]\n");
    assert_eq!(tree.refused("read", json!({"path": "f", "start_line": 4})), "`start_line` is 4 but `f` has 3 lines");
    assert_eq!(tree.ok("read", json!({"path": "empty"})), "[the file is empty]\n");
}

#[test]
fn a_long_file_is_cut_and_says_how_to_go_on() {
    let content: String = (1..=5000).map(|line| format!("line {line}\n")).collect();
    let tree = Tree::new(&[("f", &content)]);
    let first = tree.found("read", json!({"path": "f"})).unwrap();
    assert!(first.is_truncated);
    assert!(first.text.ends_with("line 2000\n[lines 1 to 2000 of 5000; go on with start_line 2001]\n"));
    let last = tree.found("read", json!({"path": "f", "start_line": 4999})).unwrap();
    assert_eq!(last, Found { text: "line 4999\nline 5000\n[lines 4999 to 5000 of 5000]\n".into(), is_truncated: false });
}

#[test]
fn a_line_of_any_length_is_bounded() {
    let tree = Tree::new(&[("f", &"é".repeat(100_000))]);
    let found = tree.found("read", json!({"path": "f"})).unwrap();
    assert!(found.is_truncated && found.text.len() < 64 * 1024);
    assert!(
        found.text.ends_with("é\n[line 1 is cut: it has 200000 bytes; `run` can show its parts]\n"),
        "{}",
        &found.text[60_000..]
    );
}

#[test]
fn what_is_not_text_is_told() {
    let tree = Tree::new(&[("binary", "a\0b")]);
    fs::write(tree.path("latin"), b"caf\xe9\n").unwrap();
    fs::File::create(tree.path("huge")).unwrap().set_len(100 << 20).unwrap();
    assert_eq!(tree.refused("read", json!({"path": "binary"})), "`binary` is not text: it has NUL bytes in it");
    assert_eq!(tree.ok("read", json!({"path": "latin"})), "caf\u{fffd}\n[not valid UTF-8: each broken byte is shown as U+FFFD]\n");
    assert_eq!(
        tree.refused("edit", json!({"path": "latin", "old": "caf", "new": "x"})),
        "`latin` is not valid UTF-8, so it cannot be edited as text; use `run`"
    );
    assert_eq!(
        tree.refused("read", json!({"path": "huge"})),
        "`huge` is larger than 16777216 bytes; use `run` with a command that shows or changes a part of it"
    );
    assert_eq!(tree.refused("read", json!({"path": "."})), "`.` is a directory; give the path of a file");
    assert_eq!(tree.refused("read", json!({"path": "no"})), "`no` does not exist; `list` shows what does");
    assert_eq!(tree.refused("read", json!({"path": "latin/x"})), "`latin/x` is not a directory");
}

// ---- write

#[test]
fn a_write_makes_directories_and_leaves_nothing_else_behind() {
    let tree = Tree::new(&[]);
    assert_eq!(tree.ok("write", json!({"path": "a/b/c.txt", "content": "x\n"})), "created a/b/c.txt (2 bytes)");
    assert_eq!(tree.content("a/b/c.txt"), "x\n");
    assert_eq!(listing(&tree.path("a/b")), [("c.txt".to_owned(), "x\n".to_owned())]);
    assert_eq!(tree.refused("write", json!({"path": "a/b", "content": ""})), "`a/b` is a directory; give the path of a file");
    assert_eq!(tree.refused("write", json!({"path": ".", "content": ""})), "`.` is a directory; give the path of a file");
    assert_eq!(tree.ok("list", json!({"depth": 9})), "a/\na/b/\na/b/c.txt\n");
}

#[test]
fn mode_bits_are_kept() {
    let tree = Tree::new(&[("run.sh", "echo a\n"), ("private", "a\n")]);
    let set = |name: &str, mode| fs::set_permissions(tree.path(name), fs::Permissions::from_mode(mode)).unwrap();
    let mode = |name: &str| fs::metadata(tree.path(name)).unwrap().permissions().mode() & 0o7777;
    set("run.sh", 0o775);
    set("private", 0o600);
    tree.ok("edit", json!({"path": "run.sh", "old": "a", "new": "b"}));
    tree.ok("write", json!({"path": "private", "content": "b"}));
    assert_eq!((mode("run.sh"), mode("private")), (0o775, 0o600));
}

// ---- edit

#[test]
fn an_edit_replaces_the_one_place_or_all() {
    let tree = Tree::new(&[("f", "a = 1\nb = 1\nc = 2\n")]);
    assert_eq!(tree.ok("edit", json!({"path": "f", "old": "c = 2", "new": "c = 3"})), "edited f: 1 place, line 3");
    assert_eq!(
        tree.refused("edit", json!({"path": "f", "old": " = 1", "new": " = 9"})),
        "`f`: `old` is there 2 times (lines 1, 2); make it unique with more of the text around it, or set `all`"
    );
    assert_eq!(tree.ok("edit", json!({"path": "f", "old": " = 1", "new": " = 9", "all": true})), "edited f: 2 places, lines 1, 2");
    assert_eq!(tree.content("f"), "a = 9\nb = 9\nc = 3\n");
}

#[test]
fn line_ends_are_kept() {
    let tree = Tree::new(&[("crlf", "one\r\ntwo\r\nthree\r\n"), ("mixed", "one\r\ntwo\n")]);
    tree.ok("edit", json!({"path": "crlf", "old": "one\ntwo\n", "new": "1\n2\n2b\n"}));
    assert_eq!(tree.content("crlf"), "1\r\n2\r\n2b\r\nthree\r\n");
    tree.ok("edit", json!({"path": "mixed", "old": "one\r\ntwo", "new": "1\n2"}));
    assert_eq!(tree.content("mixed"), "1\n2\n");
}

#[test]
fn an_edit_that_finds_nothing_says_what_comes_nearest() {
    let tree = Tree::new(&[("f.py", "def total(items):\n    count = 0\n    return count\n")]);
    let refused = |old: &str| tree.refused("edit", json!({"path": "f.py", "old": old, "new": "x"}));
    assert_eq!(
        refused("\ndef total(items):\n  count = 0\n"),
        "`f.py`: `old` is not in it; only white space differs from lines 1 to 2, which are:\ndef total(items):\n    count = 0"
    );
    assert_eq!(
        refused("def totals(item):\n    pass"),
        "`f.py`: `old` is not in it; the nearest to its first line is line 1:\ndef total(items):"
    );
    assert_eq!(refused("zzz"), "`f.py`: `old` is not in it; no line is like its first line; read the file again");
    assert_eq!(refused("\n\n\n"), "`f.py`: `old` is not in it; it is nothing but white space");
    assert_eq!(refused(""), "`f.py`: `old` is empty; use `write` to create a file or replace all of it");
    assert_eq!(refused("x"), "`f.py`: `old` and `new` are the same");
    assert_eq!(tree.content("f.py"), "def total(items):\n    count = 0\n    return count\n");
}

#[test]
fn an_edit_of_a_file_that_is_not_there_makes_nothing() {
    let tree = Tree::new(&[]);
    assert_eq!(
        tree.refused("edit", json!({"path": "a/b/c", "old": "x", "new": "y"})),
        "`a/b/c` does not exist; `list` shows what does"
    );
    assert!(!tree.path("a").exists());
}

#[test]
fn an_edit_cannot_blow_a_file_up() {
    let tree = Tree::new(&[("f", &"a".repeat(100_000))]);
    let arguments = json!({"path": "f", "old": "a", "new": "b".repeat(10_000), "all": true});
    assert_eq!(tree.refused("edit", arguments), "`f`: it would grow beyond 16777216 bytes");
}

// ---- list and search

#[test]
fn a_list_is_sorted_and_without_what_is_ignored() {
    let tree = Tree::new(&[
        (".gitignore", "*.pyc\n/build/\n!keep.pyc\n"),
        ("b.py", ""),
        ("B.py", ""),
        ("a/z.py", ""),
        ("a/x/deep.py", ""),
        ("a/.gitignore", "z.*\n"),
        ("a.py", ""),
        ("m.pyc", ""),
        ("keep.pyc", ""),
        ("build/out", ""),
        ("sub/build/kept", ""),
    ]);
    assert_eq!(tree.ok("list", json!({})), ".gitignore\nB.py\na/\na/.gitignore\na/x/\na.py\nb.py\nkeep.pyc\nsub/\nsub/build/\n");
    assert_eq!(tree.ok("list", json!({"path": "a", "depth": 1})), "a/.gitignore\na/x/\n");
    assert_eq!(tree.ok("list", json!({"path": "build"})), "build/out\n");
    assert_eq!(tree.refused("list", json!({"path": "a.py"})), "`a.py` is not a directory");
}

#[test]
fn ignores_from_above_the_root_count_where_they_are_asked_for() {
    let tree = Tree::new(&[("log/x", ""), ("a.tmp", ""), ("kept", "")]);
    fs::write(tree.dir.path().join(".gitignore"), "*.tmp\n/root/log/\n").unwrap();
    let arguments = crate::ListArguments { path: None, depth: None };
    let ignores = Ignores::above(tree.dir.path(), tree.root.path());
    assert_eq!(list(&tree.root, ignores, &arguments, &Stop::default()).unwrap().text, "kept\n");
    assert_eq!(tree.ok("list", json!({})), "a.tmp\nkept\nlog/\nlog/x\n");
}

#[test]
fn a_list_is_bounded_and_a_name_is_one_line() {
    let tree = Tree::new(&[("two\nlines", "")]);
    assert_eq!(tree.ok("list", json!({})), "\"two\\nlines\"\n");
    for number in 0..1_100 {
        fs::write(tree.path(&format!("f{number:04}")), "").unwrap();
    }
    let found = tree.found("list", json!({})).unwrap();
    assert!(found.is_truncated);
    assert!(found.text.ends_with("f0999\n[only the first 1000 are shown; give a `path` or a smaller `depth`]\n"));
}

#[test]
fn a_list_of_long_names_is_bounded_too() {
    let tree = Tree::new(&[]);
    for number in 0..300 {
        fs::write(tree.path(&format!("{number:03}{}", "n".repeat(240))), "").unwrap();
    }
    let found = tree.found("list", json!({})).unwrap();
    assert!(found.is_truncated && found.text.len() < 50 * 1024);
    assert!(found.text.ends_with("n\n[only the first 202 are shown; give a `path` or a smaller `depth`]\n"));
}

#[test]
fn what_cannot_be_looked_into_is_told_within_bounds() {
    let tree = Tree::new(&[("z", "find\n")]);
    for number in 0..30 {
        // A directory is no readable .gitignore.
        fs::create_dir_all(tree.path(&format!("d{number:02}/.gitignore"))).unwrap();
    }
    let found = tree.ok("search", json!({"pattern": "find"}));
    let lines: Vec<&str> = found.lines().collect();
    assert_eq!((lines.len(), lines[0], lines[11]), (12, "z:1:find", "[20 more places were left out]"));
    assert_eq!(lines[1], "[`d00/.gitignore`: not a readable file of at most 1048576 bytes]");
}

#[test]
fn a_search_is_sorted_by_path_then_line() {
    let tree = Tree::new(&[
        ("b.py", "x = 1\n\nfind me\r\nfind it"),
        ("a/c.py", "find\n"),
        ("a/d.txt", "find\n"),
        ("a.txt", "find\n"),
        ("bin", "find\0"),
        (".gitignore", "hidden\n"),
        ("hidden", "find\n"),
    ]);
    let all = "a/c.py:1:find\na/d.txt:1:find\na.txt:1:find\nb.py:3:find me\nb.py:4:find it\n";
    let binary = "[1 files that are not text were not searched]\n";
    assert_eq!(tree.ok("search", json!({"pattern": "^find"})), format!("{all}{binary}"));
    let python = json!({"pattern": "find", "glob": "*.py"});
    assert_eq!(tree.ok("search", python), "a/c.py:1:find\nb.py:3:find me\nb.py:4:find it\n");
    assert_eq!(tree.ok("search", json!({"pattern": "find", "glob": "a/*"})), "a/c.py:1:find\na/d.txt:1:find\n");
    assert_eq!(tree.ok("search", json!({"pattern": "find", "path": "a"})), "a/c.py:1:find\na/d.txt:1:find\n");
    assert_eq!(tree.ok("search", json!({"pattern": "find", "path": "hidden"})), "hidden:1:find\n");
    assert_eq!(tree.ok("search", json!({"pattern": "^$", "path": "b.py"})), "b.py:2:\n");
    assert_eq!(tree.ok("search", json!({"pattern": "nowhere", "path": "a"})), "[no match in 2 files]\n");
    assert_eq!(tree.refused("search", json!({"pattern": "x", "path": "bin"})), "`bin` is not text: it has NUL bytes in it");
}

#[test]
fn a_search_is_bounded() {
    let tree = Tree::new(&[("f", &format!("{}\n", "x".repeat(1000)).repeat(300))]);
    let found = tree.found("search", json!({"pattern": "x"})).unwrap();
    assert!(found.is_truncated && found.text.len() < 64 * 1024);
    assert!(found.text.contains(" [... 1000 bytes]\n"));
    assert!(found.text.ends_with("[there are more matches; give a narrower `pattern`, `path` or `glob`]\n"));
}

#[test]
fn a_pattern_that_cannot_be_used_is_told() {
    let tree = Tree::new(&[("f", "x")]);
    assert_eq!(tree.refused("search", json!({"pattern": "a(b"})), "`a(b` is not a usable regular expression: unclosed group");
    assert!(tree.refused("search", json!({"pattern": "(?:(?:(?:\\w{100}){100}){100})"})).contains("size limit"));
    assert!(tree.refused("search", json!({"pattern": "x", "glob": "a[b"})).starts_with("`a[b` is not a usable glob: "));
}

#[test]
fn a_walk_that_is_told_to_stop_stops() {
    let tree = Tree::new(&[("f", "x")]);
    let stop = Stop::default();
    stop.request();
    let arguments = crate::SearchArguments { pattern: "x".into(), path: None, glob: None };
    let error = search(&tree.root, Ignores::default(), &arguments, &stop).unwrap_err();
    assert_eq!(error.to_string(), "interrupted");
}

#[test]
fn a_tree_of_any_depth_is_walked_with_bounded_handles() {
    let deep: String = "d/".repeat(100);
    let tree = Tree::new(&[(&format!("{deep}f"), "find\n"), ("z", "find\n")]);
    let found = tree.ok("search", json!({"pattern": "find"}));
    let edge = vec!["d"; 64].join("/");
    assert_eq!(found, format!("z:1:find\n[`{edge}` lies too deep to look into; give it as `path`]\n"));
    let below = tree.ok("search", json!({"pattern": "find", "path": edge}));
    assert_eq!(below, format!("{deep}f:1:find\n"));
}
