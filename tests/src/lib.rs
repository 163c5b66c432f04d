//! The harness of the whole-system scenarios: a city pack on disk, the real binary as a process, real brokers,
//! devices that publish and screens that watch. Scenarios wait for what they expect, never for a time.

mod broker;
mod demo;
mod device;
mod engine;
mod pack;
mod screen;

pub use broker::Mosquitto;
pub use demo::Demo;
pub use device::Device;
pub use engine::{Engine, Ways};
pub use pack::Pack;
pub use screen::Screen;

use std::time::Duration;

/// How long a scenario waits for what it expects before it fails. Long, so that a slow machine is no failure.
pub const PATIENCE: Duration = Duration::from_mins(1);
