//! What people say to a run that goes on: words for a ticket, a word for a ticket, other rules.

use conductor_model::{Counts, Evidence, Policy, Usd};

use super::stage::{Stage, asking, failed, id, model, passed, policy, ticket};
use crate::{Command, Input};

fn say(stage: &mut Stage, name: &str, text: &str) -> Vec<String> {
    stage.command(Command::Say { ticket: id(name), text: text.into() })
}

fn vouch(stage: &mut Stage, name: &str, reason: &str) -> Vec<String> {
    stage.command(Command::Complete { ticket: id(name), reason: reason.into() })
}

#[test]
fn words_go_to_the_worker_that_is_there_and_wait_in_the_journal_for_one_that_is_not() {
    let (mut stage, _) = Stage::started(vec![ticket("a", &[]), ticket("b", &["a"])], policy());
    assert_eq!(
        say(&mut stage, "a", "look at utf8.py"),
        [
            r#"{"type":"ticket.said","id":2,"ticket":"a","text":"look at utf8.py"}"#,
            r#"> Tell { ticket: ("a"), attempt: 1, told: Said { id: #(2), text: "look at utf8.py" } }"#,
        ]
    );
    assert_eq!(say(&mut stage, "b", "be quick"), [r#"{"type":"ticket.said","id":3,"ticket":"b","text":"be quick"}"#]);
    stage.complete("a", 1);
    assert_eq!(say(&mut stage, "a", "too late"), Vec::<String>::new());
    assert_eq!(say(&mut stage, "nobody", "hello"), Vec::<String>::new());
}

#[test]
fn a_person_vouches_for_a_ticket_that_has_not_begun_and_nothing_is_run() {
    let (mut stage, _) = Stage::started(vec![ticket("a", &[]), ticket("b", &["a"])], Policy { attended: false, ..asking() });
    assert_eq!(
        vouch(&mut stage, "a", "did it myself"),
        [
            r#"{"type":"ticket.completed","ticket":"a","attempt":0,"evidence":{"kind":"vouched","reason":"did it myself","diff":{"files":0,"insertions":0,"deletions":0}},"summary":"did it myself"}"#,
            r#"{"type":"ticket.ready","ticket":"b"}"#,
            r#"{"type":"approval.wanted","id":2,"ticket":"b","attempt":1,"rung":0,"model":"p/small"}"#,
            r#"> Prepare { id: #(2), ticket: ("b"), attempt: 1, model: p/small, edited: None }"#,
        ]
    );
    // The preparation that was open for it answers nothing.
    assert_eq!(stage.prepared(1, "x"), Vec::<String>::new());
    assert_eq!(vouch(&mut stage, "a", "again"), Vec::<String>::new());
}

#[test]
fn what_an_open_attempt_did_lands_at_a_persons_word() {
    let (mut stage, _) = Stage::started(vec![ticket("a", &[]), ticket("b", &[])], Policy { jobs: 1, ..policy() });
    stage.wants("a", 1, 1, 5, 5);
    assert_eq!(
        vouch(&mut stage, "a", "good enough"),
        [
            r#"{"type":"call.settled","id":2,"ticket":"a","attempt":1,"tier":3,"model":"p/small","usage":{},"cost_usd":5e-9,"exact":false}"#,
            r#"{"type":"check.started","id":3,"ticket":"a","attempt":1,"summary":"good enough","vouched":"good enough"}"#,
            r#"{"type":"attempt.started","id":4,"ticket":"b","attempt":1,"rung":0,"model":"p/small","approved":null,"deadline":null}"#,
            r#"> Stop { ticket: ("a"), attempt: 1 }"#,
            r#"> Check { id: #(3), ticket: ("a"), attempt: 1, vouched: Some("good enough") }"#,
            r#"> Work { id: #(4), ticket: ("b"), attempt: 1, model: p/small, approved: None }"#,
        ]
    );
    // The worker is not heard any more.
    assert_eq!(stage.finished("a", 1), Vec::<String>::new());
    stage.checked(3, passed());
    assert_eq!(stage.states(), ["a Landing", "b Running"]);
    assert_eq!(vouch(&mut stage, "a", "again"), Vec::<String>::new());
}

#[test]
fn a_persons_word_that_cannot_be_kept_blocks_the_ticket() {
    let (mut stage, _) = Stage::started(vec![ticket("a", &[])], policy());
    vouch(&mut stage, "a", "good enough");
    stage.checked(2, failed());
    assert_eq!(stage.states(), ["a Blocked"]);
    // And can be given again: it brings back what was given up.
    vouch(&mut stage, "a", "really");
    assert_eq!(stage.run.counts(), Counts { completed: 1, vouched: 1, ..Counts::default() });
    let evidence = stage.run.ticket(&id("a")).unwrap().evidence.cloned();
    assert_eq!(evidence, Some(Evidence::Vouched { reason: "really".into(), diff: Default::default() }));
    assert!(stage.run.is_finished());
}

#[test]
fn a_person_vouches_for_a_blocked_ticket_and_those_behind_it_come_back() {
    let (mut stage, _) = Stage::started(vec![ticket("a", &[]), ticket("b", &["a"]), ticket("c", &["b"])], policy());
    stage.blocked("a", 1);
    stage.blocked("a", 2);
    assert_eq!(stage.states(), ["a Blocked", "b Unreachable", "c Unreachable"]);
    vouch(&mut stage, "a", "fixed by hand");
    assert_eq!(stage.states(), ["a Completed", "b Ready", "c Waiting"]);
    assert!(!stage.run.is_finished());
    stage.send(Input::Resumed { policy: policy() });
    assert_eq!(stage.states(), ["a Completed", "b Running", "c Waiting"]);
}

#[test]
fn more_slots_are_filled_at_once_and_fewer_take_nothing_away() {
    let tickets = ["a", "b", "c", "d"].map(|name| ticket(name, &[])).to_vec();
    let (mut stage, _) = Stage::started(tickets, Policy { jobs: 1, ..policy() });
    let jobs = |stage: &mut Stage, jobs| stage.command(Command::ChangePolicy { policy: Policy { jobs, ..policy() } });
    jobs(&mut stage, 3);
    assert_eq!(stage.states(), ["a Running", "b Running", "c Running", "d Ready"]);
    assert_eq!(jobs(&mut stage, 3), Vec::<String>::new(), "rules that are the same change nothing");
    assert_eq!(jobs(&mut stage, 1).len(), 1);
    assert_eq!(stage.states(), ["a Running", "b Running", "c Running", "d Ready"]);
    for (name, last) in [("a", "d Ready"), ("b", "d Ready"), ("c", "d Running")] {
        stage.complete(name, 1);
        assert_eq!(stage.states()[3], last);
    }
}

#[test]
fn more_money_lets_a_parked_attempt_go_on_and_less_parks_it() {
    let budget = |usd| Policy { budget: Some(Usd(usd)), ..policy() };
    let (mut stage, _) = Stage::started(vec![ticket("a", &[]), ticket("b", &[])], budget(10));
    stage.wants("a", 1, 1, 20, 30);
    assert_eq!(stage.states(), ["a Queued", "b Running"]);
    assert_eq!(
        stage.command(Command::ChangePolicy { policy: budget(25) })[1..],
        [
            r#"{"type":"attempt.waiting","ticket":"a","attempt":1,"on":{"for":"money","turn":1,"call":0,"tier":3,"model":"p/small","at_most_usd":3e-8,"at_least_usd":2e-8,"parked":false}}"#,
            r#"{"type":"attempt.continued","ticket":"a","attempt":1,"deadline":null}"#,
            r#"{"type":"call.reserved","id":3,"ticket":"a","attempt":1,"turn":1,"call":0,"tier":3,"model":"p/small","at_most_usd":2.5e-8}"#,
            r#"> Tell { ticket: ("a"), attempt: 1, told: Granted { reservation: #(3), amount: Usd(25) } }"#,
        ]
    );
    // Nothing is left for the other.
    stage.wants("b", 1, 1, 5, 5);
    stage.command(Command::ChangePolicy { policy: budget(4) });
    assert_eq!(stage.states(), ["a Running", "b Queued"]);
    let parked = stage.run.ticket(&id("b")).unwrap().reason.map(std::borrow::Cow::into_owned);
    assert_eq!(parked.as_deref(), Some("the budget is reached"));
}

#[test]
fn another_ladder_is_climbed_from_where_a_ticket_stands() {
    let (mut stage, _) = Stage::started(vec![ticket("a", &[])], policy());
    let ladder = ["p/small", "r/other", "r/third"].map(model).to_vec();
    stage.command(Command::ChangePolicy { policy: Policy { ladder, ..policy() } });
    stage.blocked("a", 1);
    assert_eq!(stage.run.ticket(&id("a")).unwrap().model, Some(&model("r/other")));
    assert_eq!(
        stage.command(Command::ChangePolicy { policy: Policy { ladder: Vec::new(), ..policy() } }),
        Vec::<String>::new(),
        "there is always a model"
    );
    let shared = Policy { shared_tree: true, jobs: 9, ..policy() };
    stage.command(Command::ChangePolicy { policy: shared });
    assert!(!stage.run.policy().shared_tree, "whether attempts share a tree is settled at the start");
}
