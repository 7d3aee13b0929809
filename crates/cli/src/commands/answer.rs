//! `conductor approve`, `reject` and `answer`: answers from another terminal, bound to the digest of what was asked.

use std::collections::BTreeSet;

use conductor::{History, Shown, Submitted};
use conductor_dag::Question;
use conductor_journal::Journal;
use conductor_model::{ApprovalKind, Digest, EffectId, RunId, TicketId};
use serde_json::json;

use super::submit::submit;
use super::words::words;
use crate::args::{AnswerArgs, ApproveArgs, RejectArgs, WhichArgs};
use crate::errors::Failure;
use crate::exit::Exit;
use crate::output;
use crate::screen::question;
use crate::session::Session;

/// The least of a digest that names it.
const SHORTEST: usize = 8;

/// Approves a question, or lists those that are open.
pub(super) fn approve(session: &Session, args: &ApproveArgs) -> Result<Exit, Failure> {
    yes_or_no(session, args, |run, question| match question.kind {
        ApprovalKind::Start | ApprovalKind::Step => Ok(Submitted::Approve { id: question.id, digest: question.digest.clone() }),
        ApprovalKind::Question => {
            let text = format!("the worker of {} asks for an answer in words", question.ticket);
            Err(Failure::new(Exit::INVALID, text).hint(format!("conductor answer {run} --id {} TEXT", question.id)))
        }
    })
}

/// Rejects a question, or lists those that are open.
pub(super) fn reject(session: &Session, args: &RejectArgs) -> Result<Exit, Failure> {
    yes_or_no(session, &args.question, |_, question| {
        let (id, digest, reason) = (question.id, Some(question.digest.clone()), args.reason.clone());
        Ok(Submitted::Reject { id, digest, reason })
    })
}

/// Answers what a worker asks, or lists what workers ask.
pub(super) fn in_words(session: &Session, args: &AnswerArgs) -> Result<Exit, Failure> {
    let is_named = args.which.id.is_some() || args.which.digest.is_some();
    // The answer stands last. Without --id or --digest it stands behind the name of a ticket.
    let (names, text) = match args.names.split_last() {
        Some((text, names)) if is_named || !names.is_empty() => (names, Some(text)),
        Some(_) | None => (args.names.as_slice(), None),
    };
    let found = Found::load(session, names)?;
    let Some(text) = text else {
        if is_named || found.ticket.is_some() {
            return Err(
                Failure::new(Exit::USAGE, "there is no answer").hint("write it behind the names; `-` reads it from standard input")
            );
        }
        return found.list(session, &args.which, |question| question.kind == ApprovalKind::Question);
    };
    if !is_named && found.ticket.is_none() {
        return Err(Failure::new(Exit::USAGE, format!("which ticket of run {}?", found.run)).hint("name it after the run"));
    }
    let question = found.chosen(&args.which)?;
    if question.kind != ApprovalKind::Question {
        let text = format!("question {} of {} is answered by yes or no", question.id, question.ticket);
        return Err(Failure::new(Exit::INVALID, text).hint(format!("conductor approve {} --id {}", found.run, question.id)));
    }
    let (id, digest, text) = (question.id, question.digest.clone(), words(text)?);
    found.hand_in(session, question, &Submitted::Answer { id, digest, text })
}

fn yes_or_no(
    session: &Session,
    args: &ApproveArgs,
    make: impl Fn(&RunId, &Question) -> Result<Submitted, Failure>,
) -> Result<Exit, Failure> {
    let found = Found::load(session, &args.names)?;
    if found.ticket.is_none() && args.which.id.is_none() && args.which.digest.is_none() {
        return found.list(session, &args.which, |_| true);
    }
    let question = found.chosen(&args.which)?;
    found.hand_in(session, question, &make(&found.run, question)?)
}

/// A run's open questions, and the ticket that was named.
struct Found {
    journal: Journal,
    run: RunId,
    ticket: Option<TicketId>,
    open: Vec<Question>,
}

impl Found {
    fn load(session: &Session, names: &[String]) -> Result<Self, Failure> {
        let (journal, _) = session.journal()?;
        let (info, ticket) = session.run_and_ticket(&journal, names)?;
        let open = History::load(&journal, &info.id)?.run.open_questions().collect();
        Ok(Self { journal, run: info.id, ticket, open })
    }

