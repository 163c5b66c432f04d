//! The rules of `pack/` and of `berlin/`, a city that changes its clocks, played through the timelines beside them: what
//! the language means, as an author would test it.

use crate::support::Pack;

fn check(pack: &Pack, tests_at_least: usize) {
    let tests = &pack.city.rule_tests;
    let first = pack.loaded.index_of(&tests[0]).expect("a source");
    let (outcomes, problems) = rules::testing::run(tests, first, &pack.plan, &pack.city);
    assert_eq!(problems, [], "the tests read");
    let failures: Vec<_> = outcomes
        .iter()
        .filter_map(|o| Some(format!("{} – {}\n{}", o.file, o.name, o.failure.as_ref()?)))
        .collect();
    assert!(outcomes.len() >= tests_at_least, "every test ran");
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn the_pack_s_rules_do_what_their_tests_say() {
    check(&crate::support::pack(), 21);
}

#[test]
fn calendars_hours_and_the_sun_go_by_a_clock_that_shifts() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/berlin");
    check(&crate::support::pack_of(&dir), 14);
}
