//! Tracks of a hundred thousand tickets: no recursion, no quadratic step.

use std::collections::BTreeMap;

use conductor_model::{EffectId, LandingOutcome, Policy, Ticket, Timestamp};

use super::stage::{id, passed, policy};
use crate::{Effect, Input, Run, TicketGraph, WorkerEnd};

const MANY: u32 = 100_000;
/// Enough to notice a quadratic step where the shape is not the usual one.
const SOME: u32 = 20_000;

fn numbered(number: u32, depends_on: impl IntoIterator<Item = u32>) -> Ticket {
    let mut ticket = Ticket::new(id(&number.to_string()), "");
    ticket.depends_on = depends_on.into_iter().map(|number| id(&number.to_string())).collect();
    ticket
}

fn run(tickets: Vec<Ticket>, jobs: u32) -> (Run, Vec<Effect>) {
    let mut run = Run::new(TicketGraph::new(tickets).unwrap(), Policy { jobs, ..policy() });
    let step = run.handle(Timestamp(0), Input::Start { track: "t".into(), title: String::new(), durations: BTreeMap::new() });
    (run, step.effects)
}

/// Completes everything; how many inputs that took.
fn drain(run: &mut Run, effects: Vec<Effect>) -> u32 {
    let mut inputs = 0;
    let mut effects: std::collections::VecDeque<Effect> = effects.into();
    while let Some(effect) = effects.pop_front() {
        let input = match effect {
            Effect::Work { ticket, attempt, .. } => {
                Input::WorkerEnded { ticket, attempt, how: WorkerEnd::Finished { summary: String::new() } }
            }
            Effect::Check { id, .. } => Input::Checked { id, verdict: passed() },
            Effect::Land { id, .. } => Input::Landed { id, outcome: LandingOutcome::Nothing },
            _ => continue,
        };
        inputs += 1;
        effects.extend(run.handle(Timestamp(0), input).effects);
    }
    inputs
}

#[test]
fn a_chain_is_carried_out_from_one_end_to_the_other() {
    // The file names the last one first.
    let tickets = (0..MANY).map(|number| numbered(number, (number + 1 < MANY).then_some(number + 1))).collect();
    let (mut run, effects) = run(tickets, 4);
    assert_eq!(drain(&mut run, effects), 3 * MANY);
    assert!(run.is_finished());
    assert_eq!(run.counts().completed, MANY);
}

#[test]
fn a_fan_is_carried_out() {
    let tickets = (0..MANY).map(|number| numbered(number, (number > 0).then_some(0))).collect();
    let (mut run, effects) = run(tickets, 50);
    assert_eq!(drain(&mut run, effects), 3 * MANY);
    assert_eq!(run.counts().completed, MANY);
}

#[test]
fn a_ticket_may_wait_for_all_others_and_they_for_the_place_where_they_write() {
    let mut tickets: Vec<Ticket> = (0..SOME).map(|number| numbered(number, [])).collect();
    tickets.iter_mut().for_each(|ticket| ticket.writes = vec!["src/**".into()]);
    tickets.push(numbered(SOME, 0..SOME));
    let (mut run, effects) = run(tickets, 50);
    assert_eq!(drain(&mut run, effects), 3 * (SOME + 1));
    assert_eq!(run.counts().completed, SOME + 1);
}

#[test]
fn the_head_of_a_chain_makes_all_of_it_unreachable_and_takes_it_back() {
    let tickets = (0..MANY).map(|number| numbered(number, number.checked_sub(1))).collect();
    let (mut run, _) = run(tickets, 4);
    let how = WorkerEnd::Failed { reason: "bug".into() };
    let step = run.handle(Timestamp(0), Input::WorkerEnded { ticket: id("0"), attempt: 1, how });
    assert_eq!(run.counts().unreachable, MANY - 1);
    assert!(run.is_finished());
    let last = run.ticket(&id(&(MANY - 1).to_string())).unwrap().reason.unwrap().into_owned();
    let names: Vec<String> = (0..10).chain(MANY - 11..MANY - 1).map(|number| number.to_string()).collect();
    assert_eq!(last, format!("waits for {}", names.join(" → ")));
    assert_eq!(step.events.len() as u32, MANY + 2);
    let _ = run.handle(Timestamp(0), Input::Command(crate::Command::Retry { ticket: id("0"), note: None }));
    assert_eq!(run.counts().open, MANY);
}

#[test]
fn questions_about_all_tickets_are_open_at_once() {
    let tickets = (0..SOME).map(|number| numbered(number, [])).collect();
    let mut run = Run::new(TicketGraph::new(tickets).unwrap(), super::stage::asking());
    let step = run.handle(Timestamp(0), Input::Start { track: "t".into(), title: String::new(), durations: BTreeMap::new() });
    assert_eq!(step.effects.len() as u32, SOME);
    for number in 1..=u64::from(SOME) {
        let digest = conductor_model::Digest::of("x");
        let _ = run.handle(Timestamp(0), Input::Prepared { id: EffectId(number), digest });
    }
    assert_eq!(run.open_questions().count() as u32, SOME);
}

#[test]
fn tickets_that_join_one_by_one_cost_only_themselves() {
    let (mut run, effects) = run((0..MANY).map(|number| numbered(number, [])).collect(), 4);
    for number in MANY..MANY + 3_000 {
        let step = run.handle(Timestamp(0), Input::TicketsAdded { tickets: vec![numbered(number, [number - MANY])] });
        assert_eq!(step.events.len(), 1);
    }
    assert_eq!(drain(&mut run, effects), 3 * (MANY + 3_000));
}
