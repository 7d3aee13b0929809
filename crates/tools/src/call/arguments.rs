//! The arguments of each tool. Paths are relative to the ticket's root; an absent option and `null` are the same.

use serde::{Deserialize, Deserializer, Serialize, de};

/// Of `read`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadArguments {
    /// The file.
    pub path: String,
    /// The first line wanted, from 1.
    #[serde(default, deserialize_with = "whole_number", skip_serializing_if = "Option::is_none")]
    pub start_line: Option<u64>,
    /// The last line wanted.
    #[serde(default, deserialize_with = "whole_number", skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u64>,
}

/// Of `list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListArguments {
    /// The directory; the root if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How many levels deep, from 1.
    #[serde(default, deserialize_with = "whole_number", skip_serializing_if = "Option::is_none")]
    pub depth: Option<u64>,
}

/// Of `search`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchArguments {
    /// A regular expression, matched against each line.
    pub pattern: String,
    /// The file or directory to search; the root if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Only files whose name (or path below the root, if it has a slash) matches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub glob: Option<String>,
}

/// Of `symbols`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SymbolsArguments {
    /// The file.
    pub path: String,
    /// The first line that is looked at, from 1.
    #[serde(default, deserialize_with = "whole_number", skip_serializing_if = "Option::is_none")]
    pub start_line: Option<u64>,
}

/// Of `definition`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefinitionArguments {
    /// The name, with as many of those around it as are known.
    pub name: String,
    /// The file or directory to look in; the root if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// Of `edit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditArguments {
    /// The file.
    pub path: String,
    /// The text to replace, exactly as it stands there.
    pub old: String,
    /// What comes in its place.
    pub new: String,
    /// Replace every place where it stands; otherwise there must be exactly one.
    #[serde(default, deserialize_with = "flag")]
    pub all: bool,
}

/// Of `write`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteArguments {
    /// The file.
    pub path: String,
    /// All of its content.
    pub content: String,
}

/// Of `run`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunArguments {
    /// A line for `sh -c`.
    pub command: String,
    /// How many seconds it may take, within the limit of the toolbox.
    #[serde(default, deserialize_with = "whole_number", skip_serializing_if = "Option::is_none")]
    pub timeout_s: Option<u64>,
}

/// Of `finish`: the worker says that it is done, that it cannot go on, or that it needs an answer first. What follows is the caller's
/// to decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finish {
    /// Which of them.
    pub outcome: Outcome,
    /// What was done, why it cannot go on, or the question.
    pub summary: String,
}

/// What a worker says of its ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It believes that the ticket is done.
    Completed,
    /// It cannot go on.
    Blocked,
    /// It needs to know something from a person, and goes on with the answer.
    Question,
}

/// A count. Some providers' arguments know no integers, so `3.0` counts as 3.
fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let Some(number) = Option::<serde_json::Number>::deserialize(deserializer)? else { return Ok(None) };
    let whole = number.as_u64().or_else(|| {
        let float = number.as_f64()?;
        // Every whole number below 2^53 is exact as a float.
        (float.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&float)).then_some(float as u64)
    });
    whole.map(Some).ok_or_else(|| de::Error::custom(format_args!("invalid number {number}, expected a whole number from 0 on")))
}

fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::<bool>::deserialize(deserializer)?.unwrap_or(false))
}
