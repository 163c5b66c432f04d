//! A small town for the tests: two kinds of assets, a clock that stands, messages as text.
#![allow(dead_code, reason = "each test binary uses its part of the town")]
#![allow(missing_docs, unreachable_pub, reason = "a test's own words")]

pub mod broker;
pub mod client;
pub mod engine;

use std::sync::Arc;

use ingest::{Decoder, Limits};
use model::{
    Asset, AssetId, Catalog, Clock, Field, FieldId, Kind, KindId, Lifecycle, Localized, Span, Time,
    ValueType,
};

/// 2026-11-23T07:30:00Z
pub const NOW: Time = Time::from_millis(1_795_419_000_000);

pub struct StandingClock;

impl Clock for StandingClock {
    fn now(&self) -> Time {
        NOW
    }
}

fn field(id: u16, name: &str, value_type: ValueType) -> Field {
    Field {
        id: FieldId(id),
        name: name.into(),
        title: Localized::same(name),
        value_type,
        unit: None,
        range: None,
        symbols: Vec::new(),
        headline: false,
    }
}

fn number(id: u16, name: &str, unit: &str, range: (f64, f64)) -> Field {
    Field {
        unit: Some(unit.into()),
        range: Some(range),
        ..field(id, name, ValueType::F64)
    }
}

fn kind(id: u16, name: &str, fields: Vec<Field>) -> Kind {
    Kind {
        id: KindId(id),
        name: name.into(),
        title: Localized::same(name),
        fields,
        report_every: Span::from_mins(1),
        stale_after: Span::from_mins(3),
        auto_register: false,
        columns: Vec::new(),
    }
}

pub fn catalog() -> Catalog {
    let ap_state = Field {
        symbols: ["up", "down", "degraded"].map(Arc::from).to_vec(),
        ..field(0, "apState", ValueType::Symbol)
    };
    let ap = kind(
        0,
        "wifi/ap",
        vec![
            ap_state,
            number(1, "clientsConnected", "1", (0.0, 512.0)),
            number(2, "channelUtilization", "%", (0.0, 100.0)),
            number(3, "noiseFloor", "dB[mW]", (-110.0, -60.0)),
            number(4, "x_uplinkMs", "ms", (0.0, 60_000.0)),
            number(5, "x_authFailPct", "%", (0.0, 100.0)),
            number(6, "x_rxMbps", "Mbit/s", (0.0, 10_000.0)),
            number(7, "x_txMbps", "Mbit/s", (0.0, 10_000.0)),
            field(8, "dateLastReboot", ValueType::Time),
            field(9, "ssid", ValueType::Text),
            field(10, "portalOk", ValueType::Bool),
        ],
    );
    let air = kind(
        1,
        "env/air",
        vec![number(0, "pm25", "ug/m3", (0.0, 1_000.0))],
    );
    Catalog::new(vec![ap, air])
}

pub fn registry() -> Vec<Arc<Asset>> {
    vec![Arc::new(Asset {
        id: AssetId::new("ap-1"),
        kind: KindId(0),
        name: "ap-1".into(),
        area: None,
        lat: None,
        lon: None,
        lifecycle: Lifecycle::InService,
        uplink: None,
        columns: Vec::new(),
    })]
}

pub fn decoder_with(limits: Limits) -> Decoder {
    Decoder::new("tn", &catalog(), &registry(), limits)
}

pub fn decoder() -> Arc<Decoder> {
    Arc::new(decoder_with(Limits::default()))
}
