//! Plays a script, and judges the run after every step.

use std::collections::BTreeSet;

use arbitrary::{Result, Unstructured};
use conductor_dag::{Effect, Input, Run, Snapshot, Step, TicketGraph, Told};
use conductor_model::{Decision, EffectId, Millis, Policy, Timestamp};

use super::decode;

/// The steps of one script: the events of all are folded after each.
const STEPS: usize = 64;

/// A run that a script is played on.
pub struct Player {
    /// The run.
    pub run: Run,
    /// The graph as the run began.
    pub graph: TicketGraph,
    policy: Policy,
    events: Vec<Decision>,
    calls: Vec<EffectId>,
    now: Timestamp,
}

/// Judges one script.
pub fn check(data: &[u8]) {
    // A script that is cut short is over.
    let _ = whole(&mut Unstructured::new(data));
}

fn whole(bytes: &mut Unstructured<'_>) -> Result<()> {
    let mut player = Player::new(bytes)?;
    let mut twin = player.judged();
    for _ in 0..STEPS {
        if bytes.is_empty() {
            break;
        }
        let input = player.next(bytes)?;
        let is_deadline = input == Input::Deadline;
        let (now, step) = (player.now, player.send(input.clone()));
        assert_eq!(twin.handle(now, input), step, "a restored run decides alike");
        twin = player.judged();
        let next = player.run.next_deadline();
        assert!(!is_deadline || next.is_none_or(|(next, _)| next > now), "a deadline that was handled is over");
    }
    Ok(())
}

impl Player {
    /// A run of its own tickets and rules, begun.
    ///
    /// # Errors
    /// The bytes are not enough.
    pub fn new(bytes: &mut Unstructured<'_>) -> Result<Self> {
        let now = Timestamp(1_000_000);
        let policy = decode::policy(bytes, now)?;
        let graph = TicketGraph::new(decode::tickets(bytes, 0, false)?).expect("they depend on those before them");
        let run = Run::new(graph.clone(), policy.clone());
        let mut player = Self { run, graph, policy, events: Vec::new(), calls: Vec::new(), now };
        let _ = player.send(Input::Start { track: "t".to_owned(), title: "T".to_owned(), durations: [].into() });
        Ok(player)
    }

    /// What happens next, a while later or at the next deadline.
    ///
    /// # Errors
    /// The bytes are not enough.
    pub fn next(&mut self, bytes: &mut Unstructured<'_>) -> Result<Input> {
        let input = decode::input(bytes, &self.run, &self.calls, self.now)?;
        self.now = self.now + Millis(bytes.arbitrary::<u8>()?.into());
        if let (Input::Deadline, Some((due, _))) = (&input, self.run.next_deadline()) {
            // The end of all time is no deadline that comes.
            self.now = if due < Timestamp(i64::MAX) { self.now.max(due) } else { self.now };
        }
        Ok(input)
    }

    /// Hands an input over.
    pub fn send(&mut self, input: Input) -> Step {
        let step = self.run.handle(self.now, input);
        self.events.extend(step.events.iter().cloned());
        for effect in &step.effects {
            if let Effect::Tell { told: Told::Granted { reservation, .. }, .. } = effect {
                self.calls.push(*reservation);
            }
        }
        step
    }

    /// The run again, restored from its snapshot; a panic if that or its events make another one.
    fn judged(&self) -> Run {
        let json = serde_json::to_string(&self.run.snapshot()).expect("a snapshot is JSON");
        let snapshot: Snapshot = serde_json::from_str(&json).expect("it can be read again");
        let restored = Run::restore(self.graph.clone(), snapshot).expect("it fits");
        assert_eq!(restored, self.run, "a snapshot is the run");
        let recovered = Run::recover(self.graph.clone(), self.policy.clone(), self.events.iter().cloned());
        assert_eq!(recovered, self.run, "its events are the run");
        look(&self.run);
        restored
    }
}

/// Looks at everything that a run shows.
pub fn look(run: &Run) {
    let ids: Vec<EffectId> = run.outstanding().iter().filter_map(id).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "an id is open once");
    let asked: Vec<EffectId> = run.open_questions().map(|question| question.id).collect();
    assert!(asked.iter().all(|id| ids.contains(id)), "a question is an open effect");
    let counts = run.counts();
    let all = counts.open + counts.completed + counts.blocked + counts.rejected + counts.cancelled + counts.unreachable;
    assert_eq!((run.tickets().count(), all as usize), (run.graph().len(), run.graph().len()), "each ticket is counted once");
    assert!(!run.is_finished() || (counts.open == 0 && run.next_deadline().is_none()), "what is finished waits for nothing");
}

fn id(effect: &Effect) -> Option<EffectId> {
    match effect {
        Effect::Prepare { id, .. }
        | Effect::Ask { id, .. }
        | Effect::Work { id, .. }
        | Effect::Check { id, .. }
        | Effect::Land { id, .. } => Some(*id),
        Effect::Tell { .. } | Effect::Stop { .. } | Effect::Finish { .. } => None,
    }
}
