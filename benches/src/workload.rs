//! Messages and rules made from the city pack by a seed: the same at every run.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail};
use city::City;
use model::{Asset, Kind, SourceFile, Time, ValueType};

/// Loads the pack, or fails with the first of its problems.
pub(crate) fn load(dir: &Path) -> Result<Arc<City>> {
    let loaded = city::load(dir);
    match (loaded.city, loaded.diagnostics.first()) {
        (Some(city), _) => Ok(Arc::new(city)),
        (None, problem) => bail!(
            "{}: {}",
            dir.display(),
            problem.map_or("no city", |p| &p.message)
        ),
    }
}

/// A small generator of its own (Marsaglia's xorshift64), so that a workload never changes under a library's feet.
pub(crate) struct Seeded(u64);

impl Seeded {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number in `[low, high)`.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The topic an asset reports on.
pub(crate) fn topic(city: &City, kind: &Kind, asset: &Asset) -> String {
    format!("ioc/v1/{}/{}/{}/tele", city.id, kind.name, asset.id)
}

/// A native payload with every field of the kind inside its range.
pub(crate) fn payload(kind: &Kind, seeded: &mut Seeded, at: Time, seq: u64) -> String {
    let fields: Vec<String> = kind
        .fields
        .iter()
        .map(|field| {
            let (low, high) = field.range.unwrap_or((0.0, 100.0));
            let value = match field.value_type {
                ValueType::F64 => format!("{:.2}", seeded.between(low, high)),
                ValueType::Bool => seeded.next().is_multiple_of(2).to_string(),
                ValueType::Symbol => format!(
                    "\"{}\"",
                    field.symbols[seeded.next() as usize % field.symbols.len()]
                ),
                ValueType::Text => "\"text\"".to_owned(),
                ValueType::Time => at.millis().to_string(),
            };
            format!("\"{}\":{value}", field.name)
        })
        .collect();
    format!(
        r#"{{"ts":{},"seq":{seq},"q":"good","v":{{{}}}}}"#,
        at.millis(),
        fields.join(",")
    )
}

/// `count` threshold rules spread over the numeric fields of a kind; about one reading in 1,400 lies above some of them.
pub(crate) fn rules(kind: &Kind, count: usize) -> SourceFile {
    let numeric: Vec<_> = kind
        .fields
        .iter()
        .filter(|f| f.value_type == ValueType::F64)
        .collect();
    let rules = (0..count).map(|n| {
        let field = numeric[n % numeric.len()];
        let (low, high) = field.range.unwrap_or((0.0, 100.0));
        // Bounds crowd the top: high enough to be crossed seldom, different for each rule.
        let bound = high - (high - low) * 0.000_1 * (n + 1) as f64 / count as f64;
        format!(
            "  - {{alert: Bench{n}, on: {}, when: {} > {bound:.6}, for: 1h, severity: low, summary: {{vi: x, en: x}}}}\n",
            kind.name, field.name
        )
    });
    let text = format!(
        "version: 1\ngroup: bench\nrules:\n{}",
        rules.collect::<String>()
    );
    SourceFile {
        path: "bench.yaml".into(),
        text: text.into(),
    }
}
