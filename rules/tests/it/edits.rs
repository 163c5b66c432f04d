//! Edits keep state (meaning 9): a checkpoint restored onto changed rules or a changed registry.

use std::fmt::Write as _;
use std::sync::Arc;

use city::City;
use expect_test::{Expect, expect};
use model::{
    AssetId, Condition, Input, KindId, Lifecycle, Origin, Quality, Reading, SourceFile, SourceName,
    Span, Stamped, Time, Transition, Value,
};
use oracles::timeline::lives;
use rules::{Engine, Output, Plan, RestoreError};

const RULES: &str = "
version: 1
group: flood
rules:
  - alert: High
    on: env/river
    when: height >= 25.0
    for: 10m
    severity: high
  - alert: Low
    on: env/river
    when: height < 20.0
    severity: low
";

fn plan(rules: &str, city: &City) -> Arc<Plan> {
    let file = SourceFile {
        path: "rules.yaml".into(),
        text: rules.into(),
    };
    let (plan, problems) = rules::compile(&[file], 0, city);
    assert_eq!(problems, []);
    Arc::new(plan.expect("a plan"))
}

fn minute(m: i64) -> Time {
    Time::from_millis(0) + Span::from_mins(m)
}

fn height(city: &City, asset: &str, at: i64, value: f64) -> Stamped {
    let kind = city.catalog.find("env/river").expect("a kind of the pack");
    Stamped {
        stamp: minute(at),
        input: Input::Reading {
            source: SourceName::new("test"),
            reading: Reading {
                asset: AssetId::new(asset),
                kind: kind.id,
                at: minute(at),
                received: minute(at),
                seq: None,
                boot: None,
                quality: Quality::Good,
                origin: Origin::Live,
                fields: vec![(kind.fields[0].id, Value::F64(value))],
            },
        },
    }
}

/// Runs the rules until minute 15, restores onto the edited ones and goes on until minute 40.
fn check(edit: impl Fn(&str) -> String, change: impl Fn(&mut City), expected: &Expect) {
    let city = crate::support::pack().city;
    let mut engine = Engine::new(plan(RULES, &city), Arc::clone(&city), minute(0));
    let mut out = Output::default();
    let before = [
        height(&city, "wl-1", 0, 26.0),
        height(&city, "wl-2", 8, 26.0),
        height(&city, "wl-1", 14, 26.0),
    ];
    engine.apply(&before, &mut out);
    engine.advance(minute(15), &mut out);
    let mut edited = City::clone(&city);
    change(&mut edited);
    let edited = Arc::new(edited);
    let plan = plan(&edit(RULES), &edited);
    let mut engine =
        Engine::restore(plan, Arc::clone(&edited), &engine.checkpoint()).expect("a checkpoint");
    let told_before = out.transitions.len();
    engine.apply(&[height(&edited, "wl-2", 20, 26.0)], &mut out);
    engine.advance(minute(25), &mut out);
    let told = out.transitions.iter().enumerate().map(|(n, t)| {
        let mark = if n < told_before { ' ' } else { '>' };
        let (at, to, severity) = (t.at.since(minute(0)), t.to.as_str(), t.severity.as_str());
        let (rule, key, reason) = (&t.rule, &t.key, t.reason.as_str());
        format!("{mark} {at} {rule} {key} {to} {severity} ({reason})\n")
    });
    expected.assert_eq(&told.collect::<String>());
}

fn with(rule: &'static str) -> impl Fn(&str) -> String {
    move |rules| format!("{rules}{rule}")
}

