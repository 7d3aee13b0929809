//! Whether tickets can join a graph. Linear in tickets and dependencies, without recursion.

use std::collections::{BTreeMap, VecDeque};

use conductor_model::{Ticket, TicketId};
use daggy::NodeIndex;
use daggy::petgraph::algo::kosaraju_scc;
use daggy::petgraph::graph::DiGraph;
use foldhash::fast::FixedState;
use indexmap::IndexMap;

use super::TicketGraph;

/// Why tickets make no graph.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// Two tickets have one id.
    #[error("two tickets have the id `{0}`")]
    Duplicate(TicketId),
    /// A ticket depends on one that is not there.
    #[error("ticket `{ticket}` depends on `{dependency}`, which is not there")]
    Unknown {
        /// The ticket.
        ticket: TicketId,
        /// What it names.
        dependency: TicketId,
    },
    /// A ticket depends on itself.
    #[error("ticket `{0}` depends on itself")]
    OnItself(TicketId),
    /// A ticket names a dependency twice.
    #[error("ticket `{ticket}` depends on `{dependency}` twice")]
    Twice {
        /// The ticket.
        ticket: TicketId,
        /// What it names twice.
        dependency: TicketId,
    },
    /// Tickets wait for each other: each depends on the next, the last on the first. The shortest such circle through the first
    /// ticket of the file that is in one.
    #[error("tickets depend on each other in a circle: {}", circle(.0))]
    Cycle(Vec<TicketId>),
    /// More tickets than can be counted in 32 bits.
    #[error("there are more than 4,294,967,294 tickets")]
    TooMany,
}

/// The first and last ten ids of a circle, and how many there are.
fn circle(tickets: &[TicketId]) -> String {
    let names = |part: &[TicketId]| part.iter().map(ToString::to_string).collect::<Vec<_>>().join(" → ");
    let count = tickets.len();
    if count <= 20 {
        return names(tickets);
    }
    format!("{} → … → {} ({count} tickets)", names(&tickets[..10]), names(&tickets[count - 10..]))
}

/// Tickets by id. The hasher has no random seed: nothing differs from one process to the next.
pub(super) type Names = IndexMap<TicketId, u32, FixedState>;

/// Tickets that can join a graph.
pub(super) struct Addition {
    /// The first new ticket's index.
    first: u32,
    /// The new tickets' indices.
    pub(super) names: Names,
    /// The new tickets, every one after its dependencies.
    pub(super) sequence: Vec<u32>,
    /// What each new ticket depends on.
    dependencies: Lists,
}

/// A list of tickets for each of some, one after the other.
struct Lists {
    /// Where each list begins, and where the last one ends.
    starts: Vec<usize>,
    tickets: Vec<u32>,
}

impl Lists {
    fn of(&self, at: usize) -> &[u32] {
        &self.tickets[self.starts[at]..self.starts[at + 1]]
    }

    /// For each of them those, numbered from `first`, in whose lists it is. Tickets before `first` have no list.
    fn turned(&self, first: u32) -> Self {
        let count = self.starts.len() - 1;
        let here = |ticket: u32| ticket.checked_sub(first).map(|at| at as usize);
        let mut starts = vec![0; count + 1];
        self.tickets.iter().filter_map(|&ticket| here(ticket)).for_each(|at| starts[at + 1] += 1);
        (1..starts.len()).for_each(|at| starts[at] += starts[at - 1]);
        let mut next = starts.clone();
        let mut tickets = vec![0; starts[count]];
        for (ticket, at) in (first..).zip(0..count) {
            for at in self.of(at).iter().filter_map(|&ticket| here(ticket)) {
                tickets[next[at]] = ticket;
                next[at] += 1;
            }
        }
        Self { starts, tickets }
    }
}

/// The first mistake, and the others.
type Mistakes = (GraphError, Vec<GraphError>);

impl Addition {
    /// The dependencies of a new ticket.
    pub(super) fn dependencies(&self, ticket: u32) -> &[u32] {
        self.dependencies.of((ticket - self.first) as usize)
    }

