//! Whether a run is over, or cannot go on, and why.

use conductor_dag::Effect;
use conductor_model::{Counts, Decision, Evidence, Suspension, Wait};

use super::rows::{Doing, Place, Row};
use super::{Phase, Reference};

impl Reference {
    pub(super) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for row in &self.rows {
            match &row.place {
                Place::Completed { evidence, .. } => {
                    counts.completed += 1;
                    match evidence {
                        Evidence::Unverified { .. } => counts.unverified += 1,
                        Evidence::Vouched { .. } => counts.vouched += 1,
                        Evidence::Checked { .. } | Evidence::Declared => {}
                    }
                }
                Place::Blocked { .. } => counts.blocked += 1,
                Place::Rejected { .. } => counts.rejected += 1,
                Place::Cancelled { .. } => counts.cancelled += 1,
                Place::Unreachable { .. } => counts.unreachable += 1,
                Place::Waiting
                | Place::Ready
                | Place::Preparing { .. }
                | Place::Asked { .. }
                | Place::Approved { .. }
                | Place::Open(_) => counts.open += 1,
            }
        }
        counts
    }

    pub(super) fn end(&mut self) {
        if self.landing.is_some() {
            return;
        }
        if self.rows.iter().all(Row::is_final) {
            return self.finish();
        }
        if !self.rows.iter().any(|row| self.moves(row)) {
            self.suspend(self.why());
        }
    }

    pub(super) fn finish(&mut self) {
        self.phase = Phase::Finished;
        let exit = if self.rows.iter().all(Row::is_completed) { 0 } else { 100 };
        self.say(Decision::RunFinished { exit, resumable: false, counts: self.counts(), suspended: None });
        self.want(Effect::Finish { exit });
    }

    pub(super) fn suspend(&mut self, why: Suspension) {
        self.phase = Phase::Suspended(why);
        self.say(Decision::RunFinished { exit: why.exit(), resumable: true, counts: self.counts(), suspended: Some(why) });
        self.want(Effect::Finish { exit: why.exit() });
    }

    /// Whether something is under way for the ticket, or will be by itself.
    fn moves(&self, row: &Row) -> bool {
        match &row.place {
            Place::Preparing { .. } => true,
            Place::Asked { .. } => self.policy.attended && !self.paused && !self.is_past_the_deadline(),
            Place::Open(attempt) => match &attempt.doing {
                Doing::Works | Doing::Checks { .. } | Doing::Lands { .. } => true,
                Doing::Waits { on, .. } => match on {
                    Wait::Approval { .. } => self.policy.attended && !self.is_past_the_deadline(),
                    Wait::Provider { until, .. } => until.is_some() && !self.is_past_the_deadline(),
                    Wait::Slot | Wait::Money { .. } => false,
                },
            },
            Place::Waiting
            | Place::Ready
            | Place::Approved { .. }
            | Place::Completed { .. }
            | Place::Blocked { .. }
            | Place::Rejected { .. }
            | Place::Cancelled { .. }
            | Place::Unreachable { .. } => false,
        }
    }

    /// The first that applies, in the order of exit codes.
    fn why(&self) -> Suspension {
        let waits = |which: &dyn Fn(&Wait) -> bool| {
            self.rows.iter().filter_map(Row::attempt).any(|attempt| match &attempt.doing {
                Doing::Waits { on, .. } => which(on),
                Doing::Works | Doing::Checks { .. } | Doing::Lands { .. } => false,
            })
        };
        let is_asked = self.rows.iter().any(|row| matches!(row.place, Place::Asked { .. }));
        if waits(&|on| matches!(on, Wait::Provider { refused: true, .. })) {
            Suspension::KeyRefused
        } else if waits(&|on| matches!(on, Wait::Provider { .. })) {
            Suspension::ProviderGone
        } else if self.is_past_the_deadline() {
            Suspension::DeadlineReached
        } else if waits(&|on| matches!(on, Wait::Money { .. })) {
            Suspension::OutOfBudget
        } else if !self.policy.attended && (is_asked || waits(&|on| matches!(on, Wait::Approval { .. }))) {
            Suspension::Parked
        } else {
            Suspension::Paused
        }
    }
}
