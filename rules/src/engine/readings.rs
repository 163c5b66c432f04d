//! Inputs about assets: readings, last wills, shed readings; and what time alone does to an asset.

use model::{AssetHandle, AssetId, Quality, Reading, SourceName, Time};

use super::{Engine, Moment, Output};
use crate::held::HeldState;
use crate::identity::Origin;
use crate::live_state::{Acceptance, Changed, Class, Presence};
use crate::timers::Timer;
use crate::windows::sample_of;

impl Engine {
    pub(super) fn take_reading(
        &mut self,
        stamp: Time,
        source: &SourceName,
        reading: &Reading,
        out: &mut Output,
    ) {
        let source = self.source(stamp, source, out);
        let mut changed = std::mem::take(&mut self.scratch.changed);
        let accepted = self.live.accept(
            source,
            reading,
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
        let moment = Moment {
            origin: Origin::Reading {
                asset: reading.asset.clone(),
                at: reading.at,
                seq: reading.seq,
                stamp,
            },
            ..Moment::input(stamp)
        };
        self.sample(reading, &accepted);
        self.find_touched(reading, &accepted);
        self.follow(accepted.asset, accepted.class != Class::Past, &moment);
        if accepted.woke || !self.scratch.changed.is_empty() {
            self.follow_lookers(accepted.asset, &moment);
        }
        self.watch_silence(&accepted, &moment, out);
        if accepted.clock_turned && self.live.asset(accepted.asset).alarms() {
            let rule = self.plan.builtin.clock_wrong;
            self.todo.push((rule, accepted.asset.0));
        }
        self.work_off(&moment, out);
    }

    /// Puts the reading into the windows of its kind.
    fn sample(&mut self, reading: &Reading, accepted: &Acceptance) {
        let windows = &mut self.windows[reading.kind.index()];
        let good = matches!(
            reading.quality,
            Quality::Good | Quality::Estimated | Quality::Backfill
        );
        if accepted.class == Class::Retained {
            return;
        }
        let state = self.live.asset(accepted.asset);
        for spec in 0..windows.specs.len() {
            let field = windows.specs[spec].field;
            let value = reading.fields.iter().find(|(f, _)| *f == field);
            if let Some((_, value)) = value.filter(|_| good) {
                let window = windows.get_mut(state.row, spec);
                window.add(accepted.at, sample_of(value));
            }
            // The right edge is the asset's newest reading, whatever that carried.
            windows.slide(state.row, spec, state.latest_at);
        }
    }

    /// Which rules of the kind the reading concerns: those whose fields changed, and those that look at windows.
    fn find_touched(&mut self, reading: &Reading, accepted: &Acceptance) {
        let kind = &self.plan.kinds[reading.kind.index()];
        let touched = &mut self.scratch.touched;
        touched.clear();
        if accepted.woke {
            kind.touch_all(touched);
            return;
        }
        for Changed { field, crossing } in &self.scratch.changed {
            touched.add_all(&kind.by_field[field.index()]);
            let bounds = &kind.bounds[field.index()];
            match crossing {
                Some((from, to)) => bounds.crossed(*from, *to, touched),
                None => bounds.crossed(f64::NEG_INFINITY, f64::INFINITY, touched),
            }
        }
        // What is open has more to wait for than its bounds: its `clear`, its countdowns.
        if let Some(open) = self.open_on.get(&accepted.asset.0) {
            touched.add_all(open);
        }
        if accepted.class != Class::Retained {
            touched.add_all(&kind.windowed);
        }
        let mut ended = accepted.ended_silences;
        while ended != 0 {
            touched.add_all(&kind.by_silence[ended.trailing_zeros() as usize]);
            ended &= ended - 1;
        }
    }

    /// A sign of life needs a new timer only where none waits, or where the waiting one was for a longer silence.
    fn watch_silence(&mut self, accepted: &Acceptance, moment: &Moment, out: &mut Output) {
        let state = self.live.asset(accepted.asset);
        let unwatched = state.silence_due == Time::MAX;
        if unwatched || accepted.woke || accepted.ended_silences != 0 {
            self.look_at_silence(accepted.asset, moment, out);
        }
    }

    /// Marks the silences an asset has reached, and sets the timer for the next.
    pub(super) fn look_at_silence(
        &mut self,
        asset: AssetHandle,
        moment: &Moment,
        out: &mut Output,
    ) {
        let kind = self.live.asset(asset).entry.kind;
        let silences = &self.plan.kinds[kind.index()].silences;
        let before = self.live.asset(asset).silence_due;
        let (mut fresh, next) =
            self.live
                .look_at_silence(asset, silences, &self.city.calendars, moment.now);
        if next != before {
            self.timers.set(next, Timer::Silence(asset));
        }
        if fresh == 0 {
            return;
        }
        self.scratch.touched.clear();
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
            self.scratch.touched.add_all(concerned);
            fresh &= fresh - 1;
        }
        self.follow(asset, true, moment);
        if went_stale {
            self.follow_lookers(asset, moment);
        }
    }

    pub(super) fn take_offline(&mut self, stamp: Time, asset: &AssetId, out: &mut Output) {
        let Some(asset) = self.live.handle(asset.as_str()) else {
            return;
        };
        let moment = Moment::input(stamp);
        if self.live.offline(asset, &mut out.changes) {
            self.follow_all(asset, &moment);
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
                self.follow_all(asset, &moment);
            }
        }
        self.work_off(&moment, out);
    }

    /// Looks at an asset again because time has passed over a held condition or an age.
    pub(super) fn revisit(&mut self, asset: AssetHandle, moment: &Moment) {
        let kind = self.live.asset(asset).entry.kind;
        let timed = &self.plan.kinds[kind.index()].timed;
        self.scratch.touched.clear();
        self.scratch.touched.add_all(timed);
        self.follow(asset, true, moment);
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
        self.revisits.push(Time::MAX);
        self.related.add(&self.plan, &self.live, asset);
    }
}
