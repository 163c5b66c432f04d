//! What the rule engine costs a reading in one thread, by what its rules ask.

pub(crate) mod city;
mod drive;
mod grouped;
mod memory;
mod thresholds;
mod timers;
mod whole;
mod windows;

use anyhow::Result;
pub(crate) use memory::{Weighed, weigh};

use crate::report::Report;

/// Runs every workload of the rule engine.
pub(crate) fn run(report: &mut Report) -> Result<()> {
    thresholds::run(report)?;
    windows::run(report)?;
    grouped::run(report)?;
    timers::run(report)?;
    whole::run(report)?;
    memory::run(report)
}
