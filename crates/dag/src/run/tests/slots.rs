//! Who gets a slot, and who waits.

use conductor_model::{Millis, Policy, Ticket};

use super::stage::{Stage, id, model, policy, ticket};
use crate::{Command, Input, WorkerEnd};

/// The tickets that run, in the order in which they started.
fn running(stage: &Stage) -> Vec<String> {
    let started = stage.events.iter().filter_map(|event| match event {
        conductor_model::Decision::AttemptStarted { ticket, .. } => Some(ticket.to_string()),
        _ => None,
    });
    started.collect()
}

fn writing(name: &str, writes: &[&str]) -> Ticket {
    let mut ticket = ticket(name, &[]);
    ticket.writes = writes.iter().map(|&text| text.to_owned()).collect();
    ticket
}

// R8: longest remaining path first, then priority, then file order.
#[test]
fn the_longest_way_goes_first_then_priority_then_file_order() {
    let mut tickets = vec![
        ticket("short", &[]),
        ticket("urgent", &[]),
        ticket("long", &[]),
        ticket("middle", &["long"]),
        ticket("end", &["middle"]),
    ];
    tickets[1].priority = 5;
    let (mut stage, _) = Stage::started(tickets, Policy { jobs: 1, ..policy() });
    for name in ["long", "middle", "urgent", "short", "end"] {
        stage.complete(name, 1);
    }
    assert_eq!(running(&stage), ["long", "middle", "urgent", "short", "end"]);
    assert!(stage.run.is_finished());
}

// R8: what an earlier run knows makes the way long.
#[test]
fn a_ticket_that_took_long_before_goes_first_and_is_known_to_a_run_read_back() {
    let tickets = vec![ticket("chain", &[]), ticket("quick", &["chain"]), ticket("new", &[]), ticket("slow", &[])];
    let durations = [("chain", 10), ("quick", 10), ("slow", 500)].map(|(name, took)| (id(name), Millis(took)));
    let mut stage = Stage::new(tickets, Policy { jobs: 1, ..policy() });
    stage.send(Input::Start { track: "t".into(), title: "T".into(), durations: durations.into_iter().collect() });
    stage.send(Input::TicketsAdded { tickets: vec![ticket("after", &["new"])] });
    for name in ["slow", "chain", "new", "quick", "after"] {
        stage.complete(name, 1);
    }
    assert_eq!(running(&stage), ["slow", "chain", "new", "quick", "after"]);
}

// R4, R8: a class of writes that comes with added tickets meets the attempts that are open.
#[test]
fn added_tickets_wait_for_those_that_write_where_they_do() {
    let (mut stage, _) = Stage::started(vec![writing("a", &["src/auth"]), writing("b", &["src/x"])], policy());
    stage.send(Input::TicketsAdded { tickets: vec![writing("c", &["src/**"]), writing("d", &["docs"])] });
    assert_eq!(stage.states(), ["a Running", "b Running", "c Ready", "d Running"]);
    stage.complete("a", 1);
    assert_eq!(stage.states(), ["a Completed", "b Running", "c Ready", "d Running"]);
    stage.complete("b", 1);
    assert_eq!(stage.states(), ["a Completed", "b Completed", "c Running", "d Running"]);
}

// R8: limits per model.
#[test]
fn a_models_limit_holds_only_its_own_tickets_back() {
    let mut tickets = vec![ticket("a", &[]), ticket("b", &[]), ticket("c", &[])];
    tickets[2].retry_count = 1;
    let per_model = [(model("p/small"), 1)].into_iter().collect();
    let (mut stage, _) = Stage::started(tickets, Policy { per_model, ..policy() });
    assert_eq!(stage.states(), ["a Running", "b Ready", "c Running"]);
    stage.complete("a", 1);
    assert_eq!(stage.states(), ["a Completed", "b Running", "c Running"]);
}

