//! `ioc check` as it is typed: one run tells the problems of the pack and those of its rules.

use std::fmt::Write;

use expect_test::{Expect, expect};

use crate::support;

/// The pack of these tests with each text of `edits` replaced in its file; what `ioc check` says of it is `expect`.
fn check(edits: &[(&str, &str, &str)], expect: &Expect) {
    let town = support::town();
    for (file, old, new) in edits {
        let path = town.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{file} does not say {old}");
        std::fs::write(&path, text.replace(old, new)).unwrap();
    }
    let output = support::ioc(town.path(), &["check", "--format", "json"], b"");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut told = format!("exit {}\n", output.status.code().unwrap());
    for problem in document["diagnostics"].as_array().unwrap() {
        let word = |name: &str| problem[name].as_str().unwrap();
        writeln!(
            told,
            "{}[{}] {}",
            word("level"),
            word("code"),
            word("message")
        )
        .unwrap();
    }
    expect.assert_eq(&told);
}

#[test]
fn a_sound_pack_has_no_problem() {
    check(
        &[],
        &expect![[r"
        exit 0
    "]],
    );
}

#[test]
fn a_copy_that_an_editor_leaves_makes_no_other_pack() {
    let town = support::town();
    let prints = || {
        let pack = ioc_engine::pack::read(town.path()).pack.unwrap();
        (pack.print, pack.city_print)
    };
    let before = prints();
    for copy in ["rules/flood.yaml~", "wall.yaml.orig"] {
        std::fs::write(town.path().join(copy), "version: 1").unwrap();
    }
    assert_eq!(prints(), before);
}

#[test]
fn problems_of_the_pack_and_of_its_rules_are_told_in_one_run() {
    check(
        &[
            ("city.yaml", "Asia/Ho_Chi_Minh", "Asia/Hanoi"),
            (
                "assets/env-river.csv",
                "wl-4,Trạm 4,05443",
                "wl-4,Trạm 4,99999",
            ),
            ("rules/flood.yaml", "height >= 10.0", "hieght >= 10.0"),
            (
                "rules/flood.yaml",
                "clear: height < 13.0",
                "clear: height <",
            ),
        ],
        &expect![[r"
            exit 1
            error[pack-time-zone] there is no time zone 'Asia/Hanoi'
            error[pack-unknown-area] there is no area '99999'
            error[cel-syntax] the expression ends where a value should be
            error[cel-unknown-name] `hieght` is not known here
        "]],
    );
}

#[test]
fn what_the_catalog_fails_to_define_is_not_told_again_wherever_rules_use_it() {
    check(
        &[
            ("catalog/env.yaml", "height:", "height: {}\n      depth:"),
            ("rules/flood.yaml", "for: 2s", "for: 2 seconds"),
        ],
        &expect![[r"
            exit 1
            error[yaml-missing-key] the field 'height' needs 'title'
            error[yaml-missing-key] the field 'height' needs 'type'
            error[yaml-duration] 'for': '2 seconds' is not a length of time; write whole numbers with ms, s, m, h, d or w, like 90s, 2m or 1h30m
        "]],
    );
}
