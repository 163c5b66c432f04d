//! The pack of Thai Nguyen: its simulation reads without a problem, and the demo is what its scenario says it is.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use model::{Span, Time};
use serde_json::Value as Json;
use simulators::Message;
use simulators::living_city;
use support::{START, asset, fleet, latest, payload, thai_nguyen};

fn demo() -> simulators::Fleet {
    fleet(&thai_nguyen(), 1, Some("demo"), 2)
}

fn minute(n: i64) -> Time {
    START + Span::from_mins(n)
}

#[test]
fn every_scenario_reads_and_names_its_alerts_in_order() {
    let city = thai_nguyen();
    for scenario in ["demo", "flood-night", "faults", "working-day"] {
        let prepared = living_city::prepare(&city, 1, 1.0, Some(scenario), START, 1).unwrap();
        assert!(!prepared.expected.is_empty(), "{scenario}");
        for expected in &prepared.expected {
            assert!(expected.fault_at <= expected.latest, "{expected:?}");
            assert!(expected.earliest <= expected.latest, "{expected:?}");
        }
        assert!(prepared.expected.is_sorted_by_key(|e| e.fault_at));
    }
}

#[test]
fn the_demo_load_is_smooth_and_bounded() {
    let messages = demo().advance(minute(2) - Span::from_millis(1));
    let mut per_second: BTreeMap<i64, usize> = BTreeMap::new();
    // The first period brings the retained states as well.
    for message in messages
        .iter()
        .filter(|m| m.due >= START + Span::from_secs(20))
    {
        *per_second.entry(message.due.millis() / 1000).or_default() += 1;
    }
    let (least, most) = (per_second.values().min(), per_second.values().max());
    assert!(
        *least.unwrap() > 250 && *most.unwrap() < 450,
        "{least:?} {most:?}"
    );
}

#[test]
fn the_cut_takes_exactly_what_hangs_below_the_ring() {
    let city = thai_nguyen();
    let mut fleet = demo();
    let calm = latest(&fleet.advance(minute(2) - Span::from_millis(1)), "apState");
    assert!(calm.values().all(|v| v == "up"));
    let cut = fleet.advance(minute(3));
    let rings = latest(&cut, "x_ringState");
    let below: BTreeSet<&str> = city
        .assets
        .iter()
        .filter(|a| {
            a.uplink
                .as_ref()
                .is_some_and(|u| u.as_str() == "ring-171-1")
        })
        .map(|a| a.id.as_str())
        .filter(|id| id.starts_with("ring-"))
        .collect();
    for (ring, state) in &rings {
        let expected = match ring.as_str() {
            "ring-171-1" => "split",
            ring if below.contains(ring) => "isolated",
            _ => "closed",
        };
        assert_eq!(state, expected, "{ring}");
    }
    let down = latest(&cut, "apState")
        .values()
        .filter(|v| *v == "down")
        .count();
    assert!((25..=39).contains(&down), "{down} access points down");
    let healed = latest(&fleet.advance(minute(11)), "apState");
    assert!(healed.values().all(|v| v == "up"));
}

#[test]
fn gia_bay_climbs_its_ladder_and_the_other_rivers_stay_low() {
    let mut fleet = demo();
    let mut at = |m| latest(&fleet.advance(minute(m)), "height");
    let gia_bay =
        |heights: &BTreeMap<String, Json>| heights["wl-gia-bay"].as_f64().unwrap_or_default();
    let start = at(4);
    assert!(gia_bay(&start) < 24.0);
    assert!((25.0..25.3).contains(&gia_bay(&at(6))));
    assert!((25.9..26.3).contains(&gia_bay(&at(8))) || gia_bay(&at(9)) > 26.0);
    let peak = at(12);
    assert!((27.0..27.4).contains(&gia_bay(&peak)));
    for (river, height) in peak.iter().filter(|(r, _)| *r != "wl-gia-bay") {
        let before = start[river].as_f64().unwrap_or_default();
        assert!(
            (height.as_f64().unwrap_or_default() - before).abs() < 0.1,
            "{river}"
        );
    }
}

/// The healthy bounds that keep the pack's rules quiet: whoever changes one or the other sees it here.
#[test]
fn outside_the_script_devices_stay_clear_of_the_rules() {
    let messages = demo().advance(minute(12));
    let values: Vec<(&Message, Json)> = messages
        .iter()
        .map(|m| (m, payload(m)["v"].clone()))
        .collect();
    let crowded = |v: &Json| has(v, "x_waitP90", 13.0, 481.0);
    let crowd: BTreeSet<&str> = values
        .iter()
        .filter(|(_, v)| crowded(v))
        .map(|(m, _)| asset(m))
        .collect();
    assert!((18..=20).contains(&crowd.len()), "{crowd:?}");
    for (message, v) in &values {
        let scripted = asset(message) == "wl-gia-bay" || crowded(v);
        let loud = has(v, "x_riseRate", 0.25, 100.0)
            || has(v, "pm25", 75.0, 1001.0)
            || has(v, "channelUtilization", 48.0, 101.0)
            || has(v, "x_authFailPct", 25.0, 101.0)
            || has(v, "precipitation", 19.0, 201.0)
            || nobody_serves(v);
        assert!(scripted || !loud, "{} {v}", message.topic);
    }
}

fn has(values: &Json, field: &str, from: f64, below: f64) -> bool {
    let value = values[field].as_f64();
    value.is_some_and(|v| v >= from && v < below)
}

fn nobody_serves(values: &Json) -> bool {
    has(values, "x_countersOpen", 0.0, 0.5) && has(values, "ticketsToServe", 0.5, 501.0)
}
