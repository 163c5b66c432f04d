//! `ioc rules check`, `fmt`, `schema`, `explain` and `test` as an author types them: the real binary, what it says, how it ends.

use std::path::Path;

use expect_test::{Expect, expect};
use tempfile::TempDir;

use crate::support;

/// A copy of the pack of these tests, with these files written over or added.
fn town(files: &[(&str, &str)]) -> TempDir {
    let town = support::town();
    for (file, text) in files {
        std::fs::write(town.path().join(file), text).unwrap();
    }
    town
}

/// What `ioc rules` with these words says in a folder: exit code, stdout, stderr.
fn said(folder: &Path, words: &[&str], input: &str) -> String {
    let words = [&["rules"], words].concat();
    support::said(&support::ioc(folder, &words, input.as_bytes()))
}

#[track_caller]
fn check(folder: &TempDir, words: &[&str], expected: &Expect) {
    expected.assert_eq(&said(folder.path(), words, ""));
}

const WRONG: &str = "version: 1
group: draft
rules:
  - alert: Rising
    on: env/rivr
    when: height > 1.0
    severity: high
  - alert: High
    on: env/river
    when: hieght >= 10.0
    sevrity: high
";

const TESTS: &str = "version: 1
rules: [RiverHigh]
tests:
  - name: the water comes late
    every: 1s
    timeline:
      wl-1: {height: 9x2 10.5x4 9x4}
    expect:
      - 3s RiverHigh wl-1 firing high
      - 7s RiverHigh wl-1 resolved high
  - name: nothing happens
    every: 1s
    timeline:
      wl-1: {height: 9x5}
    expect: []
";

