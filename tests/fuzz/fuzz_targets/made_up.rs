//! Expressions put together from all there is, as the bytes choose.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::expressions::check_made_up(bytes));
