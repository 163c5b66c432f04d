//! Which rules a changing number concerns: only those with a bound between where it was and where it is.
//!
//! A comparison turns where its number reaches, crosses or leaves its bound and nowhere else. Between two neighbouring
//! bounds lies a gap; each asset remembers the gap its number rests in, and while it stays there no rule is looked at,
//! however many there are. Bounds that rules write stand in one sorted list; those from the registry's columns belong to
//! the asset, and are asked for only when its number leaves the gap.

use std::cmp::Ordering;

use cel::Threshold;

use crate::slots::SlotSource;
use crate::touched::Touched;

/// Where a number rests: strictly between two neighbouring bounds, or exactly on one (then both sides are that bound).
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Gap {
    low: f64,
    high: f64,
}

impl Gap {
    /// Nobody has looked at the number yet: whatever it is, it concerns every rule that compares it.
    pub(crate) const UNSEEN: Self = Self {
        low: f64::NAN,
        high: f64::NAN,
    };
    /// The rules have seen that the number is unknown.
    const UNKNOWN: Self = Self {
        low: f64::INFINITY,
        high: f64::NEG_INFINITY,
    };

    fn on(bound: f64) -> Self {
        Self {
            low: bound,
            high: bound,
        }
    }

    /// Touches the gaps of one asset, so that they come into the cache: four lie in one of its lines.
    pub(crate) fn warm(gaps: &[Self]) -> i64 {
        let lines = gaps.iter().step_by(4).chain(gaps.last());
        let bits = lines.map(|gap| gap.low.to_bits() as i64);
        bits.fold(0, i64::wrapping_add)
    }

    /// True when a number that was here and is `value` now has met no bound.
    pub(crate) fn holds(self, value: f64) -> bool {
        self.low < value && value < self.high || self == Self::on(value)
    }

    /// The stretch in which a number that was here and is now `value` met bounds; all there is where it was not known.
    fn way_to(self, value: f64) -> (f64, f64) {
        if value >= self.high && self.high >= self.low {
            (self.high, value)
        } else if value <= self.low && self.high >= self.low {
            (value, self.low)
        } else {
            (f64::NEG_INFINITY, f64::INFINITY)
        }
    }

    /// Makes it end at `bound`, where a number `value` rests in it.
    fn cut(&mut self, value: f64, bound: f64) {
        match bound.partial_cmp(&value) {
            Some(Ordering::Less) => self.low = self.low.max(bound),
            Some(Ordering::Greater) => self.high = self.high.min(bound),
            _ => *self = Self::on(value),
        }
    }
}

/// A bound that each asset has of its own: an expression over registry columns.
#[derive(Debug)]
pub(crate) struct OwnBound {
    pub(crate) threshold: Threshold,
    /// What the expression's slots stand for.
    pub(crate) slots: Box<[SlotSource]>,
    places: Vec<u32>,
}

/// The rules that compare one number of a kind's assets with bounds.
#[derive(Debug, Default)]
pub(crate) struct Crossings {
    /// In rising order, beside the rule each belongs to.
    bounds: Vec<f64>,
    places: Vec<u32>,
    pub(crate) own: Vec<OwnBound>,
    /// All of these rules, each once.
    users: Vec<u32>,
}

impl Crossings {
    /// A rule, by its place in its kind's plan, compares the number with this.
    pub(crate) fn insert(&mut self, bound: f64, place: u32) {
        let at = self.bounds.partition_point(|other| *other < bound);
        self.bounds.insert(at, bound);
        self.places.insert(at, place);
        self.uses(place);
    }

    /// A rule compares the number with a bound of the asset's own. Columns keep their names within a kind: the same text
    /// is the same bound.
    pub(crate) fn insert_own(&mut self, threshold: Threshold, slots: &[SlotSource], place: u32) {
        let same = |own: &OwnBound| own.threshold.source() == threshold.source();
        if let Some(own) = self.own.iter_mut().find(|own| same(own)) {
            own.places.push(place);
        } else {
            self.own.push(OwnBound {
                threshold,
                slots: slots.into(),
                places: vec![place],
            });
        }
        self.uses(place);
    }

    /// Nothing is added any more.
    pub(crate) fn leave_no_room_to_grow(&mut self) {
        self.bounds.shrink_to_fit();
        self.places.shrink_to_fit();
        self.own.shrink_to_fit();
        self.users.shrink_to_fit();
    }

    fn uses(&mut self, place: u32) {
        if self.users.last() != Some(&place) {
            self.users.push(place);
        }
    }

    /// The bounds of one rule, as an author reads them: first those it writes, then those of the registry.
    pub(crate) fn of_rule(&self, place: u32) -> Vec<String> {
        let written = self.bounds.iter().zip(&self.places);
        let written = written.filter(|(_, rule)| **rule == place);
        let own = self.own.iter().filter(|own| own.places.contains(&place));
        let own = own.map(|own| own.threshold.source().to_owned());
        written
            .map(|(bound, _)| bound.to_string())
            .chain(own)
            .collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// The number has moved: adds the rules whose bound it met on its way, and finds the gap it rests in now. `own` tells
    /// what one of the asset's own bounds comes to.
    pub(crate) fn follow(
        &self,
        gap: &mut Gap,
        value: Option<f64>,
        own: impl Fn(&OwnBound) -> Option<f64>,
        touched: &mut Touched,
    ) {
        let Some(value) = value else {
            if *gap != Gap::UNKNOWN {
                *gap = Gap::UNKNOWN;
                touched.extend(&self.users);
            }
            return;
        };
        if gap.holds(value) {
            return;
        }
        let (least, greatest) = gap.way_to(value);
        if greatest - least == f64::INFINITY {
            touched.extend(&self.users);
        } else {
            let first = self.bounds.partition_point(|bound| *bound < least);
            let met = self.bounds[first..].iter().zip(&self.places[first..]);
            for (_, place) in met.take_while(|(bound, _)| **bound <= greatest) {
                touched.insert(*place);
            }
        }
        *gap = self.gap_around(value);
        for bound in &self.own {
            // A threshold the registry does not give leaves the comparison unknown for good.
            let Some(at) = own(bound) else { continue };
            gap.cut(value, at);
            if least <= at && at <= greatest {
                touched.extend(&bound.places);
            }
        }
    }

    fn gap_around(&self, value: f64) -> Gap {
        let above = self.bounds.partition_point(|bound| *bound < value);
        let high = self.bounds.get(above).copied().unwrap_or(f64::INFINITY);
        if high <= value {
            return Gap::on(value);
        }
        let below = above.checked_sub(1).map(|below| self.bounds[below]);
        let low = below.unwrap_or(f64::NEG_INFINITY);
        Gap { low, high }
    }
}

#[cfg(test)]
mod tests;
