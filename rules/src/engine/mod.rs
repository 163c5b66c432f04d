//! The engine: a function of the stamped inputs. Owns the order in which things happen (meaning 2 and 3).
//!
//! Each part of its work has a file: `readings` and `sources` change the live state, `touch` finds the rules concerned,
//! `truth` evaluates them, `step` moves instances and tells transitions, `annunciate` decides what calls for attention,
//! `clock` knows hours and calendars, `sequences` what follows upon what (`sequence_told` says it), `collect` and `derive` compute readings from readings,
//! `resume` works out what a checkpoint leaves out.

mod annunciate;
mod clock;
mod collect;
mod costs;
mod derive;
mod keys;
mod look;
#[cfg(test)]
mod missed;
mod readings;
mod resume;
mod sequence_told;
mod sequences;
mod sources;
mod step;
mod touch;
mod truth;

use std::sync::Arc;

use city::City;
use model::{AssetHandle, Input, Reason, Stamped, StateChange, Time, Transition};

use crate::by_key::ByKey;
use crate::costs::{Stopwatch, Work};
use crate::counts::Counts;
use crate::crossings::Gap;
use crate::deadline::{Deadline, Fired};
use crate::derivations::Derivations;
use crate::ended::Ended;
use crate::group::{Grouping, Tally};
use crate::held::HeldState;
use crate::identity::Origin;
use crate::inhibit::Inhibitors;
use crate::instance::Instance;
use crate::limit::Places;
use crate::live_state::{Changed, LiveState};
use crate::plan::{Conditions, Plan, RuleIx, Subject};
use crate::related::Related;
use crate::sequences::Sequences;
use crate::timers::{Timer, Timers};
use crate::touched::Touched;
use crate::windows::KindWindows;

/// What inputs brought about, in the order in which it happened. The caller empties it when it likes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output {
    /// Steps of alerts.
    pub transitions: Vec<Transition>,
    /// Steps of the live state.
    pub changes: Vec<StateChange>,
}

/// What is going on: the time, what it began with, and the reason its transitions carry.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Time,
    pub(crate) origin: Origin,
    pub(crate) reason: Reason,
    /// It is a retained message: a level, never an edge.
    pub(crate) retained: bool,
}

impl Moment {
    fn input(stamp: Time) -> Self {
        Self {
            now: stamp,
            origin: Origin::Input(stamp),
            reason: Reason::Condition,
            retained: false,
        }
    }

    fn due(due: Time) -> Self {
        Self {
            now: due,
            origin: Origin::Due(due),
            reason: Reason::Condition,
            retained: false,
        }
    }
}

/// Live state, rules and open alerts of one city.
#[derive(Debug)]
pub struct Engine {
    pub(crate) plan: Arc<Plan>,
    pub(crate) city: Arc<City>,
    pub(crate) live: LiveState,
    pub(crate) counts: Counts,
    pub(crate) now: Time,
    /// By kind.
    pub(crate) windows: Vec<KindWindows>,
    /// By kind and grouping of the kind.
    pub(crate) groupings: Vec<Vec<Grouping>>,
    /// By rule; none for rules without aggregates.
    pub(crate) tallies: Vec<Option<Box<Tally>>>,
    /// By kind: row after row, one a held condition.
    pub(crate) helds: Vec<Vec<HeldState>>,
    /// By kind: row after row, one a number that some rule compares with bounds. Made anew after every restart.
    gaps: Vec<Vec<Gap>>,
    /// By kind: row after row, when to revisit the asset; none where time alone turns nothing.
    revisits: Vec<Vec<Deadline>>,
    /// By rule: open instances.
    pub(crate) instances: Vec<ByKey<Instance>>,
    pub(crate) ended: Ended,
    pub(crate) inhibitors: Inhibitors,
    /// By rule.
    pub(crate) places: Vec<Places>,
    /// By clock of the plan: whether that calendar is open.
    pub(crate) open: Vec<bool>,
    pub(crate) related: Related,
    pub(crate) sequences: Sequences,
    pub(crate) derivations: Derivations,
    pub(crate) timers: Timers,
    /// Transitions that a restore onto another plan owes; told before anything else.
    pub(crate) owed: Vec<Transition>,
    /// Steps of the live state that came with them.
    pub(crate) owed_changes: Vec<StateChange>,
    /// Instances to look at in the present moment.
    pub(crate) todo: Vec<(RuleIx, u32)>,
    scratch: Scratch,
    /// By rule.
    works: Vec<Work>,
    /// Lent while evaluations are timed.
    stopwatch: Option<Stopwatch>,
}

