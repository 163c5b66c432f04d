//! The expression language from outside: text in, text out.

#![allow(
    clippy::needless_raw_string_hashes,
    clippy::too_many_lines,
    reason = "snapshots are long tables, written by expect-test"
)]
#![allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "a host and a reference evaluator for tests: exact, and loud when wrong"
)]

mod deduced;
mod dynamic;
mod explained;
mod extensions;
mod fuzzed;
mod host;
mod limits;
mod problems;
mod properties;
mod standard;
mod typed;
