//! What earlier runs know of a track's tickets: how long each took, and which calls it made.
//!
//! A ticket's time is that in which its attempts held a slot, all of them, check and landing included: what it will take again if it
//! goes as it went. Deliberately absent: prices, and which runs are looked at.

use std::collections::BTreeMap;

use conductor_model::{Decision, Event, Evidence, Millis, RunId, TicketId, Timestamp, Usage, Usd};

use crate::History;

/// The tickets that were completed in earlier runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Earlier {
    tickets: BTreeMap<TicketId, Took>,
}

/// What a ticket took in a run in which it was completed.
#[derive(Debug, Clone, PartialEq)]
pub struct Took {
    /// The run.
    pub run: RunId,
    /// How long its attempts held a slot.
    pub span: Millis,
    /// Its model calls.
    pub calls: Vec<PaidCall>,
}

/// A model call that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaidCall {
    /// 3 or 4.
    pub tier: u8,
    /// The rung of its attempt.
    pub rung: u32,
    /// As reported.
    pub usage: Usage,
    /// What was paid.
    pub cost: Usd,
}

/// A fold over the decisions of one run, in their order.
#[derive(Debug, Default)]
pub struct EarlierRun {
    history: History,
    rungs: BTreeMap<TicketId, u32>,
    calls: BTreeMap<TicketId, Vec<PaidCall>>,
    completed: Vec<TicketId>,
}

impl EarlierRun {
    /// Takes in the next event.
    pub fn fold(&mut self, time: Timestamp, event: &Event) {
        self.history.fold(time, event);
        match event {
            Event::Decision(Decision::AttemptStarted { ticket, rung, .. }) => {
                self.rungs.insert(ticket.clone(), *rung);
            }
            Event::Decision(Decision::CallSettled { ticket, tier, usage, cost, .. }) => {
                let rung = self.rungs.get(ticket).copied().unwrap_or(0);
                let call = PaidCall { tier: *tier, rung, usage: *usage, cost: *cost };
                self.calls.entry(ticket.clone()).or_default().push(call);
            }
            // One that a person vouched for, or that came completed, says nothing about the next time.
            Event::Decision(Decision::TicketCompleted {
                ticket,
                evidence: Evidence::Checked { .. } | Evidence::Unverified { .. },
                ..
            }) => self.completed.push(ticket.clone()),
            Event::Decision(_) | Event::Record(_) => {}
        }
    }
}

impl Earlier {
    /// Takes in a run; of tickets that are known from another, nothing.
    pub fn add(&mut self, id: &RunId, mut run: EarlierRun) {
        for ticket in run.completed {
            let span = run.history.duration(&ticket);
            let calls = run.calls.remove(&ticket).unwrap_or_default();
            self.tickets.entry(ticket).or_insert_with(|| Took { run: id.clone(), span, calls });
        }
    }

    /// Whether a ticket is known.
    pub fn knows(&self, ticket: &TicketId) -> bool {
        self.tickets.contains_key(ticket)
    }

    /// Forgets the tickets that `keep` says no to.
    pub fn retain(&mut self, keep: impl Fn(&TicketId) -> bool) {
        self.tickets.retain(|ticket, _| keep(ticket));
    }

    /// What is known, by ticket.
    pub fn tickets(&self) -> &BTreeMap<TicketId, Took> {
        &self.tickets
    }

    /// How long tickets took.
    pub fn durations(&self) -> BTreeMap<TicketId, Millis> {
        self.tickets.iter().map(|(ticket, took)| (ticket.clone(), took.span)).collect()
    }
}

#[cfg(test)]
mod tests {
    use conductor_model::{AttemptEnd, DiffStat};

    use super::*;
    use crate::stage::{ended, id, run_started, settled, started};

    fn completed(ticket: &str, evidence: Evidence) -> Decision {
        Decision::TicketCompleted { ticket: id(ticket), attempt: 1, evidence, summary: String::new() }
    }

    fn run(events: Vec<(i64, Decision)>) -> EarlierRun {
        let mut run = EarlierRun::default();
        for (time, decision) in events {
            run.fold(Timestamp(time), &decision.into());
        }
        run
    }

    #[test]
    fn what_completed_tickets_took_is_known_from_the_run_that_is_added_first() {
        let unverified = || Evidence::Unverified { diff: DiffStat::default() };
        let latest = run(vec![
            (0, run_started(4)),
            (10, started("T1", 1, "p/small")),
            (20, settled("T1", 1, 3, "p/small", Some((100, 7)), 5)),
            (30, ended("T1", 1, AttemptEnd::Blocked, Some(1))),
            (35, started("T1", 2, "p/big")),
            (40, settled("T1", 2, 3, "p/big", None, 9)),
            (45, ended("T1", 2, AttemptEnd::Completed, None)),
            (45, completed("T1", unverified())),
            (50, completed("T2", Evidence::Declared)),
            (50, started("T3", 1, "p/small")),
        ]);
        let before = run(vec![
            (0, run_started(4)),
            (0, started("T1", 1, "p/small")),
            (1, ended("T1", 1, AttemptEnd::Completed, None)),
            (1, completed("T1", unverified())),
            (1, started("T3", 1, "p/small")),
            (8, ended("T3", 1, AttemptEnd::Completed, None)),
            (8, completed("T3", unverified())),
            (8, completed("T4", Evidence::Vouched { reason: String::new(), diff: DiffStat::default() })),
        ]);
        let (new, old) = (RunId::new("demo-new-1").unwrap(), RunId::new("demo-old-1").unwrap());
        let mut earlier = Earlier::default();
        earlier.add(&new, latest);
        earlier.add(&old, before);
        let call = |rung, tokens: Option<(u64, u64)>, nanos| PaidCall {
            tier: 3,
            rung,
            usage: Usage { input: tokens.map(|of| of.0), output: tokens.map(|of| of.1), ..Usage::default() },
            cost: Usd(nanos),
        };
        let calls = vec![call(0, Some((100, 7)), 5), call(1, None, 9)];
        let expected = [
            (id("T1"), Took { run: new, span: Millis(20 + 10), calls }),
            (id("T3"), Took { run: old, span: Millis(7), calls: Vec::new() }),
        ];
        assert_eq!(earlier.tickets(), &expected.into());
        assert_eq!(earlier.durations(), [(id("T1"), Millis(30)), (id("T3"), Millis(7))].into());
    }
}
