//! Commands about files rather than runs: `check`, `show`, `graph`, `context`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `conductor check`.
#[derive(Debug, Args)]
#[command(after_help = "\
Every mistake is listed at once, each with its place and a fix. Exit 0, 65 (mistakes) or 66 (not there).

Examples:
  conductor check track.json
  conductor check track.json --json | jq '.[] | .line'")]
pub(crate) struct CheckArgs {
    /// The track file
    pub(crate) track: PathBuf,
    /// Print the mistakes and warnings as a JSON list on standard output
    #[arg(long)]
    pub(crate) json: bool,
}

/// `conductor show`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  conductor show track.json T1
  conductor show track.json T1 --json | jq -r .prompt")]
pub(crate) struct ShowArgs {
    /// The track file
    pub(crate) track: PathBuf,
    /// The ticket's id
    pub(crate) ticket: String,
    /// Print system text, prompt, files and estimated tokens as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `conductor graph`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  conductor graph track.json
  conductor graph auth-split-a1b2c3      a run's graph, with where each ticket stands
  conductor graph --format svg > run.svg of the latest run")]
pub(crate) struct GraphArgs {
    /// A track file, or a run
    pub(crate) what: Option<String>,
    /// The form
    #[arg(long, value_enum, default_value_t = GraphFormat::Text)]
    pub(crate) format: GraphFormat,
}

/// Forms of a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// For people and terminals.
    Text,
    /// For Markdown.
    Mermaid,
    /// For Graphviz.
    Dot,
    /// A picture.
    Svg,
}

/// `conductor context`.
#[derive(Debug, Args)]
#[command(after_help = "\
For one file exactly the view's bytes are printed, nothing else; several files are headed by their names.

A map shows the signatures that matter most in a folder, never more than the tokens that are given. What the text of --for
names (`Session.refresh`, auth.py, parse_header) comes first. What was learnt of files is kept by their content, in the
folder's .conductor if it has one, else in the user's cache.

Examples:
  conductor context auth.py --view skeleton
  conductor context auth.py session.py --view curated --keep Session.refresh
  conductor context --map src --tokens 4000 --for 'Session.refresh drops the token'")]
pub(crate) struct ContextArgs {
    /// The files
    #[arg(required_unless_present = "map", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// How much of each file: full, curated, skeleton or outline
    #[arg(long, value_name = "VIEW", default_value = "skeleton")]
    pub(crate) view: String,
    /// Names whose bodies a curated view keeps
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) keep: Vec<String>,
    /// Print a map of a folder; this one, unless named
    #[arg(long, value_name = "DIR", num_args = 0..=1, default_missing_value = ".", conflicts_with_all = ["files", "view", "keep"])]
    pub(crate) map: Option<PathBuf>,
    /// The most tokens of a map
    #[arg(long, value_name = "N", default_value_t = 4000, conflicts_with = "files")]
    pub(crate) tokens: u64,
    /// What a map is for: a text whose names and paths come first
    #[arg(long = "for", value_name = "TEXT", requires = "map", conflicts_with = "files")]
    pub(crate) purpose: Option<String>,
    /// Print every file of a map with its score and the reasons for it
    #[arg(long, requires = "map", conflicts_with = "files")]
    pub(crate) json: bool,
}
