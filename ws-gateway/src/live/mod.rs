//! One WebSocket: from the upgrade to the close.
//!
//! Owns a socket's reading, writing, deadlines and limits. What is sent is the hub's business; whether a token is good,
//! that of [`crate::Tokens`].

mod connection;
mod limits;
mod pen;
mod reader;
mod upgrade;
mod writer;

#[cfg(test)]
mod tests;

pub(crate) use connection::{Context, Link, Shared, run};
pub(crate) use upgrade::upgrade;
