//! Checks and landings.

use conductor_model::{EffectId, LandingOutcome};

use super::stage::{Stage, failed, id, passed, policy, ticket};
use crate::{Command, Input};

fn landed(stage: &mut Stage, effect: u64, outcome: LandingOutcome) -> Vec<String> {
    stage.send(Input::Landed { id: EffectId(effect), outcome })
}

fn conflict() -> LandingOutcome {
    LandingOutcome::Conflict { paths: vec!["a.py".into(), "b.py".into()] }
}

// R21: a ticket is completed only when the check passes; the same worker goes on with the verdict.
#[test]
fn the_third_failing_check_ends_the_attempt() {
    let (mut stage, _) = Stage::started(vec![ticket("a", &[])], policy());
    assert_eq!(
        stage.finished("a", 1),
        [
            r#"{"type":"check.started","id":2,"ticket":"a","attempt":1,"summary":"done"}"#,
            r#"> Check { id: #(2), ticket: ("a"), attempt: 1, vouched: None }"#,
        ]
    );
    assert_eq!(
        stage.checked(2, failed()),
        [
            r#"{"type":"check.finished","id":2,"ticket":"a","attempt":1,"verdict":{"verdict":"failed","reason":"exit 1","output":"no"},"failures":1}"#,
            r#"> Tell { ticket: ("a"), attempt: 1, told: Verdict { verdict: Failed { reason: "exit 1", output: "no" } } }"#,
        ]
    );
    stage.finished("a", 1);
    stage.checked(3, failed());
    stage.finished("a", 1);
    assert_eq!(
        stage.checked(4, failed()),
        [
            r#"{"type":"check.finished","id":4,"ticket":"a","attempt":1,"verdict":{"verdict":"failed","reason":"exit 1","output":"no"},"failures":3}"#,
            r#"{"type":"attempt.ended","ticket":"a","attempt":1,"how":"check_failed","reason":"exit 1","next":1}"#,
            r#"{"type":"attempt.started","id":5,"ticket":"a","attempt":2,"rung":1,"model":"q/big","approved":null,"deadline":null}"#,
            r#"> Stop { ticket: ("a"), attempt: 1 }"#,
            r#"> Work { id: #(5), ticket: ("a"), attempt: 2, model: q/big, approved: None }"#,
        ]
    );
}

// R33: every attempt ends in an event.
#[test]
fn a_check_that_cannot_be_run_blocks_the_ticket_without_climbing() {
    let (mut stage, _) = Stage::started(vec![ticket("a", &[])], policy());
    stage.finished("a", 1);
    assert_eq!(
        stage.send(Input::Broken { id: EffectId(2), reason: "no shell".into() }),
        [
            r#"{"type":"attempt.ended","ticket":"a","attempt":1,"how":"failed","reason":"no shell","next":null}"#,
            r#"{"type":"ticket.blocked","ticket":"a","attempt":1,"reason":"no shell"}"#,
            r#"{"type":"run.finished","exit":100,"resumable":false,"counts":{"completed":0,"unverified":0,"blocked":1,"rejected":0,"cancelled":0,"unreachable":0,"open":0},"suspended":null}"#,
            r#"> Stop { ticket: ("a"), attempt: 1 }"#,
            "> Finish { exit: 100 }",
        ]
    );
}

#[test]
fn one_lands_at_a_time_in_the_order_in_which_checks_passed() {
    let (mut stage, _) = Stage::started(vec![ticket("a", &[]), ticket("b", &[])], policy());
    stage.finished("a", 1);
    stage.finished("b", 1);
    assert_eq!(
        stage.checked(4, passed()),
        [
            r#"{"type":"check.finished","id":4,"ticket":"b","attempt":1,"verdict":{"verdict":"passed","evidence":{"kind":"unverified","diff":{"files":0,"insertions":0,"deletions":0}}},"failures":0}"#,
            r#"{"type":"landing.started","id":5,"ticket":"b","attempt":1}"#,
            r#"> Land { id: #(5), ticket: ("b"), attempt: 1 }"#,
        ]
    );
    assert_eq!(
        stage.checked(3, passed()),
        [
            r#"{"type":"check.finished","id":3,"ticket":"a","attempt":1,"verdict":{"verdict":"passed","evidence":{"kind":"unverified","diff":{"files":0,"insertions":0,"deletions":0}}},"failures":0}"#,
        ]
    );
    assert_eq!(stage.states(), ["a Landing", "b Landing"]);
    assert_eq!(
        landed(&mut stage, 5, LandingOutcome::Landed { commit: "c1".into() }),
        [
            r#"{"type":"landing.finished","id":5,"ticket":"b","attempt":1,"outcome":{"outcome":"landed","commit":"c1"}}"#,
            r#"{"type":"attempt.ended","ticket":"b","attempt":1,"how":"completed","reason":"","next":null}"#,
            r#"{"type":"ticket.completed","ticket":"b","attempt":1,"evidence":{"kind":"unverified","diff":{"files":0,"insertions":0,"deletions":0}},"summary":"done"}"#,
            r#"{"type":"landing.started","id":6,"ticket":"a","attempt":1}"#,
            r#"> Stop { ticket: ("b"), attempt: 1 }"#,
            r#"> Land { id: #(6), ticket: ("a"), attempt: 1 }"#,
        ]
    );
    assert_eq!(
        landed(&mut stage, 6, LandingOutcome::Nothing),
        [
            r#"{"type":"landing.finished","id":6,"ticket":"a","attempt":1,"outcome":{"outcome":"nothing"}}"#,
            r#"{"type":"attempt.ended","ticket":"a","attempt":1,"how":"completed","reason":"","next":null}"#,
            r#"{"type":"ticket.completed","ticket":"a","attempt":1,"evidence":{"kind":"unverified","diff":{"files":0,"insertions":0,"deletions":0}},"summary":"done"}"#,
            r#"{"type":"run.finished","exit":0,"resumable":false,"counts":{"completed":2,"unverified":2,"blocked":0,"rejected":0,"cancelled":0,"unreachable":0,"open":0},"suspended":null}"#,
            r#"> Stop { ticket: ("a"), attempt: 1 }"#,
            "> Finish { exit: 0 }",
        ]
    );
}

