//! The gateway from outside: real sockets and a real WebSocket client, a fake engine behind channels.

#![expect(
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "what is not as expected fails the test; counters are whole numbers"
)]

mod alerts;
mod city;
mod editions;
mod http;
mod limits;
mod openapi;
mod slow;
mod state;
mod support;
