//! What the engine wants done. Carried out by the shell, each only after the event that decided it is durable.

use conductor_model::{ApprovalKind, Digest, EffectId, ModelName, TicketId, Usd, Verdict};

/// Something to be done. Those with an `id` are answered by an [`crate::Input`] that carries it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Make prompt and pack of the coming attempt, for a person to see; answered by `Prepared`.
    Prepare {
        /// The effect.
        id: EffectId,
        /// The ticket.
        ticket: TicketId,
        /// The attempt that is to start.
        attempt: u32,
        /// Its model.
        model: ModelName,
        /// What a person made of the prompt before, to be offered again.
        edited: Option<Digest>,
    },
    /// Put a question to whoever can be asked; answered by `Decided`.
    Ask {
        /// The question.
        id: EffectId,
        /// The ticket.
        ticket: TicketId,
        /// The attempt.
        attempt: u32,
        /// Which kind.
        kind: ApprovalKind,
        /// What is shown is stored under this digest.
        digest: Digest,
    },
    /// Carry out an attempt, from its beginning or from where its records end; answered by `WorkerEnded`.
    Work {
        /// The effect.
        id: EffectId,
        /// The ticket.
        ticket: TicketId,
        /// The attempt.
        attempt: u32,
        /// The model.
        model: ModelName,
        /// What a person approved: the worker takes prompt and pack from there.
        approved: Option<Digest>,
    },
    /// Tell the worker of an attempt. If it is gone (a crash), start it again from its records first.
    Tell {
        /// The ticket.
        ticket: TicketId,
        /// The attempt.
        attempt: u32,
        /// What.
        told: Told,
    },
    /// Run the ticket's check in the attempt's tree; answered by `Checked` or `Broken`.
    Check {
        /// The effect.
        id: EffectId,
        /// The ticket.
        ticket: TicketId,
        /// The attempt.
        attempt: u32,
        /// A person vouches for the tree as it stands, in these words: nothing is run, and the evidence is [`conductor_model::Evidence::Vouched`].
        vouched: Option<String>,
    },
    /// Commit and land the attempt's tree; answered by `Landed` or `Broken`. At most one is open at any time.
    Land {
        /// The effect.
        id: EffectId,
        /// The ticket.
        ticket: TicketId,
        /// The attempt.
        attempt: u32,
    },
    /// End the worker of an attempt, and its commands, at once: the attempt ended in a way the worker did not say itself, or the run is
    /// interrupted. A worker that is gone already is no mistake. Calls it has open are settled; what is still said of them is ignored.
    Stop {
        /// The ticket.
        ticket: TicketId,
        /// The attempt.
        attempt: u32,
    },
    /// The run is over or suspended: end with this code.
    Finish {
        /// The exit code of INTERFACE.
        exit: u8,
    },
}

/// What a worker is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The call may start, for at most `amount`: lower the output limit to fit.
    Granted {
        /// The reservation.
        reservation: EffectId,
        /// Between what was asked at least and at most.
        amount: Usd,
    },
    /// The tool call may run: the one stored under this digest.
    StepApproved {
        /// SHA-256 of what is approved.
        digest: Digest,
    },
    /// The tool call may not run.
    StepRejected {
        /// Why.
        reason: String,
    },
    /// What a person answers to the worker's question.
    Answered {
        /// The answer.
        text: String,
    },
    /// Nobody answers the worker's question: it decides for itself, and says what it assumed.
    Unanswered {
        /// Why, in a person's words; empty where the policy says so.
        reason: String,
    },
    /// A person said something to the ticket. A worker that is gone finds it in the journal when it is started again.
    Said {
        /// The event's id: what was read already is not read again.
        id: EffectId,
        /// The words.
        text: String,
    },
    /// The check failed, and the attempt goes on.
    Verdict {
        /// What came out.
        verdict: Verdict,
    },
}
