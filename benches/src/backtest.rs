//! A backtest over a generated history, from lines and from an input log: how many readings a second, and which of its
//! two threads is the busier.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use city::City;
use ioc_engine::backtest::{Backtest, Inputs, Summary};
use ioc_engine::log::{InputLog, LogConfig};
use ioc_engine::store::Store;
use model::{
    FieldId, Input, Origin, Quality, Reading, SourceFile, SourceName, Span, Stamped, Time, Value,
};
use rules::Plan;

use crate::report::Report;
use crate::rules::city::of_meters;
use crate::workload::Seeded;

/// A city of some size, each asset with a reading a minute.
const METERS: usize = 10_000;
const FIELDS: usize = 4;
const ZONES: usize = 100;
/// One reading in so many rises for a while.
const RISES: u64 = 20_000;
/// Inputs that an engine takes at once under load.
const DRAIN: usize = 256;
const START: Time = Time::from_millis(1_764_000_000_000);

/// Twenty rules of the sorts that a pack has: ladders, thresholds of the registry, `for`, a window, silence, a group.
const RULES: &str = "\
version: 1
group: bench
rules:
  - alert: Ladder
    on: bench/meter-0
    levels:
      - {severity: critical, when: f0 > 95.0, clear: f0 < 90.0}
      - {severity: high, when: f0 > 70.0, clear: f0 < 65.0}
    for: 2m
    keep_firing_for: 5m
    summary: {vi: '{{asset.name}}: {{f0}}', en: '{{asset.name}}: {{f0}}'}
  - {alert: Average, on: bench/meter-0, when: f1.avg('10m') > 60.0, severity: medium, summary: {vi: x, en: x}}
  - {alert: Silent, on: bench/meter-0, absent: 15m, severity: low, summary: {vi: x, en: x}}
  - {alert: Zone, on: bench/meter-0, by: [zone], when: fraction(f2 > 60.0) > 0.3, severity: high, summary: {vi: x, en: x}}
";

/// Runs both ways over so many readings.
pub(crate) fn run(readings: u64, report: &mut Report) -> Result<()> {
    report.section(
        "Backtest",
        &format!(
            "{METERS} meters, a reading of {FIELDS} fields a minute each; 20 rules: a ladder of two levels with `for`, an average over 10 minutes, silence, a share of each of {ZONES} zones, 8 thresholds, 8 on registry columns; one reading in {RISES} rises; CPU nanoseconds a reading by thread"
        ),
        &[
            "inputs",
            "readings",
            "GB",
            "s",
            "readings/s",
            "reading",
            "rules",
            "readings/CPU s of the busier",
            "alerts",
        ],
    );
    let dir = tempfile::tempdir()?;
    let bench = Bench::new()?;
    let file = dir.path().join("readings.jsonl");
    bench.write_lines(&file, readings)?;
    let lines = bench.run(Inputs::Readings(file.clone()))?;
    row(report, "lines", &lines, size(&file)?);
    std::fs::remove_file(&file)?;
    bench.write_history(dir.path(), readings)?;
    let history = bench.run(Inputs::History(dir.path().to_owned()))?;
    row(
        report,
        "input log",
        &history,
        size(&dir.path().join("log"))?,
    );
    ensure!(
        lines.alerts == history.alerts && lines.alerts.fired > 0,
        "both ways must raise the same alerts"
    );
    Ok(())
}

fn row(report: &mut Report, inputs: &str, summary: &Summary, bytes: u64) {
    let (speed, readings) = (&summary.speed, summary.inputs.readings);
    let nanos = |seconds: f64| format!("{:.0}", seconds * 1e9 / readings as f64);
    report.row(&[
        inputs.into(),
        readings.to_string(),
        format!("{:.2}", bytes as f64 / 1e9),
        format!("{:.1}", speed.seconds),
        format!("{:.0}", speed.readings_per_s),
        nanos(speed.read_cpu_s),
        nanos(speed.rules_cpu_s),
        format!("{:.0}", speed.readings_per_cpu_s),
        summary.alerts.fired.to_string(),
    ]);
}

/// Bytes of a file, or of those in a folder.
fn size(path: &Path) -> Result<u64> {
    if path.is_file() {
        return Ok(std::fs::metadata(path)?.len());
    }
    let mut bytes = 0;
    for entry in std::fs::read_dir(path)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}

struct Bench {
    city: Arc<City>,
    plan: Arc<Plan>,
}

