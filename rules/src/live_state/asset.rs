//! One asset's state beside its values: presence, times, silence.

use std::sync::Arc;

use model::{Asset, Freshness, KindId, Lifecycle, Time};

use super::{Recent, SourceIx};

/// Why the values of an asset are known or not.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) enum Presence {
    /// Never heard of.
    Unseen,
    /// Reported within its kind's `stale_after`.
    Live,
    /// Silent for longer, by its own fault.
    Stale,
    /// Its source is lost; known again when the source is back soon enough.
    SourceLost,
    /// Readings of it were shed; known again with its next reading.
    Doubted,
    /// Its last will arrived.
    Offline,
}

/// What is known of one asset beside its values.
#[derive(Debug)]
pub struct AssetState {
    pub(crate) entry: Arc<Asset>,
    /// As in `entry`, at hand: every reading asks.
    pub(crate) kind: KindId,
    in_service: bool,
    /// Its row in its kind's table.
    pub(crate) row: u32,
    pub(crate) source: SourceIx,
    pub(crate) presence: Presence,
    /// Measured time of its newest reading; only moves forward. [`Time::MIN`] when never.
    pub(crate) latest_at: Time,
    /// Engine time of its last sign of life; of its registration while there was none.
    pub(crate) heard_at: Time,
    /// The silences of its kind's plan it has reached, a bit each; bit 0 is `stale_after`.
    pub(crate) reached: u64,
    /// Due time of its one silence timer; any other timer of it is void.
    pub(crate) silence_due: Time,
    pub(crate) clock_wrong: bool,
    pub(crate) recent: Recent,
}

impl AssetState {
    pub(crate) fn new(entry: Arc<Asset>, row: u32, since: Time) -> Self {
        Self {
            kind: entry.kind,
            in_service: entry.lifecycle == Lifecycle::InService,
            entry,
            row,
            source: SourceIx::UNHEARD,
            presence: Presence::Unseen,
            latest_at: Time::MIN,
            heard_at: since,
            reached: 0,
            silence_due: Time::MAX,
            clock_wrong: false,
            recent: Recent::default(),
        }
    }

    /// What the registry says of it.
    pub fn entry(&self) -> &Arc<Asset> {
        &self.entry
    }

    /// How far its values can be trusted.
    pub fn freshness(&self) -> Freshness {
        match self.presence {
            Presence::Unseen => Freshness::Unseen,
            Presence::Live => Freshness::Live,
            Presence::Stale | Presence::SourceLost | Presence::Doubted => Freshness::Stale,
            Presence::Offline => Freshness::Offline,
        }
    }

    /// Measured time of its newest reading.
    pub fn latest_at(&self) -> Option<Time> {
        (self.latest_at != Time::MIN).then_some(self.latest_at)
    }

    /// True when the device's clock was wrong at its last reading.
    pub fn clock_wrong(&self) -> bool {
        self.clock_wrong
    }

    /// Only assets in service alarm and count as members.
    pub(crate) fn alarms(&self) -> bool {
        self.in_service
    }

    /// Its own silence makes its values unknown: what `on_missing` decides about.
    pub(crate) fn missing(&self) -> bool {
        self.reached & 1 != 0 || self.presence == Presence::Offline
    }
}
