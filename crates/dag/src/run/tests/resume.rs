//! A run that another process goes on with.

use conductor_model::{EffectId, Policy, Usd};

use super::stage::{Stage, asking, id, policy, ticket};
use crate::{Effect, Input, Run, SnapshotError, TicketGraph, WorkerEnd};

// R37: a killed run goes on; what was open at the crash counts as paid in full, and the attempt keeps its number.
#[test]
fn a_killed_run_goes_on_with_the_same_effects() {
    let (mut stage, _) = Stage::started(vec![ticket("a", &[]), ticket("b", &[]), ticket("c", &[])], policy());
    stage.wants("a", 1, 1, 5, 5);
    stage.finished("b", 1);
    stage.complete("c", 1);
    let before = stage.run.outstanding();
    stage.run = stage.recovered();
    assert_eq!(
        stage.send(Input::Resumed { policy: policy() }),
        [
            r#"{"type":"call.settled","id":4,"ticket":"a","attempt":1,"tier":3,"model":"p/small","usage":{},"cost_usd":5e-9,"exact":false}"#,
            r#"{"type":"run.resumed"}"#,
        ]
    );
    assert_eq!(stage.run.outstanding(), before);
    let work = Effect::Work { id: EffectId(1), ticket: id("a"), attempt: 1, model: super::stage::model("p/small"), approved: None };
    assert_eq!(before, [work, Effect::Check { id: EffectId(5), ticket: id("b"), attempt: 1, vouched: None }]);
    assert_eq!((stage.run.spent(), stage.run.reserved()), (Usd(5), Usd(0)));
}

#[test]
fn questions_stay_open_with_their_ids() {
    let (mut stage, _) = Stage::started(vec![ticket("a", &[]), ticket("b", &[])], asking());
    stage.prepared(1, "x");
    let nobody = Policy { attended: false, ..asking() };
    stage.send(Input::Resumed { policy: nobody.clone() });
    assert_eq!(
        stage.prepared(2, "y"),
        [
            r#"{"type":"approval.asked","id":4,"ticket":"b","attempt":1,"kind":"start","digest":"sha-y"}"#,
            r#"{"type":"run.finished","exit":102,"resumable":true,"counts":{"completed":0,"unverified":0,"blocked":0,"rejected":0,"cancelled":0,"unreachable":0,"open":2},"suspended":"parked"}"#,
            r#"> Ask { id: #(4), ticket: ("b"), attempt: 1, kind: Start, digest: Digest("sha-y") }"#,
            "> Finish { exit: 102 }",
        ]
    );
    // Answered while no process holds the run.
    assert_eq!(
        stage.approve(3, "x"),
        [
            r#"{"type":"approval.decided","id":3,"ticket":"a","attempt":1,"approved":true,"digest":"sha-x","edited":false,"reason":""}"#,
        ]
    );
    assert_eq!(
        stage.send(Input::Resumed { policy: nobody }),
        [
            r#"{"type":"run.resumed"}"#,
            r#"{"type":"attempt.started","id":5,"ticket":"a","attempt":1,"rung":0,"model":"p/small","approved":"sha-x","deadline":null}"#,
            r#"> Work { id: #(5), ticket: ("a"), attempt: 1, model: p/small, approved: Some(Digest("sha-x")) }"#,
        ]
    );
}

#[test]
fn a_policy_that_changes_is_in_an_event() {
    let (mut stage, _) = Stage::started(vec![ticket("a", &[])], asking());
    stage.prepared(1, "x");
    assert_eq!(
        stage.send(Input::Resumed { policy: policy() }),
        [
            r#"{"type":"run.resumed"}"#,
            r#"{"type":"policy.changed","policy":{"auto_queue":true,"attended":false,"jobs":4,"ladder":["p/small","q/big"]}}"#,
            r#"{"type":"approval.decided","id":2,"ticket":"a","attempt":1,"approved":true,"digest":"sha-x","edited":false,"reason":""}"#,
            r#"{"type":"attempt.started","id":3,"ticket":"a","attempt":1,"rung":0,"model":"p/small","approved":"sha-x","deadline":null}"#,
            r#"> Work { id: #(3), ticket: ("a"), attempt: 1, model: p/small, approved: Some(Digest("sha-x")) }"#,
        ]
    );
}

