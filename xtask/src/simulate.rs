//! `cargo xtask simulate`: the engine's simulation on as many seeds as somebody wants, in release.
//!
//! The simulation itself is a test target of `dag`; which seeds it takes it reads from one variable.

use std::io::{BufRead as _, BufReader};
use std::ops::Range;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::checkout::{Checkout, shown};

/// What the simulation reads.
const SEEDS: &str = "CONDUCTOR_SIMULATION";
/// Of the tests of the target, those that take seeds.
const TESTS: &str = "every_seed";

/// A seed, and the first line of what it says of the rule it breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) seed: u64,
    pub(crate) rule: String,
}

/// Runs seeds; an error names the first that breaks a rule, and how to run it again.
pub(crate) fn run(checkout: &Checkout, seeds: &Range<u64>) -> Result<()> {
    let mut cargo = checkout.cargo();
    cargo.args(["test", "--release", "--locked"]);
    match simulate(&mut cargo, seeds, true)? {
        None => println!("{} seeds green", seeds.end - seeds.start),
        Some(Broken { seed, rule }) => bail!("seed {seed} breaks a rule: {rule}; again: cargo xtask simulate --seed {seed}"),
    }
    Ok(())
}

/// Runs the simulation by a `cargo test` without its package and target, and passes on what it prints if somebody wants to read it.
pub(crate) fn simulate(cargo: &mut Command, seeds: &Range<u64>, to_be_read: bool) -> Result<Option<Broken>> {
    cargo.args(["--package", "conductor-dag", "--test", "simulation", "--", TESTS, "--nocapture"]);
    cargo.env(SEEDS, format!("{}..{}", seeds.start, seeds.end)).env("RUST_BACKTRACE", "0").stdout(Stdio::piped());
    if !to_be_read {
        cargo.stderr(Stdio::null());
    }
    let mut child = cargo.spawn().context("cargo cannot be started")?;
    let lines = child.stdout.take().context("cargo has no standard output")?;
    let mut broken = None;
    for line in BufReader::new(lines).lines() {
        let line = line.context("what the simulation prints cannot be read")?;
        broken = broken.or_else(|| read_broken(&line));
        if to_be_read && !is_of_the_harness(&line) {
            println!("{line}");
        }
    }
    let status = child.wait().context("cargo cannot be waited for")?;
    if broken.is_none() && !status.success() {
        bail!("`{}` failed ({status}), and no seed broke a rule", shown(cargo));
    }
    Ok(broken)
}

fn read_broken(line: &str) -> Option<Broken> {
    let (seed, rule) = line.strip_prefix("seed ")?.split_once(" breaks a rule: ")?;
    Some(Broken { seed: seed.parse().ok()?, rule: rule.to_owned() })
}

/// What every test prints.
fn is_of_the_harness(line: &str) -> bool {
    line.is_empty() || ["running ", "test ", "failures:", "    scripts::"].iter().any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_and_the_rule_are_read_from_what_the_simulation_prints() {
        let broken = Broken { seed: 17, rule: "ids count up".to_owned() };
        assert_eq!(read_broken("seed 17 breaks a rule: ids count up"), Some(broken));
        assert_eq!(read_broken("seed 17 is green"), None);
    }

    #[test]
    fn only_the_script_is_passed_on() {
        let printed = [
            "",
            "running 4 tests",
            "500 of 10000 seeds green",
            "     1000 Start",
            "          = {}",
            "test scripts::every_seed_holds_the_rules_first_part ... ok",
        ];
        let shown: Vec<&str> = printed.into_iter().filter(|line| !is_of_the_harness(line)).collect();
        assert_eq!(shown, ["500 of 10000 seeds green", "     1000 Start", "          = {}"]);
    }
}
