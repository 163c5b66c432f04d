//! What one asset remembers of one field in place of its samples: the last two of them, a fading average, or hours of the
//! week.

use model::Time;

use super::decayed::Decayed;
use super::pair::Pair;
use super::weekly::Weekly;
use super::{Contents, Shape, Statistic, WindowSpec};

/// The memory of one spec over one asset.
#[derive(Clone, Debug)]
pub(super) enum Digest {
    Pair(Pair),
    Decayed(Decayed),
    Weekly(Weekly),
}

impl Digest {
    /// None for a window of samples.
    pub(super) fn new(spec: &WindowSpec) -> Option<Self> {
        match &spec.shape {
            Shape::Samples(_) => None,
            Shape::Pair => Some(Self::Pair(Pair::default())),
            Shape::Decayed => Some(Self::Decayed(Decayed::new(spec.length))),
            Shape::Weekly(zone) => Some(Self::Weekly(Weekly::new(spec.length, zone))),
        }
    }

    /// Memory behind it.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Weekly(weekly) => weekly.bytes(),
            Self::Pair(_) | Self::Decayed(_) => 0,
        }
    }

    /// Takes a sample in, at its place in time.
    pub(super) fn add(&mut self, at: Time, value: f64) {
        match self {
            Self::Pair(pair) => pair.add(at.millis(), value),
            Self::Decayed(decayed) => decayed.add(at.millis(), value),
            Self::Weekly(weekly) => weekly.add(at, value),
        }
    }

    /// Moves the right edge on.
    pub(super) fn slide(&mut self, edge: Time) {
        match self {
            Self::Weekly(weekly) if edge != Time::MIN => weekly.slide(edge),
            Self::Pair(_) | Self::Decayed(_) | Self::Weekly(_) => {}
        }
    }

    /// A figure; none where too little was measured for it.
    pub(super) fn statistic(&self, statistic: Statistic) -> Option<f64> {
        match (self, statistic) {
            (Self::Pair(pair), Statistic::Prev) => pair.before(),
            (Self::Decayed(decayed), Statistic::Ewma) => decayed.average(),
            (Self::Weekly(weekly), Statistic::Baseline) => weekly.usual(),
            _ => None,
        }
    }

    /// How many hours of the week it knows.
    pub(super) fn hours(&self) -> Option<usize> {
        match self {
            Self::Weekly(weekly) => Some(weekly.hours()),
            Self::Pair(_) | Self::Decayed(_) => None,
        }
    }

    /// None of an empty one: it is as if it had never been made.
    pub(super) fn contents(&self) -> Option<Contents> {
        match self {
            Self::Pair(pair) => {
                let samples: Vec<_> = pair.samples().collect();
                (!samples.is_empty()).then_some(Contents::Samples(samples))
            }
            Self::Decayed(decayed) => Some(Contents::Decayed(*decayed)),
            Self::Weekly(weekly) => {
                let (newest, hours) = weekly.contents();
                (!hours.is_empty()).then_some(Contents::Weekly { newest, hours })
            }
        }
    }

    /// Takes in what a memory of the same or of another shape held; what does not fit is left.
    pub(super) fn take(&mut self, contents: &Contents) {
        match (self, contents) {
            (Self::Decayed(decayed), Contents::Decayed(before)) => *decayed = *before,
            (Self::Weekly(weekly), Contents::Weekly { newest, hours }) => {
                weekly.take(*newest, hours);
            }
            (digest, Contents::Samples(samples)) => {
                for (at, value) in samples {
                    digest.add(Time::from_millis(*at), *value);
                }
            }
            _ => {}
        }
    }
}
