//! `conductor add`: more tickets for a run, whoever holds it (R4).

use std::collections::HashSet;

use conductor::{History, Submitted};
use conductor_dag::Run;
use conductor_journal::Journal;
use conductor_model::{RunId, Ticket};

use super::shell_lines;
use super::submit::submit;
use crate::args::AddArgs;
use crate::errors::Failure;
use crate::exit::Exit;
use crate::session::Session;
use crate::track_file;

/// Ids that are named.
const NAMED: usize = 8;

/// Adds the tickets of a file.
pub(super) fn add(session: &Session, args: &AddArgs) -> Result<Exit, Failure> {
    let (journal, dir) = session.journal()?;
    let run = session.run(&journal, Some(&args.run))?.id;
    let history = History::load(&journal, &run)?;
    let waiting = waiting(&journal, &run, &history.run)?;
    let live: HashSet<&str> = history.run.graph().tickets().iter().chain(&waiting).map(|ticket| ticket.id.as_str()).collect();
    let tickets = track_file::read_added(session, &dir, &args.file, &|id| live.contains(id))?;
    let all = [waiting.as_slice(), tickets.as_slice()].concat();
    if let Err(mistakes) = history.run.verify_added(&all) {
        let mistakes: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        return Err(Failure::new(Exit::INVALID, format!("{}: {}", args.file.display(), mistakes.join("; "))));
    }
    shell_lines::say(session, "the added tickets run these commands:", &[], &tickets);
    let named = named(&tickets);
    submit(session, &journal, &run, &Submitted::Add { tickets }, &named)
}

/// Tickets that were handed in before and that nobody has taken yet: the next may depend on them.
fn waiting(journal: &Journal, run: &RunId, live: &Run) -> Result<Vec<Ticket>, Failure> {
    let mut waiting = Vec::new();
    for (_, json) in journal.pending(run)? {
        // What cannot be read, or does not fit, is refused by whoever takes it.
        if let Ok(Submitted::Add { tickets }) = serde_json::from_str(&json) {
            let both = [waiting.as_slice(), tickets.as_slice()].concat();
            if live.verify_added(&both).is_ok() {
                waiting = both;
            }
        }
    }
    Ok(waiting)
}

fn named(tickets: &[Ticket]) -> String {
    let ids: Vec<String> = tickets.iter().take(NAMED).map(|ticket| ticket.id.to_string()).collect();
    let more = if tickets.len() > NAMED { ", …" } else { "" };
    let count = if tickets.len() == 1 { "1 ticket".to_owned() } else { format!("{} tickets", tickets.len()) };
    format!("{count} ({}{more})", ids.join(", "))
}

#[cfg(test)]
mod tests {
    use conductor_model::TicketId;

    use super::*;

    #[test]
    fn many_tickets_are_counted_and_the_first_are_named() {
        let tickets: Vec<Ticket> = (1..=9).map(|n| Ticket::new(TicketId::new(format!("T{n}")).unwrap(), "d")).collect();
        assert_eq!(named(&tickets[..1]), "1 ticket (T1)");
        assert_eq!(named(&tickets), "9 tickets (T1, T2, T3, T4, T5, T6, T7, T8, …)");
    }
}
