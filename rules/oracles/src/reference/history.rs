//! Every input there ever was, and what follows from all of them for one asset at one time.

use model::Quality;

use super::{ASSETS, Tick, shift_is_on};

/// `stale_after` of the pack's river gauges: 15 minutes.
const STALE_AFTER: Tick = 90;
/// A clock that is further ahead than five minutes is wrong.
const AHEAD: Tick = 30;
/// And one that is further behind than thirty days.
const BEHIND: Tick = 30 * 24 * 360;
/// Two brokers; the gauges of even numbers speak through the first.
pub(super) const SOURCES: [&str; 2] = ["mosquitto", "embedded"];

/// What a gauge said.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Report {
    pub(super) asset: usize,
    pub(super) source: usize,
    /// When it was measured, by the gauge's clock.
    pub(super) at: Tick,
    pub(super) seq: Option<u64>,
    pub(super) quality: Quality,
    pub(super) retained: bool,
    pub(super) height: Option<f64>,
    pub(super) gate: Option<u16>,
}

impl Report {
    /// The gauge's clock cannot be believed.
    fn clock_is_wrong(&self, received: Tick) -> bool {
        let behind = received - self.at > BEHIND && self.quality != Quality::Backfill;
        behind || self.at > received + AHEAD
    }

    /// When it was measured, as far as the gauge's clock can be believed.
    fn measured(&self, received: Tick) -> Tick {
        if self.clock_is_wrong(received) {
            received
        } else {
            self.at
        }
    }

    /// It says how things were, not how they are: nothing fires or clears by it.
    pub(super) fn is_past(&self, received: Tick) -> bool {
        let late = received - self.measured(received) > STALE_AFTER;
        self.quality == Quality::Backfill || (late && !self.retained)
    }

    /// Its values are of use.
    fn is_good(&self) -> bool {
        !matches!(self.quality, Quality::Fault | Quality::Calibrating)
    }

    /// The same report once more: by its number or, where the gauge counts none, by what it says.
    fn is_again(&self, other: &Self) -> bool {
        let what = |r: &Self| (r.height.map(f64::to_bits), r.gate);
        (self.asset, self.at, self.seq) == (other.asset, other.at, other.seq)
            && (self.seq.is_some() || what(self) == what(other))
    }
}

/// One input.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Event {
    Report(Report),
    SourceUp(usize),
    SourceDown(usize),
    Offline(usize),
    Shed(usize),
    /// The engine goes away; it learns so when it is back.
    Stopped,
    /// And is back.
    Resumed(Tick),
    /// Other timings, severities and limits.
    Retimed,
    /// Other conditions.
    Rewritten,
    /// Another registry.
    Reregistered,
}

impl Event {
    /// No input, but an edit while the engine runs.
    pub(super) fn is_edit(&self) -> bool {
        matches!(self, Self::Retimed | Self::Rewritten | Self::Reregistered)
    }

    /// It says how things were, not how they are.
    pub(super) fn is_past(&self, received: Tick) -> bool {
        matches!(self, Self::Report(report) if report.is_past(received))
    }
}

/// What became of a report.
#[derive(Clone, Debug)]
struct Taken {
    report: Report,
    /// The number of the event that brought it.
    event: usize,
    /// When it came.
    received: Tick,
    /// When it was measured, where the gauge's clock can be believed; else when it came.
    at: Tick,
    /// It says something about now, not only how things were.
    fresh: bool,
    /// And the gauge said it just now.
    current: bool,
}

/// Everything, in the order in which it came.
#[derive(Default, Debug)]
pub(super) struct History {
    pub(super) now: Tick,
    events: Vec<(Tick, Event)>,
    /// The reports of each asset, without repetitions.
    taken: [Vec<Taken>; ASSETS.len()],
    /// For how many steps each source had been connected by the end of each step, and then both of them; in all, and while
    /// the calendar `shifts` was open.
    connected: Vec<[[Tick; 2]; SOURCES.len() + 1]>,
}

