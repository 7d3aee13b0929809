//! One attempt: how it starts, waits, goes on, is checked, lands and ends.

use conductor_dag::{Effect, Told, WorkerEnd};
use conductor_model::{
    AttemptEnd, Decision, Digest, EffectId, Evidence, LandingOutcome, Millis, ModelName, TicketId, Verdict, Wait,
};

use super::Reference;
use super::rows::{Attempt, Doing, Place};

/// Failed checks that end an attempt.
const CHECKS: u32 = 3;
/// Further attempts of a ticket after conflicts.
const CONFLICTS: u32 = 2;

impl Reference {
    pub(super) fn name(&self, ticket: usize) -> TicketId {
        self.rows[ticket].ticket.id.clone()
    }

    /// The ticket, if this attempt of it is at work.
    pub(super) fn worker(&self, ticket: &TicketId, attempt: u32) -> Option<usize> {
        let ticket = self.find(ticket)?;
        let open = self.rows[ticket].attempt()?;
        (open.number == attempt && open.works()).then_some(ticket)
    }

    pub(super) fn start_attempt(&mut self, ticket: usize, rung: u32, model: ModelName, approved: Option<Digest>) {
        let id = self.new_id();
        let deadline = self.rows[ticket].ticket.timeout.map(|span| self.now + span);
        let row = &mut self.rows[ticket];
        row.attempts += 1;
        row.rung = rung;
        let attempt = row.attempts;
        row.place = Place::Open(Attempt {
            number: attempt,
            model: model.clone(),
            approved: approved.clone(),
            work: Some(id),
            doing: Doing::Works,
            deadline,
            left: None,
            failures: 0,
            summary: String::new(),
            question: None,
        });
        let name = self.name(ticket);
        self.say(Decision::AttemptStarted {
            id,
            ticket: name.clone(),
            attempt,
            rung,
            model: model.clone(),
            approved: approved.clone(),
            deadline,
        });
        self.want(Effect::Work { id, ticket: name, attempt, model, approved });
    }

    /// The attempt gives its slot back, if it has one; `lost`: its worker is gone with its process.
    pub(super) fn wait(&mut self, ticket: usize, on: Wait, lost: bool) {
        let since = self.new_place();
        let now = self.now;
        let name = self.name(ticket);
        let Some(attempt) = self.rows[ticket].attempt_mut() else { return };
        if let Some(deadline) = attempt.deadline.take() {
            attempt.left = Some(deadline - now);
        }
        if lost || matches!(on, Wait::Provider { .. }) {
            attempt.work = None;
        }
        if !matches!(on, Wait::Approval { .. }) {
            attempt.question.take_if(|question| question.told.is_none());
        }
        attempt.doing = Doing::Waits { on: on.clone(), since };
        let (number, left) = (attempt.number, attempt.left);
        self.say(Decision::AttemptWaiting { ticket: name, attempt: number, on, left, lost });
    }

    /// The attempt goes on to wait, in its place in line, for what changed.
    pub(super) fn wait_on(&mut self, ticket: usize, on: Wait) {
        let Some(Doing::Waits { since, .. }) = self.rows[ticket].attempt().map(|attempt| attempt.doing.clone()) else { return };
        self.wait(ticket, on.clone(), false);
        if let Some(attempt) = self.rows[ticket].attempt_mut() {
            attempt.doing = Doing::Waits { on, since };
        }
    }

    /// The attempt has a slot again. Its worker is told what it waited for, or started again where it is gone.
    pub(super) fn continue_attempt(&mut self, ticket: usize) {
        let now = self.now;
        let name = self.name(ticket);
        let Some(attempt) = self.rows[ticket].attempt_mut() else { return };
        let gone = attempt.work.is_none();
        let told = attempt.question.as_ref().and_then(|question| question.told.clone());
        let waited_for_slot = matches!(attempt.doing, Doing::Waits { on: Wait::Slot, .. });
        attempt.doing = Doing::Works;
        attempt.deadline = attempt.left.take().map(|left| now + left.max(Millis(1)));
        let (number, deadline) = (attempt.number, attempt.deadline);
        if gone {
            self.restart(ticket, name, number);
        } else {
            self.say(Decision::AttemptContinued { ticket: name, attempt: number, deadline, id: None });
            if let Some(told) = told
                && waited_for_slot
            {
                self.tell(ticket, told);
            }
        }
    }

