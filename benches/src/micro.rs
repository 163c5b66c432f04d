//! What each stage of a reading costs in one thread.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use city::City;
use ingest::{Arrival, Decoded, Decoder, Limits, QoS};
use model::{Input, Kind, Reading, SourceName, Stamped, Time};

use ws_gateway::measure::Encoder;

use crate::cpu;
use crate::measure::{Cost, cost_of};
use crate::report::Report;
use crate::workload::{self, Seeded};

const START: Time = Time::from_millis(1_764_000_000_000);
const READINGS: usize = 20_000;

/// Runs every stage on the access points of the pack.
pub(crate) fn run(dir: &Path, report: &mut Report) -> Result<()> {
    let city = workload::load(dir)?;
    let Some(kind) = city.catalog.find("wifi/ap") else {
        bail!("the pack has no kind wifi/ap, on which the workloads are made");
    };
    let messages = Messages::new(&city, kind);
    decode(&city, &messages, report);
    for count in [0, 10, 100, 1_000] {
        rules(&city, kind, &messages, count, report)?;
    }
    whole_way(&city, kind, &messages, report)
}

/// Seeded messages, round-robin over the registered assets of a kind, one millisecond apart.
struct Messages {
    source: SourceName,
    list: Vec<(String, Bytes, Time)>,
}

impl Messages {
    fn new(city: &City, kind: &Kind) -> Self {
        let mut seeded = Seeded::new(7);
        let assets: Vec<_> = city.assets.iter().filter(|a| a.kind == kind.id).collect();
        let list = (0..READINGS)
            .map(|n| {
                let at = START + model::Span::from_millis(n as i64);
                let topic = workload::topic(city, kind, assets[n % assets.len()]);
                let payload = workload::payload(kind, &mut seeded, at, n as u64);
                (topic, Bytes::from(payload), at)
            })
            .collect();
        Self {
            source: SourceName::new("bench"),
            list,
        }
    }

    fn decoded(&self, decoder: &Decoder) -> Vec<Reading> {
        let readings = self.list.iter().filter_map(|(topic, payload, at)| {
            match decoder.decode(&self.arrival(topic, payload, *at)) {
                Ok(Decoded::Reading(reading)) => Some(reading),
                _ => None,
            }
        });
        readings.collect()
    }

    fn arrival<'a>(&'a self, topic: &'a str, payload: &Bytes, received: Time) -> Arrival<'a> {
        Arrival {
            source: &self.source,
            topic,
            payload: payload.clone(),
            received,
            qos: QoS::AtLeastOnce,
            retain: false,
        }
    }
}

fn decoder(city: &City) -> Decoder {
    Decoder::new(&city.id, &city.catalog, &city.assets, Limits::default())
}

fn decode(city: &City, messages: &Messages, report: &mut Report) {
    let decoder = decoder(city);
    let bytes: usize = messages
        .list
        .iter()
        .map(|(_, payload, _)| payload.len())
        .sum();
    report.section(
        "Decode",
        &format!(
            "native payloads of wifi/ap, all fields, {} bytes on average; nanoseconds a payload",
            bytes / READINGS
        ),
        &["stage", "median", "range"],
    );
    let cost = cost_of(READINGS, || {
        for (topic, payload, at) in &messages.list {
            let outcome = decoder.decode(&messages.arrival(topic, payload, *at));
            drop(black_box(outcome));
        }
    });
    report.cost("topic and payload → reading", cost);
}

/// Live state and rules together, as the engine thread runs them: batches of 64, output taken and dropped.
fn rules(
    city: &Arc<City>,
    kind: &Kind,
    messages: &Messages,
    count: usize,
    report: &mut Report,
) -> Result<()> {
    if count == 0 {
        report.section(
            "Live state and rules",
            "threshold rules on one kind, each with `for: 1h`; batches of 64; all numbers new in every reading; about one reading in 1,400 lies above some bounds; nanoseconds a reading",
            &["rules on the kind", "median", "range"],
        );
    }
    let files: Vec<_> = (count > 0)
        .then(|| workload::rules(kind, count))
        .into_iter()
        .collect();
    let (plan, problems) = ::rules::compile(&files, 0, city);
    let Some(plan) = plan else {
        bail!("the bench rules do not compile: {problems:?}");
    };
    let plan = Arc::new(plan);
    let mut inputs = inputs(messages, &decoder(city));
    let mut engine = ::rules::Engine::new(plan, Arc::clone(city), START);
    let mut out = ::rules::Output::default();
    let cost = cost_of(READINGS, || {
        for batch in inputs.chunks(64) {
            engine.apply(batch, &mut out);
            black_box(&out);
            out.transitions.clear();
            out.changes.clear();
        }
        later(&mut inputs);
    });
    report.cost(&count.to_string(), cost);
    Ok(())
}

