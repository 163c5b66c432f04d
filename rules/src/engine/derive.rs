//! Computed readings inside the engine: when windows end, what they come to, and how that enters the live state before
//! any rule about alerts looks.

use std::sync::Arc;

use cel::Slots;
use model::{AssetHandle, AssetId, FieldId, Origin, Quality, Reading, Time, Value};

use super::collect::SINCE_THE_LAST;
use super::{Engine, Moment, Output};
use crate::derivations::{
    Derivation, Extent, Form, KeyState, State, WindowSlots, as_field_value, derived_id, heartbeat,
    next_boundary, unlisted,
};
use crate::group::{GroupView, Tally};
use crate::live_state::Presence;
use crate::plan::{Conditions, GroupPlan, Plan, RuleIx, Subject};
use crate::slots::GroupSlots;
use crate::timers::{EVERY_KEY, Timer};

/// The fields of a derived reading, unknown ones without a value.
type Values = Vec<(FieldId, Option<Value>)>;

impl Plan {
    pub(crate) fn derivation(&self, rule: RuleIx) -> Option<&Derivation> {
        match &self.get(rule).conditions {
            Conditions::Derives(derivation) => Some(derivation),
            _ => None,
        }
    }
}

// When windows end.
impl Engine {
    /// Sets the timers of every derivation.
    pub(crate) fn watch_windows(&mut self) {
        if self.derivations.is_empty() {
            return;
        }
        for rule in (0..self.plan.rules.len()).map(|place| RuleIx(place as u32)) {
            let Some(windows) = self.derivations.get(rule) else {
                continue;
            };
            if let Some(derivation) = self.plan.derivation(rule)
                && derivation.form.every().is_some()
            {
                let due = windows.end + derivation.grace;
                self.timers.set(due, Timer::Derive(rule, EVERY_KEY));
            }
            for (key, state) in windows.keys.iter() {
                self.timers.set(state.due, Timer::Derive(rule, *key));
            }
        }
    }

    /// After a restore: the open window of the clock began here.
    pub(crate) fn reopen_window(&mut self, rule: RuleIx, edge: Time) {
        let every = self.plan.derivation(rule).and_then(|d| d.form.every());
        let Some((every, windows)) = every.zip(self.derivations.get_mut(rule)) else {
            return;
        };
        windows.edge = edge;
        windows.end = next_boundary(&self.plan.zone, every, edge);
    }

    pub(super) fn is_window_due(&self, rule: RuleIx, key: u32, due: Time) -> bool {
        let (Some(windows), Some(derivation)) =
            (self.derivations.get(rule), self.plan.derivation(rule))
        else {
            return false;
        };
        match key {
            EVERY_KEY => windows.end + derivation.grace == due,
            _ => windows.keys.get(&key).is_some_and(|key| key.due == due),
        }
    }

    /// A timer of a derivation fired.
    pub(super) fn end_window(&mut self, rule: RuleIx, key: u32, now: Time) {
        if let Some(Form::Session { gap }) = self.plan.derivation(rule).map(|d| d.form) {
            let windows = self.derivations.get_mut(rule);
            let state = windows.and_then(|windows| windows.keys.get_mut(&key));
            if let Some(state) = state
                && state.last + gap > now
            {
                state.due = state.last + gap;
                self.timers.set(state.due, Timer::Derive(rule, key));
                return;
            }
        }
        self.todo.push((rule, key));
    }

    /// Works off the derivations in `todo`, what others are made of first, until only rules about alerts are left.
    pub(super) fn derive_first(&mut self, moment: &Moment, out: &mut Output) {
        if self.derivations.is_empty() {
            return;
        }
        let plan = Arc::clone(&self.plan);
        let rank = |rule: RuleIx| plan.derivation(rule).map(|derivation| derivation.rank);
        while let Some(first) = self.todo.iter().filter_map(|(rule, _)| rank(*rule)).min() {
            let todo = std::mem::take(&mut self.todo);
            let is_first = |(rule, _): &(RuleIx, u32)| rank(*rule) == Some(first);
            let (mut round, rest): (Vec<_>, Vec<_>) = todo.into_iter().partition(is_first);
            self.todo = rest;
            round.sort_by(|(rule, a), (_, b)| {
                if a == b {
                    std::cmp::Ordering::Equal
                } else {
                    self.key_order(*rule, *a, *b)
                }
            });
            round.dedup();
            for (rule, key) in round {
                if let Some(derivation) = plan.derivation(rule) {
                    self.derive(rule, key, derivation, moment, out);
                }
            }
        }
    }

