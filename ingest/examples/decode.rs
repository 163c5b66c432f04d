//! What decoding costs: nanoseconds per payload, topic look-up included.
//!
//! `cargo run --release -p ingest --example decode [rounds]`

use std::hint::black_box;
use std::time::Instant;

use bytes::Bytes;
use ingest::{Arrival, Decoder, Limits, QoS};
use model::{Catalog, Field, FieldId, Kind, KindId, Localized, SourceName, Span, Time, ValueType};

const PAYLOADS: [(&str, &str); 5] = [
    (
        "native, 8 fields",
        r#"{"ts":1795418999000,"seq":123456,"v":{"apState":"up","clientsConnected":31,"channelUtilization":47.5,"noiseFloor":-94,"x_uplinkMs":12.4,"x_authFailPct":0.5,"x_rxMbps":88.25,"x_txMbps":13.5}}"#,
    ),
    (
        "flat, 8 fields",
        r#"{"ts":1795418999000,"apState":"up","clientsConnected":31,"channelUtilization":47.5,"noiseFloor":-94,"x_uplinkMs":12.4,"x_authFailPct":0.5,"x_rxMbps":88.25,"x_txMbps":13.5}"#,
    ),
    (
        "flat, 1 field",
        r#"{"ts":1795418999000,"clientsConnected":31}"#,
    ),
    (
        "RFC 3339, 2 fields",
        r#"{"ts":"2026-11-23T14:29:59+07:00","apState":"up","clientsConnected":31}"#,
    ),
    (
        "a dead letter: out of range",
        r#"{"ts":1795418999000,"apState":"up","clientsConnected":3100}"#,
    ),
];

fn catalog() -> Catalog {
    let names = [
        "apState",
        "clientsConnected",
        "channelUtilization",
        "noiseFloor",
        "x_uplinkMs",
        "x_authFailPct",
        "x_rxMbps",
        "x_txMbps",
    ];
    let field = |(id, name): (usize, &&str)| Field {
        id: FieldId(id as u16),
        name: (*name).into(),
        title: Localized::default(),
        value_type: if id == 0 {
            ValueType::Symbol
        } else {
            ValueType::F64
        },
        unit: None,
        range: Some((-110.0, 512.0)),
        symbols: vec!["up".into(), "down".into()],
        headline: false,
    };
    let ap = Kind {
        id: KindId(0),
        name: "wifi/ap".into(),
        title: Localized::default(),
        fields: names.iter().enumerate().map(field).collect(),
        report_every: Span::from_mins(1),
        stale_after: Span::from_mins(3),
        auto_register: true,
        columns: Vec::new(),
    };
    Catalog::new(vec![ap])
}

fn main() {
    let rounds: u32 = std::env::args()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(200_000);
    let decoder = Decoder::new("tn", &catalog(), &[], Limits::default());
    let source = SourceName::new("bench");
    let topics: Vec<String> = (0..600)
        .map(|n| format!("ioc/v1/tn/wifi/ap/ap-{n:04}/tele"))
        .collect();
    println!("| payload | bytes | ns, best of 5 |\n|---|---|---|");
    for (name, payload) in PAYLOADS {
        let bytes = Bytes::from_static(payload.as_bytes());
        let best = (0..5)
            .map(|_| {
                let from = Instant::now();
                for topic in topics.iter().cycle().take(rounds as usize) {
                    let arrival = Arrival {
                        source: &source,
                        topic,
                        payload: bytes.clone(),
                        received: Time::from_millis(1_795_419_000_000),
                        qos: QoS::AtMostOnce,
                        retain: false,
                    };
                    drop(black_box(decoder.decode(black_box(&arrival))));
                }
                from.elapsed() / rounds
            })
            .min();
        println!(
            "| {name} | {} | {} |",
            payload.len(),
            best.unwrap_or_default().as_nanos()
        );
    }
}
