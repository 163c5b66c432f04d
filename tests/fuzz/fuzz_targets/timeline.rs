//! Random rules over a random time, as the bytes choose: one story, however it is told.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::timeline::check(bytes));
