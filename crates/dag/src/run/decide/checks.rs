//! Checks and landings: what makes a ticket completed.

use conductor_model::{AttemptEnd, Decision, EffectId, Evidence, LandingOutcome, Verdict};

use super::Deciding;
use crate::run::effects::FAILED_CHECKS;
use crate::run::place::Doing;

/// So many attempts of a ticket may follow a conflict.
const CONFLICTS: u32 = 2;

impl Deciding<'_> {
    pub(super) fn checked(&mut self, id: EffectId, verdict: Verdict) {
        let Some(&at) = self.run.index.checks.get(&id) else { return };
        let Some(attempt) = self.attempt(at) else { return };
        let (number, ticket) = (attempt.number, self.id(at));
        match &verdict {
            Verdict::Passed { .. } => {
                let failures = attempt.failures;
                self.emit(Decision::CheckFinished { id, ticket, attempt: number, verdict, failures });
            }
            // A person's word cannot fail; what says so is an error of ours.
            Verdict::Failed { reason, .. } if attempt.vouched.is_some() => {
                let reason = reason.clone();
                self.fail(at, reason);
            }
            Verdict::Failed { reason, .. } => {
                let (failures, reason) = (attempt.failures.saturating_add(1), reason.clone());
                self.emit(Decision::CheckFinished { id, ticket, attempt: number, verdict, failures });
                if failures >= FAILED_CHECKS {
                    self.end_and_climb(at, AttemptEnd::CheckFailed, reason);
                }
            }
        }
    }

    /// A preparation, a check or a landing that could not be carried out.
    pub(super) fn broken(&mut self, id: EffectId, reason: &str) {
        if let Some(&ticket) = self.run.index.preparing.get(&id) {
            let attempt = self.node(ticket).attempts.saturating_add(1);
            self.block(ticket, attempt, reason.to_owned());
            return;
        }
        if let Some(&ticket) = self.run.index.checks.get(&id) {
            self.fail(ticket, reason.to_owned());
            return;
        }
        let Some(landing) = self.run.landing.filter(|landing| landing.id == id) else { return };
        if self.is_landing(landing.ticket, landing.attempt) {
            self.fail(landing.ticket, reason.to_owned());
        } else {
            let (ticket, attempt) = (self.id(landing.ticket), landing.attempt);
            self.emit(Decision::LandingFinished { id, ticket, attempt, outcome: LandingOutcome::Nothing });
        }
    }

    /// The next in line lands, if nobody does.
    pub(super) fn land_next(&mut self) {
        if self.run.landing.is_some() {
            return;
        }
        let Some(&(_, ticket)) = self.run.index.to_land.first() else { return };
        let Some(number) = self.attempt(ticket).map(|attempt| attempt.number) else { return };
        self.emit(Decision::LandingStarted { id: self.new_id(), ticket: self.id(ticket), attempt: number });
    }

    pub(super) fn landed(&mut self, id: EffectId, outcome: LandingOutcome) {
        let Some(landing) = self.run.landing.filter(|landing| landing.id == id) else { return };
        let (at, number, ticket) = (landing.ticket, landing.attempt, self.id(landing.ticket));
        let conflict = if let LandingOutcome::Conflict { paths } = &outcome { Some(paths.join(", ")) } else { None };
        // Cancelled meanwhile: what happened is recorded, and changes nothing.
        let goes_on = self.is_landing(at, number);
        self.emit(Decision::LandingFinished { id, ticket: ticket.clone(), attempt: number, outcome });
        if !goes_on {
            return;
        }
        if let Some(paths) = conflict {
            self.conflict(at, &paths);
            return;
        }
        let Some(attempt) = self.attempt(at) else { return };
        let Doing::Landing { evidence } = &attempt.doing else { return };
        let (evidence, summary): (Evidence, String) = ((**evidence).clone(), attempt.summary.clone());
        self.end(at, AttemptEnd::Completed, String::new(), None);
        self.emit(Decision::TicketCompleted { ticket, attempt: number, evidence, summary });
        self.make_dependents_ready(at);
    }

    fn is_landing(&self, ticket: u32, number: u32) -> bool {
        self.attempt(ticket).is_some_and(|attempt| attempt.number == number && matches!(attempt.doing, Doing::Landing { .. }))
    }

    /// Another attempt on the same rung; after two such, the ticket is blocked.
    fn conflict(&mut self, ticket: u32, paths: &str) {
        let Some(rung) = self.attempt(ticket).map(|attempt| attempt.rung) else { return };
        let reason = format!("what landed meanwhile does not go together with it: {paths}");
        if self.node(ticket).conflicts >= CONFLICTS {
            self.end_and_block(ticket, AttemptEnd::Conflict, reason);
            return;
        }
        self.end(ticket, AttemptEnd::Conflict, reason, Some(rung));
    }
}
