//! What the tests of the journal share: runs and events to put into it.

use conductor_journal::{Entry, NewRun};
use conductor_model::{Decision, Digest, EffectId, ModelName, Record, RunId, TicketId, Timestamp};

pub fn run_id(text: &str) -> RunId {
    RunId::new(text).unwrap()
}

pub fn ticket(text: &str) -> TicketId {
    TicketId::new(text).unwrap()
}

pub fn new_run(id: &str, track_path: &str) -> NewRun {
    NewRun {
        id: run_id(id),
        track_path: track_path.to_owned(),
        track_digest: Digest::of(track_path),
        track_json: r#"[{"id":"T1","description":"d"}]"#.to_owned(),
        created: Timestamp(1_769_853_600_000),
        settings: r#"{"jobs":4}"#.to_owned(),
    }
}

pub fn ready(name: &str) -> Entry {
    Entry::new(Timestamp(1), Decision::TicketReady { ticket: ticket(name) })
}

pub fn check_started(attempt: u32, summary: &str) -> Entry {
    let event =
        Decision::CheckStarted { id: EffectId(7), ticket: ticket("T1"), attempt, summary: summary.to_owned(), vouched: None };
    Entry::new(Timestamp(2), event)
}

pub fn turn_started(name: &str, attempt: u32, turn: u32) -> Entry {
    let model = ModelName::new("gemini/flash").unwrap();
    let event = Record::TurnStarted { ticket: ticket(name), attempt, restart: 0, turn, call: 0, tier: 3, model };
    Entry::new(Timestamp(3), event)
}

pub fn tool_finished(name: &str, attempt: u32, turn: u32, result: &str) -> Entry {
    let event = Record::ToolFinished {
        ticket: ticket(name),
        attempt,
        restart: 0,
        turn,
        call: 0,
        tool: "read".to_owned(),
        ok: true,
        analyse: false,
        result: result.to_owned(),
    };
    Entry::new(Timestamp(4), event)
}
