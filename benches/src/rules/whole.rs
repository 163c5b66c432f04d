//! A city's worth of rules of all sorts, and what rules weigh in memory.

use std::process::Command;

use ::rules::Engine;
use anyhow::{Context, Result};
use model::Span;

use super::city;
use super::drive::{Meters, Values};
use super::thresholds::{beyond, of_columns, rule};
use crate::report::Report;

pub(super) fn run(report: &mut Report) -> Result<()> {
    mixed(report)?;
    memory(report)
}

/// A thousand rules, 20 to a kind of 50; beside them the same without the sequences, to tell what these cost.
fn mixed(report: &mut Report) -> Result<()> {
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
        meters.warm(&mut engine, 1_000_000);
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

/// Something whose memory is measured in a process of its own, so that nothing freed before is used again.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Weighed {
    /// A million meters with ten threshold rules.
    Thresholds,
    /// 100,000 meters with four windows of an hour.
    Windows,
}

/// Makes the thing and prints how many bytes of memory it took, its registry included.
pub(crate) fn weigh(what: Weighed) -> Result<()> {
    let before = resident()?;
    let made = match what {
        Weighed::Thresholds => thresholds()?,
        Weighed::Windows => windows()?,
    };
    println!("{}", resident()? - before);
    drop(made);
    Ok(())
}

fn memory(report: &mut Report) -> Result<()> {
    report.section(
        "Rules: memory",
        "resident memory of a process of its own, with the registry twice: as the city holds it and as the engine does",
        &["workload", "MB", "bytes a meter"],
    );
    let things = [
        (
            "thresholds",
            "1,000,000 meters, 20 readings each, ten threshold rules",
            1_000_000,
        ),
        (
            "windows",
            "100,000 meters, four windows of an hour full, a reading a minute",
            100_000,
        ),
    ];
    for (name, what, meters) in things {
        let mut child = Command::new(std::env::current_exe()?);
        let output = child.args(["weigh", name]).output()?;
        let bytes: i64 = String::from_utf8_lossy(&output.stdout)
            .trim()
            .parse()
            .with_context(|| {
                format!(
                    "weighing {name}: {}",
                    String::from_utf8_lossy(&output.stderr)
                )
            })?;
        report.row(&[
            what.into(),
            (bytes / 1_000_000).to_string(),
            (bytes / meters).to_string(),
        ]);
    }
    Ok(())
}

fn thresholds() -> Result<(Meters, Engine)> {
    let city = city::of_meters(1_000_000, 1);
    let mut meters = Meters::new(&city, Values::Between(10.0, 60.0)).every(Span::from_secs(60));
    let rules = format!(
        "{}{}",
        beyond(5),
        of_columns(5).replace("alert: R", "alert: C")
    );
    let mut engine = meters.engine(&rules)?;
    meters.warm(&mut engine, 20_000_000);
    Ok((meters, engine))
}

fn windows() -> Result<(Meters, Engine)> {
    let city = city::of_meters(100_000, 1);
    let mut meters = Meters::new(&city, Values::Between(10.0, 60.0)).every(Span::from_secs(60));
    let mut rules = String::new();
    for n in 0..4 {
        rule(&mut rules, n, &format!("f{n}.avg('1h') > 90.0"));
    }
    let mut engine = meters.engine(&rules)?;
    meters.warm(&mut engine, 7_000_000);
    Ok((meters, engine))
}

/// Bytes of memory this process holds.
fn resident() -> Result<i64> {
    let status =
        std::fs::read_to_string("/proc/self/status").context("reading /proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    let kilobytes: i64 = kilobytes
        .context("no VmRSS in /proc/self/status")?
        .parse()?;
    Ok(kilobytes * 1024)
}