#[test]
fn every_problem_of_a_file_is_underlined_in_one_run() {
    let town = town(&[("rules/draft.yaml", WRONG)]);
    check(
        &town,
        &["check", "rules/draft.yaml"],
        &expect![[r"
            exit 1
            rule-unknown-kind

              × the catalog has no kind 'env/rivr'
               ╭─[rules/draft.yaml:5:9]
             4 │   - alert: Rising
             5 │     on: env/rivr
               ·         ────────
             6 │     when: height > 1.0
               ╰────
              help: did you mean 'env/river'?

            cel-unknown-name

              × `hieght` is not known here
                ╭─[rules/draft.yaml:10:11]
              9 │     on: env/river
             10 │     when: hieght >= 10.0
                ·           ──────
             11 │     sevrity: high
                ╰────
              help: did you mean `height`?

            yaml-unknown-key

              × a rule has no key 'sevrity'
                ╭─[rules/draft.yaml:11:5]
             10 │     when: hieght >= 10.0
             11 │     sevrity: high
                ·     ───────
                ╰────
              help: did you mean 'severity'?

            note: ioc rules explain-code rule-unknown-kind says more, with an example
            ioc: 1 file: 3 errors, 0 warnings
        "]],
    );
}

#[test]
fn problems_of_other_rule_files_are_only_mentioned() {
    let town = town(&[("rules/draft.yaml", WRONG)]);
    check(
        &town,
        &["check", "rules/flood.yaml"],
        &expect![[r"
            exit 0
            1 file: 0 errors, 0 warnings
            note: other rule files of . have 3 errors, 0 warnings; without a file all are shown
        "]],
    );
}

#[test]
fn a_draft_outside_the_pack_stands_in_for_its_group() {
    let town = town(&[]);
    let draft = tempfile::tempdir().unwrap();
    std::fs::write(
        draft.path().join("draft.yaml"),
        WRONG.replace("draft", "flood"),
    )
    .unwrap();
    let city = town.path().to_str().unwrap();
    let told = said(
        draft.path(),
        &["check", "draft.yaml", "--city", city, "--format", "json"],
        "",
    );
    let document = told.trim_start_matches("exit 1\n");
    let document = document.rsplit_once("\nioc: ").unwrap().0;
    let document: serde_json::Value = serde_json::from_str(document).unwrap();
    let codes: Vec<_> = document["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| format!("{} {}", problem["code"], problem["labels"][0]["line"]))
        .collect();
    assert_eq!(
        codes,
        [
            "\"rule-unknown-kind\" 5",
            "\"cel-unknown-name\" 10",
            "\"yaml-unknown-key\" 11",
        ]
    );
    check(
        &draft,
        &["check", "draft.yaml"],
        &expect![[r"
        exit 2
        ioc: draft.yaml stands in no city pack: no folder above it has a city.yaml; name one with --city
    "]],
    );
    check(
        &draft,
        &["check", "none.yaml"],
        &expect![[r"
        exit 2
        ioc: there is no file none.yaml
    "]],
    );
}

const DRAFT: &str = "version: 1
group: flood
rules:
  - alert: RiverWet
    on: env/river
    when: height > 9.5
    severity: low
";

#[test]
fn a_draft_outside_the_pack_is_explained_and_tested_as_it_is_checked() {
    let (town, folder) = (town(&[]), tempfile::tempdir().unwrap());
    let write = |file: &str, text: &str| std::fs::write(folder.path().join(file), text).unwrap();
    write("draft.yaml", DRAFT);
    let city = town.path().to_str().unwrap();
    let run = |words: &[&str]| {
        let words = [words, &["--city", city]].concat();
        said(folder.path(), &words, "")
    };
    let explained = run(&["explain", "draft.yaml"]);
    let head = "exit 0\nflood/RiverWet\n  What      One alert for each asset of env/river";
    assert!(explained.starts_with(head), "{explained}");
    let none = "exit 1\nioc: no test is among what was asked for: those of X.yaml stand beside it in X.test.yaml; ";
    let told = run(&["test", "draft.yaml"]);
    assert!(told.starts_with(none), "{told}");
    let tests = TESTS.replace("[RiverHigh]", "[RiverWet]");
    let steps = "- 2s RiverWet wl-1 firing low\n      - 6s RiverWet wl-1 resolved low";
    let (before, after) = tests.split_once("- 3s").unwrap();
    let after = after.split_once("resolved high").unwrap().1;
    write("draft.test.yaml", &format!("{before}{steps}{after}"));
    let expected = "exit 0
ok      draft.test.yaml: the water comes late
ok      draft.test.yaml: nothing happens
2 tests, 0 failed
";
    // Whichever of the two is named.
    assert_eq!(run(&["test", "draft.yaml"]), expected);
    assert_eq!(run(&["test", "draft.test.yaml"]), expected);
    assert_eq!(
        run(&["check", "draft.yaml"]),
        "exit 0\n2 files: 0 errors, 0 warnings\n"
    );
    write("draft.yml", DRAFT);
    assert_eq!(
        run(&["explain", "draft.yml"]),
        "exit 1\nioc: draft.yml is no rule file: their names end in .yaml\n"
    );
}

#[test]
fn a_rule_is_explained_while_others_are_wrong() {
    let leans = "version: 1\ngroup: leans\nrules:\n  - {alert: A, on: env/river, when: height > 9.5, severity: low, inhibited_by: [{rule: draft/High, on: [asset]}]}\n";
    let town = town(&[("rules/wrong.yaml", WRONG), ("rules/leans.yaml", leans)]);
    let told = said(town.path(), &["explain", "RiverHigh"], "");
    assert!(told.starts_with("exit 0\nflood/RiverHigh\n"), "{told}");
    let note = "\nnote: left out, for they or what they need are wrong: rules/leans.yaml, rules/wrong.yaml; ioc rules check says how\n";
    assert!(told.ends_with(note), "{told}");
    // What is wrong is told of one that is.
    for what in ["rules/wrong.yaml", "High", "leans"] {
        let told = said(town.path(), &["explain", what], "");
        assert!(told.starts_with("exit 3\n"), "{told}");
        assert!(told.contains("`hieght` is not known here"), "{told}");
    }
}

#[test]
fn tests_are_checked_with_the_rules() {
    let town = town(&[(
        "rules/flood.test.yaml",
        &TESTS.replace("wl-1: {height: 9x5}", "wl-11: {height: 9x5}"),
    )]);
    check(
        &town,
        &["check"],
        &expect![[r"
            exit 1
            test-asset

              × there is no asset 'wl-11'
                ╭─[rules/flood.test.yaml:14:7]
             13 │     timeline:
             14 │       wl-11: {height: 9x5}
                ·       ─────
             15 │     expect: []
                ╰────
              help: did you mean 'wl-1'?

            note: ioc rules explain-code test-asset says more, with an example
            ioc: 2 files: 1 error, 0 warnings
        "]],
    );
}

#[test]
fn with_a_rule_file_go_the_tests_beside_it_and_an_event_is_about_an_asset() {
    let tests = TESTS.replace(
        "    expect: []",
        "    events: [2s offline wl-11]\n    expect: []",
    );
    let town = town(&[("rules/flood.test.yaml", &tests)]);
    check(
        &town,
        &["check", "rules/flood.yaml"],
        &expect![[r"
        exit 1
        test-asset

          × there is no asset 'wl-11'
            ╭─[rules/flood.test.yaml:15:14]
         14 │       wl-1: {height: 9x5}
         15 │     events: [2s offline wl-11]
            ·              ────────────────
         16 │     expect: []
            ╰────
          help: did you mean 'wl-1'?

        note: ioc rules explain-code test-asset says more, with an example
        ioc: 2 files: 1 error, 0 warnings
    "]],
    );
}

#[test]
fn a_test_means_the_rules_of_the_file_beside_it() {
    const OTHER: &str = "version: 1
group: other
rules:
  - {alert: RiverHigh, on: env/river, when: height > 50.0, severity: low}
";
    let sound = TESTS
        .replace("3s River", "4s River")
        .replace("      - 7s RiverHigh wl-1 resolved high\n", "");
    let town = town(&[
        ("rules/other.yaml", OTHER),
        ("rules/flood.test.yaml", &sound),
    ]);
    check(
        &town,
        &["test"],
        &expect![[r"
        exit 0
        ok      rules/flood.test.yaml: the water comes late
        ok      rules/flood.test.yaml: nothing happens
        2 tests, 0 failed
    "]],
    );
    let elsewhere = town.path().join("rules/elsewhere.test.yaml");
    std::fs::write(&elsewhere, &sound).unwrap();
    let told = said(town.path(), &["check", "rules/elsewhere.test.yaml"], "");
    assert!(told.starts_with("exit 1\n"), "{told}");
    assert!(
        told.contains("several groups have a rule 'RiverHigh': write group/RiverHigh"),
        "{told}"
    );
}

#[test]
fn a_rule_file_that_nothing_reads_is_warned_of() {
    let town = town(&[("rules/wifi2.yml", WRONG)]);
    let sub = town.path().join("rules/sub");
    std::fs::create_dir(&sub).unwrap();
    std::fs::write(sub.join("a.yaml"), WRONG).unwrap();
    check(
        &town,
        &["check"],
        &expect![[r"
        exit 0
        pack-unknown-file

          ⚠ rules/sub: nothing reads this; a pack does not know it
           ╭─[rules/sub:1:1]
           ╰────
          help: rule files end in .yaml and stand directly in rules/

        pack-unknown-file

          ⚠ rules/wifi2.yml: nothing reads this; a pack does not know it
           ╭─[rules/wifi2.yml:1:1]
           ╰────
          help: rule files end in .yaml and stand directly in rules/

        1 file: 0 errors, 2 warnings
        note: ioc rules explain-code pack-unknown-file says more, with an example
    "]],
    );
    check(
        &town,
        &["check", "rules/wifi2.yml"],
        &expect![[r"
        exit 1
        pack-unknown-file

          ⚠ rules/wifi2.yml: nothing reads this; a pack does not know it
           ╭─[rules/wifi2.yml:1:1]
           ╰────
          help: rule files end in .yaml and stand directly in rules/

        note: ioc rules explain-code pack-unknown-file says more, with an example
        ioc: no rule file is in what was named: they end in .yaml, and a pack's stand directly in its rules/; without a file the whole pack is checked
    "]],
    );
    check(
        &town,
        &["check", "rules/sub/a.yaml"],
        &expect![[r"
        exit 1
        ioc: no rule file is in what was named: they end in .yaml, and a pack's stand directly in its rules/; without a file the whole pack is checked
    "]],
    );
}

#[test]
fn where_there_is_nothing_to_look_at_one_line_says_so() {
    let (town, empty) = (town(&[]), tempfile::tempdir().unwrap());
    let pack = town.path().to_str().unwrap();
    let nothing = empty.path().to_str().unwrap();
    for (words, code, line) in [
        (
            &["check"][..],
            2,
            "there is no city pack here: no city.yaml in this folder or above it",
        ),
        (&["test"], 2, "there is no city pack here"),
        (&["fmt"], 2, "there is no city pack here"),
        (&["explain", "X"], 2, "there is no city pack here"),
        (
            &["eval", "1", "--on", "env/river"],
            2,
            "there is no city pack here",
        ),
        (
            &["schema", "--city", "."],
            2,
            ". is no city pack: it has no city.yaml",
        ),
        (
            &["check", nothing, "--city", pack],
            1,
            "no rule file is in what was named",
        ),
        (&["fmt", nothing], 1, "no rule file is in what was named"),
        (&["explain", "none.yaml"], 2, "there is no file none.yaml"),
        (
            &["explain-code", "none"],
            1,
            "codes are such as rule-unknown-kind",
        ),
    ] {
        let told = said(empty.path(), words, "");
        assert!(
            told.starts_with(&format!("exit {code}\nioc: ")),
            "{words:?}: {told}"
        );
        assert!(
            told.contains(line) && told.lines().count() == 2,
            "{words:?}: {told}"
        );
    }
}

#[test]
fn a_stranger_finds_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let whole = said(folder.path(), &["--help"], "");
    let commands = [
        "check",
        "explain-code",
        "test",
        "explain",
        "eval",
        "fmt",
        "schema",
        "backtest",
        "top",
    ];
    for command in commands {
        let help = said(folder.path(), &[command, "--help"], "");
        assert!(
            help.contains(&format!("ioc rules {command} ")),
            "{command} shows an example: {help}"
        );
        let shown = help.lines().chain(whole.lines());
        let mut examples = shown.filter(|line| line.starts_with("  ioc rules "));
        let wide = examples.find(|line| line.chars().count() > 78);
        assert_eq!(wide, None, "{command}: whole in a narrow terminal");
        assert!(
            whole.contains(&format!("\n  {command} ")),
            "{command}: {whole}"
        );
    }
}

#[test]
fn fmt_writes_what_check_asks_for_and_leaves_the_rest_alone() {
    let sound = "group: tidy # about\nversion: 1\nrules: [{severity: low, alert: A, on: env/river, when: height>1.0}]\n";
    let town = town(&[
        ("rules/tidy.yaml", sound),
        ("rules/broken.yaml", "rules: [\n"),
    ]);
    check(
        &town,
        &["fmt", "--check", "rules/tidy.yaml"],
        &expect![[r"
            exit 1
            rules/tidy.yaml:1 is not in its form
            ioc: 1 of 1 file would change; ioc rules fmt writes them
        "]],
    );
    check(
        &town,
        &["fmt", "rules"],
        &expect![[r"
            exit 1
            rules/tidy.yaml
            yaml-syntax

              × did not find expected node content
               ╭─[rules/broken.yaml:2:1]
             1 │ rules: [
               ╰────

            note: ioc rules explain-code yaml-syntax says more, with an example
            ioc: 3 files: 1 error, 0 warnings; those with problems are left as they are
        "]],
    );
    check(
        &town,
        &["fmt", "--check", "rules/tidy.yaml", "rules/flood.yaml"],
        &expect![[r"
            exit 0
            2 files, 0 changed
        "]],
    );
    let read = |file: &str| std::fs::read_to_string(town.path().join(file)).unwrap();
    assert_eq!(read("rules/broken.yaml"), "rules: [\n");
    assert_eq!(
        said(town.path(), &["fmt", "-"], sound),
        format!("exit 0\n{}", read("rules/tidy.yaml"))
    );
    expect![[r"
        version: 1
        group: tidy # about
        rules:
          - alert: A
            on: env/river
            when: height > 1.0
            severity: low
    "]]
    .assert_eq(&read("rules/tidy.yaml"));
}

#[test]
fn the_schema_knows_the_city_while_its_rules_are_wrong() {
    let town = town(&[("rules/draft.yaml", WRONG)]);
    let told = said(town.path(), &["schema", "--city", "."], "");
    let schema: serde_json::Value =
        serde_json::from_str(told.trim_start_matches("exit 0\n")).unwrap();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-07/schema#");
    assert_eq!(
        schema["definitions"]["rule"]["properties"]["on"]["enum"],
        serde_json::json!(["env/river"])
    );
    let told = said(town.path(), &["schema", "--city", "rules"], "");
    assert!(
        told.ends_with("ioc: rules is no city pack: it has no city.yaml\n"),
        "{told}"
    );
}

#[test]
fn a_file_with_derivations_is_explained_too() {
    const MADE: &str = "version: 1
group: made
rules:
  - derive: env/mean
    on: env/river
    by: []
    every: 5m
    fields: {mean: avg(height.avg())}
";
    let town = town(&[("rules/made.yaml", MADE)]);
    let by_file = said(town.path(), &["explain", "rules/made.yaml"], "");
    assert!(
        by_file.starts_with("exit 0\nenv/mean\n  What      Computes readings of env/mean"),
        "{by_file}"
    );
    let by_name = said(town.path(), &["explain", "env/mean", "--city", "."], "");
    assert_eq!(by_name, by_file);
    let schema = said(town.path(), &["schema", "--city", "."], "");
    assert!(schema.contains("\"env/mean\""), "a kind that is derived");
}

#[test]
fn rules_are_explained_by_name_by_group_and_by_file() {
    let town = town(&[]);
    let whole = said(town.path(), &["explain", "rules/flood.yaml"], "");
    assert_eq!(
        said(town.path(), &["explain", "flood", "--city", "."], ""),
        whole
    );
    expect![[r"
        exit 0
        flood/RiverHigh
          What      One alert for each asset of env/river (River level): 5 of 5 registered are in service.
          Fires     critical when `height >= 14.0` has held for 2s; over when `height < 13.0`.
                    high when `height >= 10.0` has held for 2s; over when `height < 9.0`.
                    It is one alert that climbs and descends these levels.
          Ends      It resolves when all of that has been over for 1s.
          Calls     All of its 5 possible alerts may call at once (limit 500).
                    shift-lead is told after 3s, unless somebody has acknowledged it.
                    duty-officer is told after 8s, unless it is over.
                    That counts only the time for which it calls: firing, annunciated, not shelved.
          Unknown   An asset that was never heard of, has been silent for 15m, lost its source, or
                      measures with doubtful quality is unknown.
                    Then it neither fires nor clears, its counts stand still, and an open alert stays as
                      it is (on_missing: hold).
          Late      A reading older than the newest goes into windows and history alone; one that is more
                      than 15m old neither fires nor clears.
          Woken by  height (m) reaches, crosses or leaves 9, 10, 13 and 14
                    an asset that becomes unknown (after 15m of silence) or known again
                    Other readings cost nothing.
          Memory    An open or pending alert takes about 256 B; where nothing is wrong, it keeps nothing.
          Consider  'for' of critical (2s) and high (2s) is shorter than from one reading to the next
                      (5m): a single reading decides.
                    It has no guidance: who sees the alert is not told what to do.
    "]].assert_eq(&whole);
    check(
        &town,
        &["explain", "RiverHihg", "--city", "."],
        &expect![[r"
            exit 1
            ioc: there is no rule 'RiverHihg'; did you mean 'RiverHigh'?
        "]],
    );
}

#[test]
fn a_failed_test_shows_what_was_fed_expected_and_came() {
    let town = town(&[("rules/flood.test.yaml", TESTS)]);
    check(
        &town,
        &["test", "rules"],
        &expect![[r"
            exit 1
            FAILED  rules/flood.test.yaml: the water comes late
              time  wl-1
                    height
              0s    9
              1s    9
              2s    10.5
              3s    10.5    ✗ expected RiverHigh wl-1 firing high
              4s    10.5    ✗ came     RiverHigh wl-1 firing high annunciated (condition)
              5s    10.5
              6s    9
              7s    9       ✗ expected RiverHigh wl-1 resolved high
              8s    9
              9s    9
              RiverHigh wl-1 firing high: expected at 3s, came at 4s, 1s later
              what came, as a test would say it:
                expect:
                  - 4s RiverHigh wl-1 firing high

            ok      rules/flood.test.yaml: nothing happens
            ioc: 2 tests, 1 failed
        "]],
    );
    check(
        &town,
        &["test", "rules/flood.yaml", "--filter", "NOTHING"],
        &expect![[r"
            exit 0
            ok      rules/flood.test.yaml: nothing happens
            1 test, 0 failed
        "]],
    );
    check(
        &town,
        &["test", "rules", "--filter", "elsewhere"],
        &expect![[r"
            exit 1
            ioc: no test is among what was asked for: those of X.yaml stand beside it in X.test.yaml; without a file and a filter all of them run
        "]],
    );
}

#[test]
fn outcomes_are_junit_for_ci() {
    let town = town(&[("rules/flood.test.yaml", TESTS)]);
    said(town.path(), &["test", "rules", "--junit", "out.xml"], "");
    let xml = std::fs::read_to_string(town.path().join("out.xml")).unwrap();
    expect![[r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="ioc rules test" tests="2" skipped="0" failures="1" errors="0">
            <testsuite name="rules/flood.test.yaml" tests="2" skipped="0" errors="0" failures="1">
                <testcase name="the water comes late" classname="rules/flood.test.yaml">
                    <failure message="other transitions came than were expected">  time  wl-1
                height
          0s    9
          1s    9
          2s    10.5
          3s    10.5    ✗ expected RiverHigh wl-1 firing high
          4s    10.5    ✗ came     RiverHigh wl-1 firing high annunciated (condition)
          5s    10.5
          6s    9
          7s    9       ✗ expected RiverHigh wl-1 resolved high
          8s    9
          9s    9
          RiverHigh wl-1 firing high: expected at 3s, came at 4s, 1s later
          what came, as a test would say it:
            expect:
              - 4s RiverHigh wl-1 firing high
        </failure>
                </testcase>
                <testcase name="nothing happens" classname="rules/flood.test.yaml"/>
            </testsuite>
        </testsuites>
    "#]]
    .assert_eq(&xml);
}

/// Who mends a rule tries its expression before the file is right.
#[test]
fn an_expression_is_tried_while_rules_are_wrong() {
    let wrong = "version: 1\ngroup: draft\nrules: [{alert: A, on: env/river, when: hieght > 1.0, severity: low}]\n";
    let town = town(&[("rules/draft.yaml", wrong)]);
    check(
        &town,
        &[
            "eval",
            "height > 27.0",
            "--on",
            "env/river",
            "--bind",
            "height=28.0",
        ],
        &expect![[r"
            exit 0
            bool true
        "]],
    );
    check(
        &town,
        &["eval", "true", "--on", "town/total"],
        &expect![[r"
            exit 1
            ioc: the catalog has no kind 'town/total'; kinds that rules derive are not known while something is wrong with them: ioc rules check
        "]],
    );
}