    pub(super) fn check(graph: &TicketGraph, tickets: &[Ticket]) -> Result<Self, Mistakes> {
        let first = u32::try_from(graph.len()).map_err(|_| (GraphError::TooMany, Vec::new()))?;
        // One less than the largest, which stands for "none" elsewhere.
        if u32::try_from(graph.len() + tickets.len()).is_ok_and(|all| all == u32::MAX) || tickets.len() >= u32::MAX as usize {
            return Err((GraphError::TooMany, Vec::new()));
        }
        let mut mistakes = Vec::new();
        let mut names = Names::with_capacity_and_hasher(tickets.len(), FixedState::default());
        for (index, ticket) in (first..).zip(tickets) {
            if graph.find(&ticket.id).is_some() || names.contains_key(&ticket.id) {
                mistakes.push(GraphError::Duplicate(ticket.id.clone()));
            } else {
                names.insert(ticket.id.clone(), index);
            }
        }
        let find = |id: &TicketId| names.get(id).copied().or_else(|| graph.find(id));
        let mut dependencies = Lists { starts: vec![0], tickets: Vec::new() };
        // The ticket that named a dependency last: finds a second mention without sorting. Of what was there before only those named
        // have a place, so that a ticket that joins costs only itself.
        let mut named_by = vec![u32::MAX; tickets.len()];
        let mut named_before: BTreeMap<u32, u32> = BTreeMap::new();
        for (index, ticket) in (first..).zip(tickets) {
            for name in &ticket.depends_on {
                let Some(dependency) = find(name) else {
                    mistakes.push(GraphError::Unknown { ticket: ticket.id.clone(), dependency: name.clone() });
                    continue;
                };
                let named_last = match dependency.checked_sub(first) {
                    Some(new) => &mut named_by[new as usize],
                    None => named_before.entry(dependency).or_insert(u32::MAX),
                };
                if *name == ticket.id {
                    mistakes.push(GraphError::OnItself(ticket.id.clone()));
                } else if *named_last == index {
                    mistakes.push(GraphError::Twice { ticket: ticket.id.clone(), dependency: name.clone() });
                } else {
                    *named_last = index;
                    dependencies.tickets.push(dependency);
                }
            }
            dependencies.starts.push(dependencies.tickets.len());
        }
        let mut addition = Self { first, names, sequence: Vec::new(), dependencies };
        if let Err(cycle) = addition.order(tickets.len()) {
            let name = |ticket: u32| tickets[(ticket - first) as usize].id.clone();
            mistakes.push(GraphError::Cycle(cycle.into_iter().map(name).collect()));
        }
        let mut mistakes = mistakes.into_iter();
        match mistakes.next() {
            Some(mistake) => Err((mistake, mistakes.collect())),
            None => Ok(addition),
        }
    }

    /// Fills in `sequence`, or names a circle.
    fn order(&mut self, count: usize) -> Result<(), Vec<u32>> {
        let new: Vec<u32> = (self.first..).take(count).collect();
        let dependents = self.dependencies.turned(self.first);
        let mut missing = vec![0_u32; count];
        for &dependent in &dependents.tickets {
            missing[(dependent - self.first) as usize] += 1;
        }
        let mut sequence: Vec<u32> = Vec::with_capacity(count);
        sequence.extend(new.iter().filter(|&&ticket| missing[(ticket - self.first) as usize] == 0));
        let mut done = 0;
        while let Some(&ticket) = sequence.get(done) {
            done += 1;
            for &dependent in dependents.of((ticket - self.first) as usize) {
                let missing = &mut missing[(dependent - self.first) as usize];
                *missing -= 1;
                if *missing == 0 {
                    sequence.push(dependent);
                }
            }
        }
        if sequence.len() == count {
            self.sequence = sequence;
            return Ok(());
        }
        let stuck: Vec<u32> = new.into_iter().filter(|&ticket| missing[(ticket - self.first) as usize] > 0).collect();
        Err(self.circle(&stuck))
    }

    /// The shortest circle through the first ticket that is in one, of tickets that are in circles or behind some.
    fn circle(&self, stuck: &[u32]) -> Vec<u32> {
        let place: BTreeMap<u32, u32> = stuck.iter().copied().zip(0..).collect();
        let mut graph: DiGraph<u32, (), u32> = DiGraph::new();
        for &ticket in stuck {
            graph.add_node(ticket);
        }
        for (&ticket, &from) in &place {
            for to in self.dependencies(ticket).iter().filter_map(|dependency| place.get(dependency)) {
                graph.add_edge(from.into(), (*to).into(), ());
            }
        }
        let groups = kosaraju_scc(&graph);
        let first = groups.iter().filter(|group| group.len() > 1).filter_map(|group| group.iter().min()).min();
        let Some(&first) = first else { return Vec::new() };
        // Breadth first from the first ticket until it is met again. A way out of its group never leads back.
        let mut came_from = vec![u32::MAX; stuck.len()];
        let mut queue = VecDeque::from([first]);
        while let Some(at) = queue.pop_front() {
            let mut next: Vec<_> = graph.neighbors(at).collect();
            next.sort_unstable();
            for next in next {
                if next == first {
                    return walk_back(&graph, &came_from, first.index(), at.index());
                }
                if came_from[next.index()] == u32::MAX {
                    came_from[next.index()] = u32::try_from(at.index()).unwrap_or(u32::MAX);
                    queue.push_back(next);
                }
            }
        }
        Vec::new()
    }
}

fn walk_back(graph: &DiGraph<u32, (), u32>, came_from: &[u32], first: usize, last: usize) -> Vec<u32> {
    let mut circle = Vec::new();
    let mut at = last;
    while at != first {
        circle.push(at);
        at = came_from[at] as usize;
    }
    circle.push(first);
    circle.reverse();
    circle.into_iter().filter_map(|place| graph.node_weight(NodeIndex::new(place)).copied()).collect()
}
