//! A histogram of milliseconds as a line for people and as JSON for scripts.

use hdrhistogram::Histogram;
use serde_json::{Map, Value};

const QUANTILES: [(&str, f64); 4] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)];

pub(crate) fn line(histogram: &Histogram<u64>) -> String {
    let quantiles = QUANTILES.map(|(name, q)| format!("{name} {}", histogram.value_at_quantile(q)));
    format!(
        "{} ms  max {} ms  of {}",
        quantiles.join("  "),
        histogram.max(),
        histogram.len()
    )
}

pub(crate) fn json(histogram: &Histogram<u64>) -> Value {
    let mut out: Map<String, Value> = QUANTILES
        .iter()
        .map(|(name, q)| ((*name).to_owned(), histogram.value_at_quantile(*q).into()))
        .collect();
    out.insert("max".to_owned(), histogram.max().into());
    out.insert("count".to_owned(), histogram.len().into());
    Value::Object(out)
}
