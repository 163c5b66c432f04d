//! What no other test noticed when one operator of the engine was another (docs/decisions/0123-mutants-are-tried-by-shards.md).

use std::fmt::Write as _;
use std::sync::Arc;

use city::City;
use expect_test::{Expect, expect};
use model::{
    Asset, AssetId, Condition, Input, Origin, Quality, Reading, SourceFile, SourceName, Span,
    Stamped, StateChange, Time, Value,
};
use rules::{Engine, MAX_UNREGISTERED, Output};

fn minute(m: i64) -> Time {
    Time::from_millis(0) + Span::from_mins(m)
}

/// The pack's city with something else about it.
fn city(change: impl Fn(&mut Vec<Arc<Asset>>)) -> Arc<City> {
    let mut city = City::clone(&crate::support::pack().city);
    change(&mut city.assets);
    Arc::new(city)
}

fn engine(city: &Arc<City>, rules: &str) -> Engine {
    let file = SourceFile {
        path: "rules.yaml".into(),
        text: format!("version: 1\ngroup: g\nrules:\n{rules}").into(),
    };
    let (plan, problems) = rules::compile(&[file], 0, city);
    assert_eq!(problems, []);
    Engine::new(Arc::new(plan.expect("a plan")), Arc::clone(city), minute(0))
}

/// One field of an asset, measured and heard in one minute.
fn heard(city: &City, asset: &str, at: i64, field: &str, value: Value) -> Stamped {
    let kind = match asset.split('-').next() {
        Some("wl") => "env/river",
        Some("ap") => "wifi/ap",
        _ => "wifi/site",
    };
    let kind = city.catalog.find(kind).expect("a kind of the pack");
    let field = kind.field(field).expect("a field of the kind").id;
    let reading = Reading {
        asset: AssetId::new(asset),
        kind: kind.id,
        at: minute(at),
        received: minute(at),
        seq: None,
        boot: None,
        quality: Quality::Good,
        origin: Origin::Live,
        fields: vec![(field, value)],
    };
    Stamped {
        stamp: minute(at),
        input: Input::Reading {
            source: SourceName::new("test"),
            reading,
        },
    }
}

fn height(city: &City, asset: &str, at: i64, value: f64) -> Stamped {
    heard(city, asset, at, "height", Value::F64(value))
}

fn told(out: &Output, expected: &Expect) {
    let mut text = String::new();
    for t in &out.transitions {
        let (at, rule, key, to) = (t.at.since(minute(0)), &t.rule.name, &t.key, t.to.as_str());
        let why = t.why.as_ref().map_or("", |why| &why.expr);
        let _ = writeln!(text, "{at} {rule} {key} {to} [{why}]");
    }
    expected.assert_eq(&text);
}

#[test]
fn what_is_not_taken_is_counted_one_by_one() {
    let city = city(|_| {});
    let mut engine = engine(&city, "  []\n");
    let known = height(&city, "wl-1", 1, 20.0);
    let stranger = |at| height(&city, "wl-lost", at, 20.0);
    let planned = height(&city, "wl-3", 1, 20.0);
    let other_kind = |at| {
        let mut heard = height(&city, "wl-1", at, 20.0);
        if let Input::Reading { reading, .. } = &mut heard.input {
            reading.kind = city.catalog.find("wifi/ap").expect("a kind").id;
        }
        heard
    };
    let inputs = [
        known.clone(),
        known.clone(),
        known.clone(),
        known,
        stranger(1),
        stranger(2),
        stranger(3),
        planned,
        other_kind(3),
        other_kind(4),
    ];
    engine.apply(&inputs, &mut Output::default());
    let counts = engine.counts();
    assert_eq!((counts.duplicates, counts.unregistered), (3, 3));
    assert_eq!(counts.kind_mismatch, 2);
}

#[test]
fn strangers_beyond_the_bound_are_counted_and_not_remembered() {
    let city = city(|_| {});
    let mut engine = engine(&city, "  []\n");
    let strangers = 0..MAX_UNREGISTERED + 2;
    let inputs: Vec<_> = strangers
        .map(|n| height(&city, &format!("wl-lost-{n}"), 1, 20.0))
        .collect();
    let mut out = Output::default();
    engine.apply(&inputs, &mut out);
    let is_new = |change: &&StateChange| matches!(change, StateChange::Registered { .. });
    let remembered = out.changes.iter().filter(is_new).count();
    let refused = engine.counts().unregistered_refused;
    assert_eq!((remembered, refused), (MAX_UNREGISTERED, 2));
}

