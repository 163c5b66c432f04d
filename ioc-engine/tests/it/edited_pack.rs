//! The rules are edited while the engine is down: what stands differently under the new ones is told, with its reason.

use std::fmt::Write;
use std::sync::Arc;

use expect_test::{Expect, expect};
use ioc_engine::engine::{EngineThread, Recovered, Recovery, ReloadReport, Step};
use ioc_engine::log::{InputLog, LogConfig};
use ioc_engine::pack::{self, Pack};
use ioc_engine::store::{Event, Store};
use model::{
    AssetId, FieldId, Input, KindId, Origin, Quality, Reading, SourceName, Span, Stamped, Time,
    Value,
};
use tempfile::TempDir;

use crate::support;

const START: Time = Time::from_millis(1_800_000_000_000);

/// A river at 12 m fires; the process dies; `edit` changes the rule file; what the restart tells is `expect`.
fn check(edit: impl Fn(&str) -> String, expect: &Expect) {
    let (data, town) = (tempfile::tempdir().unwrap(), support::town());
    let before = read(&town);
    {
        let (mut store, mut log) = files(&data, &before);
        let (mut core, first, _) =
            EngineThread::resume(recover(&before, &store, &log), START, &before.print);
        store.commit(&first.commit).unwrap();
        let inputs: Vec<Stamped> = (0..4).map(|s| height(s, 12.0)).collect();
        let mut step = Step::default();
        core.apply(&inputs, &mut step);
        log.append(&inputs).unwrap();
        store.commit(&step.commit).unwrap();
    }
    edit_rules(&town, edit);
    let after = read(&town);
    let (store, log) = files(&data, &after);
    let recovered = recover(&after, &store, &log);
    let report = recovered.report.clone();
    let (core, work, _) = EngineThread::resume(recovered, START, &after.print);
    let mut told = format!("divergences {}\n", report.divergences);
    for event in &work.commit.events {
        writeln!(told, "{}", line(event)).unwrap();
    }
    writeln!(told, "firing {}", core.desk().firing()).unwrap();
    expect.assert_eq(&told);
}

fn edit_rules(town: &TempDir, edit: impl Fn(&str) -> String) {
    let rules = town.path().join("rules/flood.yaml");
    let text = std::fs::read_to_string(&rules).unwrap();
    std::fs::write(&rules, edit(&text)).unwrap();
}

fn line(Event { change, .. }: &Event) -> String {
    let (alert, after) = (&change.alert, change.at.since(START));
    let (rule, reason) = (&alert.rule.name, alert.reason.as_str());
    let (severity, condition) = (alert.severity.as_str(), alert.condition.as_str());
    let told = alert.escalated.iter().map(|step| format!(" !{}", step.to));
    let told = told.collect::<String>();
    format!(
        "{after} {rule} {condition} {severity} ({reason}) {:?}{told}",
        alert.labels
    )
}

fn height(second: i64, metres: f64) -> Stamped {
    let at = START + Span::from_secs(second);
    let reading = Reading {
        asset: AssetId::new("wl-1"),
        kind: KindId(0),
        at,
        received: at,
        seq: None,
        boot: None,
        quality: Quality::Good,
        origin: Origin::Live,
        fields: vec![(FieldId(0), Value::F64(metres))],
    };
    let source = SourceName::new("script");
    Stamped {
        stamp: at,
        input: Input::Reading { source, reading },
    }
}

fn read(town: &TempDir) -> Pack {
    let reading = pack::read(town.path());
    reading
        .pack
        .unwrap_or_else(|| panic!("{:#?}", reading.diagnostics))
}

fn files(data: &TempDir, pack: &Pack) -> (Store, InputLog) {
    let store = Store::open(&data.path().join("ioc.db"), Arc::default()).unwrap();
    let config = LogConfig {
        dir: data.path().join("log"),
        segment_bytes: 1 << 20,
    };
    let log = InputLog::open(config, &pack.city.catalog, Arc::default()).unwrap();
    (store, log)
}

fn recover(pack: &Pack, store: &Store, log: &InputLog) -> Recovered {
    let recovery = Recovery {
        city: &pack.city,
        plan: &pack.plan,
        print: &pack.print,
        longest_shelving: Span::from_mins(480),
        now: START,
    };
    recovery.run(store, log).unwrap()
}

#[test]
fn a_reload_is_told_rule_by_rule() {
    let report = |edit: fn(&str) -> String| {
        let town = support::town();
        let before = read(&town);
        edit_rules(&town, edit);
        ReloadReport::of(&before.plan, &read(&town).plan).to_string()
    };
    let told = [
        report(|text| format!("{text}# a remark\n")),
        report(|text| text.replace("10.0", "13.0")),
        report(|text| text.replace("RiverHigh", "RiverVeryHigh")),
    ];
    expect![[r"
        rules reloaded: 4 kept, 0 changed, 0 added, 0 dropped
        rules reloaded: 3 kept, 1 changed (flood/RiverHigh), 0 added, 0 dropped
        rules reloaded: 3 kept, 0 changed, 1 added (flood/RiverVeryHigh), 1 dropped (flood/RiverHigh)"]]
    .assert_eq(&told.join("\n"));
}

#[test]
fn a_comment_changes_nothing() {
    check(
        |text| format!("{text}# a remark\n"),
        &expect![[r"
        divergences 0
        3s SourceDown pending high (source) {}
        firing 1
    "]],
    );
}

#[test]
fn a_higher_threshold_ends_what_no_longer_holds() {
    check(
        |text| text.replace("10.0", "13.0"),
        &expect![[r"
            divergences 0
            3s RiverHigh resolved high (reload) {}
            3s SourceDown pending high (source) {}
            firing 0
        "]],
    );
}

#[test]
fn a_lower_threshold_escalates() {
    check(
        |text| text.replace("14.0", "11.0").replace("13.0", "10.5"),
        &expect![[r"
            divergences 0
            3s RiverHigh firing critical (condition) {}
            3s SourceDown pending high (source) {}
            firing 1
        "]],
    );
}

#[test]
fn a_rule_that_is_gone_takes_its_alerts_with_it() {
    check(
        |text| text.replace("RiverHigh", "RiverVeryHigh"),
        &expect![[r"
            divergences 0
            3s RiverVeryHigh firing high (condition) {}
            3s RiverHigh resolved high (reload) {}
            3s SourceDown pending high (source) {}
            firing 1
        "]],
    );
}

#[test]
fn a_shorter_wait_that_is_over_by_now_escalates_at_once() {
    check(
        |text| text.replace("after: 3s", "after: 200ms"),
        &expect![[r"
            divergences 0
            3s RiverHigh firing high (condition) {} !shift-lead
            3s SourceDown pending high (source) {}
            firing 1
        "]],
    );
}
