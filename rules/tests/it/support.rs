//! The pack of `pack/`, compiled, for every test binary.

use std::path::{Path, PathBuf};

pub(crate) use oracles::{Pack, pack, pack_of};

/// How many cases a property tries: as many as asked for by `PROPTEST_CASES`, else what a test run has time for.
pub(crate) fn cases(usual: u32) -> u32 {
    let asked = std::env::var("PROPTEST_CASES").ok();
    asked.and_then(|n| n.parse().ok()).unwrap_or(usual)
}

/// The rule files of the repository, by pack.
pub(crate) fn rule_files() -> Vec<(PathBuf, Vec<PathBuf>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut packs: Vec<_> = entries(&root.join("cities"));
    packs.retain(|dir| dir.join("city.yaml").exists());
    packs.push(root.join("rules/tests/pack"));
    packs.push(root.join("ioc-engine/tests/pack"));
    let rules = |pack: PathBuf| {
        let mut files = entries(&pack.join("rules"));
        files.retain(|path| !path.to_string_lossy().ends_with(".test.yaml"));
        (pack, files)
    };
    packs.into_iter().map(rules).collect()
}

pub(crate) fn entries(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).expect("a folder");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
}
