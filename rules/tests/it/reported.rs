//! What is told of tests: what a failed one shows, and what is wrong with one that proves nothing.

use std::sync::Arc;

use expect_test::expect;
use model::SourceFile;

/// Every test of a file by its name: `ok`, or its failure.
fn played(text: &str) -> String {
    let pack = crate::support::pack();
    let source = SourceFile {
        path: "a.test.yaml".into(),
        text: text.into(),
    };
    let plan = Arc::clone(&pack.plan);
    let (outcomes, problems) = rules::testing::run(&[source], 0, &plan, &pack.city);
    assert_eq!(problems, []);
    let told = outcomes.iter().map(|outcome| {
        let failure = outcome.failure.as_deref().unwrap_or("  ok\n");
        format!("{}\n{failure}", outcome.name)
    });
    told.collect()
}

/// Every problem of a file of tests: its place, what it says, and the help.
fn problems(text: &str) -> String {
    let pack = crate::support::pack();
    let source = SourceFile {
        path: "a.test.yaml".into(),
        text: text.into(),
    };
    let problems = rules::testing::check(&[source], 0, &pack.plan, &pack.city);
    let told = problems.iter().map(|problem| {
        let place = problem.labels[0].span.clone();
        let help = problem.help.as_ref();
        let help = help.map_or(String::new(), |help| format!(" ({help})"));
        format!("[{}] {}{help}", &text[place], problem.message)
    });
    told.collect::<Vec<_>>().join("\n")
}