impl History {
    /// Time goes on to `now`, by one step.
    pub(super) fn pass(&mut self, now: Tick) {
        let mut connected = self.connected.last().copied().unwrap_or_default();
        let sources = [Some(0), Some(1), None];
        for ([all, shifts], source) in connected.iter_mut().zip(sources) {
            let up = Tick::from(self.was_up(source));
            *all += up;
            *shifts += up * Tick::from(shift_is_on(now - 1));
        }
        self.connected.push(connected);
        self.now = now;
    }

    pub(super) fn add(&mut self, event: &Event) {
        if let Event::Report(report) = event {
            let taken = &mut self.taken[report.asset];
            if taken.iter().any(|t| t.report.is_again(report)) {
                return;
            }
            let fresh = !report.is_past(self.now);
            taken.push(Taken {
                event: self.events.len(),
                at: report.measured(self.now),
                received: self.now,
                fresh,
                current: fresh && !report.retained,
                report: report.clone(),
            });
        }
        self.events.push((self.now, event.clone()));
    }

    fn is_up(&self, source: usize) -> bool {
        let mut turns = self.events.iter().rev();
        let last = turns.find_map(|(_, event)| match event {
            Event::SourceUp(n) if *n == source => Some(true),
            Event::SourceDown(n) if *n == source => Some(false),
            Event::Stopped => Some(false),
            _ => None,
        });
        last == Some(true)
    }

    /// The source an asset was last heard through; none while it was not.
    fn source_of(&self, asset: usize) -> Option<usize> {
        let mut fresh = self.taken[asset].iter().filter(|t| t.fresh);
        fresh.next_back().map(|t| t.report.source)
    }

    /// Before that nobody can be heard, and no rule looks.
    pub(super) fn knows_every_source(&self) -> bool {
        let was_up = |n| {
            let mut events = self.events.iter();
            events.any(|(_, event)| *event == Event::SourceUp(n))
        };
        (0..SOURCES.len()).all(was_up)
    }

    /// An asset never heard of may belong to any source.
    fn was_up(&self, source: Option<usize>) -> bool {
        source.map_or_else(|| self.is_up(0) && self.is_up(1), |n| self.is_up(n))
    }

    /// Whether silence of the asset would prove something.
    pub(super) fn source_is_up(&self, asset: usize) -> bool {
        self.was_up(self.source_of(asset))
    }

    /// The last time the asset gave a sign of life, and by which event; none when it never did.
    fn heard(&self, asset: usize) -> Option<&Taken> {
        self.taken[asset].iter().rev().find(|t| t.current)
    }

    /// How long it has been silent while its source was connected; since the start when it was never heard.
    pub(super) fn silent_for(&self, asset: usize) -> Tick {
        self.silent_in_shifts(asset, false)
    }

    /// The same, counted only while the calendar `shifts` is open where a rule is about its hours alone.
    pub(super) fn silent_in_shifts(&self, asset: usize, only: bool) -> Tick {
        let heard_at = self.heard(asset).map_or(0, |t| t.received);
        let source = self.source_of(asset).unwrap_or(SOURCES.len());
        let connected = |at: Tick| self.connected[at as usize][source][usize::from(only)];
        connected(self.now) - connected(heard_at)
    }

    /// What was known before the source was lost is known again when it is back, unless it has grown too old meanwhile.
    fn outlived_losses(&self, heard: &Taken) -> bool {
        let source = heard.report.source;
        let since = &self.events[heard.event..];
        let lost = |(_, event): &(Tick, Event)| match event {
            Event::SourceDown(n) => *n == source,
            event => *event == Event::Stopped,
        };
        let Some(newest) = since.iter().rposition(lost) else {
            return true;
        };
        let mut after = since[newest..].iter();
        let back = after.find(|(_, event)| *event == Event::SourceUp(source));
        back.is_some_and(|(at, _)| at - heard.received < STALE_AFTER)
    }

    /// The last will of the asset, or a loss of what it said, came after the last thing heard of it.
    fn was_said_lost(&self, asset: usize, heard: &Taken, last_will_only: bool) -> bool {
        let mut since = self.events[heard.event..].iter();
        since.any(|(_, event)| match event {
            Event::Offline(n) => *n == asset,
            Event::Shed(n) => *n == asset && !last_will_only,
            _ => false,
        })
    }