/// Memory reused from input to input.
#[derive(Debug, Default)]
struct Scratch {
    changed: Vec<Changed>,
    touched: Touched,
    batch: Vec<Timer>,
    /// For each of the inputs looked ahead at: the asset of a reading.
    found: Vec<Option<AssetHandle>>,
}

/// How many inputs are looked ahead at: enough for their waits to overlap, few enough to stay in the nearest cache.
const AHEAD: usize = 16;

impl Engine {
    /// An engine that has heard nothing yet; absence counts from `start`.
    pub fn new(plan: Arc<Plan>, city: Arc<City>, start: Time) -> Self {
        let city = plan.complete(city);
        let live = LiveState::new(&city.catalog, &city.assets, start);
        let mut engine = Self::with_live(plan, city, live, start);
        engine.set_clocks(start);
        engine.watch_windows();
        engine.recount_groups();
        engine
    }

    /// An engine around a live state, with nothing open and no timer set.
    pub(crate) fn with_live(plan: Arc<Plan>, city: Arc<City>, live: LiveState, now: Time) -> Self {
        let windows = plan.kinds.iter().map(|kind| Arc::clone(&kind.windows));
        let tally = |rule: &crate::plan::Rule| match &rule.subject {
            Subject::Group(group) if !closes_windows(&rule.conditions) => {
                Some(Box::new(Tally::new(&group.aggregates)))
            }
            _ => None,
        };
        let groupings = |kind: &crate::plan::KindPlan| {
            kind.groupings.iter().map(|_| Grouping::default()).collect()
        };
        let rules = plan.rules.len();
        let mut engine = Self {
            windows: windows.map(KindWindows::new).collect(),
            groupings: plan.kinds.iter().map(groupings).collect(),
            tallies: plan.rules.iter().map(tally).collect(),
            helds: vec![Vec::new(); plan.kinds.len()],
            gaps: vec![Vec::new(); plan.kinds.len()],
            revisits: vec![Vec::new(); plan.kinds.len()],
            instances: (0..rules).map(|_| ByKey::default()).collect(),
            ended: Ended::default(),
            inhibitors: Inhibitors::new(plan.inhibitions.len()),
            places: (0..rules).map(|_| Places::default()).collect(),
            open: vec![false; plan.clocks.len()],
            related: Related::new(&plan, &city, &live),
            sequences: Sequences::new(&plan),
            derivations: Derivations::new(&plan, now),
            timers: Timers::default(),
            owed: Vec::new(),
            owed_changes: Vec::new(),
            todo: Vec::new(),
            scratch: Scratch::default(),
            works: vec![Work::default(); rules],
            stopwatch: None,
            counts: Counts::default(),
            plan,
            city,
            live,
            now,
        };
        for asset in 0..engine.live.assets.len() {
            engine.make_room(AssetHandle(asset as u32));
        }
        engine
    }

    /// The same engine for those who want transitions only: new values are not told among the changes.
    #[must_use]
    pub fn unwatched(mut self) -> Self {
        self.live.watched = false;
        self
    }

    /// Applies inputs in order. Any split of the inputs into batches gives the same output.
    pub fn apply(&mut self, inputs: &[Stamped], out: &mut Output) {
        if !inputs.is_empty() {
            self.tell_owed(out);
        }
        for ahead in inputs.chunks(AHEAD) {
            self.look_ahead(ahead);
            for (n, Stamped { stamp, input }) in ahead.iter().enumerate() {
                if let Input::Resumed { from, .. } = input {
                    self.fire(*from.min(stamp), out);
                    self.lose_every_source(*from.min(stamp), out);
                }
                self.fire(*stamp, out);
                self.now = self.now.max(*stamp);
                let found = self.scratch.found[n];
                self.admit(*stamp, input, found, out);
            }
        }
    }

