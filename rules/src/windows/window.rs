//! What one asset remembers of one field: samples, the last two of them, a fading average, or hours of the week.

use model::{Span, Time};

use super::decayed::Decayed;
use super::pair::Pair;
use super::samples::Samples;
use super::weekly::{Hour, Weekly};
use super::{Shape, Statistic, WindowSpec};

/// The memory of one spec over one asset.
#[derive(Clone, Debug)]
pub(crate) enum Window {
    Samples(Samples),
    Pair(Pair),
    Decayed(Decayed),
    Weekly(Weekly),
}

/// What a checkpoint keeps of a window; figures are worked out again.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) enum Contents {
    /// Oldest first, as (milliseconds, value).
    Samples(Vec<(i64, f64)>),
    Decayed(Decayed),
    Weekly {
        newest: i64,
        hours: Vec<(i64, Hour)>,
    },
}

impl Window {
    pub(crate) fn new(spec: &WindowSpec) -> Self {
        match &spec.shape {
            Shape::Samples(keeps) => Self::Samples(Samples::new(spec.length, *keeps)),
            Shape::Pair => Self::Pair(Pair::default()),
            Shape::Decayed => Self::Decayed(Decayed::new(spec.length)),
            Shape::Weekly(zone) => Self::Weekly(Weekly::new(spec.length, zone)),
        }
    }

    /// Touches what a new sample will read and write: of samples, both ends.
    pub(super) fn warm(&self) -> i64 {
        match self {
            Self::Samples(samples) => samples.warm(),
            Self::Pair(_) | Self::Decayed(_) | Self::Weekly(_) => 0,
        }
    }

    /// How much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let behind = match self {
            Self::Samples(samples) => samples.bytes(),
            Self::Weekly(weekly) => weekly.bytes(),
            Self::Pair(_) | Self::Decayed(_) => 0,
        };
        size_of::<Self>() + behind
    }

    /// Takes a sample in, at its place in time.
    pub(crate) fn add(&mut self, at: Time, value: f64) {
        match self {
            Self::Samples(samples) => samples.add(at, value),
            Self::Pair(pair) => pair.add(at.millis(), value),
            Self::Decayed(decayed) => decayed.add(at.millis(), value),
            Self::Weekly(weekly) => weekly.add(at, value),
        }
    }

    /// Moves the right edge on.
    pub(crate) fn slide(&mut self, edge: Time) {
        if edge == Time::MIN {
            return;
        }
        match self {
            Self::Samples(samples) => samples.slide(edge),
            Self::Weekly(weekly) => weekly.slide(edge),
            Self::Pair(_) | Self::Decayed(_) => {}
        }
    }

    /// A figure, finite; none where too little was measured for it.
    pub(crate) fn statistic(&self, statistic: Statistic) -> Option<f64> {
        let figure = match (self, statistic) {
            (Self::Samples(samples), _) => samples.statistic(statistic),
            (Self::Pair(pair), Statistic::Prev) => pair.before(),
            (Self::Decayed(decayed), Statistic::Ewma) => decayed.average(),
            (Self::Weekly(weekly), Statistic::Baseline) => weekly.usual(),
            _ => None,
        };
        figure.filter(|figure| figure.is_finite())
    }

    /// What it holds, in words; none of an empty one, for a restart does not bring it back.
    pub(crate) fn note(&self, length: Span) -> Option<String> {
        let (many, what) = match self {
            Self::Samples(samples) => (samples.samples().len(), "readings"),
            Self::Weekly(weekly) => (weekly.hours(), "hours"),
            Self::Pair(_) | Self::Decayed(_) => return None,
        };
        (many > 0).then(|| format!("{many} {what} in {length}"))
    }

    /// None of an empty one: it is as if it had never been made.
    pub(crate) fn contents(&self) -> Option<Contents> {
        let samples = |samples: Vec<_>| (!samples.is_empty()).then_some(Contents::Samples(samples));
        match self {
            Self::Samples(window) => samples(window.samples().copied().collect()),
            Self::Pair(pair) => samples(pair.samples().collect()),
            Self::Decayed(decayed) => Some(Contents::Decayed(*decayed)),
            Self::Weekly(weekly) => {
                let (newest, hours) = weekly.contents();
                (!hours.is_empty()).then_some(Contents::Weekly { newest, hours })
            }
        }
    }

    /// Takes in what a window of the same or of another shape held; what does not fit is left.
    pub(crate) fn take(&mut self, contents: &Contents) {
        match (self, contents) {
            (Self::Decayed(decayed), Contents::Decayed(before)) => *decayed = *before,
            (Self::Weekly(weekly), Contents::Weekly { newest, hours }) => {
                weekly.take(*newest, hours);
            }
            (window, Contents::Samples(samples)) => {
                for (at, value) in samples {
                    window.add(Time::from_millis(*at), *value);
                }
            }
            _ => {}
        }
    }
}
