//! What it costs to plan a hundred thousand tickets without carrying them out.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use super::super::figure::{Figure, Unit};
use super::super::graph::{Graph, Shape};
use super::super::measure::{Cost, in_turns, measure};
use super::super::{Bench, Row};
use crate::provision::provide_compared;

pub(super) const ROW: Row = Row {
    name: "dry-run",
    title: "`conductor run --dry-run` of 100,000 layered tickets, whole process; beside it `make -n` and `ninja -n` on the same graph; \
            median of 5",
    run,
};

const TICKETS: usize = 100_000;
const TIMES: usize = 5;
/// Of make's memory.
const GOAL: f64 = 2.0;

fn run(bench: &Bench<'_>) -> Result<Vec<Figure>> {
    let ninja = provide_compared(bench.checkout)?.join("ninja");
    let make = Command::new("make").arg("--version").stdout(Stdio::null()).status();
    ensure!(make.is_ok_and(|status| status.success()), "it needs GNU make, which cannot be started");
    let home = tempfile::tempdir().context("no folder can be made to work in")?;
    let file = |name| home.path().join(name);
    let graph = Graph::new(Shape::Layered, TICKETS, 1);
    graph.write_track(&file("track.json"), &[])?;
    graph.write_makefile(&file("Makefile"))?;
    graph.write_ninja(&file("build.ninja"))?;
    fs::write(file("config.toml"), "[providers.local]\nkind = \"openai\"\nbase_url = \"http://127.0.0.1:9/v1\"\n")?;
    let of = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(home.path()).env("HOME", home.path()).env("XDG_CONFIG_HOME", home.path());
        measure(&command, home.path())
    };
    let dry_run = ["--config", "config.toml", "run", "--dry-run", "--models", "local/test", "track.json"];
    let [ours, make, ninja] =
        in_turns(TIMES, [&|| of(&bench.conductor, &dry_run), &|| of(Path::new("make"), &["-n"]), &|| of(&ninja, &["-n"])])?;
    let figure = |what, unit, share, of: &dyn Fn(&Cost) -> f64| {
        let beside = vec![("make -n", make.median(of)), ("ninja -n", ninja.median(of))];
        Figure { what, unit, ours: ours.median(of), goal: share * make.median(of), beside }
    };
    Ok(vec![
        figure("CPU", Unit::Seconds, 1.0, &|cost| cost.cpu),
        figure("wall", Unit::Seconds, 1.0, &|cost| cost.wall),
        figure("peak memory", Unit::Mebibytes, GOAL, &|cost| cost.memory),
    ])
}