    /// The one that is meant, if nobody has answered it.
    fn chosen(&self, which: &WhichArgs) -> Result<&Question, Failure> {
        let question = chosen(which, &self.run, self.ticket.as_ref(), &self.open)?;
        if answered(&self.journal, &self.run, &self.open)?.contains(&question.id) {
            let text = format!("question {} of {} is answered already", question.id, question.ticket);
            return Err(Failure::new(Exit::INVALID, text).hint(format!("`conductor resume {}` takes the answer", self.run)));
        }
        Ok(question)
    }

    fn hand_in(&self, session: &Session, question: &Question, what: &Submitted) -> Result<Exit, Failure> {
        submit(session, &self.journal, &self.run, what, &format!("{} (question {})", question.ticket, question.id))
    }

    fn list(&self, session: &Session, which: &WhichArgs, wanted: impl Fn(&Question) -> bool) -> Result<Exit, Failure> {
        let answered = answered(&self.journal, &self.run, &self.open)?;
        let open: Vec<&Question> = self.open.iter().filter(|question| wanted(question)).collect();
        if which.json {
            return self.list_json(&open, &answered);
        }
        if open.is_empty() {
            session.say(&format!("nothing waits for an answer in run {}", self.run));
        }
        for asked in open {
            self.show(session, asked, answered.contains(&asked.id))?;
        }
        Ok(Exit::OK)
    }

    fn list_json(&self, open: &[&Question], answered: &BTreeSet<EffectId>) -> Result<Exit, Failure> {
        let mut rows = Vec::new();
        for question in open {
            let mut row = json!(question);
            row["run"] = json!(self.run);
            row["answered"] = json!(answered.contains(&question.id));
            row["shown"] = json!(shown(&self.journal, &question.digest)?);
            rows.push(row);
        }
        let text = serde_json::to_string_pretty(&rows).map_err(|error| Failure::of(Exit::BUG, &error))?;
        output::json(&text)?;
        Ok(Exit::OK)
    }

    fn show(&self, session: &Session, asked: &Question, is_answered: bool) -> Result<(), Failure> {
        let run = &self.run;
        match shown(&self.journal, &asked.digest)? {
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
        if is_answered {
            return output::line(&format!("  answered; taken by `conductor resume {run}`"));
        }
        let named = format!("--id {} --digest {}", asked.id, asked.digest.short());
        output::line(&match asked.kind {
            ApprovalKind::Start | ApprovalKind::Step => format!("  conductor approve {run} {named}"),
            ApprovalKind::Question => format!("  conductor answer {run} {named} TEXT"),
        })?;
        output::line(&format!("  conductor reject {run} {named} --reason TEXT"))
    }
}

/// What a question shows, where it can be read back.
pub(super) fn shown(journal: &Journal, digest: &Digest) -> Result<Option<Shown>, Failure> {
    Ok(journal.blob(digest)?.and_then(|blob| Shown::from_blob(&blob).ok()))
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
            Ok(Submitted::Approve { id, digest } | Submitted::Answer { id, digest, .. }) if is_open(id, Some(&digest)) => {
                answered.insert(id)
            }
            Ok(Submitted::Reject { id, digest, .. }) if is_open(id, digest.as_ref()) => answered.insert(id),
            Ok(_) | Err(_) => false,
        };
    }
    Ok(answered)
}

/// The one open question that fits.
fn chosen<'a>(which: &WhichArgs, run: &RunId, ticket: Option<&TicketId>, open: &'a [Question]) -> Result<&'a Question, Failure> {
    if let Some(digest) = &which.digest
        && digest.len() < SHORTEST
    {
        return Err(Failure::new(Exit::USAGE, format!("--digest needs at least {SHORTEST} characters")));
    }
    let by_name = |question: &&Question| {
        ticket.is_none_or(|ticket| *ticket == question.ticket) && which.id.is_none_or(|id| EffectId(id) == question.id)
    };
    let named: Vec<&Question> = open.iter().filter(by_name).collect();
    let fits =
        |question: &Question| which.digest.as_ref().is_none_or(|digest| question.digest.as_str().starts_with(digest.as_str()));
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

#[cfg(test)]
mod tests {
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

    fn args(id: Option<u64>, digest: Option<&str>) -> WhichArgs {
        WhichArgs { id, digest: digest.map(str::to_owned), json: false }
    }

    // R25
    #[test]
    fn an_answer_fits_one_question_and_its_digest() {
        let run = RunId::new("track-a1b2c3").unwrap();
        let open = [question(1, "A"), question(2, "B")];
        let pick = |args: &WhichArgs, ticket: Option<&str>| {
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
