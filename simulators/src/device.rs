//! One simulated device: its values, its clock, its counters, and what a fault does to the messages it sends.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use model::{Asset, Kind, Quality, Span, Time, Value};

use crate::drive::Drive;
use crate::generator::{Memory, Surroundings};
use crate::message::{Form, Measured, Message, Topics, payload};
use crate::random::Stream;
use crate::scene::Scene;
use crate::simulation::{ClockFault, Effect, KindPlan, Make};
use crate::weather::Place;
use crate::world::column_text;

/// A device without a link keeps so many readings; older ones are lost and counted.
const STORE_LIMIT: usize = 500;

/// Why a device reports.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Occasion {
    /// Its schedule says so.
    Scheduled,
    /// Its condition changed.
    Told,
}

/// One device.
#[derive(Debug)]
pub(crate) struct Device {
    /// Its place in the asset list.
    pub asset: u32,
    /// What lies between two scheduled reports.
    pub period: Span,
    /// Its first report comes so long after the start: devices spread over the period.
    pub phase: Span,
    /// Readings lost because the store of the device was full.
    pub store_lost: u64,
    stream: Stream,
    topics: Topics,
    form: Form,
    place: Place,
    /// The fields it has, by their places in the kind's plan.
    slots: Vec<usize>,
    memory: Vec<Memory>,
    values: Vec<Value>,
    drives: Vec<Drive>,
    last: Option<Time>,
    booted: Time,
    seq: u64,
    conditions: u64,
    /// When the conditions of now began to matter.
    conditions_since: Time,
    effect: Effect,
    sent_state: Vec<Value>,
    stored: VecDeque<Bytes>,
    held: Option<Message>,
}

impl Device {
    /// A device that starts with the run.
    pub(crate) fn new(
        scene: &Scene,
        place_in_list: u32,
        plan: &KindPlan,
        period: Span,
        drives: Vec<Drive>,
    ) -> Self {
        let asset = &scene.city.assets[place_in_list as usize];
        let mut stream = Stream::new(scene.seed, "device", asset.id.as_str());
        let phase = Span::from_millis(stream.below(period.millis().max(1) as u64) as i64);
        // It has been up for anything between an hour and two months.
        let up = Span::from_millis(stream.between(3.6e6, 5.2e9) as i64);
        let memory = plan
            .fields
            .iter()
            .map(|f| Memory::new(&f.make, asset, &mut stream))
            .collect();
        Self {
            asset: place_in_list,
            period,
            phase,
            store_lost: 0,
            topics: Topics::new(&scene.city.id, scene.city.catalog.kind(asset.kind), asset),
            form: scene.form,
            place: scene.place(asset),
            slots: slots_of(scene.city.catalog.kind(asset.kind), plan, asset),
            memory,
            values: Vec::new(),
            drives,
            last: None,
            booted: scene.start - up,
            seq: 0,
            conditions: 0,
            conditions_since: scene.start,
            effect: Effect::default(),
            sent_state: Vec::new(),
            stored: VecDeque::new(),
            held: None,
            stream,
        }
    }

    /// How long after a change of its condition it says so.
    pub(crate) fn tells_after(&mut self, within: Span) -> Span {
        Span::from_millis(self.stream.below(within.millis().max(1) as u64) as i64)
    }

    /// One report into `out`, the messages in the order they leave.
    pub(crate) fn report(
        &mut self,
        scene: &Scene,
        at: Time,
        conditions: u64,
        occasion: Occasion,
        out: &mut Vec<Message>,
    ) {
        let asset = &scene.city.assets[self.asset as usize];
        let (Some(plan), kind) = (
            scene.plan.kind(asset.kind),
            scene.city.catalog.kind(asset.kind),
        ) else {
            return;
        };
        self.enter(plan, at, conditions, out);
        if self.effect.silent {
            return;
        }
        if !self.effect.freeze || self.values.is_empty() {
            self.measure(scene, plan, kind, asset, at);
        }
        self.last = Some(at);
        if self.effect.store {
            self.store(plan, kind, at);
            return;
        }
        let states_change = self.state_of(plan) != self.sent_state;
        if occasion == Occasion::Scheduled || plan.state.is_empty() {
            let all = self.slots.clone();
            self.send(plan, kind, at, &all, false, out);
        }
        if states_change && !plan.state.is_empty() {
            self.sent_state = self.state_of(plan);
            let of_state: Vec<usize> = plan
                .state
                .iter()
                .copied()
                .filter(|s| self.slots.contains(s))
                .collect();
            self.send(plan, kind, at, &of_state, true, out);
        }
    }

