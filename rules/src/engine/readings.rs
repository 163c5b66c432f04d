//! Inputs about assets: readings, last wills, shed readings; and what time alone does to an asset.

use model::{AssetHandle, AssetId, Quality, Reading, SourceName, Time};

use super::{Engine, Moment, Output};
use crate::crossings::Gap;
use crate::deadline::Deadline;
use crate::held::HeldState;
use crate::identity::Origin;
use crate::live_state::{Acceptance, Class, Presence};
use crate::timers::Timer;

impl Engine {
    pub(super) fn take_reading(
        &mut self,
        stamp: Time,
        source: &SourceName,
        (reading, found): (&Reading, Option<AssetHandle>),
        out: &mut Output,
    ) {
        // A kind that is not here was derived when the reading was read, and is not any more.
        let kind = self.plan.kinds.get(reading.kind.index());
        if kind.is_none_or(|kind| kind.derived) {
            self.counts.derived_refused += 1;
            return;
        }
        let source = self.source(stamp, source, out);
        let mut changed = std::mem::take(&mut self.scratch.changed);
        let accepted = self.live.accept(
            source,
            (reading, found),
            stamp,
            &mut self.counts,
            &mut changed,
            &mut out.changes,
        );
        self.scratch.changed = changed;
        let Some(accepted) = accepted else {
            return;
        };
        if accepted.newcomer {
            self.make_room(accepted.asset);
        }
        self.take_in(reading, &accepted, stamp, out);
        if accepted.clock_turned && self.live.asset(accepted.asset).alarms() {
            let rule = self.plan.builtin.clock_wrong;
            self.todo.push((rule, accepted.asset.0));
        }
        if !self.todo.is_empty() || !self.sequences.rises.is_empty() {
            let origin = Origin::Reading {
                asset: reading.asset.clone(),
                at: reading.at,
                seq: reading.seq,
                stamp,
            };
            let moment = Moment {
                origin,
                retained: accepted.class == Class::Retained,
                ..Moment::input(stamp)
            };
            self.work_off(&moment, out);
        }
    }

    /// Everything that follows from an accepted reading, up to the instances it concerns.
    pub(super) fn take_in(
        &mut self,
        reading: &Reading,
        accepted: &Acceptance,
        stamp: Time,
        out: &mut Output,
    ) {
        self.sample(reading, accepted);
        self.find_touched(accepted);
        self.follow(accepted.asset, accepted.class != Class::Past, stamp);
        if !self.derivations.is_empty() {
            self.collect(reading, accepted, stamp);
        }
        if accepted.woke || !self.scratch.changed.is_empty() {
            self.follow_lookers(accepted.asset, stamp);
        }
        self.watch_silence(accepted, stamp, out);
    }

    /// Puts the reading into the windows of its kind. A retained one is no sample, but may be the newest there is.
    fn sample(&mut self, reading: &Reading, accepted: &Acceptance) {
        let good = matches!(
            reading.quality,
            Quality::Good | Quality::Estimated | Quality::Backfill
        );
        let sampled = good && accepted.class != Class::Retained;
        let state = self.live.asset(accepted.asset);
        let fields: &[_] = if sampled { &reading.fields } else { &[] };
        // The right edge is the asset's newest reading, whatever that carried.
        let windows = &mut self.windows[reading.kind.index()];
        windows.take(state.row, accepted.at, fields, state.latest_at);
    }

    /// Which rules of the kind the reading concerns: those that what changed may turn.
    fn find_touched(&mut self, accepted: &Acceptance) {
        let kind = self.live.asset(accepted.asset).kind;
        self.touch_none(kind);
        if self.plan.kinds[kind.index()].rules.is_empty() {
            return;
        }
        if accepted.woke {
            self.plan.kinds[kind.index()].touch_all(&mut self.scratch.touched);
        }
        // Even where all are touched: the gaps have to follow what the rules see.
        self.touch_fields(accepted.asset);
        match accepted.class {
            // With what is retained, what readings of the past have moved is seen too.
            Class::Current | Class::Retained => self.touch_windows(accepted.asset),
            Class::Past => self.touch_windows_later(accepted.asset),
        }
        let by_silence = &self.plan.kinds[kind.index()].by_silence;
        let mut ended = accepted.ended_silences;
        while ended != 0 {
            let bit = ended.trailing_zeros() as usize;
            self.scratch.touched.extend(&by_silence[bit]);
            ended &= ended - 1;
        }
    }

