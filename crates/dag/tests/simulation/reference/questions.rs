//! What people are asked: about the start of an attempt, about a step, and what a worker wants to know.

use conductor_dag::{Answered, Effect, Told};
use conductor_model::{ApprovalKind, Decision, Digest, EffectId, OnQuestion, TicketId, Wait};

use super::Reference;
use super::rows::{Doing, Place, Question};

impl Reference {
    /// Whether a person has to say yes to the ticket's coming attempt.
    pub(super) fn needs_approval(&self, ticket: usize) -> bool {
        !self.policy.auto_queue || self.rows[ticket].ticket.step_mode
    }

    pub(super) fn prepared(&mut self, effect: EffectId, digest: &Digest) {
        let asked = self.all(|row| matches!(&row.place, Place::Preparing { id, .. } if *id == effect));
        let Some(&ticket) = asked.first() else { return };
        let Place::Preparing { rung, model, .. } = self.rows[ticket].place.clone() else { return };
        let id = self.new_id();
        self.rows[ticket].place = Place::Asked { id, rung, model, digest: digest.clone() };
        self.ask(ticket, id, self.rows[ticket].attempts + 1, ApprovalKind::Start, digest);
    }

    fn ask(&mut self, ticket: usize, id: EffectId, attempt: u32, kind: ApprovalKind, digest: &Digest) {
        let name = self.name(ticket);
        self.say(Decision::ApprovalAsked { id, ticket: name.clone(), attempt, kind, digest: digest.clone() });
        self.want(Effect::Ask { id, ticket: name, attempt, kind, digest: digest.clone() });
    }

    pub(super) fn decided(&mut self, effect: EffectId, answer: &Answered) {
        for ticket in 0..self.rows.len() {
            if let Place::Asked { id, digest, .. } = self.rows[ticket].place.clone()
                && id == effect
            {
                return self.start_decided(ticket, id, &digest, answer);
            }
            if let Some(question) = self.open_question_of_worker(ticket)
                && question.id == effect
            {
                return self.question_decided(ticket, &question, answer);
            }
        }
    }

    /// What the ticket's worker asked and is not answered.
    pub(super) fn open_question_of_worker(&self, ticket: usize) -> Option<Question> {
        let asked = self.rows[ticket].attempt()?.question.clone();
        asked.filter(|question| question.told.is_none())
    }

    fn start_decided(&mut self, ticket: usize, id: EffectId, shown: &Digest, answer: &Answered) {
        match answer {
            Answered::Approved { digest } => self.approve_start(ticket, id, shown, digest),
            Answered::Rejected { reason } => {
                let attempt = self.rows[ticket].attempts + 1;
                self.say_decided(ticket, id, attempt, false, shown, false, reason, None);
                let reason = if reason.is_empty() { "rejected by the user".to_owned() } else { reason.clone() };
                self.say(Decision::TicketRejected { ticket: self.name(ticket), attempt, reason: reason.clone() });
                self.lose(ticket, Place::Rejected { reason });
            }
            Answered::Answer { .. } => {}
        }
    }

    pub(super) fn approve_start(&mut self, ticket: usize, id: EffectId, shown: &Digest, digest: &Digest) {
        let edited = shown != digest;
        self.say_decided(ticket, id, self.rows[ticket].attempts + 1, true, digest, edited, "", None);
        let row = &mut self.rows[ticket];
        let Place::Asked { rung, model, .. } = row.place.clone() else { return };
        if edited {
            row.edited = Some(digest.clone());
        }
        row.place = Place::Approved { digest: digest.clone(), rung, model };
    }

