//! Tracks that somebody made to hurt: huge, deep, tangled or deceiving. Each command comes to its end with a bounded output.
//!
//! No time is measured: what is quadratic or exponential does not end. What the parser makes of single bytes is tested in
//! `conductor-model`.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::fmt::Write as _;

use serde_json::{Value, json};
use support::{Project, Session};

/// Enough that a quadratic step would not end.
const MANY: usize = 100_000;

/// The text of a list of tickets, made without a tree of them.
fn tickets(count: usize, fields: impl Fn(usize) -> String) -> String {
    let mut text = String::from("[");
    for number in 0..count {
        let comma = if number == 0 { "" } else { ",\n" };
        write!(text, "{comma}{{\"id\": \"T{number}\", \"description\": \"d\"{}}}", fields(number)).unwrap();
    }
    text + "]"
}

/// Forty diamonds, each on top of another: 121 tickets, 2^40 ways from the first to the last.
fn diamonds() -> Value {
    let mut tickets = vec![json!({ "id": "J0", "description": "d" })];
    for number in 0..40 {
        let below = format!("J{number}");
        let (left, right) = (format!("L{number}"), format!("R{number}"));
        tickets.push(json!({ "id": left, "description": "d", "depends_on": [below], "context_requirements": ["gone.py"] }));
        tickets.push(json!({ "id": right, "description": "d", "depends_on": [below] }));
        tickets.push(json!({ "id": format!("J{}", number + 1), "description": "d", "depends_on": [left, right] }));
    }
    json!(tickets)
}

#[test]
fn a_cycle_of_a_hundred_thousand_is_shown_by_its_ends_and_told_whole_to_programs() {
    let project = Project::bare();
    // The first two tickets are in no cycle.
    let next = |number: usize| if number + 1 == MANY { 2 } else { number + 1 };
    project.write("ring.json", &tickets(MANY, |number| format!(", \"depends_on\": [\"T{}\"]", next(number))));
    let told = project.run(&["check", "ring.json"]).exits(65).stderr;
    assert!(told.starts_with("ring.json:3:49: 99998 tickets wait for each other: `T2` → `T3` → "), "{told}");
    assert!(told.contains("`T11` → … 99978 more … → `T99990` → ") && told.len() < 500, "{told}");
    let list: Value = serde_json::from_str(&project.run(&["check", "ring.json", "--json"]).exits(65).stdout).unwrap();
    let all: Vec<String> = (2..MANY).map(|number| format!("T{number}")).collect();
    assert_eq!(list[0]["tickets"], json!(all));
}

#[test]
fn a_hundred_thousand_edges_into_one_ticket_and_out_of_one_are_bounded() {
    let project = Project::bare();
    let all: Vec<String> = (0..MANY).map(|number| format!("\"T{number}\"")).collect();
    let last = format!("{{\"id\": \"last\", \"description\": \"d\", \"depends_on\": [{}]}}]", all.join(","));
    project.write("into.json", &tickets(MANY, |_| String::new()).replace("\"}]", &format!("\"}},\n{last}")));
    project.write("out.json", &tickets(MANY, |number| if number > 0 { ", \"depends_on\": [\"T0\"]" } else { "" }.to_owned()));
    for (track, tickets) in [("into.json", "100,001 tickets"), ("out.json", "100,000 tickets")] {
        project.run(&["check", track]).exits(0).says(&[tickets]);
        let graph = project.ok(&["graph", track]);
        assert!(graph.starts_with(&format!("{tickets} on 2 levels")) && graph.len() < 10_000, "{graph}");
        project.run(&["run", track, "--dry-run"]).exits(0);
    }
    let shown = project.ok(&["show", "into.json", "last"]);
    assert!(shown.len() < 10_000, "{} bytes", shown.len());
}

#[test]
fn a_diamond_with_a_million_million_ways_through_it_is_one_of_a_hundred_tickets() {
    let project = Project::bare();
    project.write("track.json", &diamonds().to_string());
    project.run(&["check", "track.json"]).exits(0).says(&["121 tickets"]);
    assert!(project.ok(&["graph", "track.json"]).starts_with("121 tickets on 81 levels, 160 dependencies"));
    project.run(&["run", "track.json", "--dry-run"]).exits(0);
    // Nothing answers: the first ticket is blocked, and all behind it cannot be reached.
    let session = project.session(&Session::new());
    let run = ["run", "track.json", "--replay", &session, "--auto-queue", "--isolate", "none", "--json"];
    let events = project.run(&run).exits(100).events();
    assert_eq!(events.of("ticket.unreachable").len(), 120);
    let because = |event: &Value| event["because"].as_array().unwrap().len();
    assert!(events.of("ticket.unreachable").into_iter().all(|event| because(event) <= 20), "a chain is shown by its ends");
    let status: Value = serde_json::from_str(&project.ok(&["status", "--json"])).unwrap();
    assert_eq!(status["tickets"].as_array().unwrap().len(), 121);
    assert!(project.ok(&["status"]).len() < 50_000);
}