    fn derive(
        &mut self,
        rule: RuleIx,
        key: u32,
        derivation: &Derivation,
        moment: &Moment,
        out: &mut Output,
    ) {
        match derivation.form {
            Form::Tumbling { every } => {
                let after = self.derivations.get(rule).map_or(Time::MIN, |w| w.edge);
                self.close_all(rule, derivation, (every, after), moment, out);
            }
            Form::Hopping { size, every } => {
                let end = self.derivations.get(rule).map_or(Time::MIN, |w| w.end);
                self.close_all(rule, derivation, (every, end - size), moment, out);
            }
            Form::Sliding { .. } => self.slide(rule, key, derivation, moment, out),
            Form::Session { .. } => {
                let values = self.window_values(rule, derivation, &[key], SINCE_THE_LAST);
                let at = self.forget_window(rule, key).unwrap_or(moment.now);
                for (key, values) in values {
                    self.tell_derived(rule, key, (at, values), moment, out);
                }
            }
            Form::Count { .. } => {
                let ready = std::mem::take(&mut self.derivations.ready);
                for ready in ready {
                    if (ready.rule, ready.key) == (rule, key) {
                        self.tell_derived(rule, key, (ready.at, ready.values), moment, out);
                    } else {
                        self.derivations.ready.push(ready);
                    }
                }
            }
        }
    }

    /// The clock ends a window for every key; the next is open from here.
    fn close_all(
        &mut self,
        rule: RuleIx,
        derivation: &Derivation,
        (every, after): (model::Span, Time),
        moment: &Moment,
        out: &mut Output,
    ) {
        let Some(State { end, .. }) = self.derivations.get(rule) else {
            return;
        };
        let extent = Extent { after, to: *end };
        let mut keys = self.every_key(rule);
        keys.retain(|key| self.takes_part(rule, *key));
        keys.sort_by(|a, b| self.key_order(rule, *a, *b));
        let values = self.window_values(rule, derivation, &keys, extent);
        let next = next_boundary(&self.plan.zone, every, extent.to);
        if let Some(windows) = self.derivations.get_mut(rule) {
            windows.edge = extent.to;
            windows.end = next;
            let needed = extent.to.min(next - derivation.lookback);
            windows.memory.forget(needed);
        }
        let due = next + derivation.grace;
        self.timers.set(due, Timer::Derive(rule, EVERY_KEY));
        for (key, values) in values {
            self.tell_derived(rule, key, (extent.to, values), moment, out);
        }
    }

    /// Looks at a key whose members changed, unless it spoke a moment ago; then it is looked at later.
    fn slide(
        &mut self,
        rule: RuleIx,
        key: u32,
        derivation: &Derivation,
        moment: &Moment,
        out: &mut Output,
    ) {
        let Form::Sliding { least } = derivation.form else {
            return;
        };
        let now = moment.now;
        let keys = self.derivations.get(rule).map(|windows| &windows.keys);
        let mut state = keys.and_then(|keys| keys.get(&key).copied());
        let state = state.get_or_insert(KeyState::IDLE);
        let spoke = state.last != Time::MIN;
        if spoke && now < state.last + least {
            let due = state.due.min(state.last + least);
            return self.set_window_due(rule, key, KeyState { due, ..*state });
        }
        let values = self.live_values(rule, derivation, key);
        let known = values.iter().any(|(_, value)| value.is_some());
        let beat = heartbeat(self.city.catalog.kind(derivation.target));
        let shown = self.shows(rule, key, &values);
        if shown && spoke && now < state.last + beat {
            let due = state.last + beat;
            return self.set_window_due(rule, key, KeyState { due, ..*state });
        }
        if known || shown {
            state.last = now;
        }
        // What is unknown is looked at again when a member is heard.
        let due = if known { now + beat } else { Time::MAX };
        self.set_window_due(rule, key, KeyState { due, ..*state });
        self.tell_derived(rule, key, (now, values), moment, out);
    }

