//! What a window weighs in memory, from the sizes of its parts.

use model::Span;

use super::running::Keeps;
use super::weekly::{WEEK_LENGTH, hour_bytes};
use super::{Shape, Window, WindowSpec};

/// A queue that doubles when it is full is three quarters full on average.
const SLACK: (usize, usize) = (4, 3);

impl WindowSpec {
    /// Bytes of one asset's window once it is full, where readings come so often; and how many readings it then holds.
    pub(crate) fn bytes(&self, every: Span) -> (usize, Option<usize>) {
        let own = size_of::<Option<Box<Window>>>() + size_of::<Window>();
        match &self.shape {
            Shape::Samples(keeps) => {
                let readings = self.length.millis() / every.millis().max(1);
                let readings = readings.clamp(1, super::samples::MAX_SAMPLES as i64) as usize;
                let sample = size_of::<(i64, f64)>() * SLACK.0 / SLACK.1;
                (
                    own + readings * sample + keeps.bytes(readings),
                    Some(readings),
                )
            }
            Shape::Pair | Shape::Decayed => (own, None),
            Shape::Weekly(_) => {
                let weeks = self.length.millis() / WEEK_LENGTH.millis();
                (own + weeks as usize * hour_bytes() * 7 * 24, None)
            }
        }
    }
}

impl Keeps {
    /// What the figures beside count and sum take over so many readings.
    fn bytes(self, readings: usize) -> usize {
        let ordered = readings * size_of::<i64>() * SLACK.0 / SLACK.1;
        let counted = readings * size_of::<(u64, u32)>() * SLACK.0 / SLACK.1;
        self.fixed_bytes()
            + if self.has(Self::ORDER) { ordered } else { 0 }
            + if self.has(Self::DISTINCT) { counted } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use model::{FieldId, Time};

    use super::super::{Share, Statistic};
    use super::*;

    /// The estimate is what an explanation shows: it has to be right within a third.
    #[test]
    fn estimates_agree_with_what_is_allocated() {
        let zone = jiff::tz::TimeZone::UTC;
        let half = Share::new(0.5).expect("a share");
        let statistics = [
            Statistic::Avg,
            Statistic::Max,
            Statistic::Stddev,
            Statistic::Quantile(half),
            Statistic::Distinct,
            Statistic::Prev,
            Statistic::Ewma,
        ];
        for statistic in statistics {
            let spec = WindowSpec {
                field: FieldId(0),
                length: Span::from_mins(360),
                shape: statistic.shape(&zone),
            };
            let every = Span::from_secs(30);
            let mut window = None;
            let allocated = allocation_counter::measure(|| {
                let mut made = Box::new(Window::new(&spec));
                for reading in 0..2_000 {
                    let at = Time::from_millis(reading * every.millis());
                    made.add(at, (reading * 7919 % 977) as f64);
                }
                window = Some(made);
            });
            let held = allocated.bytes_current as f64;
            let (estimated, _) = spec.bytes(every);
            let ratio = estimated as f64 / held;
            assert!(
                (0.66..1.5).contains(&ratio),
                "{statistic:?}: {estimated} for {held}"
            );
        }
    }
}
