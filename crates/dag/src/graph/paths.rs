//! How long the way from each ticket to an end of the track is: what decides who goes first.
//!
//! A ticket weighs as many milliseconds as it took in an earlier run. One that is not known from there weighs the median of those
//! that are; where none is known, each weighs 1, and a path is as long as it has tickets.

use std::collections::{BTreeMap, BTreeSet};

use conductor_model::{Millis, TicketId};

use super::TicketGraph;

/// What tickets weigh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Weights {
    durations: BTreeMap<TicketId, Millis>,
    /// Of a ticket that is not among them.
    usual: u64,
}

/// A ticket whose way to an end is longer than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Longer {
    pub(crate) ticket: u32,
    /// Its new weight.
    path: u64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { durations: BTreeMap::new(), usual: 1 }
    }
}

impl Weights {
    fn new(durations: BTreeMap<TicketId, Millis>) -> Self {
        let mut known: Vec<u64> = durations.values().map(|duration| duration.0.max(1)).collect();
        known.sort_unstable();
        let usual = known.get(known.len() / 2).copied().unwrap_or(1);
        Self { durations, usual }
    }

    pub(super) fn durations(&self) -> &BTreeMap<TicketId, Millis> {
        &self.durations
    }

    fn of(&self, ticket: &TicketId) -> u64 {
        if self.durations.is_empty() {
            return self.usual;
        }
        self.durations.get(ticket).map_or(self.usual, |duration| duration.0.max(1))
    }
}

impl TicketGraph {
    /// Weighs tickets by how long they took in an earlier run, in time linear in tickets and dependencies. Durations of tickets that
    /// are not there count when these join.
    pub fn weigh(&mut self, durations: &BTreeMap<TicketId, Millis>) {
        self.weights = Weights::new(durations.clone());
        for at in (0..self.sequence.len()).rev() {
            self.measure(self.sequence[at]);
        }
    }

    /// What a ticket weighs: milliseconds where any duration is known, else 1.
    pub(crate) fn weight(&self, ticket: u32) -> u64 {
        self.weights.of(&self.at(ticket).id)
    }

    /// The length of the way of one whose dependents have theirs.
    fn measure(&mut self, ticket: u32) {
        let longest = self.dependents(ticket).map(|dependent| self.path(dependent)).max().unwrap_or(0);
        self.paths[ticket as usize] = longest.saturating_add(self.weight(ticket));
    }

    /// Measures tickets that joined, in an order in which each comes after its dependencies; what is longer by them is returned and
    /// not changed. Costs what joined and what is longer, however many others there are.
    pub(super) fn measure_added(&mut self, added: &[u32]) -> Vec<Longer> {
        let before = self.paths.len();
        self.paths.resize(self.tickets.len(), 0);
        let mut longer = BTreeMap::new();
        // By position: a ticket is looked at when all that depend on it are measured.
        let mut reached = BTreeSet::new();
        for &ticket in added.iter().rev() {
            self.measure(ticket);
            self.reach_dependencies(ticket, self.path(ticket), before, &mut longer, &mut reached);
        }
        while let Some((_, ticket)) = reached.pop_last() {
            if let Some(&path) = longer.get(&ticket) {
                self.reach_dependencies(ticket, path, before, &mut longer, &mut reached);
            }
        }
        longer.into_iter().map(|(ticket, path)| Longer { ticket, path }).collect()
    }

    /// Which dependencies of a ticket with a way of `path`, among the first `before` tickets, have a longer way by it.
    fn reach_dependencies(
        &self,
        ticket: u32,
        path: u64,
        before: usize,
        longer: &mut BTreeMap<u32, u64>,
        reached: &mut BTreeSet<(u32, u32)>,
    ) {
        for dependency in self.dependencies_at(ticket).filter(|&dependency| (dependency as usize) < before) {
            let path = path.saturating_add(self.weight(dependency));
            if path > longer.get(&dependency).copied().unwrap_or_else(|| self.path(dependency)) {
                longer.insert(dependency, path);
                reached.insert((self.position(dependency), dependency));
            }
        }
    }

    /// Takes in that a way is longer.
    pub(crate) fn lengthen(&mut self, longer: Longer) {
        self.paths[longer.ticket as usize] = longer.path;
    }
}
