//! The examples of `docs/rule-language.md` that say so are run: rules, and the tests that follow them.

use std::path::Path;

use model::SourceFile;

const RULES: &str = "<!-- run: rules -->";
const TESTS: &str = "<!-- run: tests -->";

/// The text of the fenced block that follows.
fn block(after: &str) -> &str {
    let (_, rest) = after.split_once("```yaml\n").expect("a block follows");
    rest.split_once("\n```").expect("the block ends").0
}

fn file(text: &str) -> SourceFile {
    SourceFile {
        path: "docs/rule-language.md".into(),
        text: text.into(),
    }
}

#[test]
fn examples_do_what_the_guide_says() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rule-language.md");
    let guide = std::fs::read_to_string(guide).expect("the guide");
    let city = crate::support::pack().city;
    let mut examples = 0;
    for example in guide.split(RULES).skip(1) {
        let (plan, problems) = rules::compile(&[file(block(example))], 0, &city);
        assert_eq!(problems, [], "{example}");
        let (_, tests) = example.split_once(TESTS).expect("tests follow the rules");
        let plan = std::sync::Arc::new(plan.expect("a plan"));
        let (outcomes, problems) = rules::testing::run(&[file(block(tests))], 0, &plan, &city);
        assert_eq!(problems, [], "{example}");
        for outcome in outcomes {
            examples += 1;
            assert!(
                outcome.failure.is_none(),
                "{}\n{}",
                outcome.name,
                outcome.failure.unwrap_or_default()
            );
        }
    }
    assert!(examples > 1, "the guide has examples");
}
