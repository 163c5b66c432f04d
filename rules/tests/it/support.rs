//! The pack of `pack/`, compiled, for every test binary.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use city::{City, Loaded};
use rules::Plan;

/// The pack as loaded, its city and the plan of its rules.
pub(crate) struct Pack {
    /// With the texts that diagnostics point into.
    pub(crate) loaded: Loaded,
    /// The city.
    pub(crate) city: Arc<City>,
    /// Its rules.
    pub(crate) plan: Arc<Plan>,
}

/// Loads and compiles the pack of these tests; nothing may be wrong with it.
pub(crate) fn pack() -> Pack {
    pack_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pack"))
}

/// The same of any pack.
pub(crate) fn pack_of(dir: &Path) -> Pack {
    let mut loaded = city::load(dir);
    assert_eq!(loaded.diagnostics, [], "the pack loads");
    let city = Arc::new(loaded.city.take().expect("a city"));
    let (plan, problems) = rules::compile(&city.rules, 0, &city);
    assert_eq!(problems, [], "the rules compile");
    Pack {
        loaded,
        city,
        plan: Arc::new(plan.expect("a plan")),
    }
}

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
