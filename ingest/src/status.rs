//! How each source stands, for the health panel.

use model::{SourceName, Time};

use crate::SourceCounts;

/// Where a source stands in its life.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SourceState {
    /// Not connected yet, or trying again.
    Connecting,
    /// Connected; retained messages and the backlog are still coming.
    CatchingUp,
    /// Connected, and everything from before is through.
    Up,
    /// Lost, and why.
    Down(String),
    /// Stopped by us.
    Stopped,
}

impl SourceState {
    /// As the live protocol writes it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::CatchingUp => "catching_up",
            Self::Up => "up",
            Self::Down(_) => "down",
            Self::Stopped => "stopped",
        }
    }
}

/// How one source stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceStatus {
    /// Which source.
    pub name: SourceName,
    /// Where it stands.
    pub state: SourceState,
    /// Since when.
    pub since: Time,
    /// How many assets have reported through it.
    pub assets: u64,
    /// What came in through it.
    pub counts: SourceCounts,
}
