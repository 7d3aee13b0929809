//! Whole views of small sources, each the shape of something real.

use crate::view::{Markers, Note, View, ViewOptions, view};

fn render(source: &str, wanted: View, keep: &[&str]) -> String {
    let keep: Vec<String> = keep.iter().map(ToString::to_string).collect();
    let options = ViewOptions { keep: &keep, markers: &Markers::default() };
    let once = view("a.py", source.as_bytes(), wanted, &options).unwrap();
    let again = view("a.py", once.text.as_bytes(), wanted, &options).unwrap();
    assert_eq!(again.text, once.text, "a view of a view is the same");
    once.text
}

fn skeleton(source: &str) -> String {
    render(source, View::Skeleton, &[])
}

fn curated(source: &str) -> String {
    render(source, View::Curated, &[])
}

const SESSION: &str = r##""""Sessions and their tokens."""
from __future__ import annotations

import time
try:
    import ujson as json
except ImportError:
    import json  # slower

__all__ = ["Session"]
LIMIT = 3  # tries


class Session:
    """One login."""

    lifetime: int = 3600
    # what the server knows

    def __init__(
        self,
        user: str,  # the login name
        *,
        token: str | None = None,
    ) -> None:
        """Makes a session.

        Without a token it is anonymous.
        """
        # not verified here
        self.user = user
        self.token = token

    @property
    def is_live(self) -> bool: return time.time() < self.until

    @auth.core_logic(level=2)
    async def refresh(self, /, by: int = 1):
        # twice at most
        for _ in range(2):
            await self.post(by)
        # trailing

    def close(self):
        def inner():
            return 1
        self.x = inner()  # [HOT] called in a loop
    # after close


if json is None:
    def load(text): raise ImportError
else:
    def load(text):
        return "# [HOT]"
"##;

// R19
#[test]
fn a_skeleton_keeps_imports_signatures_and_docstrings() {
    let expected = r#""""Sessions and their tokens."""
from __future__ import annotations

import time
try:
    import ujson as json
except ImportError:
    import json  # slower

__all__ = ["Session"]
LIMIT = 3  # tries


class Session:
    """One login."""

    lifetime: int = 3600
    # what the server knows

    def __init__(
        self,
        user: str,  # the login name
        *,
        token: str | None = None,
    ) -> None:
        """Makes a session.

        Without a token it is anonymous.
        """
        ...

    @property
    def is_live(self) -> bool: ...

    @auth.core_logic(level=2)
    async def refresh(self, /, by: int = 1):
        ...

    def close(self):
        ...
    # after close


if json is None:
    def load(text): ...
else:
    def load(text):
        ...
"#;
    assert_eq!(skeleton(SESSION), expected);
}

// R19
#[test]
fn a_curated_view_keeps_marked_bodies_and_no_others() {
    let expected = SESSION
        .replace("        # not verified here\n        self.user = user\n        self.token = token\n", "        ...\n")
        .replace("-> bool: return time.time() < self.until", "-> bool: ...")
        .replace("raise ImportError\n", "...\n")
        .replace("        return \"# [HOT]\"\n", "        ...\n");
    assert_eq!(curated(SESSION), expected);
}

#[test]
fn an_outline_has_signatures_alone() {
    let expected = "class Session:
    def __init__(
        self,
        user: str,  # the login name
        *,
        token: str | None = None,
    ) -> None: ...
    def is_live(self) -> bool: ...
    async def refresh(self, /, by: int = 1): ...
    def close(self): ...
def load(text): ...
def load(text): ...
";
    assert_eq!(render(SESSION, View::Outline, &[]), expected);
}

#[test]
fn names_on_the_list_keep_their_bodies() {
    let source = "class A:\n    def f(self):\n        return 1\n    def g(self):\n        return 2\ndef f():\n    return 3\n";
    let kept = |keep: &[&str]| [1, 2, 3].map(|n| render(source, View::Curated, keep).contains(&format!("return {n}")));
    assert_eq!(kept(&["A.f"]), [true, false, false]);
    assert_eq!(kept(&["f"]), [true, false, true]);
    assert_eq!(kept(&["A"]), [true, true, false]);
    assert_eq!(kept(&["A.g.inner"]), [false, true, false]);
    assert_eq!(kept(&["", "a", "A.", "B.f", "ff"]), [false, false, false]);
}

#[test]
fn a_marker_counts_in_comments_and_decorators_only() {
    let kept = |source: &str| !curated(source).contains("...");
    assert!(kept("def f():  # [HOT]\n    return 1\n"));
    assert!(kept("def f(\n    a,  # [HOT]\n):\n    return 1\n"));
    assert!(kept("def f(): return 1  # [HOT]\n"));
    assert!(kept("def f():\n    return 1\n    # [HOT]\n"));
    assert!(kept("@core_logic\ndef f():\n    return 1\n"));
    assert!(kept("@other\n@(x.y.core_logic(1))  # why\ndef f():\n    return 1\n"));
    assert!(!kept("def f():\n    return 1\n# [HOT]\n"));
    assert!(!kept("# [HOT]\ndef f():\n    return '# [HOT]'\n"));
    assert!(!kept("@core_logic.off\n@not_core_logic\ndef f():\n    return 1\n"));
}

