//! What the alert of a sequence says of why it fired, and what of matches beyond the bound.

use std::fmt::Write as _;
use std::sync::Arc;

use expect_test::expect;
use model::{
    AssetId, Input, Origin, Quality, Reading, SourceFile, SourceName, Span, Stamped, Time, Value,
    Why,
};
use rules::{Engine, Output};

use crate::support::Pack;

fn minute(m: i64) -> Time {
    Time::from_millis(0) + Span::from_mins(m)
}

/// Plays heights of gauges, a reading a minute.
fn play(pack: &Pack, rules: &str, readings: &[(&str, f64)]) -> (Engine, Output) {
    let readings = readings
        .iter()
        .map(|(asset, height)| (*asset, vec![("height", Value::F64(*height))]));
    play_fields(pack, rules, readings)
}

/// Plays fields of gauges, a reading a minute, with the engine stopped and restored after each.
fn play_fields<'a>(
    pack: &Pack,
    rules: &str,
    readings: impl IntoIterator<Item = (&'a str, Vec<(&'a str, Value)>)>,
) -> (Engine, Output) {
    let text = format!("version: 1\ngroup: flood\nrules:\n{rules}");
    let file = SourceFile {
        path: "rules.yaml".into(),
        text: text.into(),
    };
    let (plan, problems) = rules::compile(&[file], 0, &pack.city);
    assert_eq!(problems, []);
    let kind = pack.city.catalog.find("env/river").expect("a kind");
    let plan = Arc::new(plan.expect("a plan"));
    let mut engine = Engine::new(Arc::clone(&plan), Arc::clone(&pack.city), minute(0));
    let mut out = Output::default();
    for (n, (asset, fields)) in (0..).zip(readings) {
        let field = |(name, value)| (kind.field(name).expect("a field").id, value);
        let reading = Reading {
            asset: AssetId::new(asset),
            kind: kind.id,
            at: minute(n),
            received: minute(n),
            seq: None,
            boot: None,
            quality: Quality::Good,
            origin: Origin::Live,
            fields: fields.into_iter().map(field).collect(),
        };
        let source = SourceName::new("test");
        let input = Input::Reading { source, reading };
        engine.apply(
            &[Stamped {
                stamp: minute(n),
                input,
            }],
            &mut out,
        );
        let (plan, city) = (Arc::clone(&plan), Arc::clone(&pack.city));
        engine = Engine::restore(plan, city, &engine.checkpoint()).expect("its own checkpoint");
    }
    (engine, out)
}

fn draw(why: &Why, depth: usize, text: &mut String) {
    let at = why
        .at
        .map_or(String::new(), |at| format!(" @{}", at.since(minute(0))));
    let note = why
        .note
        .as_ref()
        .map_or(String::new(), |note| format!(" [{note}]"));
    let (margin, value) = ("  ".repeat(depth), &why.value);
    writeln!(text, "{margin}{} = {value:?}{at}{note}", why.expr).expect("a String");
    for part in &why.parts {
        draw(part, depth + 1, text);
    }
}

const WAVE: &str = "
  - alert: Wave
    by: [basin]
    sequence:
      within: 1h
      steps:
        - {as: a, on: env/river, when: height >= 25.0}
        - {not: {on: env/river, when: pump}}
        - {as: b, on: env/river, when: height >= 24.0 && height < a.height}
    severity: high
    summary: {vi: '{{a.height}}', en: '{{basin}}: {{a.asset.name}} {{a.height}} m, {{b.height}} m'}
";