    /// Whether rules can see the asset's values.
    pub(super) fn is_known(&self, asset: usize) -> bool {
        self.heard(asset).is_some_and(|heard| {
            !self.was_said_lost(asset, heard, false)
                && self.outlived_losses(heard)
                && self.silent_for(asset) < STALE_AFTER
        })
    }

    /// Whether it is silent by its own fault, so that `on_missing` decides.
    pub(super) fn is_missing(&self, asset: usize) -> bool {
        let said = |event: &Event| *event == Event::Offline(asset);
        let offline = match self.heard(asset) {
            Some(heard) => self.was_said_lost(asset, heard, true),
            None => self.events.iter().any(|(_, event)| said(event)),
        };
        self.source_is_up(asset) && (offline || self.silent_for(asset) >= STALE_AFTER)
    }

    /// The newest report of a field, and the newest of them that was good. What was measured before what is known already
    /// changes nothing.
    fn newest<T>(
        &self,
        asset: usize,
        field: impl Fn(&Report) -> Option<T>,
    ) -> (Option<&Taken>, Option<T>) {
        let (mut newest, mut value): (Option<&Taken>, _) = (None, None);
        for taken in self.taken[asset].iter().filter(|t| t.fresh) {
            // Of two of one time the later to come.
            let old = newest.is_some_and(|newest| taken.at < newest.at);
            let Some(said) = field(&taken.report).filter(|_| !old) else {
                continue;
            };
            newest = Some(taken);
            if taken.report.is_good() {
                value = Some(said);
            }
        }
        (newest, value)
    }

    /// The newest value of a field, while rules can see it: it may have been of bad quality.
    pub(super) fn value<T>(&self, asset: usize, field: impl Fn(&Report) -> Option<T>) -> Option<T> {
        let (newest, value) = self.newest(asset, field);
        let holds = newest.is_some_and(|t| t.report.is_good());
        value.filter(|_| holds && self.is_known(asset))
    }

    /// How long ago the value that rules see was measured.
    pub(super) fn age<T>(
        &self,
        asset: usize,
        field: impl Fn(&Report) -> Option<T>,
    ) -> Option<Tick> {
        let (newest, _) = self.newest(asset, field);
        let seen = newest.filter(|t| t.report.is_good() && self.is_known(asset));
        seen.map(|t| self.now - t.at)
    }

    /// How long ago the newest of what the asset says of now was measured.
    pub(super) fn report_age(&self, asset: usize) -> Option<Tick> {
        let newest = self.newest_at(asset)?;
        self.is_known(asset).then(|| self.now - newest)
    }

    /// The newest value that ever held, past silence and bad quality.
    pub(super) fn last_known<T>(
        &self,
        asset: usize,
        field: impl Fn(&Report) -> Option<T>,
    ) -> Option<T> {
        self.newest(asset, field).1
    }

    /// Whether the field was ever heard of, whatever its quality.
    pub(super) fn was_heard<T>(&self, asset: usize, field: impl Fn(&Report) -> Option<T>) -> bool {
        let mut taken = self.taken[asset].iter();
        taken.any(|t| t.fresh && field(&t.report).is_some())
    }

    /// The good values of a field with their times, oldest first; of one time in the order in which they came.
    pub(super) fn values<T>(
        &self,
        asset: usize,
        field: impl Fn(&Report) -> Option<T>,
    ) -> Vec<(Tick, T)> {
        let taken = self.taken[asset].iter();
        let measured = taken.filter(|t| t.report.is_good() && !t.report.retained);
        let mut values: Vec<(Tick, T)> = measured
            .filter_map(|t| Some((t.at, field(&t.report)?)))
            .collect();
        values.sort_by_key(|(at, _)| *at);
        values
    }

    /// The right edge of the asset's windows: the newest time it has told.
    pub(super) fn newest_at(&self, asset: usize) -> Option<Tick> {
        let fresh = self.taken[asset].iter().filter(|t| t.fresh);
        fresh.map(|t| t.at).max()
    }

    /// Whether the clock of the asset was wrong at its last report.
    pub(super) fn clock_is_wrong(&self, asset: usize) -> bool {
        let last = self.taken[asset].last();
        last.is_some_and(|t| t.report.clock_is_wrong(t.received))
    }
}
