//! The city pack: loads and validates catalog, registry, areas and calendars.
//!
//! Owns the form of a pack's files and every check that needs the pack alone. What rules, scenarios and simulation files
//! mean is left to the crates that play them; they are read here and handed on as text.

mod areas;
mod assets;
mod calendar;
mod catalog;
mod cells;
mod city_file;
mod files;
mod pack;
mod table;
mod wall_file;
pub mod yaml;

pub use calendar::Calendar;
pub use pack::{City, Loaded, load};
