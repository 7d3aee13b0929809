//! Any bytes as a track file.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| conductor_fuzz::track::check(data));
