//! What single words of a simulation file do: times a device knows, values that are held, fields only some assets have,
//! terms scaled by the registry, rhythms of the real clock.

#![expect(clippy::unwrap_used, reason = "a test may fail on the spot")]

mod support;

use std::sync::Arc;

use model::{SourceFile, Span, Time};
use serde_json::Value as Json;
use support::{START, asset, hamlet, payload};

/// What an asset says in twenty minutes of a day that begins at eight, stuck from minute 5 to 10: send time and values.
fn says(id: &str, start: Time) -> Vec<(Time, Json)> {
    let text = "version: 1\nday_begins: \"08:00\"\nrandom_faults: false\nweather: {seeded: false}\nsteps:\n  \
         - {name: x, at: 5m, fault: stuck, on: {asset: van-1}, lasts: 5m}\n";
    let mut city = city::City::clone(&hamlet());
    city.scenarios.push(SourceFile {
        path: "scenarios/inline.yaml".into(),
        text: text.into(),
    });
    let prepared =
        simulators::living_city::prepare(&Arc::new(city), 3, 1.0, Some("inline"), start, 1);
    let mut messages = prepared.unwrap().fleet.advance(start + Span::from_mins(20));
    messages.retain(|m| asset(m) == id);
    let said = messages.iter();
    said.map(|m| (m.due, payload(m)["v"].clone())).collect()
}

fn time(values: &Json, field: &str) -> Time {
    Time::from_millis(values[field].as_i64().unwrap())
}

#[test]
fn a_held_time_stands_while_the_device_reports_on() {
    let said = says("van-1", START);
    let minute = |due: Time| due.since(START).millis() / 60_000;
    for (due, values) in said
        .iter()
        .filter(|(due, _)| !(5..10).contains(&minute(*due)))
    {
        assert_eq!(time(values, "seenAt"), *due);
    }
    let held: Vec<&(Time, Json)> = said
        .iter()
        .filter(|(due, _)| (5..10).contains(&minute(*due)))
        .collect();
    assert!(held.len() >= 5, "{held:?}");
    for (_, values) in held {
        assert!(
            time(values, "seenAt") < START + Span::from_mins(5),
            "{values}"
        );
    }
}

#[test]
fn what_is_done_every_ten_minutes_was_done_less_than_ten_minutes_ago_and_at_a_phase_of_its_own() {
    let said = says("van-1", START);
    let mut done: Vec<Time> = said.iter().map(|(_, v)| time(v, "doneAt")).collect();
    for ((due, _), done) in said.iter().zip(&done) {
        let ago = due.since(*done);
        assert!(ago >= Span::ZERO && ago < Span::from_mins(10), "{ago:?}");
    }
    done.dedup();
    assert!(done.len() >= 2);
    for pair in done.windows(2) {
        assert_eq!(pair[1].since(pair[0]), Span::from_mins(10));
    }
    let (_, other) = &says("van-2", START)[0];
    assert_ne!(time(other, "doneAt").since(done[0]).millis() % 600_000, 0);
}

#[test]
fn a_field_is_sent_by_the_assets_it_is_meant_for() {
    assert!(says("van-1", START).iter().all(|(_, v)| v["pump"] == true));
    assert!(
        says("van-2", START)
            .iter()
            .all(|(_, v)| v.get("pump").is_none())
    );
}

#[test]
fn a_rhythm_of_the_real_clock_does_not_follow_a_moved_day_and_a_term_follows_the_registry() {
    // 14:30 outside, eight in the morning of the scenario: the lamps are off; eight hours later they are on.
    let latitude = |id: &str, start| says(id, start)[0].1["lat"].as_f64().unwrap();
    let night = START + Span::from_mins(8 * 60);
    assert_eq!(latitude("van-1", START).to_string(), "20");
    assert_eq!(latitude("van-1", night).to_string(), "20.5");
    assert_eq!(latitude("van-2", night).to_string(), "19.5");
}
