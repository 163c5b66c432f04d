//! Arrivals → readings. Usable alone: by the sources here, by benches, by the simulator's tests.
//! Deduplication, lateness and clock rules are left to `rules`; times pass as the device measured them.

use std::sync::Arc;

use bytes::Bytes;
use model::{Asset, AssetId, Catalog, Origin, Reading};

use crate::arrival::Arrival;
use crate::payload::{self, Problem};
use crate::topic::{Class, Route, Routes};
use crate::{DeadLetter, DeadLetterReason as Reason, will};

/// What a decoder allows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// The longest payload, in bytes.
    pub payload_bytes: usize,
    /// How much of an unreadable payload a dead letter keeps, in bytes.
    pub dead_letter_bytes: usize,
    /// How deep a value that no field wants may be nested.
    pub depth: u32,
    /// How many assets may report that are not in the registry.
    pub unregistered_assets: usize,
}

impl Default for Limits {
    /// 64 KiB payloads, 4 KiB kept of a bad one, 16 levels, 100,000 unregistered assets.
    fn default() -> Self {
        Self {
            payload_bytes: 64 * 1024,
            dead_letter_bytes: 4 * 1024,
            depth: 16,
            unregistered_assets: 100_000,
        }
    }
}

/// What a message says.
#[derive(Clone, PartialEq, Debug)]
pub enum Decoded {
    /// Measurements.
    Reading(Reading),
    /// The asset's last will: it is gone.
    Offline(AssetId),
    /// Nothing new, by design.
    Ignored(Ignored),
}

/// Why a message that can be read says nothing new.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ignored {
    /// An empty payload deletes a retained message.
    Deletion,
    /// "Online" takes a last will back; the readings that follow say it better.
    Online,
    /// A last will of an earlier run than the one that reports now.
    EarlierBoot,
}

/// Reads arrivals of one city by its catalog.
#[derive(Debug)]
pub struct Decoder {
    routes: Routes,
    limits: Limits,
}

impl Decoder {
    /// A decoder for a city: its id as topics write it, its kinds, and its registered assets.
    pub fn new(city: &str, catalog: &Catalog, registry: &[Arc<Asset>], limits: Limits) -> Self {
        Self {
            routes: Routes::new(city, catalog, registry, limits.unregistered_assets),
            limits,
        }
    }

    /// The city's id, as topics write it.
    pub fn city(&self) -> &str {
        self.routes.city()
    }

    /// What the arrival says, or why it cannot be read.
    pub fn decode(&self, arrival: &Arrival<'_>) -> Result<Decoded, DeadLetter> {
        let route = self.route(arrival)?;
        self.read(&route, arrival)
    }

    /// Fields that came in although their kind does not have them, by kind; kinds without any are left out.
    pub fn unknown_fields(&self) -> Vec<(std::sync::Arc<str>, u64)> {
        self.routes
            .schemas()
            .map(|schema| (std::sync::Arc::clone(&schema.name), schema.unknown_fields()))
            .filter(|(_, n)| *n > 0)
            .collect()
    }

    /// Where the arrival's topic leads. Cheap, so that overload can shed by it before anything is parsed.
    pub(crate) fn route(&self, arrival: &Arrival<'_>) -> Result<std::sync::Arc<Route>, DeadLetter> {
        self.routes
            .find(arrival.topic)
            .map_err(|(reason, detail)| self.dead_letter(arrival, Problem { reason, detail }))
    }

    /// What the payload says, the topic being known.
    pub(crate) fn read(&self, route: &Route, arrival: &Arrival<'_>) -> Result<Decoded, DeadLetter> {
        if arrival.payload.is_empty() {
            return Ok(Decoded::Ignored(Ignored::Deletion));
        }
        let read = match route.class {
            Class::Lwt => self
                .text(arrival)
                .and_then(|text| will::read(text, &route.asset)),
            Class::Tele | Class::State | Class::Event => self.reading(route, arrival),
        };
        read.map_err(|problem| self.dead_letter(arrival, problem))
    }

    fn reading(&self, route: &Route, arrival: &Arrival<'_>) -> Result<Decoded, Problem> {
        let content = payload::read(self.text(arrival)?, &route.schema, self.limits.depth)?;
        let origin = if arrival.retain {
            Origin::Retained
        } else {
            Origin::Live
        };
        if let (Some(boot), Origin::Live) = (content.boot, origin) {
            route.asset.started(boot);
        }
        Ok(Decoded::Reading(Reading {
            asset: route.asset.id.clone(),
            kind: route.schema.id,
            at: content.at.unwrap_or(arrival.received),
            received: arrival.received,
            seq: content.seq,
            boot: content.boot,
            quality: content.quality,
            origin,
            fields: content.fields,
        }))
    }

    /// The payload as text: not too long, and UTF-8 throughout, checked this once.
    fn text<'a>(&self, arrival: &'a Arrival<'_>) -> Result<&'a str, Problem> {
        let payload = &arrival.payload;
        if payload.len() > self.limits.payload_bytes {
            return Err(Problem {
                reason: Reason::TooLarge,
                detail: format!(
                    "{} bytes; at most {} are allowed",
                    payload.len(),
                    self.limits.payload_bytes
                ),
            });
        }
        std::str::from_utf8(payload).map_err(|error| Problem {
            reason: Reason::InvalidUtf8,
            detail: format!("not UTF-8 from byte {} on", error.valid_up_to()),
        })
    }

    fn dead_letter(&self, arrival: &Arrival<'_>, problem: Problem) -> DeadLetter {
        let kept = arrival.payload.len().min(self.limits.dead_letter_bytes);
        DeadLetter {
            source: arrival.source.clone(),
            topic: arrival.topic.into(),
            // Copied: a slice would keep the connection's whole read buffer alive.
            payload: Bytes::copy_from_slice(&arrival.payload[..kept]),
            size: arrival.payload.len(),
            reason: problem.reason,
            detail: problem.detail,
            received: arrival.received,
        }
    }
}
