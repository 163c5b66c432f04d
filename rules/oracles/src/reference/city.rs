//! The city of these days: three gauges in two basins, as registered at first and after an edit, and its hours.

use std::sync::{Arc, LazyLock};

use city::City;
use model::{AssetId, Lifecycle, Value};

use super::Tick;
use super::rule::Edits;
use crate::pack::PACK;

pub(super) const ASSETS: [&str; 3] = ["wl-1", "wl-2", "wl-3"];
/// Whom each depends on; the first two on each other.
pub(super) const UPLINKS: [usize; ASSETS.len()] = [1, 0, 0];
pub(super) const BASINS: [&str; 2] = ["cau", "cong"];

/// The gauges of a basin that are in service. After an edit of the registry one has moved and one is retired.
pub(super) fn members(basin: usize, edits: Edits) -> &'static [usize] {
    match (basin, edits.registry % 2) {
        (0, 0) => &[0, 1],
        (0, _) => &[0],
        (_, 0) => &[2],
        (_, _) => &[1],
    }
}

/// The basin of a gauge in service.
pub(super) fn basin_of(asset: usize, edits: Edits) -> Option<usize> {
    (0..BASINS.len()).find(|basin| members(*basin, edits).contains(&asset))
}

/// The pack, with all gauges in service; and as its registry is after an edit.
static CITIES: LazyLock<[Arc<City>; 2]> = LazyLock::new(|| [0, 1].map(|n| Arc::new(registered(n))));

/// As it is registered now.
pub(super) fn city(edits: Edits) -> &'static Arc<City> {
    &CITIES[edits.registry % 2]
}

fn registered(registry: usize) -> City {
    let edits = Edits {
        registry,
        ..Edits::default()
    };
    let mut city = City::clone(&PACK.city);
    for asset in &mut city.assets {
        let place = ASSETS.iter().position(|id| *id == asset.id.as_str());
        if let Some(place) = place {
            let (asset, basin) = (Arc::make_mut(asset), basin_of(place, edits));
            asset.lifecycle = basin.map_or(Lifecycle::Retired, |_| Lifecycle::InService);
            asset.uplink = Some(AssetId::new(ASSETS[UPLINKS[place]]));
            asset.columns[2] = basin.map(|basin| Value::Text(BASINS[basin].into()));
        }
    }
    city
}

/// The hour of the day.
pub(super) fn local_hour(now: Tick) -> i64 {
    (8 + now.div_euclid(360)) % 24
}

/// Whether the calendar `shifts` of the pack is open: 8:10 to 8:20, 8:25 to 9:00, 9:30 to 9:40, and 10:00 to midnight.
pub(super) fn shift_is_on(now: Tick) -> bool {
    let minute = (8 * 60 + now.div_euclid(6)) % 1440;
    let shifts = [(490, 500), (505, 540), (570, 580), (600, 1440)];
    shifts
        .iter()
        .any(|(from, to)| (*from..*to).contains(&minute))
}
