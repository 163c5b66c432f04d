//! Samples of several fields in order of measured time: one list of times, and beside it the values that came with each.
//!
//! Owns where samples lie and where each span begins; leaves what follows from them to `row`. A reading with few of the
//! fields takes room for these only.

use std::collections::VecDeque;

/// So many fields share one list of times: a bit each beside the time.
pub(super) const COLUMNS: usize = 16;

/// The first room a track makes, in records, and the least it grows by.
pub(super) const GROWTH: usize = 16;

/// When something was measured, and of which columns: milliseconds above, a bit a column below.
#[derive(Clone, Copy, Debug)]
struct Stamp(i64);

/// Times are kept to 48 bits: within 4,400 years of 1970, which is where every calendar of ours ends.
const FARTHEST: i64 = (1 << 47) - 1;

/// A time as a track keeps it.
pub(super) fn kept(at: i64) -> i64 {
    at.clamp(-FARTHEST, FARTHEST)
}

impl Stamp {
    fn new(at: i64, columns: u16) -> Self {
        Self(kept(at) << COLUMNS | i64::from(columns))
    }

    fn at(self) -> i64 {
        self.0 >> COLUMNS
    }

    fn columns(self) -> u16 {
        self.0 as u16
    }

    fn len(self) -> usize {
        self.columns().count_ones() as usize
    }

    /// The place of a column's value among those of the record.
    fn place_of(self, column: usize) -> Option<usize> {
        let bit = 1 << column;
        let before = self.columns() & (bit - 1);
        (self.columns() & bit != 0).then_some(before.count_ones() as usize)
    }
}

/// What one reading brings: at most a value a column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    columns: u16,
    values: [f64; COLUMNS],
}

impl Sample {
    pub(super) const EMPTY: Self = Self {
        columns: 0,
        values: [0.0; COLUMNS],
    };

    /// The first value of a column counts.
    pub(super) fn set(&mut self, column: usize, value: f64) {
        if self.get(column).is_none() {
            self.columns |= 1 << column;
            self.values[column] = value;
        }
    }

    pub(super) fn get(&self, column: usize) -> Option<f64> {
        (self.columns & 1 << column != 0).then(|| self.values[column])
    }

    pub(super) fn is_empty(&self) -> bool {
        self.columns == 0
    }

    /// In the order of columns.
    fn values(&self) -> impl Iterator<Item = f64> {
        let mut rest = self.columns;
        std::iter::from_fn(move || {
            let column = rest.trailing_zeros() as usize;
            rest &= rest.checked_sub(1)?;
            Some(self.values[column])
        })
    }
}

/// A place between samples: so many records lie before it, with so many values.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Place {
    record: u32,
    value: u32,
}

impl Place {
    fn after(self, stamp: Stamp) -> Self {
        Self {
            record: self.record + 1,
            value: self.value + stamp.len() as u32,
        }
    }
}

/// One record of a track.
#[derive(Clone, Copy)]
pub(super) struct Record {
    stamp: Stamp,
    place: Place,
}

impl Record {
    pub(super) fn at(self) -> i64 {
        self.stamp.at()
    }

    /// Where the next begins.
    pub(super) fn end(self) -> Place {
        self.place.after(self.stamp)
    }
}

/// The samples of one asset.
#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    /// Oldest first.
    stamps: VecDeque<Stamp>,
    values: VecDeque<f64>,
    /// Where the shorter spans begin; the longest holds all there is.
    begins: Vec<Place>,
}

impl Track {
    /// Memory behind it.
    pub(super) fn bytes(&self) -> usize {
        self.stamps.capacity() * size_of::<Stamp>()
            + self.values.capacity() * size_of::<f64>()
            + self.begins.capacity() * size_of::<Place>()
    }

    /// Touches both ends of what is held.
    pub(super) fn warm(&self) -> i64 {
        let stamps = self.stamps.front().into_iter().chain(self.stamps.back());
        let values = self.values.front().into_iter().chain(self.values.back());
        let stamps = stamps.map(|stamp| stamp.0).fold(0, i64::wrapping_add);
        values.fold(stamps, |sum, value| sum ^ value.to_bits() as i64)
    }

    /// How many records there are.
    pub(super) fn len(&self) -> usize {
        self.stamps.len()
    }

    pub(super) fn newest(&self) -> Option<i64> {
        self.stamps.back().map(|stamp| stamp.at())
    }

    pub(super) fn oldest(&self) -> Option<i64> {
        self.stamps.front().map(|stamp| stamp.at())
    }

    /// Where a span begins; the first is the longest.
    pub(super) fn begin(&self, span: usize) -> Place {
        let shorter = span.checked_sub(1).and_then(|span| self.begins.get(span));
        shorter.copied().unwrap_or_default()
    }

