//! What the map of a large repository costs, the first time and again.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::super::figure::{Figure, Unit};
use super::super::measure::{Cost, Costs, in_turns, measure};
use super::super::{Bench, Row};
use crate::checkout::execute;
use crate::provision::provide_mapped;

pub(super) const ROW: Row = Row {
    name: "map",
    title: "`conductor context --map` of Django's source tree, 4,000 tokens, whole process: cold without a tag cache, warm with one; beside \
            it aider's repository map of the same files. Then four copies of the tree, beside one; median of 5",
    run,
};

const TIMES: usize = 5;
/// Seconds, where aider's map takes as long as in [`AIDER`].
const GOAL: [f64; 2] = [1.0, 0.1];
/// Seconds of aider's map, cold and warm, on the machine that the goals were set on.
const AIDER: [f64; 2] = [9.9, 2.0];
/// MiB.
const MEMORY: f64 = 100.0;
/// How much more four times as much may cost: linear, and a tenth for what grows faster.
const LINEAR: f64 = 4.4;
const COPIES: usize = 4;

/// Asks for a map of all Python files, as aider's own command does; a token is taken to be four characters, which costs nothing.
const AIDERS_MAP: &str = r#"
import os, sys
from aider.repomap import RepoMap
class Model:
    def token_count(self, text): return len(text) // 4
class IO:
    def tool_warning(self, *a): pass
    def tool_output(self, *a): pass
    def tool_error(self, *a): sys.exit(str(a))
    def read_text(self, name, **k):
        try: return open(name, encoding="utf-8").read()
        except (OSError, UnicodeError): return None
root = sys.argv[1]
files = sorted(os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names if name.endswith(".py"))
made = RepoMap(map_tokens=4000, root=root, main_model=Model(), io=IO()).get_ranked_tags_map([], files, 4000)
sys.exit(0 if made else "no map")
"#;
/// Aider's tag cache, in the folder it maps.
const AIDERS_CACHE: &str = ".aider.tags.cache.v4";

fn run(bench: &Bench<'_>) -> Result<Vec<Figure>> {
    let (python, django) = provide_mapped(bench.checkout)?;
    let home = tempfile::tempdir().context("no folder can be made to work in")?;
    let (one, four, cache) = (home.path().join("one"), home.path().join("four"), home.path().join("cache"));
    fs::create_dir(&four).context("no folder can be made to work in")?;
    copy(&django, &one)?;
    for number in 0..COPIES {
        copy(&django, &four.join(format!("copy{number}")))?;
    }
    let map = |dir: &Path, is_cold: bool| {
        if is_cold {
            remove(&cache)?;
        }
        let mut command = Command::new(&bench.conductor);
        command.args(["context", "--tokens", "4000", "--map"]).arg(dir).env("XDG_CACHE_HOME", &cache);
        measure(&command, home.path())
    };
    let aider = |is_cold: bool| {
        if is_cold {
            remove(&one.join(AIDERS_CACHE))?;
        }
        measure(Command::new(&python).args(["-c", AIDERS_MAP]).arg(&one), home.path())
    };
    let [cold, warm, aiders_cold, aiders_warm, cold_of_four, warm_of_four] = in_turns(
        TIMES,
        [&|| map(&one, true), &|| map(&one, false), &|| aider(true), &|| aider(false), &|| map(&four, true), &|| map(&four, false)],
    )?;
    let wall = |costs: &Costs| costs.median(&|cost: &Cost| cost.wall);
    let figure = |what, ours: &Costs, goal: f64, beside: Vec<(&'static str, &Costs)>| Figure {
        what,
        unit: Unit::Seconds,
        ours: wall(ours),
        goal,
        beside: beside.into_iter().map(|(name, costs)| (name, wall(costs))).collect(),
    };
    let scaled = |which: usize, aiders: &Costs| GOAL[which] * wall(aiders) / AIDER[which];
    Ok(vec![
        figure("cold", &cold, scaled(0, &aiders_cold), vec![("aider", &aiders_cold)]),
        figure("warm", &warm, scaled(1, &aiders_warm), vec![("aider", &aiders_warm)]),
        Figure {
            what: "peak memory",
            unit: Unit::Mebibytes,
            ours: cold.median(&|cost| cost.memory),
            goal: MEMORY,
            beside: vec![("aider", aiders_cold.median(&|cost| cost.memory))],
        },
        figure("four copies, cold", &cold_of_four, LINEAR * wall(&cold), vec![("one copy", &cold)]),
        figure("four copies, warm", &warm_of_four, LINEAR * wall(&warm), vec![("one copy", &warm)]),
    ])
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    execute(Command::new("cp").arg("-r").arg(from).arg(to))
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be removed", folder.display()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
