//! HTTP: the read API, the wall's files, health checks, and the door to the live protocol.
//!
//! Owns addresses, tokens in requests and problem documents. What is read comes from the hub or the archive.

mod access;
mod alerts;
mod assets;
mod city;
mod docs;
mod input;
mod members;
mod problem;
mod router;
mod wall;

#[cfg(test)]
mod tests;

pub(crate) use access::token_of;
pub(crate) use city::catalog_json;
pub(crate) use problem::Problem;
pub(crate) use router::{App, Connection, router};
pub(crate) use wall::build as wall_build;
