//! The tests of the binary, its packs and its documents: one program, so that it is linked once.

#![expect(clippy::unwrap_used, reason = "a test may fail on the spot")]

mod backtest;
mod check;
mod diagnostics;
mod edited_pack;
mod guide;
mod pipes;
mod rules_eval;
mod rules_tools;
mod support;
