//! From a tool's name and the JSON that a model wrote to a typed call, or to an error that tells the model what is wrong.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use thiserror::Error;

use super::{
    DefinitionArguments, EditArguments, Finish, ListArguments, Outcome, ReadArguments, RunArguments, SearchArguments,
    SymbolsArguments, WriteArguments,
    specs::{names, parameters},
};

/// The most of a model's own words that an error repeats, in bytes.
const MAX_REPEATED: usize = 400;

/// One call of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolCall {
    /// The lines of a file.
    Read(ReadArguments),
    /// What a directory holds.
    List(ListArguments),
    /// The lines that match.
    Search(SearchArguments),
    /// The definitions of a file.
    Symbols(SymbolsArguments),
    /// The source of a definition.
    Definition(DefinitionArguments),
    /// A replacement in a file.
    Edit(EditArguments),
    /// A whole file.
    Write(WriteArguments),
    /// A shell command.
    Run(RunArguments),
    /// The end of the attempt, as the worker sees it.
    Finish(Finish),
}

/// A call that cannot be carried out as it was written. The message is for the model.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ArgumentError {
    /// No tool has this name.
    #[error("there is no tool `{name}`; the tools are {}{}", names().join(", "), did_you_mean(.nearest.as_deref()))]
    UnknownTool {
        /// The name, shortened if it is long.
        name: String,
        /// The tool whose name is most like it.
        nearest: Option<String>,
    },
    /// The arguments do not fit the tool.
    #[error("the arguments of `{tool}` are not valid: {reason}; they must fit {schema}")]
    Invalid {
        /// The tool.
        tool: &'static str,
        /// What is wrong.
        reason: String,
        /// The JSON Schema of its arguments.
        schema: String,
    },
}

impl ToolCall {
    /// Reads a call. Arguments of `null` count as none given.
    pub fn parse(name: &str, arguments: &Value) -> Result<Self, ArgumentError> {
        match name {
            "read" => typed("read", arguments).map(Self::Read),
            "list" => typed("list", arguments).map(Self::List),
            "search" => typed("search", arguments).map(Self::Search),
            "symbols" => typed("symbols", arguments).map(Self::Symbols),
            "definition" => typed("definition", arguments).map(Self::Definition),
            "edit" => typed("edit", arguments).map(Self::Edit),
            "write" => typed("write", arguments).map(Self::Write),
            "run" => typed("run", arguments).map(Self::Run),
            "finish" => typed("finish", arguments).and_then(asks_something).map(Self::Finish),
            _ => Err(unknown(name)),
        }
    }

    /// The tool's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Read(_) => "read",
            Self::List(_) => "list",
            Self::Search(_) => "search",
            Self::Symbols(_) => "symbols",
            Self::Definition(_) => "definition",
            Self::Edit(_) => "edit",
            Self::Write(_) => "write",
            Self::Run(_) => "run",
            Self::Finish(_) => "finish",
        }
    }

    /// Whether it needs the ticket's tree: every tool but `finish`.
    pub fn touches_files(&self) -> bool {
        match self {
            Self::Read(_)
            | Self::List(_)
            | Self::Search(_)
            | Self::Symbols(_)
            | Self::Definition(_)
            | Self::Edit(_)
            | Self::Write(_)
            | Self::Run(_) => true,
            Self::Finish(_) => false,
        }
    }

    /// Whether it can change something, so that its record must be durable before it starts: `edit`, `write`, `run`.
    pub fn has_effects(&self) -> bool {
        match self {
            Self::Edit(_) | Self::Write(_) | Self::Run(_) => true,
            Self::Read(_) | Self::List(_) | Self::Search(_) | Self::Symbols(_) | Self::Definition(_) | Self::Finish(_) => false,
        }
    }
}

fn typed<T: DeserializeOwned>(tool: &'static str, arguments: &Value) -> Result<T, ArgumentError> {
    let none = Value::Object(Map::new());
    let arguments = match arguments {
        Value::Object(_) => arguments,
        Value::Null => &none,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            return Err(invalid(tool, "they are not an object".to_owned()));
        }
    };
    T::deserialize(arguments).map_err(|error| invalid(tool, shortened(&error.to_string())))
}

/// A person can answer only what is asked.
fn asks_something(finish: Finish) -> Result<Finish, ArgumentError> {
    if finish.outcome == Outcome::Question && finish.summary.trim().is_empty() {
        return Err(invalid("finish", "the question is empty".to_owned()));
    }
    Ok(finish)
}

fn invalid(tool: &'static str, reason: String) -> ArgumentError {
    ArgumentError::Invalid { tool, reason, schema: parameters(tool).to_string() }
}

fn unknown(name: &str) -> ArgumentError {
    let like = |tool: &&str| strsim::damerau_levenshtein(tool, &shortened(name)) <= 2;
    let nearest = names().into_iter().find(like).map(str::to_owned);
    ArgumentError::UnknownTool { name: shortened(name), nearest }
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

fn shortened(text: &str) -> String {
    if text.len() <= MAX_REPEATED {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(MAX_REPEATED)])
}
