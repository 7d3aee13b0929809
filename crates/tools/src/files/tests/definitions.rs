//! `symbols` and `definition`: what they show, what they refuse, and their bounds.

use super::*;

const SESSION: &str = "\
import time

class Session:
    \"\"\"One login.\"\"\"

    @property
    def user(self): return self.name

    # twice at most
    @core_logic
    def refresh(self, by,
                at=None):
        def inner(): pass
        return inner

def refresh(): return 1
";

fn project() -> Tree {
    Tree::new(&[
        ("auth/session.py", SESSION),
        ("auth/other.py", "def refresh(): return 2\n"),
        ("auth/notes.txt", "def refresh(): return 3\n"),
        ("tests/a.py", "class Session:\n    def refresh(self): pass\n"),
        (".gitignore", "build\n"),
        ("build/session.py", "class Session: pass\n"),
        (".conductor/x.py", "class Session: pass\n"),
    ])
}

const REFRESH: &str = "\
auth/session.py:10-14 method Session.refresh
    @core_logic
    def refresh(self, by,
                at=None):
        def inner(): pass
        return inner
";

// ---- symbols

#[test]
fn symbols_are_the_definitions_of_a_file_with_lines_kind_and_signature() {
    let tree = project();
    let expected = "\
3-14 class class Session:
  6-7 method def user(self):
  10-14 method def refresh(self, by, at=None):
16-16 function def refresh():
";
    assert_eq!(tree.found("symbols", json!({"path": "auth/session.py"})).unwrap(), Found::whole(expected.to_owned()));
    let from = "  10-14 method def refresh(self, by, at=None):\n16-16 function def refresh():\n";
    assert_eq!(tree.ok("symbols", json!({"path": "auth/session.py", "start_line": 7})), from);
}

#[test]
fn a_file_without_symbols_says_why() {
    let tree = Tree::new(&[
        ("a.txt", "def f(): pass\n"),
        ("empty.py", ""),
        ("broken.py", "def f(): pass\n\nclass (:\n"),
        ("nul.py", "a\0"),
        ("hard.py", &(0..1000).map(|step| format!("{}if x:\n", " ".repeat(step))).collect::<String>()),
        ("d/a.py", ""),
    ]);
    let refused = |path: &str| tree.refused("symbols", json!({"path": path}));
    assert_eq!(refused("a.txt"), "the definitions of a file such as `a.txt` are not known; `read` shows it");
    assert_eq!(refused("nul.py"), "`nul.py` is not text: it has NUL bytes in it");
    assert_eq!(refused("hard.py"), "`hard.py`: the file is too hard to parse; `read` shows it as it is");
    assert_eq!(refused("d"), "`d` is a directory; give the path of a file");
    assert_eq!(refused("gone.py"), "`gone.py` does not exist; `list` shows what does");
    let ok = |path: &str| tree.ok("symbols", json!({"path": path}));
    assert_eq!(ok("empty.py"), "[no definitions; `read` shows the file]\n");
    assert_eq!(
        tree.ok("symbols", json!({"path": "broken.py", "start_line": 9})),
        "[the file has syntax errors, the first near line 3]\n[no definitions from there on; `read` shows the file]\n"
    );
    assert_eq!(ok("broken.py"), "1-1 function def f():\n[the file has syntax errors, the first near line 3]\n");
}

#[test]
fn a_long_list_of_symbols_goes_on_where_it_was_cut() {
    let tree = Tree::new(&[
        ("many.py", &"def f(): pass\n".repeat(1500)),
        ("line.py", &format!("{}\nx = 1\n", "def f(): pass\r".repeat(1500))),
    ]);
    let first = tree.found("symbols", json!({"path": "many.py"})).unwrap();
    assert!(first.is_truncated);
    assert!(first.text.ends_with("1000-1000 function def f():\n[1000 of 1500 definitions; go on with start_line 1001]\n"));
    let rest = tree.found("symbols", json!({"path": "many.py", "start_line": 1001})).unwrap();
    assert!(!rest.is_truncated && rest.text.starts_with("1001-1001 ") && rest.text.lines().count() == 500);
    let line = tree.ok("symbols", json!({"path": "line.py"}));
    assert!(line.ends_with("1-1 function def f():\n[1000 of 1500 definitions; go on with start_line 2]\n"));
    let long = Tree::new(&[("long.py", &format!("def f({}): pass\n", "a, ".repeat(1000)))]);
    assert!(long.ok("symbols", json!({"path": "long.py"})).ends_with(" [... 3008 bytes]\n"));
}

