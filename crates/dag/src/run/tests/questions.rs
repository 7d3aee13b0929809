//! What workers ask of people.

use conductor_model::{Digest, OnQuestion, Policy};

use super::stage::{Stage, asking, id, policy, ticket};
use crate::{Answered, Command, Input};

/// One at work, and one that waits for its slot.
fn stage(attended: bool) -> Stage {
    Stage::started(vec![ticket("a", &[]), ticket("b", &[])], Policy { jobs: 1, attended, ..policy() }).0
}

fn asks(stage: &mut Stage, what: &str) -> Vec<String> {
    stage.send(Input::QuestionWanted { ticket: id("a"), attempt: 1, digest: Digest::of(what) })
}

fn answer(stage: &mut Stage, question: u64, text: &str) -> Vec<String> {
    stage.send(Input::Decided { id: conductor_model::EffectId(question), answer: Answered::Answer { text: text.into() } })
}

#[test]
fn a_question_gives_the_slot_back_and_its_answer_goes_to_the_same_attempt() {
    let mut stage = stage(true);
    assert_eq!(
        asks(&mut stage, "x"),
        [
            r#"{"type":"approval.asked","id":2,"ticket":"a","attempt":1,"kind":"question","digest":"sha-x"}"#,
            r#"{"type":"attempt.waiting","ticket":"a","attempt":1,"on":{"for":"approval","id":2}}"#,
            r#"{"type":"attempt.started","id":3,"ticket":"b","attempt":1,"rung":0,"model":"p/small","approved":null,"deadline":null}"#,
            r#"> Ask { id: #(2), ticket: ("a"), attempt: 1, kind: Question, digest: Digest("sha-x") }"#,
            r#"> Work { id: #(3), ticket: ("b"), attempt: 1, model: p/small, approved: None }"#,
        ]
    );
    assert_eq!(
        answer(&mut stage, 2, "the second"),
        [
            r#"{"type":"approval.decided","id":2,"ticket":"a","attempt":1,"approved":true,"digest":"sha-x","edited":false,"reason":"","answer":"the second"}"#,
            r#"{"type":"attempt.waiting","ticket":"a","attempt":1,"on":{"for":"slot"}}"#,
        ]
    );
    assert_eq!(stage.states(), ["a Queued", "b Running"]);
    stage.complete("b", 1);
    assert_eq!(stage.states(), ["a Running", "b Completed"]);
    // Asked again by a worker that was started again, it is answered from what is known.
    assert_eq!(asks(&mut stage, "x"), [r#"> Tell { ticket: ("a"), attempt: 1, told: Answered { text: "the second" } }"#]);
    let attempts = stage.run.tickets().map(|view| (view.attempt, view.rung)).collect::<Vec<_>>();
    assert_eq!(attempts, [(1, 0), (1, 0)], "a question never climbs");
}

#[test]
fn a_question_takes_no_yes_and_an_approval_no_words() {
    let mut stage = stage(true);
    asks(&mut stage, "x");
    assert_eq!(stage.approve(2, "x"), Vec::<String>::new());
    let (mut asked, _) = Stage::started(vec![ticket("a", &[])], asking());
    asked.prepared(1, "y");
    assert_eq!(answer(&mut asked, 2, "go on"), Vec::<String>::new());
    assert_eq!(asked.states(), ["a AwaitingApproval"]);
}

#[test]
fn a_question_nobody_answers_goes_back_to_the_worker_with_the_reason() {
    let mut stage = stage(true);
    asks(&mut stage, "x");
    stage.complete("b", 1);
    assert_eq!(
        stage.reject(2, "you know better"),
        [
            r#"{"type":"approval.decided","id":2,"ticket":"a","attempt":1,"approved":false,"digest":"sha-x","edited":false,"reason":"you know better"}"#,
            r#"{"type":"attempt.waiting","ticket":"a","attempt":1,"on":{"for":"slot"}}"#,
            r#"{"type":"attempt.continued","ticket":"a","attempt":1,"deadline":null}"#,
            r#"> Tell { ticket: ("a"), attempt: 1, told: Unanswered { reason: "you know better" } }"#,
        ]
    );
}

#[test]
fn unattended_a_question_parks_the_run_and_is_still_open_when_it_goes_on() {
    let mut stage = stage(false);
    asks(&mut stage, "x");
    stage.complete("b", 1);
    assert_eq!(stage.run.is_suspended(), Some(conductor_model::Suspension::Parked));
    assert_eq!(answer(&mut stage, 2, "yes").len(), 2);
    assert_eq!(
        stage.send(Input::Resumed { policy: Policy { jobs: 1, ..policy() } }),
        [
            r#"{"type":"attempt.waiting","ticket":"a","attempt":1,"on":{"for":"slot"},"lost":true}"#,
            r#"{"type":"run.resumed"}"#,
            r#"{"type":"attempt.continued","ticket":"a","attempt":1,"deadline":null,"id":6}"#,
            r#"> Work { id: #(6), ticket: ("a"), attempt: 1, model: p/small, approved: None }"#,
        ]
    );
    assert_eq!(asks(&mut stage, "x"), [r#"> Tell { ticket: ("a"), attempt: 1, told: Answered { text: "yes" } }"#]);
}

#[test]
fn where_workers_decide_for_themselves_nobody_is_asked() {
    let decide = Policy { on_question: OnQuestion::Decide, ..policy() };
    let (mut stage, _) = Stage::started(vec![ticket("a", &[])], decide.clone());
    assert_eq!(asks(&mut stage, "x"), [r#"> Tell { ticket: ("a"), attempt: 1, told: Unanswered { reason: "" } }"#]);
    // Switched to while a question is open, it answers that one.
    let (mut stage, _) = Stage::started(vec![ticket("a", &[])], Policy { attended: true, ..policy() });
    asks(&mut stage, "x");
    assert_eq!(
        stage.command(Command::ChangePolicy { policy: Policy { attended: true, ..decide } })[1..],
        [
            r#"{"type":"approval.decided","id":2,"ticket":"a","attempt":1,"approved":false,"digest":"sha-x","edited":false,"reason":""}"#,
            r#"{"type":"attempt.waiting","ticket":"a","attempt":1,"on":{"for":"slot"}}"#,
            r#"{"type":"attempt.continued","ticket":"a","attempt":1,"deadline":null}"#,
            r#"> Tell { ticket: ("a"), attempt: 1, told: Unanswered { reason: "" } }"#,
        ]
    );
}