#[test]
fn each_step_is_told_with_its_asset_time_and_values() {
    let pack = crate::support::pack();
    let readings = [
        ("wl-1", 20.0),
        ("wl-2", 20.0),
        ("wl-1", 26.0),
        ("wl-2", 24.5),
        ("wl-1", 20.0),
    ];
    let (_, out) = play(&pack, WAVE, &readings);
    let mut text = String::new();
    for transition in &out.transitions {
        let (to, summary) = (transition.to.as_str(), &transition.summary.en);
        writeln!(text, "{to}: {summary}").expect("a String");
        draw(transition.why.as_ref().expect("a reason"), 1, &mut text);
    }
    expect![[r#"
        firing: cau: Trạm Một 26 m, 24.5 m
          sequence within 1h = Bool(true) @3m
            a: height >= 25.0 = Bool(true) @2m [wl-1 rose 1970-01-01T00:02:00Z]
              height = Number(26.0, Some("m"))
            b: height >= 24.0 && height < a.height = Bool(true) @3m [wl-2 rose 1970-01-01T00:03:00Z]
              height >= 24.0 = Bool(true)
                height = Number(24.5, Some("m"))
              height < a.height = Bool(true)
                height = Number(24.5, Some("m"))
                a.height = Number(26.0, Some("m"))
            not: pump = Bool(true) [did not come true meanwhile]
        resolved: cau: Trạm Một 26 m, 24.5 m
          sequence within 1h = Bool(false) @3m
            a: height >= 25.0 = Bool(true) @2m [wl-1 rose 1970-01-01T00:02:00Z; over]
              height = Number(26.0, Some("m"))
            b: height >= 24.0 && height < a.height = Bool(true) @3m [wl-2 rose 1970-01-01T00:03:00Z]
              height >= 24.0 = Bool(true)
                height = Number(24.5, Some("m"))
              height < a.height = Bool(true)
                height = Number(24.5, Some("m"))
                a.height = Number(26.0, Some("m"))
            not: pump = Bool(true) [did not come true meanwhile]
    "#]]
    .assert_eq(&text);
}

const STAGES: &str = "
  - alert: Stages
    on: env/river
    levels:
      - {severity: critical, when: height >= 26.0, clear: height < 25.5}
      - {severity: high, when: height >= 25.0}
    summary: {vi: x, en: x}
";

/// Pump and gate have turned by the time the second step rises, and the hour has gone on.
const OF_EVERY_TYPE: &str = "
  - alert: Opened
    by: [basin]
    sequence:
      within: 1h
      steps:
        - {as: a, on: env/river, when: \"height > 24.0 && pump && gate == 'open' && height.count('1h') >= 2 && now - at <= duration('1m') && height.age() < duration('2m')\"}
        - {as: b, on: env/river, when: \"height > 25.0 && a.pump && a.gate == 'open'\"}
    clear: \"!a.pump && a.gate == 'shut'\"
    severity: high
    summary: {vi: '{{a.gate}} {{a.pump}} {{basin}}', en: '{{a.gate}} {{a.pump}} at {{a.asset.name}}, {{basin}}'}
";

#[test]
fn values_of_every_type_are_told_as_they_were_when_their_step_rose() {
    let pack = crate::support::pack();
    let of = |height, gate, pump| {
        let (gate, pump) = (Value::Symbol(gate), Value::Bool(pump));
        vec![
            ("height", Value::F64(height)),
            ("gate", gate),
            ("pump", pump),
        ]
    };
    let readings = [
        ("wl-1", of(20.0, 0, true)),
        ("wl-2", of(20.0, 0, true)),
        ("wl-1", of(24.5, 0, true)),
        ("wl-1", of(24.6, 0, false)),
        ("wl-2", of(26.0, 0, true)),
        ("wl-1", of(24.6, 1, true)),
        ("wl-1", of(24.6, 1, false)),
    ];
    let (_, out) = play_fields(&pack, OF_EVERY_TYPE, readings);
    let [fired, resolved] = &out.transitions[..] else {
        panic!("{:?}", out.transitions);
    };
    let mut text = format!("{} | {}\n", fired.summary.vi, fired.summary.en);
    draw(fired.why.as_ref().expect("a reason"), 1, &mut text);
    let why = resolved.why.as_ref().expect("a reason");
    draw(why.parts.last().expect("what cleared it"), 1, &mut text);
    expect![[r#"
        open true cau | open true at Trạm Một, cau
          sequence within 1h = Bool(true) @4m
            a: height > 24.0 && pump && gate == 'open' && height.count('1h') >= 2 && now - at <= duration('1m') && height.age() < duration('2m') = Bool(true) @2m [wl-1 rose 1970-01-01T00:02:00Z; over]
              height > 24.0 = Bool(true)
                height = Number(24.5, Some("m"))
              pump = Bool(true)
              gate == 'open' = Bool(true)
                gate = Text("open")
              height.count('1h') >= 2 = Bool(true)
                height.count('1h') = Number(2.0, None)
              now - at <= duration('1m') = Bool(true)
                now - at = Text("0s")
                  now = Time(120000ms)
                  at = Time(120000ms)
              height.age() < duration('2m') = Bool(true)
                height.age() = Text("0s")
            b: height > 25.0 && a.pump && a.gate == 'open' = Bool(true) @4m [wl-2 rose 1970-01-01T00:04:00Z]
              height > 25.0 = Bool(true)
                height = Number(26.0, Some("m"))
              a.pump = Bool(true)
              a.gate == 'open' = Bool(true)
                a.gate = Text("open")
          !a.pump && a.gate == 'shut' = Bool(true)
            !a.pump = Bool(true)
              a.pump = Bool(false)
            a.gate == 'shut' = Bool(true)
              a.gate = Text("shut")
    "#]].assert_eq(&text);
}

#[test]
fn a_ladder_tells_of_the_level_it_is_on() {
    let pack = crate::support::pack();
    let heights = [25.2, 26.5, 25.4, 24.0].map(|height| ("wl-1", height));
    let (_, out) = play(&pack, STAGES, &heights);
    let mut text = String::new();
    for transition in &out.transitions {
        let why = transition.why.as_ref().expect("a reason");
        let (to, severity) = (transition.to.as_str(), transition.severity.as_str());
        writeln!(text, "{to} {severity}: {} = {:?}", why.expr, why.value).expect("a String");
    }
    expect![[r"
        firing high: height >= 25.0 = Bool(true)
        firing critical: height >= 26.0 = Bool(true)
        firing high: height >= 25.0 = Bool(true)
        resolved high: height >= 25.0 = Bool(false)
    "]]
    .assert_eq(&text);
}

const QUIET: &str = "
  - alert: Quiet
    on: env/river
    absent: 3m
    severity: low
    summary: {vi: x, en: x}
";

#[test]
fn a_group_tells_how_many_of_it_are_known() {
    let rules = "
  - alert: High
    by: [basin]
    on: env/river
    when: count() >= 1 && known_fraction() < 0.9 && avg(height) > 25.0
    min_known: 0.0
    severity: high
";
    let pack = crate::support::pack();
    let (_, out) = play(&pack, rules, &[("wl-1", 26.0)]);
    let mut text = String::new();
    for transition in &out.transitions {
        draw(transition.why.as_ref().expect("a reason"), 0, &mut text);
    }
    expect![[r#"
        count() >= 1 && known_fraction() < 0.9 && avg(height) > 25.0 = Bool(true)
          count() >= 1 = Bool(true)
            count() = Number(1.0, None) [1 of 2 members known]
          known_fraction() < 0.9 = Bool(true)
            known_fraction() = Number(0.5, None) [1 of 2 members known]
          avg(height) > 25.0 = Bool(true)
            avg(height) = Number(26.0, Some("m")) [1 of 2 members known]
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_condition_that_clears_says_so() {
    let rules = "
  - alert: High
    on: env/river
    when: height > 25.0
    clear: height < 24.0
    severity: high
";
    let readings = [("wl-1", 26.0), ("wl-1", 24.5), ("wl-1", 23.0)];
    let (_, out) = play(&crate::support::pack(), rules, &readings);
    let mut text = String::new();
    for transition in &out.transitions {
        draw(transition.why.as_ref().expect("a reason"), 0, &mut text);
    }
    expect![[r#"
        height > 25.0 = Bool(true) @0s
          height = Number(26.0, Some("m")) @0s
        height < 24.0 = Bool(true) @2m [what clears the alert]
          height = Number(23.0, Some("m")) @2m
    "#]]
    .assert_eq(&text);
}

#[test]
fn an_absence_tells_how_long_it_was_silent() {
    let pack = crate::support::pack();
    let heard = ["wl-1", "wl-2", "wl-2", "wl-2", "wl-2", "wl-1"].map(|asset| (asset, 20.0));
    let (_, out) = play(&pack, QUIET, &heard);
    let mut text = String::new();
    for transition in &out.transitions {
        writeln!(text, "{}", transition.to.as_str()).expect("a String");
        draw(transition.why.as_ref().expect("a reason"), 1, &mut text);
    }
    expect![[r"
        firing
          absent: 3m = Bool(true) @0s [silent for 3m while its source was connected]
        resolved
          absent: 3m = Bool(false) @5m [silent for 0s while its source was connected]
    "]]
    .assert_eq(&text);
}

#[test]
fn what_is_beyond_the_bound_is_counted_and_told() {
    let pack = crate::support::pack();
    let mut readings = vec![("wl-2", 20.0)];
    // Each time it rises, a match begins to wait for the other.
    for _ in 0..300 {
        readings.extend([("wl-1", 20.0), ("wl-1", 26.0)]);
    }
    readings.push(("wl-2", 24.5));
    let (engine, out) = play(&pack, &WAVE.replace("1h", "1d"), &readings);
    assert_eq!(engine.counts().sequence_matches_refused, 300 - 256);
    let why = out.transitions[0].why.as_ref().expect("a reason");
    let note = why.note.as_deref();
    assert_eq!(
        note,
        Some("44 more matches were not followed: at most 256 at once")
    );
}

#[test]
fn whole_matches_beyond_the_bound_are_counted_once() {
    let mut pack = crate::support::pack();
    let city = Arc::get_mut(&mut pack.city).expect("nobody else has it");
    let gauge = city.assets.iter().find(|a| a.id.as_str() == "wl-1");
    let gauge = Arc::clone(gauge.expect("a gauge"));
    let names: Vec<_> = (0..24).map(|n| format!("wl-9{n:02}")).collect();
    for name in &names {
        let mut other = Arc::clone(&gauge);
        Arc::make_mut(&mut other).id = AssetId::new(name.as_str());
        city.assets.push(other);
    }
    let low = names.iter().map(|name| (name.as_str(), 20.0));
    let high = names.iter().map(|name| (name.as_str(), 26.0));
    let readings: Vec<_> = low.chain(high).collect();
    let pairs = WAVE
        .replace("1h", "1d")
        .replace("height < a.height", "asset.id != a.asset.id");
    let (engine, _) = play(&pack, &pairs, &readings);
    // Of 24 gauges that stay high, any two.
    assert_eq!(engine.counts().sequence_matches_refused, 24 * 23 / 2 - 256);
}
