//! A city's worth of rules of all sorts.

use anyhow::Result;
use model::Span;

use super::city;
use super::drive::{Meters, Values};
use super::thresholds::{beyond, of_columns, rule};
use crate::report::Report;

const KINDS: usize = 50;

/// What readings a round is made of, and what the sequences wait for.
struct Workload {
    what: &'static str,
    fields: usize,
    in_turn: bool,
    /// What a step of a sequence lies above; none has no sequences.
    bound: Option<f64>,
}

const WORKLOADS: [Workload; 6] = [
    chance("a reading of 8 fields, without the 50 sequences", 8, None),
    chance("a reading of 8 fields", 8, BEYOND),
    // Of four fields each lies above it in 6 of 100 readings.
    chance(
        "a reading of 8 fields, one in five with a rise",
        8,
        Some(57.0),
    ),
    turn("a reading of 8 fields, every meter in its turn", 8),
    chance("a reading of 4 fields", 4, BEYOND),
    turn("a reading of 4 fields, every meter in its turn", 4),
];

const BEYOND: Option<f64> = Some(70.0);

const fn chance(what: &'static str, fields: usize, bound: Option<f64>) -> Workload {
    Workload {
        what,
        fields,
        in_turn: false,
        bound,
    }
}

const fn turn(what: &'static str, fields: usize) -> Workload {
    Workload {
        what,
        fields,
        in_turn: true,
        bound: BEYOND,
    }
}

/// A thousand rules, 20 to a kind of 50; beside them the same without the sequences, to tell what these cost. In turn the
/// memory of one meter lies behind that of the last; drawn by chance it is in no cache, which is the worst case.
pub(super) fn run(report: &mut Report) -> Result<()> {
    report.section(
        "Rules: mixed",
        "100,000 meters of 50 kinds drawn by chance or in turn, a reading a minute each; a kind has 14 thresholds (2 of them on registry columns), 4 rules over 4 windows (20 shapes in all), an absence and a sequence of three steps: 1,000 rules, 20 of them and 4 windows met by each reading; few match; CPU nanoseconds a reading",
        &["workload", "median", "range"],
    );
    for workload in WORKLOADS {
        let city = city::of_kinds(100_000, KINDS, 5_000, workload.fields);
        let mut meters = Meters::new(&city, Values::Between(10.0, 60.0))
            .of_fields(workload.fields)
            .every(Span::from_secs(60));
        meters.in_turn = workload.in_turn;
        let mut engine = meters.engine(&rules(&workload))?;
        // So many that the longest windows are full.
        meters.warm(&mut engine, 3_000_000);
        let cost = meters.cost(&mut engine, 100_000);
        report.cost(workload.what, cost);
    }
    Ok(())
}

fn rules(workload: &Workload) -> String {
    let mut rules = String::new();
    for kind in 0..KINDS {
        let mut text = beyond(12, workload.fields);
        text.push_str(&of_columns(2).replace("alert: R", "alert: C"));
        text.push_str(&averages(kind).replace("alert: R", "alert: W"));
        text.push_str("  - {alert: A, on: bench/meter-0, absent: 90m, severity: low, summary: {vi: x, en: x}}\n");
        text.extend(workload.bound.map(sequence));
        let named = text.replace("alert: ", &format!("alert: K{kind}"));
        rules.push_str(&named.replace("meter-0", &format!("meter-{kind}")));
    }
    rules
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
