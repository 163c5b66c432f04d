//! The weather over the province: rain fronts that cross it, and the temperature and humidity that go with them.
//! A pure function of seed, place and time, so that any device on any thread may ask about any moment, lagged ones too.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use model::{Span, Time};

use crate::local_time::LocalTime;
use crate::random::Stream;

const EPOCH: Span = Span::from_mins(6 * 60);
/// No seeded front lasts longer: a moment is touched only by fronts of its own epoch and the one before.
const LONGEST_FRONT_MIN: f64 = 300.0;
const KM_PER_DEGREE: f64 = 111.2;

/// A place on the map in degrees (WGS 84).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Place {
    /// North.
    pub lat: f64,
    /// East.
    pub lon: f64,
}

/// A band of rain that moves over the land.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Front {
    /// When its rain begins to fall somewhere.
    pub starts: Time,
    /// When it is over everywhere.
    pub ends: Time,
    /// Where its centre is at the middle of its life.
    pub centre: Place,
    /// Where it moves to, in radians from east towards north.
    pub heading: f64,
    /// How fast, in km/h.
    pub speed_kmh: f64,
    /// Half its width along the heading, in km: rain there is 1/√e of the peak.
    pub half_width_km: f64,
    /// Its heaviest rain, in mm/h.
    pub peak_mm_h: f64,
}

impl Front {
    /// Rain at a place, in mm/h.
    fn rain(&self, place: Place, at: Time) -> f64 {
        if at < self.starts || at >= self.ends {
            return 0.0;
        }
        let life = self.ends.since(self.starts).secs_f64();
        let age = at.since(self.starts).secs_f64() / life;
        let east = (place.lon - self.centre.lon) * KM_PER_DEGREE * place.lat.to_radians().cos();
        let north = (place.lat - self.centre.lat) * KM_PER_DEGREE;
        let along = east * self.heading.cos() + north * self.heading.sin();
        let ridge = (age - 0.5) * life / 3600.0 * self.speed_kmh;
        let distance = (along - ridge) / self.half_width_km;
        let swell = (std::f64::consts::PI * age).sin();
        self.peak_mm_h * swell * (-0.5 * distance * distance).exp()
    }
}

/// What of the weather a device may depend on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Element {
    /// Rain at the place, mm/h.
    Rain,
    /// Air temperature, °C.
    Temperature,
    /// Relative humidity, 0–1.
    Humidity,
}

/// The one weather of a run.
#[derive(Debug)]
pub struct Weather {
    seed: u64,
    local: LocalTime,
    centre: Place,
    /// Whether fronts of the seed cross the province besides the scripted ones.
    seeded: bool,
    scripted: Vec<Front>,
    // Epochs are few and made once; devices on several threads read them, which a map per thread would only repeat.
    epochs: Mutex<HashMap<i64, Arc<[Front]>>>,
}

impl Weather {
    /// The weather around a place; `scripted` fronts come on top of the seed's own, or instead of them.
    pub fn new(
        seed: u64,
        local: LocalTime,
        centre: Place,
        seeded: bool,
        scripted: Vec<Front>,
    ) -> Self {
        let epochs = Mutex::default();
        Self {
            seed,
            local,
            centre,
            seeded,
            scripted,
            epochs,
        }
    }

    /// The value of an element at a place and time.
    pub fn value(&self, element: Element, place: Place, at: Time) -> f64 {
        match element {
            Element::Rain => self.rain(place, at),
            Element::Temperature => self.temperature(place, at),
            Element::Humidity => self.humidity(place, at),
        }
    }

    /// The mean of an element over `over` ending `lag` ago: how a river or a road remembers rain.
    pub fn mean(&self, element: Element, place: Place, at: Time, lag: Span, over: Span) -> f64 {
        const SAMPLES: i64 = 6;
        let end = at - lag;
        if over.is_zero() {
            return self.value(element, place, end);
        }
        let step = over.millis() / SAMPLES;
        let sum: f64 = (0..SAMPLES)
            .map(|i| self.value(element, place, end - Span::from_millis(i * step)))
            .sum();
        sum / SAMPLES as f64
    }

    fn rain(&self, place: Place, at: Time) -> f64 {
        let scripted: f64 = self.scripted.iter().map(|f| f.rain(place, at)).sum();
        let epoch = at.millis().div_euclid(EPOCH.millis());
        let seeded: f64 = [epoch - 1, epoch]
            .into_iter()
            .filter(|_| self.seeded)
            .map(|e| self.epoch(e).iter().map(|f| f.rain(place, at)).sum::<f64>())
            .sum();
        let rain = scripted + seeded;
        // Drizzle under the gauges' resolution is no rain.
        if rain < 0.05 { 0.0 } else { rain.min(180.0) }
    }

