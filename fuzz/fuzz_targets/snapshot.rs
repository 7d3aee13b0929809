//! Any damage to the snapshot of a run.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| conductor_fuzz::snapshot::check(data));
