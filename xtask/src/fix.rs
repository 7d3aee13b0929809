//! `cargo xtask fix`: what tools can repair.

use anyhow::Result;

use crate::checkout::{Checkout, execute};
use crate::fuzz::FUZZ;

/// Applies clippy's own repairs, then formats.
pub(crate) fn run(checkout: &Checkout) -> Result<()> {
    let mut clippy = checkout.cargo();
    clippy.args(["clippy", "--workspace", "--all-targets", "--fix", "--allow-dirty", "--allow-staged"]);
    execute(&mut clippy)?;
    execute(checkout.cargo().args(["fmt", "--all"]))?;
    execute(checkout.cargo().args(["fmt", "--manifest-path", FUZZ]))
}
