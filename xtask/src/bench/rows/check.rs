//! What it costs to find everything that can be wrong with a million tickets.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::super::figure::{Figure, Unit};
use super::super::graph::{Graph, Shape};
use super::super::measure::{Cost, in_turns, measure};
use super::super::{Bench, Row};
use crate::provision::provide_compared;

pub(super) const ROW: Row = Row {
    name: "check",
    title: "`conductor check` of 1,000,000 layered tickets, whole process; beside it Python's json.load of the same file, serde_json into \
            plain structs, and json.load with graphlib's static_order; median of 3",
    run,
};

const TICKETS: usize = 1_000_000;
const TIMES: usize = 3;
/// Of json.load's time.
const GOAL: f64 = 0.45;
/// A billion bytes, in MiB.
const GIGABYTE: f64 = 1e9 / 1_048_576.0;

const LOAD: &str = "import json, sys; tickets = json.load(open(sys.argv[1]))";
const ORDER: &str = "import json, sys, graphlib; tickets = json.load(open(sys.argv[1])); \
                     list(graphlib.TopologicalSorter({t['id']: t['depends_on'] for t in tickets}).static_order())";

fn run(bench: &Bench<'_>) -> Result<Vec<Figure>> {
    let python = provide_compared(bench.checkout)?.join("python");
    let serde = bench.example("conductor-model", "read_json")?;
    let home = tempfile::tempdir().context("no folder can be made to work in")?;
    let track = home.path().join("track.json");
    Graph::new(Shape::Layered, TICKETS, 1).write_track(&track, &[])?;
    let of = |program: &Path, arguments: &[&str]| measure(Command::new(program).args(arguments).arg(&track), home.path());
    let [ours, load, serde, graphlib] = in_turns(
        TIMES,
        [&|| of(&bench.conductor, &["check"]), &|| of(&python, &["-c", LOAD]), &|| of(&serde, &[]), &|| {
            of(&python, &["-c", ORDER])
        }],
    )?;
    let figure = |what, unit, goal, of: &dyn Fn(&Cost) -> f64| {
        let beside = vec![("json.load", load.median(of)), ("serde_json", serde.median(of)), ("graphlib", graphlib.median(of))];
        Figure { what, unit, ours: ours.median(of), goal, beside }
    };
    Ok(vec![
        figure("CPU", Unit::Seconds, GOAL * load.median(&|cost| cost.cpu), &|cost| cost.cpu),
        figure("wall", Unit::Seconds, GOAL * load.median(&|cost| cost.wall), &|cost| cost.wall),
        figure("peak memory", Unit::Mebibytes, GIGABYTE, &|cost| cost.memory),
    ])
}
