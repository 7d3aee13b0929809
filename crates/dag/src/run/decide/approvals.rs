//! Questions: who has to be asked, and what follows from the answers.

use conductor_model::{ApprovalKind, Decision, Digest, EffectId, OnQuestion, TicketId, Wait};

use super::Deciding;
use crate::run::effects::told_of_question;
use crate::run::place::{Doing, Place};
use crate::{Answered, Effect, Told};

impl Deciding<'_> {
    /// Everything ready that a person must see first is prepared, all of it at once.
    pub(super) fn want_approvals(&mut self) {
        if self.run.paused {
            return;
        }
        let index = &self.run.index;
        let mut wanted: Vec<_> = index.ready_by_step.iter().copied().collect();
        if !self.run.policy.auto_queue {
            wanted.extend(&index.ready);
            wanted.sort_unstable();
        }
        for order in wanted {
            let ticket = order.ticket;
            let Some((rung, model)) = self.run.next_model(ticket) else { continue };
            let (id, attempt) = (self.new_id(), self.node(ticket).attempts.saturating_add(1));
            self.emit(Decision::ApprovalWanted { id, ticket: self.id(ticket), attempt, rung, model });
        }
    }

    pub(super) fn prepared(&mut self, id: EffectId, digest: Digest) {
        let Some(&ticket) = self.run.index.preparing.get(&id) else { return };
        let (id, attempt) = (self.new_id(), self.node(ticket).attempts.saturating_add(1));
        self.emit(Decision::ApprovalAsked { id, ticket: self.id(ticket), attempt, kind: ApprovalKind::Start, digest });
    }

    pub(super) fn decided(&mut self, id: EffectId, answer: Answered) {
        let Some(&ticket) = self.run.index.asked.get(&id) else { return };
        match &self.node(ticket).place {
            Place::Asked { digest, .. } => {
                let asked = digest.clone();
                if fits(ApprovalKind::Start, &answer) {
                    self.start_decided(id, ticket, &asked, answer);
                }
            }
            Place::Open(attempt) => {
                let Some(question) = &attempt.question else { return };
                if fits(question.kind, &answer) {
                    self.worker_answered(ticket, id, answer);
                }
            }
            Place::Waiting
            | Place::Ready
            | Place::Preparing { .. }
            | Place::Approved { .. }
            | Place::Ended
            | Place::Completed { .. }
            | Place::Blocked { .. }
            | Place::Rejected { .. }
            | Place::Cancelled { .. }
            | Place::Unreachable { .. } => {}
        }
    }

    /// What a worker asked is answered: it goes on once it has a slot.
    fn worker_answered(&mut self, ticket: u32, id: EffectId, answer: Answered) {
        let Some(attempt) = self.attempt(ticket) else { return };
        let Some(question) = &attempt.question else { return };
        let (asked, number) = (question.digest.clone(), attempt.number);
        self.emit(decision(id, self.id(ticket), number, &asked, answer));
        self.wait(ticket, Wait::Slot, false);
    }

    fn start_decided(&mut self, id: EffectId, ticket: u32, asked: &Digest, answer: Answered) {
        let attempt = self.node(ticket).attempts.saturating_add(1);
        let said = if let Answered::Rejected { reason } = &answer { Some(reason.clone()) } else { None };
        self.emit(decision(id, self.id(ticket), attempt, asked, answer));
        let Some(said) = said else { return };
        let reason = if said.is_empty() { "rejected by the user".to_owned() } else { said };
        self.emit(Decision::TicketRejected { ticket: self.id(ticket), attempt, reason });
        self.spread(ticket);
    }

    /// Open questions that the rules in force answer by themselves: with auto-queue the starts of tickets without `step_mode` are
    /// approved as they stand; where workers are to decide for themselves, what they asked goes back to them.
    pub(super) fn answer_by_policy(&mut self) {
        let (auto_queue, decide) = (self.run.policy.auto_queue, self.run.policy.on_question == OnQuestion::Decide);
        let asked: Vec<(EffectId, u32)> = self.run.index.asked.iter().map(|(&id, &ticket)| (id, ticket)).collect();
        for (id, ticket) in asked {
            match &self.node(ticket).place {
                Place::Asked { digest, .. } if auto_queue && !self.run.graph.at(ticket).step_mode => {
                    let digest = digest.clone();
                    self.start_decided(id, ticket, &digest.clone(), Answered::Approved { digest });
                }
                Place::Open(attempt)
                    if decide && attempt.question.as_ref().is_some_and(|asked| asked.kind == ApprovalKind::Question) =>
                {
                    self.worker_answered(ticket, id, Answered::Rejected { reason: String::new() });
                }
                _ => {}
            }
        }
    }

    /// A worker asks. What was answered already is told again: the worker was started again since.
    pub(super) fn asked_by_worker(&mut self, ticket: &TicketId, number: u32, kind: ApprovalKind, digest: Digest) {
        let Some((at, attempt)) = self.find_attempt(ticket, number) else { return };
        let same = attempt.question.as_ref().filter(|asked| asked.digest == digest && asked.kind == kind);
        match &attempt.doing {
            Doing::Working => {
                let answered = same.and_then(|_| told_of_question(attempt));
                let by_policy = kind == ApprovalKind::Question && self.run.policy.on_question == OnQuestion::Decide;
                if let Some(told) = answered.or_else(|| by_policy.then(|| Told::Unanswered { reason: String::new() })) {
                    self.step.effects.push(Effect::Tell { ticket: ticket.clone(), attempt: number, told });
                    return;
                }
            }
            Doing::Asking { .. } if same.is_some() => return,
            // A question nobody waits for any more.
            Doing::Asking { id } => {
                let (id, asked) = (*id, attempt.question.as_ref().map_or_else(|| digest.clone(), |asked| asked.digest.clone()));
                let answer = Answered::Rejected { reason: "the worker asks about something else".to_owned() };
                self.emit(decision(id, ticket.clone(), number, &asked, answer));
            }
            Doing::Checking { .. }
            | Doing::Verified { .. }
            | Doing::Landing { .. }
            | Doing::Queued { .. }
            | Doing::Saving { .. }
            | Doing::Offline { .. } => return,
        }
        let id = self.new_id();
        self.emit(Decision::ApprovalAsked { id, ticket: ticket.clone(), attempt: number, kind, digest });
        self.wait(at, Wait::Approval { id }, false);
    }
}

/// Whether an answer is one to this kind of question.
fn fits(kind: ApprovalKind, answer: &Answered) -> bool {
    match (kind, answer) {
        (ApprovalKind::Start | ApprovalKind::Step, Answered::Approved { .. } | Answered::Rejected { .. })
        | (ApprovalKind::Question, Answered::Answer { .. } | Answered::Rejected { .. }) => true,
        (ApprovalKind::Start | ApprovalKind::Step, Answered::Answer { .. })
        | (ApprovalKind::Question, Answered::Approved { .. }) => false,
    }
}

fn decision(id: EffectId, ticket: TicketId, attempt: u32, asked: &Digest, answer: Answered) -> Decision {
    let (approved, digest, reason, answer) = match answer {
        Answered::Approved { digest } => (true, digest, String::new(), None),
        Answered::Rejected { reason } => (false, asked.clone(), reason, None),
        Answered::Answer { text } => (true, asked.clone(), String::new(), Some(text)),
    };
    let edited = digest != *asked;
    Decision::ApprovalDecided { id, ticket, attempt, approved, digest, edited, reason, answer }
}
