//! Questions to a person: what is shown, its digest, and the trait by which somebody is asked (DESIGN §9).

use async_trait::async_trait;
use conductor_model::{ApprovalKind, Digest, EffectId, ModelName, PackFile, TicketId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;

/// A question that is open.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Its id.
    pub id: EffectId,
    /// The ticket it is about.
    pub ticket: TicketId,
    /// The attempt, from 1.
    pub attempt: u32,
    /// SHA-256 of what is shown.
    pub digest: Digest,
    /// What is shown.
    pub shown: Shown,
}

/// Exactly what is shown, and exactly what is carried out once it is approved: the digest is that of its JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Shown {
    /// May this attempt start (R7, R25)?
    Start {
        /// `Tier 3 Worker`.
        role: String,
        /// The ticket.
        ticket: TicketId,
        /// The attempt.
        attempt: u32,
        /// The model to be asked.
        model: ModelName,
        /// The rules, as system text.
        system: String,
        /// The track's shared context.
        context_md: String,
        /// The ticket, its files and what its dependencies did.
        prompt: String,
        /// Estimated tokens of the pack.
        tokens: u64,
        /// The files in the prompt.
        files: Vec<PackFile>,
        /// The commit the attempt starts from, where there is git and a tree was needed.
        base: Option<String>,
    },
    /// May this tool call run (R24, R26)?
    Step {
        /// The ticket.
        ticket: TicketId,
        /// The attempt.
        attempt: u32,
        /// The turn that asked for it.
        turn: u32,
        /// Its place in the turn, from 0.
        call: u32,
        /// The tool.
        tool: String,
        /// Its arguments.
        args: Value,
    },
    /// What a worker needs to know before it can go on.
    Question {
        /// The ticket.
        ticket: TicketId,
        /// The attempt.
        attempt: u32,
        /// The turn that asks.
        turn: u32,
        /// The place of the call that asks, from 0.
        call: u32,
        /// In the worker's words, at most 4 KB.
        text: String,
    },
}

impl Shown {
    /// The bytes that have the digest.
    pub fn to_blob(&self) -> Vec<u8> {
        // Strings, numbers and JSON values always serialise.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// SHA-256 of [`Shown::to_blob`].
    pub fn digest(&self) -> Digest {
        Digest::of(self.to_blob())
    }

    /// Reads what [`Shown::to_blob`] wrote.
    ///
    /// # Errors
    /// The bytes are not a `Shown`.
    pub fn from_blob(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// Which kind of question it is.
    pub fn kind(&self) -> ApprovalKind {
        match self {
            Self::Start { .. } => ApprovalKind::Start,
            Self::Step { .. } => ApprovalKind::Step,
            Self::Question { .. } => ApprovalKind::Question,
        }
    }
}

/// A person's reply on the spot.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Yes.
    Approve,
    /// The answer to a worker's question.
    Answer {
        /// In the person's words.
        text: String,
    },
    /// Yes, to this.
    Edited(Shown),
    /// No.
    Reject {
        /// Why; may be empty.
        reason: String,
    },
    /// Yes, and to all other starts of the run.
    AutoQueue,
    /// Stop the run; it can be resumed.
    Quit,
}

/// Tells whoever asks that the question no longer needs an answer.
#[derive(Debug, Clone)]
pub struct Withdrawn(watch::Receiver<bool>);

impl Withdrawn {
    /// A pair of the one who withdraws (by sending `true`, or by going away) and the one who is told.
    pub fn pair() -> (watch::Sender<bool>, Self) {
        let (sender, receiver) = watch::channel(false);
        (sender, Self(receiver))
    }

    /// Whether it was answered elsewhere or the run ends.
    pub fn is_set(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Waits until it is.
    pub async fn wait(&mut self) {
        // An error means that the other side is gone, which is the same.
        let _ = self.0.wait_for(|withdrawn| *withdrawn).await;
    }
}

/// Somebody who can be asked.
#[async_trait]
pub trait Approver: Send + Sync {
    /// Puts one question; `None` once it is withdrawn, within 100 ms. Never called for two questions at once.
    async fn ask(&self, question: &Question, withdrawn: Withdrawn) -> Option<Reply>;
}
