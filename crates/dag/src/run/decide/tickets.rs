//! How tickets become ready, and how the fate of one reaches those that depend on it.

use std::collections::{BTreeSet, VecDeque};

use conductor_model::{Decision, TicketId};

use super::Deciding;
use crate::run::place::{Fate, Place};

/// How many ids a chain keeps at each end.
const ENDS: usize = 10;

impl Deciding<'_> {
    pub(super) fn make_ready_if_so(&mut self, ticket: u32) {
        if self.node(ticket).place == Place::Waiting && self.run.needs[ticket as usize].open == 0 {
            self.emit(Decision::TicketReady { ticket: self.id(ticket) });
        }
    }

    /// Those that waited for a ticket that is completed.
    pub(super) fn make_dependents_ready(&mut self, ticket: u32) {
        for dependent in self.run.graph.dependents_in_order(ticket) {
            self.make_ready_if_so(dependent);
        }
    }

    pub(super) fn block(&mut self, ticket: u32, attempt: u32, reason: String) {
        self.emit(Decision::TicketBlocked { ticket: self.id(ticket), attempt, reason });
        self.spread(ticket);
    }

    pub(super) fn make_unreachable_if_so(&mut self, ticket: u32) {
        if self.node(ticket).place == Place::Waiting && self.run.needs[ticket as usize].dead > 0 {
            self.make_unreachable(ticket);
            self.spread(ticket);
        }
    }

    /// Everything that waits for a ticket that cannot be completed is unreachable.
    pub(super) fn spread(&mut self, ticket: u32) {
        let mut queue = VecDeque::from([ticket]);
        while let Some(dead) = queue.pop_front() {
            for dependent in self.run.graph.dependents_in_order(dead) {
                if self.node(dependent).place == Place::Waiting {
                    let because = self.chain(dead);
                    self.emit(Decision::TicketUnreachable { ticket: self.id(dependent), because });
                    queue.push_back(dependent);
                }
            }
        }
    }

    fn make_unreachable(&mut self, ticket: u32) {
        let dead = self.run.graph.dependencies_at(ticket).filter(|&at| self.node(at).place.fate() == Fate::Dead).min();
        let Some(dead) = dead else { return };
        self.emit(Decision::TicketUnreachable { ticket: self.id(ticket), because: self.chain(dead) });
    }

    /// From the ticket that began it to `dead`: of a long chain, both ends.
    fn chain(&self, dead: u32) -> Vec<TicketId> {
        let mut chain = match &self.node(dead).place {
            Place::Unreachable { because } => because.clone(),
            _ => Vec::new(),
        };
        chain.push(dead);
        if chain.len() > 2 * ENDS {
            chain.remove(ENDS);
        }
        chain.into_iter().map(|at| self.id(at)).collect()
    }

    /// Takes a final ticket up again, and what was unreachable because of nothing else.
    pub(super) fn revive(&mut self, ticket: u32, note: Option<String>) {
        self.emit(Decision::TicketRevived { ticket: self.id(ticket), note });
        let revived = self.revive_dependents(ticket);
        self.make_unreachable_if_so(ticket);
        for ticket in std::iter::once(ticket).chain(revived) {
            self.make_ready_if_so(ticket);
        }
    }

    /// Takes up what was unreachable because of nothing else than this ticket, which is open or completed by now.
    pub(super) fn revive_dependents(&mut self, ticket: u32) -> Vec<u32> {
        let mut revived = Vec::new();
        // In an order in which a ticket comes after all it depends on.
        let mut reached: BTreeSet<(u32, u32)> = self.dependents_by_position(ticket).collect();
        while let Some((_, at)) = reached.pop_first() {
            let Place::Unreachable { because } = &self.node(at).place else { continue };
            if self.run.needs[at as usize].dead == 0 {
                self.emit(Decision::TicketRevived { ticket: self.id(at), note: None });
                revived.push(at);
            } else if because.iter().any(|cause| self.node(*cause).place.fate() != Fate::Dead) {
                self.make_unreachable(at);
            } else {
                continue;
            }
            reached.extend(self.dependents_by_position(at));
        }
        revived
    }

    fn dependents_by_position(&self, ticket: u32) -> impl Iterator<Item = (u32, u32)> {
        self.run.graph.dependents(ticket).map(|dependent| (self.run.graph.position(dependent), dependent))
    }
}
