//! What each stage of a reading costs in one thread.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail};
use bytes::Bytes;
use city::City;
use ingest::{Arrival, Decoded, Decoder, Limits, QoS};
use model::{Input, Kind, Reading, SourceName, Stamped, Time};

use crate::measure::cost_of;
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
    Ok(())
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
