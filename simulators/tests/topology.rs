//! Faults spread along the registry's ties, to exactly those they concern.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use city::City;
use model::{SourceFile, Span};
use serde_json::Value as Json;
use support::{START, asset, fleet, hamlet, latest};

/// The test pack with a scenario of these steps.
fn with_steps(steps: &str) -> Arc<City> {
    let text =
        format!("version: 1\nrandom_faults: false\nweather: {{seeded: false}}\nsteps:\n{steps}");
    let mut city = City::clone(&hamlet());
    city.scenarios.push(SourceFile {
        path: "scenarios/inline.yaml".into(),
        text: text.into(),
    });
    Arc::new(city)
}

fn step(at: &str, fault: &str, on: &str, lasts: &str) -> String {
    format!("  - {{name: x, at: {at}, fault: {fault}, on: {{{on}}}, lasts: {lasts}}}\n")
}

/// What the retained state topics hold at a time, of those that differ from the calm before minute 5.
fn changed_states(city: &Arc<City>, field: &str, minute: i64) -> BTreeMap<String, Json> {
    let mut fleet = fleet(city, 3, Some("inline"), 2);
    let calm = latest(&fleet.advance(START + Span::from_mins(4)), field);
    let mut now = calm.clone();
    now.extend(latest(
        &fleet.advance(START + Span::from_mins(minute)),
        field,
    ));
    now.retain(|asset, value| calm.get(asset) != Some(value));
    now
}

fn names(changed: &BTreeMap<String, Json>) -> Vec<&str> {
    changed.keys().map(String::as_str).collect()
}

#[test]
fn one_cut_puts_exactly_its_ring_on_protection() {
    let city = with_steps(&step("5m", "cut", "asset: link-a2", "10m"));
    assert_eq!(names(&changed_states(&city, "operStatus", 6)), ["link-a2"]);
    let rings = changed_states(&city, "protection", 6);
    assert_eq!(
        rings,
        BTreeMap::from([("ring-a".into(), "protected".into())])
    );
    assert!(changed_states(&city, "apState", 6).is_empty());
    assert!(changed_states(&city, "protection", 17).is_empty());
}

#[test]
fn a_second_cut_splits_the_ring_and_takes_what_hangs_on_it() {
    let both =
        step("5m", "cut", "asset: link-a2", "10m") + &step("7m", "cut", "asset: link-a4", "2m");
    let city = with_steps(&both);
    let rings = changed_states(&city, "protection", 8);
    assert_eq!(rings, BTreeMap::from([("ring-a".into(), "split".into())]));
    let aps = ["ap-04", "ap-05", "ap-06", "ap-07", "ap-08"];
    assert_eq!(names(&changed_states(&city, "apState", 8)), aps);
    assert!(changed_states(&city, "apState", 11).is_empty());
}

#[test]
fn a_tail_takes_its_site_and_leaves_the_ring_alone() {
    let city = with_steps(&step("5m", "cut", "asset: link-t1", "10m"));
    let aps = ["ap-01", "ap-02", "ap-03"];
    assert_eq!(names(&changed_states(&city, "apState", 6)), aps);
    assert!(changed_states(&city, "protection", 6).is_empty());
}

#[test]
fn a_site_without_power_is_silent_and_starts_anew() {
    let city = with_steps(&step("5m", "no_power", "where: {site: site-1}", "5m"));
    let mut fleet = fleet(&city, 3, Some("inline"), 1);
    let boots = |messages: &[simulators::Message]| -> BTreeMap<String, BTreeSet<u64>> {
        let mut boots: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        for message in messages.iter().filter(|m| asset(m).starts_with("ap-")) {
            let boot = support::payload(message)["boot"].as_u64();
            boots
                .entry(asset(message).to_owned())
                .or_default()
                .extend(boot);
        }
        boots
    };
    let before = boots(&fleet.advance(START + Span::from_mins(5)));
    let during = boots(&fleet.advance(START + Span::from_mins(10) - Span::from_millis(1)));
    let after = boots(&fleet.advance(START + Span::from_mins(12)));
    let site = ["ap-04", "ap-05", "ap-06"];
    let silent: Vec<_> = before
        .keys()
        .filter(|ap| !during.contains_key(*ap))
        .collect();
    assert_eq!(silent, site);
    let anew: Vec<_> = before.iter().filter(|(ap, b)| after[*ap] != **b).collect();
    assert_eq!(anew.iter().map(|(ap, _)| *ap).collect::<Vec<_>>(), site);
}

#[test]
fn the_test_pack_is_where_it_is_said_to_be() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pack/simulation");
    assert_eq!(fs::read_dir(dir).unwrap().count(), 2);
    assert_eq!(hamlet().simulation.len(), 2);
}
