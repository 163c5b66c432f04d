//! Random rules and random days.

mod conditions;
mod days;
mod rules;

pub(crate) use rules::rule;

pub(super) use days::{Happening, day, happening};
pub(super) use rules::{Drawn, drawn, explained};