    /// A worker is started again, from its records.
    pub(super) fn restart(&mut self, ticket: usize, name: TicketId, number: u32) {
        let id = self.new_id();
        let Some(attempt) = self.rows[ticket].attempt_mut() else { return };
        attempt.work = Some(id);
        let (model, approved, deadline) = (attempt.model.clone(), attempt.approved.clone(), attempt.deadline);
        self.say(Decision::AttemptContinued { ticket: name.clone(), attempt: number, deadline, id: Some(id) });
        self.want(Effect::Work { id, ticket: name, attempt: number, model, approved });
    }

    pub(super) fn worker_ended(&mut self, ticket: &TicketId, attempt: u32, how: &WorkerEnd) {
        let Some(ticket) = self.find(ticket) else { return };
        let Some(open) = self.rows[ticket].attempt().filter(|open| open.number == attempt) else { return };
        if open.work.is_none() || !(open.works() || matches!(open.doing, Doing::Waits { .. })) {
            return;
        }
        let model = open.model.clone();
        match how {
            WorkerEnd::Finished { summary } => self.finished(ticket, summary),
            WorkerEnd::Blocked { reason } => self.end_attempt(ticket, AttemptEnd::Blocked, reason.clone(), false),
            WorkerEnd::OutOfTurns => {
                let reason = format!("no end after {} turns", self.rows[ticket].ticket.max_turns);
                self.end_attempt(ticket, AttemptEnd::OutOfTurns, reason, false);
            }
            WorkerEnd::ProviderDown { provider, refused, back, reason } => {
                self.provider_is_down(ticket, provider, *refused, *back, reason);
            }
            WorkerEnd::Failed { reason } => self.end_attempt(ticket, AttemptEnd::Failed, reason.clone(), true),
        }
        match how {
            WorkerEnd::Finished { .. } | WorkerEnd::Blocked { .. } | WorkerEnd::OutOfTurns => self.provider_answers(&model),
            WorkerEnd::ProviderDown { .. } | WorkerEnd::Failed { .. } => {}
        }
    }

    fn finished(&mut self, ticket: usize, summary: &str) {
        self.settle_calls(Some(ticket));
        self.check(ticket, summary, None);
        self.sort_out_who_waits_for_money();
    }

    /// Our own run of the check starts, or what a person vouches for is taken as it stands.
    pub(super) fn check(&mut self, ticket: usize, summary: &str, vouched: Option<String>) {
        let (id, name) = (self.new_id(), self.name(ticket));
        let Some(attempt) = self.rows[ticket].attempt_mut() else { return };
        attempt.doing = Doing::Checks { id, vouched: vouched.clone() };
        attempt.summary = summary.to_owned();
        if vouched.is_some() {
            attempt.question = None;
            attempt.deadline = None;
        }
        let (number, summary) = (attempt.number, summary.to_owned());
        self.say(Decision::CheckStarted { id, ticket: name.clone(), attempt: number, summary, vouched: vouched.clone() });
        self.want(Effect::Check { id, ticket: name, attempt: number, vouched });
    }

    /// The ticket whose check has this id.
    fn checking(&self, effect: EffectId) -> Option<usize> {
        let is_it = |attempt: &Attempt| matches!(&attempt.doing, Doing::Checks { id, .. } if *id == effect);
        self.all(|row| row.attempt().is_some_and(is_it)).first().copied()
    }

    pub(super) fn checked(&mut self, id: EffectId, verdict: &Verdict) {
        let Some(ticket) = self.checking(id) else { return };
        let (since, name) = (self.new_place(), self.name(ticket));
        let Some(attempt) = self.rows[ticket].attempt_mut() else { return };
        let vouched = matches!(attempt.doing, Doing::Checks { vouched: Some(_), .. });
        if let (true, Verdict::Failed { reason, .. }) = (vouched, verdict) {
            return self.end_attempt(ticket, AttemptEnd::Failed, reason.clone(), true);
        }
        match verdict {
            Verdict::Passed { evidence } => {
                attempt.doing = Doing::Lands { evidence: evidence.clone(), since, vouched };
                attempt.deadline = None;
            }
            Verdict::Failed { .. } => {
                attempt.failures += 1;
                attempt.doing = Doing::Works;
            }
        }
        let (number, failures) = (attempt.number, attempt.failures);
        self.say(Decision::CheckFinished { id, ticket: name, attempt: number, verdict: verdict.clone(), failures });
        if let Verdict::Failed { reason, .. } = verdict {
            if failures == CHECKS {
                return self.end_attempt(ticket, AttemptEnd::CheckFailed, reason.clone(), true);
            }
            self.tell(ticket, Told::Verdict { verdict: verdict.clone() });
        }
    }

