//! Random rules over a random day, as the bytes choose: the engine against the naive one.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::reference::check(bytes));
