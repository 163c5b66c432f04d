//! What a member's expression reads while a window closes: figures of the window, and everything else as it is then.

use cel::Slots;
use jiff::tz::TimeZone;
use model::{Span, Time};

use super::{Collected, Derivation, Extent, Memory};
use crate::slots::{AssetSlots, SlotSource};
use crate::windows::Figure;

/// One member at the close of a window.
pub(crate) struct WindowSlots<'a> {
    pub(crate) asset: AssetSlots<'a>,
    pub(crate) memory: &'a Memory,
    pub(crate) derivation: &'a Derivation,
    pub(crate) extent: Extent,
    /// Silence takes nothing back of what was said in the window.
    pub(crate) of_speakers: bool,
    pub(crate) zone: &'a TimeZone,
}

impl WindowSlots<'_> {
    /// Whether a slot shows a figure of the window.
    fn is_collected(&self, slot: u32) -> bool {
        matches!(self.asset.sources[slot as usize], SlotSource::Collected(..))
    }

    /// A figure of the window, unknown with its asset.
    fn figure(&self, slot: u32) -> Option<f64> {
        let SlotSource::Collected(figure) = self.asset.sources[slot as usize] else {
            return None;
        };
        let Collected {
            field,
            statistic,
            back,
        } = self.derivation.figures[usize::from(figure)];
        if !self.of_speakers && !self.asset.state.is_known() {
            return None;
        }
        let mut collects = self.derivation.collects.iter();
        let place = collects.position(|other| *other == field)?;
        let after = back.map_or(self.extent.after, |back| self.extent.to - back);
        let bounds = (after, self.extent.to);
        let row = self.asset.state.row;
        let figure = self
            .memory
            .figure((row, place), statistic, bounds, self.zone);
        figure.or_else(|| {
            // Where nothing is inside, nothing was counted; of a field never seen nothing is known.
            let seen = self.asset.row[field.index()].at != Time::MIN;
            (statistic.figure() == Figure::Counted && seen).then_some(0.0)
        })
    }
}

impl Slots for WindowSlots<'_> {
    fn boolean(&self, slot: u32) -> Option<bool> {
        if self.is_collected(slot) {
            self.figure(slot).map(|value| value > 0.5)
        } else {
            self.asset.boolean(slot)
        }
    }

    fn int(&self, slot: u32) -> Option<i64> {
        if self.is_collected(slot) {
            self.figure(slot).map(|count| count as i64)
        } else {
            self.asset.int(slot)
        }
    }

    fn number(&self, slot: u32) -> Option<f64> {
        if self.is_collected(slot) {
            self.figure(slot)
        } else {
            self.asset.number(slot)
        }
    }

    fn text(&self, slot: u32) -> Option<&str> {
        self.asset.text(slot)
    }

    fn symbol(&self, slot: u32) -> Option<u16> {
        if self.is_collected(slot) {
            self.figure(slot).map(|word| word as u16)
        } else {
            self.asset.symbol(slot)
        }
    }

    fn time(&self, slot: u32) -> Option<Time> {
        if self.is_collected(slot) {
            self.figure(slot).map(|ms| Time::from_millis(ms as i64))
        } else {
            self.asset.time(slot)
        }
    }

    fn span(&self, slot: u32) -> Option<Span> {
        self.asset.span(slot)
    }
}