    /// A sign of life needs a new timer only where none waits, or where the waiting one was for a longer silence.
    fn watch_silence(&mut self, accepted: &Acceptance, now: Time, out: &mut Output) {
        let state = self.live.asset(accepted.asset);
        let unwatched = state.silence_due == Time::MAX;
        if unwatched || accepted.woke || accepted.ended_silences != 0 {
            self.look_at_silence(accepted.asset, now, out);
        }
    }

    /// True when the asset has reached no silence at `now` after all; its timer is set anew then.
    pub(super) fn was_heard(&mut self, asset: AssetHandle, now: Time) -> bool {
        let silences = &self.plan.kinds[self.live.asset(asset).kind.index()].silences;
        let calendars = &self.city.calendars;
        let Some(next) = self.live.heard_since(asset, silences, calendars, now) else {
            return false;
        };
        self.timers.set(next, Timer::Silence(asset));
        true
    }

    /// Marks the silences an asset has reached, and sets the timer for the next.
    pub(super) fn look_at_silence(&mut self, asset: AssetHandle, now: Time, out: &mut Output) {
        let kind = self.live.asset(asset).kind;
        let silences = &self.plan.kinds[kind.index()].silences;
        let before = self.live.asset(asset).silence_due;
        let (mut fresh, next) =
            self.live
                .look_at_silence(asset, silences, &self.city.calendars, now);
        if next != before {
            self.timers.set(next, Timer::Silence(asset));
        }
        if fresh == 0 {
            return;
        }
        self.touch_none(kind);
        let went_stale = fresh & 1 != 0;
        if went_stale {
            let presence = self.live.asset(asset).presence;
            if !matches!(presence, Presence::Unseen | Presence::Offline) {
                self.live.turn(asset, Presence::Stale, &mut out.changes);
            }
            self.plan.kinds[kind.index()].touch_all(&mut self.scratch.touched);
        }
        while fresh != 0 {
            let bit = fresh.trailing_zeros() as usize;
            let concerned = &self.plan.kinds[kind.index()].by_silence[bit];
            self.scratch.touched.extend(concerned);
            fresh &= fresh - 1;
        }
        self.follow(asset, true, now);
        if went_stale {
            self.follow_lookers(asset, now);
        }
    }

    pub(super) fn take_offline(&mut self, stamp: Time, asset: &AssetId, out: &mut Output) {
        let Some(asset) = self.live.handle(asset.as_str()) else {
            return;
        };
        let moment = Moment::input(stamp);
        if self.live.offline(asset, &mut out.changes) {
            self.follow_all(asset, stamp);
            self.work_off(&moment, out);
        }
    }

    pub(super) fn take_shed(&mut self, stamp: Time, assets: &[AssetId], out: &mut Output) {
        let moment = Moment::input(stamp);
        for asset in assets {
            let Some(asset) = self.live.handle(asset.as_str()) else {
                continue;
            };
            self.counts.shed += 1;
            if self.live.shed(asset, &mut out.changes) {
                self.follow_all(asset, stamp);
            }
        }
        self.work_off(&moment, out);
    }

    /// Looks at an asset again because time has passed over a held condition or an age.
    pub(super) fn revisit(&mut self, asset: AssetHandle, now: Time) {
        // The rules that time alone may turn are touched whenever an asset is followed.
        self.touch_none(self.live.asset(asset).kind);
        self.follow(asset, true, now);
    }

    /// Makes room for an asset just met beside the live state.
    pub(crate) fn make_room(&mut self, asset: AssetHandle) {
        let state = self.live.asset(asset);
        let entry = &state.entry;
        let kind = self.city.catalog.kind(entry.kind);
        let column = |name: &str| kind.columns.iter().position(|c| &*c.name == name);
        let plan = &self.plan.kinds[kind.id.index()];
        let groupings = &mut self.groupings[kind.id.index()];
        for (grouping, by) in groupings.iter_mut().zip(&plan.groupings) {
            grouping.add(entry, state.alarms(), by, &self.city.areas, column);
        }
        let helds = &mut self.helds[kind.id.index()];
        helds.resize(helds.len() + plan.helds.len(), HeldState::default());
        let gaps = &mut self.gaps[kind.id.index()];
        gaps.resize(gaps.len() + plan.gaps, Gap::UNSEEN);
        if !plan.timed.is_empty() {
            self.revisits[kind.id.index()].push(Deadline::NEVER);
        }
        self.make_room_in_sequences(asset);
        self.join_windows(asset);
        self.related.add(&self.plan, &self.live, asset);
    }
}
