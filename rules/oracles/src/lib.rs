//! What must hold of any rule file, any expression and any day, said once: property tests ask it of what proptest makes up,
//! fuzz targets of what a fuzzer does.
//!
//! Every check panics where something does not hold. Owns the cases and the questions; leaves running them to
//! `rules/tests`, `rules/cel/tests` and `tests/fuzz`.

mod drawn;
pub mod expressions;
mod pack;
pub mod reference;
pub mod timeline;
pub mod yaml;

pub use pack::{Pack, pack, pack_of};
