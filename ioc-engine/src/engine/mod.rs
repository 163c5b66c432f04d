//! The engine: one thread that owns rules and desk, drains what is ready, and works in batches.
//! Leaves durability to the writer thread, what comes in to `ingest` and what is shown to `ws_gateway`.

mod backlog;
mod core;
mod costs;
mod recovery;
mod reload;
mod status;
mod thread;

pub use core::{Core, Step};
pub use recovery::{Recovered, Recovery, RecoveryError, Report};
pub use reload::ReloadReport;
pub use status::{EngineStatus, Figures};
pub use thread::{EngineThread, Intake, WriterGone};
