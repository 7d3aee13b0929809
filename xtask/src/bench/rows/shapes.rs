//! Graphs of extreme shapes: twice as many tickets take about twice as long.

use std::process::Command;

use anyhow::{Context as _, Result};

use super::super::drained::Drained;
use super::super::figure::{Figure, Unit};
use super::super::graph::{Graph, Shape};
use super::super::measure::{in_turns, measure};
use super::super::{Bench, Row};

pub(super) const ROW: Row = Row {
    name: "shapes",
    title: "chain, fan (one ticket waits for all others) and binary tree of 200,000 tickets; CPU a ticket of `conductor check`, of the order \
            alone and of the whole engine. Beside it the same of 100,000: what is linear has a ratio of about 1, what is quadratic one of 2; \
            median of 3",
    run,
};

const TICKETS: usize = 200_000;
const TIMES: usize = 3;
/// Of what a ticket costs among half as many: more than caches account for.
const GOAL: f64 = 1.5;

const SHAPES: [(Shape, [&str; 3]); 3] = [
    (Shape::Chain, ["chain, check", "chain, order alone", "chain, whole engine"]),
    (Shape::Fan, ["fan, check", "fan, order alone", "fan, whole engine"]),
    (Shape::Tree, ["tree, check", "tree, order alone", "tree, whole engine"]),
];

fn run(bench: &Bench<'_>) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (shape, names) in SHAPES {
        let (half, all) = (costs(bench, shape, TICKETS / 2)?, costs(bench, shape, TICKETS)?);
        figures.extend(names.into_iter().zip(half.into_iter().zip(all)).map(|(what, (half, ours))| {
            let beside = vec![("of 100,000", half)];
            Figure { what, unit: Unit::Microseconds, ours, goal: GOAL * half, beside }
        }));
    }
    Ok(figures)
}

/// Microseconds a ticket: `check`, the order alone, the whole engine.
fn costs(bench: &Bench<'_>, shape: Shape, count: usize) -> Result<[f64; 3]> {
    let home = tempfile::tempdir().context("no folder can be made to work in")?;
    let track = home.path().join("track.json");
    Graph::new(shape, count, 1).write_track(&track, &[])?;
    let [check] = in_turns(TIMES, [&|| measure(Command::new(&bench.conductor).arg("check").arg(&track), home.path())])?;
    let drained = Drained::measure(bench, &track)?;
    Ok([check.median(&|cost| cost.cpu * 1e6 / count as f64), drained.plan, drained.engine])
}
