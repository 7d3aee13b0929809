//! What a command costs: wall time, CPU of it and its children, and the memory of the largest of them.
//!
//! The system counts those for all children a process ever had, so each command is run by a process of its own: this program
//! again, as `cargo xtask measured`.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;
use serde::{Deserialize, Serialize};

use super::figure::median;
use crate::checkout::output;

/// The file of a measured command's standard output, in the folder of its measurement.
pub(super) const STDOUT: &str = "stdout";
/// That of its standard error.
const STDERR: &str = "stderr";

/// What one run of a command cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Cost {
    /// From its start to its end, in seconds.
    pub(super) wall: f64,
    /// User and system time of it and of all children it waited for, in seconds.
    pub(super) cpu: f64,
    /// Peak resident memory of the largest single process among them, in MiB.
    pub(super) memory: f64,
    /// Its exit code; `None` if a signal ended it.
    exit: Option<i32>,
}

/// Takes measurements in turns, so that a busy machine is busy for all. The first turn warms the caches and is not counted.
pub(super) fn in_turns<const N: usize>(times: usize, measures: [&dyn Fn() -> Result<Cost>; N]) -> Result<[Costs; N]> {
    let mut costs = std::array::from_fn(|_| Costs::default());
    for turn in 0..=times {
        for (measure, costs) in measures.iter().zip(&mut costs) {
            let cost = measure()?;
            if turn > 0 {
                costs.0.push(cost);
            }
        }
    }
    Ok(costs)
}

/// What several runs of the same cost.
#[derive(Debug, Default)]
pub(super) struct Costs(Vec<Cost>);

impl Costs {
    /// The middle one of a quantity.
    pub(super) fn median(&self, of: &dyn Fn(&Cost) -> f64) -> f64 {
        median(self.0.iter().map(of).collect())
    }
}

/// Runs a command, which must succeed, with its environment and working directory. What it prints is in files of the folder.
pub(super) fn measure(command: &Command, folder: &Path) -> Result<Cost> {
    let mut outer = Command::new(std::env::current_exe().context("this program cannot be found")?);
    outer.arg("measured").arg("--folder").arg(folder).arg("--").arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    if let Some(dir) = command.get_current_dir() {
        outer.current_dir(dir);
    }
    let printed = output(outer.stdin(Stdio::null()))?;
    let cost: Cost = serde_json::from_str(&printed).with_context(|| format!("a measurement is no JSON: {printed}"))?;
    if cost.exit != Some(0) {
        let said = fs::read_to_string(folder.join(STDERR)).unwrap_or_default();
        let program = Path::new(command.get_program()).display();
        match cost.exit {
            Some(code) => bail!("{program} ended with {code}; it said:\n{said}"),
            None => bail!("{program} was ended by a signal; it said:\n{said}"),
        }
    }
    Ok(cost)
}

/// Runs a command as its only child and prints what it cost.
pub(crate) fn measured(folder: &Path, command: &[OsString]) -> Result<()> {
    let [program, arguments @ ..] = command else { bail!("there is nothing to measure") };
    let file = |name| File::create(folder.join(name)).with_context(|| format!("{name} cannot be made in {}", folder.display()));
    let (stdout, stderr) = (file(STDOUT)?, file(STDERR)?);
    let start = Instant::now();
    let status = Command::new(program).args(arguments).stdin(Stdio::null()).stdout(stdout).stderr(stderr).status();
    let wall = start.elapsed().as_secs_f64();
    let status = status.with_context(|| format!("{} cannot be started", program.to_string_lossy()))?;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).context("the system does not say what a child used")?;
    // Linux and the BSDs count KiB, macOS counts bytes.
    let unit = if cfg!(target_os = "macos") { 1024.0 * 1024.0 } else { 1024.0 };
    let cost = Cost {
        wall,
        cpu: seconds(usage.user_time()) + seconds(usage.system_time()),
        memory: usage.max_rss() as f64 / unit,
        exit: status.code(),
    };
    println!("{}", serde_json::to_string(&cost)?);
    Ok(())
}

fn seconds(time: TimeVal) -> f64 {
    time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6
}
