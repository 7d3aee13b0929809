//! Which definitions names mean.

use super::*;
use crate::symbols;

const SESSION: &str = "\
import typing

class Session:
    @typing.overload
    def refresh(self, by: int): ...
    @typing.overload
    def refresh(self, by: str): ...
    def refresh(self, by):
        def inner(): return by
        return inner

    @property
    def user(self): return 1
    @user.setter
    def user(self, user): pass

    class Meta:
        def refresh(self): pass

if typing:
    def refresh(): return 1
else:
    def refresh(): return 2
";

/// What a name means in a file: place, fit.
fn found(path: &str, name: &str) -> Vec<(usize, Fit)> {
    let symbols = symbols("session.py", SESSION.as_bytes()).unwrap();
    let found = Name::parse(name).unwrap().find(path, &symbols);
    found.into_iter().map(|found| (found.index, found.fit)).collect()
}

const EXACT: Fit = Fit::Exact;
const TAIL: Fit = Fit::Tail;

#[test]
fn qualified_names_come_first_and_all_definitions_of_a_name_are_found_in_order() {
    let methods = vec![(1, EXACT), (2, EXACT), (3, EXACT)];
    for name in ["Session.refresh", "Session::refresh", "Session#refresh", "Session/refresh", " Session . refresh( by ) "] {
        assert_eq!(found("auth/session.py", name), methods, "{name}");
    }
    assert_eq!(found("auth/session.py", "Session.user"), [(4, EXACT), (5, EXACT)]);
    let functions = [(8, EXACT), (9, EXACT), (1, TAIL), (2, TAIL), (3, TAIL), (7, TAIL)];
    assert_eq!(found("auth/session.py", "refresh"), functions);
    assert_eq!(found("auth/session.py", "self.refresh"), functions);
    assert_eq!(found("auth/session.py", "Meta.refresh"), [(7, TAIL)]);
    assert_eq!(found("auth/session.py", "Session.Meta"), [(6, EXACT)]);
    for name in ["Session.refres", "session.Meta.refresh.x", "Other.refresh", "fresh", "Session.Session"] {
        assert_eq!(found("auth/session.py", name), [], "{name}");
    }
}

#[test]
fn the_path_of_the_module_may_stand_before_a_name() {
    for name in ["auth.session.Session.user", "session.Session.user", "crate::auth::session::Session::user"] {
        assert_eq!(found("src/auth/session.py", name), [(4, EXACT), (5, EXACT)], "{name}");
    }
    for index in ["auth/__init__.py", "auth/mod.rs", "auth/index.ts"] {
        assert_eq!(found(index, "auth.Session.Meta"), [(6, EXACT)], "{index}");
    }
    // A package that passes on what its modules define.
    assert_eq!(found("src/auth/session.py", "auth.Session.Meta"), [(6, TAIL)]);
    assert_eq!(found("src/auth/session.py", "session.Meta"), [(6, TAIL)]);
    for name in ["other.Session.Meta", "session.auth.Session.Meta", "auth.other.Session.Meta"] {
        assert_eq!(found("src/auth/session.py", name), [], "{name}");
    }
}

#[test]
fn what_a_function_defines_inside_is_found_by_the_function() {
    for name in ["inner", "refresh.inner", "Session.refresh.inner", "auth.session.Session.refresh.inner"] {
        assert_eq!(found("auth/session.py", name), [(3, Fit::Around)], "{name}");
    }
    for name in ["by", "return", "Other.inner", "user.inner", "refresh.by"] {
        assert_eq!(found("auth/session.py", name), [], "{name}");
    }
}

#[test]
fn a_name_is_parsed_or_refused() {
    let names = |text: &str| Name::parse(text).map(|name| name.names);
    assert_eq!(names("(*Session).Refresh"), Some(vec!["Session".to_owned(), "Refresh".to_owned()]));
    assert_eq!(names("crate::Vec<T>::push(self)"), Some(vec!["Vec".to_owned(), "push".to_owned()]));
    assert_eq!(names("super"), Some(vec!["super".to_owned()]));
    assert_eq!(names("naïve.文"), Some(vec!["naïve".to_owned(), "文".to_owned()]));
    for text in ["", " ", "::", "()", &"a.".repeat(17), &"a".repeat(257), &"a".repeat(100_000_000)] {
        assert_eq!(names(text), None);
    }
}

#[test]
fn a_file_that_lacks_a_name_or_only_uses_it_needs_no_parse() {
    let may = |name: &str, text: &str| Name::parse(name).unwrap().may_be_in("auth/session.py", text.as_bytes());
    assert!(may("Session.refresh", "class Session:\n  def refresh"));
    assert!(may("auth.session.refresh", "refresh(); async def\trefresh("));
    assert!(may("naïve", "class naïve"));
    for (name, text) in [
        ("refresh", "def refresh_token def refreshed def _refresh"),
        ("refresh", "self.refresh() undef refresh defrefresh"),
        ("Session.refresh", "def refresh"),
        ("ve", "class naïve"),
        ("a", "def a\0"),
    ] {
        assert!(!may(name, text), "{name}");
    }
    assert!(!Name::parse("a").unwrap().may_be_in("notes.txt", b"def a"));
}

#[test]
fn definitions_of_tests_are_known_by_their_places() {
    let is = |path: &str| is_test(path, "f");
    assert!(
        [
            "tests/a.py",
            "a/test/b.py",
            "test_a.py",
            "a_test.go",
            "a.test.ts",
            "a/b.spec.js",
            "ATest.java",
            "conftest.py",
            "tests.rs"
        ]
        .iter()
        .all(|path| is(path))
    );
    assert!(!["latest.py", "contest/a.py", "testament.py", "a.py", "attest.rs"].iter().any(|path| is(path)));
    assert!(is_test("a.rs", "tests::f") && !is_test("a.rs", "a::f"));
}