// ---- definition

#[test]
fn a_definition_is_its_source_headed_by_its_place() {
    let tree = project();
    for name in ["Session.refresh", "auth.session.Session.refresh", "auth::session::Session::refresh"] {
        let found = tree.found("definition", json!({"name": name, "path": "auth"})).unwrap();
        assert_eq!(found, Found::whole(REFRESH.to_owned()), "{name}");
    }
    let named = tree.ok("definition", json!({"name": "Session#refresh", "path": "auth/session.py"}));
    assert_eq!(named, REFRESH);
}

#[test]
fn all_that_have_the_name_are_shown_the_best_first_tests_last() {
    let tree = project();
    let expected = format!(
        "auth/other.py:1-1 function refresh\ndef refresh(): return 2\n\n\
         auth/session.py:16-16 function refresh\ndef refresh(): return 1\n\n\
         {REFRESH}\n\
         tests/a.py:2-2 method Session.refresh\n    def refresh(self): pass\n"
    );
    assert_eq!(tree.ok("definition", json!({"name": "refresh"})), expected);
    let exact = format!("{REFRESH}\ntests/a.py:2-2 method Session.refresh\n    def refresh(self): pass\n");
    assert_eq!(tree.ok("definition", json!({"name": "Session.refresh"})), exact);
}

#[test]
fn what_a_function_defines_inside_is_shown_with_the_function() {
    let expected = format!("{REFRESH}[`inner` is defined inside a function; what is shown is the function around it]\n");
    assert_eq!(project().ok("definition", json!({"name": "inner"})), expected);
    let outside = Tree::new(&[("a.py", "def f():\n    def g(): pass\n"), ("b.py", "def g(): pass\n")]);
    assert_eq!(outside.ok("definition", json!({"name": "g"})), "b.py:1-1 function g\ndef g(): pass\n");
}

#[test]
fn a_name_that_nothing_has_is_answered_with_the_nearest() {
    let tree = project();
    let nearest = "[nothing that is defined here has that name; the nearest names are these; `search` finds any text]\n";
    let none = "[nothing that is defined here has that name; `search` finds any text]\n";
    assert_eq!(
        tree.ok("definition", json!({"name": "Sesion"})),
        format!("auth/session.py:3-14 class Session\ntests/a.py:1-2 class Session\n{nearest}")
    );
    assert_eq!(
        tree.ok("definition", json!({"name": "Client.user"})),
        format!("auth/session.py:6-7 method Session.user\n{nearest}")
    );
    assert_eq!(
        tree.ok("definition", json!({"name": "Client.usr", "path": "auth/session.py"})),
        format!("auth/session.py:6-7 method Session.user\n{nearest}")
    );
    assert_eq!(tree.ok("definition", json!({"name": "zzzzzz"})), none);
    assert_eq!(
        tree.refused("definition", json!({"name": "x", "path": "auth/notes.txt"})),
        "the definitions of a file such as `auth/notes.txt` are not known; `read` shows it"
    );
    for name in ["", "::", &"a".repeat(1_000_000)] {
        assert_eq!(
            tree.refused("definition", json!({"name": name})),
            "`name` is empty, too long, or holds no name; write it as in the source, such as `Session.refresh`"
        );
    }
}

