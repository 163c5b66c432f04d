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
