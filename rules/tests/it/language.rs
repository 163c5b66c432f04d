//! The rules of `pack/` played through the timelines of `pack/rules/*.test.yaml`: what the language means, as an author
//! would test it.

#[test]
fn the_pack_s_rules_do_what_their_tests_say() {
    let pack = crate::support::pack();
    let tests = &pack.city.rule_tests;
    let first = pack.loaded.index_of(&tests[0]).expect("a source");
    let (outcomes, problems) = rules::testing::run(tests, first, &pack.plan, &pack.city);
    assert_eq!(problems, [], "the tests read");
    let failures: Vec<_> = outcomes
        .iter()
        .filter_map(|o| Some(format!("{} – {}\n{}", o.file, o.name, o.failure.as_ref()?)))
        .collect();
    assert!(outcomes.len() > 20, "every test ran");
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}
