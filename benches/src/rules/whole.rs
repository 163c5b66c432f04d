//! A city's worth of rules of all sorts.

use anyhow::Result;
use model::Span;

use super::city;
use super::drive::{Meters, Values};
use super::thresholds::{beyond, of_columns, rule};
use crate::report::Report;

/// A thousand rules, 20 to a kind of 50; beside them the same without the sequences, to tell what these cost.
pub(super) fn run(report: &mut Report) -> Result<()> {
    const KINDS: usize = 50;
    report.section(
        "Rules: mixed",
        "100,000 meters of 50 kinds drawn by chance, a reading of 8 fields a minute each; a kind has 14 thresholds (2 of them on registry columns), 4 rules over 4 windows (20 shapes in all), an absence and a sequence of three steps: 1,000 rules; few match; CPU nanoseconds a reading",
        &["workload", "median", "range"],
    );
    let city = city::of_kinds(100_000, KINDS, 5_000);
    for (what, bound) in [
        ("a reading, without the 50 sequences", None),
        ("a reading", Some(70.0)),
        // Of four fields each lies above it in 6 of 100 readings.
        ("a reading, one in five with a rise", Some(57.0)),
    ] {
        let mut rules = String::new();
        for kind in 0..KINDS {
            let mut text = beyond(12);
            text.push_str(&of_columns(2).replace("alert: R", "alert: C"));
            text.push_str(&averages(kind).replace("alert: R", "alert: W"));
            text.push_str("  - {alert: A, on: bench/meter-0, absent: 90m, severity: low, summary: {vi: x, en: x}}\n");
            text.extend(bound.map(sequence));
            let named = text.replace("alert: ", &format!("alert: K{kind}"));
            rules.push_str(&named.replace("meter-0", &format!("meter-{kind}")));
        }
        let mut meters = Meters::new(&city, Values::Between(10.0, 60.0)).every(Span::from_secs(60));
        meters.in_turn = false;
        let mut engine = meters.engine(&rules)?;
        // So many that the longest windows are full.
        meters.warm(&mut engine, 3_000_000);
        let cost = meters.cost(&mut engine, 100_000);
        report.cost(what, cost);
    }
    Ok(())
}

/// Three meters of a zone go beyond a bound within ten minutes, one after the other, and none of them quite as far again.
fn sequence(bound: f64) -> String {
    format!(
        "  - alert: S
    by: [zone]
    sequence:
      within: 10m
      steps:
        - {{as: a, on: bench/meter-0, when: f0 > {bound:?}}}
        - {{as: b, on: bench/meter-0, when: f1 > {bound:?} && asset.id != a.asset.id}}
        - {{not: {{on: bench/meter-0, when: f2 > {bound:?} && asset.id == a.asset.id}}}}
        - {{on: bench/meter-0, when: f3 > {bound:?} && f3 > b.f1}}
    severity: low
    summary: {{vi: x, en: x}}
"
    )
}

/// Rules over four windows, of one of five times four shapes.
fn averages(kind: usize) -> String {
    let (mut rules, minutes) = (String::new(), 5 * (1 + kind % 5));
    for n in 0..4 {
        rule(&mut rules, n, &format!("f{n}.avg('{minutes}m') > 70.0"));
    }
    rules
}