#[test]
fn a_snapshot_of_another_track_or_version_is_refused() {
    let (stage, _) = Stage::started(vec![ticket("a", &[])], policy());
    let other = TicketGraph::new(vec![ticket("a", &[]), ticket("b", &[])]).unwrap();
    assert!(matches!(Run::restore(other, stage.run.snapshot()), Err(SnapshotError::OtherTrack)));
    let mut json = serde_json::to_value(stage.run.snapshot()).unwrap();
    json["version"] = 2.into();
    let newer = serde_json::from_value(json).unwrap();
    let graph = TicketGraph::new(vec![ticket("a", &[])]).unwrap();
    assert!(matches!(Run::restore(graph, newer), Err(SnapshotError::Version(2))));
}

#[test]
fn a_snapshot_that_contradicts_itself_is_refused() {
    let (mut stage, _) = Stage::started(vec![ticket("a", &[]), ticket("b", &[]), ticket("c", &["b"])], policy());
    stage.wants("a", 1, 1, 5, 5);
    stage.ended("b", 1, WorkerEnd::Failed { reason: "bug".into() });
    let restored = |path: &str, value: serde_json::Value| {
        let graph = TicketGraph::new(vec![ticket("a", &[]), ticket("b", &[]), ticket("c", &["b"])]).unwrap();
        let mut json = serde_json::to_value(stage.run.snapshot()).unwrap();
        *json.pointer_mut(path).unwrap() = value;
        Run::restore(graph, serde_json::from_value(json).unwrap())
    };
    assert_eq!(restored("/paused", false.into()).unwrap(), stage.run, "nothing is wrong with it otherwise");
    for (path, value) in [("/nodes/2/place/Unreachable/because/0", 3), ("/calls/3/ticket", 3)] {
        assert!(matches!(restored(path, value.into()), Err(SnapshotError::OtherTrack)), "{path}");
    }
    for (path, value) in [
        ("/nodes/0/place/Open/worker", 3),
        ("/next_id", 3),
        ("/next_id", u64::MAX),
        ("/next_place", u64::MAX),
        ("/nodes/0/attempts", u32::MAX.into()),
        ("/nodes/0/conflicts", u32::MAX.into()),
    ] {
        assert!(matches!(restored(path, value.into()), Err(SnapshotError::Damaged)), "{path}");
    }
}

#[test]
fn the_time_between_two_processes_is_nobodys_timeout() {
    let mut tickets = vec![ticket("a", &[]), ticket("b", &[])];
    tickets.iter_mut().for_each(|ticket| ticket.timeout = Some(conductor_model::Millis(1_000)));
    let (mut stage, _) = Stage::started(tickets, policy());
    stage.finished("b", 1);
    stage.now = conductor_model::Timestamp(1_000_000);
    assert_eq!(
        stage.send(Input::Resumed { policy: policy() }),
        [
            r#"{"type":"run.resumed"}"#,
            r#"{"type":"attempt.continued","ticket":"a","attempt":1,"deadline":1001000,"id":4}"#,
            r#"{"type":"attempt.continued","ticket":"b","attempt":1,"deadline":1001000}"#,
            r#"> Work { id: #(4), ticket: ("a"), attempt: 1, model: p/small, approved: None }"#,
        ]
    );
    assert_eq!(stage.send(Input::Deadline), Vec::<String>::new());
    assert_eq!(stage.states(), ["a Running", "b Checking"]);
}

#[test]
fn with_fewer_slots_than_before_some_attempts_wait() {
    let (mut stage, _) = Stage::started(vec![ticket("a", &[]), ticket("b", &[]), ticket("c", &[])], policy());
    assert_eq!(
        stage.send(Input::Resumed { policy: Policy { jobs: 1, ..policy() } }),
        [
            r#"{"type":"run.resumed"}"#,
            r#"{"type":"policy.changed","policy":{"auto_queue":true,"attended":false,"jobs":1,"ladder":["p/small","q/big"]}}"#,
            r#"{"type":"attempt.waiting","ticket":"c","attempt":1,"on":{"for":"slot"},"lost":true}"#,
            r#"{"type":"attempt.waiting","ticket":"b","attempt":1,"on":{"for":"slot"},"lost":true}"#,
        ]
    );
    assert_eq!(stage.states(), ["a Running", "b Queued", "c Queued"]);
    stage.complete("a", 1);
    assert_eq!(stage.states(), ["a Completed", "b Queued", "c Running"]);
}