#[test]
fn more_than_fits_is_the_best_and_the_places_of_the_others() {
    let long = format!("def f():\n{}", "    x = 1\n".repeat(4000));
    let tree = Tree::new(&[("a.py", &long), ("b.py", &long), ("c.py", "class A:\n  def f(self): pass\n")]);
    let found = tree.found("definition", json!({"name": "f"})).unwrap();
    let also = "\nAlso defined here; give a `path` or more of the name:\nb.py:1-4001 function f\nc.py:2-2 method A.f\n";
    assert!(found.is_truncated && found.text.starts_with("a.py:1-4001 function f\ndef f():\n    x = 1\n"));
    assert!(found.text.ends_with(&format!("x = 1\n{also}")), "{}", &found.text[found.text.len() - 300..]);
    let tests = Tree::new(&[("a/tests/b.py", &long), ("b.py", &long.replace("x = 1", "y = 2"))]);
    assert!(tests.ok("definition", json!({"name": "f"})).starts_with("b.py:1-4001 function f\ndef f():\n    y = 2\n"));
    let longer = Tree::new(&[("a.py", &format!("def f():\n{}", "    x = 1\n".repeat(10_000)))]);
    let found = longer.found("definition", json!({"name": "f"})).unwrap();
    assert!(found.is_truncated && found.text.len() < 64 * 1024);
    let first = longer.ok("read", json!({"path": "a.py"}));
    let go_on = first.rsplit_once("go on with ").unwrap().1;
    assert!(found.text.ends_with(&format!("    x = 1\n[too long to show; `read` goes on with {go_on}")), "{go_on}");
}

#[test]
fn a_file_of_a_hundred_thousand_definitions_is_answered_within_bounds() {
    let tree = Tree::new(&[("many.py", &"def f(): pass\n".repeat(100_000))]);
    let found = tree.found("definition", json!({"name": "f"})).unwrap();
    let ends = "many.py:51-51 function f\n[99949 more places are not named]\n";
    assert!(found.is_truncated && found.text.starts_with("many.py:1-1 function f\ndef f(): pass\n\nAlso defined here"));
    assert!(found.text.ends_with(ends), "{}", found.text);
    assert_eq!(tree.ok("definition", json!({"name": "g"})).lines().count(), 1);
}

#[test]
fn only_files_that_may_define_the_name_are_parsed_and_these_are_bounded() {
    let mut files: Vec<(String, &str)> = (100..700).map(|number| (format!("{number}.py"), "def g(): pass\n")).collect();
    files.push(("z.py".to_owned(), "def f(): pass\n"));
    let tree = Tree::new(&files.iter().map(|(path, content)| (path.as_str(), *content)).collect::<Vec<_>>());
    assert_eq!(tree.ok("definition", json!({"name": "f"})), "z.py:1-1 function f\ndef f(): pass\n");
    files.push(("zz.py".to_owned(), "class A:\n  def user(): pass\n"));
    let more = Tree::new(&files.iter().map(|(path, content)| (path.as_str(), *content)).collect::<Vec<_>>());
    assert!(more.ok("definition", json!({"name": "B.user"})).starts_with("zz.py:2-2 method A.user\n[nothing"));
    let cut = "[only the first 500 files that may define it were looked into; give a `path`]\n";
    let found = tree.ok("definition", json!({"name": "g"}));
    assert!(found.starts_with("100.py:1-1 function g\n") && found.contains("\n599.py:1-1 function g\n") && found.ends_with(cut));
}

