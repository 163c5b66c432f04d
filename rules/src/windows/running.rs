//! The figures of one window that are kept up to date sample by sample beside its sum and its extremes: only those some rule
//! asks for.

use super::Statistic;
use super::distinct::Distinct;
use super::slope::Slope;
use super::spread::Spread;
use super::steps::{Changes, Increase};
use crate::ordered::Ordered;

/// Which figures beside count and sum; a window that nobody asks for them does not pay.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Keeps(u8);

impl Keeps {
    pub(super) const EXTREMES: Self = Self(1);
    pub(super) const SPREAD: Self = Self(1 << 1);
    pub(super) const ORDER: Self = Self(1 << 2);
    pub(super) const DISTINCT: Self = Self(1 << 3);
    const INCREASE: Self = Self(1 << 4);
    const CHANGES: Self = Self(1 << 5);
    const SLOPE: Self = Self(1 << 6);
    const ENDS: Self = Self(1 << 7);

    /// What a statistic needs.
    pub(super) fn for_statistic(statistic: Statistic) -> Self {
        match statistic {
            Statistic::Min | Statistic::Max => Self::EXTREMES,
            Statistic::Stddev | Statistic::Zscore => Self::SPREAD,
            Statistic::Quantile(_) => Self::ORDER,
            Statistic::Distinct => Self::DISTINCT,
            Statistic::Increase => Self::INCREASE,
            Statistic::Changes => Self::CHANGES,
            Statistic::Slope => Self::SLOPE,
            Statistic::First | Statistic::Last | Statistic::Delta | Statistic::Rate => Self::ENDS,
            _ => Self::default(),
        }
    }

    /// Whether anything of [`Running`] is asked for.
    pub(super) fn runs(self) -> bool {
        self.0 & !Self::EXTREMES.0 != 0
    }

    pub(super) fn and(&mut self, other: Self) {
        self.0 |= other.0;
    }

    pub(super) fn has(self, one: Self) -> bool {
        self.0 & one.0 != 0
    }

    /// What the figures of [`Running`] take however many samples there are.
    pub(super) fn fixed_bytes(self) -> usize {
        let size = |one: Self, bytes: usize| if self.has(one) { bytes } else { 0 };
        size(Self::SPREAD, size_of::<Spread>())
            + size(Self::ORDER, size_of::<Ordered>())
            + size(Self::DISTINCT, size_of::<Distinct>())
            + size(Self::INCREASE, size_of::<Increase>())
            + size(Self::CHANGES, size_of::<Changes>())
            + size(Self::SLOPE, size_of::<Slope>())
    }

    fn make<T: Default>(self, one: Self) -> Option<Box<T>> {
        self.has(one).then(Box::default)
    }
}

/// A sample with its neighbours in time.
#[derive(Clone, Copy)]
pub(super) struct Neighbours {
    pub(super) before: Option<f64>,
    pub(super) at: i64,
    pub(super) value: f64,
    pub(super) after: Option<f64>,
}

/// The figures. All are exact or ordered, so that the same samples give the same figures however they came.
#[derive(Clone, Debug)]
pub(super) struct Running {
    /// The oldest sample and the newest; without meaning in an empty window.
    pub(super) first: (i64, f64),
    pub(super) last: (i64, f64),
    pub(super) spread: Option<Box<Spread>>,
    pub(super) order: Option<Box<Ordered>>,
    pub(super) distinct: Option<Box<Distinct>>,
    pub(super) increase: Option<Box<Increase>>,
    pub(super) changes: Option<Box<Changes>>,
    pub(super) slope: Option<Box<Slope>>,
}

impl Running {
    pub(super) fn new(keeps: Keeps) -> Self {
        Self {
            first: (0, 0.0),
            last: (0, 0.0),
            spread: keeps.make(Keeps::SPREAD),
            order: keeps.make(Keeps::ORDER),
            distinct: keeps.make(Keeps::DISTINCT),
            increase: keeps.make(Keeps::INCREASE),
            changes: keeps.make(Keeps::CHANGES),
            slope: keeps.make(Keeps::SLOPE),
        }
    }

    /// Memory behind it.
    pub(super) fn bytes(&self) -> usize {
        fn boxed<T>(part: Option<&T>, behind: impl Fn(&T) -> usize) -> usize {
            part.map_or(0, |part| size_of::<T>() + behind(part))
        }
        boxed(self.order.as_deref(), Ordered::bytes)
            + boxed(self.distinct.as_deref(), Distinct::bytes)
            + boxed(self.spread.as_deref(), |_| 0)
            + boxed(self.increase.as_deref(), |_| 0)
            + boxed(self.changes.as_deref(), |_| 0)
            + boxed(self.slope.as_deref(), |_| 0)
    }

    /// A sample enters.
    pub(super) fn enter(&mut self, sample: Neighbours) {
        let Neighbours {
            before,
            at,
            value,
            after,
        } = sample;
        if before.is_none() {
            self.first = (at, value);
        }
        if after.is_none() {
            self.last = (at, value);
        }
        if let Some(spread) = &mut self.spread {
            spread.add(value);
        }
        if let Some(order) = &mut self.order {
            order.insert(value + 0.0);
        }
        if let Some(distinct) = &mut self.distinct {
            distinct.add(value);
        }
        if let Some(increase) = &mut self.increase {
            increase.enter(before, value, after);
        }
        if let Some(changes) = &mut self.changes {
            changes.enter(before, value, after);
        }
        if let Some(slope) = &mut self.slope {
            slope.add(at, value);
        }
    }

    /// The oldest sample leaves; the one after it becomes the oldest.
    pub(super) fn leave(&mut self, at: i64, value: f64, after: Option<(i64, f64)>) {
        if let Some(after) = after {
            self.first = after;
        }
        let after = after.map(|(_, value)| value);
        if let Some(spread) = &mut self.spread {
            spread.remove(value);
        }
        if let Some(order) = &mut self.order {
            order.remove(value + 0.0);
        }
        if let Some(distinct) = &mut self.distinct {
            distinct.remove(value);
        }
        if let Some(increase) = &mut self.increase {
            increase.leave(value, after);
        }
        if let Some(changes) = &mut self.changes {
            changes.leave(value, after);
        }
        if let Some(slope) = &mut self.slope {
            slope.remove(at, value);
        }
    }
}