#[test]
fn a_description_of_ten_megabytes_is_read_and_not_drawn() {
    let project = Project::bare();
    let long = "word ".repeat(2_000_000);
    project.write("good.json", &json!([{ "id": "T1", "description": long }, { "id": "T2", "description": "d" }]).to_string());
    for args in [&["check", "good.json"][..], &["graph", "good.json"], &["run", "good.json", "--dry-run"]] {
        let done = project.run(args).exits(0);
        assert!(done.stdout.len() + done.stderr.len() < 10_000, "{args:?}");
    }
    project.write("bad.json", &json!([{ "id": "T1", "description": long, "colour": 1 }]).to_string());
    let told = project.run(&["check", "bad.json"]).exits(65).stderr;
    assert!(told.starts_with("bad.json:1:10000030: a ticket has no field `colour`"), "{}", &told[..told.len().min(500)]);
    assert_eq!(
        project.run(&["--color", "always", "check", "bad.json"]).exits(65).stderr,
        told,
        "a line of that length is no excerpt"
    );
}

#[test]
fn a_thousand_mistakes_are_all_told() {
    let project = Project::bare();
    project.write("track.json", &tickets(1_000, |_| ", \"colour\": 1".to_owned()));
    let list: Value = serde_json::from_str(&project.run(&["check", "track.json", "--json"]).exits(65).stdout).unwrap();
    let lines: Vec<u64> = list.as_array().unwrap().iter().map(|mistake| mistake["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, (1..=1_000).collect::<Vec<_>>());
    assert_eq!(project.run(&["check", "track.json"]).exits(65).stderr.lines().count(), 1_000);
    // Each takes a few lines where it is drawn, and twenty are.
    assert!(project.run(&["--color", "always", "check", "track.json"]).exits(65).stderr.lines().count() < 1_300);
}

#[test]
fn ids_that_deceive_are_shown_by_their_numbers_wherever_they_stand() {
    let project = Project::bare();
    let ids = ["\u{202e}gnol", "\u{200b}", "a\u{2066}b", "\u{e0041}", "\u{feff}x"];
    let deceives = |text: &str| text.chars().any(|c| ids.iter().any(|id| id.chars().any(|own| own == c && !c.is_ascii())));
    let ticket = |number: usize, on: usize| json!({ "id": ids[number], "description": "d", "depends_on": [ids[on % ids.len()]] });
    project.write("ring.json", &json!((0..ids.len()).map(|number| ticket(number, number + 1)).collect::<Vec<_>>()).to_string());
    project.write("self.json", &json!([ticket(0, 0)]).to_string());
    project.write("unknown.json", &json!([ticket(0, 1)]).to_string());
    project.write("twice.json", &json!([ticket(0, 1), ticket(0, 1), ticket(1, 1)]).to_string());
    for track in ["ring.json", "self.json", "unknown.json", "twice.json"] {
        for args in [&["check", track][..], &["--color", "always", "check", track]] {
            let done = project.run(args).exits(65);
            assert!(!deceives(&done.stdout) && !deceives(&done.stderr), "{args:?}\n{}", done.stderr);
        }
    }
    project.run(&["check", "ring.json"]).exits(65).says(&["5 tickets wait for each other: `\\u{202e}gnol` → `\\u{200b}` → "]);
}

#[test]
fn what_is_no_json_has_its_place_and_is_no_bug_of_ours() {
    let project = Project::bare();
    let deep = "[".repeat(MANY);
    let nested = "{\"x-a\":".repeat(MANY) + "1" + &"}".repeat(MANY);
    let cases: [(&[u8], &str); 8] = [
        (deep.as_bytes(), "1:513: the values are nested too deeply"),
        (nested.as_bytes(), "1:1794: the values are nested too deeply"),
        (b"\xff\xfe[\0]\0", "1:1: byte 0xff is not UTF-8"),
        (b"[\0]", "1:2: this is not JSON"),
        (b"[{\"id\": \"\\ud800\"}]", "1:10: half of a surrogate pair is no character"),
        (b"[{\"id\": NaN}]", "1:9: a word stands where a value must"),
        (b"[{\"id\": 1e999}]", "1:9: `id` is text without control characters, not a number"),
        (b"[{\"id\": \"A\"}", "1:1: a list is not closed"),
    ];
    for (number, (bytes, expected)) in cases.into_iter().enumerate() {
        let name = format!("track{number}.json");
        std::fs::write(project.dir().join(&name), bytes).unwrap();
        for args in [&["check", &name][..], &["graph", &name], &["show", &name, "A"], &["run", &name, "--dry-run"], &["run", &name]]
        {
            project.run(args).exits(65).says(&[&format!("{name}:{expected}")]);
        }
    }
}