#[test]
fn values_that_are_others_stand_where_they_were_looked_at() {
    let text = "
version: 1
tests:
  - name: two gauges
    rules: derived/MeanHigh
    every: 10m
    timeline:
      wl-1: {height: 24.0 24.0 26.0 26.0 26.0}
    expect:
      - 31m env-basin:cau stations=1 top=25.5
      - 31m env-basin:cau mean=99.5
";
    expect![[r"
        two gauges
          time  wl-1
                height
          0s    24
          ⋮
          20m   26
          30m   26
          31m           ✗ expected env-basin:cau stations=1 top=25.5
                        ✗ it was   env-basin:cau stations=1 top=26
                        ✗ expected env-basin:cau mean=99.5
                        ✗ it was   env-basin:cau mean=25.333333333333332
          40m   26
          what came, as a test would say it:
            expect:
              - 31m env-basin:cau stations=1 top=26
              - 31m env-basin:cau mean=25.333333333333332
    "]]
    .assert_eq(&played(text));
}

/// Silence is played as readings are: what fires in it is not missed because nothing comes or is expected afterwards.
#[test]
fn silence_after_the_last_reading_is_played() {
    let text = "
version: 1
tests:
  - name: absent
    rules: wifi/ApSilent
    every: 5m
    start: 2026-01-05T10:00:00+07:00
    timeline:
      ap-1: {apState: up _x40}
    expect: []
  - name: until it is stale, and not a step less
    rules: flood/RiverDrowned
    every: 7m
    timeline:
      wl-1: {height: 25.6 stale}
    expect: []
  - name: held for ten minutes
    rules: flood/GateStuck
    every: 5m
    timeline:
      wl-1: {gate: moving _x2, pump: true}
    expect: []
  - name: silent from beginning to end
    rules: flood/RiverDrowned
    every: 5m
    timeline:
      wl-1: {height: _x40}
    expect: []
";
    expect![[r"
        absent
          time   ap-1
                 apState
          0s     up
          5m     ·
          10m    ·
          15m    ·        ✗ came     ApSilent ap-1 firing low annunciated (absent)
          20m    ·
          25m    ·
          ⋮
          3h20m  ·
          wifi/ap is stale after 3m, this test's steps are 5m apart
          what came, as a test would say it:
            expect:
              - 15m ApSilent ap-1 firing low
        until it is stale, and not a step less
          time  wl-1
                height
          0s    25.6
          7m    ·
          14m   ·
          15m           ✗ came     RiverDrowned wl-1 firing critical annunciated (stale)
          21m   ·
          what came, as a test would say it:
            expect:
              - 15m RiverDrowned wl-1 firing critical
        held for ten minutes
          time  wl-1    wl-1
                gate    pump
          0s    moving  true
          5m    ·
          10m   ·             ✗ came     GateStuck wl-1 firing medium annunciated (condition)
          what came, as a test would say it:
            expect:
              - 10m GateStuck wl-1 firing medium
        silent from beginning to end
          ok
    "]]
    .assert_eq(&played(text));
}

#[test]
fn every_mistake_of_a_test_is_told_in_one_run_and_none_twice() {
    let text = "
version: 1
tests:
  - name: no every, and assets that cannot be
    assets:
      - {id: wl-9, kind: env/rivr}
      - {id: wl-8}
    readings:
      wl-9: {height: 24.0}
    expect:
      - 31m derived/MeanHih wl-9 firing high
      - 31m derived/MeanHigh asset=wl-9 firing high
  - name: assets as a map
    every: 10m
    assets: {wl-9: {kind: env/river}}
    timeline:
      wl-9: {height: 24.0}
    expect:
      - 31m env-basin:cao mean=1.0
";
    expect![[r"
        [readings] a test has no key 'readings' (here it is called 'timeline')
        [name] a test needs 'every'
        [env/rivr] the catalog has no kind 'env/rivr' (did you mean 'env/river'?)
        [{id: wl-8}] an asset needs a 'kind' of the catalog (write {id: wl-1, kind: env/river})
        [31m derived/MeanHih wl-9 firing high] there is no rule 'derived/MeanHih'; did you mean 'derived/MeanHigh'? (write '12m RiverHigh wl-gia-bay firing high')
        [31m derived/MeanHigh asset=wl-9 firing high] the key is written without its names: 'wl-9', not 'asset=wl-9' (write '12m RiverHigh wl-gia-bay firing high')
        [wl-9] 'assets' is a list; here is a map (write one asset an entry: - {id: wl-1, kind: env/river})
        [31m env-basin:cao mean=1.0] there is no asset 'env-basin:cao' (write '10m env-area-air:w1 pm25=40.5 stations=2')"]].assert_eq(&problems(text));
}

/// What names nobody, or takes no time, would play nothing and pass.
#[test]
fn a_test_that_plays_nothing_is_a_problem() {
    let text = r#"
version: 1
tests:
  - name: nobody
    every: 0s
    timeline:
      "wl-{2..1}": {height: 24.0}
      "wl-{1..2000}": {height: 24.0}
      "wl-{1-2}": {height: 24.0}
      ",": {height: 24.0}
    expect: []
  - name: nobody is registered
    every: 1m
    assets:
      - {id: "wl-{05..01}-a", kind: env/river}
      - {id: "wl-{1..2}-{1..2}", kind: env/river}
    timeline: {}
    expect: []
"#;
    expect![[r#"
        [0s] 'every' is a length of time above zero (write how long a step is: 1m)
        ["wl-{2..1}"] 'wl-{2..1}' names no asset: 2 is above 1 (write 'wl-{1..2}')
        ["wl-{1..2000}"] 'wl-{1..2000}' names more than 1000 assets (write several ranges, or fewer assets)
        ["wl-{1-2}"] 'wl-{1-2}' has no range of numbers in its braces (write 'wl-{1..12}')
        [","] ',' names no asset (write one, several or a range: wl-1, 'wl-1 wl-2', 'wl-{1..12}')
        ["wl-{05..01}-a"] 'wl-{05..01}-a' names no asset: 5 is above 1 (write 'wl-{01..05}-a')
        ["wl-{1..2}-{1..2}"] 'wl-{1..2}-{1..2}' has more than one range (write one range an id, and several ids beside each other)"#]].assert_eq(&problems(text));
}

/// Such a line fails its test whatever the rules do; what it should be is told instead.
#[test]
fn an_expectation_that_nothing_can_meet_is_a_problem() {
    let text = "
version: 1
rules: [flood/RiverHigh, wifi/CityCrowd, wifi/AreaDown, derived/MeanHigh]
tests:
  - name: of the registry
    every: 1m
    timeline:
      wl-1: {height: 24.0}
      ap-1: {apState: up}
    expect:
      - 1m RiverRising wl-1 firing medium
      - 1m RiverHigh wl-1 firing low
      - 1m RiverHigh wl-l firing high
      - 1m RiverHigh wl-2 firing high
      - 1m RiverHigh ap-1 firing high
      - 1m CityCrowd w1 firing low
      - 1m CityCrowd city firing low
      - 1m AreaDown anywhere firing high
      - 1m MeanHigh env-basin:anywhere firing high
      - 1m wl-2 height=unknown
      - 1m wl-1 height=24
      - 1m env-basin:cau mean=24
  - name: of its own
    every: 1m
    rules: [RiverHigh, attention/DownAgain]
    assets:
      - {id: wl-7, kind: env/river}
      - {id: ap-7, kind: wifi/ap}
    timeline:
      wl-7: {height: 24.0}
    expect:
      - 1m RiverHihg wl-7 firing high
      - 1m RiverHigh wl-1 firing high
      - 1m DownAgain wl-7 firing low
      - 1m DownAgain ap-7 firing low
      - 1m CityCrowd city firing low
  - name: what is wrong elsewhere is told once
    every: 1m
    rules: [RiverHihg]
    timeline:
      wl-9: {height: 24.0}
    expect:
      - 1m RiverHigh wl-9 firing high
  - name: what is derived
    every: 1m
    rules: [env/basin, MeanHigh]
    timeline:
      wl-1: {height: 24.0}
    expect:
      - 1m env/basin env-basin:cau firing high
      - 1m env-basin:cau mean=24
";
    expect![[r"
        [1m RiverRising wl-1 firing medium] 'RiverRising' is not among the rules this test compares (add it to 'rules')
        [1m RiverHigh wl-1 firing low] 'flood/RiverHigh' is never low (it is critical or high)
        [1m RiverHigh wl-l firing high] there is no asset 'wl-l' in this test (did you mean 'wl-1'?)
        [1m RiverHigh wl-2 firing high] the timeline does not name 'wl-2', so it is not in this test (name it there, with '_' where it never speaks)
        [1m RiverHigh ap-1 firing high] 'ap-1' is of wifi/ap, and 'flood/RiverHigh' is about env/river (the key is an asset of env/river)
        [1m CityCrowd w1 firing low] 'wifi/CityCrowd' is about the whole city, not 'w1' (write 'city' as its key)
        [1m wl-2 height=unknown] the timeline does not name 'wl-2', so it is not in this test (name it there, with '_' where it never speaks)
        [1m RiverHihg wl-7 firing high] there is no rule 'RiverHihg'; did you mean 'RiverHigh'? (write '12m RiverHigh wl-gia-bay firing high')
        [1m RiverHigh wl-1 firing high] there is no asset 'wl-1' in this test (did you mean 'wl-7'?)
        [1m DownAgain wl-7 firing low] 'wl-7' is of env/river, and 'attention/DownAgain' is about wifi/ap (the key is an asset of wifi/ap)
        [1m CityCrowd city firing low] 'CityCrowd' is not among the rules this test compares (add it to 'rules')
        [wl-9] there is no asset 'wl-9' (did you mean 'wl-1'?)
        [RiverHihg] there is no rule 'RiverHihg'; did you mean 'RiverHigh'?
        [1m env/basin env-basin:cau firing high] 'derived/env/basin' derives readings and raises no alert (expect what its assets show: 10m env-area-air:w1 pm25=40.5)"]].assert_eq(&problems(text));
}

/// Steps longer than a kind's `stale_after` leave its assets unknown in between.
#[test]
fn a_failure_tells_of_kinds_that_are_stale_between_the_steps() {
    let text = "
version: 1
tests:
  - name: two of an area, one after the other
    rules: wifi/AreaDown
    every: 5m
    timeline:
      ap-1: {apState: down _x2}
      ap-2: {apState: _ down}
      wl-1: {height: 24.0x3}
    expect:
      - 5m AreaDown w1 firing high
  - name: as it should be
    rules: wifi/ApDown
    every: 5m
    timeline:
      ap-1: {apState: upx3}
    expect: []
";
    expect![[r"
        two of an area, one after the other
          time  ap-1     ap-2     wl-1
                apState  apState  height
          0s    down     ·        24
          5m    ·        down     24      ✗ expected AreaDown w1 firing high
          10m   ·                 24
          wifi/ap is stale after 3m, this test's steps are 5m apart
          nothing came: `expect: []`
        as it should be
          ok
    "]]
    .assert_eq(&played(text));
}
