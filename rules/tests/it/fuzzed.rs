//! The fuzz targets of `tests/fuzz` on their seeds, what once failed among them, and on a few bytes that stand for a fuzzer's.

use std::path::Path;

use oracles::{expressions, reference, timeline, yaml};
use proptest::prelude::*;

use crate::support;

/// What a target asks of the bytes it is given.
type Check = fn(&[u8]);

const TARGETS: [(&str, Check); 5] = [
    ("yaml", yaml::check),
    ("expression", expressions::check),
    ("made_up", expressions::check_made_up),
    ("timeline", timeline::check),
    ("reference", reference::check),
];

#[test]
fn every_target_holds_on_its_seeds() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/seeds");
    for (target, check) in TARGETS {
        let paths = support::entries(&seeds.join(target));
        assert!(!paths.is_empty(), "{target} has seeds");
        for path in paths {
            check(&std::fs::read(&path).expect("a seed"));
        }
    }
}

#[test]
fn the_rules_of_every_pack_hold_as_seeds() {
    for (dir, files) in support::rule_files() {
        for path in files.iter().chain(&support::entries(&dir.join("rules"))) {
            yaml::check(&std::fs::read(path).expect("a rule file"));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(support::cases(200)) })]

    #[test]
    fn expressions_hold_whatever_the_bytes(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        expressions::check(&bytes);
        expressions::check_made_up(&bytes);
    }
}

proptest! {
    // Each is several runs of an engine.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(support::cases(20)) })]

    #[test]
    fn days_hold_whatever_the_bytes(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        timeline::check(&bytes);
        reference::check(&bytes);
    }
}
