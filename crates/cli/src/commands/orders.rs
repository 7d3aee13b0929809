//! `conductor cancel`, `retry`, `say`, `complete` and `pause`: orders to a run, whoever holds it.

use conductor::{History, Submitted};
use conductor_dag::State;
use conductor_journal::Journal;
use conductor_model::{Decision, RunId, TicketId};
use conductor_report::{shell_word, state_word};

use super::submit::submit;
use super::words::words;
use crate::args::{CancelArgs, CompleteArgs, PauseArgs, RetryArgs, SayArgs};
use crate::errors::Failure;
use crate::exit::Exit;
use crate::session::Session;

/// Takes back a ticket, or all of a run that are not final.
pub(super) fn cancel(session: &Session, args: &CancelArgs) -> Result<Exit, Failure> {
    let (journal, _) = session.journal()?;
    let info = match &args.ticket {
        None => session.whole_run(&journal, &args.run)?,
        Some(_) => session.run(&journal, Some(&args.run))?,
    };
    let history = History::load(&journal, &info.id)?;
    let named = match &args.ticket {
        // What was handed in meanwhile may open it again.
        None if history.run.tickets().all(|seen| seen.state.is_final()) && journal.pending(&info.id)?.is_empty() => {
            return Err(Failure::new(Exit::INVALID, format!("nothing is open in run {}", info.id)));
        }
        None => format!("every open ticket of run {}", info.id),
        Some(ticket) => {
            let Some(view) = history.run.ticket(ticket) else {
                return Err(Failure::new(Exit::NO_INPUT, format!("run {} has no ticket `{ticket}`", info.id)));
            };
            if view.state.is_final() {
                return Err(Failure::new(Exit::INVALID, format!("{ticket} is {} already", state_word(view.state))));
            }
            ticket.to_string()
        }
    };
    let order = Submitted::Cancel { ticket: args.ticket.clone(), reason: args.reason.clone() };
    submit(session, &journal, &info.id, &order, &named)
}

/// Takes a ticket up again, or all of a run that can be.
pub(super) fn retry(session: &Session, args: &RetryArgs) -> Result<Exit, Failure> {
    let (journal, _) = session.journal()?;
    let (info, ticket) = session.run_and_ticket(&journal, &args.names)?;
    let history = History::load(&journal, &info.id)?;
    let Some(ticket) = ticket else { return retry_all(session, args, &journal, &history) };
    match history.run.ticket(&ticket).map(|view| view.state) {
        Some(state) if can_be_retried(state) => {}
        Some(State::Unreachable) => return Err(unreachable(&history, &ticket)),
        Some(state) => {
            let text = format!("{ticket} is {}: only a blocked, rejected or cancelled ticket is taken up again", state_word(state));
            return Err(Failure::new(Exit::INVALID, text));
        }
        None => return Err(Failure::new(Exit::NO_INPUT, format!("run {} has no ticket `{ticket}`", info.id))),
    }
    let order = Submitted::Retry { ticket: ticket.clone(), note: args.note.clone() };
    submit(session, &journal, &info.id, &order, &ticket.to_string())
}

/// Says something to the workers of a ticket.
pub(super) fn say(session: &Session, args: &SayArgs) -> Result<Exit, Failure> {
    let (text, names) = args.names.split_last().map_or(("", [].as_slice()), |(text, names)| (text.as_str(), names));
    let (journal, _) = session.journal()?;
    let (info, ticket) = session.ticket(&journal, names)?;
    if let Some(state) = end_of(&journal, &info.id, &ticket)? {
        return Err(Failure::new(Exit::INVALID, format!("{ticket} is {}: no worker will read it", state_word(state))));
    }
    let order = Submitted::Say { ticket: ticket.clone(), text: words(text)? };
    submit(session, &journal, &info.id, &order, &ticket.to_string())
}

/// Vouches for a ticket.
pub(super) fn complete(session: &Session, args: &CompleteArgs) -> Result<Exit, Failure> {
    let (journal, _) = session.journal()?;
    let (info, ticket) = session.ticket(&journal, &args.names)?;
    if end_of(&journal, &info.id, &ticket)? == Some(State::Completed) {
        return Err(Failure::new(Exit::INVALID, format!("{ticket} is completed already")));
    }
    let order = Submitted::Complete { ticket: ticket.clone(), reason: args.reason.clone() };
    submit(session, &journal, &info.id, &order, &ticket.to_string())
}

/// How a ticket ended, if it did and nothing was handed in meanwhile that may open it again.
fn end_of(journal: &Journal, run: &RunId, ticket: &TicketId) -> Result<Option<State>, Failure> {
    let history = History::load(journal, run)?;
    let state = history.run.ticket(ticket).map(|view| view.state).filter(|state| state.is_final());
    Ok(if journal.pending(run)?.is_empty() { state } else { None })
}

/// Lets a run start nothing new. One that nobody carries out starts nothing anyway.
pub(super) fn pause(session: &Session, args: &PauseArgs) -> Result<Exit, Failure> {
    let (journal, _) = session.journal()?;
    let run = session.run(&journal, args.run.as_deref())?.id;
    let held = journal.holder(&run)?.is_some();
    let history = History::load(&journal, &run)?;
    if !held && history.run.is_finished() {
        return Err(Failure::new(Exit::INVALID, format!("run {run} is finished: there is nothing to pause")));
    }
    let already = match (held, history.run.is_paused()) {
        (false, _) => "does not go on, and starts nothing",
        (true, true) => "is paused already",
        (true, false) => {
            let named = format!("run {run}; `conductor resume {run}` goes on");
            return submit(session, &journal, &run, &Submitted::Pause {}, &named);
        }
    };
    session.say(&format!("run {run} {already}; `conductor resume {run}` goes on"));
    Ok(Exit::OK)
}

fn can_be_retried(state: State) -> bool {
    matches!(state, State::Blocked | State::Rejected | State::Cancelled)
}

/// Hands in an order for each ticket that can be taken up again; one that is refused does not keep the others.
fn retry_all(session: &Session, args: &RetryArgs, journal: &Journal, history: &History) -> Result<Exit, Failure> {
    let run = &history.info.id;
    let tickets: Vec<TicketId> =
        history.run.tickets().filter(|seen| can_be_retried(seen.state)).map(|seen| seen.ticket.id.clone()).collect();
    if tickets.is_empty() {
        return Err(Failure::new(Exit::INVALID, format!("nothing is blocked, rejected or cancelled in run {run}")));
    }
    let mut worst = Exit::OK;
    for ticket in tickets {
        let named = ticket.to_string();
        if let Err(failure) = submit(session, journal, run, &Submitted::Retry { ticket, note: args.note.clone() }, &named) {
            failure.tell(session.colors.err);
            worst = failure.exit;
        }
    }
    Ok(worst)
}

/// Which ticket to take up in place of one that waits for it.
fn unreachable(history: &History, ticket: &TicketId) -> Failure {
    let first = history.decisions.iter().rev().find_map(|(_, decision)| match decision {
        Decision::TicketUnreachable { ticket: of, because } if of == ticket => because.first(),
        _ => None,
    });
    let Some(first) = first else { return Failure::new(Exit::INVALID, format!("{ticket} is unreachable")) };
    let failure = Failure::new(Exit::INVALID, format!("{ticket} is unreachable, because of {first}: take that up again"));
    match shell_word(first.as_str()) {
        Some(word) => failure.hint(format!("conductor retry {} {word}", history.info.id)),
        None => failure,
    }
}