    fn set_window_due(&mut self, rule: RuleIx, key: u32, state: KeyState) {
        let Some(windows) = self.derivations.get_mut(rule) else {
            return;
        };
        let before = windows.keys.insert(key, state);
        if before.map(|before| before.due) != Some(state.due) {
            self.timers.set(state.due, Timer::Derive(rule, key));
        }
    }

    /// Whether the derived asset is known with just these values.
    fn shows(&self, rule: RuleIx, key: u32, values: &Values) -> bool {
        self.find_derived(rule, key).is_some_and(|asset| {
            let state = self.live.asset(asset);
            let same = |(field, value): &(FieldId, Option<Value>)| {
                self.live.cell(state, *field).known() == value.as_ref()
            };
            state.is_known() && values.iter().all(same)
        })
    }
}

// What comes of them.
impl Engine {
    /// What a window comes to for each of some keys.
    pub(super) fn window_values(
        &self,
        rule: RuleIx,
        derivation: &Derivation,
        keys: &[u32],
        extent: Extent,
    ) -> Vec<(u32, Values)> {
        let Some(windows) = self.derivations.get(rule) else {
            return Vec::new();
        };
        let plan = self.plan.get(rule);
        let slots = |asset: AssetHandle| WindowSlots {
            asset: self.asset_slots(&plan.slots, asset),
            memory: &windows.memory,
            derivation,
            extent,
            of_speakers: derivation.form.is_of_speakers(),
            zone: &self.plan.zone,
        };
        let Subject::Group(group) = &plan.subject else {
            let of_asset = |key: &u32| {
                let asset = AssetHandle(*key);
                let known = derivation.form.is_of_speakers() || self.live.asset(asset).is_known();
                (*key, self.values_of(derivation, known, &slots(asset)))
            };
            return keys.iter().map(of_asset).collect();
        };
        let mut tally = Tally::new(&group.aggregates);
        let members = &self.live.tables[group.kind.index()].members;
        for key in keys {
            for row in windows.members.get(*key as usize).into_iter().flatten() {
                let slots = slots(members[*row as usize]);
                for (place, aggregate) in group.aggregates.iter().enumerate() {
                    let value = aggregate.member.eval(&slots);
                    tally.contribute(*row, *key, place, value);
                }
            }
        }
        let values = |key: &u32| {
            let values = self.group_values(rule, derivation, group, (*key, Some(&tally)));
            (*key, values)
        };
        keys.iter().map(values).collect()
    }

    /// What a sliding derivation comes to for a key.
    fn live_values(&self, rule: RuleIx, derivation: &Derivation, key: u32) -> Values {
        let plan = self.plan.get(rule);
        if let Subject::Group(group) = &plan.subject {
            let tally = self.tallies[rule.index()].as_deref();
            return self.group_values(rule, derivation, group, (key, tally));
        }
        let asset = AssetHandle(key);
        let known = self.live.asset(asset).is_known();
        let slots = self.asset_slots(&plan.slots, asset);
        self.values_of(derivation, known, &slots)
    }

    /// A group below `min_known` is unknown, and so is each field that too few members say something about.
    fn group_values(
        &self,
        rule: RuleIx,
        derivation: &Derivation,
        group: &GroupPlan,
        (key, tally): (u32, Option<&Tally>),
    ) -> Values {
        let grouping = &self.groupings[group.kind.index()][group.grouping];
        let view = GroupView::new(grouping, tally, key);
        let slots = GroupSlots {
            sources: &self.plan.get(rule).slots,
            view,
            key: &grouping.groups[key as usize].key,
            world: self.world(),
        };
        if derivation.form.is_of_speakers() {
            return self.values_of(derivation, true, &slots);
        }
        let members = f64::from(view.members().max(1));
        let enough = |known: u32| f64::from(known) / members >= group.min_known;
        let known = view.known() > 0 && enough(view.known());
        let mut values = self.values_of(derivation, known, &slots);
        for (field, (_, value)) in derivation.fields.iter().zip(&mut values) {
            let mut places = field.aggregates.iter();
            if !places.all(|place| enough(view.contributors(usize::from(*place)))) {
                *value = None;
            }
        }
        values
    }

