//! Maps of a folder, and what a worker is given whose ticket names no files.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use serde_json::{Value, json};
use support::{Project, Session, completed, write};

const FILES: [(&str, &str); 6] = [
    (".gitignore", "build/\n"),
    ("shop/price.py", "class Cart:\n    def total_price(self):\n        return sum_of(self.lines)\n"),
    ("shop/sums.py", "def sum_of(lines):\n    return sum(lines) + 1\n"),
    ("web/cart.ts", "export class CartView {\n  render(): string {\n    return \"\";\n  }\n}\n"),
    ("build/made.py", "def made_by_a_build(): ...\n"),
    ("notes.md", "Prices are in cents.\n"),
];

const MAP: &str = "\
shop/sums.py:
  def sum_of(lines):
shop/price.py:
  class Cart:
    def total_price(self):
web/cart.ts:
  export class CartView
    render(): string
";

#[test]
fn a_map_is_the_same_whatever_the_threads_the_order_of_files_and_the_cache() {
    let maps: Vec<String> = [("1", false), ("4", true), ("2", false)]
        .into_iter()
        .flat_map(|(threads, reversed)| {
            let mut project = Project::bare();
            let mut files = FILES.to_vec();
            if reversed {
                files.reverse();
            }
            for (path, text) in files {
                project.write(path, text);
            }
            project.set("RAYON_NUM_THREADS", threads);
            // Without a cache, and with what the first left in it.
            let map = || project.ok(&["context", "--map", "--tokens", "500"]);
            let maps = [map(), map()];
            assert!(project.beside("home/cache/conductor").is_dir());
            assert!(!project.dir().join(".conductor").exists(), "nothing is left in the folder");
            maps
        })
        .collect();
    assert_eq!(maps, [MAP; 6]);
}

#[test]
fn a_map_is_for_something_and_says_why() {
    let project = Project::with(&FILES);
    let args = ["context", "--map", ".", "--tokens", "500", "--for", "`CartView.render` shows nothing", "--json"];
    let made: Value = serde_json::from_str(&project.ok(&args)).unwrap();
    let first = &made["files"][0];
    assert_eq!((&first["path"], &first["named"]), (&json!("web/cart.ts"), &json!(true)));
    assert_eq!(first["reasons"], json!(["defines CartView.render, which is named"]));
    assert!(made["map"].as_str().unwrap().starts_with("web/cart.ts:\n"), "{made}");
    assert!(made["tokens"].as_u64().unwrap() <= 500);
    let few = project.run(&["context", "--map", "--tokens", "3"]).exits(0);
    assert_eq!(few.stdout, "");
    few.says(&["3 tokens are too few for a map"]);
    project.run(&["context", "--map", "gone"]).exits(66);
    for wrong in [&["context", "--map", ".", "--view", "full"][..], &["context", "--tokens", "5", "notes.md"], &["context"]] {
        project.run(wrong).exits(2);
    }
}

#[test]
fn a_cache_that_cannot_be_used_costs_time_alone() {
    let project = Project::with(&FILES);
    project.ok(&["context", "--map"]);
    std::fs::write(project.beside("home/cache/conductor/.conductor/conductor.db"), "no database").unwrap();
    let made = project.run(&["context", "--map", "--tokens", "500"]).exits(0);
    assert_eq!(made.stdout, MAP);
    made.says(&["what is learnt of the files is not kept"]);
}

// R18
#[test]
fn a_ticket_that_names_no_files_gets_those_it_speaks_of_and_what_was_changed_before_it() {
    let project = Project::with(&FILES);
    let track = project.track(&json!([
        { "id": "note", "description": "Say that prices have no tax", "context_requirements": [] },
        { "id": "fix", "description": "`Cart.total_price` is one too high", "depends_on": ["note"] },
        { "id": "vague", "description": "make it nicer", "depends_on": ["note"], "changes": "any" },
    ]));
    let session = Session::new()
        .turn("note", 1, 1, "", &[write("notes.md", "No tax.\n"), completed("said")])
        .turn("fix", 1, 1, "", &[completed("nothing to do")])
        .turn("vague", 1, 1, "", &[completed("nothing to do")]);
    let session = project.session(&session);
    let events = project.run(&["run", &track, "--replay", &session, "--auto-queue", "--json"]).exits(0).events();
    let files = |ticket: &str| -> Vec<(Value, Value, Value)> {
        let pack = events.only("pack.made", ticket);
        let files = pack["files"].as_array().unwrap();
        files.iter().map(|file| (file["path"].clone(), file["view"].clone(), file["reason"].clone())).collect()
    };
    let file = |path: &str, view: &str, reason: &str| (json!(path), json!(view), json!(reason));
    assert_eq!(files("note"), []);
    assert_eq!(
        files("fix"),
        [
            file("shop/price.py", "curated", "defines Cart.total_price, which is named"),
            file("notes.md", "full", "was changed by note"),
        ]
    );
    let prompt = events.only("pack.made", "fix")["prompt"].as_str().unwrap().to_owned();
    assert!(prompt.contains("No tax.\n") && prompt.contains("return sum_of(self.lines)"), "{prompt}");
    assert!(prompt.contains("shop/sums.py:\n  def sum_of(lines):\n"), "{prompt}");
    assert!(!prompt.contains("made_by_a_build"), "{prompt}");
    let prompt = events.only("pack.made", "vague")["prompt"].as_str().unwrap().to_owned();
    assert!(prompt.contains("- notes.md: was changed by note\n"), "{prompt}");
    let shown: Value = serde_json::from_str(&project.ok(&["show", &track, "fix", "--json"])).unwrap();
    assert_eq!(shown["files"][0]["reason"], "defines Cart.total_price, which is named");
}
