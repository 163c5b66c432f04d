//! The test pack and the ways tests look at messages.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub(crate) mod mosquitto;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use city::City;
use model::{Span, Time};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use simulators::living_city::{self, RunError};
use simulators::{Fleet, Message};

/// Monday 2026-11-23 14:30 in Hanoi.
pub(crate) const START: Time = Time::from_millis(1_795_419_000_000);

pub(crate) fn load(dir: &Path) -> Arc<City> {
    let loaded = city::load(dir);
    let problems: Vec<String> = loaded
        .diagnostics
        .iter()
        .map(|d| format!("{}: {}", d.code, d.message))
        .collect();
    match loaded.city {
        Some(city) => Arc::new(city),
        None => panic!("{}: {problems:#?}", dir.display()),
    }
}

pub(crate) fn hamlet() -> Arc<City> {
    load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pack"))
}

pub(crate) fn thai_nguyen() -> Arc<City> {
    let root: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "cities", "thai-nguyen"]
        .iter()
        .collect();
    load(&root)
}

pub(crate) fn fleet(city: &Arc<City>, seed: u64, scenario: Option<&str>, workers: usize) -> Fleet {
    match living_city::prepare(city, seed, 1.0, scenario, START, workers) {
        Ok(prepared) => prepared.fleet,
        Err(RunError::Pack(problems)) => {
            let sources = living_city::sources(city);
            let lines: Vec<String> = problems
                .iter()
                .map(|d| {
                    let place = d.labels.first().map(|l| {
                        let source = &sources[l.file];
                        let line = source.text[..l.span.start].matches('\n').count() + 1;
                        format!("{}:{line}", source.path)
                    });
                    format!("{place:?} {}: {} {:?}", d.code, d.message, d.help)
                })
                .collect();
            panic!("{lines:#?}");
        }
        Err(error) => panic!("{error}"),
    }
}

/// SHA-256 over due times, topics, payloads and flags; and how many messages there were.
pub(crate) fn digest(mut fleet: Fleet, until: &[Span]) -> (String, usize) {
    let mut hash = Sha256::new();
    let mut count = 0;
    for length in until {
        for message in fleet.advance(START + *length) {
            count += 1;
            hash.update(message.due.millis().to_le_bytes());
            hash.update(message.topic.as_bytes());
            hash.update(&message.payload);
            hash.update([u8::from(message.retain), u8::from(message.confirmed)]);
        }
    }
    (format!("{:x}", hash.finalize()), count)
}

pub(crate) fn payload(message: &Message) -> Json {
    match serde_json::from_slice(&message.payload) {
        Ok(json) => json,
        Err(error) => panic!("{}: {error}: {:?}", message.topic, message.payload),
    }
}

/// The asset a message is about.
pub(crate) fn asset(message: &Message) -> &str {
    message.topic.split('/').nth(5).unwrap_or_default()
}

/// The latest value of a field of every asset that sent it.
pub(crate) fn latest(messages: &[Message], field: &str) -> BTreeMap<String, Json> {
    let mut latest = BTreeMap::new();
    for message in messages {
        if let Some(value) = payload(message)["v"].get(field) {
            latest.insert(asset(message).to_owned(), value.clone());
        }
    }
    latest
}
