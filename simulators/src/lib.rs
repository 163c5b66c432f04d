//! The living city: scenarios, faults, load, record and replay.
//!
//! Owns simulated devices, their weather, their faults and the truth about what those must raise.
//! What devices of a kind do is data of the city pack (`simulation/*.yaml`, `scenarios/*.yaml`), never code.

mod broker;
mod device;
mod drive;
mod fleet;
mod generator;
pub mod ledger;
mod live;
pub mod living_city;
pub mod load;
mod local_time;
mod message;
mod mqtt;
mod random;
pub mod record;
pub mod recording;
pub mod replay;
mod rhythm;
mod scenario;
mod scene;
pub mod screens;
mod simulation;
mod weather;
mod world;

pub use broker::{Broker, BrokerError};
pub use fleet::Fleet;
pub use live::{Live, LiveError};
pub use message::{Form, Message};
pub use mqtt::Traffic;
