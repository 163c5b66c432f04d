//! The rule language and its engine: pure and deterministic, no I/O, no clock.
//!
//! Owns what rules mean, from text to transitions: [`compile`] makes a [`Plan`] of rule files, [`Engine`] turns stamped
//! inputs into [`Output`]. Leaves expressions to `cel`, the catalog to `city`, operators to the alert desk.

mod by_key;
mod checkpoint;
mod costs;
mod counts;
mod crossings;
mod deadline;
mod derivations;
mod ended;
mod engine;
mod explain;
mod format;
mod group;
mod hashing;
mod held;
mod hold;
mod identity;
mod inhibit;
mod instance;
mod keys;
mod ladder;
mod limit;
mod live_state;
mod load;
mod local_clock;
mod looks_back;
mod ordered;
mod place;
mod plan;
mod related;
mod repeat;
mod schema;
mod sequences;
mod slots;
mod sun;
mod template;
pub mod testing;
mod timers;
mod touched;
mod windows;

pub use checkpoint::RestoreError;
pub use costs::{RuleCost, Stopwatch};
pub use counts::Counts;
pub use engine::{Engine, Output};
pub use explain::{Explanation, explain};
pub use format::format;
pub use ladder::OnMissing;
pub use live_state::{AssetState, CLOCK_AHEAD, CLOCK_BEHIND, LiveState, MAX_UNREGISTERED};
pub use load::{compile, compile_with, in_scope_of};
pub use looks_back::LooksBack;
pub use plan::{Plan, RuleInfo};
pub use schema::{schema, test_schema};
