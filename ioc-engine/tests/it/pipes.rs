//! Whoever stops reading has read enough: `ioc … | head -1` ends without a panic, with the code that the work deserves.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{IOC, town};

/// What a command says on standard error, and how it ends, when nobody reads what it prints.
fn unread(folder: &Path, words: &[&str]) -> (Option<i32>, String) {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ioc = Command::new(IOC)
        .args(words)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(writer)
        .output()
        .unwrap();
    (ioc.status.code(), String::from_utf8(ioc.stderr).unwrap())
}

#[test]
fn what_is_sound_ends_well_whether_or_not_anybody_reads() {
    let town = town();
    let tests = "version: 1\ntests:\n  - {name: calm, every: 1m, timeline: {wl-1: {height: 9x3}}, expect: []}\n";
    std::fs::write(town.path().join("rules/flood.test.yaml"), tests).unwrap();
    for words in [
        &["check"][..],
        &["check", "--format", "json"],
        &["config", "--explain"],
        &["rules", "check"],
        &["rules", "check", "--format", "json"],
        &["rules", "test"],
        &["rules", "fmt"],
        &["rules", "schema"],
        &["rules", "schema", "--tests", "--city", "."],
        &["rules", "explain", "RiverHigh"],
        &["rules", "explain-code", "derive-circle"],
        &["rules", "eval", "1 + 1"],
        &["--help"],
        &["init"],
    ] {
        assert_eq!(
            unread(town.path(), words),
            (Some(0), String::new()),
            "{words:?}"
        );
    }
}

#[test]
fn what_is_wrong_ends_with_its_code_whether_or_not_anybody_reads() {
    let town = town();
    let rules = town.path().join("rules/flood.yaml");
    let text = std::fs::read_to_string(&rules).unwrap();
    std::fs::write(&rules, text.replace("height >=", "hieght >=")).unwrap();
    for words in [
        &["check"][..],
        &["rules", "check"],
        &["rules", "test"],
        &["doctor", "--data", "/dev/null/nowhere"],
    ] {
        let (code, said) = unread(town.path(), words);
        assert_eq!(code, Some(1), "{words:?}: {said}");
        assert!(!said.contains("panicked"), "{words:?}: {said}");
    }
}

/// How a command ends when nobody reads what it says on standard error: `ioc … 2>&1 | head -1`.
fn unheard(folder: &Path, words: &[&str]) -> Option<i32> {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut ioc = Command::new(IOC);
    ioc.args(words).current_dir(folder).stdin(Stdio::null());
    // Every line of a log is one more that nobody reads.
    ioc.env("RUST_LOG", "trace");
    ioc.stdout(Stdio::null()).stderr(writer);
    ioc.status().unwrap().code()
}

#[test]
fn what_is_said_beside_the_result_may_go_unheard_too() {
    let town = town();
    let rules = town.path().join("rules/flood.yaml");
    let readings = town.path().join("readings.jsonl");
    let reading = r#"{"asset":"wl-1","kind":"env/river","at":1800000000000,"v":{"height":12}}"#;
    std::fs::write(readings, format!("{reading}\nno reading\n")).unwrap();
    let backtest = ["rules", "backtest", "--rules", ".", "--readings"];
    let backtest = [&backtest[..], &["readings.jsonl"]].concat();
    let json = [&backtest[..], &["--summary", "json"]].concat();
    // One line of two is no reading.
    for words in [&backtest, &json] {
        assert_eq!(unheard(town.path(), words), Some(1), "{words:?}");
    }
    let text = std::fs::read_to_string(&rules).unwrap();
    std::fs::write(&rules, text.replace("height >=", "hieght >=")).unwrap();
    for (words, code) in [
        (&["check"][..], 1),
        (&["rules", "check"], 1),
        (&["rules", "explain", "RiverHigh"], 3),
        (&["rules", "eval", "1 +"], 1),
        (&["config", "--config", "none.toml"], 1),
        (&["serve", "--config", "none.toml"], 3),
        (&["doctor", "--data", "/dev/null/nowhere"], 1),
        (&["chekc"], 2),
    ] {
        assert_eq!(unheard(town.path(), words), Some(code), "{words:?}");
    }
}
