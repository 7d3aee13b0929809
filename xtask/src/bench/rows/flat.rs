//! What the orchestration itself costs: twenty tickets that depend on nothing, on a model that answers at once.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::super::figure::{Figure, Unit};
use super::super::measure::{Cost, STDOUT, in_turns, measure};
use super::super::server::Server;
use super::super::{Bench, Row};
use crate::checkout::execute;

pub(super) const ROW: Row = Row {
    name: "flat",
    title: "20 flat tickets without context, -j 20 --auto-queue --json, default isolation, in a git repository, journal on; the server \
            answers at once with one line of plain text, two requests a ticket; median of 7; CPU of the process and its children, \
            memory of the largest of them",
    run,
};

const TICKETS: u32 = 20;
/// A worker that ends a turn in plain text is reminded once; then its text is its summary.
const REQUESTS: u32 = 2;
const TIMES: usize = 7;

fn run(bench: &Bench<'_>) -> Result<Vec<Figure>> {
    let server = Server::start()?;
    let [ours, plain, git] = in_turns(TIMES, [&|| conductor(bench, &server), &|| plain_client(&server), &git_start])?;
    let figure = |what, unit, goal, of: &dyn Fn(&Cost) -> f64| {
        let beside = vec![("plain client", plain.median(of)), ("one `git --version`", git.median(of))];
        Figure { what, unit, ours: ours.median(of), goal, beside }
    };
    Ok(vec![
        figure("wall", Unit::Seconds, 0.1, &|cost| cost.wall),
        figure("CPU a ticket", Unit::Milliseconds, 5.0, &|cost| cost.cpu * 1000.0 / f64::from(TICKETS)),
        figure("peak memory", Unit::Mebibytes, 30.0, &|cost| cost.memory),
    ])
}

/// One whole run in a repository of its own; an error unless every ticket completed with the requests it should take.
fn conductor(bench: &Bench<'_>, server: &Server) -> Result<Cost> {
    let home = tempfile::tempdir().context("no folder can be made to work in")?;
    let dir = home.path().join("repository");
    make_repository(&dir)?;
    let config = home.path().join("config.toml");
    fs::write(&config, format!("[providers.local]\nkind = \"openai\"\nbase_url = \"http://{}/v1\"\n", server.address()))?;
    let mut command = Command::new(&bench.conductor);
    command.arg("-C").arg(&dir).arg("--config").arg(&config);
    command.args(["run", "track.json", "--auto-queue", "-j", "20", "--json", "--models", "local/test"]);
    command.env("HOME", home.path()).env("XDG_CONFIG_HOME", home.path());
    server.take_answered();
    let cost = measure(&command, home.path())?;
    let answered = server.take_answered();
    ensure!(answered == u64::from(TICKETS * REQUESTS), "conductor made {answered} requests in place of {}", TICKETS * REQUESTS);
    let printed = fs::read_to_string(home.path().join(STDOUT))?;
    let last: Value = serde_json::from_str(printed.lines().last().unwrap_or_default()).context("the last line is no JSON")?;
    ensure!(last["type"] == "run.finished" && last["counts"]["completed"] == TICKETS, "the last line is {last}");
    Ok(cost)
}

fn make_repository(dir: &Path) -> Result<()> {
    fs::create_dir(dir)?;
    let tickets: Vec<Value> = (1..=TICKETS)
        .map(|number| json!({ "id": format!("T{number}"), "description": "Say that it is done.", "context_requirements": [] }))
        .collect();
    let track = json!({ "id": "flat", "description": "Twenty flat tickets", "tickets": tickets });
    fs::write(dir.join("track.json"), track.to_string())?;
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.arg("-C").arg(dir).args(["-c", "user.name=bench", "-c", "user.email=bench@localhost"]).args(arguments);
        execute(&mut command)
    };
    git(&["init", "--quiet"])?;
    git(&["add", "."])?;
    git(&["commit", "--quiet", "--message", "bench: begin"])
}

fn plain_client(server: &Server) -> Result<Cost> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["plain-client", "--address", &server.address().to_string()]);
    command.args(["--connections", &TICKETS.to_string(), "--requests", &REQUESTS.to_string()]);
    measure(&command, tempfile::tempdir()?.path())
}

fn git_start() -> Result<Cost> {
    let mut command = Command::new("git");
    command.arg("--version");
    measure(&command, tempfile::tempdir()?.path())
}
