//! Countdowns: a freshness deadline an asset, `for` of a million assets, what time turns, and `for` over and over.

use std::sync::Arc;

use ::city::City;
use ::rules::{Engine, Output};
use anyhow::{Result, ensure};
use model::Span;

use super::city;
use super::drive::{Meters, Values, cpu_time};
use super::thresholds::rule;
use crate::measure::Cost;
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
    countdowns(report)?;
    a_timer_an_asset(report)
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

/// The same readings under rules that set timers, and under none: what the timers cost is the difference. A meter reports
/// once in each phase.
fn a_timer_an_asset(report: &mut Report) -> Result<()> {
    const RULE: &str = "  - {alert: R, on: bench/meter-0, KEYS, severity: low, limit: 1000000, summary: {vi: x, en: x}}\n";
    let rules = [
        ("no rule", ""),
        ("f0 > 55", "when: f0 > 55.0"),
        ("for: 10h", "when: f0 > 55.0, for: 10h"),
        ("absent: 90m", "absent: 90m"),
        ("age() > 90m", "when: f0.age() > duration('90m')"),
    ];
    let names = rules.map(|(name, _)| name);
    report.section(
        "Rules: a timer an asset",
        "1,000,000 meters in turn, a reading each 30 minutes, under one rule; CPU nanoseconds a reading, median of eleven rounds",
        &[&["the readings"][..], &names[..]].concat(),
    );
    let city = city::of_meters(METERS, 1);
    let mut costs = Vec::new();
    for (_, keys) in rules {
        let keys = if keys.is_empty() {
            String::new()
        } else {
            RULE.replace("KEYS", keys)
        };
        costs.push(phases(&city, &keys)?);
    }
    for (phase, what) in PHASES.iter().enumerate() {
        let costs = costs
            .iter()
            .map(|phases| format!("{:.0}", phases[phase].median));
        let row: Vec<_> = std::iter::once((*what).to_owned()).chain(costs).collect();
        report.row(&row);
    }
    Ok(())
}

const PHASES: [&str; 4] = [
    "lie above the bound: `for` begins",
    "stay above it",
    "fall below it: `for` ends",
    "stay below it",
];

/// What a reading costs in each of the phases.
fn phases(city: &Arc<City>, rules: &str) -> Result<[Cost; PHASES.len()]> {
    let mut meters = Meters::new(city, Values::Between(10.0, 50.0)).every(Span::from_mins(30));
    let mut engine = meters.engine(rules)?;
    meters.warm(&mut engine, METERS);
    let (low, high) = (Values::Between(10.0, 50.0), Values::Between(60.0, 90.0));
    Ok([high, high, low, low].map(|values| {
        meters.values = values;
        // Eleven rounds of whole batches: each meter reports once, a few twice.
        meters.cost(&mut engine, METERS / 11)
    }))
}
