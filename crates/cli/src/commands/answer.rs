//! `conductor approve` and `conductor reject`: answers from another terminal, bound to the digest of what was asked.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use conductor::{History, Shown, Submitted};
use conductor_dag::Question;
use conductor_journal::{Journal, Outcome};
use conductor_model::{Digest, EffectId, RunId, TicketId};
use serde_json::json;

use crate::args::{AnswerArgs, RejectArgs};
use crate::errors::Failure;
use crate::exit::Exit;
use crate::screen::question;
use crate::session::Session;
use crate::{clock, output};

/// How long the holder of a run is given to take an answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often it is looked whether it has.
const POLL: Duration = Duration::from_millis(50);
/// The least of a digest that names it.
const SHORTEST: usize = 8;

/// Approves a question, or lists those that are open.
pub(super) fn approve(session: &Session, args: &AnswerArgs) -> Result<Exit, Failure> {
    answer(session, args, |question| Submitted::Approve { id: question.id, digest: question.digest.clone() })
}

/// Rejects a question, or lists those that are open.
pub(super) fn reject(session: &Session, args: &RejectArgs) -> Result<Exit, Failure> {
    answer(session, &args.question, |question| Submitted::Reject {
        id: question.id,
        digest: Some(question.digest.clone()),
        reason: args.reason.clone(),
    })
}

fn answer(session: &Session, args: &AnswerArgs, make: impl Fn(&Question) -> Submitted) -> Result<Exit, Failure> {
    let (journal, _) = session.journal()?;
    let (run, ticket) = session.run_and_ticket(&journal, &args.names)?;
    let history = History::load(&journal, &run.id)?;
    let open: Vec<Question> = history.run.open_questions().collect();
    if ticket.is_none() && args.id.is_none() && args.digest.is_none() {
        return list(session, args, &journal, &run.id, &open);
    }
    let question = chosen(args, &run.id, ticket.as_ref(), &open)?;
    if answered(&journal, &run.id, &open)?.contains(&question.id) {
        let text = format!("question {} of {} is answered already", question.id, question.ticket);
        return Err(Failure::new(Exit::INVALID, text).hint(format!("`conductor resume {}` takes the answer", run.id)));
    }
    let what = format!("{} (question {})", question.ticket, question.id);
    submit(session, &journal, &run.id, &make(question), &what)
}

/// The open questions whose answer waits for somebody to take the run up.
pub(super) fn answered(journal: &Journal, run: &RunId, open: &[Question]) -> Result<BTreeSet<EffectId>, Failure> {
    // Whoever holds the run takes an answer at once.
    if open.is_empty() || journal.holder(run)?.is_some() {
        return Ok(BTreeSet::new());
    }
    let is_open = |id: EffectId, digest: Option<&Digest>| {
        open.iter().any(|asked| asked.id == id && digest.is_none_or(|digest| *digest == asked.digest))
    };
    let mut answered = BTreeSet::new();
    for (_, json) in journal.pending(run)? {
        // What cannot be read is refused by whoever takes it.
        match serde_json::from_str(&json) {
            Ok(Submitted::Approve { id, digest }) if is_open(id, Some(&digest)) => answered.insert(id),
            Ok(Submitted::Reject { id, digest, .. }) if is_open(id, digest.as_ref()) => answered.insert(id),
            Ok(_) | Err(_) => false,
        };
    }
    Ok(answered)
}

/// The one open question that fits.
fn chosen<'a>(args: &AnswerArgs, run: &RunId, ticket: Option<&TicketId>, open: &'a [Question]) -> Result<&'a Question, Failure> {
    if let Some(digest) = &args.digest
        && digest.len() < SHORTEST
    {
        return Err(Failure::new(Exit::USAGE, format!("--digest needs at least {SHORTEST} characters")));
    }
    let by_name = |question: &&Question| {
        ticket.is_none_or(|ticket| *ticket == question.ticket) && args.id.is_none_or(|id| EffectId(id) == question.id)
    };
    let named: Vec<&Question> = open.iter().filter(by_name).collect();
    let fits =
        |question: &Question| args.digest.as_ref().is_none_or(|digest| question.digest.as_str().starts_with(digest.as_str()));
    let mut fitting = named.iter().copied().filter(|question| fits(question));
    match (fitting.next(), fitting.next()) {
        (Some(question), None) => Ok(question),
        (Some(_), Some(_)) => Err(Failure::new(Exit::USAGE, "more than one question fits").hint("--id names one")),
        (None, _) if !named.is_empty() => {
            let text = "what is asked now has another digest, so nothing was answered";
            Err(Failure::new(Exit::INVALID, text).hint(format!("`conductor approve {run}` shows what is asked now")))
        }
        (None, _) => {
            let whose = ticket.map(|ticket| format!(" of {ticket}")).unwrap_or_default();
            Err(Failure::new(Exit::NO_INPUT, format!("no question{whose} waits in run {run}"))
                .hint(format!("`conductor approve {run}` lists what waits")))
        }
    }
}