#[test]
fn files_that_are_none_are_passed_over_and_told() {
    let tree = Tree::new(&[("a.py", "def f(): pass\n"), ("nul.py", "def f(): pass\n\0")]);
    rustix::fs::mknodat(rustix::fs::CWD, tree.path("pipe.py"), rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
    symlink(tree.outside().join("secret"), tree.path("out.py")).unwrap();
    fs::File::create(tree.path("large.py")).unwrap().set_len(100 * 1024 * 1024).unwrap();
    fs::write(tree.path("\u{1b}[31m.py"), "def f(): return 1\n").unwrap();
    let expected = format!(
        "\"\\u{{1b}}[31m.py\":1-1 function f\ndef f(): return 1\n\na.py:1-1 function f\ndef f(): pass\n\
         [1 files larger than {} bytes were not looked into]\n",
        conductor_context::MAX_FILE_BYTES
    );
    assert_eq!(tree.ok("definition", json!({"name": "f"})), expected);
    assert_eq!(tree.refused("definition", json!({"name": "f", "path": "pipe.py"})), "`pipe.py` is neither a file nor a directory");
    assert_eq!(tree.refused("symbols", json!({"path": "pipe.py"})), "`pipe.py` is neither a file nor a directory");
    assert!(tree.refused("symbols", json!({"path": "large.py"})).starts_with("`large.py` is larger than "));
    tree.assert_outside_is_untouched();
}

/// What is shown is where `read` shows it and can be replaced by `edit`, whatever ends the lines.
#[test]
fn lines_and_text_are_those_of_read_and_edit() {
    let source = "\u{feff}import a\r\n\r\nclass A:\r\n\x0c\r\n    def one(self):\r\n        return 1\r\n";
    let lone = "x = 1\rdef one():\r  return 1\r\n\ndef two():\n  return 2\n";
    let tree = Tree::new(&[("crlf.py", source), ("lone.py", lone)]);
    for (path, name, headline, text) in [
        ("crlf.py", "A.one", "crlf.py:5-6 method A.one", "    def one(self):\r\n        return 1"),
        ("lone.py", "one", "lone.py:1-1 function one", "def one():\r  return 1"),
        ("lone.py", "two", "lone.py:3-4 function two", "def two():\n  return 2"),
    ] {
        assert_eq!(tree.ok("definition", json!({"name": name, "path": path})), format!("{headline}\n{text}\n"));
        let lines = headline.split([':', '-', ' ']).skip(1).take(2).map(|line| line.parse::<u64>().unwrap()).collect::<Vec<_>>();
        let read = tree.ok("read", json!({"path": path, "start_line": lines[0], "end_line": lines[1]}));
        assert!(read.contains(text), "{read:?}");
        let edited = tree.ok("edit", json!({"path": path, "old": text, "new": text.replace("return", "yield")}));
        assert_eq!(edited, format!("edited {path}: 1 place, line {}", lines[0]));
    }
    assert_eq!(tree.content("crlf.py"), source.replace("return", "yield"));
}

#[test]
fn a_file_in_another_encoding_has_the_lines_of_read_and_says_what_it_is() {
    let tree = Tree::new(&[]);
    let latin = b"# -*- coding: latin-1 -*-\n\ndef caf\xe9():\n    return '\xfc'\n";
    fs::write(tree.path("latin.py"), latin).unwrap();
    let sjis = b"# coding: shift_jis\n# \x83\x5c\n\ndef f():\n    return '\x95\x5c'\n";
    fs::write(tree.path("sjis.py"), sjis).unwrap();
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain("\ndef wide(): pass\n".bytes().flat_map(|byte| [byte, 0])).collect();
    fs::write(tree.path("wide.py"), wide).unwrap();
    assert_eq!(
        tree.ok("definition", json!({"name": "café"})),
        "latin.py:3-4 function café\ndef café():\n    return 'ü'\n[`latin.py`: the file is in ISO-8859-1, not UTF-8]\n"
    );
    assert!(tree.ok("read", json!({"path": "latin.py", "start_line": 3, "end_line": 4})).starts_with("def caf\u{fffd}():\n"));
    assert_eq!(tree.ok("symbols", json!({"path": "sjis.py"})), "4-5 function def f():\n[the file is in Shift_JIS, not UTF-8]\n");
    assert!(tree.ok("read", json!({"path": "sjis.py", "start_line": 4, "end_line": 5})).starts_with("def f():\n"));
    assert!(tree.ok("definition", json!({"name": "wide"})).starts_with("wide.py:2-2 function wide\ndef wide(): pass\n"));
}

#[test]
fn a_lookup_that_is_told_to_stop_stops() {
    let tree = project();
    let stop = Stop::default();
    stop.request();
    let arguments = crate::DefinitionArguments { name: "f".into(), path: None };
    let error = definition(&tree.root, &Ignores::default(), &arguments, &stop).unwrap_err();
    assert_eq!(error.to_string(), "interrupted");
}