    /// Finds the assets of the next readings, and touches what they will write: with many assets most of a reading's time is
    /// waiting for memory, and the waits of several readings pass together. Handles stay what they are.
    fn look_ahead(&mut self, inputs: &[Stamped]) {
        let live = &self.live;
        let found = inputs.iter().map(|stamped| match &stamped.input {
            Input::Reading { reading, .. } => live.handle(reading.asset.as_str()),
            _ => None,
        });
        self.scratch.found.clear();
        self.scratch.found.extend(found);
        // Step by step, for what one step finds tells the next where to look.
        let rows = inputs.iter().zip(&self.scratch.found);
        let rows = rows.map(|(stamped, asset)| match (&stamped.input, asset) {
            (Input::Reading { reading, .. }, Some(asset)) => {
                let state = live.asset(*asset);
                let windows = &self.windows[state.kind.index()];
                let cells = live.warm(state, reading) ^ windows.warm(state.row);
                cells ^ self.warm_gaps(state)
            }
            _ => 0,
        });
        std::hint::black_box(rows.fold(0, i64::wrapping_add));
        let found = self.scratch.found.iter().flatten();
        let ends = found.map(|asset| {
            let state = live.asset(*asset);
            let windows = &self.windows[state.kind.index()];
            state.recent.warm() as i64 ^ windows.warm_ends(state.row)
        });
        std::hint::black_box(ends.fold(0, i64::wrapping_add));
    }

    /// Fires every timer due at `to` or before. Later stamps must not be before `to`.
    pub fn advance(&mut self, to: Time, out: &mut Output) {
        self.tell_owed(out);
        self.fire(to, out);
        self.now = self.now.max(to);
    }

    /// The city it runs, with what the rules derive.
    pub fn city(&self) -> &Arc<City> {
        &self.city
    }

    /// When something may happen next if no input comes. May be early, never late.
    pub fn next_due(&self) -> Option<Time> {
        if self.owed.is_empty() && self.owed_changes.is_empty() {
            self.timers.next_due()
        } else {
            Some(self.now)
        }
    }

    /// The time up to which everything has happened.
    pub fn now(&self) -> Time {
        self.now
    }

    /// The latest values of every asset.
    pub fn live(&self) -> &LiveState {
        &self.live
    }

    /// The exact counters.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The plan it runs.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// How many instances are open: pending or firing.
    pub fn open_instances(&self) -> usize {
        self.instances.iter().map(ByKey::len).sum()
    }

    /// The whole live state as changes, for a gateway that starts.
    pub fn snapshot_changes(&self) -> Vec<StateChange> {
        self.live.snapshot()
    }

    /// `found` is the asset of a reading, if it is known already.
    fn admit(&mut self, stamp: Time, input: &Input, found: Option<AssetHandle>, out: &mut Output) {
        match input {
            Input::Reading { source, reading } => {
                self.take_reading(stamp, source, (reading, found), out);
            }
            Input::Offline { asset } => self.take_offline(stamp, asset, out),
            Input::SourceUp { source } => self.source_up(stamp, source, out),
            Input::SourceDown { source } => self.source_down(stamp, source, out),
            Input::Shed { assets } => self.take_shed(stamp, assets, out),
            Input::Resumed { .. } => self.look_at_sources(stamp, out),
            // The operator axis is the desk's; conditions do not know operators.
            Input::Command(_) => {}
        }
    }

    /// Fires timers, one due time after the other. At one due time what is known changes first (calendars, silence, held
    /// conditions); then the instances concerned are looked at in the order (rule, key).
    fn fire(&mut self, to: Time, out: &mut Output) {
        if self.timers.is_quiet(to) {
            return;
        }
        let mut batch = std::mem::take(&mut self.scratch.batch);
        while let Some(due) = self.timers.take_due(to, &mut batch) {
            self.now = self.now.max(due);
            self.rearm(&mut batch, due);
            self.order_assets(&mut batch);
            batch.dedup();
            let moment = Moment::due(due);
            // What the clock shows is one thing: no condition sees one half of it turned.
            for timer in &batch {
                if let Timer::Clock(clock) = timer {
                    self.set_clock(*clock, due);
                }
            }
            for timer in &batch {
                self.fire_one(*timer, &moment, out);
            }
            self.work_off(&moment, out);
        }
        self.scratch.batch = batch;
    }