    fn values_of(&self, derivation: &Derivation, known: bool, slots: &impl Slots) -> Values {
        let kind = self.city.catalog.kind(derivation.target);
        let fields = derivation.fields.iter();
        fields
            .map(|field| {
                let value = known.then(|| field.program.eval(slots)).flatten();
                let held = value.and_then(|v| as_field_value(&v, &kind.fields[field.id.index()]));
                (field.id, held)
            })
            .collect()
    }

    /// A derived reading enters the live state as any other; one without a single known value puts its asset in doubt.
    fn tell_derived(
        &mut self,
        rule: RuleIx,
        key: u32,
        (at, values): (Time, Values),
        moment: &Moment,
        out: &mut Output,
    ) {
        let known = values.iter().any(|(_, value)| value.is_some());
        let Some(asset) = self.derived_asset_of(rule, key, moment.now, out) else {
            return;
        };
        if !known {
            if self.live.asset(asset).presence == Presence::Live {
                self.live.turn(asset, Presence::Doubted, &mut out.changes);
                self.follow_all(asset, moment.now);
            }
            return;
        }
        self.counts.derived += 1;
        let mut changed = std::mem::take(&mut self.scratch.changed);
        let times = (at, moment.now);
        let accepted =
            self.live
                .write_derived(asset, times, &values, &mut changed, &mut out.changes);
        self.scratch.changed = changed;
        let entry = &self.live.asset(asset).entry;
        let reading = Reading {
            asset: entry.id.clone(),
            kind: entry.kind,
            at: accepted.at,
            received: moment.now,
            seq: None,
            boot: None,
            quality: Quality::Good,
            origin: Origin::Live,
            fields: values
                .into_iter()
                .filter_map(|(field, value)| Some((field, value?)))
                .collect(),
        };
        self.take_in(&reading, &accepted, moment.now, out);
    }

    /// The derived asset of a key; met for the first time where no registry lists its members.
    fn derived_asset_of(
        &mut self,
        rule: RuleIx,
        key: u32,
        now: Time,
        out: &mut Output,
    ) -> Option<AssetHandle> {
        let asset = if let Some(asset) = self.find_derived(rule, key) {
            asset
        } else {
            let (target, id) = self.derived_name(rule, key)?;
            let entry = Arc::new(unlisted(target, id));
            let asset = self.live.add(Arc::clone(&entry), now);
            self.make_room(asset);
            let registered = model::StateChange::Registered { asset, entry };
            out.changes.push(registered);
            // Its first value may be unknown, and no reading then sees to it that its silence is noticed.
            self.look_at_silence(asset, now, out);
            asset
        };
        // Somebody else's name: it keeps it.
        if self.live.asset(asset).kind != self.plan.derivation(rule)?.target {
            return None;
        }
        self.derivations.get_mut(rule)?.assets.insert(key, asset);
        Some(asset)
    }

    /// The derived asset of a key, if it is known.
    fn find_derived(&self, rule: RuleIx, key: u32) -> Option<AssetHandle> {
        if let Some(asset) = self.derivations.get(rule)?.assets.get(&key) {
            return Some(*asset);
        }
        let (_, id) = self.derived_name(rule, key)?;
        self.live.handle(id.as_str())
    }

    fn derived_name(&self, rule: RuleIx, key: u32) -> Option<(model::KindId, AssetId)> {
        let target = self.plan.derivation(rule)?.target;
        let id = derived_id(self.city.catalog.kind(target), &self.key(rule, key));
        Some((target, id))
    }
}