#[test]
fn new_values_are_told_to_whoever_watches_and_to_nobody_else() {
    let city = city(|_| {});
    let readings = [
        height(&city, "wl-1", 1, 20.0),
        height(&city, "wl-1", 2, 20.0),
        height(&city, "wl-1", 3, 21.0),
    ];
    let values = |mut engine: Engine| {
        let mut out = Output::default();
        engine.apply(&readings, &mut out);
        let told = out.changes.into_iter().filter_map(|change| match change {
            StateChange::Updated { fields, .. } => Some(fields),
            _ => None,
        });
        let values = told.flatten().map(|(_, value)| value);
        values.collect::<Vec<_>>()
    };
    let (first, other) = (Some(Value::F64(20.0)), Some(Value::F64(21.0)));
    assert_eq!(values(engine(&city, "  []\n")), [first, other]);
    assert_eq!(values(engine(&city, "  []\n").unwatched()), []);
}

#[test]
fn what_ends_an_alert_is_why_it_ended() {
    let city = city(|_| {});
    let mut engine = engine(
        &city,
        "  - {alert: High, on: env/river, when: height > 25.0, clear: height < 24.0, severity: low}\n",
    );
    let mut out = Output::default();
    for (at, value) in [(1, 26.0), (2, 24.5), (3, 23.0)] {
        engine.apply(&[height(&city, "wl-1", at, value)], &mut out);
    }
    told(
        &out,
        &expect![[r"
        1m High asset=wl-1 firing [height > 25.0]
        3m High asset=wl-1 resolved [height < 24.0]
    "]],
    );
}

#[test]
fn what_cannot_stand_in_an_address_is_written_otherwise_in_a_derived_id() {
    let city = city(|assets| {
        for asset in assets.iter_mut().filter(|a| a.id.as_str() == "wl-1") {
            Arc::make_mut(asset).columns[2] = Some(Value::Text("cau 1/2, 50%\u{7}".into()));
        }
    });
    let engine = engine(
        &city,
        "  - {derive: env/basin, on: env/river, by: [basin], every: 1m, fields: {mean: avg(height.avg())}}\n",
    );
    let ids = engine.city().assets.iter().map(|asset| asset.id.as_str());
    let mut made: Vec<_> = ids.filter(|id| id.starts_with("env-basin:")).collect();
    made.sort_unstable();
    let cau = "env-basin:cau";
    assert_eq!(made, [cau, "env-basin:cau%201%2F2%2C%2050%25%07"]);
}

#[test]
fn of_two_that_share_a_column_the_one_with_the_lesser_id_is_looked_at() {
    let city = city(|assets| {
        let power = assets
            .iter()
            .find(|a| a.id.as_str() == "pw-1")
            .expect("one");
        let mut twin = Asset::clone(power);
        twin.id = AssetId::new("pw-0");
        assets.push(Arc::new(twin));
    });
    let rule = "  - {alert: Dark, on: wifi/ap, when: \"apState == 'down' && !site.mains\", severity: low}\n";
    let mut engine = engine(&city, rule);
    let mut out = Output::default();
    let mains = |asset, at, on| heard(&city, asset, at, "mains", Value::Bool(on));
    let inputs = [
        heard(&city, "ap-1", 1, "apState", Value::Symbol(1)),
        mains("pw-1", 1, false),
        mains("pw-0", 2, true),
        mains("pw-0", 3, false),
    ];
    engine.apply(&inputs, &mut out);
    told(
        &out,
        &expect![[r"
        3m Dark asset=ap-1 firing [apState == 'down' && !site.mains]
    "]],
    );
}

#[test]
fn a_derivation_asks_what_the_registry_says_of_its_members() {
    let city = city(|_| {});
    let mut engine = engine(
        &city,
        "  - {derive: env/basin, on: env/river, by: [], every: 1m, fields: {one: \"count(asset.basin == 'cau' && height.avg() > 1.0)\"}}\n",
    );
    let mut out = Output::default();
    let inputs = [
        height(&city, "wl-1", 1, 20.0),
        height(&city, "wl-2", 1, 20.0),
    ];
    engine.apply(&inputs, &mut out);
    engine.advance(minute(3), &mut out);
    let mut told = out.changes.iter().filter_map(|change| match change {
        StateChange::Updated { fields, .. } => fields[0].1.clone(),
        _ => None,
    });
    assert_eq!(told.next_back(), Some(Value::F64(2.0)));
}

/// Each outcome twice, and readings at the very edge of a wrong clock, which are not yet one.
#[test]
fn what_came_otherwise_than_live_is_counted_one_by_one() {
    const DAYS_30: i64 = 30 * 24 * 60;
    let city = city(|_| {});
    let mut engine = engine(&city, "  []\n");
    let came = |at: i64, received: i64, change: fn(&mut Reading)| {
        let mut came = height(&city, "wl-1", received, 20.0 + at as f64 / 1e6);
        if let Input::Reading { reading, .. } = &mut came.input {
            reading.at = minute(at);
            change(reading);
        }
        came
    };
    let as_it_is: fn(&mut Reading) = |_| {};
    let backfill: fn(&mut Reading) = |reading| reading.quality = Quality::Backfill;
    let retained: fn(&mut Reading) = |reading| reading.origin = Origin::Retained;
    let now = 2 * DAYS_30;
    let inputs = [
        came(now + 5, now, as_it_is),
        came(now - 60, now, as_it_is),
        came(now - DAYS_30, now, as_it_is),
        came(now - DAYS_30 - 1, now, backfill),
        came(now - DAYS_30 - 2, now, backfill),
        came(now - 3, now, retained),
        came(now - 2, now, retained),
        came(now + 6, now, as_it_is),
        came(now - DAYS_30 - 3, now, as_it_is),
    ];
    engine.apply(&inputs, &mut Output::default());
    let counts = engine.counts();
    assert_eq!(
        (counts.catch_up, counts.backfill, counts.retained),
        (2, 2, 2)
    );
    assert_eq!((counts.clock_flagged, counts.duplicates), (2, 0));
    // A clock that is wrong has its readings measured when they came: behind the first, whose clock runs ahead.
    assert_eq!((counts.late, counts.accepted), (2, 3));
}

#[test]
fn a_sum_may_be_large() {
    let city = city(|_| {});
    let rule = "  - {alert: Much, on: env/river, when: height.sum('1h') > 2400000.0 && height.sum('1h') < 2600000.0, severity: low}\n";
    let mut engine = engine(&city, rule);
    let mut out = Output::default();
    for (at, value) in [(1, 1_000_000.0), (2, 1_500_000.0), (3, 500_000.0)] {
        engine.apply(&[height(&city, "wl-1", at, value)], &mut out);
    }
    told(
        &out,
        &expect![[r"
        2m Much asset=wl-1 firing [height.sum('1h') > 2400000.0 && height.sum('1h') < 2600000.0]
        3m Much asset=wl-1 resolved [height.sum('1h') > 2400000.0 && height.sum('1h') < 2600000.0]
    "]],
    );
}

#[test]
fn what_is_usual_at_an_hour_is_known_before_the_hour_s_first_reading() {
    const WEEK: i64 = 7 * 24 * 60;
    let city = city(|_| {});
    let rule = "  - {alert: UsuallyLow, on: env/river, when: \"gate == 'shut' && height.baseline('7d') < 30.0\", severity: low}\n";
    let mut engine = engine(&city, rule);
    let mut out = Output::default();
    let gate = |at| heard(&city, "wl-1", at, "gate", Value::Symbol(1));
    let inputs = [
        height(&city, "wl-1", 10, 40.0),
        height(&city, "wl-1", 70, 20.0),
        height(&city, "wl-1", WEEK + 50, 40.0),
        gate(WEEK + 55),
        gate(WEEK + 65),
    ];
    engine.apply(&inputs, &mut out);
    told(
        &out,
        &expect![[r"
        1w1h5m UsuallyLow asset=wl-1 firing [gate == 'shut' && height.baseline('7d') < 30.0]
    "]],
    );
}

#[test]
fn what_is_usual_is_the_average_over_the_weeks() {
    const WEEK: i64 = 7 * 24 * 60;
    let city = city(|_| {});
    let rule = "  - {alert: Usually20, on: env/river, when: \"height.baseline('14d') > 19.0 && height.baseline('14d') < 21.0\", severity: low}\n";
    let mut engine = engine(&city, rule);
    let mut out = Output::default();
    let readings = [(0, 10.0), (WEEK, 30.0), (2 * WEEK, 50.0), (3 * WEEK, 50.0)];
    for (at, value) in readings {
        engine.apply(&[height(&city, "wl-1", at + 10, value)], &mut out);
    }
    let told: Vec<_> = out.transitions.iter().map(|t| (t.to, t.at)).collect();
    let (begin, end) = (minute(2 * WEEK + 10), minute(3 * WEEK + 10));
    assert_eq!(
        told,
        [(Condition::Firing, begin), (Condition::Resolved, end)]
    );
}

/// Its member is a stranger whose first reading is a fault: nothing is derived but the asset itself.
#[test]
fn a_derived_asset_without_a_first_value_is_silent_too() {
    let city = city(|_| {});
    let rules = "  - {derive: wifi/power, on: wifi/site, sliding: change, fields: {live: mains}}
  - {alert: Silent, on: wifi/power, absent: 10m, severity: low}
";
    let mut engine = engine(&city, rules);
    let up = Input::SourceUp {
        source: SourceName::new("test"),
    };
    let mut fault = heard(&city, "site-9", 1, "mains", Value::Bool(true));
    if let Input::Reading { reading, .. } = &mut fault.input {
        reading.quality = Quality::Fault;
    }
    let mut out = Output::default();
    engine.apply(
        &[
            Stamped {
                stamp: minute(0),
                input: up,
            },
            fault,
        ],
        &mut out,
    );
    engine.advance(minute(30), &mut out);
    told(
        &out,
        &expect![[r"
        10m Silent asset=wifi-power:pw-1 firing [absent: 10m]
        11m Silent asset=wifi-power:site-9 firing [absent: 10m]
    "]],
    );
}