#[test]
fn tickets_that_write_in_the_same_place_never_run_at_once() {
    let tickets = vec![
        writing("a", &["src/auth/**"]),
        writing("b", &["src/auth/token.py"]),
        writing("c", &["docs/*.md", "src/**"]),
        writing("d", &["tests/**"]),
        ticket("e", &[]),
    ];
    let (mut stage, _) = Stage::started(tickets, policy());
    assert_eq!(stage.states(), ["a Running", "b Ready", "c Ready", "d Running", "e Running"]);
    stage.complete("a", 1);
    assert_eq!(stage.states(), ["a Completed", "b Running", "c Ready", "d Running", "e Running"]);
    stage.complete("b", 1);
    assert_eq!(stage.states(), ["a Completed", "b Completed", "c Running", "d Running", "e Running"]);
}

#[test]
fn an_attempt_that_waits_still_holds_the_place_where_it_writes() {
    let tickets = vec![writing("a", &["src"]), writing("b", &["src"])];
    let (mut stage, _) = Stage::started(tickets, policy());
    let how = WorkerEnd::ProviderDown { provider: "q".into(), refused: false, back: None, reason: "503".into() };
    stage.ended("a", 1, how);
    assert_eq!(stage.states(), ["a Queued", "b Ready"]);
}

#[test]
fn in_a_shared_tree_nothing_starts_while_an_attempt_is_open() {
    let shared = Policy { jobs: 1, shared_tree: true, budget: Some(conductor_model::Usd(0)), ..policy() };
    let (mut stage, _) = Stage::started(vec![ticket("a", &[]), ticket("b", &[])], shared);
    stage.wants("a", 1, 1, 5, 5);
    assert_eq!(stage.states(), ["a Queued", "b Ready"]);
    assert!(stage.run.is_suspended().is_some());
}

// R8: no barrier.
#[test]
fn a_ticket_starts_while_others_of_the_level_before_still_run() {
    let tickets = vec![ticket("a", &[]), ticket("b", &[]), ticket("c", &["a"])];
    let (mut stage, _) = Stage::started(tickets, policy());
    stage.complete("a", 1);
    assert_eq!(stage.states(), ["a Completed", "b Running", "c Running"]);
}

#[test]
fn added_tickets_lengthen_the_way_of_those_they_depend_on() {
    let tickets = vec![ticket("x", &[]), ticket("a", &[]), ticket("b", &[])];
    let (mut stage, _) = Stage::started(tickets, Policy { jobs: 1, ..policy() });
    stage.send(Input::TicketsAdded { tickets: vec![ticket("c", &["b"])] });
    stage.complete("x", 1);
    assert_eq!(stage.states(), ["x Completed", "a Ready", "b Running", "c Waiting"]);
}

#[test]
fn when_the_first_of_those_that_write_in_one_place_is_cancelled_the_next_takes_its_turn() {
    let mut tickets = vec![ticket("x", &[]), writing("a", &["src"]), writing("b", &["src"])];
    tickets[0].priority = 1;
    let (mut stage, _) = Stage::started(tickets, Policy { jobs: 1, ..policy() });
    stage.command(Command::Cancel { ticket: Some(id("a")), reason: String::new() });
    stage.complete("x", 1);
    assert_eq!(stage.states(), ["x Completed", "a Cancelled", "b Running"]);
}

#[test]
fn of_those_that_go_on_the_one_that_waits_longest_goes_first() {
    let mut tickets = vec![ticket("holder", &[]), ticket("step", &[]), ticket("money", &[]), ticket("filler", &[])];
    tickets[1].step_mode = true;
    tickets[3].priority = -1;
    let rules = Policy { jobs: 2, attended: true, budget: Some(conductor_model::Usd(10)), ..policy() };
    let (mut stage, _) = Stage::started(tickets, rules);
    stage.wants("holder", 1, 1, 8, 8);
    let reservation = 4;
    stage.prepared(1, "x");
    let question = |stage: &Stage| stage.run.open_questions().next().unwrap().id.0;
    stage.approve(question(&stage), "x");
    stage.wants("money", 1, 1, 5, 5);
    stage.send(Input::StepWanted { ticket: id("step"), attempt: 1, digest: conductor_model::Digest::of("y") });
    stage.approve(question(&stage), "y");
    stage.paid(reservation, Some(0));
    assert_eq!(stage.states(), ["holder Running", "step Queued", "money Queued", "filler Running"]);
    stage.complete("filler", 1);
    assert_eq!(stage.states(), ["holder Running", "step Queued", "money Running", "filler Completed"]);
}
