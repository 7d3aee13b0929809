//! Events about tickets.

use std::collections::BTreeMap;

use conductor_model::{Millis, TicketId};

use crate::run::Run;
use crate::run::place::{Node, Place};

impl Run {
    /// What earlier runs know makes the longest paths, and so the order.
    pub(super) fn weigh(&mut self, durations: &BTreeMap<TicketId, Millis>) {
        if !durations.is_empty() {
            self.graph.weigh(durations);
            self.rebuild();
        }
    }

    pub(super) fn revived(&mut self, id: &TicketId, note: Option<&String>) {
        let Some(ticket) = self.graph.find(id) else { return };
        let first = Node::new(self.graph.at(ticket)).rung;
        self.change(ticket, |node| {
            node.place = Place::Waiting;
            node.rung = first;
            node.conflicts = 0;
            node.note = note.cloned();
        });
        self.reopen();
    }
}
