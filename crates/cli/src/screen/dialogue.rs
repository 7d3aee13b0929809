//! One question on the terminal, from its first line to the answer or its withdrawal. Runs on a thread of its own, which has the
//! terminal to itself meanwhile.

use std::time::Duration;

use conductor::{Question, Reply, Shown, Withdrawn};
use conductor_model::safe_line;
use console::{Key, Term, truncate_str};

use super::color::{Tone, toned};
use super::keyboard::Keyboard;
use super::{editor, question};

/// How soon a withdrawn question goes away.
const POLL: Duration = Duration::from_millis(100);

/// What a key asks for.
enum Wish {
    Reply(Reply),
    AskReason,
    AskAnswer,
    EditPrompt,
    EditContext,
    EditArguments,
    ViewAll,
    Withdrawn,
    Gone,
}

/// Shows the question until it is answered; `None`: it was withdrawn.
pub(super) fn hold(term: &Term, color: bool, asked: &Question, withdrawn: &Withdrawn) -> Option<Reply> {
    let mut shown = asked.shown.clone();
    let mut edited = false;
    let mut note: Option<String> = None;
    loop {
        // Taken before the question is seen: a key pressed at once is an answer to it, one pressed before is not.
        let Ok(keyboard) = Keyboard::open() else { return Some(Reply::Quit) };
        let lines = show(term, color, &shown, edited, note.take().as_deref());
        let wish = await_wish(&keyboard, &shown, withdrawn);
        drop(keyboard);
        let wipe = || {
            let _ = term.clear_line();
            let _ = term.clear_last_lines(lines);
        };
        match wish {
            Wish::Reply(Reply::Approve) if edited => {
                wipe();
                return Some(Reply::Edited(shown));
            }
            Wish::Reply(reply) => {
                wipe();
                return Some(reply);
            }
            Wish::Withdrawn => {
                wipe();
                return None;
            }
            Wish::Gone => return Some(Reply::Quit),
            Wish::AskReason => {
                let _ = term.write_line("");
                match editor::reason() {
                    Some(reason) => return Some(Reply::Reject { reason }),
                    None => note = Some("not answered".to_owned()),
                }
            }
            Wish::AskAnswer => {
                let _ = term.write_line("");
                match editor::answer() {
                    Some(text) => return Some(Reply::Answer { text }),
                    None => note = Some("not answered".to_owned()),
                }
            }
            Wish::ViewAll => {
                let _ = term.write_line("");
                for line in question::whole(&shown) {
                    let _ = term.write_line(&line);
                }
            }
            Wish::EditPrompt | Wish::EditContext | Wish::EditArguments => {
                let _ = term.write_line("");
                match change(&shown, &wish) {
                    Ok(Some(changed)) => {
                        edited = changed != asked.shown;
                        shown = changed;
                    }
                    Ok(None) => note = Some("nothing was changed".to_owned()),
                    Err(problem) => note = Some(problem),
                }
            }
        }
    }
}

/// Prints the question, each line cut to the terminal's width, and returns how many lines stand above the cursor's.
fn show(term: &Term, color: bool, shown: &Shown, edited: bool, note: Option<&str>) -> usize {
    let (rows, columns) = term.size();
    let width = usize::from(columns).saturating_sub(1).max(20);
    let mut lines = question::excerpt(shown, "v");
    // What does not fit cannot be cleared again; the end of the excerpt is where the ticket stands.
    let room = usize::from(rows).saturating_sub(4).max(4);
    if lines.len() > room {
        lines.drain(..lines.len() - room);
    }
    lines.insert(0, toned(&question::heading(shown, edited), Tone::Warn, color));
    if let Some(note) = note {
        lines.push(toned(&format!("  {}", safe_line(note)), Tone::Bad, color));
    }
    for line in &lines {
        let _ = term.write_line(&truncate_str(line, width, "…"));
    }
    let _ = term.write_str(&truncate_str(question::keys(shown, width), width, "…"));
    lines.len()
}

fn await_wish(keyboard: &Keyboard, shown: &Shown, withdrawn: &Withdrawn) -> Wish {
    loop {
        if withdrawn.is_set() {
            return Wish::Withdrawn;
        }
        match keyboard.next(POLL) {
            Ok(None) => {}
            Ok(Some(key)) => {
                if let Some(wish) = meant(shown, &key) {
                    return wish;
                }
            }
            Err(_) => return Wish::Gone,
        }
    }
}

fn meant(shown: &Shown, key: &Key) -> Option<Wish> {
    let Key::Char(letter) = key else { return None };
    match (letter.to_ascii_lowercase(), shown) {
        ('n', _) => Some(Wish::AskReason),
        ('v', _) => Some(Wish::ViewAll),
        ('q', _) => Some(Wish::Reply(Reply::Quit)),
        ('y', Shown::Start { .. } | Shown::Step { .. }) => Some(Wish::Reply(Reply::Approve)),
        ('p', Shown::Start { .. }) => Some(Wish::EditPrompt),
        ('c', Shown::Start { .. }) => Some(Wish::EditContext),
        ('a', Shown::Start { .. }) => Some(Wish::Reply(Reply::AutoQueue)),
        ('e', Shown::Step { .. }) => Some(Wish::EditArguments),
        ('a', Shown::Question { .. }) => Some(Wish::AskAnswer),
        _ => None,
    }
}

/// What the person makes of it; `None`: nothing else.
fn change(shown: &Shown, wish: &Wish) -> Result<Option<Shown>, String> {
    let mut changed = shown.clone();
    match &mut changed {
        Shown::Start { prompt, context_md, .. } => {
            let text = if matches!(wish, Wish::EditContext) { context_md } else { prompt };
            let Some(new) = editor::edit(text, ".md")? else { return Ok(None) };
            if new.trim().is_empty() && matches!(wish, Wish::EditPrompt) {
                return Err("an empty prompt asks for nothing".to_owned());
            }
            *text = new;
        }
        Shown::Step { args, .. } => {
            let Some(new) = editor::edit(&question::arguments(args), ".json")? else { return Ok(None) };
            *args = parsed(&new)?;
        }
        // It is answered, not edited.
        Shown::Question { .. } => return Ok(None),
    }
    Ok(Some(changed))
}

/// Edited arguments: a JSON object, as every tool takes one.
fn parsed(text: &str) -> Result<serde_json::Value, String> {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(value) if value.is_object() => Ok(value),
        Ok(_) => Err("the arguments must be a JSON object; nothing was changed".to_owned()),
        Err(error) => Err(format!("not valid JSON ({error}); nothing was changed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_that_are_not_a_json_object_are_refused() {
        assert_eq!(parsed("{\"a\": 1}"), Ok(serde_json::json!({"a": 1})));
        assert!(parsed("[1]").unwrap_err().contains("object"));
        assert!(parsed("{").unwrap_err().contains("not valid JSON"));
    }
}
