//! `cargo xtask judge`: CPython's own parser judges the views of its whole standard library, and of mutants of it, in release.
//!
//! The judge is a test target of `context`; whose library and how much of it reads from two variables. A folder of files that are
//! judged wrong is left and named.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::args::JudgeArgs;
use crate::checkout::{Checkout, execute};

/// Runs the judge; an error if a view is wrong.
pub(crate) fn run(checkout: &Checkout, args: &JudgeArgs) -> Result<()> {
    let default = [PathBuf::from("python3")];
    let pythons = if args.pythons.is_empty() { &default } else { args.pythons.as_slice() };
    let pythons = std::env::join_paths(pythons).context("the path of an interpreter has a colon")?;
    let seeds = format!("{}..{}", args.seed, args.seed.saturating_add(args.mutants));
    let mut cargo = checkout.cargo();
    cargo.args(["test", "--release", "--locked", "--package", "conductor-context", "--test", "python_judge", "--", "--nocapture"]);
    execute(cargo.env("CONDUCTOR_JUDGE_PYTHONS", pythons).env("CONDUCTOR_JUDGE_SEEDS", seeds).env("RUST_BACKTRACE", "0"))
}
