//! What a run takes place in and no device changes: the city, its plan, its weather, its day.

use std::sync::Arc;

use city::City;
use model::{Asset, Time};

use crate::local_time::LocalTime;
use crate::message::Form;
use crate::simulation::Plan;
use crate::weather::{Place, Weather};

/// The scene of one run; shared by all devices and threads.
#[derive(Debug)]
pub struct Scene {
    /// The city.
    pub city: Arc<City>,
    /// What its devices do.
    pub plan: Plan,
    /// The seed of everything random.
    pub seed: u64,
    /// How payloads are written.
    pub form: Form,
    /// When the run began.
    pub start: Time,
    /// The hour of the simulated day.
    pub local: LocalTime,
    /// The weather.
    pub weather: Weather,
}

impl Scene {
    /// Where an asset stands: its own place, its area's, or the middle of the city.
    pub fn place(&self, asset: &Asset) -> Place {
        if let (Some(lat), Some(lon)) = (asset.lat, asset.lon) {
            return Place { lat, lon };
        }
        let area = asset
            .area
            .as_ref()
            .and_then(|a| self.city.areas.get(a.as_str()));
        match area {
            Some(area) => Place {
                lat: area.lat,
                lon: area.lon,
            },
            None => Place {
                lat: self.city.centre.0,
                lon: self.city.centre.1,
            },
        }
    }
}