    pub(super) fn broken(&mut self, effect: EffectId, reason: &str) {
        let prepared = self.all(|row| matches!(&row.place, Place::Preparing { id, .. } if *id == effect));
        if let Some(&ticket) = prepared.first() {
            return self.block(ticket, self.rows[ticket].attempts + 1, reason.to_owned());
        }
        if let Some(ticket) = self.checking(effect) {
            return self.end_attempt(ticket, AttemptEnd::Failed, reason.to_owned(), true);
        }
        let Some(landing) = self.landing.filter(|landing| landing.id == effect) else { return };
        self.landing = None;
        if !self.is_landing(landing.ticket, landing.attempt) {
            let (ticket, outcome) = (self.name(landing.ticket), LandingOutcome::Nothing);
            self.say(Decision::LandingFinished { id: effect, ticket, attempt: landing.attempt, outcome });
        } else {
            self.end_attempt(landing.ticket, AttemptEnd::Failed, reason.to_owned(), true);
        }
    }

    fn is_landing(&self, ticket: usize, number: u32) -> bool {
        let lands = |attempt: &Attempt| attempt.number == number && matches!(attempt.doing, Doing::Lands { .. });
        self.rows[ticket].attempt().is_some_and(lands)
    }

    pub(super) fn landed(&mut self, effect: EffectId, outcome: &LandingOutcome) {
        let Some(landing) = self.landing.filter(|landing| landing.id == effect) else { return };
        self.landing = None;
        let ticket = landing.ticket;
        self.say(Decision::LandingFinished {
            id: effect,
            ticket: self.name(ticket),
            attempt: landing.attempt,
            outcome: outcome.clone(),
        });
        if !self.is_landing(ticket, landing.attempt) {
            return;
        }
        match outcome {
            LandingOutcome::Landed { .. } | LandingOutcome::Nothing => self.complete_attempt(ticket),
            LandingOutcome::Conflict { paths } => {
                let reason = format!("what landed meanwhile does not go together with it: {}", paths.join(", "));
                self.end_attempt(ticket, AttemptEnd::Conflict, reason, true);
            }
        }
    }

    fn complete_attempt(&mut self, ticket: usize) {
        let Some(attempt) = self.rows[ticket].attempt().cloned() else { return };
        let Doing::Lands { evidence, .. } = attempt.doing else { return };
        self.say_ended(ticket, AttemptEnd::Completed, String::new(), None, true);
        self.complete(ticket, attempt.number, evidence, attempt.summary);
    }

    pub(super) fn complete(&mut self, ticket: usize, attempt: u32, evidence: Evidence, summary: String) {
        self.rows[ticket].place = Place::Completed { evidence: evidence.clone(), summary: summary.clone() };
        self.say(Decision::TicketCompleted { ticket: self.name(ticket), attempt, evidence, summary });
        self.release(ticket);
    }

    /// The attempt is over. What follows is the next rung, the same one after a conflict, or the end of the ticket.
    pub(super) fn end_attempt(&mut self, ticket: usize, how: AttemptEnd, reason: String, stop: bool) {
        self.settle_calls(Some(ticket));
        let rung = self.rows[ticket].rung;
        let next = match how {
            AttemptEnd::Blocked | AttemptEnd::CheckFailed | AttemptEnd::OutOfTurns | AttemptEnd::OutOfTime => {
                (rung as usize + 1 < self.policy.ladder.len()).then_some(rung + 1)
            }
            AttemptEnd::Conflict => {
                self.rows[ticket].conflicts += 1;
                (self.rows[ticket].conflicts <= CONFLICTS).then_some(rung)
            }
            AttemptEnd::Failed | AttemptEnd::Cancelled | AttemptEnd::Completed => None,
        };
        self.say_ended(ticket, how, reason.clone(), next, stop);
        self.sort_out_who_waits_for_money();
        match next {
            Some(rung) => {
                self.rows[ticket].rung = rung;
                self.rows[ticket].place = Place::Ready;
            }
            None => self.block(ticket, self.rows[ticket].attempts, reason),
        }
    }

    /// `stop`: the worker did not say so itself.
    pub(super) fn say_ended(&mut self, ticket: usize, how: AttemptEnd, reason: String, next: Option<u32>, stop: bool) {
        let (name, attempt) = (self.name(ticket), self.rows[ticket].attempts);
        self.say(Decision::AttemptEnded { ticket: name.clone(), attempt, how, reason, next });
        if stop {
            self.want(Effect::Stop { ticket: name, attempt });
        }
    }

    pub(super) fn block(&mut self, ticket: usize, attempt: u32, reason: String) {
        self.say(Decision::TicketBlocked { ticket: self.name(ticket), attempt, reason: reason.clone() });
        self.lose(ticket, Place::Blocked { reason });
    }
}