    /// Takes note of conditions that began or ended since the last report.
    fn enter(&mut self, plan: &KindPlan, at: Time, conditions: u64, out: &mut Vec<Message>) {
        if conditions == self.conditions {
            return;
        }
        let mut effect = Effect::default();
        for (i, own) in plan.under.iter().enumerate() {
            let (was, is) = (self.conditions >> i & 1 == 1, conditions >> i & 1 == 1);
            let Some(own) = own else { continue };
            if is {
                effect.join(own);
            }
            if is && !was {
                self.conditions_since = at;
                for slot in &own.reset {
                    self.memory[*slot].reset();
                }
            }
            if was != is {
                for slot in &own.count {
                    self.memory[*slot].count();
                }
            }
            if was && !is && own.reboot {
                self.booted = at;
                self.seq = 0;
            }
        }
        let stored_ends = self.effect.store && !effect.store;
        self.conditions = conditions;
        self.effect = effect;
        if stored_ends {
            self.send_stored(plan, at, out);
        }
    }

    fn measure(&mut self, scene: &Scene, plan: &KindPlan, kind: &Kind, asset: &Asset, at: Time) {
        let around = Surroundings {
            at,
            since_last: self.last.map(|last| at.since(last)),
            asset,
            place: self.place,
            booted: self.booted,
            rhythms: &scene.plan.rhythms,
            local: &scene.local,
            weather: &scene.weather,
        };
        let mut values: Vec<Value> = Vec::with_capacity(plan.fields.len());
        for (slot, own) in plan.fields.iter().enumerate() {
            let field = &kind.fields[own.field.index()];
            let memory = &mut self.memory[slot];
            let healthy = memory.next(&own.make, field, &around, &values, &mut self.stream);
            values.push(match healthy {
                Value::F64(usual) => {
                    let number = self.disturbed(slot, usual, at, asset);
                    let (low, high) = field.range.unwrap_or((f64::MIN, f64::MAX));
                    Value::F64(rounded(number, decimals(&own.make)).clamp(low, high))
                }
                other => other,
            });
            if self.effect.hold.contains(&slot)
                && let Some(before) = self.values.get(slot)
            {
                values[slot] = before.clone();
            }
            if let Some((_, set)) = self.effect.set.iter().find(|(s, _)| *s == slot) {
                values[slot] = set.clone();
            }
        }
        self.values = values;
    }

    /// The usual number after scripted courses and the scale and shift of conditions.
    fn disturbed(&self, slot: usize, usual: f64, at: Time, asset: &Asset) -> f64 {
        let courses = self.drives.iter().filter(|d| d.field == slot);
        let driven = courses
            .filter_map(|d| d.value(at, usual, asset))
            .next_back()
            .unwrap_or(usual);
        let changes = self.effect.change.iter().filter(|(s, ..)| *s == slot);
        changes.fold(driven, |value, (_, times, plus)| value * times + plus)
    }

    fn state_of(&self, plan: &KindPlan) -> Vec<Value> {
        plan.state.iter().map(|s| self.values[*s].clone()).collect()
    }

