//! `ioc rules backtest` as it is typed: over what an engine logged it tells the steps that the engine told.

mod life;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use life::{Life, Told};
use model::Span;
use serde_json::Value;

use crate::support::{self, PACK};

fn backtest(arguments: &[&str], stdin: &[u8]) -> Output {
    let words = [&["rules", "backtest"], arguments].concat();
    support::ioc(Path::new(PACK), &words, stdin)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The steps on standard output.
fn told(output: &Output) -> Vec<Told> {
    let lines = std::str::from_utf8(&output.stdout).unwrap().lines();
    let step = |line: &str| {
        let step: Value = serde_json::from_str(line).unwrap();
        let word = |name: &str| step[name].as_str().unwrap().to_owned();
        (
            word("id"),
            word("state"),
            word("severity"),
            word("annunciation"),
            step["at"].as_i64().unwrap(),
        )
    };
    lines.map(step).collect()
}

/// A life with everything in it: sources come and go, the process restarts, somebody acknowledges.
fn eventful(seed: u64) -> Life {
    let mut life = Life::begin(seed);
    life.pass(Span::from_millis(120));
    life.source(true);
    life.rain(150);
    life.acknowledge();
    life.restart(Span::from_secs(90));
    life.pass(Span::from_millis(700));
    life.source(true);
    life.rain(150);
    life.source(false);
    life.pass(Span::from_mins(30));
    life.source(true);
    life.acknowledge();
    life.rain(60);
    life.restart(Span::from_mins(50));
    life.source(true);
    life.rain(60);
    life
}

#[test]
fn the_history_of_an_engine_tells_what_the_engine_told() {
    for seed in 0..2 {
        let life = eventful(seed);
        let engine = life.told();
        assert!(engine.len() > 200, "the script must raise alerts");
        // The engine still has its data open.
        let (town, data) = (text(life.town.path()), text(life.data.path()));
        let before = files(life.data.path());
        let run = [
            "--rules",
            town,
            "--history",
            data,
            "--against",
            "running",
            "--summary",
            "json",
        ];
        let output = backtest(&run, b"");
        assert!(output.status.success(), "{}", said(&output));
        assert_eq!(told(&output), engine, "seed {seed}");
        assert_eq!(files(life.data.path()), before, "nothing is written");
        let summary: Value = serde_json::from_str(&said(&output)).unwrap();
        let difference = &summary["difference"];
        assert_eq!(
            [
                &difference["appear"],
                &difference["disappear"],
                &difference["change"]
            ],
            [0, 0, 0],
            "{difference}"
        );
        assert_eq!(summary["inputs"]["commands"], 2);
    }
}

/// Names and sizes of what is in a data folder, but for what SQLite shares among its readers.
fn files(data: &Path) -> Vec<(String, u64)> {
    let mut files = Vec::new();
    for dir in [data.to_owned(), data.join("log")] {
        for entry in std::fs::read_dir(dir).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if !name.ends_with("-shm") {
                files.push((name, entry.metadata().unwrap().len()));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn readings_as_lines_tell_what_the_engine_told_however_they_come() {
    let mut life = Life::begin(7);
    life.rain(600);
    let (engine, lines) = (life.told(), life.lines());
    assert!(engine.len() > 200, "the script must raise alerts");
    let town = text(life.town.path());
    let file = life.data.path().join("readings.jsonl");
    std::fs::write(&file, &lines).unwrap();
    let packed = life.data.path().join("readings.jsonl.zst");
    std::fs::write(&packed, zstd::encode_all(lines.as_bytes(), 1).unwrap()).unwrap();
    let from_file = backtest(&["--rules", town, "--readings", text(&file)], b"");
    assert!(from_file.status.success(), "{}", said(&from_file));
    assert_eq!(told(&from_file), engine);
    let from_pipe = backtest(&["--rules", town, "--readings", "-"], lines.as_bytes());
    let unpacked = backtest(&["--rules", town, "--readings", text(&packed)], b"");
    for other in [from_pipe, unpacked] {
        assert_eq!(other.stdout, from_file.stdout);
    }
    let gzip = backtest(&["--rules", town, "--readings", "-"], &[0x1f, 0x8b, 8, 0]);
    assert_eq!(gzip.status.code(), Some(3));
    assert!(said(&gzip).contains("zcat"), "{}", said(&gzip));
}

#[test]
fn after_a_warm_up_the_steps_are_those_of_the_whole() {
    let life = eventful(11);
    let (town, data) = (text(life.town.path()), text(life.data.path()));
    let whole = told(&backtest(&["--rules", town, "--history", data], b""));
    let from = whole[whole.len() / 2].4;
    let to = from + 40 * 60_000;
    let (from_text, to_text) = (from.to_string(), to.to_string());
    let run = [
        "--rules",
        town,
        "--history",
        data,
        "--from",
        &from_text,
        "--to",
        &to_text,
    ];
    let output = backtest(&run, b"");
    assert!(
        said(&output).contains("warm-up    39m10s: "),
        "{}",
        said(&output)
    );
    let part = told(&output);
    // An alert that began before the warm-up has another id, for its beginning is not known; its steps are the same.
    let inside = whole.iter().filter(|step| (from..=to).contains(&step.4));
    let without_id = |(_, state, severity, annunciation, at): &Told| {
        (state.clone(), severity.clone(), annunciation.clone(), *at)
    };
    assert_eq!(
        part.iter().map(without_id).collect::<Vec<_>>(),
        inside.clone().map(without_id).collect::<Vec<_>>()
    );
    let began = |step: &Told| whole.iter().find(|s| s.0 == step.0).map(|s| s.4);
    let known: Vec<_> = inside.filter(|step| began(step) >= Some(from)).collect();
    assert!(known.len() * 2 > part.len(), "the script must begin alerts");
    for step in known {
        assert!(part.contains(step), "{step:?}");
    }
}

/// A line of one gauge, so many seconds after the first.
fn gauge(seconds: i64, height: &str) -> String {
    let at = 1_800_000_000_000 + seconds * 1_000;
    format!(r#"{{"asset":"wl-1","kind":"env/river","at":{at},"v":{{"height":{height}}}}}"#)
}

#[test]
fn a_bad_line_is_told_by_its_number_and_the_run_goes_on() {
    let lines = [
        gauge(0, "9.0"),
        "not json".to_owned(),
        gauge(10, "12.0"),
        gauge(11, "\"high\""),
        // Half an hour ahead of what follows.
        gauge(1_810, "9.0"),
        gauge(12, "12.0"),
        String::new(),
        // A little late does not matter; an hour does.
        gauge(11, "12.5"),
        gauge(-3_600, "12.0"),
        gauge(30, "8.0"),
        gauge(40, "8.0"),
    ];
    let output = backtest(
        &["--rules", PACK, "--readings", "-"],
        lines.join("\n").as_bytes(),
    );
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    expect_test::expect![[r"
        period     2027-01-15 15:00:00 to 2027-01-15 15:00:40 (40s)
        inputs     readings 6; a little out of order 1; UNREADABLE 4
                   line 2: expected ident at line 1 column 2
                   line 4: height: the text 'high' where a number belongs
                   line 5: received 29m58s after the line below it, which follows the one above
                   line 9: received 1h12s before a line above it; sort the lines by 'received' (up to 1m does not matter)
                   of the readings 1 late
        alerts     1 fired, 1 high; 0 at the beginning, 0 at the end
                1  flood/RiverHigh  1 high; for 19s (median), 19s (longest)
        load       per operator (of 1) and 10 minutes: 1.00 on average, 1.0 at most (from 2027-01-15 15:00:00); more than 10 in 0.0 % of them
        noisiest
                1  flood/RiverHigh asset=wl-1
    "]]
    .assert_eq(&without_speed(&said(&output)));
    let steps = String::from_utf8(output.stdout).unwrap();
    let first = steps.lines().next().unwrap();
    expect_test::expect![[r#"{"id":"91debe196a44ee4e484e6328ef43439b","rule":"flood/RiverHigh","key":{"asset":"wl-1"},"state":"pending","severity":"high","annunciation":"settling","at":1800000010000,"started_at":1800000010000,"reason":"condition","summary":{"vi":"Trạm 1: 12 m","en":"Trạm 1: 12 m"}}"#]]
    .assert_eq(first);
}

/// All but what differs from run to run.
fn without_speed(said: &str) -> String {
    let kept = said
        .lines()
        .filter(|line| !line.starts_with("speed") && !line.starts_with("ioc:"));
    kept.flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn drafts_are_compared_with_the_rules_in_force() {
    let drafts = tempfile::tempdir().unwrap();
    let draft = "version: 1\ngroup: flood\nrules:\n  - alert: RiverHigh\n    on: env/river\n    levels:\n      - {severity: critical, when: height >= 14.0, clear: height < 13.0}\n      - {severity: high, when: height >= 11.0, clear: height < 9.0}\n    for: 2s\n    keep_firing_for: 1s\n";
    std::fs::write(drafts.path().join("draft.yaml"), draft).unwrap();
    std::fs::write(drafts.path().join("draft.test.yaml"), "no rules").unwrap();
    let mut lines = Vec::new();
    for (at, height) in [
        (0, "8.0"),
        // Reaches both marks; the draft's three seconds later.
        (10, "10.5"),
        (13, "12.0"),
        (60, "8.0"),
        // Reaches one of them.
        (100, "10.5"),
        (110, "8.0"),
        // Both at once.
        (200, "12.0"),
        (210, "8.0"),
        (300, "8.0"),
    ] {
        lines.push(gauge(at, height));
    }
    let run = [
        "--rules",
        text(drafts.path()),
        "--city",
        PACK,
        "--readings",
        "-",
        "--against",
        PACK,
        "--summary",
        "json",
    ];
    let output = backtest(&run, lines.join("\n").as_bytes());
    assert!(output.status.success(), "{}", said(&output));
    let summary: Value = serde_json::from_str(&said(&output)).unwrap();
    let difference = &summary["difference"];
    let told = ["same", "appear", "disappear", "change"].map(|name| difference[name].as_u64());
    assert_eq!(told, [1, 0, 1, 1].map(Some), "{difference}");
    let moved = &difference["list"][0];
    assert_eq!(
        (&moved["was"]["fired_at"], &moved["is"]["fired_at"]),
        (
            &Value::from(1_800_000_012_000_i64),
            &Value::from(1_800_000_015_000_i64)
        )
    );
    assert_eq!(summary["alerts"]["fired"], 2);
}

#[test]
fn drafts_derive_what_the_rules_in_force_derive_in_another_way() {
    let (town, drafts) = (support::town(), tempfile::tempdir().unwrap());
    let level = |fields: &str, when: &str| {
        format!(
            "version: 1\ngroup: level\nrules:\n  - {{derive: env/level, on: env/river, every: 1m, title: {{vi: x, en: x}}, fields: {fields}}}\n  - {{alert: LevelHigh, on: env/level, when: {when}, severity: low, summary: {{vi: x, en: x}}}}\n"
        )
    };
    let (old, new) = (
        level("{mean: height.avg()}", "mean > 11.0"),
        level(
            "{top: height.max(), readings: height.count()}",
            "top > 11.0",
        ),
    );
    std::fs::write(town.path().join("rules/level.yaml"), old).unwrap();
    std::fs::write(drafts.path().join("level.yaml"), new).unwrap();
    // One reading of twelve lifts the highest, not the mean.
    let lines = [(0, "8.0"), (20, "12.0"), (40, "8.0"), (300, "8.0")];
    let lines = lines.map(|(at, height)| gauge(at, height));
    let run = [
        "--rules",
        text(drafts.path()),
        "--city",
        text(town.path()),
        "--readings",
        "-",
        "--against",
        text(town.path()),
        "--summary",
        "json",
    ];
    let output = backtest(&run, lines.join("\n").as_bytes());
    assert!(output.status.success(), "{}", said(&output));
    let summary: Value = serde_json::from_str(&said(&output)).unwrap();
    // It appears; nothing disappears or changes.
    assert_eq!(
        summary["difference"]["by_rule"]["level/LevelHigh"],
        serde_json::json!([1, 0, 0]),
        "{summary}"
    );
}

/// Rules in three files that need each other: an effect, its cause, and the cause of that over a derived kind.
const IN_NEED: [(&str, &str); 3] = [
    (
        "effect",
        "version: 1
group: effect
rules:
  - alert: Wet
    on: env/river
    when: height > 9.0
    severity: low
    inhibited_by: [{rule: cause/Flood, on: [area]}]
    summary: {vi: x, en: x}
",
    ),
    (
        "cause",
        "version: 1
group: cause
rules:
  - alert: Flood
    on: env/level
    when: top > 11.0
    severity: high
    limit: 1
    inhibited_by: [{rule: Deluge, on: [area]}]
    summary: {vi: x, en: x}
  - alert: Deluge
    on: env/river
    when: height > 15.0
    severity: high
    summary: {vi: x, en: x}
  - alert: Beside
    on: env/river
    when: height > 1.0
    severity: low
    summary: {vi: x, en: x}
",
    ),
    (
        "level",
        "version: 1
group: level
rules:
  - derive: env/level
    on: env/river
    every: 5s
    title: {vi: x, en: x}
    fields: {top: height.max()}
",
    ),
];

/// The pack with these files, and the path of one of them.
fn in_need() -> (tempfile::TempDir, PathBuf) {
    let town = support::town();
    let rules = town.path().join("rules");
    for (name, text) in IN_NEED {
        std::fs::write(rules.join(name).with_extension("yaml"), text).unwrap();
    }
    (town, rules.join("effect.yaml"))
}

/// Wet at two gauges of one area at once; a flood while it is wet; a deluge; and all of it over.
fn floods() -> String {
    let heights = [8.0, 9.5, 12.0, 12.0, 12.0, 16.0, 9.5, 9.5, 8.0, 8.0];
    let lines = (0..).step_by(7).zip(heights).flat_map(|(at, height)| {
        let one = gauge(at, &format!("{height:.1}"));
        let other = one.replace("wl-1", "wl-2");
        [one, other]
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_file_takes_the_rules_along_that_its_rules_need() {
    let (town, file) = in_need();
    let run = |rules: &Path| {
        let words = ["--rules", text(rules), "--readings", "-"];
        let city = ["--city", text(town.path()), "--summary", "json"];
        let output = backtest(&[&words[..], &city].concat(), floods().as_bytes());
        assert!(output.status.success(), "{}", said(&output));
        let summary: Value = serde_json::from_str(&said(&output)).unwrap();
        (String::from_utf8(output.stdout).unwrap(), summary)
    };
    let (whole, summary) = run(town.path());
    assert_eq!(summary["company"], serde_json::json!([]));
    assert!(whole.contains("ioc/OverLimit"), "{whole}");
    let is_effect = |line: &&str| line.contains(r#""rule":"effect/"#);
    let expected = whole.lines().filter(is_effect);
    let expected: String = expected.flat_map(|line| [line, "\n"]).collect();
    assert!(expected.contains("inhibited_by"), "{whole}");
    // A draft outside the pack is in the same company as the file that it stands in for.
    let drafts = tempfile::tempdir().unwrap();
    let draft = drafts.path().join("draft.yaml");
    std::fs::copy(&file, &draft).unwrap();
    for rules in [&file, &draft, drafts.path()] {
        let (steps, summary) = run(rules);
        assert_eq!(steps, expected, "{}", rules.display());
        let company = ["cause/Deluge", "cause/Flood", "env/level"];
        assert_eq!(summary["company"], serde_json::json!(company));
        let by_rule = summary["alerts"]["by_rule"].as_array().unwrap();
        assert_eq!(by_rule.len(), 1, "{summary}");
    }
}

#[test]
fn rules_that_only_run_along_are_named() {
    let (town, file) = in_need();
    let words = ["--rules", text(&file), "--readings", "-"];
    let told = said(&backtest(&words, floods().as_bytes()));
    let line = "company    run along because the rules need them, their own alerts left out: cause/Deluge, cause/Flood, env/level\n";
    assert!(told.contains(line), "{told}");
    // What replaces a group cannot lean on the rules that the group had.
    let drafts = tempfile::tempdir().unwrap();
    let draft = drafts.path().join("draft.yaml");
    let replacement = IN_NEED[0].1.replace("group: effect", "group: cause");
    std::fs::write(&draft, replacement).unwrap();
    let words = ["--rules", text(&draft), "--city", text(town.path())];
    let refused = backtest(&[&words[..], &["--readings", "-"]].concat(), b"");
    assert_eq!(refused.status.code(), Some(1));
    let refused = said(&refused);
    assert!(
        refused.contains("there is no rule 'cause/Flood'"),
        "{refused}"
    );
}

#[test]
fn what_cannot_be_done_is_said_with_its_remedy() {
    let empty = tempfile::tempdir().unwrap();
    let nowhere = text(empty.path());
    for (arguments, code, what) in [
        (
            &["--rules", PACK, "--readings", "/nowhere"][..],
            3,
            "cannot read /nowhere",
        ),
        (
            &["--rules", PACK, "--history", nowhere],
            3,
            "holds no input log",
        ),
        (&["--rules", PACK], 2, "--readings"),
        (
            &["--rules", PACK, "--readings", "-"],
            1,
            "no input in the period",
        ),
        (
            &["--rules", PACK, "--readings", "-", "--from", "soon"],
            2,
            "'soon' is not a time",
        ),
        (
            &[
                "--rules",
                PACK,
                "--readings",
                "-",
                "--from",
                "2027-01-02",
                "--to",
                "2027-01-01",
            ],
            2,
            "--from lies after --to",
        ),
        (
            &["--rules", PACK, "--readings", "-", "--against", "running"],
            2,
            "goes with --history",
        ),
        (
            &["--rules", nowhere, "--city", PACK, "--readings", "-"],
            1,
            "holds no rules",
        ),
    ] {
        let output = backtest(arguments, b"");
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}: {}",
            said(&output)
        );
        assert!(
            said(&output).contains(what),
            "{arguments:?}: {}",
            said(&output)
        );
    }
}

#[test]
fn a_period_with_nothing_in_it_is_told_whatever_lies_before() {
    // The second reading is of ten minutes after the first.
    let lines = [gauge(0, "9.0"), gauge(600, "9.0")].join("\n");
    let run = |from: &str, warm_up: &str| {
        let period = ["--from", from, "--warm-up", warm_up];
        let words = ["--rules", PACK, "--readings", "-"];
        let output = backtest(&[&words[..], &period].concat(), lines.as_bytes());
        (output.status.code(), said(&output))
    };
    for warm_up in ["1s", "1h"] {
        let (code, told) = run("1800000601000", warm_up);
        let line = "ioc: there is no input in the period; 2 lie before it, 0 are unreadable\n";
        assert_eq!((code, &*told), (Some(1), line), "{warm_up}");
        let (code, told) = run("1800000600000", warm_up);
        assert_eq!(code, Some(0), "{told}");
    }
}

#[test]
fn a_timeline_of_rules_test_gives_the_same_steps() {
    let heights: Vec<_> = (0..120)
        .map(|n: i64| format!("{:.1}", (n / 3 * 7_919 % 160) as f64 / 10.0))
        .collect();
    let lines: Vec<_> = (0..).zip(&heights).map(|(n, h)| gauge(n, h)).collect();
    let output = backtest(
        &["--rules", PACK, "--readings", "-"],
        lines.join("\n").as_bytes(),
    );
    let (mut expected, mut stood) = (String::new(), None);
    for (id, state, severity, _, at) in told(&output) {
        // Steps of annunciation alone are not what a test names.
        let stands = Some((id, state.clone(), severity.clone()));
        if stands != std::mem::replace(&mut stood, stands.clone()) {
            let after = Span::from_millis(at - 1_800_000_000_000);
            writeln!(
                expected,
                "      - {after} RiverHigh wl-1 {state} {severity}"
            )
            .unwrap();
        }
    }
    assert!(expected.lines().count() > 20, "{expected}");
    let town = support::town();
    let test = format!(
        "version: 1\ntests:\n  - name: the same\n    rules: RiverHigh\n    every: 1s\n    start: 2027-01-15T08:00:00Z\n    timeline:\n      wl-1: {{height: {}}}\n    expect:\n{expected}",
        heights.join(" ")
    );
    std::fs::write(town.path().join("rules/flood.test.yaml"), test).unwrap();
    let output = support::ioc(town.path(), &["rules", "test"], b"");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", said(&output));
}
