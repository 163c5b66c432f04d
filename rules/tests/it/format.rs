//! The formatter: one form, and in it everything that was there.

use std::path::Path;

use expect_test::{Expect, expect};
use model::SourceFile;

use crate::support::{self, rule_files};

fn source(path: &str, text: &str) -> SourceFile {
    SourceFile {
        path: path.into(),
        text: text.into(),
    }
}

fn formatted(text: &str) -> String {
    rules::format(0, &source("a.yaml", text)).unwrap_or_else(|p| panic!("{p:?} of\n{text}"))
}

#[track_caller]
fn check(text: &str, expected: &Expect) {
    let once = formatted(text);
    expected.assert_eq(&once);
    assert_eq!(formatted(&once), once, "a second time");
}

#[test]
fn keys_stand_in_order_and_values_in_one_style() {
    check(
        r#"
group: "flood"
version: 1
rules:
- severity: 'high'
  when:   height>=27.0&&!pump
  alert: "RiverHigh"
  by: [ asset ]
  on: 'env/river'
  summary: {vi: 'mực nước {{height}} m', en: water}
  labels: {floor: "3", team: "pccc", 'on': "yes"}
  extra: kept
- {alert: B, on: env/river, absent: "15m", severity: low}
"#,
        &expect![[r#"
            version: 1
            group: flood
            rules:
              - alert: RiverHigh
                on: env/river
                by: [asset]
                when: height >= 27.0 && !pump
                severity: high
                labels: {floor: "3", team: pccc, on: "yes"}
                summary: {vi: "mực nước {{height}} m", en: "water"}
                extra: kept

              - alert: B
                on: env/river
                absent: 15m
                severity: low
        "#]],
    );
}

#[test]
fn sequences_and_derivations_have_an_order_of_their_own() {
    check(
        r#"
version: 1
group: crowd
rules:
- severity: high
  sequence: {steps: [{when: "apState=='down'", on: wifi/ap, as: a}, {not: {when: "mains&&a.at<at", on: wifi/site}}], within: 10m}
  by: site
  alert: A
- fields:
    clients: sum( clientsConnected.avg() )
    busiest: {title: Busiest, value: "max(clientsConnected.max())"}
  hop: {every: 5m, size: 1h}
  on: wifi/ap
  derive: wifi/use
"#,
        &expect![[r#"
            version: 1
            group: crowd
            rules:
              - alert: A
                by: site
                sequence:
                  within: 10m
                  steps: [{as: a, on: wifi/ap, when: apState == 'down'}, {not: {on: wifi/site, when: mains && a.at < at}}]
                severity: high

              - derive: wifi/use
                on: wifi/ap
                hop: {size: 1h, every: 5m}
                fields:
                  clients: sum(clientsConnected.avg())
                  busiest: {value: max(clientsConnected.max()), title: "Busiest"}
        "#]],
    );
}

#[test]
fn comments_stay_with_what_they_are_about() {
    check(
        r"# About the file.

# About the group.
version: 1
group: flood # after the domain
rules:
  # ---- rivers ----

  # About A.
  - alert: A
    severity: high # as agreed
    # About the kind.
    on: env/river
    levels: # worst first
      # the third level
      - {severity: high, when: pump} # at once
      - severity: low
        when: # between
          height > 1.0
        # for: 5m
    # limit: 3
  # About B.
  - # odd place
    alert: B
    labels: {a: b, # why a
      c: d}
    summary: >- # folded
      one
      two

      three # no comment
    # last of B
# last of all
",
        &expect![[r"
            # About the file.

            # About the group.
            version: 1
            group: flood # after the domain
            rules:
              # ---- rivers ----

              # About A.
              - alert: A
                # About the kind.
                on: env/river
                levels: # worst first
                  # the third level
                  - {severity: high, when: pump} # at once
                  - severity: low
                    when: height > 1.0 # between
                    # for: 5m
                severity: high # as agreed
                # limit: 3

              # About B.
              # odd place
              - alert: B
                labels:
                  a: b # why a
                  c: d
                summary: >- # folded
                  one
                  two

                  three # no comment
                # last of B
            # last of all
        "]],
    );
}

#[test]
fn comments_beside_quotes_and_brackets_stay() {
    check(
        "version: 1 # one\ngroup: 'mưa # gió' # two\nrules: [] # three\nextra: {a: \"b\", # four\n c: 'd'} # five\n",
        &expect![[r#"
            version: 1 # one
            group: "mưa # gió" # two
            rules: [] # three
            extra: # five
              a: b # four
              c: d
        "#]],
    );
}

#[test]
fn a_comment_below_a_text_of_several_lines_is_about_the_next_key() {
    check(
        "
version: 1
group: web
rules:
  - alert: Down
    on: wifi/ap
    when: apState == 'down'
    severity: high
    summary:
      vi: >-
        Mất kết nối
    # For the night shift.
    guidance: Call
    # Not yet known.
    whez: 1
",
        &expect![[r#"
            version: 1
            group: web
            rules:
              - alert: Down
                on: wifi/ap
                when: apState == 'down'
                severity: high
                summary:
                  vi: >-
                    Mất kết nối
                # For the night shift.
                guidance: "Call"
                # Not yet known.
                whez: 1
        "#]],
    );
}

#[test]
fn what_is_long_or_odd_keeps_its_meaning() {
    check(
        r#"
version: 1
group: flood
rules:
  - alert: A
    on: env/river
    when: "gate == 'shut' || !pump"
    clear: "!pump"
    severity: high
    limit:
    inhibited_by: [{rule: SomeVeryLongNameOfARule, on: [asset]}, {on: [asset], rule: AnotherVeryLongNameOfARule}, {rule: C, on: [asset]}]
    guidance:
      vi: |+
        một

      en: "a \"quoted\" word, a back\\slash"
    summary: "tab\there"
"#,
        &expect![[r#"
            version: 1
            group: flood
            rules:
              - alert: A
                on: env/river
                when: gate == 'shut' || !pump
                clear: "!pump"
                severity: high
                inhibited_by:
                  - {rule: SomeVeryLongNameOfARule, on: [asset]}
                  - {rule: AnotherVeryLongNameOfARule, on: [asset]}
                  - {rule: C, on: [asset]}
                limit:
                summary: "tab\there"
                guidance:
                  vi: "một\n\n"

                  en: 'a "quoted" word, a back\slash'
        "#]],
    );
}

#[test]
fn what_is_no_yaml_is_left_alone_with_its_problems() {
    let problems = rules::format(0, &source("a.yaml", "rules: [\n")).expect_err("no YAML");
    assert_eq!(problems[0].code, "yaml-syntax");
    let text = "version: 1\r\ngroup: a # x\r\n";
    assert_eq!(formatted(text), "version: 1\ngroup: a # x\n");
    assert_eq!(formatted("# only this\n"), "# only this\n");
}

/// What a file says, apart from its form: its problems, and what its rules come to.
fn meaning(
    path: &str,
    text: &str,
    pack: &support::Pack,
) -> (Vec<&'static str>, Vec<(String, u64)>) {
    let (plan, problems) = rules::compile(&[source(path, text)], 0, &pack.city);
    let mut codes: Vec<_> = problems.iter().map(|problem| problem.code).collect();
    codes.sort_unstable();
    let prints = plan.iter().flat_map(rules::Plan::prints);
    let prints = prints.map(|(name, print)| (name.to_string(), print));
    (codes, prints.collect())
}

#[track_caller]
pub(crate) fn keeps_everything(path: &str, text: &str, pack: &support::Pack) -> String {
    let once =
        rules::format(0, &source(path, text)).unwrap_or_else(|p| panic!("{path}: {p:?}\n{text}"));
    let twice = rules::format(0, &source(path, &once)).expect("its own form");
    assert_eq!(twice, once, "{path}");
    if !path.ends_with(".test.yaml") {
        assert_eq!(
            meaning(path, &once, pack),
            meaning(path, text, pack),
            "{path}\n{once}"
        );
    }
    once
}

#[test]
fn every_file_of_the_repository_keeps_its_meaning() {
    let mut files = 0;
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    for (dir, _) in rule_files() {
        let pack = support::pack_of(&dir);
        let mut paths = support::entries(&dir.join("rules"));
        paths.extend(support::entries(&golden));
        paths.retain(|path| path.extension().is_some_and(|e| e == "yaml"));
        for path in paths {
            let text = std::fs::read_to_string(&path).expect("a text");
            keeps_everything(&path.to_string_lossy(), &text, &pack);
            files += 1;
        }
    }
    assert!(files > 15, "the files are there");
}