fn list(session: &Session, args: &AnswerArgs, journal: &Journal, run: &RunId, open: &[Question]) -> Result<Exit, Failure> {
    let shown = |digest: &Digest| journal.blob(digest).map(|blob| blob.and_then(|blob| Shown::from_blob(&blob).ok()));
    let answered = answered(journal, run, open)?;
    if args.json {
        let mut rows = Vec::new();
        for question in open {
            let mut row = json!(question);
            row["run"] = json!(run);
            row["answered"] = json!(answered.contains(&question.id));
            row["shown"] = json!(shown(&question.digest)?);
            rows.push(row);
        }
        let text = serde_json::to_string_pretty(&rows).map_err(|error| Failure::of(Exit::BUG, &error))?;
        output::json(&text)?;
        return Ok(Exit::OK);
    }
    if open.is_empty() {
        session.say(&format!("nothing waits for an answer in run {run}"));
    }
    for asked in open {
        match shown(&asked.digest)? {
            Some(shown) => {
                output::line(&question::heading(&shown, false))?;
                let lines = if session.global.verbose {
                    question::whole(&shown)
                } else {
                    question::excerpt(&shown, "`conductor approve -v`")
                };
                for line in lines {
                    output::line(&line)?;
                }
            }
            None => output::line(&format!("? {}", asked.ticket))?,
        }
        output::line(&format!("  id {}, digest {}", asked.id, asked.digest))?;
        if answered.contains(&asked.id) {
            output::line(&format!("  answered; taken by `conductor resume {run}`"))?;
            continue;
        }
        let named = format!("--id {} --digest {}", asked.id, asked.digest.short());
        output::line(&format!("  conductor approve {run} {named}\n  conductor reject {run} {named} --reason TEXT"))?;
    }
    Ok(Exit::OK)
}

/// Hands something in for whoever holds the run, and says what became of it.
pub(super) fn submit(session: &Session, journal: &Journal, run: &RunId, what: &Submitted, named: &str) -> Result<Exit, Failure> {
    let text = serde_json::to_string(what).map_err(|error| Failure::of(Exit::BUG, &error))?;
    let row = journal.submit(run, &text, clock::now())?;
    let begun = Instant::now();
    loop {
        match journal.outcome(row)? {
            Outcome::Taken { .. } => {
                session.say(&format!("{}: {named}", done(what)));
                return Ok(Exit::OK);
            }
            Outcome::Refused { reason } => {
                return Err(Failure::new(Exit::INVALID, format!("{named}: it does not count: {reason}")));
            }
            Outcome::Pending if journal.holder(run)?.is_none() => {
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
        Submitted::Complete { .. } => "completed",
        Submitted::Pause {} => "paused",
        Submitted::GoOn {} => "going on",
        Submitted::Change { .. } => "changed",
    }
}

#[cfg(test)]
mod tests {
    use conductor_model::ApprovalKind;

    use super::*;

    fn question(id: u64, ticket: &str) -> Question {
        Question {
            id: EffectId(id),
            ticket: TicketId::new(ticket).unwrap(),
            attempt: 1,
            kind: ApprovalKind::Start,
            digest: Digest::of(ticket),
        }
    }

    fn args(id: Option<u64>, digest: Option<&str>) -> AnswerArgs {
        AnswerArgs { names: Vec::new(), id, digest: digest.map(str::to_owned), json: false }
    }

    // R25
    #[test]
    fn an_answer_fits_one_question_and_its_digest() {
        let run = RunId::new("track-a1b2c3").unwrap();
        let open = [question(1, "A"), question(2, "B")];
        let pick = |args: &AnswerArgs, ticket: Option<&str>| {
            let ticket = ticket.map(|text| TicketId::new(text).unwrap());
            chosen(args, &run, ticket.as_ref(), &open).map(|question| question.id.0).map_err(|failure| failure.exit)
        };
        assert_eq!(pick(&args(None, None), Some("B")), Ok(2));
        assert_eq!(pick(&args(Some(1), None), None), Ok(1));
        assert_eq!(pick(&args(None, Some(&Digest::of("B").as_str()[..10])), None), Ok(2));
        assert_eq!(pick(&args(None, Some("0000000000")), Some("A")), Err(Exit::INVALID));
        assert_eq!(pick(&args(None, Some("00")), Some("A")), Err(Exit::USAGE));
        assert_eq!(pick(&args(None, None), Some("C")), Err(Exit::NO_INPUT));
        assert_eq!(pick(&args(None, None), None), Err(Exit::USAGE));
    }
}
