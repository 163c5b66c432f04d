//! The rule language and its engine from outside: what rules mean, what is said of wrong ones, what never changes.

mod away;
mod costs;
mod derived;
mod determinism;
mod edits;
mod explained;
mod format;
mod formatted_anyhow;
mod fuzzed;
mod goldens;
mod guidance;
mod language;
mod looks_back;
mod noticed;
mod reference;
mod reported;
mod schema;
mod service;
mod support;
mod timeline;
mod weight;
mod why;
