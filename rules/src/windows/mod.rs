//! Windows over measured time, `(t − w, t]`, shared by every rule that looks at the same field over the same length.
//!
//! Owns what is remembered of the past and the figures about it, one file a figure. The right edge is the asset's newest
//! reading. A new figure over samples joins `running`; one that needs another memory is a [`Shape`] of its own.

mod decayed;
mod distinct;
mod encoding;
mod extremes;
#[cfg(test)]
mod history;
mod pair;
mod running;
mod samples;
mod slope;
mod spread;
mod statistic;
mod steps;
mod sum;
#[cfg(test)]
mod tests;
mod weekly;
mod weight;
mod wide;
mod window;

use std::sync::Arc;

pub(crate) use distinct::Distinct;
pub(crate) use encoding::sample_of;
use jiff::tz::TimeZone;
use model::{FieldId, Span, Time};
pub(crate) use running::Keeps;
pub(crate) use statistic::{Figure, Share, Statistic};
pub(crate) use sum::ExactSum;
pub(crate) use weekly::{MAX_WEEKS, WEEK_LENGTH};
pub(crate) use window::{Contents, Window};

/// One field of one kind over one length of time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct WindowSpec {
    pub(crate) field: FieldId,
    pub(crate) length: Span,
    pub(crate) shape: Shape,
}

/// What is remembered of the past.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    /// Every sample of the window, and these figures about them.
    Samples(Keeps),
    /// The newest sample and the one before.
    Pair,
    /// An average that fades, by half in the window's length.
    Decayed,
    /// Hours of the week on this clock.
    Weekly(TimeZone),
}

impl Shape {
    /// Makes this memory serve what `other` was wanted for too; false where it cannot.
    pub(crate) fn join(&mut self, other: &Self) -> bool {
        match (self, other) {
            (Self::Samples(keeps), Self::Samples(more)) => {
                keeps.and(*more);
                true
            }
            (mine, other) => mine == other,
        }
    }
}

/// Enough assets to tell the memory of all of them from.
const LOOKED_AT: usize = 64;

/// The windows of one kind: for each asset one window a spec, made when its first sample comes.
#[derive(Debug, Default)]
pub(crate) struct KindWindows {
    pub(crate) specs: Arc<[WindowSpec]>,
    rows: Vec<Option<Box<Window>>>,
}

impl KindWindows {
    pub(crate) fn new(specs: Arc<[WindowSpec]>) -> Self {
        Self {
            specs,
            rows: Vec::new(),
        }
    }

    /// The window of this spec over this asset's row, if a sample ever came.
    pub(crate) fn get(&self, row: u32, spec: usize) -> Option<&Window> {
        let place = row as usize * self.specs.len() + spec;
        self.rows.get(place)?.as_deref()
    }

    /// A figure about a window. Where nothing is inside, nothing was counted; of a field never `seen` nothing is known.
    pub(crate) fn figure(
        &self,
        row: u32,
        spec: usize,
        statistic: Statistic,
        seen: impl Fn(FieldId) -> bool,
    ) -> Option<f64> {
        let window = self.get(row, spec);
        let figure = window.and_then(|window| window.statistic(statistic));
        figure.or_else(|| {
            let none_is_none = statistic.figure() == Figure::Counted;
            (none_is_none && seen(self.specs[spec].field)).then_some(0.0)
        })
    }

    /// Touches what a reading of this row will read and write, so that it comes into the cache.
    pub(crate) fn warm(&self, row: u32) -> i64 {
        let start = row as usize * self.specs.len();
        let windows = self.rows.get(start..start + self.specs.len());
        let windows = windows.into_iter().flatten().flatten();
        windows
            .map(|window| window.warm())
            .fold(0, i64::wrapping_add)
    }

    /// How much memory the windows of each spec take, estimated from at most twice [`LOOKED_AT`] assets.
    pub(crate) fn bytes(&self) -> Vec<u64> {
        let width = self.specs.len();
        let assets = self.rows.len().checked_div(width).unwrap_or(0);
        let every = (assets / LOOKED_AT).max(1);
        let of_spec = |spec: usize| {
            let looked_at = (0..assets).step_by(every);
            let windows = looked_at.clone().map(|row| self.get(row as u32, spec));
            let bytes: usize = windows.flatten().map(Window::bytes).sum();
            (bytes * assets / looked_at.count().max(1)) as u64
        };
        (0..width).map(of_spec).collect()
    }

    /// Forgets what has left the window whose right edge is now here.
    pub(crate) fn slide(&mut self, row: u32, spec: usize, edge: Time) {
        let place = row as usize * self.specs.len() + spec;
        if let Some(Some(window)) = self.rows.get_mut(place) {
            window.slide(edge);
        }
    }

    /// The same, made if it is not there.
    pub(crate) fn get_mut(&mut self, row: u32, spec: usize) -> &mut Window {
        let place = row as usize * self.specs.len() + spec;
        if self.rows.len() <= place {
            self.rows.resize_with(place + 1, || None);
        }
        let fresh = || Box::new(Window::new(&self.specs[spec]));
        self.rows[place].get_or_insert_with(fresh)
    }
}
