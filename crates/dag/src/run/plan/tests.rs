//! What is planned is what the engine does.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use conductor_model::{Decision, DiffStat, Digest, Evidence, LandingOutcome, Millis, Status, Ticket, TicketId, Timestamp, Verdict};
use fastrand::Rng;

use super::*;
use crate::run::tests::stage::{id, model, policy, ticket};
use crate::{Answered, Effect, Input, Run, WorkerEnd};

/// Carries a track out with the engine itself: ticket, start, end and rung of every attempt, in the order of their starts.
fn carried_out(graph: &TicketGraph, policy: &Policy, durations: &BTreeMap<TicketId, Millis>) -> Vec<(String, u64, u64, u32)> {
    let mut run = Run::new(graph.clone(), policy.clone());
    let mut waiting = VecDeque::from([Input::Start { track: "t".into(), title: "T".into(), durations: durations.clone() }]);
    let mut open = BinaryHeap::new();
    let mut starts: Vec<(String, u64, u64, u32)> = Vec::new();
    let mut now = 0;
    loop {
        while let Some(input) = waiting.pop_front() {
            let step = run.handle(Timestamp(i64::try_from(now).unwrap()), input);
            for event in step.events {
                if let Decision::AttemptStarted { ticket, rung, .. } = event {
                    let end = now + graph.weight(graph.find(&ticket).unwrap());
                    open.push(Reverse((end, starts.len())));
                    starts.push((ticket.to_string(), now, end, rung));
                }
            }
            waiting.extend(step.effects.into_iter().filter_map(answer));
        }
        let Some(Reverse((end, at))) = open.pop() else { return starts };
        now = end;
        let how = WorkerEnd::Finished { summary: String::new() };
        waiting.push_back(Input::WorkerEnded { ticket: id(&starts[at].0), attempt: 1, how });
    }
}

/// Everything but work is done at once.
fn answer(effect: Effect) -> Option<Input> {
    match effect {
        Effect::Prepare { id, .. } => Some(Input::Prepared { id, digest: Digest::of("shown") }),
        Effect::Ask { id, digest, .. } => Some(Input::Decided { id, answer: Answered::Approved { digest } }),
        Effect::Check { id, .. } => {
            let evidence = Evidence::Unverified { diff: DiffStat::default() };
            Some(Input::Checked { id, verdict: Verdict::Passed { evidence } })
        }
        Effect::Land { id, .. } => Some(Input::Landed { id, outcome: LandingOutcome::Nothing }),
        Effect::Work { .. } | Effect::Tell { .. } | Effect::Stop { .. } | Effect::Finish { .. } => None,
    }
}

fn random(rng: &mut Rng) -> (TicketGraph, Policy, BTreeMap<TicketId, Millis>) {
    let count = rng.usize(1..24);
    let mut durations = BTreeMap::new();
    let tickets: Vec<Ticket> = (0..count)
        .map(|number| {
            let mut made = ticket(&format!("t{number}"), &[]);
            made.depends_on = (0..number).filter(|_| rng.usize(0..count) < 3).map(|before| id(&format!("t{before}"))).collect();
            made.step_mode = rng.u32(0..5) == 0;
            made.retry_count = rng.u32(0..8) / 4;
            made.priority = rng.i64(-1..2);
            made.writes = match rng.u32(0..6) {
                0 => vec!["src".into()],
                1 => vec!["docs".into(), "src/x".into()],
                2 => vec!["src/y".into()],
                _ => Vec::new(),
            };
            made.status = match rng.u32(0..14) {
                0 => Status::Completed,
                1 => Status::Blocked,
                2 => Status::InProgress,
                _ => Status::Todo,
            };
            if rng.bool() {
                durations.insert(made.id.clone(), Millis(rng.u64(0..6)));
            }
            made
        })
        .collect();
    if rng.u32(0..4) == 0 {
        durations.clear();
    }
    let ladder = [model("p/small"), model("p/middle"), model("q/big")][..rng.usize(1..4)].to_vec();
    let limits = ladder
        .iter()
        .filter_map(|model| Some((model.clone(), rng.u32(0..8))).filter(|(_, limit)| (1..3).contains(limit)))
        .collect();
    let shared_tree = rng.u32(0..8) == 0;
    let policy = Policy {
        auto_queue: rng.u32(0..3) > 0,
        attended: true,
        jobs: rng.u32(1..6),
        ladder,
        per_model: limits,
        shared_tree,
        ..policy()
    };
    let mut graph = TicketGraph::new(tickets).unwrap();
    graph.weigh(&durations);
    (graph, policy, durations)
}

