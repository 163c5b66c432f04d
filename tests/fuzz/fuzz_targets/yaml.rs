//! Any bytes as a rule file and as a file of tests.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::yaml::check(bytes));
