//! The rule language and its engine: pure and deterministic, no I/O, no clock.