#[test]
fn the_plan_is_what_the_engine_does() {
    for seed in 0..4_000 {
        let (graph, policy, durations) = random(&mut Rng::with_seed(seed));
        let plan = plan(&graph, &policy);
        let planned: Vec<_> = plan
            .starts
            .iter()
            .map(|at| {
                let name = graph.tickets()[at.ticket].id.to_string();
                (name, at.start, at.start + at.span, u32::try_from(at.rung).unwrap())
            })
            .collect();
        let carried = carried_out(&graph, &policy, &durations);
        assert_eq!(planned, carried, "seed {seed}: {policy:?}");
        assert_eq!(plan.makespan, carried.iter().map(|(_, _, end, _)| *end).max().unwrap_or(0), "seed {seed}");
        let asks = |ticket: usize| !policy.auto_queue || graph.tickets()[ticket].step_mode;
        assert!(plan.starts.iter().all(|at| at.asks == asks(at.ticket)), "seed {seed}");
    }
}

#[test]
fn a_plan_says_levels_times_and_the_chain_that_weighs_most() {
    let mut step = ticket("step", &["a"]);
    step.step_mode = true;
    let mut strong = ticket("strong", &["a"]);
    strong.retry_count = 9;
    let mut blocked = ticket("blocked", &[]);
    blocked.status = Status::Blocked;
    let mut done = ticket("done", &["blocked"]);
    done.status = Status::Completed;
    let tickets = vec![
        ticket("a", &["done"]),
        step,
        strong,
        ticket("end", &["step", "strong"]),
        blocked,
        done,
        ticket("never", &["blocked"]),
    ];
    let mut graph = TicketGraph::new(tickets).unwrap();
    graph.weigh(&[("a", 10), ("strong", 30), ("step", 5)].map(|(name, ms)| (id(name), Millis(ms))).into());
    let at = |ticket, level, start, span, rung, asks| Planned { ticket, level, start, span, rung, asks };
    let expected = Plan {
        starts: vec![
            at(0, 1, 0, 10, 0, false),
            at(2, 2, 10, 30, 1, false),
            at(1, 2, 10, 5, 0, true),
            // It took no part in the earlier run and is taken to last the median.
            at(3, 3, 40, 10, 0, false),
        ],
        levels: 3,
        makespan: 50,
        work: 55,
        critical: vec![0, 2, 3],
        critical_span: 50,
        dead: 2,
    };
    assert_eq!(plan(&graph, &policy()), expected);
}

#[test]
fn of_a_track_with_everything_to_do_the_critical_path_is_the_graphs() {
    for seed in 0..500 {
        let (graph, policy, _) = random(&mut Rng::with_seed(seed));
        let mut tickets = graph.tickets().to_vec();
        tickets.iter_mut().for_each(|ticket| ticket.status = Status::Todo);
        let graph = TicketGraph::new(tickets).unwrap();
        let path: Vec<usize> = plan(&graph, &policy).critical;
        assert_eq!(path.iter().map(|&at| &graph.tickets()[at]).collect::<Vec<_>>(), graph.critical_path(), "seed {seed}");
    }
}

#[test]
fn a_chain_and_a_fan_of_a_hundred_thousand_are_planned() {
    let name = |number: usize| format!("t{number}");
    let chain: Vec<Ticket> = (0..100_000)
        .map(|number| match number {
            0 => ticket("t0", &[]),
            _ => ticket(&name(number), &[&name(number - 1)]),
        })
        .collect();
    let planned = plan(&TicketGraph::new(chain).unwrap(), &policy());
    assert_eq!((planned.levels, planned.makespan, planned.critical.len()), (100_000, 100_000, 100_000));
    let fan: Vec<Ticket> = (0..100_000)
        .map(|number| match number {
            0 => ticket("t0", &[]),
            _ => ticket(&name(number), &["t0"]),
        })
        .collect();
    let planned = plan(&TicketGraph::new(fan).unwrap(), &policy());
    assert_eq!((planned.levels, planned.makespan, planned.starts.len()), (2, 1 + 25_000, 100_000));
}
