//! What decoding costs: nanoseconds per payload, topic look-up included, beside the parser's own floor.
//!
//! `cargo run --release -p ingest --example decode [rounds]`. Every payload of a row differs in its numbers, as a
//! city's do: one payload repeated would let the processor learn its digits by heart.

use std::hint::black_box;
use std::time::Instant;

use bytes::Bytes;
use ingest::{Arrival, Decoder, Limits, QoS};
use model::{Catalog, Field, FieldId, Kind, KindId, Localized, SourceName, Span, Time, ValueType};
use serde::de::IgnoredAny;

/// `#` stands for a number with two decimals, below its neighbour's range.
const PAYLOADS: [(&str, &str); 6] = [
    (
        "native, 9 fields and quality",
        r#"{"ts":1795418999000,"seq":123456,"q":"good","v":{"apState":"up","clientsConnected":#,"channelUtilization":#,"noiseFloor":-#,"x_uplinkMs":#,"x_authFailPct":#,"x_rxMbps":#,"x_txMbps":#,"dateLastReboot":1795418999000}}"#,
    ),
    (
        "native, 8 fields",
        r#"{"ts":1795418999000,"seq":123456,"v":{"apState":"up","clientsConnected":31,"channelUtilization":#,"noiseFloor":-94,"x_uplinkMs":#,"x_authFailPct":#,"x_rxMbps":#,"x_txMbps":#}}"#,
    ),
    (
        "flat, 8 fields",
        r#"{"ts":1795418999000,"apState":"up","clientsConnected":31,"channelUtilization":#,"noiseFloor":-94,"x_uplinkMs":#,"x_authFailPct":#,"x_rxMbps":#,"x_txMbps":#}"#,
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

const ASSETS: usize = 600;
/// Payloads of a row: enough that their digits are news, few enough to stay in the processor's cache, as what has
/// just been read from a socket does.
const VARIANTS: usize = 1_200;

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
        "dateLastReboot",
    ];
    let field = |(id, name): (usize, &&str)| Field {
        id: FieldId(id as u16),
        name: (*name).into(),
        title: Localized::default(),
        value_type: match *name {
            "apState" => ValueType::Symbol,
            "dateLastReboot" => ValueType::Time,
            _ => ValueType::F64,
        },
        unit: None,
        range: (*name != "dateLastReboot").then_some((-110.0, 512.0)),
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

/// The payloads of a row, by Marsaglia's xorshift from one seed.
fn variants(pattern: &str) -> Vec<Bytes> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut number = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        format!("{:.2}", (state % 11_000) as f64 / 100.0)
    };
    (0..VARIANTS)
        .map(|_| {
            let mut text = String::new();
            for part in pattern.split_inclusive('#') {
                text.push_str(part.trim_end_matches('#'));
                if part.ends_with('#') {
                    text.push_str(&number());
                }
            }
            Bytes::from(text)
        })
        .collect()
}

/// Nanoseconds an operation takes in the best of five tries of so many rounds.
fn best(rounds: usize, mut operation: impl FnMut(usize)) -> u128 {
    let tries = (0..5).map(|_| {
        let from = Instant::now();
        (0..rounds).for_each(&mut operation);
        from.elapsed().as_nanos() / rounds.max(1) as u128
    });
    tries.min().unwrap_or_default()
}

fn main() {
    let rounds: usize = std::env::args()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(200_000);
    let decoder = Decoder::new("tn", &catalog(), &[], Limits::default());
    let source = SourceName::new("bench");
    let topics: Vec<String> = (0..ASSETS)
        .map(|n| format!("ioc/v1/tn/wifi/ap/ap-{n:04}/tele"))
        .collect();
    println!(
        "| payload | bytes | ns, best of 5 | floor: serde_json over the same bytes into nothing |"
    );
    println!("|---|---|---|---|");
    for (name, pattern) in PAYLOADS {
        let payloads = variants(pattern);
        let bytes: usize = payloads.iter().map(Bytes::len).sum();
        let decoding = best(rounds, |n| {
            let arrival = Arrival {
                source: &source,
                topic: &topics[n % ASSETS],
                payload: payloads[n % VARIANTS].clone(),
                received: Time::from_millis(1_795_419_000_000),
                qos: QoS::AtMostOnce,
                retain: false,
            };
            drop(black_box(decoder.decode(black_box(&arrival))));
        });
        let floor = best(rounds, |n| {
            let parsed = serde_json::from_slice::<IgnoredAny>(black_box(&payloads[n % VARIANTS]));
            drop(black_box(parsed));
        });
        println!("| {name} | {} | {decoding} | {floor} |", bytes / VARIANTS);
    }
}
