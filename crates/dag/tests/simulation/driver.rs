//! Drives a run in virtual time: random answers, commands and crashes, then to its end. Everything follows from a seed.

use std::collections::BTreeMap;

use conductor_dag::{Answered, Command, Effect, Input, Told, WorkerEnd};
use conductor_model::{
    ApprovalKind, DiffStat, Digest, EffectId, Evidence, LandingOutcome, Millis, Policy, Ticket, Timestamp, Usage, Usd, Verdict,
};
use fastrand::Rng;

use crate::tracks::{id, model, random_policy, random_ticket, ticket};
use crate::witness::{Key, Witness, effect_id};

/// What a worker does at the moment.
#[derive(Debug, Clone, PartialEq)]
enum Worker {
    /// It is to say something next.
    Idle,
    /// It waits for money.
    Wants,
    /// It is in a call, with this much set aside.
    Calls(EffectId, Usd),
    /// It waits for an answer about this step.
    Asks(u32),
    /// It said that it is done.
    Finished,
}

/// A run, its workers and its people.
pub(crate) struct Driver {
    pub(crate) witness: Witness,
    pub(crate) now: Timestamp,
    rng: Rng,
    workers: BTreeMap<Key, (Worker, u32)>,
    /// Calls whose worker was stopped; they still end.
    orphans: BTreeMap<EffectId, Usd>,
    finished: bool,
    names: u32,
    /// Whether calls may cost more than was set aside.
    overruns: bool,
}

