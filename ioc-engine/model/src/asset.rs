//! A registered device or service.

use std::sync::Arc;

use crate::{AreaCode, AssetId, KindId, Value};

/// Where an asset stands in its life. Only [`Lifecycle::InService`] alarms.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Lifecycle {
    /// Registered, not yet built or linked.
    Planned,
    /// Working and watched.
    InService,
    /// Being worked on; shown, not alarmed.
    Maintenance,
    /// Gone for good.
    Retired,
    /// Reports without being in the registry; shown and counted, not alarmed unless its kind auto-registers.
    Unregistered,
}

/// One device or service of the registry.
#[derive(Clone, PartialEq, Debug)]
pub struct Asset {
    /// Its id, unique in the city.
    pub id: AssetId,
    /// Its kind.
    pub kind: KindId,
    /// What operators call it.
    pub name: Arc<str>,
    /// The area it stands in; an unregistered asset has none.
    pub area: Option<AreaCode>,
    /// Latitude in degrees north (WGS 84).
    pub lat: Option<f64>,
    /// Longitude in degrees east (WGS 84).
    pub lon: Option<f64>,
    /// Where it stands in its life.
    pub lifecycle: Lifecycle,
    /// The asset it depends on.
    pub uplink: Option<AssetId>,
    /// Its values in the kind's registry columns, in the order of [`crate::Kind::columns`]; none where the cell is empty.
    pub columns: Vec<Option<Value>>,
}
