//! What of a graph is drawn: the tickets by column, and the arrows between them.
//!
//! Up to [`MOST`] tickets, all of them. Of a larger graph neighbouring levels share a column, so that there are at most
//! [`COLUMNS`], and of each column [`SHOWN`] tickets are drawn, those on the longest chain first; the rest is one box.

use std::collections::BTreeSet;

use conductor_dag::{State, TicketGraph};
use conductor_model::{Ticket, TicketId};
use foldhash::fast::FixedState;
use indexmap::IndexMap;

/// The most tickets that are all drawn.
pub(super) const MOST: usize = 5_000;
/// The most columns of a larger graph.
const COLUMNS: usize = 100;
/// Tickets of one of its columns that are drawn.
const SHOWN: usize = 30;
/// The most arrows; a picture with more says nothing more.
pub(super) const MOST_ARROWS: usize = 20_000;

/// A drawing, without places.
pub(super) struct Picture<'g> {
    /// By column, then in file order; a column's rest last.
    pub(super) boxes: Vec<Drawn<'g>>,
    /// From a dependency to what needs it, by place in `boxes`; each once.
    pub(super) arrows: Vec<Arrow>,
    /// Arrows that are not drawn.
    pub(super) left_out: usize,
}

/// A box.
pub(super) struct Drawn<'g> {
    pub(super) column: usize,
    pub(super) what: What<'g>,
    /// On the longest chain.
    pub(super) critical: bool,
}

/// What a box stands for.
pub(super) enum What<'g> {
    Ticket(&'g Ticket, Option<State>),
    /// Tickets of a column that have no box of their own: how many, and how they stand.
    Rest(String),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arrow {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) critical: bool,
}

impl<'g> Picture<'g> {
    pub(super) fn new(graph: &'g TicketGraph, state: impl Fn(&TicketId) -> Option<State>) -> Self {
        let tickets = graph.tickets();
        let mut place: IndexMap<&TicketId, usize, FixedState> = IndexMap::with_hasher(FixedState::default());
        place.extend(tickets.iter().enumerate().map(|(at, ticket)| (&ticket.id, at)));
        // On the longest chain each ticket is followed by the one that is there.
        let path: Vec<usize> = graph.critical_path().iter().filter_map(|ticket| place.get(&ticket.id).copied()).collect();
        let mut next_on_path = vec![None; tickets.len()];
        path.windows(2).for_each(|pair| next_on_path[pair[0]] = Some(pair[1]));
        let mut critical = vec![false; tickets.len()];
        path.iter().for_each(|&at| critical[at] = true);

        let (boxes, box_of) = boxes(graph, &critical, state);
        let mut arrows = Vec::new();
        for (to, ticket) in tickets.iter().enumerate() {
            for from in ticket.depends_on.iter().filter_map(|id| place.get(id).copied()) {
                let arrow = Arrow { from: box_of[from], to: box_of[to], critical: next_on_path[from] == Some(to) };
                if boxes[arrow.from].column < boxes[arrow.to].column {
                    arrows.push(arrow);
                }
            }
        }
        // Of arrows that are one in the drawing, the critical one stays.
        arrows.sort_unstable_by_key(|arrow| (arrow.from, arrow.to, !arrow.critical));
        arrows.dedup_by_key(|arrow| (arrow.from, arrow.to));
        let left_out = arrows.len().saturating_sub(MOST_ARROWS);
        if left_out > 0 {
            arrows.sort_by_key(|arrow| !arrow.critical);
            arrows.truncate(MOST_ARROWS);
            arrows.sort_unstable();
        }
        Self { boxes, arrows, left_out }
    }

    /// The states of the tickets that have boxes, each once.
    pub(super) fn states(&self) -> Vec<State> {
        let states = self.boxes.iter().filter_map(|drawn| match drawn.what {
            What::Ticket(_, state) => state,
            What::Rest(_) => None,
        });
        let states: BTreeSet<State> = states.collect();
        states.into_iter().collect()
    }
}

/// The boxes, and for each ticket in file order which is its own.
fn boxes<'g>(
    graph: &'g TicketGraph,
    critical: &[bool],
    state: impl Fn(&TicketId) -> Option<State>,
) -> (Vec<Drawn<'g>>, Vec<usize>) {
    let levels = graph.levels();
    let deepest = levels.iter().max().map_or(0, |&level| level as usize + 1);
    let is_small = graph.len() <= MOST;
    let in_a_column = if is_small { 1 } else { deepest.div_ceil(COLUMNS) };
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); deepest.div_ceil(in_a_column.max(1))];
    for (at, &level) in levels.iter().enumerate() {
        columns[level as usize / in_a_column].push(at);
    }
    let mut boxes = Vec::new();
    let mut box_of = vec![0; graph.len()];
    for (column, mut tickets) in columns.into_iter().enumerate() {
        let rest = if is_small || tickets.len() <= SHOWN + 1 {
            Vec::new()
        } else {
            tickets.sort_by_key(|&at| !critical[at]);
            let rest = tickets.split_off(SHOWN);
            tickets.sort_unstable();
            rest
        };
        for at in tickets {
            let ticket = &graph.tickets()[at];
            box_of[at] = boxes.len();
            boxes.push(Drawn { column, what: What::Ticket(ticket, state(&ticket.id)), critical: critical[at] });
        }
        if !rest.is_empty() {
            rest.iter().for_each(|&at| box_of[at] = boxes.len());
            let critical = rest.iter().any(|&at| critical[at]);
            let rest: Vec<&Ticket> = rest.into_iter().map(|at| &graph.tickets()[at]).collect();
            boxes.push(Drawn { column, what: What::Rest(format!("… and {}", super::rest(&rest, &state))), critical });
        }
    }
    (boxes, box_of)
}
