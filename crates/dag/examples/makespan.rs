//! How close the engine comes to the least time a track can take: carries tracks out in virtual time and prints, for each, makespan ÷
//! max(critical path, work ÷ jobs) as JSON. `cargo run --release -p conductor-dag --example makespan -- JOBS FILE…`
//!
//! A ticket takes as many milliseconds as its field `x-ms` says. `known` is the engine told so, as from an earlier run; `unknown` is the
//! engine without; beside it, the same tickets in file order, and wave by wave: a level begins when the one before is done.

#![allow(clippy::print_stdout, clippy::print_stderr)]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "an example reads a file")]
#![allow(clippy::expect_used, reason = "an example may fail as it likes")]

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use conductor_dag::{Effect, Input, Run, TicketGraph, WorkerEnd};
use conductor_model::{DiffStat, Evidence, LandingOutcome, Millis, ModelName, Policy, TicketId, Timestamp, Verdict, track};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let jobs = arguments.next().and_then(|jobs| jobs.parse().ok()).expect("usage: makespan JOBS FILE…");
    let all: Vec<_> = arguments.map(|file| Timed::read(&file).ratios(jobs)).collect();
    println!("{}", serde_json::json!(all));
}

/// A track whose tickets have durations.
struct Timed {
    graph: TicketGraph,
    durations: BTreeMap<TicketId, Millis>,
}

impl Timed {
    fn read(file: &str) -> Self {
        let parsed = track::parse_track(&std::fs::read_to_string(file).expect("the file can be read"), "track");
        let tickets = parsed.expect("the track is good").track.tickets;
        let duration = |ticket: &conductor_model::Ticket| {
            let ms = ticket.extra.get("x-ms").and_then(serde_json::Value::as_u64);
            (ticket.id.clone(), Millis(ms.expect("every ticket has a field `x-ms`")))
        };
        let durations = tickets.iter().map(duration).collect();
        Self { graph: TicketGraph::new(tickets).expect("the track is good"), durations }
    }

    fn ratios(&self, jobs: u32) -> BTreeMap<&'static str, f64> {
        let mut weighed = self.graph.clone();
        weighed.weigh(&self.durations);
        let critical: u64 = weighed.critical_path().iter().map(|ticket| self.duration(&ticket.id)).sum();
        let work: u64 = self.durations.values().map(|duration| duration.0).sum();
        let least = (critical as f64).max(work as f64 / f64::from(jobs));
        let makespans = [
            ("known", self.by_engine(jobs, self.durations.clone())),
            ("unknown", self.by_engine(jobs, BTreeMap::new())),
            ("file_order", self.in_file_order(jobs)),
            ("waves", self.by_waves(jobs)),
        ];
        makespans.into_iter().map(|(name, makespan)| (name, makespan as f64 / least)).collect()
    }

    fn duration(&self, ticket: &TicketId) -> u64 {
        self.durations[ticket].0
    }

    /// Checks and landings take no time.
    fn by_engine(&self, jobs: u32, durations: BTreeMap<TicketId, Millis>) -> u64 {
        let ladder = vec![ModelName::new("local/model").expect("the name is good")];
        let policy = Policy { auto_queue: true, jobs, ladder, ..Policy::default() };
        let mut run = Run::new(self.graph.clone(), policy);
        let mut inputs = VecDeque::from([Input::Start { track: "track".to_owned(), title: String::new(), durations }]);
        let mut working = BinaryHeap::new();
        let mut now = 0;
        loop {
            while let Some(input) = inputs.pop_front() {
                let time = Timestamp(i64::try_from(now).expect("the time is not so long"));
                for effect in run.handle(time, input).effects {
                    match effect {
                        Effect::Work { ticket, attempt, .. } => {
                            working.push(Reverse((now + self.duration(&ticket), ticket, attempt)));
                        }
                        Effect::Check { id, .. } => {
                            let evidence = Evidence::Unverified { diff: DiffStat::default() };
                            inputs.push_back(Input::Checked { id, verdict: Verdict::Passed { evidence } });
                        }
                        Effect::Land { id, .. } => inputs.push_back(Input::Landed { id, outcome: LandingOutcome::Nothing }),
                        Effect::Prepare { .. } | Effect::Ask { .. } | Effect::Tell { .. } => {}
                        Effect::Stop { .. } | Effect::Finish { .. } => {}
                    }
                }
            }
            let Some(Reverse((end, ticket, attempt))) = working.pop() else { break };
            now = end;
            inputs.push_back(Input::WorkerEnded { ticket, attempt, how: WorkerEnd::Finished { summary: String::new() } });
        }
        assert!(run.is_finished(), "every ticket is final");
        now
    }

    /// Of what is ready the first in the file, whenever a slot is free.
    fn in_file_order(&self, jobs: u32) -> u64 {
        let tickets = self.graph.tickets();
        let numbers: BTreeMap<&TicketId, usize> = tickets.iter().map(|ticket| &ticket.id).zip(0..).collect();
        let mut missing: Vec<usize> = tickets.iter().map(|ticket| ticket.depends_on.len()).collect();
        let mut ready: BinaryHeap<_> = (0..tickets.len()).filter(|&at| missing[at] == 0).map(Reverse).collect();
        let mut working = BinaryHeap::new();
        let mut now = 0;
        loop {
            while working.len() < jobs as usize
                && let Some(Reverse(at)) = ready.pop()
            {
                working.push(Reverse((now + self.duration(&tickets[at].id), at)));
            }
            let Some(Reverse((end, at))) = working.pop() else { return now };
            now = end;
            for dependent in self.graph.dependents_of(&tickets[at].id).map(|ticket| numbers[&ticket.id]) {
                missing[dependent] -= 1;
                if missing[dependent] == 0 {
                    ready.push(Reverse(dependent));
                }
            }
        }
    }

    fn by_waves(&self, jobs: u32) -> u64 {
        let levels = self.graph.levels();
        let mut now = 0;
        for level in 0..=levels.iter().copied().max().unwrap_or(0) {
            let mut slots: BinaryHeap<_> = (0..jobs).map(|_| Reverse(now)).collect();
            for (ticket, _) in self.graph.tickets().iter().zip(&levels).filter(|(_, of)| **of == level) {
                let Some(Reverse(free)) = slots.pop() else { break };
                slots.push(Reverse(free + self.duration(&ticket.id)));
            }
            now = slots.into_iter().map(|Reverse(end)| end).max().unwrap_or(now);
        }
        now
    }
}
