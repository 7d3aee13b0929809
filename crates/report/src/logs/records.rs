//! What a worker's records say.

use conductor_model::{CallError, ModelTurn, PackFile, Record, TicketId};

use super::{RESULT_SHOWN, Said, cut};
use crate::layout::{counted, grouped};

/// What a record says, if it is about the ticket.
pub(super) fn said(record: &Record, of: &TicketId) -> Option<Said> {
    match record {
        Record::PackMade { ticket, .. }
        | Record::TurnStarted { ticket, .. }
        | Record::TurnFinished { ticket, .. }
        | Record::TurnHeard { ticket, .. }
        | Record::ToolStarted { ticket, .. }
        | Record::ToolFinished { ticket, .. }
        | Record::AnalysisFinished { ticket, .. }
        | Record::RetryScheduled { ticket, .. } => (ticket == of).then_some(())?,
        Record::Notice { ticket, .. } => (ticket.as_ref() == Some(of)).then_some(())?,
    }
    match record {
        Record::PackMade { tokens, files, restart, .. } => Some(pack(*tokens, files, *restart)),
        Record::TurnStarted { .. } => None,
        Record::TurnFinished { turn, call, tier, answer, error, .. } => {
            turn_said(*turn, *call, *tier, answer.as_ref(), error.as_ref())
        }
        Record::TurnHeard { turn, .. } => Some(Said::heading(format!("turn {turn}: the worker reads what a person said"))),
        Record::ToolStarted { tool, args, .. } => {
            let args = args.to_string();
            let shown = cut(&args, RESULT_SHOWN);
            // A note on what was cut stands below; the arguments themselves are one line.
            let (line, note) = shown.split_once('\n').unwrap_or((&shown, ""));
            Some(Said::heading(format!("→ {tool} {line}")).with(note))
        }
        Record::ToolFinished { tool, ok, result, .. } => {
            let how = if *ok { "" } else { " failed" };
            Some(Said::heading(format!("← {tool}{how}")).with(&cut(result, RESULT_SHOWN)))
        }
        Record::AnalysisFinished { model, text, .. } if text.trim().is_empty() => {
            Some(Said::heading(format!("no analysis by {}", model.as_str())))
        }
        Record::AnalysisFinished { model, text, .. } => Some(Said::heading(format!("analysis by {}", model.as_str())).with(text)),
        Record::RetryScheduled { number, wait_ms, model, error, .. } => {
            let model = model.as_str();
            Some(Said::heading(format!("try {number} of {model} in {wait_ms}: {}", explained(error))))
        }
        Record::Notice { code, message, .. } => Some(Said::heading(format!("notice {code}: {message}"))),
    }
}

fn pack(tokens: u64, files: &[PackFile], restart: u32) -> Said {
    let again = if restart > 0 { format!(", restart {restart}") } else { String::new() };
    let heading = format!("pack of {}, about {} tokens{again}", counted(files.len(), "file"), grouped(tokens));
    let file = |file: &PackFile| {
        let problem = file.problem.as_deref().map_or_else(String::new, |problem| format!("  ({problem})"));
        let line = format!("{}  {}  {} tokens{problem}", file.path, file.view, grouped(file.tokens));
        conductor_model::safe_line(&line).into_owned()
    };
    let files: Vec<String> = files.iter().map(file).collect();
    Said::heading(heading).with(&files.join("\n"))
}

fn turn_said(turn: u32, call: u32, tier: u8, answer: Option<&ModelTurn>, error: Option<&CallError>) -> Option<Said> {
    if let Some(error) = error {
        return Some(Said::heading(format!("turn {turn} (tier {tier}) failed: {}", explained(error))));
    }
    let answer = answer?;
    if call > 0 {
        // Tier 4's: what it said follows as its analysis.
        return None;
    }
    let cut_off = if answer.finish == "length" { ", cut off at the output limit" } else { "" };
    let empty = if answer.text.trim().is_empty() && answer.calls.is_empty() { ", empty" } else { "" };
    Some(Said::heading(format!("turn {turn} by {}{cut_off}{empty}", answer.model)).with(&answer.text))
}

fn explained(error: &CallError) -> String {
    let status = error.http_status.map_or_else(String::new, |status| format!(" {status}"));
    format!("{}{status}: {}", error.kind, error.message)
}
