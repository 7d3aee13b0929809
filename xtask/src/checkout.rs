//! The checkout that a chore works on, and the programs it starts there.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// A checkout of the project.
#[derive(Debug)]
pub(crate) struct Checkout {
    root: PathBuf,
}

impl Checkout {
    /// The checkout whose cargo started this program.
    pub(crate) fn find() -> Result<Self> {
        // Cargo sets the variable for the program too; what was compiled in may be another place by now.
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&manifest).parent().context("xtask lies in no checkout")?.to_owned();
        if !root.join("Cargo.lock").is_file() {
            bail!("{} is no checkout of the project: run it as `cargo xtask`", root.display());
        }
        Ok(Self { root })
    }

    /// Its folder, absolute.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The cargo that started this program, in the checkout. What cargo told this program of itself is not passed on.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        command.current_dir(&self.root).stdin(Stdio::null());
        command
    }

    /// Cargo's description of the workspace's own packages.
    pub(crate) fn metadata(&self) -> Result<Value> {
        let mut command = self.cargo();
        command.args(["metadata", "--no-deps", "--format-version", "1"]);
        serde_json::from_str(&output(&mut command)?).context("cargo metadata printed no JSON")
    }
}

/// Runs a command with this program's output; an error if it fails.
pub(crate) fn execute(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{} cannot be started", shown(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

/// Runs a command and returns what it printed; standard error is this program's. An error if it fails.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let result = command.stderr(Stdio::inherit()).output().with_context(|| format!("{} cannot be started", shown(command)))?;
    if !result.status.success() {
        bail!("`{}` failed ({})", shown(command), result.status);
    }
    String::from_utf8(result.stdout).with_context(|| format!("`{}` printed no UTF-8", shown(command)))
}

/// A command as a person would write it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_fails_is_named_with_its_status() {
        let error = execute(Command::new("/bin/sh").args(["-c", "exit 3"])).unwrap_err();
        assert_eq!(error.to_string(), "`sh -c exit 3` failed (exit status: 3)");
        assert_eq!(output(Command::new("/bin/sh").args(["-c", "echo yes"])).unwrap(), "yes\n");
    }
}
