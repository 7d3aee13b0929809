//! Session files for `--replay`, as people write them.

use serde_json::{Value, json};

/// Answers by ticket, attempt and turn.
#[derive(Debug, Clone, Default)]
pub(crate) struct Session {
    lines: Vec<Value>,
}

impl Session {
    /// No answers.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The worker of `ticket` says a text and calls tools.
    #[must_use]
    pub(crate) fn turn(self, ticket: &str, attempt: u32, turn: u32, text: &str, calls: &[(&str, Value)]) -> Self {
        self.slow_turn(ticket, attempt, turn, text, calls, 0)
    }

    /// As [`Session::turn`], taking some milliseconds.
    #[must_use]
    pub(crate) fn slow_turn(
        mut self,
        ticket: &str,
        attempt: u32,
        turn: u32,
        text: &str,
        calls: &[(&str, Value)],
        wait_ms: u64,
    ) -> Self {
        let calls: Vec<Value> = calls.iter().map(|(tool, args)| json!({ "tool": tool, "args": args })).collect();
        let answer = json!({ "text": text, "calls": calls, "usage": { "input": 100, "output": 10 }, "wait_ms": wait_ms });
        self.lines.push(json!({ "ticket": ticket, "attempt": attempt, "turn": turn, "tier": 3, "call": 0, "answer": answer }));
        self
    }

    /// The worker writes one file and finishes, in one turn.
    #[must_use]
    pub(crate) fn writes(self, ticket: &str, attempt: u32, path: &str, content: &str) -> Self {
        let calls = [write(path, content), completed(&format!("{ticket} wrote {path}"))];
        self.turn(ticket, attempt, 1, "", &calls)
    }

    /// Tier 4 says something about a call of a turn (its place in the turn, from 0).
    #[must_use]
    pub(crate) fn analysis(mut self, ticket: &str, attempt: u32, turn: u32, place: u32, text: &str) -> Self {
        let answer = json!({ "text": text, "usage": { "input": 50, "output": 5 } });
        self.lines
            .push(json!({ "ticket": ticket, "attempt": attempt, "turn": turn, "tier": 4, "call": place + 1, "answer": answer }));
        self
    }

    /// The file.
    pub(crate) fn text(&self) -> String {
        let head = json!({ "session": 1, "note": "written by a test" });
        std::iter::once(&head).chain(&self.lines).map(|line| format!("{line}\n")).collect()
    }
}

/// A call of `write`.
pub(crate) fn write(path: &str, content: &str) -> (&'static str, Value) {
    ("write", json!({ "path": path, "content": content }))
}

/// A call of `finish`, completed.
pub(crate) fn completed(summary: &str) -> (&'static str, Value) {
    ("finish", json!({ "outcome": "completed", "summary": summary }))
}

/// A call of `finish`, blocked.
pub(crate) fn blocked(reason: &str) -> (&'static str, Value) {
    ("finish", json!({ "outcome": "blocked", "summary": reason }))
}

/// A call of `finish` that asks a person.
pub(crate) fn question(text: &str) -> (&'static str, Value) {
    ("finish", json!({ "outcome": "question", "summary": text }))
}

/// A call of `run`.
pub(crate) fn run(command: &str) -> (&'static str, Value) {
    ("run", json!({ "command": command }))
}
