//! The engine was away (meaning 2): no source could tell what happened meanwhile, and all of them are lost at once.

use std::sync::Arc;

use model::{
    AssetId, Input, Origin, Quality, Reading, SourceFile, SourceName, Span, Stamped, Time, Value,
};
use rules::{Engine, Output};

/// While both gauges of the basin are known they differ.
const RULES: &str = "
version: 1
group: flood
rules:
  - alert: Alike
    on: env/river
    by: [basin]
    when: distinct(height) <= 1
    severity: low
";

#[test]
fn members_behind_two_sources_are_lost_together() {
    let city = crate::support::pack().city;
    let file = SourceFile {
        path: "rules.yaml".into(),
        text: RULES.into(),
    };
    let (plan, problems) = rules::compile(&[file], 0, &city);
    assert_eq!(problems, []);
    let kind = city.catalog.find("env/river").expect("a kind of the pack");
    let start = Time::from_millis(0);
    let at = |seconds: i64, input: Input| Stamped {
        stamp: start + Span::from_secs(seconds),
        input,
    };
    let up = |source: &str| Input::SourceUp {
        source: SourceName::new(source),
    };
    let height = |source: &str, asset: &str, height: f64| Input::Reading {
        source: SourceName::new(source),
        reading: Reading {
            asset: AssetId::new(asset),
            kind: kind.id,
            at: start,
            received: start,
            seq: None,
            boot: None,
            quality: Quality::Good,
            origin: Origin::Live,
            fields: vec![(kind.fields[0].id, Value::F64(height))],
        },
    };
    let from = start + Span::from_secs(10);
    let to = start + Span::from_secs(70);
    let inputs = [
        at(0, up("east")),
        at(0, up("west")),
        at(1, height("east", "wl-1", 22.0)),
        at(2, height("west", "wl-2", 23.0)),
        at(70, Input::Resumed { from, to }),
    ];
    let plan = Arc::new(plan.expect("a plan"));
    let mut engine = Engine::new(plan, Arc::clone(&city), start);
    let mut out = Output::default();
    engine.apply(&inputs, &mut out);
    let told = out.transitions.iter().filter(|t| *t.rule.name == *"Alike");
    let told: Vec<_> = told
        .map(|t| format!("{} {}", t.at.since(start), t.to.as_str()))
        .collect();
    // Only the first reading leaves one gauge alone.
    assert_eq!(told, ["1s firing", "2s resolved"]);
}
