//! Every input there ever was, and what follows from all of them for one asset at one time.

use std::collections::BTreeMap;

use model::Quality;

use super::Tick;

/// `stale_after` of the pack's river gauges: 15 minutes.
const STALE_AFTER: Tick = 90;
/// A clock that is further ahead than five minutes is wrong.
const AHEAD: Tick = 30;

/// What a gauge said.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Report {
    pub(super) asset: usize,
    /// When it was measured, by the gauge's clock.
    pub(super) at: Tick,
    pub(super) seq: u64,
    pub(super) quality: Quality,
    pub(super) height: Option<f64>,
    pub(super) gate: Option<u16>,
}

impl Report {
    /// When it was measured, as far as the gauge's clock can be believed.
    fn measured(&self, received: Tick) -> Tick {
        if self.at > received + AHEAD {
            received
        } else {
            self.at
        }
    }

    /// It says how things were, not how they are: nothing fires or clears by it.
    pub(super) fn is_past(&self, received: Tick) -> bool {
        self.quality == Quality::Backfill || received - self.measured(received) > STALE_AFTER
    }
}

/// One input.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Event {
    Report(Report),
    SourceUp,
    SourceDown,
    Offline(usize),
    Shed(usize),
}

/// What became of a report.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub(super) report: Report,
    /// When it came.
    pub(super) received: Tick,
    /// When it was measured, where the gauge's clock can be believed; else when it came.
    pub(super) at: Tick,
    /// It says how things are now, not only how they were.
    pub(super) current: bool,
}

/// Everything, in the order in which it came.
#[derive(Default, Debug)]
pub(super) struct History {
    pub(super) now: Tick,
    events: Vec<(Tick, Event)>,
    /// The reports of each asset, without repetitions.
    taken: BTreeMap<usize, Vec<Taken>>,
    /// Whether the source was connected in the step that ended at each time.
    up: Vec<bool>,
}

impl History {
    /// Time goes on to `now`, by one step.
    pub(super) fn pass(&mut self, now: Tick) {
        self.up.push(self.source_is_up());
        self.now = now;
    }

    pub(super) fn add(&mut self, event: &Event) {
        if let Event::Report(report) = event {
            let taken = self.taken.entry(report.asset).or_default();
            let again = |t: &Taken| (t.report.at, t.report.seq) == (report.at, report.seq);
            if taken.iter().any(again) {
                return;
            }
            taken.push(Taken {
                at: report.measured(self.now),
                received: self.now,
                current: !report.is_past(self.now),
                report: report.clone(),
            });
        }
        self.events.push((self.now, event.clone()));
    }

    fn taken(&self, asset: usize) -> &[Taken] {
        self.taken.get(&asset).map_or(&[], Vec::as_slice)
    }

    pub(super) fn source_is_up(&self) -> bool {
        let turns = self.events.iter().rev();
        let mut turns = turns.filter(|(_, e)| matches!(e, Event::SourceUp | Event::SourceDown));
        turns
            .next()
            .is_some_and(|(_, turn)| *turn == Event::SourceUp)
    }

    /// When the asset last gave a sign of life; the start when it never did.
    fn heard_at(&self, asset: usize) -> Tick {
        let taken = self.taken(asset);
        let heard = taken.iter().rev().find(|t| t.current);
        heard.map_or(0, |t| t.received)
    }

    /// How long it has been silent while its source was connected.
    pub(super) fn silent_for(&self, asset: usize) -> Tick {
        let since = self.up.iter().skip(self.heard_at(asset) as usize + 1);
        since.filter(|up| **up).count() as Tick
    }

    /// Whether the last thing heard of the asset was a current report, neither its last will nor a loss.
    fn is_reporting(&self, asset: usize) -> bool {
        let about = self
            .events
            .iter()
            .rev()
            .filter_map(|(received, event)| match event {
                Event::Offline(n) | Event::Shed(n) if *n == asset => Some(false),
                Event::Report(r) if r.asset == asset && !r.is_past(*received) => Some(true),
                _ => None,
            });
        about.into_iter().next() == Some(true)
    }

    /// Whether rules can see the asset's values. What was known before the source was lost is known again, unless it has
    /// grown too old meanwhile.
    pub(super) fn is_known(&self, asset: usize) -> bool {
        let back = self
            .events
            .iter()
            .rev()
            .find(|(_, event)| *event == Event::SourceUp);
        let kept = back.is_none_or(|(at, _)| at - self.heard_at(asset) < STALE_AFTER);
        self.is_reporting(asset)
            && self.source_is_up()
            && kept
            && self.silent_for(asset) < STALE_AFTER
    }

    /// Whether it is silent by its own fault, so that `on_missing` decides.
    pub(super) fn is_missing(&self, asset: usize) -> bool {
        let last_will = self.events.iter().rev().find_map(|(_, event)| match event {
            Event::Offline(n) if *n == asset => Some(true),
            Event::Report(report) if report.asset == asset => Some(false),
            _ => None,
        });
        let offline = last_will == Some(true);
        self.source_is_up() && (offline || self.silent_for(asset) >= STALE_AFTER)
    }

    /// The newest value of a field and whether it still holds: the newest report of it may have been of bad quality. What was
    /// measured before what is known already changes nothing.
    fn newest<T>(&self, asset: usize, field: impl Fn(&Report) -> Option<T>) -> (Option<T>, bool) {
        let (mut newest, mut value, mut holds) = (Tick::MIN, None, false);
        for taken in self.taken(asset).iter().filter(|t| t.current) {
            // Of two of one time the later to come.
            let Some(said) = field(&taken.report).filter(|_| taken.at >= newest) else {
                continue;
            };
            newest = taken.at;
            holds = taken.report.quality == Quality::Good;
            if holds {
                value = Some(said);
            }
        }
        (value, holds)
    }

    /// The newest value of a field, while rules can see it.
    pub(super) fn value<T>(&self, asset: usize, field: impl Fn(&Report) -> Option<T>) -> Option<T> {
        let (value, holds) = self.newest(asset, field);
        value.filter(|_| holds && self.is_known(asset))
    }

    /// The newest value that ever held, past silence and bad quality.
    pub(super) fn last_known<T>(
        &self,
        asset: usize,
        field: impl Fn(&Report) -> Option<T>,
    ) -> Option<T> {
        self.newest(asset, field).0
    }

    /// Whether a current report ever carried the field, whatever its quality.
    pub(super) fn was_heard<T>(&self, asset: usize, field: impl Fn(&Report) -> Option<T>) -> bool {
        let taken = self.taken(asset);
        taken
            .iter()
            .any(|t| t.current && field(&t.report).is_some())
    }

    /// The good values of a field with their times, oldest first; of one time in the order in which they came.
    pub(super) fn values<T>(
        &self,
        asset: usize,
        field: impl Fn(&Report) -> Option<T>,
    ) -> Vec<(Tick, T)> {
        let mut values: Vec<(Tick, T)> = self
            .taken(asset)
            .iter()
            .filter(|t| t.report.quality != Quality::Fault)
            .filter_map(|t| Some((t.at, field(&t.report)?)))
            .collect();
        values.sort_by_key(|(at, _)| *at);
        values
    }

    /// When the asset's newest current report was measured.
    pub(super) fn newest_at(&self, asset: usize) -> Option<Tick> {
        let taken = self.taken(asset);
        taken.iter().filter(|t| t.current).map(|t| t.at).max()
    }
}
