//! A whole log compared, with hostile text in every place.

use conductor_model::{AttemptEnd, Decision, EffectId, Line, Record, Timestamp, Verdict};
use serde_json::{Value, json};

use super::*;
use crate::stage::{ended, id, started};

/// A line as the journal has it, so that what later versions add to an event does not matter here.
fn line(seq: u64, event: impl Into<Event>) -> Line {
    let time = Timestamp(i64::try_from(seq).unwrap() * 61_000);
    Line { v: 1, seq, time, run: None, event: event.into() }
}

fn record(kind: &str, rest: Value) -> Record {
    let mut event = json!({
        "type": kind, "ticket": "T1", "attempt": 1, "restart": 0, "turn": 1, "call": 0, "tier": 3, "usage": {}, "model": "p/small"
    });
    for (key, value) in rest.as_object().unwrap() {
        event[key] = value.clone();
    }
    serde_json::from_value(event).unwrap()
}

fn turn(text: &str, rest: Value) -> Record {
    let mut answer = json!({"text": text, "calls": [], "raw": null, "wire": "plain", "model": "small-1", "finish": "stop"});
    for (key, value) in rest.as_object().unwrap() {
        answer[key] = value.clone();
    }
    record("turn.finished", json!({"answer": answer, "error": null, "strike": false}))
}

// R23: tool calls with arguments, results cut at 500 characters with a note.
#[test]
fn a_log_shows_attempts_turns_tool_calls_analysis_and_verdicts() {
    let failed = Verdict::Failed { reason: "`make test` ended with exit 1".into(), output: "E: x\n".into() };
    let analysis = json!({"model": "p/qa", "text": "The import is missing."});
    let files = json!([{"path": "a\u{202e}.py", "view": "curated", "tokens": 1200, "problem": "not Python"}]);
    let pack = json!({"base": null, "system": "s", "context_md": "", "prompt": "p", "tools": [], "tokens": 1234, "files": files});
    let tool = |kind: &str, rest: Value| {
        let mut all = json!({"tool": "run", "call": 1, "args": {"command": "make\u{1b}[2J"}});
        for (key, value) in rest.as_object().unwrap() {
            all[key] = value.clone();
        }
        record(kind, all)
    };
    let error =
        json!({"kind": "rate_limited", "http_status": 429, "retryable": true, "retry_after_ms": null, "message": "slow\ndown"});
    let lines = [
        line(1, started("T1", 1, "p/small")),
        line(2, started("T2", 1, "p/small")),
        line(3, record("pack.made", pack)),
        line(4, record("turn.started", json!({}))),
        line(5, record("retry.scheduled", json!({"try": 2, "wait_ms": 1500, "error": error}))),
        line(6, turn("I will run it.\n\u{9b}31m", json!({}))),
        line(7, tool("tool.started", json!({}))),
        line(8, tool("tool.finished", json!({"ok": false, "result": "é".repeat(501), "analyse": true}))),
        line(9, record("analysis.finished", analysis)),
        line(10, turn("", json!({}))),
        line(11, Decision::CheckStarted { id: EffectId(4), ticket: id("T1"), attempt: 1, summary: "did it".into(), vouched: None }),
        line(12, Decision::CheckFinished { id: EffectId(4), ticket: id("T1"), attempt: 1, verdict: failed, failures: 1 }),
        line(13, ended("T1", 1, AttemptEnd::OutOfTurns, Some(1))),
        line(14, Decision::TicketCancelled { ticket: id("T1"), reason: "\u{1b}]0;x\u{7}".into() }),
    ];
    let result = "é".repeat(500);
    let expected = format!(
        "\
00:01:01  attempt 1 starts on rung 1 with p/small
00:03:03  pack of 1 file, about 1,234 tokens
          a\\u{{202e}}.py  curated  1,200 tokens  (not Python)
00:05:05  try 2 of p/small in 1.5s: rate_limited 429: slow\\u{{a}}down
00:06:06  turn 1 by small-1
          I will run it.
          \\u{{9b}}31m
00:07:07  → run {{\"command\":\"make\\u001b[2J\"}}
00:08:08  ← run failed
          {result}
          … (the first 500 of 501 characters)
00:09:09  analysis by p/qa
          The import is missing.
00:10:10  turn 1 by small-1, empty
00:11:11  check starts
          did it
00:12:12  check failed (1): `make test` ended with exit 1
          E: x
00:13:13  attempt 1 ended: out of turns; the next is on rung 2
          it says so
00:14:14  cancelled
          \\u{{1b}}]0;x\\u{{7}}
"
    );
    assert_eq!(Logs::new(id("T1")).all(&lines), expected);
}

#[test]
fn long_arguments_are_cut_and_stay_one_line() {
    let started = record("tool.started", json!({"tool": "write", "args": {"text": "a\n".repeat(1000)}}));
    let text = Logs::new(id("T1")).line(&line(1, started));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines.len(), lines[1]), (2, "          … (the first 500 of 3,011 characters)"));
    assert_eq!(cut("short", 500), "short");
}