    /// Leaves in the batch what still stands and brings something about. A timer whose deadline has moved on, as with every
    /// reading of an asset that may fall silent, is only set anew: nobody sees that, whatever the order.
    fn rearm(&mut self, batch: &mut Vec<Timer>, due: Time) {
        batch.retain(|timer| match timer {
            Timer::Clock(_) => true,
            Timer::Silence(asset) => {
                self.live.asset(*asset).silence_due == due && !self.was_heard(*asset, due)
            }
            Timer::Revisit(asset) => {
                let fired = self.revisit_of(*asset).map(|revisit| revisit.fire(due));
                self.came_due(*timer, fired)
            }
            Timer::Derive(rule, key) => self.is_window_due(*rule, *key, due),
            Timer::Sequence(rule, key) => {
                let state = self.sequences.state(*rule, *key);
                state.is_some_and(|state| state.due == due)
            }
            Timer::Rule(rule, key) => {
                let instance = self.instances[rule.index()].get_mut(key);
                let fired = instance.map(|instance| instance.deadline.fire(due));
                self.came_due(*timer, fired)
            }
        });
    }

    /// True when the deadline that a timer stands for is here; where it moved on the timer is set anew.
    fn came_due(&mut self, timer: Timer, fired: Option<Fired>) -> bool {
        if let Some(Fired::Early(due)) = fired {
            self.timers.set(due, timer);
        }
        fired == Some(Fired::Due)
    }

    fn revisit_of(&mut self, asset: AssetHandle) -> Option<&mut Deadline> {
        let state = self.live.asset(asset);
        let revisits = &mut self.revisits[state.kind.index()];
        revisits.get_mut(state.row as usize)
    }

    fn fire_one(&mut self, timer: Timer, moment: &Moment, out: &mut Output) {
        match timer {
            Timer::Clock(clock) => self.turn_clock(clock, moment.now),
            Timer::Silence(asset) => {
                if self.live.asset(asset).silence_due == moment.now {
                    self.look_at_silence(asset, moment.now, out);
                }
            }
            Timer::Revisit(asset) => {
                let revisit = self.revisit_of(asset).copied();
                if revisit.is_some_and(|revisit| revisit.is_due(moment.now)) {
                    self.revisit(asset, moment.now);
                }
            }
            Timer::Derive(rule, key) => self.end_window(rule, key, moment.now),
            Timer::Sequence(rule, key) => {
                let state = self.sequences.state(rule, key);
                if state.is_some_and(|state| state.due == moment.now) {
                    self.todo.push((rule, key));
                }
            }
            Timer::Rule(rule, key) => {
                let instance = self.instances[rule.index()].get(&key);
                if instance.is_some_and(|instance| instance.deadline.is_due(moment.now)) {
                    self.todo.push((rule, key));
                }
            }
        }
    }

    /// Assets in the order of their ids: handles differ between a process and its successor.
    fn order_assets(&self, batch: &mut [Timer]) {
        let id = |asset: &AssetHandle| &self.live.asset(*asset).entry.id;
        batch.sort_by(|a, b| match (a, b) {
            (Timer::Silence(a), Timer::Silence(b)) | (Timer::Revisit(a), Timer::Revisit(b)) => {
                id(a).cmp(id(b))
            }
            (a, b) => a.cmp(b),
        });
    }

    fn tell_owed(&mut self, out: &mut Output) {
        self.counts.transitions += self.owed.len() as u64;
        for told in &self.owed {
            if let Some(rule) = self.plan.find(&told.rule) {
                self.works[rule.index()].transitions += 1;
            }
        }
        out.transitions.append(&mut self.owed);
        out.changes.append(&mut self.owed_changes);
    }
}

/// Such a rule looks at its members when a window closes, not at every reading.
fn closes_windows(conditions: &Conditions) -> bool {
    matches!(conditions, Conditions::Derives(derivation) if !derivation.form.is_sliding())
}
