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
    let text = format!("version: 1\ngroup: flood\nrules:\n{rules}");
    let file = SourceFile {
        path: "rules.yaml".into(),
        text: text.into(),
    };
    let (plan, problems) = rules::compile(&[file], 0, &pack.city);
    assert_eq!(problems, []);
    let kind = pack.city.catalog.find("env/river").expect("a kind");
    let plan = Arc::new(plan.expect("a plan"));
    let mut engine = Engine::new(plan, Arc::clone(&pack.city), minute(0));
    let mut out = Output::default();
    for (n, (asset, height)) in (0..).zip(readings) {
        let reading = Reading {
            asset: AssetId::new(*asset),
            kind: kind.id,
            at: minute(n),
            received: minute(n),
            seq: None,
            boot: None,
            quality: Quality::Good,
            origin: Origin::Live,
            fields: vec![(kind.fields[0].id, Value::F64(*height))],
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
