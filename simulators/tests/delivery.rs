//! Delivery faults do to messages what their words say.

mod support;

use model::{SourceFile, Span};
use serde_json::json;
use simulators::Message;
use std::sync::Arc;
use support::{START, asset, fleet, hamlet, payload};

/// What gauge wl-1 sends in twenty minutes, with this fault from minute 5 to minute 10.
fn under(fault: &str) -> Vec<Message> {
    let text = format!(
        "version: 1\nrandom_faults: false\nweather: {{seeded: false}}\nsteps:\n  \
         - {{name: x, at: 5m, fault: {fault}, on: {{asset: wl-1}}, lasts: 5m}}\n"
    );
    let mut city = city::City::clone(&hamlet());
    city.scenarios.push(SourceFile {
        path: "scenarios/inline.yaml".into(),
        text: text.into(),
    });
    let mut fleet = fleet(&Arc::new(city), 3, Some("inline"), 1);
    let mut messages = fleet.advance(START + Span::from_mins(20));
    messages.retain(|m| asset(m) == "wl-1");
    messages
}

fn seqs(messages: &[Message]) -> Vec<u64> {
    messages
        .iter()
        .filter_map(|m| payload(m)["seq"].as_u64())
        .collect()
}

fn minute(message: &Message) -> i64 {
    message.due.since(START).millis() / 60_000
}

#[test]
fn duplicates_are_the_same_bytes_twice() {
    let messages = under("duplicated");
    let twice: Vec<&Message> = messages
        .windows(2)
        .filter(|pair| pair[0] == pair[1])
        .map(|pair| &pair[0])
        .collect();
    // Five scheduled reports and the one that tells of the change.
    assert!((5..=7).contains(&twice.len()), "{}", twice.len());
    assert!(twice.iter().all(|m| (5..10).contains(&minute(m))));
}

#[test]
fn late_messages_keep_the_time_they_were_measured_at() {
    let late: Vec<i64> = under("late")
        .iter()
        .map(|m| m.due.millis() - payload(m)["ts"].as_i64().unwrap_or_default())
        .filter(|lag| *lag != 0)
        .collect();
    assert!((5..=7).contains(&late.len()), "{late:?}");
    assert!(late.iter().all(|lag| *lag == 600_000));
}

#[test]
fn reordered_messages_swap_places_and_none_is_lost() {
    let sent = seqs(&under("reordered"));
    let mut sorted = sent.clone();
    sorted.sort_unstable();
    assert_ne!(sent, sorted);
    assert_eq!(sorted, (1..=sent.len() as u64).collect::<Vec<_>>());
}

#[test]
fn stored_readings_come_later_as_backfill() {
    let messages = under("stored");
    assert!(messages.iter().all(|m| !(5..10).contains(&minute(m))));
    let backfill: Vec<i64> = messages
        .iter()
        .map(payload)
        .filter(|p| p["q"] == json!("backfill"))
        .filter_map(|p| Some((p["ts"].as_i64()? - START.millis()) / 60_000))
        .collect();
    assert!(backfill.len() >= 5, "{backfill:?}");
    assert!(backfill.iter().all(|m| (5..10).contains(m)));
    assert_eq!(
        seqs(&messages),
        (1..=messages.len() as u64).collect::<Vec<_>>()
    );
}

#[test]
fn a_clock_goes_wrong_and_right_again() {
    let off = |fault: &str| -> Vec<i64> {
        let messages = under(fault);
        let wrong = messages.iter().filter(|m| (6..10).contains(&minute(m)));
        wrong
            .filter_map(|m| Some(payload(m)["ts"].as_i64()? - m.due.millis()))
            .collect()
    };
    assert_eq!(off("clock_ahead"), [7_200_000; 4]);
    assert!(
        off("clock_reset")
            .iter()
            .all(|off| *off < -1_000_000_000_000)
    );
}

#[test]
fn a_frozen_gauge_repeats_itself_and_a_garbled_one_cannot_be_read() {
    let frozen: Vec<_> = under("frozen")
        .iter()
        .filter(|m| (5..10).contains(&minute(m)))
        .map(|m| payload(m)["v"].clone())
        .collect();
    assert!(frozen.len() >= 5 && frozen.windows(2).all(|p| p[0] == p[1]));
    let unreadable = under("garbled")
        .iter()
        .filter(|m| serde_json::from_slice::<serde_json::Value>(&m.payload).is_err())
        .count();
    assert!((5..=7).contains(&unreadable), "{unreadable}");
}
