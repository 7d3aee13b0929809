//! Maps of small repositories: what comes first and why, that it fits, and that nothing but the content decides.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use conductor_model::Digest;
use proptest::prelude::*;

use super::*;
use crate::files::{FileError, Files};
use crate::tokens::{Tokens, estimate_tokens};

struct Tree(BTreeMap<String, Vec<u8>>);

impl Tree {
    fn of(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect())
    }

    fn index(&self) -> Index {
        Index::build(self, self.0.keys().cloned().collect(), &NoCache)
    }
}

impl Files for Tree {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        self.0.get(path).cloned().ok_or(FileError::NotFound)
    }
}

#[derive(Default)]
struct Memory {
    kept: RefCell<BTreeMap<Digest, Vec<u8>>>,
    put: RefCell<usize>,
}

impl TagCache for Memory {
    fn get(&self, keys: &[Digest]) -> Vec<Option<Vec<u8>>> {
        keys.iter().map(|key| self.kept.borrow().get(key).cloned()).collect()
    }

    fn put(&self, values: Vec<(Digest, Vec<u8>)>) {
        *self.put.borrow_mut() += values.len();
        self.kept.borrow_mut().extend(values);
    }
}

const AUTH: &str = "class Session:\n    def refresh(self):\n        return issue_token(self)\n\n    def close(self): ...\n";
const TOKENS: &str = "def issue_token(session):\n    return random_bytes()\n";
const RANDOM: &str = "def random_bytes(): ...\n\ndef unused_thing(): ...\n";
const API: &str = "from auth import Session\n\ndef handle(request):\n    session = Session()\n    session.refresh()\n    return issue_token(session)\n";

fn shop() -> Tree {
    Tree::of(&[
        ("api.py", API),
        ("auth.py", AUTH),
        ("lib/random.py", RANDOM),
        ("lib/tokens.py", TOKENS),
        ("README.md", "Session\n"),
        ("web/other.py", "def other_thing(): ...\n"),
    ])
}

fn map_of(index: &Index, query: &Query, budget: u64) -> RepositoryMap {
    index.rank(query).map(Tokens(budget), &BTreeSet::new())
}

#[test]
fn a_map_shows_signatures_below_their_files_the_most_used_first() {
    let expected = "lib/random.py:\n  def random_bytes():\n  def unused_thing():\n\
                    lib/tokens.py:\n  def issue_token(session):\n\
                    auth.py:\n  class Session:\n    def refresh(self):\n    def close(self):\n\
                    api.py:\n  def handle(request):\n\
                    web/other.py:\n  def other_thing():\n";
    let map = map_of(&shop().index(), &Query::default(), 1000);
    assert_eq!(map, RepositoryMap { text: expected.to_owned(), tokens: estimate_tokens(expected), files: 5, definitions: 8 });
}

#[test]
fn what_a_query_names_comes_first_and_the_reasons_say_so() {
    let index = shop().index();
    let query = Query::of_text("`Session.refresh` leaks; see README.md").changed("lib/random.py", "T1").changed("gone.py", "T1");
    let ranking = index.rank(&query);
    assert!(ranking.is_personal());
    let told: Vec<(&str, bool, Vec<String>)> =
        ranking.files().map(|file| (file.path, file.is_favoured, file.reasons.iter().map(ToString::to_string).collect())).collect();
    let reasons = |all: &[&str]| all.iter().map(|reason| (*reason).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        told,
        [
            ("README.md", true, reasons(&["is named"])),
            ("lib/random.py", true, reasons(&["was changed by T1", "is used by lib/tokens.py"])),
            ("auth.py", true, reasons(&["defines Session.refresh, which is named", "is used by api.py"])),
            ("lib/tokens.py", false, reasons(&["is used by auth.py, api.py"])),
            ("api.py", false, reasons(&[])),
            ("web/other.py", false, reasons(&[])),
        ]
    );
    let map = ranking.map(Tokens(36), &BTreeSet::new());
    assert_eq!(
        map.text,
        "auth.py:\n  class Session:\n    def refresh(self):\n(6 more definitions in 4 more files are not shown)\n"
    );
    let without = ranking.map(Tokens(1000), &BTreeSet::from(["auth.py"]));
    assert!(without.text.starts_with("lib/random.py:\n") && !without.text.contains("auth.py"), "{}", without.text);
}

