//! One colour a state, readable on light and on dark ground, and its name for programs.

use conductor_dag::State;

/// The colour, as `#rrggbb`.
pub(super) fn color(state: State) -> &'static str {
    match state {
        State::Waiting => "#8a94a3",
        State::Ready => "#4f9bd9",
        State::AwaitingApproval => "#d18a13",
        State::Queued => "#7b83d6",
        State::Running => "#1f7ae0",
        State::Checking => "#8b5cd6",
        State::Landing => "#129c94",
        State::Completed => "#2f9e4f",
        State::Blocked => "#d64035",
        State::Rejected => "#b5365e",
        State::Cancelled => "#75655a",
        State::Unreachable => "#b3673a",
    }
}

/// The name of a state as a class: letters and `_`.
pub(super) fn class(state: State) -> String {
    super::state_word(state).replace(' ', "_")
}
