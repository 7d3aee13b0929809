//! A script for people to read: each input with its time, and below it what came of it, a line each.

use std::fmt::Write as _;

use conductor_model::safe_line;

use crate::witness::Entry;

/// All of them.
pub(crate) fn trace(log: &[Entry]) -> String {
    let mut text = String::new();
    for Entry { now, input, step } in log {
        line(&mut text, &format!("{:>9} {input:?}", now.0));
        let Some(step) = step else {
            line(&mut text, "          … and did not come back");
            continue;
        };
        for event in &step.events {
            line(&mut text, &format!("          = {}", serde_json::to_string(event).unwrap()));
        }
        for effect in &step.effects {
            line(&mut text, &format!("          > {effect:?}"));
        }
    }
    text
}

fn line(text: &mut String, line: &str) {
    let line =
        ["EffectId", "TicketId", "Timestamp", "Millis", "Usd"].iter().fold(line.to_owned(), |line, word| line.replace(word, ""));
    writeln!(text, "{}", safe_line(&line)).unwrap();
}
