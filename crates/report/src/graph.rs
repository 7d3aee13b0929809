//! A track's graph as text: level by level, what each ticket waits for and how it stands. Other forms have a file each.

mod dot;
mod label;
mod layered;
mod mermaid;
mod palette;
mod picture;
mod svg;

use std::collections::BTreeMap;

use conductor_dag::{State, TicketGraph};
use conductor_model::{Ticket, TicketId};

use crate::layout::{counted, fit, grouped, listed};
pub use dot::dot;
pub use mermaid::mermaid;
pub use svg::svg;

/// Tickets of one level that are shown.
const WIDE: usize = 30;

/// Levels that are shown.
const DEEP: usize = 60;

/// Dependencies of one ticket, and tickets of the longest chain, that are named.
const NAMED: usize = 8;

/// The graph as text, every line at most `width` columns wide. `state` says how a ticket stands; `None` where no run is.
pub fn graph(graph: &TicketGraph, state: impl Fn(&TicketId) -> Option<State>, width: usize) -> String {
    let levels = by_level(graph);
    let edges: usize = graph.tickets().iter().map(|ticket| ticket.depends_on.len()).sum();
    let path = graph.critical_path();
    let names = listed_chain(&path);
    let mut lines = vec![format!(
        "{} on {}, {}; the longest chain has {}: {names}",
        counted(graph.len(), "ticket"),
        counted(levels.len(), "level"),
        if edges == 1 { "1 dependency".to_owned() } else { format!("{} dependencies", grouped(edges as u64)) },
        grouped(path.len() as u64),
    )];
    for (number, tickets) in levels.iter().enumerate().take(DEEP) {
        lines.push(String::new());
        lines.push(format!("level {} ({})", number + 1, grouped(tickets.len() as u64)));
        lines.extend(level(tickets, &state));
    }
    if levels.len() > DEEP {
        let tickets: Vec<&Ticket> = levels[DEEP..].iter().flatten().copied().collect();
        lines.push(String::new());
        lines.push(format!("… and {} with {}", counted(levels.len() - DEEP, "level"), rest(&tickets, &state)));
    }
    lines.iter().map(|line| fit(line, width) + "\n").collect()
}

fn by_level(graph: &TicketGraph) -> Vec<Vec<&Ticket>> {
    let mut levels: Vec<Vec<&Ticket>> = Vec::new();
    for (ticket, level) in graph.tickets().iter().zip(graph.levels()) {
        let level = level as usize;
        if levels.len() <= level {
            levels.resize(level + 1, Vec::new());
        }
        levels[level].push(ticket);
    }
    levels
}

fn level(tickets: &[&Ticket], state: &impl Fn(&TicketId) -> Option<State>) -> Vec<String> {
    let (shown, more) = tickets.split_at(tickets.len().min(WIDE));
    let mut lines: Vec<String> = shown.iter().map(|ticket| one(ticket, state(&ticket.id))).collect();
    if !more.is_empty() {
        lines.push(format!("  … and {}", rest(more, state)));
    }
    lines
}

fn one(ticket: &Ticket, state: Option<State>) -> String {
    let state = state.map_or_else(String::new, |state| format!("  {}", state_word(state)));
    let on = listed(ticket.depends_on.iter().map(TicketId::as_str), NAMED);
    let on = if on.is_empty() { on } else { format!("  ← {on}") };
    format!("  {}{state}{on}", ticket.id)
}

/// Tickets that are not shown: how many, and how they stand.
fn rest(tickets: &[&Ticket], state: &impl Fn(&TicketId) -> Option<State>) -> String {
    let mut states: BTreeMap<State, u64> = BTreeMap::new();
    for state in tickets.iter().filter_map(|ticket| state(&ticket.id)) {
        *states.entry(state).or_default() += 1;
    }
    let states: Vec<String> = states.iter().map(|(state, count)| format!("{} {}", grouped(*count), state_word(*state))).collect();
    let count = counted(tickets.len(), "ticket");
    if states.is_empty() { count } else { format!("{count}: {}", states.join(", ")) }
}

fn listed_chain(path: &[&Ticket]) -> String {
    let shown: Vec<String> = path.iter().take(NAMED).map(|ticket| ticket.id.to_string()).collect();
    let more = if path.len() > NAMED { " → …" } else { "" };
    format!("{}{more}", shown.join(" → "))
}

/// A state for people.
pub fn state_word(state: State) -> &'static str {
    match state {
        State::Waiting => "waiting",
        State::Ready => "ready",
        State::AwaitingApproval => "awaiting approval",
        State::Queued => "queued",
        State::Running => "running",
        State::Checking => "checking",
        State::Landing => "landing",
        State::Completed => "completed",
        State::Blocked => "blocked",
        State::Rejected => "rejected",
        State::Cancelled => "cancelled",
        State::Unreachable => "unreachable",
    }
}

#[cfg(test)]
mod tests;
