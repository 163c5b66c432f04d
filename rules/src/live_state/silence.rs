//! How long an asset has been silent, and when its silence will matter next.
//!
//! Silence accrues only while the asset's source is connected, and for `absent` with `during` only inside the calendar.
//! One timer an asset serves all silences of its kind; it re-arms lazily: a reading only moves `heard_at`.

use std::collections::BTreeMap;
use std::sync::Arc;

use city::Calendar;
use model::{AssetHandle, Span, Time};

use super::{LiveState, Uptime};

/// A length of silence that some rule of the kind watches for. The first of every kind is its `stale_after`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Silence {
    pub(crate) length: Span,
    /// Counts only inside the calendar of this name.
    pub(crate) during: Option<Arc<str>>,
}

/// The bits of the silences that are over at `now` and were not before, and the due time of the next.
fn look(
    silences: &[Silence],
    calendars: &BTreeMap<Arc<str>, Calendar>,
    uptime: &Uptime,
    heard_at: Time,
    reached: u64,
    now: Time,
) -> (u64, Time) {
    let (mut fresh, mut next) = (0, Time::MAX);
    for (bit, silence) in silences.iter().enumerate() {
        if reached & (1 << bit) != 0 {
            continue;
        }
        let calendar = silence.during.as_ref().and_then(|name| calendars.get(name));
        match due(uptime, heard_at, silence.length, calendar) {
            Some(due) if due <= now => fresh |= 1 << bit,
            Some(due) => next = next.min(due),
            None => {}
        }
    }
    (fresh, next)
}

/// When `length` of silence since `heard_at` will have accrued if nothing happens; none while the source is lost.
fn due(uptime: &Uptime, heard_at: Time, length: Span, calendar: Option<&Calendar>) -> Option<Time> {
    let mut missing = length;
    for (from, to) in uptime.within(heard_at, Time::MAX) {
        let at = match calendar {
            None => from + missing,
            Some(calendar) => inside(calendar, from, to, &mut missing),
        };
        if at <= to && at != Time::MAX {
            return Some(at);
        }
        if calendar.is_none() {
            missing = Span::from_millis(missing.millis() - to.since(from).millis());
        }
    }
    None
}

/// When `missing` will have passed inside the calendar after `from`; takes off what passes before `to`.
fn inside(calendar: &Calendar, from: Time, to: Time, missing: &mut Span) -> Time {
    let mut at = from;
    while at < to {
        let change = calendar.next_change(at).min(to);
        if calendar.contains(at) {
            if at + *missing <= change {
                return at + *missing;
            }
            *missing = Span::from_millis(missing.millis() - change.since(at).millis());
        }
        at = change;
    }
    Time::MAX
}

impl LiveState {
    /// How long the asset has been silent while its source was connected.
    pub(crate) fn silent_for(&self, asset: AssetHandle, now: Time) -> Span {
        let state = self.asset(asset);
        let uptime = &self.sources.get(state.source).uptime;
        uptime.length(state.heard_at, now)
    }

    /// When to look again at an asset that reaches no silence at `now`; none where it does.
    pub(crate) fn heard_since(
        &mut self,
        asset: AssetHandle,
        silences: &[Silence],
        calendars: &BTreeMap<Arc<str>, Calendar>,
        now: Time,
    ) -> Option<Time> {
        let state = &mut self.assets[asset.index()];
        let uptime = &self.sources.get(state.source).uptime;
        let (heard_at, reached) = (state.heard_at, state.reached);
        let (fresh, next) = look(silences, calendars, uptime, heard_at, reached, now);
        if fresh != 0 {
            return None;
        }
        state.silence_due = next;
        Some(next)
    }

    /// Which silences the asset reaches at `now`, marked as reached, and when to look again.
    pub(crate) fn look_at_silence(
        &mut self,
        asset: AssetHandle,
        silences: &[Silence],
        calendars: &BTreeMap<Arc<str>, Calendar>,
        now: Time,
    ) -> (u64, Time) {
        let state = &self.assets[asset.index()];
        let uptime = &self.sources.get(state.source).uptime;
        let (fresh, next) = look(
            silences,
            calendars,
            uptime,
            state.heard_at,
            state.reached,
            now,
        );
        let state = &mut self.assets[asset.index()];
        state.reached |= fresh;
        state.silence_due = next;
        (fresh, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Time {
        Time::from_millis(ms)
    }

    #[test]
    fn silence_does_not_grow_while_the_source_is_lost() {
        let mut uptime = Uptime::default();
        uptime.up(at(0));
        let length = Span::from_millis(100);
        assert_eq!(due(&uptime, at(50), length, None), Some(at(150)));
        uptime.down(at(80));
        assert_eq!(due(&uptime, at(50), length, None), None);
        uptime.up(at(1_000));
        assert_eq!(due(&uptime, at(50), length, None), Some(at(1_070)));
        assert_eq!(uptime.length(at(50), at(1_010)), Span::from_millis(40));
    }
}
