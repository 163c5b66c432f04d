//! Live state alone, and threshold rules beside it: few or many, that match or do not, shared or from the registry.

use std::fmt::Write;

use anyhow::Result;

use super::city::{self, FIELDS};
use super::drive::{Meters, Values};
use crate::report::Report;

const READINGS: usize = 100_000;

pub(super) fn run(report: &mut Report) -> Result<()> {
    report.section(
        "Rules: live state and thresholds",
        "readings of 8 fields, all new in each; CPU nanoseconds a reading",
        &["workload", "median", "range"],
    );
    for (assets, in_turn) in [(1_000, true), (100_000, true), (100_000, false)] {
        let order = if in_turn { "in turn" } else { "by chance" };
        for (what, rules) in [("no rule", 0), ("100 rules beyond reach", 100)] {
            let mut meters = Meters::new(&city::of_meters(assets, 1), Values::Between(10.0, 60.0));
            meters.in_turn = in_turn;
            let mut engine = meters.engine(&beyond(rules, FIELDS))?;
            meters.warm(&mut engine, 2 * assets);
            let cost = meters.cost(&mut engine, READINGS);
            report.cost(&format!("{assets} meters {order}, {what}"), cost);
        }
    }
    for rules in [10, 100, 1_000, 10_000] {
        let mut meters = Meters::new(&city::of_meters(1_000, 1), Values::Between(10.0, 60.0));
        let mut engine = meters.engine(&beyond(rules, FIELDS))?;
        meters.warm(&mut engine, 20_000);
        let cost = meters.cost(&mut engine, READINGS);
        report.cost(&format!("{rules} rules beyond reach"), cost);
    }
    for rules in [10, 100] {
        let mut meters = Meters::new(&city::of_meters(1_000, 1), Values::Between(10.0, 60.0));
        let mut engine = meters.engine(&of_columns(rules))?;
        meters.warm(&mut engine, 20_000);
        let cost = meters.cost(&mut engine, READINGS);
        report.cost(&format!("{rules} rules on registry columns"), cost);
    }
    matching(report)
}

/// 1,000 rules of which 10 fire for every meter all the time, and one reading in 100 raises or ends one more alert.
fn matching(report: &mut Report) -> Result<()> {
    let mut rules = String::new();
    for n in 0..1_000 {
        let bound = match n {
            0..10 => 20.0,
            10 => 55.0,
            _ => 70.0 + n as f64 / 100.0,
        };
        rule(&mut rules, n, &format!("f{} > {bound:?}", n % FIELDS));
    }
    let mut meters = Meters::new(&city::of_meters(1_000, 1), Values::Near(50.0, 200));
    let mut engine = meters.engine(&rules)?;
    meters.warm(&mut engine, 20_000);
    let cost = meters.cost(&mut engine, READINGS);
    report.cost("1,000 rules, 10 firing, 1 reading in 100 turns one", cost);
    let (took, transitions) = meters.latency(&mut engine, READINGS)?;
    for (name, quantile) in [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)] {
        report.row(&[
            format!("the same, one at a time, by the wall clock, {name}"),
            took.value_at_quantile(quantile).to_string(),
            format!("{transitions} transitions of {} readings", took.len()),
        ]);
    }
    Ok(())
}

pub(super) fn rule(rules: &mut String, n: usize, when: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(
        rules,
        "  - {{alert: R{n}, on: bench/meter-0, when: \"{when}\", severity: low, limit: 1000000, summary: {{vi: x, en: x}}}}"
    );
}

/// Rules on so many fields whose bounds, each its own, lie above every value.
pub(super) fn beyond(count: usize, fields: usize) -> String {
    let mut rules = String::new();
    for n in 0..count {
        let bound = 70.0 + 25.0 * n as f64 / count as f64;
        rule(&mut rules, n, &format!("f{} > {bound:?}", n % fields));
    }
    rules
}

/// Rules on the thresholds that the registry gives each meter, with and without an offset.
pub(super) fn of_columns(count: usize) -> String {
    let mut rules = String::new();
    for n in 0..count {
        let (field, column, offset) = (n % FIELDS, n % city::COLUMNS, n / 10);
        let when = format!("f{field} > asset.max{column} - {offset}.0");
        rule(&mut rules, n, &when);
    }
    rules
}
