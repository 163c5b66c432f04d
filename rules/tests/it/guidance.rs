//! Guidance with places: what to do, with the values of each step.

use std::sync::Arc;

use expect_test::expect;
use model::{
    AssetId, Input, Origin, Quality, Reading, SourceFile, SourceName, Span, Stamped, Time, Value,
};
use rules::{Engine, Output};

const RULES: &str = r#"
version: 1
group: flood
rules:
  - alert: High
    on: env/river
    levels:
      - {severity: critical, when: height >= asset.bd2}
      - {severity: high, when: height >= asset.bd1}
    guidance:
      vi: "{{asset.name}} vượt {{height - asset.bd1}} m. Gọi trực ban."
      en: "{{asset.name}} is {{height - asset.bd1}} m above its first level. Call the watch."
  - alert: Basin
    on: env/river
    by: [basin]
    when: count(height >= asset.bd1) >= 1
    severity: high
    guidance: {vi: "Lưu vực {{basin}}, cao nhất {{max(height)}} m", en: "Basin {{basin}}, highest {{max(height)}} m"}
  - alert: Plain
    on: env/river
    when: height >= asset.bd2
    severity: low
    guidance: {vi: "Gọi trực ban.", en: "Call the watch."}
"#;

#[test]
fn each_step_says_what_to_do_with_its_own_values() {
    let city = crate::support::pack().city;
    let file = SourceFile {
        path: "rules.yaml".into(),
        text: RULES.into(),
    };
    let (plan, problems) = rules::compile(&[file], 0, &city);
    assert_eq!(problems, []);
    let start = Time::from_millis(0);
    let mut engine = Engine::new(Arc::new(plan.expect("a plan")), Arc::clone(&city), start);
    let kind = city.catalog.find("env/river").expect("a kind of the pack");
    let mut out = Output::default();
    for (minute, height) in [25.5, 26.25].into_iter().enumerate() {
        let stamp = start + Span::from_mins(minute as i64);
        let reading = Reading {
            asset: AssetId::new("wl-1"),
            kind: kind.id,
            at: stamp,
            received: stamp,
            seq: None,
            boot: None,
            quality: Quality::Good,
            origin: Origin::Live,
            fields: vec![(kind.fields[0].id, Value::F64(height))],
        };
        let source = SourceName::new("test");
        let input = Input::Reading { source, reading };
        engine.apply(&[Stamped { stamp, input }], &mut out);
    }
    let told = out.transitions.iter().map(|t| {
        let (vi, en) = (&t.guidance.vi, &t.guidance.en);
        format!("{} {}\n  {vi}\n  {en}\n", t.rule.name, t.severity.as_str())
    });
    expect![[r"
        Basin high
          Lưu vực cau, cao nhất 25,5 m
          Basin cau, highest 25.5 m
        High high
          Trạm Một vượt 0,5 m. Gọi trực ban.
          Trạm Một is 0.5 m above its first level. Call the watch.
        High critical
          Trạm Một vượt 1,25 m. Gọi trực ban.
          Trạm Một is 1.25 m above its first level. Call the watch.
        Plain low
          Gọi trực ban.
          Call the watch.
    "]]
    .assert_eq(&told.collect::<String>());
}