    fn send(
        &mut self,
        plan: &KindPlan,
        kind: &Kind,
        at: Time,
        slots: &[usize],
        is_state: bool,
        out: &mut Vec<Message>,
    ) {
        let quality = self.effect.quality.unwrap_or_default();
        let mut payload = self.encode(plan, kind, self.device_time(at), slots, quality);
        if self.effect.garble {
            payload.truncate(payload.len() / 2);
        }
        let topic = if is_state {
            &self.topics.state
        } else {
            &self.topics.tele
        };
        let message = Message {
            due: at + self.effect.delay.unwrap_or(Span::ZERO),
            device: self.asset,
            topic: topic.clone(),
            payload: payload.into(),
            retain: is_state,
            confirmed: plan.confirmed,
        };
        self.deliver(message, out);
    }

    /// Delivery faults: twice, or after the next one.
    fn deliver(&mut self, message: Message, out: &mut Vec<Message>) {
        if self.effect.duplicate {
            out.push(message.clone());
        }
        let overtaken = self.held.take();
        if self.effect.reorder && overtaken.is_none() {
            self.held = Some(message);
            return;
        }
        let due = message.due;
        out.push(message);
        out.extend(overtaken.map(|held| Message { due, ..held }));
    }

    fn store(&mut self, plan: &KindPlan, kind: &Kind, at: Time) {
        let all = self.slots.clone();
        let ts = self.device_time(at);
        let payload = self.encode(plan, kind, ts, &all, Quality::Backfill);
        if self.stored.len() == STORE_LIMIT {
            self.stored.pop_front();
            self.store_lost += 1;
        }
        self.stored.push_back(payload.into());
    }

    fn send_stored(&mut self, plan: &KindPlan, at: Time, out: &mut Vec<Message>) {
        for payload in std::mem::take(&mut self.stored) {
            out.push(Message {
                due: at,
                device: self.asset,
                topic: self.topics.tele.clone(),
                payload,
                retain: false,
                confirmed: plan.confirmed,
            });
        }
    }

    fn encode(
        &mut self,
        plan: &KindPlan,
        kind: &Kind,
        ts: Time,
        slots: &[usize],
        quality: Quality,
    ) -> String {
        let fields: Vec<(&str, &Value, u8)> = slots
            .iter()
            .map(|s| {
                let own = &plan.fields[*s];
                (&*own.name, &self.values[*s], decimals(&own.make))
            })
            .collect();
        self.seq += 1;
        let measured = Measured {
            ts,
            seq: self.seq,
            boot: self.booted.millis().max(0) as u64 / 1000,
            quality,
            fields: &fields,
        };
        payload(self.form, &measured, |i, word| {
            let field = plan.fields[slots[i]].field;
            let symbols = &kind.fields[field.index()].symbols;
            symbols.get(usize::from(word)).map(|s| &**s)
        })
    }

    fn device_time(&self, at: Time) -> Time {
        match self.effect.clock {
            None => at,
            Some(ClockFault::Off(by)) => at + by,
            Some(ClockFault::Epoch) => Time::from_millis(at.since(self.conditions_since).millis()),
        }
    }
}

/// The fields this asset has, by their places in the kind's plan.
fn slots_of(kind: &Kind, plan: &KindPlan, asset: &Asset) -> Vec<usize> {
    let has = |only: &[(Arc<str>, Arc<str>)]| {
        only.iter()
            .all(|(column, value)| column_text(kind, asset, column) == Some(value))
    };
    let fields = plan.fields.iter().enumerate();
    fields
        .filter(|(_, field)| has(&field.only))
        .map(|(slot, _)| slot)
        .collect()
}

fn decimals(make: &Make) -> u8 {
    match make {
        Make::Number(plan) => plan.decimals,
        Make::Counter(_) => 0,
        // A number that a case or condition fixes is written as the author wrote it.
        Make::Fixed(_) | Make::Cases(_) | Make::States(_) | Make::Moment(_) => 6,
    }
}

/// What is sent is what later fields see: a screen must be able to add up what it shows.
fn rounded(number: f64, decimals: u8) -> f64 {
    let scale = 10_f64.powi(i32::from(decimals));
    (number * scale).round() / scale
}
