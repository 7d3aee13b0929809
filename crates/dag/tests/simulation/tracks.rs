//! Random tracks, and random rules for them.

use std::collections::BTreeMap;

use conductor_model::{Millis, ModelName, OnQuestion, Policy, Status, Ticket, TicketId, Timestamp, Usd};
use fastrand::Rng;

pub(crate) fn id(name: &str) -> TicketId {
    TicketId::new(name).unwrap()
}

pub(crate) fn model(name: &str) -> ModelName {
    ModelName::new(name).unwrap()
}

/// A ticket with dependencies.
pub(crate) fn ticket(name: &str, depends_on: &[&str]) -> Ticket {
    let mut ticket = Ticket::new(id(name), name);
    ticket.depends_on = depends_on.iter().map(|&name| id(name)).collect();
    ticket
}

pub(crate) fn random_policy(rng: &mut Rng) -> Policy {
    let mut per_model = BTreeMap::new();
    if rng.u32(0..4) == 0 {
        per_model.insert(model("p/small"), 1);
    }
    Policy {
        auto_queue: rng.u32(0..3) > 0,
        attended: rng.bool(),
        on_question: if rng.u32(0..3) == 0 { OnQuestion::Decide } else { OnQuestion::Ask },
        jobs: rng.u32(1..4),
        ladder: vec![model("p/small"), model("p/middle"), model("q/big")][..rng.usize(1..4)].to_vec(),
        per_model,
        shared_tree: rng.u32(0..8) == 0,
        budget: (rng.u32(0..3) == 0).then(|| Usd(rng.u64(0..1_000))),
        deadline: (rng.u32(0..8) == 0).then(|| Timestamp(rng.i64(1_000..200_000))),
        wait: rng.bool().then(|| Millis(rng.u64(0..200_000))),
    }
}

pub(crate) fn random_ticket(rng: &mut Rng, number: u32) -> Ticket {
    let mut made = ticket(&format!("t{number}"), &[]);
    for before in 0..number {
        if rng.u32(0..4) == 0 {
            made.depends_on.push(id(&format!("t{before}")));
        }
    }
    made.step_mode = rng.u32(0..4) == 0;
    made.retry_count = rng.u32(0..8) / 6;
    made.priority = rng.i64(-1..2);
    made.timeout = (rng.u32(0..3) == 0).then(|| Millis(rng.u64(1..30_000)));
    made.budget = (rng.u32(0..4) == 0).then(|| Usd(rng.u64(0..400)));
    made.writes = match rng.u32(0..5) {
        0 => vec!["src".into()],
        1 => vec!["docs".into(), "src".into()],
        2 => vec!["**".into()],
        _ => Vec::new(),
    };
    made.status = match rng.u32(0..12) {
        0 => Status::Completed,
        1 => Status::Blocked,
        2 => Status::InProgress,
        _ => Status::Todo,
    };
    made
}
