//! Drains a track in process, one completion at a time, and prints what a ticket costs, in microseconds, as JSON: for measuring what
//! decides, without shell and journal. `cargo run --release -p conductor-dag --example drain -- FILE`
//!
//! `plan` is the order alone, with the engine's own line and ranks; `engine` is the engine with all its inputs, events and effects.
//! Beside them on the same graph, with numbers for tickets: bare counters, which know no order, and a heap by the longest remaining path.

#![allow(clippy::print_stdout, clippy::print_stderr)]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "an example reads a file and the clock")]
#![allow(clippy::expect_used, reason = "an example may fail as it likes")]

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::time::Instant;

use conductor_dag::{Effect, Input, Run, TicketGraph, WorkerEnd, plan};
use conductor_model::{DiffStat, Evidence, LandingOutcome, ModelName, Policy, TicketId, Timestamp, Verdict, track};

/// So few that most of what is ready waits in line.
const JOBS: u32 = 8;
const TIMES: usize = 3;

fn main() {
    let file = std::env::args().nth(1).expect("usage: drain FILE");
    let parsed = track::parse_track(&std::fs::read_to_string(&file).expect("the file can be read"), "track");
    let graph = TicketGraph::new(parsed.expect("the track is good").track.tickets).expect("the track is good");
    let (plain, policy) = (Plain::of(&graph), policy());
    let mut costs: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    // In turns, so that a busy machine is busy for all.
    for _ in 0..TIMES {
        let begun = begin(&graph, &policy);
        let mut add = |what, seconds: f64| costs.entry(what).or_default().push(seconds * 1e6 / graph.len() as f64);
        add("counters", timed(|| plain.drain(Vec::new(), Vec::push, Vec::pop)));
        let put = |line: &mut BinaryHeap<_>, ticket| line.push((plain.paths[ticket as usize], Reverse(ticket)));
        add("heap", timed(|| plain.drain(BinaryHeap::new(), put, |line| line.pop().map(|(_, Reverse(ticket))| ticket))));
        add("plan", timed(|| plan(&graph, &policy)));
        add("engine", timed(|| drain(begun)));
    }
    let median = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let costs: BTreeMap<_, _> = costs.into_iter().map(|(what, times)| (what, median(times))).collect();
    println!("{}", serde_json::json!(costs));
}

/// The seconds a processor took for it.
fn timed<T>(work: impl FnOnce() -> T) -> f64 {
    let start = (on_cpu(), Instant::now());
    let done = work();
    let seconds = match (start.0, on_cpu()) {
        (Some(before), Some(after)) => after - before,
        _ => start.1.elapsed().as_secs_f64(),
    };
    drop(std::hint::black_box(done));
    seconds
}

/// The seconds this process had a processor, where the system says so (Linux).
fn on_cpu() -> Option<f64> {
    let nanoseconds = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    Some(nanoseconds.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}

fn policy() -> Policy {
    let ladder = vec![ModelName::new("local/model").expect("the name is good")];
    Policy { auto_queue: true, jobs: JOBS, ladder, ..Policy::default() }
}

fn begin(graph: &TicketGraph, policy: &Policy) -> (Run, VecDeque<Effect>) {
    let mut run = Run::new(graph.clone(), policy.clone());
    let start = Input::Start { track: "track".to_owned(), title: String::new(), durations: BTreeMap::new() };
    let step = run.handle(Timestamp(0), start);
    (run, step.effects.into())
}

/// Carries all tickets out, none with a check, none with a change.
fn drain((mut run, mut effects): (Run, VecDeque<Effect>)) -> Run {
    while let Some(effect) = effects.pop_front() {
        let input = match effect {
            Effect::Work { ticket, attempt, .. } => {
                Input::WorkerEnded { ticket, attempt, how: WorkerEnd::Finished { summary: String::new() } }
            }
            Effect::Check { id, .. } => {
                let evidence = Evidence::Unverified { diff: DiffStat::default() };
                Input::Checked { id, verdict: Verdict::Passed { evidence } }
            }
            Effect::Land { id, .. } => Input::Landed { id, outcome: LandingOutcome::Nothing },
            Effect::Prepare { .. } | Effect::Ask { .. } | Effect::Tell { .. } | Effect::Stop { .. } | Effect::Finish { .. } => {
                continue;
            }
        };
        effects.extend(run.handle(Timestamp(0), input).effects);
    }
    assert!(run.is_finished(), "every ticket is final");
    run
}

/// A graph of numbers.
struct Plain {
    missing: Vec<u32>,
    dependents: Vec<Vec<u32>>,
    /// The longest ways to an end.
    paths: Vec<u64>,
}

impl Plain {
    fn of(graph: &TicketGraph) -> Self {
        let numbers: BTreeMap<&TicketId, u32> = graph.tickets().iter().map(|ticket| &ticket.id).zip(0..).collect();
        let mut missing = vec![0; graph.len()];
        let mut dependents = vec![Vec::new(); graph.len()];
        for (number, ticket) in (0_u32..).zip(graph.tickets()) {
            for dependency in &ticket.depends_on {
                missing[number as usize] += 1;
                dependents[numbers[dependency] as usize].push(number);
            }
        }
        let mut plain = Self { missing, dependents, paths: vec![0; graph.len()] };
        let mut levels: Vec<(u32, usize)> = graph.levels().into_iter().zip(0..).collect();
        levels.sort_unstable();
        for (_, ticket) in levels.into_iter().rev() {
            let longest = plain.dependents[ticket].iter().map(|&dependent| plain.paths[dependent as usize]).max();
            plain.paths[ticket] = longest.unwrap_or(0) + 1;
        }
        plain
    }

    /// Takes one after the other from the line of what is ready.
    fn drain<L>(&self, mut line: L, put: impl Fn(&mut L, u32), take: impl Fn(&mut L) -> Option<u32>) -> usize {
        let mut missing = self.missing.clone();
        (0_u32..).take(missing.len()).filter(|&ticket| missing[ticket as usize] == 0).for_each(|ticket| put(&mut line, ticket));
        let mut done = 0;
        while let Some(ticket) = take(&mut line) {
            done += 1;
            for &dependent in &self.dependents[ticket as usize] {
                let missing = &mut missing[dependent as usize];
                *missing -= 1;
                if *missing == 0 {
                    put(&mut line, dependent);
                }
            }
        }
        assert_eq!(done, missing.len(), "all have their turn");
        done
    }
}