#[test]
fn a_conflict_is_another_attempt_on_the_same_rung_twice_and_then_it_blocks() {
    let (mut stage, _) = Stage::started(vec![ticket("a", &[])], policy());
    stage.finished("a", 1);
    stage.checked(2, passed());
    assert_eq!(
        landed(&mut stage, 3, conflict()),
        [
            r#"{"type":"landing.finished","id":3,"ticket":"a","attempt":1,"outcome":{"outcome":"conflict","paths":["a.py","b.py"]}}"#,
            r#"{"type":"attempt.ended","ticket":"a","attempt":1,"how":"conflict","reason":"what landed meanwhile does not go together with it: a.py, b.py","next":0}"#,
            r#"{"type":"attempt.started","id":4,"ticket":"a","attempt":2,"rung":0,"model":"p/small","approved":null,"deadline":null}"#,
            r#"> Stop { ticket: ("a"), attempt: 1 }"#,
            r#"> Work { id: #(4), ticket: ("a"), attempt: 2, model: p/small, approved: None }"#,
        ]
    );
    stage.finished("a", 2);
    stage.checked(5, passed());
    landed(&mut stage, 6, conflict());
    stage.finished("a", 3);
    stage.checked(8, passed());
    assert_eq!(
        landed(&mut stage, 9, conflict()),
        [
            r#"{"type":"landing.finished","id":9,"ticket":"a","attempt":3,"outcome":{"outcome":"conflict","paths":["a.py","b.py"]}}"#,
            r#"{"type":"attempt.ended","ticket":"a","attempt":3,"how":"conflict","reason":"what landed meanwhile does not go together with it: a.py, b.py","next":null}"#,
            r#"{"type":"ticket.blocked","ticket":"a","attempt":3,"reason":"what landed meanwhile does not go together with it: a.py, b.py"}"#,
            r#"{"type":"run.finished","exit":100,"resumable":false,"counts":{"completed":0,"unverified":0,"blocked":1,"rejected":0,"cancelled":0,"unreachable":0,"open":0},"suspended":null}"#,
            r#"> Stop { ticket: ("a"), attempt: 3 }"#,
            "> Finish { exit: 100 }",
        ]
    );
}

#[test]
fn a_landing_that_cannot_be_carried_out_blocks_the_ticket() {
    let (mut stage, _) = Stage::started(vec![ticket("a", &[])], policy());
    stage.finished("a", 1);
    stage.checked(2, passed());
    assert_eq!(
        stage.send(Input::Broken { id: EffectId(3), reason: "disk full".into() }),
        [
            r#"{"type":"attempt.ended","ticket":"a","attempt":1,"how":"failed","reason":"disk full","next":null}"#,
            r#"{"type":"ticket.blocked","ticket":"a","attempt":1,"reason":"disk full"}"#,
            r#"{"type":"run.finished","exit":100,"resumable":false,"counts":{"completed":0,"unverified":0,"blocked":1,"rejected":0,"cancelled":0,"unreachable":0,"open":0},"suspended":null}"#,
            r#"> Stop { ticket: ("a"), attempt: 1 }"#,
            "> Finish { exit: 100 }",
        ]
    );
}

#[test]
fn a_landing_that_is_under_way_when_its_ticket_is_cancelled_is_waited_for() {
    let (mut stage, _) = Stage::started(vec![ticket("a", &[])], policy());
    stage.finished("a", 1);
    stage.checked(2, passed());
    assert_eq!(
        stage.command(Command::Cancel { ticket: Some(id("a")), reason: "not wanted".into() }),
        [
            r#"{"type":"attempt.ended","ticket":"a","attempt":1,"how":"cancelled","reason":"not wanted","next":null}"#,
            r#"{"type":"ticket.cancelled","ticket":"a","reason":"not wanted"}"#,
            r#"> Stop { ticket: ("a"), attempt: 1 }"#,
        ]
    );
    assert_eq!(stage.run.outstanding().len(), 1);
    assert_eq!(
        landed(&mut stage, 3, LandingOutcome::Landed { commit: "c1".into() }),
        [
            r#"{"type":"landing.finished","id":3,"ticket":"a","attempt":1,"outcome":{"outcome":"landed","commit":"c1"}}"#,
            r#"{"type":"run.finished","exit":100,"resumable":false,"counts":{"completed":0,"unverified":0,"blocked":0,"rejected":0,"cancelled":1,"unreachable":0,"open":0},"suspended":null}"#,
            "> Finish { exit: 100 }",
        ]
    );
}