#[test]
fn docstrings_of_every_form_stay() {
    for docstring in ["'a'", "r'''a\n  b'''", "u\"a\"", "'a' 'b'", "('a'\n     # c\n     'b')", "(('a'))", "'a' \\\n    'b'"] {
        let source = format!("def f():\n    {docstring}\n    return 1\n");
        assert_eq!(skeleton(&source), format!("def f():\n    {docstring}\n    ...\n"));
    }
    for no_docstring in ["b'a'", "f'a'", "'a',", "'a' f'b'", "'a'.b()", "'a' + 'b'"] {
        let source = format!("def f():\n    {no_docstring}\n    return 1\n");
        assert_eq!(skeleton(&source), "def f():\n    ...\n", "{no_docstring}");
    }
    assert_eq!(skeleton("def f(): 'doc'; return 1\n"), "def f(): 'doc'; ...\n");
    assert_eq!(skeleton("def f():\n    'doc'; x = 1\n    return x;  # c\n"), "def f():\n    'doc'; ...\n");
    assert_eq!(skeleton("def f():\n\t'only'\n"), "def f():\n\t'only'\n");
}

#[test]
fn type_comments_stay() {
    let source = "def f(a,  # type: int\n      ):\n    # type: (...) -> str\n    # why\n    return a\n";
    assert_eq!(skeleton(source), "def f(a,  # type: int\n      ):\n    # type: (...) -> str\n    ...\n");
    let source = "def f(a):\n    # type: (int) -> str\n    '''doc'''\n\n    # why\n    return a\n";
    assert_eq!(skeleton(source), "def f(a):\n    # type: (int) -> str\n    '''doc'''\n    ...\n");
}

#[test]
fn line_endings_tabs_marks_and_form_feeds_stay() {
    assert_eq!(skeleton("def f():\r\n\t# a\r\n\treturn 1\r\n\r\nx = 1\r\n"), "def f():\r\n\t...\r\n\r\nx = 1\r\n");
    assert_eq!(skeleton("def f():\r  return 1\rx = (\r1)\r"), "def f():\r  ...\rx = (\r1)\r");
    assert_eq!(skeleton("\u{feff}def f():\n  return 1"), "\u{feff}def f():\n  ...");
    assert_eq!(skeleton("\x0cdef f():\n    \x0c  return 1\n\x0c\nx = 1\n"), "\x0cdef f():\n    \x0c  ...\n\x0c\nx = 1\n");
    assert_eq!(skeleton("def f(): \\\n  return 1\n"), "def f(): \\\n  ...\n");
}

#[test]
fn definitions_in_any_block_are_found() {
    let source =
        "match x:\n  case 1:\n    def a(): return\nfor i in y:\n  def b(): return\nelse:\n  class C[T]:\n    def c[U](self): return
try:\n  pass\nexcept* E:\n  def d(): return\nfinally:\n  with z:\n    while 1:\n      async def e(): return\n";
    assert_eq!(skeleton(source), source.replace(": return", ": ..."));
}

#[test]
fn what_is_new_in_python_is_read() {
    let source = r#"type X[T: (int, str), *Ts = *tuple[int], **P] = list[T]  # 3.12, 3.13
def f[T: int = bool, **P](x: T, /) -> X[T]: return x
class C[T](B[T], metaclass=M):
    async def g[*Ts](self, *args: *Ts): return f"{f'{x['a']!r:>{w}}' + "\n"}{{"
    def h(self): return t'{x}'
match (x):
    case {"a": [1, *_], **rest} if rest: pass
    case C(a=1) | None as c:
        def i(): return 1
try: pass
except* (E, F) as e:
    def j(): return f'{
        e # why
    }'
with (a as b, c as d,):
    def k(): return (yield)
if (n := 1): print(*a, **b)
"#;
    let expected = r#"type X[T: (int, str), *Ts = *tuple[int], **P] = list[T]  # 3.12, 3.13
def f[T: int = bool, **P](x: T, /) -> X[T]: ...
class C[T](B[T], metaclass=M):
    async def g[*Ts](self, *args: *Ts): ...
    def h(self): ...
match (x):
    case {"a": [1, *_], **rest} if rest: pass
    case C(a=1) | None as c:
        def i(): ...
try: pass
except* (E, F) as e:
    def j(): ...
with (a as b, c as d,):
    def k(): ...
if (n := 1): print(*a, **b)
"#;
    let options = ViewOptions { keep: &[], markers: &Markers::default() };
    let rendered = view("a.py", source.as_bytes(), View::Skeleton, &options).unwrap();
    assert_eq!((rendered.text.as_str(), rendered.notes), (expected, vec![]));
}

#[test]
fn what_the_grammar_takes_for_an_error_is_read_a_second_time() {
    let source = "class A:\n    def f(self):\n        return (a.\nb(  # [HOT]\n))\n    def g(self):\n        return f'{(a.\nb)}'\n";
    let options = ViewOptions { keep: &[], markers: &Markers::default() };
    let rendered = view("a.py", source.as_bytes(), View::Curated, &options).unwrap();
    assert_eq!(rendered.text, "class A:\n    def f(self):\n        return (a.\nb(  # [HOT]\n))\n    def g(self):\n        ...\n");
    assert_eq!(rendered.notes, []);
}

#[test]
fn names_survive_syntax_errors_and_the_view_says_so() {
    let source = "import os\n\ndef good():\n    return 1\n\nclass Bad:\n    def broken(self:\n        x = = 1\n\ndef last(a):\n    return a\n";
    let options = ViewOptions { keep: &[], markers: &Markers::default() };
    let rendered = view("a.py", source.as_bytes(), View::Skeleton, &options).unwrap();
    assert!(rendered.text.starts_with("import os\n\ndef good():\n    ...\n"), "{}", rendered.text);
    for name in ["class Bad", "def broken", "def last(a)"] {
        assert!(rendered.text.contains(name), "{name} is in {}", rendered.text);
    }
    assert!(matches!(rendered.notes[..], [Note::SyntaxErrors { line: 6..=8 }]), "{:?}", rendered.notes);
}