impl Driver {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let policy = random_policy(&mut rng);
        let count = rng.u32(1..9);
        let tickets = (0..count).map(|number| random_ticket(&mut rng, number)).collect();
        Self {
            witness: Witness::new(tickets, policy),
            now: Timestamp(1_000),
            overruns: false,
            rng,
            workers: BTreeMap::new(),
            orphans: BTreeMap::new(),
            finished: false,
            names: count,
        }
    }

    pub(crate) fn start(&mut self) {
        self.send(Input::Start { track: "t".into(), title: "T".into(), durations: BTreeMap::new() });
    }

    pub(crate) fn is_at_rest(&self) -> bool {
        self.finished
    }

    fn send(&mut self, input: Input) {
        let step = self.witness.send(self.now, input);
        for effect in step.effects {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Prepare { .. } | Effect::Ask { .. } | Effect::Check { .. } | Effect::Land { .. } => {}
            Effect::Work { ticket, attempt, .. } => {
                self.workers.insert((ticket, attempt), (Worker::Idle, 0));
            }
            Effect::Tell { told: Told::Said { .. }, .. } => {}
            Effect::Tell { ticket, attempt, told } => {
                // One that is told something and is not there is started again.
                let worker = self.workers.entry((ticket, attempt)).or_insert((Worker::Idle, 0));
                worker.0 = match told {
                    Told::Granted { reservation, amount } => Worker::Calls(reservation, amount),
                    Told::StepApproved { .. }
                    | Told::StepRejected { .. }
                    | Told::Answered { .. }
                    | Told::Unanswered { .. }
                    | Told::Verdict { .. } => Worker::Idle,
                    Told::Said { .. } => return,
                };
            }
            Effect::Stop { ticket, attempt } => {
                if let Some((Worker::Calls(id, amount), _)) = self.workers.remove(&(ticket, attempt)) {
                    self.orphans.insert(id, amount);
                }
            }
            Effect::Finish { .. } => self.finished = true,
        }
    }

    /// Something that can happen, chosen at random.
    pub(crate) fn step(&mut self) {
        self.now = self.now + Millis(self.rng.u64(0..2_000));
        if self.finished {
            return self.between_processes();
        }
        match self.rng.u32(0..100) {
            0 => self.crash(),
            1..4 => self.command(),
            4..7 => self.nonsense(),
            7 => self.add(),
            8..12 => self.time(),
            _ => self.answer(false),
        }
    }

    /// Answers what is open in some way; `kindly`: so that the run comes to an end.
    fn answer(&mut self, kindly: bool) {
        let effects: Vec<Effect> =
            self.witness.open.values().filter(|effect| !matches!(effect, Effect::Work { .. })).cloned().collect();
        let workers: Vec<Key> = self.workers.keys().cloned().collect();
        let orphans: Vec<EffectId> = self.orphans.keys().copied().collect();
        let all = effects.len() + workers.len() + orphans.len();
        if all == 0 {
            return self.time();
        }
        let at = self.rng.usize(0..all);
        if let Some(effect) = effects.get(at) {
            self.answer_effect(effect.clone(), kindly);
        } else if let Some(key) = workers.get(at - effects.len()) {
            self.speak(key.clone(), kindly);
        } else if let Some(&id) = orphans.get(at - effects.len() - workers.len()) {
            let amount = self.orphans.remove(&id).unwrap();
            self.end_call(id, amount);
        }
    }

    fn answer_effect(&mut self, effect: Effect, kindly: bool) {
        let well = kindly || self.rng.u32(0..100) < 70;
        let input = match effect {
            Effect::Prepare { id, .. } if !well && self.rng.u32(0..4) == 0 => Input::Broken { id, reason: "no disk".into() },
            Effect::Prepare { id, ticket, attempt, .. } => {
                Input::Prepared { id, digest: Digest::of(format!("{ticket} {attempt}")) }
            }
            Effect::Ask { id, digest, kind, .. } => {
                // Without anybody to ask, an answer comes from elsewhere, and seldom.
                if !self.witness.policy.attended && self.rng.u32(0..4) > 0 {
                    return;
                }
                let answer = match self.rng.u32(0..6) {
                    _ if kind == ApprovalKind::Question && self.rng.u32(0..4) > 0 => {
                        Answered::Answer { text: format!("answer {id}") }
                    }
                    0 if !well => Answered::Rejected { reason: String::new() },
                    1 => Answered::Approved { digest: Digest::of(format!("edited {id}")) },
                    _ => Answered::Approved { digest },
                };
                Input::Decided { id, answer }
            }
            Effect::Check { id, vouched: Some(reason), .. } => {
                let evidence = Evidence::Vouched { reason, diff: DiffStat::default() };
                match self.rng.u32(0..4) {
                    0 if !well => Input::Broken { id, reason: "no disk".into() },
                    1 if !well => Input::Checked { id, verdict: failed() },
                    _ => Input::Checked { id, verdict: Verdict::Passed { evidence } },
                }
            }
            Effect::Check { id, .. } => match self.rng.u32(0..3) {
                0 if !well => Input::Broken { id, reason: "no disk".into() },
                1 | 2 if !well => Input::Checked { id, verdict: Verdict::Failed { reason: "exit 1".into(), output: "x".into() } },
                _ => {
                    Input::Checked { id, verdict: Verdict::Passed { evidence: Evidence::Unverified { diff: DiffStat::default() } } }
                }
            },
            Effect::Land { id, .. } => {
                let outcome = match self.rng.u32(0..4) {
                    0 if !well => return self.send(Input::Broken { id, reason: "no git".into() }),
                    1 | 2 if !well => LandingOutcome::Conflict { paths: vec!["a".into()] },
                    3 => LandingOutcome::Nothing,
                    _ => LandingOutcome::Landed { commit: "c".into() },
                };
                Input::Landed { id, outcome }
            }
            Effect::Work { .. } | Effect::Tell { .. } | Effect::Stop { .. } | Effect::Finish { .. } => return,
        };
        self.send(input);
    }

    /// A worker does its next thing.
    fn speak(&mut self, key: Key, kindly: bool) {
        let (worker, turn) = self.workers[&key].clone();
        match worker {
            Worker::Wants | Worker::Asks(_) | Worker::Finished => {}
            Worker::Calls(id, amount) => {
                self.workers.insert(key, (Worker::Idle, turn));
                self.end_call(id, amount);
            }
            Worker::Idle => self.decide(key, turn, kindly),
        }
    }

    fn end_call(&mut self, reservation: EffectId, amount: Usd) {
        let most = if self.overruns { amount.0 * 2 } else { amount.0 };
        let cost = (self.rng.u32(0..5) > 0).then(|| Usd(self.rng.u64(0..=most)));
        let usage = if self.rng.bool() { usage() } else { Usage::default() };
        self.send(Input::CallEnded { reservation, model: model("p/small"), usage, cost });
    }

    fn decide(&mut self, key: Key, turn: u32, kindly: bool) {
        let (ticket, attempt) = key.clone();
        let step_mode = self.witness.run.ticket(&ticket).is_some_and(|view| view.ticket.step_mode);
        // A patient worker is done after a few turns.
        let done = if kindly { turn >= 3 } else { self.rng.u32(0..4) == 0 };
        if done {
            let how = self.random_end(&ticket, kindly);
            let next = if let WorkerEnd::Finished { .. } = how { Some(Worker::Finished) } else { None };
            match next {
                Some(worker) => drop(self.workers.insert(key, (worker, turn))),
                None => drop(self.workers.remove(&key)),
            }
            return self.send(Input::WorkerEnded { ticket, attempt, how });
        }
        if step_mode && self.rng.bool() {
            self.workers.insert(key, (Worker::Asks(turn), turn + 1));
            return self.send(Input::StepWanted { digest: Digest::of(format!("{ticket} {attempt} {turn}")), ticket, attempt });
        }
        if self.rng.u32(0..8) == 0 {
            self.workers.insert(key, (Worker::Asks(turn), turn + 1));
            return self.send(Input::QuestionWanted { digest: Digest::of(format!("{ticket} {attempt} {turn}?")), ticket, attempt });
        }
        let at_most = Usd(self.rng.u64(0..100));
        // A kind one goes on with whatever is left.
        let at_least = if kindly { Usd::ZERO } else { Usd(self.rng.u64(0..=at_most.0)) };
        self.workers.insert(key.clone(), (Worker::Wants, turn + 1));
        let model = self.witness.attempts.get(&key).cloned().unwrap_or_else(|| model("p/small"));
        self.send(Input::CallWanted { ticket, attempt, turn, call: 0, tier: 3, model, at_most, at_least });
    }

    fn random_end(&mut self, ticket: &conductor_model::TicketId, kindly: bool) -> WorkerEnd {
        match self.rng.u32(0..10) {
            0 if !kindly => WorkerEnd::Blocked { reason: "cannot".into() },
            1 if !kindly => WorkerEnd::OutOfTurns,
            2 if !kindly => WorkerEnd::Failed { reason: "bug".into() },
            3 | 4 if !kindly => WorkerEnd::ProviderDown {
                provider: if self.rng.bool() { "p".into() } else { "q".into() },
                refused: self.rng.u32(0..4) == 0,
                back: self.rng.bool().then(|| self.now + Millis(self.rng.u64(0..100_000))),
                reason: "503".into(),
            },
            _ => WorkerEnd::Finished { summary: format!("did {ticket}") },
        }
    }

    /// The clock jumps to the next deadline.
    fn time(&mut self) {
        let Some((at, _)) = self.witness.run.next_deadline() else { return };
        self.now = self.now.max(at);
        self.send(Input::Deadline);
        let next = self.witness.run.next_deadline();
        assert!(next.is_none_or(|(next, _)| next > self.now), "a deadline that was handled is over");
    }

    fn command(&mut self) {
        let ticket = id(&format!("t{}", self.rng.u32(0..self.names + 1)));
        let command = match self.rng.u32(0..18) {
            12 | 13 => Command::Say { ticket, text: "a word".into() },
            14 | 15 => Command::Complete { ticket, reason: "seen".into() },
            16 | 17 => Command::ChangePolicy { policy: random_policy(&mut self.rng) },
            0 => Command::Pause,
            1 | 2 => Command::GoOn,
            3 | 4 => Command::Cancel { ticket: Some(ticket), reason: "no".into() },
            5 if self.rng.u32(0..4) == 0 => Command::Cancel { ticket: None, reason: "all".into() },
            6..9 => Command::Retry { ticket, note: None },
            9 => Command::AutoQueue,
            10 if self.rng.bool() => Command::Interrupt { terminated: self.rng.bool() },
            _ => Command::GoOn,
        };
        self.send(Input::Command(command));
    }

    fn add(&mut self) {
        let first = self.names;
        let tickets: Vec<Ticket> = (first..first + self.rng.u32(1..3)).map(|number| random_ticket(&mut self.rng, number)).collect();
        self.names += u32::try_from(tickets.len()).unwrap();
        self.send(Input::TicketsAdded { tickets });
    }

    /// Inputs out of place: old ids, wrong attempts, tickets that are not there.
    fn nonsense(&mut self) {
        let effect = EffectId(self.rng.u64(0..60));
        let (ticket, attempt) = (id(&format!("t{}", self.rng.u32(0..self.names + 1))), self.rng.u32(0..4));
        let is_open = self.witness.open.contains_key(&effect);
        let has_worker = self.workers.contains_key(&(ticket.clone(), attempt));
        let input = match self.rng.u32(0..10) {
            0 => Input::Start { track: "again".into(), title: String::new(), durations: BTreeMap::new() },
            1 if !is_open => Input::Prepared { id: effect, digest: Digest::of("n") },
            2 if !is_open => Input::Decided { id: effect, answer: Answered::Rejected { reason: "n".into() } },
            3 if !is_open => Input::Checked { id: effect, verdict: passed() },
            4 if !is_open => Input::Landed { id: effect, outcome: LandingOutcome::Nothing },
            5 if !is_open => Input::Broken { id: effect, reason: "n".into() },
            6 if !has_worker => Input::WorkerEnded { ticket, attempt: attempt + 7, how: WorkerEnd::OutOfTurns },
            7 if !has_worker => Input::StepWanted { ticket, attempt: attempt + 7, digest: Digest::of("n") },
            8 => Input::TicketsAdded { tickets: vec![ticket_of_itself()] },
            _ => Input::Deadline,
        };
        self.send(input);
    }

    /// The process dies; the next one goes on, perhaps under other rules.
    fn crash(&mut self) {
        self.workers.clear();
        self.orphans.clear();
        self.finished = self.witness.run.is_finished();
        let mut policy = self.witness.policy.clone();
        match self.rng.u32(0..6) {
            0 => policy = Policy { deadline: None, ..random_policy(&mut self.rng) },
            1 => policy.budget = policy.budget.map(|budget| budget.plus(Usd(300))),
            2 => policy.attended = true,
            _ => {}
        }
        policy.deadline = policy.deadline.filter(|deadline| *deadline > self.now);
        self.resume(policy);
    }

    fn resume(&mut self, policy: Policy) {
        let step = self.witness.send(self.now, Input::Resumed { policy });
        let with_id = |effect: &Effect| effect_id(effect).is_some();
        let rest = step.effects.into_iter().filter(|effect| !with_id(effect));
        for effect in self.witness.run.outstanding().into_iter().chain(rest) {
            self.carry_out(effect);
        }
    }

    fn between_processes(&mut self) {
        self.workers.clear();
        self.orphans.clear();
        match self.rng.u32(0..4) {
            0 => self.command(),
            1 => self.answer(true),
            2 => self.add(),
            _ => self.crash(),
        }
    }

    /// Answers everything well until the run rests; how many steps that took.
    pub(crate) fn drive_to_the_end(&mut self) -> u32 {
        let mut steps = 0;
        while !self.finished {
            steps += 1;
            assert!(steps < 5_000, "the run comes to no end: {:?}", self.witness.run.tickets().collect::<Vec<_>>());
            self.now = self.now + Millis(10);
            if self.is_stuck() {
                self.time();
            } else {
                self.answer(true);
            }
        }
        steps
    }

    /// Whether only time can help.
    fn is_stuck(&self) -> bool {
        let is_idle = |(worker, _): &(Worker, u32)| !matches!(worker, Worker::Idle | Worker::Calls(..));
        self.orphans.is_empty()
            && self.workers.values().all(is_idle)
            && self.witness.open.values().all(|effect| matches!(effect, Effect::Work { .. }))
    }

    /// Goes on with a suspended run under rules that leave it no excuse.
    pub(crate) fn resume_with_everything(&mut self) {
        self.workers.clear();
        self.orphans.clear();
        self.finished = self.witness.run.is_finished();
        let policy = self.witness.policy.clone();
        self.resume(Policy { budget: None, deadline: None, attended: true, ..policy });
    }

    pub(crate) fn allow_overruns(&mut self) {
        self.overruns = true;
    }
}

fn ticket_of_itself() -> Ticket {
    ticket("new", &["new"])
}

fn passed() -> Verdict {
    Verdict::Passed { evidence: Evidence::Unverified { diff: DiffStat::default() } }
}

fn failed() -> Verdict {
    Verdict::Failed { reason: "exit 1".into(), output: "no".into() }
}

fn usage() -> Usage {
    Usage { input: Some(10), output: Some(2), ..Usage::default() }
}
