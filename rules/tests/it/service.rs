//! An asset leaves service and comes back: what was counted before it left counts no more, what was found out meanwhile is said.

use std::sync::Arc;

use city::City;
use expect_test::{Expect, expect};
use model::{
    AssetId, Input, Lifecycle, Origin, Quality, Reading, SourceFile, SourceName, Span, Stamped,
    Time, Value,
};
use rules::{Engine, Output, Plan};

const RULES: &str = "
version: 1
group: flood
rules:
  - alert: HighForLong
    on: env/river
    when: (height >= 25.0).held('10m')
    severity: high
";

fn minute(m: i64) -> Time {
    Time::from_millis(0) + Span::from_mins(m)
}

/// The gauge says 26 m, at the present minute by a clock that is so far ahead.
fn high(city: &City, now: i64, ahead: i64) -> Stamped {
    let kind = city.catalog.find("env/river").expect("a kind of the pack");
    Stamped {
        stamp: minute(now),
        input: Input::Reading {
            source: SourceName::new("test"),
            reading: Reading {
                asset: AssetId::new("wl-1"),
                kind: kind.id,
                at: minute(now + ahead),
                received: minute(now),
                seq: None,
                boot: None,
                quality: Quality::Good,
                origin: Origin::Live,
                fields: vec![(kind.fields[0].id, Value::F64(26.0))],
            },
        },
    }
}

/// The pack with the gauge as it is registered.
fn registered(lifecycle: Lifecycle) -> (Arc<City>, Arc<Plan>) {
    let mut city = City::clone(&crate::support::pack().city);
    for asset in &mut city.assets {
        if asset.id.as_str() == "wl-1" {
            Arc::make_mut(asset).lifecycle = lifecycle;
        }
    }
    let file = SourceFile {
        path: "rules.yaml".into(),
        text: RULES.into(),
    };
    let (plan, problems) = rules::compile(&[file], 0, &city);
    assert_eq!(problems, []);
    (Arc::new(city), Arc::new(plan.expect("a plan")))
}

/// In service until minute 6, under maintenance until minute 12, in service until minute 30. High all the time, by a clock
/// that is so far ahead while nobody looks.
fn check(ahead: i64, expected: &Expect) {
    let (city, plan) = registered(Lifecycle::InService);
    let (repaired, without) = registered(Lifecycle::Maintenance);
    let mut out = Output::default();
    let mut engine = Engine::new(Arc::clone(&plan), Arc::clone(&city), minute(0));
    engine.apply(&[high(&city, 0, 0), high(&city, 5, 0)], &mut out);
    engine.advance(minute(6), &mut out);
    let mut engine =
        Engine::restore(without, repaired, &engine.checkpoint()).expect("its own checkpoint");
    engine.apply(&[high(&city, 11, ahead)], &mut out);
    engine.advance(minute(12), &mut out);
    let mut engine =
        Engine::restore(plan, Arc::clone(&city), &engine.checkpoint()).expect("its own checkpoint");
    engine.apply(&[high(&city, 20, 0)], &mut out);
    engine.advance(minute(30), &mut out);
    let told = out.transitions.iter().map(|t| {
        let at = t.at.since(minute(0));
        format!(
            "{at} {} {} ({})\n",
            t.rule,
            t.to.as_str(),
            t.reason.as_str()
        )
    });
    expected.assert_eq(&told.collect::<String>());
}

#[test]
fn back_in_service_it_has_held_nothing() {
    check(
        0,
        &expect![[r"
            22m flood/HighForLong firing (condition)
        "]],
    );
}

#[test]
fn a_clock_found_wrong_meanwhile_is_said_when_it_is_back() {
    check(
        10,
        &expect![[r"
            12m ioc/ClockWrong firing (reload)
            20m ioc/ClockWrong resolved (condition)
            22m flood/HighForLong firing (condition)
        "]],
    );
}
