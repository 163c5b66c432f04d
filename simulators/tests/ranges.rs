//! What devices send is what the catalog allows, healthy or not, whatever the seed.

mod support;

use city::City;
use model::{Span, ValueType};
use proptest::prelude::*;
use serde_json::Value as Json;
use simulators::Message;
use support::{START, fleet, hamlet, payload, thai_nguyen};

/// What is wrong with a message against the catalog; none when nothing is.
fn wrong(city: &City, message: &Message) -> Option<String> {
    let levels: Vec<&str> = message.topic.split('/').collect();
    let kind = city.catalog.find(&format!("{}/{}", levels[3], levels[4]))?;
    let json = payload(message);
    for (name, value) in json["v"].as_object()? {
        let Some(field) = kind.field(name) else {
            return Some(format!("{}: no field {name}", message.topic));
        };
        let fits = match field.value_type {
            ValueType::F64 => value.as_f64().is_some_and(|n| {
                let (low, high) = field.range.unwrap_or((f64::MIN, f64::MAX));
                (low..=high).contains(&n)
            }),
            ValueType::Bool => value.is_boolean(),
            ValueType::Symbol => value.as_str().is_some_and(|w| field.symbol(w).is_some()),
            ValueType::Text => value.is_string(),
            ValueType::Time => value.is_i64(),
        };
        if !fits {
            return Some(format!("{}: {name} is {value}", message.topic));
        }
    }
    let complete = json["ts"].is_i64() && json["seq"].is_u64() && json["boot"].is_u64();
    (!complete).then(|| format!("{}: {json}", message.topic))
}

/// A payload that a fault cut off in the middle cannot be read, by design.
fn is_whole(message: &Message) -> bool {
    serde_json::from_slice::<Json>(&message.payload).is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_seed_stays_within_the_catalog(seed in any::<u64>(), flood in any::<bool>()) {
        let city = hamlet();
        let scenario = flood.then_some("flood");
        let messages = fleet(&city, seed, scenario, 1).advance(START + Span::from_mins(5 * 60));
        for message in messages.iter().filter(|m| is_whole(m)) {
            prop_assert_eq!(wrong(&city, message), None);
        }
    }
}

#[test]
fn thai_nguyen_stays_within_its_catalog_through_the_demo() {
    let city = thai_nguyen();
    let mut fleet = fleet(&city, 1, Some("demo"), 2);
    let messages = fleet.advance(START + Span::from_mins(16));
    let wrong: Vec<String> = messages.iter().filter_map(|m| wrong(&city, m)).collect();
    assert_eq!(wrong, Vec::<String>::new());
}
