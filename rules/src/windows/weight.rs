//! What a window weighs in memory, from the sizes of its parts.

use model::Span;

use super::digest::Digest;
use super::extremes::Extremes;
use super::layout::{FigurePlan, Layout, Memory};
use super::row::MAX_SAMPLES;
use super::running::{Keeps, Running};
use super::total::Total;
use super::track::{GROWTH, Track};
use super::weekly::{WEEK_LENGTH, hour_bytes};
use super::{Shape, WindowSpec};

/// Lists grow by a quarter when they are full, or double; a sorted one is split in two.
const SLACK: (usize, usize) = (9, 8);
const DOUBLED: (usize, usize) = (4, 3);

/// Bytes of one asset's window once it is full, where readings come so often; and how many readings it then holds. `place`
/// is its spec among those of the kind: it has its part of what they hold together.
pub(crate) fn bytes_of(specs: &[WindowSpec], place: usize, every: Span) -> (usize, Option<usize>) {
    let (spec, layout) = (&specs[place], Layout::new(specs));
    match layout.memories[place] {
        Memory::Samples {
            track,
            span,
            figure,
        } => {
            let readings = spec.length.millis() / every.millis().max(1);
            let readings = readings.clamp(1, MAX_SAMPLES as i64) as usize;
            let columns = layout.tracks[track].columns.len();
            let room = (readings * SLACK.0 / SLACK.1).max(GROWTH);
            let times = (size_of::<Track>() + room * size_of::<i64>()) / columns;
            let samples = times + room * size_of::<f64>();
            let samples = if span == 0 { samples } else { 0 };
            (samples + figure.bytes(readings), Some(readings))
        }
        Memory::Digest(_) => {
            let own = size_of::<Option<Box<Digest>>>() + size_of::<Digest>();
            let weeks = match &spec.shape {
                Shape::Weekly(_) => spec.length.millis() / WEEK_LENGTH.millis(),
                Shape::Samples(_) | Shape::Pair | Shape::Decayed => 0,
            };
            (own + weeks as usize * hour_bytes() * 7 * 24, None)
        }
    }
}

impl FigurePlan {
    /// What the figures take over so many readings.
    fn bytes(&self, readings: usize) -> usize {
        // Few samples beat all that came after them.
        let stairs = 2 * 8 * size_of::<(i64, f64)>();
        let extremes = self.extremes.map_or(0, |_| size_of::<Extremes>() + stairs);
        let pointer = size_of::<Option<Box<Running>>>();
        let running = self.running.map_or(0, |_| {
            pointer + size_of::<Running>() + self.keeps.bytes(readings)
        });
        size_of::<Total>() + extremes + running
    }
}

impl Keeps {
    /// What the figures beside total and extremes take over so many readings.
    fn bytes(self, readings: usize) -> usize {
        let doubled = readings * DOUBLED.0 / DOUBLED.1;
        let ordered = doubled * size_of::<i64>();
        let counted = doubled * size_of::<(u64, u32)>();
        self.fixed_bytes()
            + if self.has(Self::ORDER) { ordered } else { 0 }
            + if self.has(Self::DISTINCT) { counted } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::{FieldId, Time, Value};

    use super::super::{KindWindows, Share, Statistic};
    use super::*;

    fn spec(field: u16, statistic: Statistic) -> WindowSpec {
        WindowSpec {
            field: FieldId(field),
            length: Span::from_mins(360),
            shape: statistic.shape(&jiff::tz::TimeZone::UTC),
        }
    }

    /// Estimated and allocated bytes of what is kept of one asset, where each reading says something of every field.
    fn weigh(specs: &[WindowSpec]) -> (usize, usize) {
        let every = Span::from_secs(30);
        let specs: Arc<[WindowSpec]> = specs.into();
        let mut windows = KindWindows::new(Arc::clone(&specs));
        let allocated = allocation_counter::measure(|| {
            for reading in 0..2_000 {
                let at = Time::from_millis(reading * every.millis());
                let value = Value::F64((reading * 7919 % 977) as f64);
                let fields = specs.iter().map(|spec| (spec.field, value.clone()));
                windows.take(0, at, &fields.collect::<Vec<_>>(), at);
            }
        });
        let places = 0..specs.len();
        let estimated = places.map(|place| bytes_of(&specs, place, every).0).sum();
        (estimated, allocated.bytes_current as usize)
    }

    /// The estimate is what an explanation shows: it has to be right within a third.
    #[test]
    fn estimates_agree_with_what_is_allocated() {
        let half = Share::new(0.5).expect("a share");
        let statistics = [
            Statistic::Avg,
            Statistic::Max,
            Statistic::Stddev,
            Statistic::Quantile(half),
            Statistic::Distinct,
        ];
        let mut cases: Vec<_> = statistics.map(|statistic| vec![spec(0, statistic)]).into();
        cases.push((0..4).map(|field| spec(field, Statistic::Avg)).collect());
        for specs in cases {
            let (estimated, held) = weigh(&specs);
            let ratio = estimated as f64 / held as f64;
            assert!(
                (0.66..1.5).contains(&ratio),
                "{specs:?}: {estimated} for {held}"
            );
        }
    }
}
