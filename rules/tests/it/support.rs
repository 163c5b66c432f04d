//! The pack of `pack/`, compiled, for every test binary.

use std::path::Path;
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

/// Loads and compiles the pack; nothing may be wrong with it.
pub(crate) fn pack() -> Pack {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pack");
    let mut loaded = city::load(&dir);
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
