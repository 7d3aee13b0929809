//! What a worker has to do with people: it asks them, and reads what they say. Its approvals are with the tools.

use conductor_dag::{Input, Told};
use conductor_model::Record;

use super::tools::Done;
use super::{Stopped, Worker};
use crate::approver::Shown;
use crate::finish;
use crate::shared::Message;

impl Worker {
    /// Puts a question to a person and waits. What comes of it is the result of the call, and the conversation goes on.
    pub(super) async fn question(&mut self, turn: u32, place: u32, text: String) -> Result<(), Stopped> {
        self.start_finish(turn, place);
        let (ticket, attempt) = (self.brief.ticket.id.clone(), self.brief.attempt);
        let shown = Shown::Question { ticket: ticket.clone(), attempt, turn, call: place, text };
        let digest = shown.digest();
        let input = Input::QuestionWanted { ticket, attempt, digest: digest.clone() };
        self.shared.send(Message::Shown { input, digest, blob: shown.to_blob() });
        let text = loop {
            match self.hear().await? {
                Told::Answered { text } => break finish::answered(&text),
                Told::Unanswered { reason } => break finish::unanswered(&reason),
                Told::Granted { .. }
                | Told::StepApproved { .. }
                | Told::StepRejected { .. }
                | Told::Said { .. }
                | Told::Verdict { .. } => {}
            }
        };
        self.done(turn, place, finish::NAME, Done { ok: true, text, analyse: false });
        Ok(())
    }

    /// Reads what people said since the last turn; each word once, in the order in which they were said.
    pub(super) fn listen(&mut self, turn: u32) {
        // Between turns nothing else is waited for.
        while let Ok(told) = self.told.try_recv() {
            if let Told::Said { id, text } = told {
                self.said.insert(id, text);
            }
        }
        for (id, text) in std::mem::take(&mut self.said) {
            if !self.conversation.has_heard(id) {
                let (ticket, attempt, restart) = (self.brief.ticket.id.clone(), self.brief.attempt, self.conversation.restart());
                self.note(Record::TurnHeard { ticket, attempt, restart, turn, id, text });
            }
        }
    }
}