impl Bench {
    fn new() -> Result<Self> {
        let city = of_meters(METERS, ZONES);
        let mut text = RULES.to_owned();
        for n in 0..8 {
            let (field, bound) = (n % FIELDS, 70 + 2 * n);
            let texts = "severity: low, summary: {vi: x, en: x}";
            writeln!(
                text,
                "  - {{alert: Above{n}, on: bench/meter-0, when: f{field} > {bound}.0, for: {n}m, {texts}}}\n  - {{alert: Own{n}, on: bench/meter-0, when: f{field} > asset.max{n}, {texts}}}"
            )?;
        }
        let file = SourceFile {
            path: "bench.yaml".into(),
            text: text.into(),
        };
        let (plan, problems) = rules::compile(&[file], 0, &city);
        let Some(plan) = plan else {
            bail!("the rules do not compile: {:?}", problems.first());
        };
        let plan = Arc::new(plan);
        Ok(Self { city, plan })
    }

    fn run(&self, inputs: Inputs) -> Result<Summary> {
        let backtest = Backtest {
            city: Arc::clone(&self.city),
            plan: Arc::clone(&self.plan),
            against: None,
            inputs,
            from: None,
            to: None,
            warm_up: Span::ZERO,
            operators: 1,
        };
        Ok(backtest.run(&mut std::io::sink())?)
    }

    /// Calls with every reading, in memory that is used again.
    fn each(&self, readings: u64, mut take: impl FnMut(&Reading) -> Result<()>) -> Result<()> {
        let mut seeded = Seeded::new(11);
        let mut high = vec![0_u8; METERS];
        let mut reading = Reading {
            asset: self.city.assets[0].id.clone(),
            kind: self.city.assets[0].kind,
            at: START,
            received: START,
            seq: None,
            boot: None,
            quality: Quality::Good,
            origin: Origin::Live,
            fields: (0..FIELDS)
                .map(|field| (FieldId(field as u16), Value::F64(0.0)))
                .collect(),
        };
        for n in 0..readings {
            let meter = (n % METERS as u64) as usize;
            if seeded.next().is_multiple_of(RISES) {
                high[meter] = 10;
            }
            let rise = if high[meter] > 0 { 42.0 } else { 0.0 };
            high[meter] = high[meter].saturating_sub(1);
            let received = START + Span::from_millis(n as i64 * 60_000 / METERS as i64);
            reading.asset = self.city.assets[meter].id.clone();
            reading.received = received;
            reading.at = received - Span::from_millis((seeded.next() % 900) as i64);
            reading.seq = Some(n / METERS as u64);
            for (_, value) in &mut reading.fields {
                let hundredths = (seeded.between(20.0, 50.0) + rise) * 100.0;
                *value = Value::F64(hundredths.round() / 100.0);
            }
            take(&reading)?;
        }
        Ok(())
    }

    fn write_lines(&self, path: &Path, readings: u64) -> Result<()> {
        let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
        let kind = &self.city.catalog.kinds()[0].name;
        self.each(readings, |reading| {
            let (at, received) = (reading.at.millis(), reading.received.millis());
            let seq = reading.seq.unwrap_or_default();
            write!(
                file,
                r#"{{"asset":"{}","kind":"{kind}","at":{at},"received":{received},"q":"good","seq":{seq},"v":{{"#,
                reading.asset
            )?;
            for (n, (_, value)) in reading.fields.iter().enumerate() {
                if let Value::F64(number) = value {
                    let comma = if n == 0 { "" } else { "," };
                    write!(file, "{comma}\"f{n}\":{number}")?;
                }
            }
            Ok(file.write_all(b"}}\n")?)
        })?;
        Ok(file.into_inner()?.sync_all()?)
    }

    fn write_history(&self, data: &Path, readings: u64) -> Result<()> {
        drop(Store::open(&data.join("ioc.db"), Arc::default())?);
        let config = LogConfig {
            dir: PathBuf::from(data).join("log"),
            segment_bytes: 64 << 20,
        };
        let mut log = InputLog::open(config, &self.city.catalog, Arc::default())
            .context("beginning a log")?;
        let source = SourceName::new("bench");
        let mut drain = vec![Stamped {
            stamp: START,
            input: Input::SourceUp {
                source: source.clone(),
            },
        }];
        self.each(readings, |reading| {
            drain.push(Stamped {
                stamp: reading.received,
                input: Input::Reading {
                    source: source.clone(),
                    reading: reading.clone(),
                },
            });
            if drain.len() >= DRAIN {
                log.append(&drain)?;
                drain.clear();
            }
            Ok(())
        })?;
        Ok(log.append(&drain)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Long enough for silences to be watched and windows to be full; the full size is run by hand.
    #[test]
    fn both_ways_raise_the_same_alerts() -> Result<()> {
        run(300_000, &mut Report::default())
    }
}
