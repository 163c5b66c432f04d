//! The pack of the rules' tests, and any other, loaded and compiled.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use city::{City, Loaded};
use rules::Plan;

/// A pack as loaded, its city and the plan of its rules.
#[derive(Debug)]
pub struct Pack {
    /// With the texts that diagnostics point into.
    pub loaded: Loaded,
    /// The city.
    pub city: Arc<City>,
    /// Its rules.
    pub plan: Arc<Plan>,
}

/// The small city of `rules/tests/pack`.
pub(crate) static PACK: LazyLock<Pack> = LazyLock::new(pack);

/// Loads and compiles `rules/tests/pack`; nothing may be wrong with it.
pub fn pack() -> Pack {
    pack_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/pack"))
}

/// The same of any pack.
///
/// # Panics
/// When anything is wrong with it.
pub fn pack_of(dir: &Path) -> Pack {
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
