//! Countdowns: a freshness deadline an asset, and `for` over and over.

use ::rules::{Engine, Output};
use anyhow::{Result, ensure};
use model::Span;

use super::city;
use super::drive::{Meters, Values, cpu_time};
use super::thresholds::rule;
use crate::report::Report;

const METERS: usize = 1_000_000;

pub(super) fn run(report: &mut Report) -> Result<()> {
    report.section(
        "Rules: timers",
        "1,000,000 meters with a reading each 30 minutes and a freshness deadline of an hour; CPU nanoseconds",
        &["what", "a piece", "pieces"],
    );
    let mut meters = Meters::new(&city::of_meters(METERS, 1), Values::Between(10.0, 60.0))
        .every(Span::from_mins(30));
    let mut engine = meters.engine("")?;
    meters.warm(&mut engine, METERS);
    let cost = meters.cost(&mut engine, METERS / 10);
    report.row(&[
        "a reading, deadlines moved on within".into(),
        format!("{:.0}", cost.median),
        format!("{:.0}–{:.0}", cost.least, cost.greatest),
    ]);
    // Deadlines of the first half hour fall due; every asset reported again in the second.
    let rearmed = METERS * 26 / 30;
    let used = pass(&mut meters, &mut engine, 26, 0)?;
    report.row(&[
        "a deadline fallen due after its asset reported, set anew".into(),
        format!("{:.0}", used / rearmed as f64),
        rearmed.to_string(),
    ]);
    let used = pass(&mut meters, &mut engine, 90, METERS)?;
    report.row(&[
        "an asset going stale".into(),
        format!("{:.0}", used / METERS as f64),
        METERS.to_string(),
    ]);
    countdowns(report)
}

/// CPU nanoseconds to let time pass up to so many minutes after the last reading, by when so many assets went stale.
fn pass(meters: &mut Meters, engine: &mut Engine, minutes: i64, stale: usize) -> Result<f64> {
    let (before, mut out) = (cpu_time(), Output::default());
    engine.advance(meters.now() + Span::from_mins(minutes), &mut out);
    let used = cpu_time().saturating_sub(before);
    ensure!(
        out.changes.len() == stale,
        "{} assets went stale",
        out.changes.len()
    );
    Ok(used.as_nanos() as f64)
}

/// Every reading begins or ends a countdown of ten minutes.
fn countdowns(report: &mut Report) -> Result<()> {
    let mut rules = String::new();
    rule(&mut rules, 0, "f0 > 55.0");
    let rules = rules.replace("severity: low", "for: 10m, severity: low");
    let mut meters = Meters::new(&city::of_meters(1_000, 1), Values::Near(50.0, 2));
    let mut engine = meters.engine(&rules)?;
    meters.warm(&mut engine, 20_000);
    let cost = meters.cost(&mut engine, 20_000);
    report.row(&[
        "1,000 meters, two readings in three begin or end a `for: 10m`: a reading".into(),
        format!("{:.0}", cost.median),
        format!("{:.0}–{:.0}", cost.least, cost.greatest),
    ]);
    Ok(())
}
