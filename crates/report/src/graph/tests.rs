//! Graphs in all their forms: whole outputs of small graphs, hostile text, and graphs that are too large.

use conductor_dag::TicketGraph;
use conductor_model::Ticket;

use super::*;
use crate::stage::{graph_of, id};

/// Four tickets on three levels, with an arrow over two of them.
fn small() -> TicketGraph {
    let described = [
        ("T1", "Move the token code to a file of its own, and leave nothing behind", &[] as &[&str]),
        ("T2", "Test it", &["T1"]),
        ("T3", "Say so", &["T2", "T1"]),
        ("T4", "Alone", &[]),
    ];
    let tickets = described.map(|(own, what, on)| {
        let mut ticket = Ticket::new(id(own), what);
        ticket.depends_on = on.iter().map(|on| id(on)).collect();
        ticket
    });
    TicketGraph::new(tickets.to_vec()).unwrap()
}

/// Ids and descriptions that try to get out of where they stand.
fn hostile() -> TicketGraph {
    let texts = [
        "</text><script>alert(1)</script>",
        "\"]; x -> y; [\"",
        "back\\slash \\N &amp; #quot; `md` ; --> %%",
        "1. list\nend",
        "\u{202e}rtl \u{1b}[2J \u{ffff}",
    ];
    let tickets = texts.map(|text| Ticket::new(id(&text.replace(['\n', '\u{1b}'], "")), text));
    TicketGraph::new(tickets.to_vec()).unwrap()
}

fn running(ticket: &TicketId) -> Option<State> {
    Some(match ticket.as_str() {
        "T1" => State::Completed,
        "T2" => State::AwaitingApproval,
        _ => State::Waiting,
    })
}

fn unknown(_: &TicketId) -> Option<State> {
    None
}

/// The outputs lie beside this file, where a viewer can open them.
#[test]
fn a_small_graph_and_hostile_text_in_every_form() {
    let forms = [
        (mermaid(&small(), running), include_str!("tests/small.mmd")),
        (dot(&small(), "demo", running), include_str!("tests/small.dot")),
        (svg(&small(), "demo: A demo", running), include_str!("tests/small.svg")),
        (mermaid(&hostile(), unknown), include_str!("tests/hostile.mmd")),
        (dot(&hostile(), "a\"b\n\\", unknown), include_str!("tests/hostile.dot")),
        (svg(&hostile(), "<&\u{202e}", unknown), include_str!("tests/hostile.svg")),
    ];
    for (made, expected) in forms {
        assert_eq!(made, expected);
    }
}

#[test]
fn a_graph_that_is_too_large_is_drawn_in_part() {
    let ids: Vec<String> = (0..6_000).map(|n| format!("T{n}")).collect();
    let mut tickets: Vec<(&str, &[&str])> = ids.iter().map(|id| (id.as_str(), [].as_slice())).collect();
    let all: Vec<&str> = ids.iter().map(String::as_str).collect();
    tickets.push(("end", &all));
    let drawn = dot(&graph_of(&tickets), "wide", |_| Some(State::Ready));
    let lines: Vec<&str> = drawn.lines().collect();
    assert_eq!(lines.len(), 3 + 30 + 1 + 1 + 31 + 1);
    assert_eq!(
        lines[33..37],
        [
            "    n30 [label=\"… and 5,970 tickets: 5,970 ready\", style=\"rounded,dashed\"];",
            "    n31 [label=\"end\\nDo end\", fillcolor=\"#4f9bd9\", fontcolor=\"#ffffff\", tooltip=\"ready\"];",
            "    n0 -> n31 [penwidth=2];",
            "    n1 -> n31;",
        ]
    );
    // A long chain: neighbouring levels share a column.
    let ids: Vec<String> = (0..100_000).map(|n| format!("T{n}")).collect();
    let before: Vec<[&str; 1]> = ids.iter().map(|id| [id.as_str()]).collect();
    let chain: Vec<(&str, &[&str])> =
        ids.iter().enumerate().map(|(at, id)| (id.as_str(), if at == 0 { &[] as &[&str] } else { &before[at - 1] })).collect();
    let chain = graph_of(&chain);
    let drawn = svg(&chain, "chain", unknown);
    assert_eq!((drawn.matches("class=\"rest\"").count(), drawn.matches("<path class=\"line").count()), (100, 99));
    assert!(drawn.contains(">… and 970 tickets<"));
}

#[test]
fn a_dense_graph_says_how_many_arrows_it_leaves_out() {
    let ids: Vec<String> = (0..600).map(|n| format!("T{n}")).collect();
    let names: Vec<&str> = ids.iter().map(String::as_str).collect();
    let tickets: Vec<(&str, &[&str])> =
        names.iter().enumerate().map(|(at, id)| (*id, if at < 300 { &[] as &[&str] } else { &names[..300] })).collect();
    let drawn = svg(&graph_of(&tickets), "dense", unknown);
    assert_eq!(drawn.matches("<path class=\"line").count(), 20_000);
    assert!(drawn.contains("600 tickets on 2 levels; 70,000 more arrows are not drawn;"));
}

#[test]
fn a_small_graph_is_shown_whole_and_hostile_ids_escaped() {
    let small = graph_of(&[("T1", &[]), ("\u{202e}T2", &[]), ("T3", &["T1", "\u{202e}T2"]), ("T4", &["T3"])]);
    let state = |ticket: &TicketId| Some(if ticket.as_str() == "T1" { State::Completed } else { State::Waiting });
    let expected = "\
4 tickets on 3 levels, 3 dependencies; the longest chain has 3: T1 → T3 → T4

level 1 (2)
  T1  completed
  \\u{202e}T2  waiting

level 2 (1)
  T3  waiting  ← T1, \\u{202e}T2

level 3 (1)
  T4  waiting  ← T3
";
    assert_eq!(graph(&small, state, 100), expected);
}

#[test]
fn a_wide_level_and_a_long_line_are_cut() {
    let ids: Vec<String> = (1..=35).map(|n| format!("T{n}")).collect();
    let mut tickets: Vec<(&str, &[&str])> = ids.iter().map(|id| (id.as_str(), [].as_slice())).collect();
    let all: Vec<&str> = ids.iter().map(String::as_str).collect();
    tickets.push(("end", &all));
    let wide = graph_of(&tickets);
    let text = graph(&wide, |_| Some(State::Ready), 40);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "36 tickets on 2 levels, 35 dependencies…");
    assert_eq!(
        &lines[30..],
        [
            "  T28  ready",
            "  T29  ready",
            "  T30  ready",
            "  … and 5 tickets: 5 ready",
            "",
            "level 2 (1)",
            "  end  ready  ← T1, T2, T3, T4, T5, T6,…"
        ]
    );
    assert_eq!(graph(&wide, |_| None, 80).lines().last(), Some("  end  ← T1, T2, T3, T4, T5, T6, T7, T8 and 27 more"));
}

#[test]
fn a_chain_of_a_hundred_thousand_is_cut() {
    let ids: Vec<String> = (0..100_000).map(|n| format!("T{n}")).collect();
    let before: Vec<[&str; 1]> = ids.iter().map(|id| [id.as_str()]).collect();
    let tickets: Vec<(&str, &[&str])> = ids
        .iter()
        .enumerate()
        .map(|(at, id)| (id.as_str(), if at == 0 { [].as_slice() } else { before[at - 1].as_slice() }))
        .collect();
    let text = graph(&graph_of(&tickets), |_| None, 120);
    assert_eq!(text.lines().last(), Some("… and 99,940 levels with 99,940 tickets"));
    assert_eq!(text.lines().count(), 1 + 60 * 3 + 2);
}
