//! The way of an order to whoever holds a run, and what became of it.

use std::time::{Duration, Instant};

use conductor::Submitted;
use conductor_journal::{Journal, Outcome};
use conductor_model::RunId;

use crate::clock;
use crate::errors::Failure;
use crate::exit::Exit;
use crate::session::Session;

/// How long the holder of a run is given to take an order.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often it is looked whether it has.
const POLL: Duration = Duration::from_millis(50);

/// Hands something in for whoever holds the run, and says what became of it.
pub(super) fn submit(session: &Session, journal: &Journal, run: &RunId, what: &Submitted, named: &str) -> Result<Exit, Failure> {
    let text = serde_json::to_string(what).map_err(|error| Failure::of(Exit::BUG, &error))?;
    let row = journal.submit(run, &text, clock::now())?;
    let begun = Instant::now();
    loop {
        // Asked first: a holder that ends meanwhile has said what became of it.
        let held = journal.holder(run)?.is_some();
        match journal.outcome(row)? {
            Outcome::Taken { .. } => {
                session.say(&format!("{}: {named}", done(what)));
                return Ok(Exit::OK);
            }
            Outcome::Refused { reason } => {
                return Err(Failure::new(Exit::INVALID, format!("{named}: it does not count: {reason}")));
            }
            Outcome::Pending if !held => {
                session.say(&format!("noted: {named}; `conductor resume {run}` goes on with it"));
                return Ok(Exit::OK);
            }
            Outcome::Pending if begun.elapsed() >= PATIENCE => {
                session.say(&format!("noted: {named}; the process that holds run {run} has not taken it yet"));
                return Ok(Exit::OK);
            }
            Outcome::Pending => std::thread::sleep(POLL),
        }
    }
}

fn done(what: &Submitted) -> &'static str {
    match what {
        Submitted::Approve { .. } => "approved",
        Submitted::Reject { .. } => "rejected",
        Submitted::Cancel { .. } => "cancelled",
        Submitted::Retry { .. } => "taken up again",
        Submitted::Add { .. } => "added",
        Submitted::Answer { .. } => "answered",
        Submitted::Say { .. } => "said",
        Submitted::Complete { .. } => "vouched for",
        Submitted::Pause {} => "paused",
        Submitted::GoOn {} => "going on",
        Submitted::Change { .. } => "rules changed",
    }
}
