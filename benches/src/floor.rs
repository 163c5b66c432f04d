//! The machine's own floor, measured in the same run: nothing built on it can be faster.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use hdrhistogram::Histogram;

use crate::report::Report;

/// Reports how long a commit must take at least on this disk.
pub(crate) fn run(report: &mut Report) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let took = fdatasync(dir.path(), 500)?;
    report.section(
        "Floor",
        "append 4 KiB and `fdatasync`, 500 times; microseconds",
        &["percentile", "took"],
    );
    for percentile in [50.0, 99.0] {
        let value = took.value_at_percentile(percentile);
        report.row(&[format!("p{percentile}"), value.to_string()]);
    }
    Ok(())
}

/// How long this disk takes to make 4 KiB durable: append and `fdatasync`, in microseconds.
fn fdatasync(dir: &Path, rounds: usize) -> Result<Histogram<u64>> {
    let path = dir.join("floor");
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .with_context(|| format!("opening {}", path.display()))?;
    let mut histogram = Histogram::new(3)?;
    for _ in 0..rounds {
        let start = Instant::now();
        file.write_all(&[0x5a; 4096])?;
        file.sync_data()?;
        histogram.record(start.elapsed().as_micros() as u64)?;
    }
    drop(file);
    std::fs::remove_file(&path)?;
    Ok(histogram)
}
