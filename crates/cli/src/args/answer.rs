//! Commands that speak to a run, whoever holds it: `approve`, `reject`, `answer`, `say`, `complete`, `pause`, `cancel`, `retry`, `add`.

use std::path::PathBuf;

use clap::Args;
use conductor_model::TicketId;

use super::values;

/// `conductor approve`.
#[derive(Debug, Args)]
#[command(
    override_usage = "conductor approve [OPTIONS] [RUN] [TICKET]",
    after_help = "\
Without names, what waits is listed with ids and digests. An answer is bound to the digest of what was asked: if the question has
changed meanwhile, it does not count. A worker's own question is answered in words: `conductor answer`.

Examples:
  conductor approve                       what waits
  conductor approve T1                    the question of T1 in the latest run
  conductor approve auth-split-a1b2c3 T1 --digest 3f9a…"
)]
pub(crate) struct ApproveArgs {
    /// The run, the ticket, both or neither
    #[arg(num_args = 0..=2, value_name = "[RUN] [TICKET]")]
    pub(crate) names: Vec<String>,
    /// Which question.
    #[command(flatten)]
    pub(crate) which: WhichArgs,
}

/// Which question is meant, where a ticket's name is not enough, and how a list of them is printed.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct WhichArgs {
    /// The id of the question, as the list shows it
    #[arg(long, value_name = "A")]
    pub(crate) id: Option<u64>,
    /// The digest of what was seen, or how it begins (at least 8 characters): nothing else is answered
    #[arg(long, value_name = "H")]
    pub(crate) digest: Option<String>,
    /// Print the list as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `conductor reject`.
#[derive(Debug, Args)]
#[command(
    override_usage = "conductor reject [OPTIONS] [RUN] [TICKET]",
    after_help = "\
A rejected start ends the ticket until `conductor retry`. A rejected tool call is told to the worker, which goes on. A worker whose
question is rejected decides for itself and says what it assumed.

Examples:
  conductor reject T1 --reason \"not before the release\""
)]
pub(crate) struct RejectArgs {
    /// Which question.
    #[command(flatten)]
    pub(crate) question: ApproveArgs,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) reason: String,
}

/// `conductor answer`.
#[derive(Debug, Args)]
#[command(
    override_usage = "conductor answer [OPTIONS] [[RUN] TICKET TEXT]",
    after_help = "\
Answers what a worker asks; it goes on where it was. Without names, what workers ask is listed with ids and digests.
With --id or --digest no ticket is named: `conductor answer [RUN] --id A TEXT`. `conductor reject` tells the worker that
nobody answers.

TEXT is one argument; `-` reads it from standard input.

Examples:
  conductor answer                        what workers ask
  conductor answer T1 \"the one in auth/token.py\"
  conductor answer auth-split-a1b2c3 T1 - <answer.md"
)]
pub(crate) struct AnswerArgs {
    /// The run (may be left out), the ticket, and the answer; or none of them
    #[arg(num_args = 0..=3, value_name = "[RUN] TICKET TEXT")]
    pub(crate) names: Vec<String>,
    /// Which question.
    #[command(flatten)]
    pub(crate) which: WhichArgs,
}

/// `conductor say`.
#[derive(Debug, Args)]
#[command(
    override_usage = "conductor say [OPTIONS] [RUN] TICKET TEXT",
    after_help = "\
A worker at the ticket reads it before its next turn; so does each attempt that starts later. TEXT is one argument; `-`
reads it from standard input.

Examples:
  conductor say T1 \"leave session.py alone\""
)]
pub(crate) struct SayArgs {
    /// The run (may be left out), the ticket, and the words
    #[arg(required = true, num_args = 2..=3, value_name = "[RUN] TICKET TEXT")]
    pub(crate) names: Vec<String>,
}

/// `conductor complete`.
#[derive(Debug, Args)]
#[command(
    override_usage = "conductor complete [OPTIONS] [RUN] TICKET",
    after_help = "\
The ticket counts as completed on your word, and is shown so wherever it is shown; its check is not run. If a worker is
at it, it is stopped, and what it has changed lands as it stands.

Examples:
  conductor complete T1 --reason \"done by hand in 3f9a\""
)]
pub(crate) struct CompleteArgs {
    /// The run (may be left out) and the ticket
    #[arg(required = true, num_args = 1..=2, value_name = "[RUN] TICKET")]
    pub(crate) names: Vec<String>,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) reason: String,
}

/// `conductor pause`.
#[derive(Debug, Args)]
#[command(after_help = "\
Nothing new starts; attempts that are open go on to their end, and then the run ends with 102. `conductor resume` goes on,
at any time.

RUN is a run's id (or how it begins), a track file (its latest run), or nothing (the latest run).

Examples:
  conductor pause
  conductor pause auth-split-a1b2c3")]
pub(crate) struct PauseArgs {
    /// The run
    pub(crate) run: Option<String>,
}

/// `conductor cancel`.
#[derive(Debug, Args)]
#[command(after_help = "\
Without TICKET, RUN is a run's whole id or a track file (its latest run); with one, how the id begins is enough.

Examples:
  conductor cancel track.json T1 --reason \"no longer needed\"
  conductor cancel auth-split-a1b2c3      every ticket that is not final")]
pub(crate) struct CancelArgs {
    /// The run
    pub(crate) run: String,
    /// The ticket; without it, every ticket that is not final
    #[arg(value_parser = values::ticket)]
    pub(crate) ticket: Option<TicketId>,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) reason: String,
}

/// `conductor retry`.
#[derive(Debug, Args)]
#[command(
    override_usage = "conductor retry [OPTIONS] [RUN] [TICKET]",
    after_help = "\
The ticket and those it made unreachable are open again; `conductor resume` goes on with them. RUN without a ticket: every
blocked, rejected or cancelled one.

Examples:
  conductor retry T1 --note \"the API is called v2 now\"
  conductor retry auth-split-a1b2c3"
)]
pub(crate) struct RetryArgs {
    /// The run, the ticket, or both
    #[arg(required = true, num_args = 1..=2, value_name = "[RUN] [TICKET]")]
    pub(crate) names: Vec<String>,
    /// A word for the next attempt
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<String>,
}

/// `conductor add`.
#[derive(Debug, Args)]
#[command(after_help = "\
FILE is a list of tickets, or a track of which only the tickets count. They may depend on each other and on tickets of the run, and
have ids of their own. Paths count from the run's directory.

RUN is a run's id (or how it begins) or a track file (its latest run).

Examples:
  conductor add track.json more.json
  conductor add auth-split-a1b2c3 more.json")]
pub(crate) struct AddArgs {
    /// The run
    pub(crate) run: String,
    /// The file with the tickets
    pub(crate) file: PathBuf,
}
