//! What is usual at this hour of the week: one bucket an hour, no samples.
//!
//! Hours are those of the city's clock, so that a rush hour stays one when the clock is put forward.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::{Span, Time};

use super::ExactSum;

/// Hours of a week.
const WEEK: i64 = 7 * 24;
/// One week; a baseline looks back on a whole number of them.
pub(crate) const WEEK_LENGTH: Span = Span::from_mins(WEEK * 60);
/// A quarter of a year: 2,016 buckets an asset and field.
pub(crate) const MAX_WEEKS: i64 = 12;

/// The averages of the hours of some weeks.
#[derive(Clone, Debug)]
pub(crate) struct Weekly {
    weeks: i64,
    zone: TimeZone,
    /// The hour of the asset's newest reading, counted on the local clock since 1970.
    newest: i64,
    hours: BTreeMap<i64, Hour>,
}

#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Hour {
    sum: ExactSum,
    count: u32,
}

/// What one hour takes, its key and its share of the tree included.
pub(super) fn hour_bytes() -> usize {
    (size_of::<i64>() + size_of::<Hour>()) * 3 / 2
}

impl Weekly {
    pub(super) fn new(length: Span, zone: &TimeZone) -> Self {
        Self {
            weeks: length.millis() / WEEK_LENGTH.millis(),
            zone: zone.clone(),
            newest: i64::MIN,
            hours: BTreeMap::new(),
        }
    }

    /// Memory behind it, but for the nodes' own.
    pub(super) fn bytes(&self) -> usize {
        self.hours.len() * size_of::<(i64, Hour)>()
    }

    pub(super) fn add(&mut self, at: Time, value: f64) {
        let hour = self.hour_of(at);
        self.move_to(hour);
        if hour >= self.oldest() {
            let bucket = self.hours.entry(hour).or_default();
            bucket.sum.add(value);
            bucket.count = bucket.count.saturating_add(1);
        }
    }

    /// Moves the right edge on.
    pub(super) fn slide(&mut self, edge: Time) {
        let hour = self.hour_of(edge);
        self.move_to(hour);
    }

    /// The average over the same hour of the week in the weeks before this hour; none where nothing was measured.
    pub(super) fn usual(&self) -> Option<f64> {
        let (mut sum, mut count) = (0.0, 0.0);
        for week in 1..=self.weeks {
            if let Some(hour) = self.hours.get(&self.newest.saturating_sub(week * WEEK)) {
                sum += hour.sum.value();
                count += f64::from(hour.count);
            }
        }
        (count > 0.0).then(|| sum / count)
    }

    /// How many hours of them hold something.
    pub(super) fn hours(&self) -> usize {
        self.hours.len()
    }

    pub(super) fn contents(&self) -> (i64, Vec<(i64, Hour)>) {
        let hours = self.hours.iter().map(|(hour, bucket)| (*hour, *bucket));
        (self.newest, hours.collect())
    }

    pub(super) fn take(&mut self, newest: i64, hours: &[(i64, Hour)]) {
        self.hours.extend(hours.iter().copied());
        self.move_to(newest);
    }

    fn oldest(&self) -> i64 {
        self.newest.saturating_sub(self.weeks * WEEK)
    }

    fn move_to(&mut self, hour: i64) {
        if hour > self.newest {
            self.newest = hour;
            self.hours = self.hours.split_off(&self.oldest());
        }
    }

    fn hour_of(&self, at: Time) -> i64 {
        let utc = at.millis();
        let offset = Timestamp::from_millisecond(utc)
            .map_or(0, |at| i64::from(self.zone.to_offset(at).seconds()) * 1_000);
        utc.saturating_add(offset).div_euclid(3_600_000)
    }
}
