//! The fuzz corpora of the engine, through the same properties without libFuzzer. What they are is said in `fuzz/src`.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::panic::{RefUnwindSafe, catch_unwind};

#[allow(unreachable_pub, reason = "the module is public in the crate of the fuzz targets")]
#[path = "../../../fuzz/src/engine/mod.rs"]
mod engine;
#[allow(unreachable_pub, reason = "the module is public in the crate of the fuzz targets")]
#[path = "../../../fuzz/src/snapshot.rs"]
mod snapshot;

#[expect(clippy::disallowed_methods, reason = "the corpus lies in files")]
fn all_pass(target: &str, check: impl Fn(&[u8]) + RefUnwindSafe) {
    let corpus = format!("{}/../../fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
    let mut judged = 0;
    for entry in fs::read_dir(&corpus).unwrap() {
        let path = entry.unwrap().path();
        let data = fs::read(&path).unwrap();
        assert!(catch_unwind(|| check(&data)).is_ok(), "{} fails", path.display());
        judged += 1;
    }
    assert!(judged > 0, "{corpus} is empty");
}

#[test]
fn after_every_step_of_every_script_events_and_snapshot_make_the_same_run() {
    all_pass("engine", engine::check);
}

#[test]
fn a_damaged_snapshot_is_refused_or_goes_on() {
    all_pass("snapshot", snapshot::check);
}
