//! What operators read must be what the program says.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use ingest::DeadLetterReason;

fn operations() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operations.md")).unwrap()
}

/// Every word that begins like our metrics.
fn metrics(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("ioc_ingest_"))
        .collect()
}

#[test]
fn every_metric_is_documented_and_every_documented_one_is_there() {
    let sources: String = ["src/counts.rs", "src/payload.rs"]
        .map(|file| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap())
        .concat();
    assert_eq!(metrics(&sources), metrics(&operations()));
}

#[test]
fn every_reason_of_a_dead_letter_is_documented() {
    let operations = operations();
    for reason in DeadLetterReason::ALL {
        assert!(operations.contains(&format!("`{reason}`")), "{reason}");
    }
}
