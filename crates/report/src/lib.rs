//! How a run is shown: status, summaries, graphs and logs as text, and the snapshot as JSON.
//!
//! Events and a run's state go in, text comes out: the same journal gives the same bytes. All text is safe to print: what came
//! from models, files and people is escaped. Deliberately absent: the terminal, colours, clocks and files.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod critical;
mod earlier;
mod graph;
mod history;
mod layout;
mod logs;
mod plan;
mod safe_json;
mod shell_word;
mod snapshot;
mod status;
mod summary;
mod usages;
mod view;

#[cfg(test)]
mod stage;

pub use critical::{CriticalPath, critical_path};
pub use earlier::{Earlier, EarlierRun, PaidCall, Took};
pub use graph::{dot, graph, mermaid, state_word, svg};
pub use history::History;
pub use layout::counted;
pub use logs::{Logs, RESULT_SHOWN, cut};
pub use plan::{PlanView, PricedPlan, PromptSize};
pub use safe_json::safe_json;
pub use shell_word::shell_word;
pub use snapshot::{Progress, QuestionSnapshot, Snapshot, TicketSnapshot, TierUsage, TrackName, snapshot};
pub use status::status;
pub use summary::summary;
pub use usages::{Usages, Used};
pub use view::RunView;