/// The whole way of a reading in one thread: decoded, into live state, past 100 rules, into the gateway's cache. CPU time.
fn whole_way(
    city: &Arc<City>,
    kind: &Kind,
    messages: &Messages,
    report: &mut Report,
) -> Result<()> {
    let (plan, problems) = ::rules::compile(&[workload::rules(kind, 100)], 0, city);
    let Some(plan) = plan else {
        bail!("the bench rules do not compile: {problems:?}");
    };
    let decoder = decoder(city);
    let mut engine = ::rules::Engine::new(Arc::new(plan), Arc::clone(city), START);
    let mut cache = Encoder::new(city).context("the city's names cannot be followed")?;
    cache.apply(&engine.snapshot_changes())?;
    let mut out = ::rules::Output::default();
    let mut inputs = inputs(messages, &decoder);
    engine.apply(&inputs[..1], &mut out);
    inputs.remove(0);
    report.section(
        "The whole way of a reading",
        "wifi/ap as above: payload → reading → live state and 100 rules → last-value cache, in one thread, batches of 64; nanoseconds of CPU a reading",
        &["way", "median", "range"],
    );
    let mut rounds = Vec::new();
    for round in 0..12 {
        let before = cpu::of_this_thread()?;
        for (batch, messages) in inputs.chunks_mut(64).zip(messages.list.chunks(64)) {
            for (stamped, (topic, payload, at)) in batch.iter_mut().zip(messages) {
                decode_into(stamped, &decoder, topic, payload, *at, round);
            }
            engine.apply(batch, &mut out);
            cache.apply(&out.changes)?;
            out.transitions.clear();
            out.changes.clear();
        }
        let spent = cpu::of_this_thread()?.saturating_sub(before);
        rounds.push(spent.as_nanos() as f64 / READINGS as f64);
    }
    // The first warms up.
    report.cost(
        "decode → state → 100 rules → cache",
        Cost::of_rounds(rounds.into_iter().skip(1)),
    );
    Ok(())
}

/// Reads a message into an input, moved to its round so that it is news and no duplicate.
fn decode_into(
    stamped: &mut Stamped,
    decoder: &Decoder,
    topic: &str,
    payload: &Bytes,
    at: Time,
    round: i64,
) {
    let Input::Reading { source, reading } = &mut stamped.input else {
        return;
    };
    let arrival = Arrival {
        source,
        topic,
        payload: payload.clone(),
        received: at,
        qos: QoS::AtLeastOnce,
        retain: false,
    };
    if let Ok(Decoded::Reading(mut decoded)) = decoder.decode(&arrival) {
        let later = model::Span::from_millis(READINGS as i64 * round);
        decoded.at = decoded.at + later;
        decoded.received = decoded.received + later;
        decoded.seq = decoded.seq.map(|seq| seq + READINGS as u64 * round as u64);
        *reading = decoded;
        stamped.stamp = at + later;
    }
}

fn inputs(messages: &Messages, decoder: &Decoder) -> Vec<Stamped> {
    let source = &messages.source;
    let up = Stamped {
        stamp: START,
        input: Input::SourceUp {
            source: source.clone(),
        },
    };
    let readings = messages
        .decoded(decoder)
        .into_iter()
        .map(|reading| Stamped {
            stamp: reading.received,
            input: Input::Reading {
                source: source.clone(),
                reading,
            },
        });
    std::iter::once(up).chain(readings).collect()
}

/// Moves every input to after the last, so that the next round is news and not duplicates.
fn later(inputs: &mut [Stamped]) {
    let round = model::Span::from_millis(READINGS as i64);
    for stamped in inputs {
        stamped.stamp = stamped.stamp + round;
        if let Input::Reading { reading, .. } = &mut stamped.input {
            reading.at = reading.at + round;
            reading.received = reading.received + round;
            reading.seq = reading.seq.map(|seq| seq + READINGS as u64);
        }
    }
}
