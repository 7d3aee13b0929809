//! The validated graph of a track's tickets: who waits for whom, and how long the way to the end is.
//!
//! Inside this crate a ticket is its place in the file, counted from 0. Deliberately absent: how tickets stand (that is
//! [`crate::Run`]) and where in a file a mistake lies.

mod paths;
mod verify;
mod writes;

use std::collections::BTreeMap;

use daggy::petgraph::Direction;
use daggy::{Dag, NodeIndex};

use conductor_model::{Millis, Ticket, TicketId};

pub(crate) use paths::Longer;
use paths::Weights;

pub use verify::GraphError;
use verify::{Addition, Names};
use writes::Writes;

/// Tickets whose dependencies are all there and free of cycles, in file order.
#[derive(Debug, Clone, Default)]
pub struct TicketGraph {
    tickets: Vec<Ticket>,
    names: Names,
    /// An edge leads from a dependency to the ticket that needs it.
    dag: Dag<(), (), u32>,
    /// The tickets, every one after its dependencies.
    sequence: Vec<u32>,
    /// Where in `sequence` a ticket stands.
    positions: Vec<u32>,
    weights: Weights,
    /// The weight of the longest way from a ticket to an end of the track, itself included.
    paths: Vec<u64>,
    writes: Writes,
}

/// All else follows from the tickets and their durations.
impl PartialEq for TicketGraph {
    fn eq(&self, other: &Self) -> bool {
        self.tickets == other.tickets && self.weights == other.weights
    }
}

impl TicketGraph {
    /// Validates tickets, in time linear in tickets and dependencies.
    ///
    /// # Errors
    /// The first mistake; [`TicketGraph::verify_added`] on an empty graph finds them all.
    pub fn new(tickets: Vec<Ticket>) -> Result<Self, GraphError> {
        let mut graph = Self::default();
        // Nothing was there that could have a longer way.
        graph.extend(tickets)?;
        Ok(graph)
    }

    /// Adds tickets, all or none. What is there already cannot come to depend on them, but the way from there to an end may be
    /// longer than before: what is returned says for which tickets, and is to be taken in by [`TicketGraph::lengthen`].
    pub(crate) fn extend(&mut self, tickets: Vec<Ticket>) -> Result<Vec<Longer>, GraphError> {
        let addition = Addition::check(self, &tickets).map_err(|(first, _)| first)?;
        for _ in &tickets {
            self.dag.add_node(());
        }
        // daggy's own check recurses once for every ticket of a chain. It is not started for an edge to a ticket without
        // dependents, and in this order no edge leads to any other.
        for &ticket in &addition.sequence {
            let edges = addition.dependencies(ticket).iter().map(|&dependency| (node(dependency), node(ticket), ()));
            let _ = self.dag.add_edges(edges);
        }
        self.writes.extend(&tickets);
        // Moved where nothing was there: a track may have a million tickets.
        if self.tickets.is_empty() {
            (self.tickets, self.names) = (tickets, addition.names);
        } else {
            self.tickets.extend(tickets);
            self.names.extend(addition.names);
        }
        self.positions.resize(self.tickets.len(), 0);
        for (position, &ticket) in (self.sequence.len()..).zip(&addition.sequence) {
            self.positions[ticket as usize] = u32::try_from(position).unwrap_or(u32::MAX);
        }
        self.sequence.extend(&addition.sequence);
        Ok(self.measure_added(&addition.sequence))
    }

    /// Everything that keeps `tickets` from joining the graph; empty if they can.
    pub fn verify_added(&self, tickets: &[Ticket]) -> Vec<GraphError> {
        match Addition::check(self, tickets) {
            Ok(_) => Vec::new(),
            Err((first, rest)) => std::iter::once(first).chain(rest).collect(),
        }
    }

    /// How many tickets there are.
    pub fn len(&self) -> usize {
        self.tickets.len()
    }

    /// Whether there is no ticket at all.
    pub fn is_empty(&self) -> bool {
        self.tickets.is_empty()
    }

