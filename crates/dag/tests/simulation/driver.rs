//! Drives a run in virtual time: random answers, commands and crashes, then to its end. Everything follows from a seed.

mod answers;
mod people;
mod workers;

use std::collections::BTreeMap;

use conductor_dag::{Effect, Input};
use conductor_model::{EffectId, Millis, Policy, Timestamp, Usd};
use fastrand::Rng;

use crate::seen::effect_id;
use crate::tracks::{random_durations, random_policy, random_track};
use crate::witness::Witness;

use workers::{Key, Worker};

/// A run, its workers and its people.
pub(crate) struct Driver {
    pub(crate) witness: Witness,
    now: Timestamp,
    rng: Rng,
    workers: BTreeMap<Key, Worker>,
    /// Calls whose worker was stopped; they still end.
    orphans: BTreeMap<EffectId, Usd>,
    finished: bool,
    /// How many tickets there are.
    tickets: u32,
    /// Whether calls may cost more than was set aside.
    overruns: bool,
    /// How many of a hundred answers are good ones.
    luck: u32,
    /// An answer that was given already.
    given: Option<Input>,
}

impl Driver {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let policy = random_policy(&mut rng);
        let tickets = random_track(&mut rng);
        Self {
            now: Timestamp(1_000),
            workers: BTreeMap::new(),
            orphans: BTreeMap::new(),
            finished: false,
            tickets: u32::try_from(tickets.len()).unwrap(),
            overruns: rng.u32(0..5) == 0,
            luck: rng.u32(30..100),
            given: None,
            witness: Witness::new(tickets, policy),
            rng,
        }
    }

    /// A script of random length.
    pub(crate) fn play(&mut self) {
        self.start();
        for _ in 0..self.rng.u32(20..100) {
            self.step();
        }
    }

    /// A script, then to the end, then on with everything the run could lack, until every ticket is final.
    pub(crate) fn run(&mut self) {
        self.play();
        for _ in 0..30 {
            self.drive_to_the_end();
            self.witness.verify_recovery();
            if self.witness.run.is_finished() {
                self.witness.verify_whole();
                return;
            }
            assert!(self.witness.run.is_suspended().is_some(), "a run that ends is finished or suspended");
            self.resume_with_everything();
        }
        panic!("a run that lacks nothing is finished at some time\n  {:?}", self.witness.run.is_suspended());
    }

    fn start(&mut self) {
        let durations = random_durations(&mut self.rng, self.tickets);
        self.send(Input::Start { track: "t".into(), title: "T".into(), durations });
    }

    fn send(&mut self, input: Input) {
        let step = self.witness.send(self.now, input);
        for effect in step.effects {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            // Answered in their time.
            Effect::Prepare { .. } | Effect::Ask { .. } | Effect::Check { .. } | Effect::Land { .. } => {}
            Effect::Work { ticket, attempt, .. } => self.employ((ticket, attempt)),
            Effect::Tell { ticket, attempt, told } => self.tell((ticket, attempt), told),
            Effect::Stop { ticket, attempt } => self.dismiss(&(ticket, attempt)),
            Effect::Finish { .. } => self.finished = true,
        }
    }

    /// Something that can happen, chosen at random.
    fn step(&mut self) {
        self.now = self.now + Millis(self.rng.u64(0..2_000));
        if self.rng.u32(0..16) == 0 {
            self.witness.verify_recovery();
        }
        if self.finished {
            return self.between_processes();
        }
        match self.rng.u32(0..100) {
            0 | 1 => self.crash(),
            2..6 => self.command(),
            6..9 => self.nonsense(),
            9 | 10 => self.add(),
            11..15 => self.time(),
            _ => self.answer(false),
        }
    }

    /// The clock jumps to the next deadline.
    fn time(&mut self) {
        let Some((at, _)) = self.witness.run.next_deadline() else { return };
        self.now = self.now.max(at);
        self.send(Input::Deadline);
    }

    /// The process dies; the next one goes on, perhaps under other rules.
    fn crash(&mut self) {
        let mut policy = self.witness.seen.policy.clone();
        match self.rng.u32(0..6) {
            0 => policy = random_policy(&mut self.rng),
            1 => policy.budget = policy.budget.map(|budget| budget.plus(Usd(300))),
            2 => policy.attended = true,
            _ => {}
        }
        if self.rng.u32(0..4) > 0 {
            policy.deadline = policy.deadline.filter(|deadline| *deadline > self.now);
        }
        self.resume(policy);
    }

    fn resume(&mut self, policy: Policy) {
        self.workers.clear();
        self.orphans.clear();
        self.finished = self.witness.run.is_finished();
        let by_snapshot = self.rng.bool();
        self.witness.crash(by_snapshot);
        let step = self.witness.send(self.now, Input::Resumed { policy });
        let rest = step.effects.into_iter().filter(|effect| effect_id(effect).is_none());
        for effect in self.witness.run.outstanding().into_iter().chain(rest) {
            self.carry_out(effect);
        }
    }

    /// No process holds the run; people still answer and command.
    fn between_processes(&mut self) {
        self.workers.clear();
        self.orphans.clear();
        match self.rng.u32(0..6) {
            0 => self.command(),
            1 | 2 => self.answer_a_question(),
            3 => self.add(),
            _ => self.crash(),
        }
    }

    /// Answers everything well until the run rests.
    fn drive_to_the_end(&mut self) {
        let mut steps = 0;
        while !self.finished {
            steps += 1;
            assert!(steps < 5_000, "every run ends or is suspended\n  {:?}", self.witness.seen.tickets);
            self.now = self.now + Millis(10);
            if self.is_stuck() {
                self.time();
            } else {
                self.answer(true);
            }
        }
    }

    /// Whether only time can help.
    fn is_stuck(&self) -> bool {
        self.orphans.is_empty()
            && self.workers.values().all(|worker| !worker.can_speak())
            && self.witness.seen.issued.values().all(|effect| matches!(effect, Effect::Work { .. }))
    }

    /// Goes on with a suspended run under rules that leave it no excuse.
    fn resume_with_everything(&mut self) {
        let policy = self.witness.seen.policy.clone();
        self.resume(Policy { budget: None, deadline: None, attended: true, ..policy });
    }
}
