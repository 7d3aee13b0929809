//! Answers that come too late, or to nothing, change nothing.

use conductor_dag::{Effect, Input, Step};
use conductor_model::EffectId;

use super::Moment;
use crate::seen::{Phase, Seen};

/// What a step is compared with.
#[derive(Debug)]
pub(crate) struct Before {
    /// Slots that were held.
    pub(crate) held: usize,
    /// The input answers an effect, or speaks of an attempt, that is not open.
    too_late: bool,
}

impl Before {
    pub(crate) fn new(seen: &Seen, input: &Input) -> Self {
        Self { held: seen.holders().count(), too_late: is_too_late(seen, input) }
    }
}

fn is_too_late(seen: &Seen, input: &Input) -> bool {
    let is_open = |id: &EffectId, which: fn(&Effect) -> bool| seen.issued.get(id).is_some_and(which);
    let at_rest = seen.phase != Phase::Going;
    match input {
        Input::Start { .. } => seen.phase != Phase::New,
        Input::Resumed { .. } => matches!(seen.phase, Phase::New | Phase::Finished),
        Input::Decided { id, .. } => !is_open(id, |effect| matches!(effect, Effect::Ask { .. })),
        Input::Prepared { id, .. } => at_rest || !is_open(id, |effect| matches!(effect, Effect::Prepare { .. })),
        Input::Checked { id, .. } => at_rest || !is_open(id, |effect| matches!(effect, Effect::Check { .. })),
        Input::Landed { id, .. } => at_rest || !is_open(id, |effect| matches!(effect, Effect::Land { .. })),
        Input::Broken { id, .. } => {
            at_rest || !is_open(id, |effect| matches!(effect, Effect::Prepare { .. } | Effect::Check { .. } | Effect::Land { .. }))
        }
        Input::CallEnded { reservation, .. } => at_rest || !seen.reservations.contains_key(reservation),
        Input::CallWanted { ticket, attempt, .. }
        | Input::StepWanted { ticket, attempt, .. }
        | Input::QuestionWanted { ticket, attempt, .. }
        | Input::WorkerEnded { ticket, attempt, .. } => at_rest || seen.attempt(ticket, *attempt).is_none(),
        Input::Deadline => at_rest,
        Input::TicketsAdded { .. } | Input::Command(_) => seen.phase == Phase::New,
    }
}

pub(super) fn at_step(before: &Before, moment: Moment<'_>, step: &Step) {
    // Any input shows that the run's deadline has come.
    let time_has_come = step.events.first().is_some_and(|event| {
        matches!(event, conductor_model::Decision::RunPaused {} | conductor_model::Decision::RunFinished { .. })
    });
    if before.too_late && !time_has_come {
        assert!(*step == Step::default(), "what comes too late changes nothing\n  {:?}\n  {step:?}", moment.input);
    }
}