#[test]
fn names_and_paths_are_taken_out_of_a_text() {
    let names = |text: &str| Query::of_text(text).names.into_iter().map(|parts| parts.join(" ")).collect::<Vec<_>>();
    assert_eq!(
        names("Move parse_header and getName to `util`, then call run() or a::b.cd, e.g. x"),
        ["Move", "a b cd", "getName", "parse_header", "run", "util"]
    );
    assert_eq!(names("get the read-only input/output value, e. g. 3.11 or x"), [""; 0]);
    let paths = |text: &str| Query::of_text(text).paths.into_iter().collect::<Vec<_>>();
    assert_eq!(paths("In ./src/auth.py, (tests/test-a.py) and Makefile. The end."), ["src/auth.py", "tests/test-a.py"]);
}

#[test]
fn a_module_is_named_by_its_path() {
    let tree = Tree::of(&[("aa/bb/cc.py", ""), ("aa/bb/__init__.py", ""), ("bb/cc.txt", ""), ("cc.py", ""), ("dd/cc.py", "")]);
    let named = |text: &str| {
        let index = tree.index();
        let ranking = index.rank(&Query::of_text(text));
        ranking.files().filter(|file| file.is_favoured).map(|file| file.path.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(named("in aa.bb.cc it"), ["aa/bb/cc.py"]);
    assert_eq!(named("in aa.bb it"), ["aa/bb/__init__.py"]);
    assert_eq!(named("in dd/cc.py it"), ["dd/cc.py"]);
    assert_eq!(named("in cc.py it"), ["cc.py", "aa/bb/cc.py", "dd/cc.py"]);
}

#[test]
fn a_bare_name_does_not_refer_to_a_method() {
    let tree = Tree::of(&[
        ("a.py", "class Holder:\n    def wanted_name(self): ...\n"),
        ("b.py", "def wanted_name(): ...\n"),
        ("bare.py", "wanted_name()\n"),
        ("z.py", "def nothing_else(): ...\n"),
    ]);
    let order = |tree: &Tree| tree.index().rank(&Query::default()).files().map(|file| file.path.to_owned()).collect::<Vec<_>>();
    assert_eq!(order(&tree), ["b.py", "a.py", "bare.py", "z.py"]);
    let member = Tree::of(&[
        ("a.py", "class Holder:\n    def wanted_name(self): ...\n"),
        ("member.py", "x.wanted_name()\n"),
        ("z.py", "def nothing_else(): ...\n"),
    ]);
    assert_eq!(order(&member), ["a.py", "member.py", "z.py"]);
}

#[test]
fn tags_come_from_the_cache_where_the_content_is_known() {
    let tree = shop();
    let cache = Memory::default();
    let build = || Index::build(&tree, tree.0.keys().cloned().collect(), &cache);
    let draw = |index: &Index| map_of(index, &Query::default(), 1000);
    let first = draw(&build());
    assert_eq!(*cache.put.borrow(), 5, "one for each file of a known language");
    assert_eq!((draw(&build()), *cache.put.borrow()), (first.clone(), 5));
    for value in cache.kept.borrow_mut().values_mut() {
        value.truncate(value.len() / 2);
    }
    assert_eq!((draw(&build()), *cache.put.borrow()), (first, 10));
}

#[test]
fn tags_are_the_same_when_they_are_read_back() {
    let tags = Tags::of("auth.py", AUTH.as_bytes()).unwrap();
    assert_eq!(Tags::from_bytes(&tags.to_bytes()), Some(tags.clone()));
    let told: Vec<_> = tags.definitions.iter().map(|tag| (tag.qualified(), tag.line, tag.depth, &*tag.signature)).collect();
    let expected = [
        ("Session", 1, 0, "class Session:"),
        ("Session.refresh", 2, 1, "def refresh(self):"),
        ("Session.close", 5, 1, "def close(self):"),
    ];
    assert_eq!(told, expected);
    let references: Vec<_> = tags.references.iter().map(|(name, count)| (&**name, *count)).collect();
    assert_eq!(references, [("issue_token", 1), ("self", 3)]);
    let mut newer = tags.to_bytes();
    newer[0] += 1;
    assert_eq!((Tags::from_bytes(&newer), Tags::from_bytes(&[])), (None, None));
}

#[test]
fn a_file_that_cannot_be_looked_into_is_known_by_its_path_and_told() {
    let tree = Tree(BTreeMap::from([("a.py".to_owned(), b"\0".to_vec())]));
    let index = Index::build(&tree, vec!["b.py".to_owned(), "a.py".to_owned(), "a.py".to_owned()], &NoCache);
    let told: Vec<_> = index.untagged().map(|(path, why)| format!("{path}: {why}")).collect();
    assert_eq!(told, ["a.py: the file is binary (a NUL byte at offset 0)", "b.py: there is no such file"]);
    assert_eq!(index.rank(&Query::of_text("a.py")).files().map(|file| file.path).collect::<Vec<_>>(), ["a.py", "b.py"]);
    assert_eq!(map_of(&index, &Query::default(), 100).text, "");
}

#[test]
fn a_path_cannot_forge_lines_of_a_map() {
    let tree = Tree::of(&[("a\nb.py", "def f(): ...\n")]);
    assert_eq!(map_of(&tree.index(), &Query::default(), 100).text.lines().count(), 2);
}

/// Files that define and use some of the same names.
fn repository() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = "[A-D]?[a-c]{1,2}_?[a-b]";
    let statement = prop_oneof![
        name.prop_map(|name| format!("def {name}(a): ...\n")),
        name.prop_map(|name| format!("class {name}:\n    def {name}x(self): ...\n")),
        name.prop_map(|name| format!("{name}()\n")),
        name.prop_map(|name| format!("x.{name}\n")),
    ];
    let file = ("[a-c]{1,3}/?[a-c]{1,2}", prop::collection::vec(statement, 0..8));
    prop::collection::vec(file.prop_map(|(path, text)| (format!("{path}.py"), text.concat())), 0..8)
}

proptest! {
    #[test]
    fn a_map_fits_and_depends_on_content_alone(files in repository(), text in "([A-D]?[a-c]{1,2}_?[a-b][ (.]){0,3}", budget in 0u64..200) {
        let tree = Tree(files.iter().map(|(path, text)| (path.clone(), text.as_bytes().to_vec())).collect());
        let query = Query::of_text(&text);
        let index = tree.index();
        let ranking = index.rank(&query);
        let map = ranking.map(Tokens(budget), &BTreeSet::new());
        prop_assert!(map.tokens <= Tokens(budget));
        prop_assert_eq!(estimate_tokens(&map.text), map.tokens);
        let total: f64 = ranking.files().map(|file| file.score).sum();
        prop_assert!(tree.0.is_empty() || (total - 1.0).abs() < 1e-9, "{}", total);

        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        let reversed: Vec<String> = tree.0.keys().rev().cloned().collect();
        let again = pool.install(|| Index::build(&tree, reversed, &NoCache));
        let again = again.rank(&query);
        prop_assert_eq!(again.map(Tokens(budget), &BTreeSet::new()), map);
        let bits = |ranking: &Ranking<'_>| ranking.files().map(|file| (file.path.to_owned(), file.score.to_bits())).collect::<Vec<_>>();
        prop_assert_eq!(bits(&again), bits(&ranking));
    }
}
