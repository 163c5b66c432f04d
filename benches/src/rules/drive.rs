//! Drives an engine with seeded readings and takes the CPU time of the thread: the machine is shared.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::rules::{Engine, Output};
use anyhow::{Result, bail};
use city::City;
use hdrhistogram::Histogram;
use model::{
    FieldId, Input, KindId, Origin, Quality, Reading, SourceFile, SourceName, Span, Stamped, Time,
    Value,
};

use super::city::FIELDS;
use crate::measure::Cost;
use crate::workload::Seeded;

const START: Time = Time::from_millis(1_764_000_000_000);
/// Readings applied at once, as the engine thread takes them from its queue.
const BATCH: usize = 256;

/// How values come about.
#[derive(Clone, Copy)]
pub(super) enum Values {
    /// Every field anywhere in this range.
    Between(f64, f64),
    /// Every field near a level of its asset's own, within 0.2; one reading in so many goes up by 10 and comes back with
    /// the next.
    Near(f64, u64),
}

/// Readings of meters, one millisecond apart, each asset in its turn or drawn by chance.
pub(super) struct Meters {
    city: Arc<City>,
    seeded: Seeded,
    source: SourceName,
    buffer: Vec<Stamped>,
    now: Time,
    step: Span,
    next: usize,
    /// Asset after asset, or any.
    pub(super) in_turn: bool,
    pub(super) values: Values,
    lifted: Vec<bool>,
}

impl Meters {
    pub(super) fn new(city: &Arc<City>, values: Values) -> Self {
        let source = SourceName::new("bench");
        let blank = |n: usize| Stamped {
            stamp: START,
            input: Input::Reading {
                source: source.clone(),
                reading: blank(city, n),
            },
        };
        Self {
            buffer: (0..BATCH).map(blank).collect(),
            seeded: Seeded::new(7),
            now: START,
            step: Span::from_millis(1),
            next: 0,
            in_turn: true,
            lifted: vec![false; city.assets.len()],
            city: Arc::clone(city),
            source,
            values,
        }
    }

    /// The time between two readings of one asset.
    pub(super) fn every(mut self, period: Span) -> Self {
        self.step = Span::from_millis((period.millis() / self.city.assets.len() as i64).max(1));
        self
    }

    /// Readings of so many fields instead of all.
    pub(super) fn of_fields(mut self, fields: usize) -> Self {
        for stamped in &mut self.buffer {
            if let Input::Reading { reading, .. } = &mut stamped.input {
                reading.fields.truncate(fields);
            }
        }
        self
    }

    /// An engine with these rules that knows its source.
    pub(super) fn engine(&self, rules: &str) -> Result<Engine> {
        let text = format!("version: 1\ngroup: bench\nrules:\n{rules}");
        let file = SourceFile {
            path: "bench.yaml".into(),
            text: text.into(),
        };
        let files: Vec<_> = (!rules.is_empty()).then_some(file).into_iter().collect();
        let (plan, problems) = ::rules::compile(&files, 0, &self.city);
        let Some(plan) = plan else {
            bail!("the bench rules do not compile: {:?}", problems.first());
        };
        let mut engine = Engine::new(Arc::new(plan), Arc::clone(&self.city), START);
        let source = self.source.clone();
        let up = Stamped {
            stamp: START,
            input: Input::SourceUp { source },
        };
        engine.apply(&[up], &mut Output::default());
        Ok(engine)
    }

    /// The next batch, made in place: what the decoder just wrote lies in the cache.
    fn fill(&mut self) -> &[Stamped] {
        for slot in 0..BATCH {
            self.now = self.now + self.step;
            let asset = if self.in_turn {
                self.next % self.city.assets.len()
            } else {
                self.seeded.next() as usize % self.city.assets.len()
            };
            self.next += 1;
            let numbers = self.numbers(asset);
            let stamped = &mut self.buffer[slot];
            stamped.stamp = self.now;
            if let Input::Reading { reading, .. } = &mut stamped.input {
                reading.asset = self.city.assets[asset].id.clone();
                reading.kind = self.city.assets[asset].kind;
                reading.at = self.now;
                reading.received = self.now;
                reading.seq = Some(self.next as u64);
                for ((_, value), number) in reading.fields.iter_mut().zip(numbers) {
                    *value = Value::F64(number);
                }
            }
        }
        &self.buffer
    }

    fn numbers(&mut self, asset: usize) -> [f64; FIELDS] {
        match self.values {
            Values::Between(low, high) => std::array::from_fn(|_| self.seeded.between(low, high)),
            Values::Near(level, one_in) => {
                let lift = !self.lifted[asset] && self.seeded.next().is_multiple_of(one_in);
                self.lifted[asset] = lift;
                let level = level + if lift { 10.0 } else { 0.0 };
                std::array::from_fn(|_| level + self.seeded.between(-0.1, 0.1))
            }
        }
    }

    /// The stamp of the last reading.
    pub(super) fn now(&self) -> Time {
        self.now
    }

    /// Applies readings without taking the time.
    pub(super) fn warm(&mut self, engine: &mut Engine, readings: usize) {
        let mut out = Output::default();
        for _ in 0..readings.div_ceil(BATCH) {
            engine.apply(self.fill(), &mut out);
            out.transitions.clear();
            out.changes.clear();
        }
    }

    /// CPU nanoseconds a reading, the output dropped within: eleven rounds of so many readings.
    pub(super) fn cost(&mut self, engine: &mut Engine, readings: usize) -> Cost {
        let mut out = Output::default();
        let batches = readings.div_ceil(BATCH);
        Cost::of_rounds((0..11).map(|_| {
            let mut used = Duration::ZERO;
            for _ in 0..batches {
                let batch = self.fill();
                let before = cpu_time();
                engine.apply(batch, &mut out);
                black_box(&out);
                out.transitions.clear();
                out.changes.clear();
                used += cpu_time().saturating_sub(before);
            }
            used.as_nanos() as f64 / (batches * BATCH) as f64
        }))
    }

    /// How long single readings take by the clock on the wall, in nanoseconds; and how many transitions they made.
    pub(super) fn latency(
        &mut self,
        engine: &mut Engine,
        readings: usize,
    ) -> Result<(Histogram<u64>, usize)> {
        let (mut took, mut out) = (Histogram::new(3)?, Output::default());
        let mut transitions = 0;
        for _ in 0..readings.div_ceil(BATCH) {
            for stamped in self.fill() {
                let before = Instant::now();
                engine.apply(std::slice::from_ref(stamped), &mut out);
                took.record(before.elapsed().as_nanos() as u64)?;
                transitions += out.transitions.len();
                out.transitions.clear();
                out.changes.clear();
            }
        }
        Ok((took, transitions))
    }
}

fn blank(city: &City, n: usize) -> Reading {
    Reading {
        asset: city.assets[n % city.assets.len()].id.clone(),
        kind: KindId(0),
        at: START,
        received: START,
        seq: None,
        boot: None,
        quality: Quality::Good,
        origin: Origin::Live,
        fields: (0..FIELDS)
            .map(|field| (FieldId(field as u16), Value::F64(0.0)))
            .collect(),
    }
}

/// What this thread has used of a processor.
pub(super) fn cpu_time() -> Duration {
    let spec = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(spec.tv_sec as u64, spec.tv_nsec as u32)
}
