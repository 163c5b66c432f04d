//! Rules over sliding windows, beside the filter they are compared with.

use anyhow::Result;
use model::Span;

use super::city::{self, FIELDS};
use super::drive::{Meters, Values};
use super::thresholds::{beyond, rule};
use crate::report::Report;

const READINGS: usize = 100_000;
const METERS: usize = 1_000;

pub(super) fn run(report: &mut Report) -> Result<()> {
    report.section(
        "Rules: windows",
        "1,000 meters, a reading of 8 fields each minute, windows of an hour full; CPU nanoseconds a reading",
        &["rules", "median", "range"],
    );
    let workloads = [
        ("none", String::new()),
        ("1 filter", beyond(1, FIELDS)),
        ("1 average", averages(1, 1)),
        ("1 minimum", of_one("min")),
        ("1 maximum", of_one("max")),
        ("100 filters", beyond(100, FIELDS)),
        ("100 averages over 1 window", averages(100, 1)),
        ("100 averages over 8 windows", averages(100, 8)),
        ("average, minimum and maximum of 1 window", of_all(1)),
        ("average, minimum and maximum of 8 windows", of_all(8)),
        ("100 of avg, min, max over 8 windows", statistics(100)),
    ];
    for (what, rules) in workloads {
        let city = city::of_meters(METERS, 1);
        let mut meters = Meters::new(&city, Values::Between(10.0, 60.0)).every(Span::from_secs(60));
        let mut engine = meters.engine(&rules)?;
        meters.warm(&mut engine, METERS * 70);
        let cost = meters.cost(&mut engine, READINGS);
        report.cost(what, cost);
    }
    Ok(())
}

fn averages(count: usize, windows: usize) -> String {
    let mut rules = String::new();
    for n in 0..count {
        let bound = 70.0 + 25.0 * n as f64 / count as f64;
        let field = n % windows % FIELDS;
        rule(&mut rules, n, &format!("f{field}.avg('1h') > {bound:?}"));
    }
    rules
}

fn of_one(statistic: &str) -> String {
    let mut rules = String::new();
    rule(&mut rules, 0, &format!("f0.{statistic}('1h') > 99.0"));
    rules
}

/// Of each window its average, its least and its greatest.
fn of_all(windows: usize) -> String {
    let mut rules = String::new();
    for n in 0..3 * windows {
        let statistic = ["avg", "min", "max"][n % 3];
        rule(
            &mut rules,
            n,
            &format!("f{}.{statistic}('1h') > 99.0", n / 3),
        );
    }
    rules
}

fn statistics(count: usize) -> String {
    let mut rules = String::new();
    for n in 0..count {
        let bound = 70.0 + 25.0 * n as f64 / count as f64;
        let (field, statistic) = (n % FIELDS, ["avg", "min", "max"][n % 3]);
        rule(
            &mut rules,
            n,
            &format!("f{field}.{statistic}('1h') > {bound:?}"),
        );
    }
    rules
}
