//! What a view costs beside the parse that it needs.

use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::super::figure::{Figure, Unit};
use super::super::{Bench, Row};
use crate::checkout::output;
use crate::provision::provide_compared;

pub(super) const ROW: Row = Row {
    name: "skeletons",
    title: "skeletons of every file of Python's standard library, held in memory. Beside them tree-sitter's parse alone, with one parser for \
            all files, and the same on one thread; median of 7",
    run,
};

/// Of the parse alone.
const GOAL: f64 = 1.05;
/// How many times as fast two threads are as one.
const GOAL_OF_TWO: f64 = 1.9;

/// Seconds, as the example `skeletons` of `conductor-context` measures them.
#[derive(Debug, Deserialize)]
struct Costs {
    parse: f64,
    skeletons: f64,
    one_thread: f64,
    two_threads: f64,
}

fn run(bench: &Bench<'_>) -> Result<Vec<Figure>> {
    let python = provide_compared(bench.checkout)?.join("python");
    let library = output(Command::new(python).args(["-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"]))?;
    let printed = output(Command::new(bench.example("conductor-context", "skeletons")?).arg(library.trim()))?;
    let costs: Costs = serde_json::from_str(&printed).with_context(|| format!("the costs are no JSON: {printed}"))?;
    let figure = |what, ours, goal, beside| Figure { what, unit: Unit::Seconds, ours, goal, beside: vec![beside] };
    Ok(vec![
        figure("CPU", costs.skeletons, GOAL * costs.parse, ("parse alone", costs.parse)),
        figure("wall, two threads", costs.two_threads, costs.one_thread / GOAL_OF_TWO, ("one thread", costs.one_thread)),
    ])
}
