//! The diagram of `docs/engine.md`: every way from one state of a ticket to another, as the simulation sees the engine take it.

use std::collections::{BTreeMap, BTreeSet};

use conductor_dag::{Run, State};
use conductor_model::{Decision, TicketId};

use crate::driver::Driver;

/// Enough to see the rarest way several times.
const SEEDS: u64 = 2_000;

const PAGE: &str = include_str!("../../../../docs/engine.md");

/// From, to, and the events that lead there.
type Ways = BTreeMap<(State, State), BTreeSet<String>>;

const OPEN: [State; 7] =
    [State::Waiting, State::Ready, State::AwaitingApproval, State::Queued, State::Running, State::Checking, State::Landing];

const GIVEN_UP: [State; 4] = [State::Blocked, State::Rejected, State::Cancelled, State::Unreachable];

/// Adds the ways that a run took, by folding its events one by one.
fn follow(driver: &Driver, ways: &mut Ways) {
    let mut run = driver.witness.at_first();
    // Of attempts and questions that ended: what that means for the ticket is the next event.
    let mut ended: BTreeMap<TicketId, State> = BTreeMap::new();
    for event in driver.witness.events() {
        let before = states(&run, event);
        run.apply(event);
        for (ticket, from) in before {
            let from = ended.remove(&ticket).unwrap_or(from);
            if is_the_half_of_it(event) {
                ended.insert(ticket, from);
                continue;
            }
            let to = run.ticket(&ticket).unwrap().state;
            if from != to {
                ways.entry((from, to)).or_default().insert(kind(event));
            }
        }
    }
}

/// The states of the tickets that an event can change.
fn states(run: &Run, event: &Decision) -> Vec<(TicketId, State)> {
    let state = |id: &TicketId| run.ticket(id).map(|view| (id.clone(), view.state));
    match (event, event.ticket()) {
        (Decision::PolicyChanged { .. }, _) => run.tickets().map(|view| (view.ticket.id.clone(), view.state)).collect(),
        (_, ticket) => ticket.and_then(state).into_iter().collect(),
    }
}

fn is_the_half_of_it(event: &Decision) -> bool {
    match event {
        Decision::AttemptEnded { next, .. } => next.is_none(),
        Decision::ApprovalDecided { approved, attempt, .. } => !approved && *attempt > 0,
        _ => false,
    }
}

fn kind(event: &Decision) -> String {
    serde_json::to_value(event).unwrap()["type"].as_str().unwrap().to_owned()
}

fn name(state: State) -> String {
    serde_json::to_value(state).unwrap().as_str().unwrap().to_owned()
}

/// A way that all of a group go is drawn once, from the group.
fn grouped(ways: &mut Ways, group: &[State]) -> BTreeMap<State, BTreeSet<String>> {
    let mut common: BTreeMap<State, BTreeSet<String>> = BTreeMap::new();
    let targets: BTreeSet<State> = ways.keys().map(|(_, to)| *to).collect();
    for to in targets {
        let of = |from: &State| ways.get(&(*from, to)).cloned().unwrap_or_default();
        let mut all = group.iter().filter(|&&from| from != to).map(of);
        let Some(first) = all.next() else { continue };
        let shared = all.fold(first, |shared, events| shared.intersection(&events).cloned().collect());
        for from in group {
            if let Some(events) = ways.get_mut(&(*from, to)) {
                events.retain(|event| !shared.contains(event));
            }
        }
        if !shared.is_empty() {
            common.insert(to, shared);
        }
    }
    ways.retain(|_, events| !events.is_empty());
    common
}

/// A Mermaid flowchart; its state diagrams draw no arrow between states of two groups.
fn diagram(mut ways: Ways) -> String {
    let groups = [("open", OPEN.as_slice()), ("given_up", GIVEN_UP.as_slice())];
    let mut lines = vec!["flowchart TD".to_owned()];
    for (group, states) in groups {
        lines.push(format!("    subgraph {group} [{}]", group.replace('_', " ")));
        lines.extend(states.iter().map(|state| format!("        {}", name(*state))));
        lines.push("    end".to_owned());
    }
    lines.push("    completed([completed])".to_owned());
    let mut arrows: Vec<String> = Vec::new();
    for (group, states) in groups {
        arrows.extend(grouped(&mut ways, states).iter().map(|(to, events)| arrow(group, *to, events)));
    }
    lines.extend(ways.iter().map(|((from, to), events)| arrow(&name(*from), *to, events)));
    lines.extend(arrows);
    lines.join("\n")
}

fn arrow(from: &str, to: State, events: &BTreeSet<String>) -> String {
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    format!("    {from} -- {} --> {}", events.join(", "), name(to))
}

#[test]
fn the_diagram_in_the_documentation_shows_every_way_a_ticket_can_go() {
    let mut ways = Ways::new();
    for seed in 0..SEEDS {
        let mut driver = Driver::new(seed);
        driver.play();
        follow(&driver, &mut ways);
    }
    let drawn = diagram(ways);
    let block = PAGE.split("```mermaid\n").nth(1).and_then(|rest| rest.split("\n```").next()).unwrap();
    assert!(block == drawn, "docs/engine.md is to show this:\n\n```mermaid\n{drawn}\n```\n");
}