    fn question_decided(&mut self, ticket: usize, question: &Question, answer: &Answered) {
        let attempt = self.rows[ticket].attempts;
        let (id, shown) = (question.id, &question.digest);
        let told = match (question.kind, answer) {
            (ApprovalKind::Step, Answered::Approved { digest }) => {
                self.say_decided(ticket, id, attempt, true, digest, digest != shown, "", None);
                Told::StepApproved { digest: digest.clone() }
            }
            (ApprovalKind::Step, Answered::Rejected { reason }) => {
                self.say_decided(ticket, id, attempt, false, shown, false, reason, None);
                Told::StepRejected { reason: reason.clone() }
            }
            (ApprovalKind::Question, Answered::Answer { text }) => {
                self.say_decided(ticket, id, attempt, true, shown, false, "", Some(text));
                Told::Answered { text: text.clone() }
            }
            (ApprovalKind::Question, Answered::Rejected { reason }) => {
                self.say_decided(ticket, id, attempt, false, shown, false, reason, None);
                Told::Unanswered { reason: reason.clone() }
            }
            (ApprovalKind::Step, Answered::Answer { .. })
            | (ApprovalKind::Question, Answered::Approved { .. })
            | (ApprovalKind::Start, Answered::Approved { .. } | Answered::Rejected { .. } | Answered::Answer { .. }) => return,
        };
        self.answer(ticket, told);
    }

    /// The worker has its answer, and waits for a slot to go on.
    fn answer(&mut self, ticket: usize, told: Told) {
        if let Some(question) = self.rows[ticket].attempt_mut().and_then(|attempt| attempt.question.as_mut()) {
            question.told = Some(told);
        }
        self.wait(ticket, Wait::Slot);
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of a decision")]
    fn say_decided(
        &mut self,
        ticket: usize,
        id: EffectId,
        attempt: u32,
        approved: bool,
        digest: &Digest,
        edited: bool,
        reason: &str,
        answer: Option<&String>,
    ) {
        self.say(Decision::ApprovalDecided {
            id,
            ticket: self.name(ticket),
            attempt,
            approved,
            digest: digest.clone(),
            edited,
            reason: reason.to_owned(),
            answer: answer.cloned(),
        });
    }

    /// A worker asks. It is told again what it was told before; something else takes its open question back.
    pub(super) fn asked_by_worker(&mut self, ticket: &TicketId, number: u32, kind: ApprovalKind, digest: &Digest) {
        let Some(ticket) = self.find(ticket) else { return };
        let may_ask = |doing: &Doing| *doing == Doing::Works || matches!(doing, Doing::Waits { on: Wait::Approval { .. }, .. });
        let open = self.rows[ticket].attempt().filter(|attempt| attempt.number == number && may_ask(&attempt.doing));
        let Some(attempt) = open else { return };
        if let Some(question) = attempt.question.clone() {
            match question.told {
                Some(told) if question.digest == *digest => return self.tell(ticket, told),
                None if question.digest == *digest => return,
                None => {
                    let reason = "the worker asks about something else";
                    self.say_decided(ticket, question.id, number, false, &question.digest, false, reason, None);
                }
                Some(_) => {}
            }
        }
        if kind == ApprovalKind::Question && self.policy.on_question == OnQuestion::Decide {
            return self.tell(ticket, Told::Unanswered { reason: String::new() });
        }
        let id = self.new_id();
        if let Some(attempt) = self.rows[ticket].attempt_mut() {
            attempt.question = Some(Question { id, kind, digest: digest.clone(), told: None });
        }
        self.ask(ticket, id, number, kind, digest);
        self.wait(ticket, Wait::Approval { id });
    }

    /// What the rules answer, the oldest question first: starts as they stand under auto-queue, workers' questions where they are to
    /// decide for themselves. What is being prepared may need no approval any more.
    pub(super) fn answer_open_questions(&mut self) {
        let mut open = Vec::new();
        for ticket in 0..self.rows.len() {
            if !self.needs_approval(ticket) {
                if let Place::Preparing { .. } = self.rows[ticket].place {
                    self.rows[ticket].place = Place::Ready;
                }
                if let Place::Asked { id, digest, .. } = self.rows[ticket].place.clone() {
                    open.push((id, Answered::Approved { digest }));
                }
            }
            let asked = self.open_question_of_worker(ticket).filter(|question| question.kind == ApprovalKind::Question);
            if self.policy.on_question == OnQuestion::Decide {
                open.extend(asked.map(|question| (question.id, Answered::Rejected { reason: String::new() })));
            }
        }
        open.sort_by_key(|(id, _)| *id);
        for (id, answer) in open {
            self.decided(id, &answer);
        }
    }
}
