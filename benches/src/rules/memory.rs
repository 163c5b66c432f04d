//! What rules weigh in memory: each by itself, and those of a million assets.

use std::process::Command;

use ::rules::Engine;
use anyhow::{Context, Result};
use model::Span;

use super::city::{self, FIELDS};
use super::drive::{Meters, Values};
use super::thresholds::{beyond, of_columns, rule};
use crate::report::Report;

/// Something whose memory is measured in a process of its own, so that nothing freed before is used again.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Weighed {
    /// A million meters with ten threshold rules.
    Thresholds,
    /// 100,000 meters with four windows of an hour.
    Windows,
    /// Ten thousand rules that no meter reaches.
    Rules,
    /// The same without the rules.
    NoRules,
}

/// As many as make the difference to none plain.
const RULES: i64 = 10_000;

/// Makes the thing and prints how many bytes of memory it took, its registry included.
pub(crate) fn weigh(what: Weighed) -> Result<()> {
    let before = resident()?;
    let made = match what {
        Weighed::Thresholds => thresholds()?,
        Weighed::Windows => windows()?,
        Weighed::Rules => idle(&beyond(RULES as usize, FIELDS))?,
        Weighed::NoRules => idle("")?,
    };
    println!("{}", resident()? - before);
    drop(made);
    Ok(())
}

pub(super) fn run(report: &mut Report) -> Result<()> {
    assets(report)?;
    idle_rules(report)
}

fn assets(report: &mut Report) -> Result<()> {
    report.section(
        "Rules: memory",
        "resident memory of a process of its own: the city with its registry, which the engine shares, and the engine",
        &["workload", "MB", "bytes a meter"],
    );
    let things = [
        (
            "thresholds",
            "1,000,000 meters, ten threshold rules, 65 readings each: the memory for duplicates is full",
            1_000_000,
        ),
        (
            "windows",
            "100,000 meters, four windows of an hour full, a reading a minute, 70 each: the memory for duplicates is full",
            100_000,
        ),
    ];
    for (name, what, meters) in things {
        let bytes = child(name)?;
        report.row(&[
            what.into(),
            (bytes / 1_000_000).to_string(),
            (bytes / meters).to_string(),
        ]);
    }
    Ok(())
}

fn idle_rules(report: &mut Report) -> Result<()> {
    report.section(
        "Rules: an idle rule",
        "10,000 threshold rules with a short summary, 1,000 meters that reach none of them, 20 readings each, less the same without rules; what each sort of rule asks of the allocator is shown by the test `weight` of `rules`",
        &["what", "bytes a rule"],
    );
    let bytes = child("rules")? - child("no-rules")?;
    report.row(&[
        "resident, with what compiling left behind".into(),
        (bytes / RULES).to_string(),
    ]);
    Ok(())
}

/// What the thing of this name weighs.
fn child(name: &str) -> Result<i64> {
    let mut child = Command::new(std::env::current_exe()?);
    let output = child.args(["weigh", name]).output()?;
    let told = String::from_utf8_lossy(&output.stdout);
    told.trim().parse().with_context(|| {
        format!(
            "weighing {name}: {}",
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

fn thresholds() -> Result<(Meters, Engine)> {
    let city = city::of_meters(1_000_000, 1);
    let mut meters = Meters::new(&city, Values::Between(10.0, 60.0)).every(Span::from_secs(60));
    let rules = format!(
        "{}{}",
        beyond(5, FIELDS),
        of_columns(5).replace("alert: R", "alert: C")
    );
    let mut engine = meters.engine(&rules)?;
    meters.warm(&mut engine, 65_000_000);
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

fn idle(rules: &str) -> Result<(Meters, Engine)> {
    let city = city::of_meters(1_000, 1);
    let mut meters = Meters::new(&city, Values::Between(10.0, 60.0)).every(Span::from_secs(60));
    let mut engine = meters.engine(rules)?;
    meters.warm(&mut engine, 20_000);
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