    fn temperature(&self, place: Place, at: Time) -> f64 {
        let hour = self.local.moment(at).hour;
        let warmth = ((hour - 14.5) / 24.0 * std::f64::consts::TAU).cos();
        let cooled = 2.5 * (1.0 - (-self.rain(place, at) / 8.0).exp());
        23.0 + 4.5 * warmth - cooled
    }

    fn humidity(&self, place: Place, at: Time) -> f64 {
        let hour = self.local.moment(at).hour;
        let dryness = ((hour - 14.5) / 24.0 * std::f64::consts::TAU).cos();
        let wet = 0.15 * (1.0 - (-self.rain(place, at) / 4.0).exp());
        (0.74 - 0.12 * dryness + wet).clamp(0.2, 0.99)
    }

    fn epoch(&self, epoch: i64) -> Arc<[Front]> {
        let mut epochs = match self.epochs.lock() {
            Ok(epochs) => epochs,
            // The map is only ever grown by whole entries: a panic elsewhere cannot have torn it.
            Err(poisoned) => poisoned.into_inner(),
        };
        let fronts = epochs
            .entry(epoch)
            .or_insert_with(|| self.draw_epoch(epoch));
        Arc::clone(fronts)
    }

    fn draw_epoch(&self, epoch: i64) -> Arc<[Front]> {
        let mut stream = Stream::new(self.seed, "weather", &epoch.to_string());
        let count = match stream.unit() {
            u if u < 0.55 => 0,
            u if u < 0.88 => 1,
            _ => 2,
        };
        (0..count)
            .map(|_| self.draw_front(epoch, &mut stream))
            .collect()
    }

    fn draw_front(&self, epoch: i64, stream: &mut Stream) -> Front {
        let begin = epoch * EPOCH.millis();
        let starts = Time::from_millis(begin + stream.below(EPOCH.millis() as u64) as i64);
        let minutes = stream.between(60.0, LONGEST_FRONT_MIN);
        Front {
            starts,
            ends: starts + Span::from_millis((minutes * 60_000.0) as i64),
            centre: Place {
                lat: self.centre.lat + stream.between(-0.2, 0.2),
                lon: self.centre.lon + stream.between(-0.2, 0.2),
            },
            heading: stream.between(0.0, std::f64::consts::TAU),
            speed_kmh: stream.between(15.0, 40.0),
            half_width_km: stream.between(6.0, 18.0),
            peak_mm_h: 4.0 + stream.exponential(11.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CENTRE: Place = Place {
        lat: 21.59,
        lon: 105.84,
    };

    fn weather(seeded: bool, scripted: Vec<Front>) -> Weather {
        let local = LocalTime::new("Asia/Ho_Chi_Minh").unwrap();
        Weather::new(42, local, CENTRE, seeded, scripted)
    }

    #[test]
    fn a_front_passes_the_upwind_gauge_first() {
        let start = Time::from_millis(1_000_000_000);
        let front = Front {
            starts: start,
            ends: start + Span::from_mins(120),
            centre: CENTRE,
            heading: 0.0,
            speed_kmh: 30.0,
            half_width_km: 5.0,
            peak_mm_h: 20.0,
        };
        let weather = weather(false, vec![front]);
        let wettest = |lon: f64| {
            let place = Place { lon, ..CENTRE };
            (0..120)
                .max_by(|a, b| {
                    let rain = |m: i64| weather.rain(place, start + Span::from_mins(m));
                    rain(*a).total_cmp(&rain(*b))
                })
                .unwrap()
        };
        let (west, middle, east) = (wettest(105.74), wettest(105.84), wettest(105.94));
        assert!(west < middle && middle < east, "{west} {middle} {east}");
        assert!(weather.rain(CENTRE, start - Span::from_mins(1)) <= 0.0);
    }

    #[test]
    fn a_month_of_seeded_weather_stays_within_the_gauges_and_has_wet_and_dry_days() {
        let weather = weather(true, vec![]);
        let hours = 24 * 30;
        let rain: Vec<f64> = (0..hours)
            .map(|h| weather.rain(CENTRE, Time::from_millis(h * 3_600_000)))
            .collect();
        assert!(rain.iter().all(|r| (0.0..=200.0).contains(r)));
        let wet = rain.iter().filter(|r| **r > 0.0).count();
        assert!((20..400).contains(&wet), "{wet} wet hours of {hours}");
    }

    #[test]
    fn what_is_remembered_lags_what_falls() {
        let start = Time::from_millis(1_000_000_000);
        let front = Front {
            starts: start,
            ends: start + Span::from_mins(60),
            centre: CENTRE,
            heading: 0.0,
            speed_kmh: 0.0,
            half_width_km: 50.0,
            peak_mm_h: 20.0,
        };
        let weather = weather(false, vec![front]);
        let (lag, over) = (Span::from_mins(60), Span::from_mins(30));
        let at = |m: i64| {
            let t = start + Span::from_mins(m);
            weather.mean(Element::Rain, CENTRE, t, lag, over)
        };
        assert!(at(30) <= 0.0);
        assert!(at(100) > 15.0);
    }
}