    /// Has a span begin later. What the longest leaves behind is forgotten.
    pub(super) fn begin_at(&mut self, span: usize, place: Place) {
        if let Some(shorter) = span.checked_sub(1) {
            if self.begins.len() <= shorter {
                self.begins.resize(shorter + 1, Place::default());
            }
            self.begins[shorter] = place;
            return;
        }
        self.stamps.drain(..place.record as usize);
        self.values.drain(..place.value as usize);
        for begin in &mut self.begins {
            begin.record = begin.record.saturating_sub(place.record);
            begin.value = begin.value.saturating_sub(place.value);
        }
    }

    /// The record at a place; none at the end.
    pub(super) fn record(&self, place: Place) -> Option<Record> {
        let stamp = *self.stamps.get(place.record as usize)?;
        Some(Record { stamp, place })
    }

    /// What a record says of a column.
    pub(super) fn value(&self, record: Record, column: usize) -> Option<f64> {
        let place = record.stamp.place_of(column)?;
        self.values
            .get(record.place.value as usize + place)
            .copied()
    }

    /// A sample at least as new as every other.
    pub(super) fn push(&mut self, at: i64, sample: &Sample) {
        let stamp = Stamp::new(at, sample.columns);
        make_room(&mut self.stamps, 1, GROWTH);
        make_room(&mut self.values, stamp.len(), GROWTH * stamp.len());
        self.stamps.push_back(stamp);
        self.values.extend(sample.values());
    }

    /// Where a sample of this time belongs: after everything measured then or before. And which columns have later ones.
    pub(super) fn place_for(&self, at: i64) -> (Place, Later) {
        let (mut record, mut value, mut later) = (self.stamps.len(), self.values.len(), 0);
        for stamp in self.stamps.iter().rev().take_while(|s| s.at() > at) {
            record -= 1;
            value -= stamp.len();
            later |= stamp.columns();
        }
        let place = Place {
            record: record as u32,
            value: value as u32,
        };
        (place, Later(later))
    }

    /// Puts a late sample where it belongs; `reach` tells of each span whether it reaches back to it, the longest first.
    pub(super) fn insert(
        &mut self,
        place: Place,
        at: i64,
        sample: &Sample,
        reach: impl ExactSizeIterator<Item = bool>,
    ) {
        let stamp = Stamp::new(at, sample.columns);
        self.stamps.insert(place.record as usize, stamp);
        for (n, value) in sample.values().enumerate() {
            self.values.insert(place.value as usize + n, value);
        }
        let shorter = reach.len().saturating_sub(1);
        self.begins.resize(shorter, Place::default());
        for (begin, reaches) in self.begins.iter_mut().zip(reach.skip(1)) {
            let before = place.record < begin.record;
            if before || (place.record == begin.record && !reaches) {
                *begin = begin.after(stamp);
            }
        }
    }

    /// Of one column, oldest first: what was measured from a place on.
    pub(super) fn oldest_first(
        &self,
        from: Place,
        column: usize,
    ) -> impl Iterator<Item = (i64, f64)> {
        let stamps = self.stamps.range(from.record as usize..);
        let places = stamps.scan(from.value as usize, |next, stamp| {
            let value = *next;
            *next += stamp.len();
            Some((*stamp, value))
        });
        self.of_column(places, column)
    }

    /// Of one column, newest first: what was measured between two places.
    pub(super) fn newest_first(
        &self,
        from: Place,
        to: Place,
        column: usize,
    ) -> impl Iterator<Item = (i64, f64)> {
        let stamps = self.stamps.range(from.record as usize..to.record as usize);
        let places = stamps.rev().scan(to.value as usize, |end, stamp| {
            *end -= stamp.len();
            Some((*stamp, *end))
        });
        self.of_column(places, column)
    }

    fn of_column(
        &self,
        places: impl Iterator<Item = (Stamp, usize)>,
        column: usize,
    ) -> impl Iterator<Item = (i64, f64)> {
        places.filter_map(move |(stamp, value)| {
            let value = self.values.get(value + stamp.place_of(column)?)?;
            Some((stamp.at(), *value))
        })
    }

    /// Behind the newest.
    pub(super) fn end(&self) -> Place {
        Place {
            record: self.stamps.len() as u32,
            value: self.values.len() as u32,
        }
    }
}

/// Grows by a quarter, where a vector would double: most tracks stop growing once they are as long as they look back.
fn make_room<T>(list: &mut VecDeque<T>, more: usize, least: usize) {
    if list.capacity() - list.len() < more {
        list.reserve_exact((list.len() / 4).max(least));
    }
}

/// The columns of which something later is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Later(u16);

impl Later {
    pub(super) fn has(self, column: usize) -> bool {
        self.0 & 1 << column != 0
    }
}
