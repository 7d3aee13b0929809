//! A worker that fetches one function, not the file that it is in.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use serde_json::{Value, json};
use support::{Project, Session, completed};

const PRICE: &str = "\
\"\"\"Prices.\"\"\"


class Cart:
    def __init__(self, lines):
        self.lines = lines

    @property
    def total(self):
        # in cents
        return sum(self.lines) + 1
";

#[test]
fn a_worker_lists_symbols_fetches_a_definition_and_edits_it() {
    let project = Project::with(&[("shop/price.py", PRICE)]);
    let track = project.track(&json!([
        { "id": "fix", "description": "The total is one too high", "check": ["grep -qx '        return sum(self.lines)' shop/price.py"] }
    ]));
    let old = "        return sum(self.lines) + 1";
    let session = Session::new()
        .turn("fix", 1, 1, "", &[("symbols", json!({ "path": "shop/price.py" }))])
        .turn("fix", 1, 2, "", &[("definition", json!({ "name": "shop.price.Cart.total" }))])
        .turn("fix", 1, 3, "", &[("edit", json!({ "path": "shop/price.py", "old": old, "new": "        return sum(self.lines)" }))])
        .turn("fix", 1, 4, "", &[completed("the total is right")]);
    let session = project.session(&session);
    let events = project.run(&["run", &track, "--replay", &session, "--auto-queue", "--json"]).exits(0).events();
    let results: Vec<_> = events
        .about("tool.finished", "fix")
        .iter()
        .map(|event| (event["tool"].clone(), event["ok"].clone(), event["result"].clone()))
        .collect();
    let listed = "4-11 class class Cart:\n  5-6 method def __init__(self, lines):\n  8-11 method def total(self):\n";
    let source = "shop/price.py:8-11 method Cart.total\n    @property\n    def total(self):\n        # in cents\n        \
                  return sum(self.lines) + 1\n";
    let done = |tool: &str, result: &str| (json!(tool), json!(true), json!(result));
    assert_eq!(
        results[..3],
        [done("symbols", listed), done("definition", source), done("edit", "edited shop/price.py: 1 place, line 11")]
    );
    let started: Vec<&Value> = events.about("tool.started", "fix").iter().map(|event| &event["tool"]).collect();
    assert_eq!(started[..3], ["symbols", "definition", "edit"]);
    let branch = events.run();
    let landed = project.git().lines(&["show", &format!("conductor/{branch}:shop/price.py")]);
    assert_eq!(landed.join("\n") + "\n", PRICE.replace(" + 1", ""));
}
