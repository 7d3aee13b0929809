//! What earlier runs of a track file know of its tickets, from the journal.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use conductor_journal::{FOLDER, Journal, JournalError};
use conductor_model::{TicketId, Track, safe_line};
use conductor_report::{Earlier, EarlierRun};

use crate::session::Session;

/// The most runs that are read, the latest first: each costs a pass over its decisions.
const RUNS: usize = 4;

/// What the runs of the track file at `path` know of the tickets of `track`: each ticket from the latest run that completed it, and no
/// more runs than it takes to know all tickets.
pub(in crate::commands) fn known(journal: &Journal, path: &str, track: &Track) -> Result<Earlier, JournalError> {
    let tickets: BTreeSet<&TicketId> = track.tickets.iter().map(|ticket| &ticket.id).collect();
    let mut earlier = Earlier::default();
    let runs = journal.runs()?;
    for info in runs.iter().filter(|info| info.track_path == path && info.last_seq > 0).take(RUNS) {
        let mut run = EarlierRun::default();
        journal.each_decision(&info.id, |line| {
            run.fold(line.time, &line.event);
            ControlFlow::Continue(())
        })?;
        earlier.add(&info.id, run);
        if tickets.iter().all(|ticket| earlier.knows(ticket)) {
            break;
        }
    }
    earlier.retain(|ticket| tickets.contains(ticket));
    Ok(earlier)
}

/// As [`known`], for a command that only looks: a journal that is not there knows nothing, and one that cannot be read is said.
pub(super) fn looked_up(session: &Session, path: &str, track: &Track) -> Earlier {
    if !session.dir.join(FOLDER).exists() {
        return Earlier::default();
    }
    match Journal::open_existing(&session.dir).and_then(|journal| known(&journal, path, track)) {
        Ok(earlier) => earlier,
        Err(JournalError::Missing { .. }) => Earlier::default(),
        Err(error) => {
            session.say(&format!("note: nothing is known from earlier runs: failed to {}", safe_line(&error.to_string())));
            Earlier::default()
        }
    }
}
