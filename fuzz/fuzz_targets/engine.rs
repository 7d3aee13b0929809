//! Any script of inputs to a run.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| conductor_fuzz::engine::check(data));
