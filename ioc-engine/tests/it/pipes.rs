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
