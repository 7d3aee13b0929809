//! What a ticket of a track costs the engine, as the example `drain` of `conductor-dag` measures it.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::Bench;
use crate::checkout::output;

/// CPU a ticket, in microseconds.
#[derive(Debug, Deserialize)]
pub(super) struct Drained {
    pub(super) counters: f64,
    pub(super) heap: f64,
    /// The order alone.
    pub(super) plan: f64,
    pub(super) engine: f64,
}

impl Drained {
    pub(super) fn measure(bench: &Bench<'_>, track: &Path) -> Result<Self> {
        let printed = output(Command::new(bench.example("conductor-dag", "drain")?).arg(track))?;
        serde_json::from_str(&printed).with_context(|| format!("the costs are no JSON: {printed}"))
    }
}
