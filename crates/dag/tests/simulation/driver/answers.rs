//! Answers to what the run wants done.

use conductor_dag::{Answered, Effect, Input};
use conductor_model::{ApprovalKind, DiffStat, Digest, EffectId, Evidence, LandingOutcome, Verdict};

use super::Driver;
use super::workers::Key;

impl Driver {
    /// Answers what is open in some way; `kindly`: so that the run comes to an end.
    pub(super) fn answer(&mut self, kindly: bool) {
        let issued = self.witness.seen.issued.values();
        let effects: Vec<Effect> = issued.filter(|effect| !matches!(effect, Effect::Work { .. })).cloned().collect();
        let workers: Vec<Key> = self.workers.iter().filter(|(_, worker)| worker.can_speak()).map(|(key, _)| key.clone()).collect();
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

    /// Gives an answer, and now and then one that was given before.
    pub(super) fn give(&mut self, answer: Input) {
        self.send(answer.clone());
        if let Some(given) = self.given.take_if(|_| self.rng.u32(0..12) == 0) {
            self.send(given);
        }
        self.given = Some(answer);
    }

    fn answer_effect(&mut self, effect: Effect, kindly: bool) {
        let well = kindly || self.rng.u32(0..100) < self.luck;
        let input = match effect {
            Effect::Prepare { id, .. } if !well && self.rng.u32(0..4) == 0 => Input::Broken { id, reason: "no disk".into() },
            Effect::Prepare { id, ticket, attempt, .. } => {
                Input::Prepared { id, digest: Digest::of(format!("{ticket} {attempt}")) }
            }
            Effect::Ask { id, digest, kind, .. } => {
                // Without anybody to ask, an answer comes from elsewhere, and seldom.
                if !self.witness.seen.policy.attended && self.rng.u32(0..4) > 0 {
                    return;
                }
                self.answered(id, digest, kind, well)
            }
            Effect::Check { id, vouched, .. } => match self.rng.u32(0..6) {
                0 if !well => Input::Broken { id, reason: "no disk".into() },
                1..6 if !well => Input::Checked { id, verdict: failed() },
                _ => Input::Checked { id, verdict: passed(vouched) },
            },
            Effect::Land { id, .. } => match self.rng.u32(0..4) {
                0 if !well => Input::Broken { id, reason: "no git".into() },
                1 | 2 if !well => Input::Landed { id, outcome: LandingOutcome::Conflict { paths: vec!["a".into()] } },
                3 => Input::Landed { id, outcome: LandingOutcome::Nothing },
                _ => Input::Landed { id, outcome: LandingOutcome::Landed { commit: "c".into() } },
            },
            Effect::Work { .. } | Effect::Tell { .. } | Effect::Stop { .. } | Effect::Finish { .. } => return,
        };
        self.give(input);
    }

    /// Sometimes an answer that does not fit the question.
    fn answered(&mut self, id: EffectId, digest: Digest, kind: ApprovalKind, well: bool) -> Input {
        let answer = match self.rng.u32(0..6) {
            _ if kind == ApprovalKind::Question && self.rng.u32(0..4) > 0 => Answered::Answer { text: format!("answer {id}") },
            0 if !well => Answered::Rejected { reason: String::new() },
            1 => Answered::Approved { digest: Digest::of(format!("edited {id}")) },
            _ => Answered::Approved { digest },
        };
        Input::Decided { id, answer }
    }

    /// What a person answers while no process holds the run.
    pub(super) fn answer_a_question(&mut self) {
        let asked = self.witness.seen.issued.values().find(|effect| matches!(effect, Effect::Ask { .. })).cloned();
        if let Some(Effect::Ask { id, digest, kind, .. }) = asked {
            let input = self.answered(id, digest, kind, false);
            self.give(input);
        }
    }
}

fn passed(vouched: Option<String>) -> Verdict {
    let diff = DiffStat::default();
    let evidence = match vouched {
        Some(reason) => Evidence::Vouched { reason, diff },
        None => Evidence::Unverified { diff },
    };
    Verdict::Passed { evidence }
}

fn failed() -> Verdict {
    Verdict::Failed { reason: "exit 1".into(), output: "no".into() }
}
