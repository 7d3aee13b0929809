//! Random tracks under random scripts: answers of every kind, commands, crashes, nonsense. The rules are the witness's.

use conductor_model::Decision;

use crate::driver::Driver;

/// Runs one seed: a script, then to the end, then on with everything it could lack.
fn run_seed(seed: u64) {
    let mut driver = Driver::new(seed);
    if seed.is_multiple_of(5) {
        driver.allow_overruns();
    }
    driver.start();
    for _ in 0..60 {
        driver.step();
    }
    for _ in 0..30 {
        driver.drive_to_the_end();
        driver.witness.verify_whole();
        if driver.witness.run.is_finished() {
            return;
        }
        assert!(driver.is_at_rest() && driver.witness.run.is_suspended().is_some());
        driver.resume_with_everything();
    }
    panic!("seed {seed}: the run is never finished: {:?}", driver.witness.run.is_suspended());
}

/// Any seed again: put it in place of the range.
fn run_seeds(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let outcome = std::panic::catch_unwind(|| run_seed(seed));
        assert!(outcome.is_ok(), "seed {seed} fails");
    }
}

#[test]
fn for_every_prefix_of_a_script_the_run_is_what_its_events_and_its_snapshot_make_of_it() {
    run_seeds(0..500);
}

#[test]
fn every_run_ends_or_is_suspended_with_a_reason_and_no_rule_is_broken_on_the_way() {
    run_seeds(500..1_000);
}

#[test]
fn scripts_reach_every_kind_of_event() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..200 {
        let mut driver = Driver::new(seed);
        driver.start();
        for _ in 0..60 {
            driver.step();
        }
        driver.drive_to_the_end();
        seen.extend(driver.witness.events.iter().map(kind));
    }
    let all = [
        "approval.asked",
        "approval.decided",
        "approval.wanted",
        "attempt.continued",
        "attempt.ended",
        "attempt.started",
        "attempt.waiting",
        "call.reserved",
        "call.settled",
        "check.finished",
        "check.started",
        "landing.finished",
        "landing.started",
        "policy.changed",
        "run.finished",
        "run.paused",
        "run.resumed",
        "run.started",
        "ticket.blocked",
        "ticket.cancelled",
        "ticket.completed",
        "ticket.ready",
        "ticket.rejected",
        "ticket.revived",
        "ticket.said",
        "ticket.unreachable",
        "tickets.added",
    ];
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), all);
}

fn kind(event: &Decision) -> String {
    serde_json::to_value(event).unwrap()["type"].as_str().unwrap().to_owned()
}
