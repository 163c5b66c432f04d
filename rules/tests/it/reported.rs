//! What a failed test shows of derived values.

use std::sync::Arc;

use expect_test::expect;
use model::SourceFile;

#[test]
fn values_that_are_others_stand_where_they_were_looked_at() {
    let pack = crate::support::pack();
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
    let source = SourceFile {
        path: "a.test.yaml".into(),
        text: text.into(),
    };
    let plan = Arc::clone(&pack.plan);
    let (outcomes, problems) = rules::testing::run(&[source], 0, &plan, &pack.city);
    assert_eq!(problems, []);
    let failure = outcomes[0].failure.as_deref().expect("wrong values");
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
    .assert_eq(&format!("{}\n{failure}", outcomes[0].name));
}

#[test]
fn every_mistake_of_a_test_is_told_in_one_run_and_none_twice() {
    let pack = crate::support::pack();
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
    let told: Vec<_> = told.collect();
    expect![[r"
        [readings] a test has no key 'readings' (here it is called 'timeline')
        [name] a test needs 'every'
        [env/rivr] the catalog has no kind 'env/rivr' (did you mean 'env/river'?)
        [{id: wl-8}] an asset needs a 'kind' of the catalog (write {id: wl-1, kind: env/river})
        [31m derived/MeanHih wl-9 firing high] there is no rule 'derived/MeanHih'; did you mean 'derived/MeanHigh'? (write '12m RiverHigh wl-gia-bay firing high')
        [31m derived/MeanHigh asset=wl-9 firing high] the key is written without its names: 'wl-9', not 'asset=wl-9' (write '12m RiverHigh wl-gia-bay firing high')
        [wl-9] 'assets' is a list; here is a map (write one asset an entry: - {id: wl-1, kind: env/river})
        [31m env-basin:cao mean=1.0] there is no asset 'env-basin:cao' (write '10m env-area-air:w1 pm25=40.5 stations=2')"]].assert_eq(&told.join("\n"));
}
