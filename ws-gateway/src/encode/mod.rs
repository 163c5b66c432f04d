//! The JSON of the live protocol and of the HTTP API: one way to write each thing.
//!
//! Owns spelling; leaves what is sent, and to whom, to the hub and the handlers.

mod alert;
mod area;
mod asset;
mod columns;
mod json;
mod why;

pub(crate) use alert::write_alert;
pub(crate) use area::write_area;
pub(crate) use asset::{FRESHNESS, freshness_word, write_asset};
pub(crate) use columns::write_delta;
pub(crate) use json::{put, write_list};
pub(crate) use why::write_why;
