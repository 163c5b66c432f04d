//! The readings a derivation keeps for windows that are still open: by asset and field, in order of measured time.

use std::collections::VecDeque;

use jiff::tz::TimeZone;
use model::Time;

use crate::windows::{Statistic, statistic_of};

/// More readings than this of one field of one asset push out the oldest: a device that floods must not eat the machine.
pub(crate) const MAX_SAMPLES: usize = 100_000;

/// Measured at (milliseconds), and the value as a number.
pub(crate) type Sample = (i64, f64);

/// By row of the kind and place of the field: what was measured and may still be needed.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    width: usize,
    rows: Vec<Held>,
}

/// What is kept of one field of one asset.
#[derive(Debug, Default)]
struct Held {
    /// Oldest first.
    samples: VecDeque<Sample>,
    /// When the newest was measured. Their end lies elsewhere in memory: it is written without waiting for it.
    newest: i64,
}

impl Memory {
    pub(crate) fn new(fields: usize) -> Self {
        Self {
            width: fields,
            rows: Vec::new(),
        }
    }

    /// Takes a reading in, at its place in time; of one time, after those that came before.
    pub(crate) fn add(&mut self, row: u32, field: usize, at: Time, value: f64) {
        let place = row as usize * self.width + field;
        if self.rows.len() <= place {
            self.rows
                .resize_with((row as usize + 1) * self.width, Held::default);
        }
        let held = &mut self.rows[place];
        held.add(at.millis(), value);
        if held.samples.len() > MAX_SAMPLES {
            held.samples.pop_front();
        }
    }

    /// Forgets what was measured at this time or before.
    pub(crate) fn forget(&mut self, through: Time) {
        for held in &mut self.rows {
            let samples = &mut held.samples;
            let past = samples.partition_point(|(at, _)| *at <= through.millis());
            samples.drain(..past);
        }
    }

    /// Forgets everything of one asset.
    pub(crate) fn clear(&mut self, row: u32) {
        let start = row as usize * self.width;
        for held in self.rows.iter_mut().skip(start).take(self.width) {
            held.samples.clear();
        }
    }

    /// What is kept of one field of one asset, oldest first.
    pub(crate) fn samples(&self, row: u32, field: usize) -> impl Iterator<Item = &Sample> {
        let held = self.rows.get(row as usize * self.width + field);
        held.into_iter().flat_map(|held| &held.samples)
    }

    /// The rows that anything is kept of.
    pub(crate) fn rows(&self) -> u32 {
        self.rows.len().checked_div(self.width).unwrap_or(0) as u32
    }

    /// When the newest reading of an asset was measured.
    pub(crate) fn newest(&self, row: u32) -> Option<Time> {
        let start = row as usize * self.width;
        let held = self.rows.iter().skip(start).take(self.width);
        let held = held.filter(|held| !held.samples.is_empty());
        let newest = held.map(|held| held.newest).max();
        newest.map(Time::from_millis)
    }

    /// A figure about what was measured in `(after, to]`; none where too little was.
    pub(crate) fn figure(
        &self,
        (row, field): (u32, usize),
        statistic: Statistic,
        (after, to): (Time, Time),
        zone: &TimeZone,
    ) -> Option<f64> {
        let inside = self.between((row, field), after, to);
        statistic_of(inside.copied(), statistic, zone)
    }

    /// What was measured of one field of one asset in `(after, to]`, oldest first.
    fn between(
        &self,
        (row, field): (u32, usize),
        after: Time,
        to: Time,
    ) -> impl Iterator<Item = &Sample> {
        let held = self.rows.get(row as usize * self.width + field);
        let held = held.map_or(&NOTHING, |held| &held.samples);
        let from = held.partition_point(|(at, _)| *at <= after.millis());
        let through = held.partition_point(|(at, _)| *at <= to.millis());
        held.range(from..through.max(from))
    }
}

impl Held {
    /// Takes a sample in at its place in time; of one time, after those that came before.
    fn add(&mut self, at: i64, value: f64) {
        if self.samples.is_empty() || self.newest <= at {
            self.newest = at;
            self.samples.push_back((at, value));
        } else {
            let later = self.samples.partition_point(|(other, _)| *other <= at);
            self.samples.insert(later, (at, value));
        }
    }
}

/// What is kept of a field of which nothing came.
static NOTHING: VecDeque<Sample> = VecDeque::new();
