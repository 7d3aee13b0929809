//! Events about questions to people.

use conductor_model::{ApprovalKind, Decision, Digest, EffectId, TicketId};

use crate::run::Run;
use crate::run::place::{Doing, Place, WorkerAnswer, WorkerQuestion};

impl Run {
    pub(super) fn asked(&mut self, id: EffectId, ticket: &TicketId, attempt: u32, kind: ApprovalKind, digest: &Digest) {
        self.uses(id);
        let digest = digest.clone();
        match kind {
            ApprovalKind::Start => {
                let Some(ticket) = self.graph.find(ticket) else { return };
                self.change(ticket, |node| {
                    if let Place::Preparing { rung, model, .. } = &node.place {
                        node.place = Place::Asked { id, rung: *rung, model: model.clone(), digest };
                    }
                });
            }
            ApprovalKind::Step | ApprovalKind::Question => self.change_attempt(ticket, attempt, |attempt| {
                attempt.question = Some(WorkerQuestion { id, kind, digest, answer: None });
                attempt.doing = Doing::Asking { id };
            }),
        }
    }

    pub(super) fn decided(&mut self, event: &Decision) {
        let Decision::ApprovalDecided { id: question, ticket, approved, digest, edited, reason, answer, .. } = event else {
            return;
        };
        let Some(ticket) = self.graph.find(ticket) else { return };
        self.change(ticket, |node| match &mut node.place {
            Place::Asked { id, rung, model, .. } if id == question => {
                if !*approved {
                    node.place = Place::Ended;
                    return;
                }
                if *edited {
                    node.edited = Some(digest.clone());
                }
                node.place = Place::Approved { rung: *rung, model: model.clone(), digest: digest.clone() };
            }
            Place::Open(attempt) => {
                let Some(asked) = attempt.question.as_mut().filter(|asked| asked.id == *question) else { return };
                asked.answer = Some(match answer {
                    Some(text) => WorkerAnswer::Answered { text: text.clone() },
                    None if *approved => WorkerAnswer::Approved { digest: digest.clone() },
                    None => WorkerAnswer::Rejected { reason: reason.clone() },
                });
            }
            // A question that is no longer open.
            Place::Waiting
            | Place::Ready
            | Place::Preparing { .. }
            | Place::Asked { .. }
            | Place::Approved { .. }
            | Place::Ended
            | Place::Completed { .. }
            | Place::Blocked { .. }
            | Place::Rejected { .. }
            | Place::Cancelled { .. }
            | Place::Unreachable { .. } => {}
        });
    }
}