    /// The tickets in file order.
    pub fn tickets(&self) -> &[Ticket] {
        &self.tickets
    }

    /// A ticket by its id.
    pub fn ticket(&self, id: &TicketId) -> Option<&Ticket> {
        self.find(id).map(|index| self.at(index))
    }

    /// The tickets a ticket waits for, as its file names them.
    pub fn dependencies(&self, id: &TicketId) -> impl Iterator<Item = &Ticket> {
        self.ticket(id).into_iter().flat_map(|ticket| &ticket.depends_on).filter_map(|dependency| self.ticket(dependency))
    }

    /// The tickets that wait for a ticket, in file order.
    pub fn dependents_of(&self, id: &TicketId) -> impl Iterator<Item = &Ticket> {
        self.find(id).into_iter().flat_map(|index| self.dependents_in_order(index)).map(|index| self.at(index))
    }

    /// For each ticket in file order the length of the longest way to it: 0 without dependencies.
    pub fn levels(&self) -> Vec<u32> {
        let mut levels = vec![0; self.tickets.len()];
        for &ticket in &self.sequence {
            for dependent in self.dependents(ticket) {
                levels[dependent as usize] = levels[dependent as usize].max(levels[ticket as usize] + 1);
            }
        }
        levels
    }

    /// The chain of tickets that weighs most, from one without dependencies to an end; the first in file order where several weigh
    /// as much.
    pub fn critical_path(&self) -> Vec<&Ticket> {
        let longest_of =
            |all: &mut dyn Iterator<Item = u32>| all.min_by_key(|&ticket| (std::cmp::Reverse(self.paths[ticket as usize]), ticket));
        let mut path = Vec::new();
        let mut next = longest_of(&mut self.sequence.iter().copied());
        while let Some(ticket) = next {
            path.push(self.at(ticket));
            next = longest_of(&mut self.dependents(ticket));
        }
        path
    }

    pub(crate) fn find(&self, id: &TicketId) -> Option<u32> {
        self.names.get(id).copied()
    }

    pub(crate) fn at(&self, ticket: u32) -> &Ticket {
        &self.tickets[ticket as usize]
    }

    /// In no particular order, though always in the same.
    pub(crate) fn dependents(&self, ticket: u32) -> impl Iterator<Item = u32> {
        self.dag.graph().neighbors_directed(node(ticket), Direction::Outgoing).map(index)
    }

    pub(crate) fn dependents_in_order(&self, ticket: u32) -> Vec<u32> {
        let mut all: Vec<u32> = self.dependents(ticket).collect();
        all.sort_unstable();
        all
    }

    /// In no particular order, though always in the same.
    pub(crate) fn dependencies_at(&self, ticket: u32) -> impl Iterator<Item = u32> {
        self.dag.graph().neighbors_directed(node(ticket), Direction::Incoming).map(index)
    }

    /// A number that is larger than those of all its dependencies.
    pub(crate) fn position(&self, ticket: u32) -> u32 {
        self.positions[ticket as usize]
    }

    /// The tickets, every one after its dependencies.
    pub(crate) fn in_sequence(&self) -> impl DoubleEndedIterator<Item = u32> {
        self.sequence.iter().copied()
    }

    /// The weight of the longest way from this ticket to an end of the track, itself included.
    pub(crate) fn path(&self, ticket: u32) -> u64 {
        self.paths[ticket as usize]
    }

    /// How long tickets took in an earlier run, as far as this graph was told.
    pub(crate) fn durations(&self) -> &BTreeMap<TicketId, Millis> {
        self.weights.durations()
    }

    pub(crate) fn writes(&self) -> &Writes {
        &self.writes
    }
}

fn node(ticket: u32) -> NodeIndex<u32> {
    NodeIndex::from(ticket)
}

#[expect(clippy::cast_possible_truncation, reason = "the graph's indices are u32")]
fn index(node: NodeIndex<u32>) -> u32 {
    node.index() as u32
}

#[cfg(test)]
mod tests;
