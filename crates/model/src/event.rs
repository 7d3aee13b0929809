//! Everything that can stand in a journal: decisions of the engine and records of the workers, in past tense.
//!
//! A run's state is a fold over its [`Decision`]s alone; a worker's conversation is a fold over the [`Record`]s of its attempt.
//! The JSON spelled here is version 1 of the event format (INTERFACE, "Events") and is only ever added to.

mod decision;
mod record;

use serde::{Deserialize, Serialize};

use crate::{RunId, Timestamp};

pub use decision::{ApprovalKind, AttemptEnd, Counts, Decision, LandingOutcome, Suspension, Verdict, Wait};
pub use record::{CallError, ModelCall, ModelTurn, PackFile, Record};

/// The version of the event format.
pub const FORMAT_VERSION: u32 = 1;

/// Whether an event came from the engine or from a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The engine decided it; `Run::recover` folds these.
    Decision,
    /// A worker recorded it; `Conversation::recover` folds these.
    Record,
}

/// One event of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// From the engine.
    Decision(Decision),
    /// From the worker of one attempt, or the shell.
    Record(Record),
}

impl Event {
    /// Which of the two it is.
    pub fn class(&self) -> Class {
        match self {
            Self::Decision(_) => Class::Decision,
            Self::Record(_) => Class::Record,
        }
    }
}

impl Event {
    /// The ticket it is about, if one.
    pub fn ticket(&self) -> Option<&crate::TicketId> {
        match self {
            Self::Decision(decision) => decision.ticket(),
            Self::Record(record) => record.ticket(),
        }
    }
}

impl From<Decision> for Event {
    fn from(decision: Decision) -> Self {
        Self::Decision(decision)
    }
}

impl From<Record> for Event {
    fn from(record: Record) -> Self {
        Self::Record(record)
    }
}

/// One line of `--json` and `conductor events`: an event with its place in its run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// [`FORMAT_VERSION`].
    pub v: u32,
    /// Place in the run's journal, from 1, without gaps.
    pub seq: u64,
    /// When it was decided or recorded, `2026-01-31T10:00:00.000Z`.
    #[serde(with = "instant")]
    pub time: Timestamp,
    /// The run; `None` for a command that made none.
    pub run: Option<RunId>,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// RFC 3339 with milliseconds, UTC.
mod instant {
    use serde::{Deserialize, Deserializer, Serializer, de, ser};

    use crate::Timestamp;

    pub(super) fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        let text = time.rfc3339().ok_or_else(|| ser::Error::custom("a time is between the years -9999 and 9999"))?;
        serializer.serialize_str(&text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time: jiff::Timestamp = text.parse().map_err(de::Error::custom)?;
        Ok(Timestamp(time.as_millisecond()))
    }
}
