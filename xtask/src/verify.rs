//! `cargo xtask verify`: all that must hold before a change is merged. It writes nothing but `target/`.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::checkout::{Checkout, execute};
use crate::fuzz::FUZZ;
use crate::{mutants, test, tidy};

/// One step: its name, what it does, and what to do when it fails.
struct Step {
    name: &'static str,
    run: fn(&Checkout) -> Result<()>,
    remedy: &'static str,
}

const STEPS: [Step; 7] = [
    Step { name: "fmt", run: format, remedy: "run `cargo xtask fix`" },
    Step {
        name: "clippy",
        run: clippy,
        remedy: "run `cargo xtask fix` for what clippy can repair itself; the rest is yours. A broken rule is never silenced \
                 without a reason in the attribute",
    },
    Step { name: "tidy", run: tidy, remedy: "each line above says what and where; the rules are those of CONTRIBUTING.md" },
    Step { name: "doc", run: doc, remedy: "run `cargo doc --no-deps --workspace` and repair what it warns of" },
    Step {
        name: "run",
        run: start,
        remedy: "`cargo run -- …` is how the README starts the product: one binary among the default members, no more",
    },
    Step { name: "test", run: test, remedy: "run the failing test alone with `cargo xtask test -p PACKAGE TEST_NAME`" },
    Step {
        name: "mutants",
        run: mutants,
        remedy: "a patch that does not apply or build is made again; one that is not noticed lacks a rule in crates/dag/tests/simulation",
    },
];

/// Runs the steps in order up to the first that fails, each with its time.
pub(crate) fn run(checkout: &Checkout) -> Result<()> {
    let mut times: Vec<(&str, Duration)> = Vec::new();
    for step in &STEPS {
        println!("verify: {} …", step.name);
        let start = Instant::now();
        let done = (step.run)(checkout);
        let time = start.elapsed();
        done.with_context(|| format!("verify stopped at `{}` after {:.1} s; {}", step.name, time.as_secs_f64(), step.remedy))?;
        println!("verify: {} holds ({:.1} s)", step.name, time.as_secs_f64());
        times.push((step.name, time));
    }
    let shown: Vec<String> = times.iter().map(|(name, time)| format!("{name} {:.1} s", time.as_secs_f64())).collect();
    println!("verify: all holds: {}", shown.join(", "));
    Ok(())
}

fn format(checkout: &Checkout) -> Result<()> {
    execute(checkout.cargo().args(["fmt", "--all", "--check"]))?;
    execute(checkout.cargo().args(["fmt", "--manifest-path", FUZZ, "--check"]))
}

fn clippy(checkout: &Checkout) -> Result<()> {
    execute(checkout.cargo().args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
}

fn tidy(checkout: &Checkout) -> Result<()> {
    tidy::run(checkout, false)
}

fn start(checkout: &Checkout) -> Result<()> {
    execute(checkout.cargo().args(["run", "--quiet", "--locked", "--", "--version"]))
}

fn test(checkout: &Checkout) -> Result<()> {
    test::run(checkout, &[])
}

fn mutants(checkout: &Checkout) -> Result<()> {
    mutants::run(checkout, &[])
}

fn doc(checkout: &Checkout) -> Result<()> {
    execute(checkout.cargo().args(["doc", "--no-deps", "--workspace", "--locked"]).env("RUSTDOCFLAGS", "-D warnings"))
}
