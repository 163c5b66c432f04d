//! What writing frames costs, apart from everything around it: deltas, a page of a snapshot, an alert.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use city::City;
use model::{AssetHandle, FieldId, Freshness, StateChange, Time, Value, ValueType};
use ws_gateway::measure::{self, Encoder};

use crate::alerts;
use crate::measure::{Cost, cost_of};
use crate::report::Report;
use crate::workload::{self, Seeded};

/// Assets that change between two frames.
const CHANGED: [usize; 3] = [1, 100, 4_000];
/// Assets on a page, as the gateway is configured by default.
const PAGE: usize = 500;
const ALERTS: usize = 100;

/// Measures every kind of frame on the pack's assets.
pub(crate) fn run(dir: &Path, report: &mut Report) -> Result<()> {
    let city = workload::load(dir)?;
    report.section(
        "Frame encoding",
        &format!(
            "all {} assets of the pack; an asset changes in all its fields; nanoseconds and bytes for each asset or alert of the frame",
            city.assets.len()
        ),
        &["frame", "median ns", "range", "bytes", "allocations a frame"],
    );
    let mut seeded = Seeded::new(11);
    let mut encoder = Encoder::new(&city).context("the city's names cannot be followed")?;
    encoder.apply(&registered(&city))?;
    for wanted in CHANGED {
        let changed = wanted.min(city.assets.len());
        let updates: Vec<_> = (0..changed)
            .map(|n| updated(&city, n, &mut seeded))
            .collect();
        let since = encoder.apply(&updates)?;
        row(report, &format!("delta of {changed}"), changed, || {
            encoder.delta(since)
        });
    }
    row(report, &format!("page of {PAGE}"), PAGE, || {
        encoder.page(PAGE)
    });
    let alerts: Vec<_> = (0..ALERTS).map(|n| alerts::firing(n as u64, "")).collect();
    row(report, "alert", ALERTS, || {
        alerts.iter().map(measure::alert).collect()
    });
    Ok(())
}

fn row(report: &mut Report, what: &str, parts: usize, mut frame: impl FnMut() -> String) {
    let bytes = frame().len() as f64 / parts as f64;
    // Short frames several times a round, so that the clock's own cost does not show.
    let times = (10_000 / parts).max(1);
    let cost: Cost = cost_of(parts * times, || {
        for _ in 0..times {
            drop(black_box(frame()));
        }
    });
    report.row(&[
        what.to_owned(),
        format!("{:.0}", cost.median),
        format!("{:.0}–{:.0}", cost.least, cost.greatest),
        format!("{bytes:.0}"),
        allocations(frame),
    ]);
}

#[cfg(feature = "allocations")]
fn allocations(mut frame: impl FnMut() -> String) -> String {
    let counted = allocation_counter::measure(|| drop(black_box(frame())));
    counted.count_total.to_string()
}

#[cfg(not(feature = "allocations"))]
fn allocations(_frame: impl FnMut() -> String) -> String {
    "with --features allocations".to_owned()
}

/// Every asset of the pack, as the engine tells of it at its start.
pub(crate) fn registered(city: &City) -> Vec<StateChange> {
    let assets = city.assets.iter().zip(0..);
    assets
        .map(|(asset, n)| StateChange::Registered {
            asset: AssetHandle(n),
            entry: Arc::clone(asset),
        })
        .collect()
}

/// A reading with all fields of the asset's kind.
fn updated(city: &City, n: usize, seeded: &mut Seeded) -> StateChange {
    let kind = city.catalog.kind(city.assets[n].kind);
    let fields = kind.fields.iter().zip(0..).map(|(field, id)| {
        let (low, high) = field.range.unwrap_or((0.0, 100.0));
        let value = match field.value_type {
            ValueType::F64 => Value::F64((seeded.between(low, high) * 100.0).round() / 100.0),
            ValueType::Bool => Value::Bool(seeded.next().is_multiple_of(2)),
            ValueType::Symbol => Value::Symbol((seeded.next() % field.symbols.len() as u64) as u16),
            ValueType::Text => Value::Text("text".into()),
            ValueType::Time => Value::Time(Time::from_millis(1_764_000_000_000)),
        };
        (FieldId(id), Some(value))
    });
    StateChange::Updated {
        asset: AssetHandle(n as u32),
        at: Time::from_millis(1_764_000_000_000 + n as i64),
        freshness: Freshness::Live,
        fields: fields.collect(),
    }
}
