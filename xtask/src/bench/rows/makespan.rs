//! How close a run comes to the least time its graph and its slots allow.

use std::process::Command;

use anyhow::{Context as _, Result};
use fastrand::Rng;
use serde::Deserialize;

use super::super::figure::{Figure, Unit, median};
use super::super::graph::{Graph, Shape};
use super::super::{Bench, Row};
use crate::checkout::output;

pub(super) const ROW: Row = Row {
    name: "makespan",
    title: "makespan ÷ max(critical path, work ÷ slots), the engine in virtual time, 8 slots; 100 seeds: layered graphs of 100 to 1,000 tickets \
            whose durations have heavy tails, half log-normal (σ = 1), half Pareto (α = 1.5). Known: durations of an earlier run. Beside it the \
            same tickets wave by wave, and in file order",
    run,
};

const SEEDS: u64 = 100;
const JOBS: &str = "8";

/// What the example `makespan` of `conductor-dag` says of one track.
#[derive(Debug, Deserialize)]
struct Ratios {
    known: f64,
    unknown: f64,
    file_order: f64,
    waves: f64,
}

fn run(bench: &Bench<'_>) -> Result<Vec<Figure>> {
    let home = tempfile::tempdir().context("no folder can be made to work in")?;
    let mut command = Command::new(bench.example("conductor-dag", "makespan")?);
    command.arg(JOBS);
    for seed in 0..SEEDS {
        let track = home.path().join(format!("{seed}.json"));
        let mut rng = Rng::with_seed(seed);
        let count = rng.usize(100..=1_000);
        let ms: Vec<u64> = (0..count).map(|_| duration(&mut rng, seed)).collect();
        Graph::new(Shape::Layered, count, seed).write_track(&track, &ms)?;
        command.arg(track);
    }
    let printed = output(&mut command)?;
    let all: Vec<Ratios> = serde_json::from_str(&printed).with_context(|| format!("the ratios are no JSON: {printed}"))?;
    let figure = |what, goal, at: &dyn Fn(Vec<f64>) -> f64, of: &dyn Fn(&Ratios) -> f64| {
        let at = |of: &dyn Fn(&Ratios) -> f64| at(all.iter().map(of).collect());
        let beside = vec![("wave by wave", at(&|one| one.waves)), ("file order", at(&|one| one.file_order))];
        Figure { what, unit: Unit::Times, ours: at(of), goal, beside }
    };
    let in_file_order = median(all.iter().map(|one| one.file_order).collect());
    Ok(vec![
        figure("known, 90th percentile", 1.05, &|ratios| percentile(ratios, 90), &|one| one.known),
        figure("known, worst", 1.25, &|ratios| percentile(ratios, 100), &|one| one.known),
        figure("unknown, median", f64::min(1.10, in_file_order), &median, &|one| one.unknown),
    ])
}

/// Of one ticket, in milliseconds; a median of about a minute.
fn duration(rng: &mut Rng, seed: u64) -> u64 {
    let open = |rng: &mut Rng| 1.0 - rng.f64();
    let minutes = if seed.is_multiple_of(2) {
        let normal = (-2.0 * open(rng).ln()).sqrt() * (std::f64::consts::TAU * rng.f64()).cos();
        normal.exp()
    } else {
        0.63 * open(rng).powf(-1.0 / 1.5)
    };
    // More than a month is no ticket.
    (minutes * 60_000.0).clamp(1.0, 3e9) as u64
}

/// The least of which so many of a hundred are not larger.
fn percentile(mut ratios: Vec<f64>, percent: usize) -> f64 {
    ratios.sort_by(f64::total_cmp);
    let at = (ratios.len() * percent).div_ceil(100).saturating_sub(1);
    ratios.get(at).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let ratios: Vec<f64> = (1..=20).rev().map(f64::from).collect();
        assert_eq!((percentile(ratios.clone(), 90), percentile(ratios.clone(), 91), percentile(ratios, 100)), (18.0, 19.0, 20.0));
        assert!(percentile(Vec::new(), 90).is_nan());
    }

    #[test]
    fn durations_have_a_median_of_a_minute_and_a_long_tail() {
        for seed in [0, 1] {
            let mut rng = Rng::with_seed(seed);
            let durations: Vec<f64> = (0..10_001).map(|_| duration(&mut rng, seed) as f64 / 60_000.0).collect();
            let (middle, longest) = (median(durations.clone()), percentile(durations, 100));
            assert!((0.95..1.05).contains(&middle) && longest > 20.0, "seed {seed}: {middle}, {longest}");
        }
    }
}