#[test]
fn what_only_an_edit_asks_to_be_held_counts_from_there() {
    let unheard = "
  - alert: Unheard
    on: env/river
    when: (silent('5m')).held('3m')
    severity: low
";
    check(
        with(unheard),
        |_| {},
        &expect![[r"
              0s flood/High asset=wl-1 pending high (condition)
              8m flood/High asset=wl-2 pending high (condition)
              10m flood/High asset=wl-1 firing high (condition)
            > 18m flood/High asset=wl-2 firing high (condition)
            > 18m flood/Unheard asset=wl-2 firing low (condition)
            > 20m flood/Unheard asset=wl-2 resolved low (condition)
            > 22m flood/Unheard asset=wl-1 firing low (condition)
        "]],
    );
}

/// A cause, an effect, and more alerts than are shown.
const ATTENTION: &str = "
version: 1
group: flood
rules:
  - alert: Cause
    on: env/river
    when: height >= 25.0
    severity: high
  - alert: Effect
    on: env/river
    when: height >= 24.0
    inhibited_by: [{rule: Cause, on: [asset]}]
    severity: low
  - alert: OneOnly
    on: env/river
    when: height >= 23.0
    limit: 1
    severity: low
";

/// 26 m at the first gauge and 23.5 m at the second; one rule is edited to be a draft. What that brings about.
fn check_draft(rule: &str, expected: &Expect) {
    let city = crate::support::pack().city;
    let mut engine = Engine::new(plan(ATTENTION, &city), Arc::clone(&city), minute(0));
    let both = [
        height(&city, "wl-1", 0, 26.0),
        height(&city, "wl-2", 1, 23.5),
    ];
    engine.apply(&both, &mut Output::default());
    let edited = ATTENTION.replace(rule, &format!("{rule}\n    shadow: true"));
    let plan = plan(&edited, &city);
    let bytes = engine.checkpoint();
    let mut engine = Engine::restore(plan, Arc::clone(&city), &bytes).expect("a checkpoint");
    let mut out = Output::default();
    engine.advance(minute(2), &mut out);
    let told = out.transitions.iter().map(|t| {
        let (rule, key, to, reason) = (&t.rule, &t.key, t.to.as_str(), t.reason.as_str());
        format!("{rule} {key} {to} {:?} ({reason})\n", t.annunciation)
    });
    expected.assert_eq(&told.collect::<String>());
}

#[test]
fn a_cause_that_becomes_a_draft_explains_nothing_any_more() {
    check_draft(
        "alert: Cause",
        &expect![[r"
            flood/Cause asset=wl-1 firing Shadow (reload)
            flood/Effect asset=wl-1 firing Annunciated (reload)
        "]],
    );
}

/// An effect that stands before its cause in the order of names, and settles.
const EFFECT_FIRST: &str = "
version: 1
group: flood
rules:
  - alert: Effect
    on: env/river
    when: height >= 24.0
    settle: 1m
    inhibited_by: [{rule: HighDraft, on: [asset]}]
    severity: low
  - alert: HighDraft
    on: env/river
    when: height >= 25.0
    shadow: true
    severity: high
";

#[test]
fn a_draft_that_ends_with_the_edit_that_publishes_it_explains_nothing() {
    let city = crate::support::pack().city;
    let mut engine = Engine::new(plan(EFFECT_FIRST, &city), Arc::clone(&city), minute(0));
    engine.apply(&[height(&city, "wl-1", 0, 26.0)], &mut Output::default());
    engine.advance(minute(2), &mut Output::default());
    let edited = EFFECT_FIRST.replace("25.0\n    shadow: true", "30.0");
    let plan = plan(&edited, &city);
    let bytes = engine.checkpoint();
    let mut engine = Engine::restore(plan, Arc::clone(&city), &bytes).expect("a checkpoint");
    let mut out = Output::default();
    engine.advance(minute(5), &mut out);
    let told: Vec<_> = out.transitions.iter().map(|t| t.rule.to_string()).collect();
    // What was shown stays shown: it does not settle anew.
    assert_eq!(told, ["flood/HighDraft"]);
}

#[test]
fn a_rule_that_becomes_a_draft_keeps_nobody_waiting() {
    check_draft(
        "alert: OneOnly",
        &expect![[r"
            flood/OneOnly asset=wl-1 firing Shadow (reload)
            flood/OneOnly asset=wl-2 firing Shadow (reload)
            ioc/OverLimit rule=flood/OneOnly resolved Annunciated (reload)
        "]],
    );
}

#[test]
fn the_same_rules_go_on() {
    check(
        str::to_owned,
        |_| {},
        &expect![[r"
          0s flood/High asset=wl-1 pending high (condition)
          8m flood/High asset=wl-2 pending high (condition)
          10m flood/High asset=wl-1 firing high (condition)
        > 18m flood/High asset=wl-2 firing high (condition)
    "]],
    );
}

#[test]
fn timings_and_severities_change_under_running_instances() {
    check(
        |rules| {
            rules
                .replace("for: 10m", "for: 16m")
                .replace("severity: high", "severity: critical")
        },
        |_| {},
        &expect![[r"
              0s flood/High asset=wl-1 pending high (condition)
              8m flood/High asset=wl-2 pending high (condition)
              10m flood/High asset=wl-1 firing high (condition)
            > 15m flood/High asset=wl-1 firing critical (reload)
            > 15m flood/High asset=wl-2 pending critical (reload)
            > 24m flood/High asset=wl-2 firing critical (condition)
        "]],
    );
}

#[test]
fn a_new_condition_is_looked_at_at_once() {
    check(
        |rules| {
            rules
                .replace("height >= 25.0", "height >= 27.0")
                .replace("height < 20.0", "height < 30.0")
        },
        |_| {},
        &expect![[r"
              0s flood/High asset=wl-1 pending high (condition)
              8m flood/High asset=wl-2 pending high (condition)
              10m flood/High asset=wl-1 firing high (condition)
            > 15m flood/High asset=wl-1 resolved high (reload)
            > 15m flood/High asset=wl-2 resolved high (reload)
            > 15m flood/Low asset=wl-1 firing low (reload)
            > 15m flood/Low asset=wl-2 firing low (reload)
        "]],
    );
}

#[test]
fn alerts_of_a_rule_that_is_gone_end() {
    check(
        |rules| rules.replace("alert: High", "alert: Higher"),
        |_| {},
        &expect![[r"
              0s flood/High asset=wl-1 pending high (condition)
              8m flood/High asset=wl-2 pending high (condition)
              10m flood/High asset=wl-1 firing high (condition)
            > 15m flood/High asset=wl-1 resolved high (reload)
            > 15m flood/High asset=wl-2 resolved high (reload)
            > 15m flood/Higher asset=wl-1 pending high (reload)
            > 15m flood/Higher asset=wl-2 pending high (reload)
            > 25m flood/Higher asset=wl-1 firing high (condition)
            > 25m flood/Higher asset=wl-2 firing high (condition)
        "]],
    );
}

#[test]
fn alerts_of_an_asset_that_left_service_end() {
    check(
        str::to_owned,
        |city| {
            for asset in &mut city.assets {
                if asset.id.as_str() == "wl-1" {
                    Arc::make_mut(asset).lifecycle = Lifecycle::Retired;
                }
            }
        },
        &expect![[r"
              0s flood/High asset=wl-1 pending high (condition)
              8m flood/High asset=wl-2 pending high (condition)
              10m flood/High asset=wl-1 firing high (condition)
            > 15m flood/High asset=wl-1 resolved high (decommissioned)
            > 18m flood/High asset=wl-2 firing high (condition)
        "]],
    );
}

#[test]
fn a_group_counts_a_silence_that_an_edit_asks_for_and_that_was_reached_before() {
    let quiet = "
  - alert: Quiet
    on: env/river
    by: [basin]
    when: fraction(silent('5m')) >= 0.5
    severity: low
";
    check(
        |rules| rules.replace("height < 20.0", "height < 10.0") + quiet,
        |_| {},
        &expect![[r"
              0s flood/High asset=wl-1 pending high (condition)
              8m flood/High asset=wl-2 pending high (condition)
              10m flood/High asset=wl-1 firing high (condition)
            > 15m flood/Quiet basin=cau firing low (reload)
            > 18m flood/High asset=wl-2 firing high (condition)
        "]],
    );
}

#[test]
fn a_shorter_window_ends_where_the_asset_s_newest_reading_was_measured() {
    let city = crate::support::pack().city;
    let above = |window: &str, bound: &str| {
        let rules = RULES.replace(
            "height < 20.0",
            &format!("height.max('{window}') > {bound}"),
        );
        plan(&rules, &city)
    };
    let mut engine = Engine::new(above("1h", "30.0"), Arc::clone(&city), minute(0));
    let mut out = Output::default();
    let mut without_height = height(&city, "wl-1", 20, 0.0);
    if let Input::Reading { reading, .. } = &mut without_height.input {
        reading.fields.clear();
    }
    engine.apply(&[height(&city, "wl-1", 0, 24.0), without_height], &mut out);
    let edited = above("10m", "23.0");
    let mut engine = Engine::restore(edited, Arc::clone(&city), &engine.checkpoint()).unwrap();
    engine.advance(minute(21), &mut out);
    assert_eq!(out.transitions, [], "24 m were measured 20 minutes ago");
}

#[test]
fn a_damaged_checkpoint_is_refused() {
    let city = crate::support::pack().city;
    let engine = Engine::new(plan(RULES, &city), Arc::clone(&city), minute(0));
    let restore = |bytes: &[u8]| Engine::restore(plan(RULES, &city), Arc::clone(&city), bytes);
    let bytes = engine.checkpoint();
    let cut = restore(&bytes[..bytes.len() / 2]).expect_err("half a checkpoint");
    assert!(matches!(cut, RestoreError::Damaged(_)));
    let mut other = bytes;
    other[0] = 99;
    let other = restore(&other).expect_err("another form");
    assert!(matches!(other, RestoreError::OtherForm { found: 99 }));
}

/// Two rivers rise one after the other.
const SEQUENCE: &str = "
version: 1
group: flood
rules:
  - alert: Wave
    by: [basin]
    sequence:
      within: 1h
      steps:
        - {as: a, on: env/river, when: height >= 25.0}
        - {as: b, on: env/river, when: height >= 25.0 && asset.id != a.asset.id}
    severity: high
";

/// The first river rises at minute 2; edited at minute 5, or at minute 12 with the second risen at minute 10.
fn check_wave(
    late: bool,
    edit: impl Fn(&str) -> String,
    change: impl Fn(&mut City),
    expected: &Expect,
) {
    let city = crate::support::pack().city;
    let mut engine = Engine::new(plan(SEQUENCE, &city), Arc::clone(&city), minute(0));
    let mut out = Output::default();
    let first = [
        height(&city, "wl-1", 0, 20.0),
        height(&city, "wl-2", 1, 20.0),
        height(&city, "wl-1", 2, 26.0),
    ];
    engine.apply(&first, &mut out);
    let second = height(&city, "wl-2", 10, 26.0);
    if late {
        engine.apply(std::slice::from_ref(&second), &mut out);
    }
    engine.advance(minute(if late { 12 } else { 5 }), &mut out);
    let mut edited = City::clone(&city);
    change(&mut edited);
    let edited = Arc::new(edited);
    let plan = plan(&edit(SEQUENCE), &edited);
    let mut engine =
        Engine::restore(plan, Arc::clone(&edited), &engine.checkpoint()).expect("a checkpoint");
    if !late {
        engine.apply(std::slice::from_ref(&second), &mut out);
    }
    engine.apply(&[height(&edited, "wl-1", 20, 20.0)], &mut out);
    engine.advance(minute(30), &mut out);
    let told = out.transitions.iter().map(|t| {
        let (at, to, key, reason) = (
            t.at.since(minute(0)),
            t.to.as_str(),
            &t.key,
            t.reason.as_str(),
        );
        format!("{at} {key} {to} {} ({reason})\n", t.severity.as_str())
    });
    expected.assert_eq(&told.collect::<String>());
}

fn retire_first(city: &mut City) {
    let mut assets = city.assets.iter_mut();
    let first = assets.find(|asset| asset.id.as_str() == "wl-1");
    let first = first.expect("an asset of the pack");
    Arc::make_mut(first).lifecycle = Lifecycle::Retired;
}

#[test]
fn a_match_that_waits_goes_on_after_an_edit_of_its_timings() {
    check_wave(
        false,
        |rule| {
            rule.replace("within: 1h", "within: 30m")
                .replace("high", "critical")
        },
        |_| {},
        &expect![[r"
            10m basin=cau firing critical (condition)
            20m basin=cau resolved critical (condition)
        "]],
    );
}

#[test]
fn a_shorter_while_is_over_at_once() {
    check_wave(
        false,
        |rule| rule.replace("within: 1h", "within: 3m"),
        |_| {},
        &expect![""],
    );
}

#[test]
fn other_steps_begin_anew_and_an_edit_is_no_rise() {
    check_wave(
        false,
        |rule| rule.replace("height >= 25.0", "height >= 25.5"),
        |_| {},
        &expect![""],
    );
}

#[test]
fn a_match_that_stands_ends_when_its_steps_are_edited() {
    check_wave(
        true,
        |rule| rule.replace("height >= 25.0", "height >= 25.5"),
        |_| {},
        &expect![[r"
            10m basin=cau firing high (condition)
            12m basin=cau resolved high (reload)
        "]],
    );
}

#[test]
fn a_match_of_an_asset_that_left_service_ends() {
    check_wave(false, str::to_owned, retire_first, &expect![""]);
    check_wave(
        true,
        str::to_owned,
        retire_first,
        &expect![[r"
            10m basin=cau firing high (condition)
            12m basin=cau resolved high (decommissioned)
        "]],
    );
}

const DERIVED: &str = "
version: 1
group: derived
rules:
  - derive: env/basin
    on: env/river
    by: [basin]
    every: 30m
    fields: {mean: avg(height.avg())}
  - alert: High
    on: env/basin
    when: mean >= 25.0
    severity: high
";

/// 26 m at both gauges at minutes 10 and 14, an edit at minute 15, then 22 m and 28 m; what is derived at minute 31, and
/// what was told.
fn check_derived(edit: impl Fn(&str) -> String, change: impl Fn(&mut City), expected: &Expect) {
    let city = crate::support::pack().city;
    let mut engine = Engine::new(plan(DERIVED, &city), Arc::clone(&city), minute(0));
    let mut out = Output::default();
    let before = [
        height(&city, "wl-1", 10, 26.0),
        height(&city, "wl-2", 14, 26.0),
    ];
    engine.apply(&before, &mut out);
    engine.advance(minute(15), &mut out);
    let mut edited = City::clone(&city);
    change(&mut edited);
    let edited = Arc::new(edited);
    let plan = plan(&edit(DERIVED), &edited);
    let mut engine =
        Engine::restore(plan, Arc::clone(&edited), &engine.checkpoint()).expect("a checkpoint");
    let after = [
        height(&edited, "wl-1", 20, 22.0),
        height(&edited, "wl-2", 21, 28.0),
    ];
    engine.apply(&after, &mut out);
    engine.advance(minute(31), &mut out);
    let catalog = &engine.city().catalog;
    let mut told = String::new();
    let mut derived: Vec<_> = engine
        .live()
        .assets()
        .filter(|(_, state)| state.entry().id.as_str().starts_with("env-basin"))
        .collect();
    derived.sort_by_key(|(_, state)| state.entry().id.clone());
    for (asset, state) in derived {
        let fields = &catalog.kind(state.entry().kind).fields;
        let values = fields
            .iter()
            .map(|f| (&*f.name, engine.live().value(asset, f.id)));
        let values: Vec<_> = values
            .map(|(name, value)| format!("{name} {value:?}"))
            .collect();
        writeln!(told, "{} {}", state.entry().id, values.join(", ")).expect("a String takes it");
    }
    for t in &out.transitions {
        let (at, to, reason) = (t.at.since(minute(0)), t.to.as_str(), t.reason.as_str());
        writeln!(told, "{at} {} {} {to} ({reason})", t.rule, t.key).expect("a String takes it");
    }
    expected.assert_eq(&told);
}

#[test]
fn an_open_window_goes_on_over_an_edit_of_what_is_computed() {
    check_derived(
        |rules| {
            rules.replace(
                "{mean: avg(height.avg())}",
                "{mean: avg(height.avg()), top: max(height.max())}",
            )
        },
        |_| {},
        &expect![[r"
            env-basin:cau mean Some(F64(25.5)), top Some(F64(28.0))
            30m10s derived/High asset=env-basin:cau firing (condition)
        "]],
    );
}

#[test]
fn other_windows_begin_anew_with_the_readings_that_were_kept() {
    check_derived(
        |rules| rules.replace("30m", "10m"),
        |_| {},
        &expect![[r"
            env-basin:cau mean Some(F64(28.0))
            30m10s derived/High asset=env-basin:cau firing (condition)
        "]],
    );
}

#[test]
fn a_member_that_moves_takes_its_readings_along() {
    check_derived(
        str::to_owned,
        |city| {
            for asset in &mut city.assets {
                if asset.id.as_str() == "wl-2" {
                    Arc::make_mut(asset).columns[2] = Some(Value::Text("cong".into()));
                }
            }
        },
        &expect![[r"
            env-basin:cau mean Some(F64(24.0))
            env-basin:cong mean Some(F64(27.0))
            30m10s derived/High asset=env-basin:cong firing (condition)
        "]],
    );
}

#[test]
fn a_derived_kind_takes_no_readings_from_outside() {
    let city = crate::support::pack().city;
    let mut engine = Engine::new(plan(DERIVED, &city), Arc::clone(&city), minute(0));
    let mut out = Output::default();
    let mut forged = height(&city, "env-basin:cau", 1, 99.0);
    if let Input::Reading { reading, .. } = &mut forged.input {
        reading.kind = engine.city().catalog.find("env/basin").expect("a kind").id;
    }
    engine.apply(&[forged], &mut out);
    engine.advance(minute(31), &mut out);
    assert_eq!((out.changes, out.transitions), (Vec::new(), Vec::new()));
    assert_eq!(engine.counts().derived_refused, 1);
}

/// Takes the rule away and gives it back twice while no time passes. `told`: after each edit the engine tells what it owes.
fn taken_away_and_given_back(told: bool) -> Vec<Transition> {
    let city = crate::support::pack().city;
    let (with, without) = (
        plan(RULES, &city),
        plan(RULES.split("  - alert: Low").next().expect("a part"), &city),
    );
    let mut engine = Engine::new(Arc::clone(&with), Arc::clone(&city), minute(0));
    let mut out = Output::default();
    engine.apply(&[height(&city, "wl-1", 0, 15.0)], &mut out);
    for plan in [&without, &with, &without, &with] {
        let bytes = engine.checkpoint();
        engine = Engine::restore(Arc::clone(plan), Arc::clone(&city), &bytes)
            .expect("its own checkpoint");
        if told {
            engine.advance(minute(0), &mut out);
        }
    }
    engine.advance(minute(1), &mut out);
    out.transitions
}

#[test]
fn an_alert_that_begins_anew_within_the_moment_is_another() {
    for told in [true, false] {
        let transitions = taken_away_and_given_back(told);
        let steps: Vec<_> = transitions.iter().map(|t| (t.to, t.at)).collect();
        let (firing, resolved) = (
            (Condition::Firing, minute(0)),
            (Condition::Resolved, minute(0)),
        );
        assert_eq!(steps, [firing, resolved, firing, resolved, firing]);
        assert_eq!(lives(&transitions), 1);
    }
}

#[test]
fn what_was_false_before_an_edit_of_the_steps_rises_after_it() {
    let city = crate::support::pack().city;
    let mut engine = Engine::new(plan(SEQUENCE, &city), Arc::clone(&city), minute(0));
    let mut out = Output::default();
    let before = [
        height(&city, "wl-1", 0, 20.0),
        height(&city, "wl-2", 1, 20.0),
    ];
    engine.apply(&before, &mut out);
    let edited = plan(&SEQUENCE.replace("25.0", "25.5"), &city);
    let bytes = engine.checkpoint();
    let mut engine = Engine::restore(edited, Arc::clone(&city), &bytes).expect("its own");
    let after = [
        height(&city, "wl-1", 3, 26.0),
        height(&city, "wl-2", 4, 26.0),
    ];
    engine.apply(&after, &mut out);
    let told: Vec<_> = out.transitions.iter().map(|t| (t.to, t.at)).collect();
    assert_eq!(told, [(Condition::Firing, minute(4))]);
}

/// What reads messages learned the kinds at the start; an edit may have taken one away since.
#[test]
fn a_reading_of_a_kind_that_is_not_derived_any_more_is_refused() {
    let city = crate::support::pack().city;
    let mut engine = Engine::new(plan(NOTHING, &city), Arc::clone(&city), minute(0));
    let mut late = height(&city, "env-basin:cau", 1, 99.0);
    if let Input::Reading { reading, .. } = &mut late.input {
        reading.kind = KindId(city.catalog.kinds().len() as u16);
    }
    let mut out = Output::default();
    engine.apply(&[late], &mut out);
    assert_eq!((out.changes, out.transitions), (Vec::new(), Vec::new()));
    assert_eq!(engine.counts().derived_refused, 1);
}

const NOTHING: &str = "{version: 1, group: derived, rules: []}";

/// Of an asset whose windows are long empty, the edit brings samples back that only a longer window of before still held.
#[test]
fn a_window_that_an_edit_makes_holds_nothing_that_is_too_old_for_it() {
    let city = crate::support::pack().city;
    let windows = |lengths: [&str; 2]| {
        let rules = lengths.map(|length| {
            let least = if length == "1m" { 0 } else { 99 };
            format!("  - {{alert: In{length}, on: env/river, when: \"height.count('{length}') > {least}\", severity: low}}\n")
        });
        let rules = rules.concat();
        plan(&format!("version: 1\ngroup: any\nrules:\n{rules}"), &city)
    };
    let broken = |at: i64| {
        let mut input = height(&city, "wl-1", at, 0.0);
        if let Input::Reading { reading, .. } = &mut input.input {
            reading.quality = Quality::Fault;
        }
        input
    };
    let mut engine = Engine::new(windows(["1h", "20m"]), Arc::clone(&city), minute(0));
    let mut out = Output::default();
    engine.apply(&[height(&city, "wl-1", 0, 20.0), broken(36)], &mut out);
    let bytes = engine.checkpoint();
    let edited = windows(["20m", "1m"]);
    let mut engine = Engine::restore(edited, Arc::clone(&city), &bytes).expect("its own");
    engine.apply(&[broken(37)], &mut out);
    assert_eq!(out.transitions, []);
}
