//! What proves that a ticket is completed. `Completed` cannot be said without one of these.

use serde::{Deserialize, Serialize};

use crate::Digest;

/// How much a ticket changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffStat {
    /// Changed files.
    pub files: u64,
    /// Added lines.
    pub insertions: u64,
    /// Removed lines.
    pub deletions: u64,
    /// The changed paths below the ticket's root, sorted; at most 1,000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
}

/// One line of a check, run by us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandResult {
    /// The shell line.
    pub command: String,
    /// How it ended: `exit 0`, `exit 1`, `signal 9`, `timed out`.
    pub exit: String,
    /// The digest of what was kept of its output: head and tail, at most 64 KiB together.
    pub output: Digest,
}

/// Why a ticket counts as completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Evidence {
    /// Our own run of the ticket's check in its tree passed.
    Checked {
        /// Every line of the check, in order.
        commands: Vec<CommandResult>,
        /// The git tree that was checked, where there is git.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tree: Option<String>,
        /// What was changed.
        diff: DiffStat,
    },
    /// The ticket has no check; shown as unverified wherever it is shown.
    Unverified {
        /// What was changed.
        diff: DiffStat,
    },
    /// The track file says that it was completed before this run.
    Declared,
    /// A person vouches for it; no check was run.
    Vouched {
        /// What they said; may be empty.
        reason: String,
        /// What its open attempt had changed, all of which lands; nothing where none was open.
        diff: DiffStat,
    },
}
