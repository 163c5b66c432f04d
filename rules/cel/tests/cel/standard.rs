//! Corners of cel-spec's language definition, each as a line that reads as its sentence.

use std::collections::BTreeMap;

use crate::dynamic::{bound, check, evaluated};
use expect_test::expect;

/// Evaluates as seen from a namespace.
fn within(namespace: &str, source: &str, bindings: &str) -> String {
    let value = cel::parse(source)
        .unwrap()
        .eval_within(namespace, &bound(bindings));
    value.map_or_else(|error| format!("error: {error}"), |value| value.to_string())
}

#[test]
fn a_name_is_looked_up_outwards() {
    let names = "city.lamp.x=3;city.x=2;x=1;city.only=5";
    assert_eq!(within("city.lamp", "x", names), "3");
    assert_eq!(within("city.bus", "x", names), "2");
    assert_eq!(within("village", "x", names), "1");
    assert_eq!(within("", "x", names), "1");
    assert_eq!(within("city.lamp", "only", names), "5");
    assert_eq!(within("city.lamp", "lamp.x", names), "3");
    // A dot in front asks for the name as it stands.
    assert_eq!(within("city.lamp", ".x", names), "1");
    assert_eq!(within("city.lamp", ".city.x", names), "2");
    assert_eq!(
        within("city.lamp", ".only", names),
        "error: undeclared reference to 'only'"
    );
    // Types are names, too.
    assert_eq!(
        within("google.protobuf", "type(timestamp(0)) == Timestamp", ""),
        "true"
    );
}

#[test]
fn a_macros_variable_is_nearer_than_any_namespace() {
    let names = "city.v=7;v=8;city.v.w=9;v.w=10";
    assert_eq!(within("city", "[1].map(v, v)", names), "[1]");
    assert_eq!(within("city", "[1].map(v, .v)", names), "[8]");
    assert_eq!(within("city", "[{'w': 1}].map(v, v.w)", names), "[1]");
    assert_eq!(within("city", "[{'w': 1}].map(v, .v.w)", names), "[10]");
    assert_eq!(within("city", "v.w", names), "9");
}

#[test]
fn the_longest_name_wins_unless_parentheses_part_it() {
    check(
        "
        a.b.c | a.b.c='whole'; a.b={'c': 'field'}; a={'b': {'c': 'deep'}}
        (a.b).c | a.b.c='whole'; a.b={'c': 'field'}; a={'b': {'c': 'deep'}}
        ((a).b).c | a.b.c='whole'; a.b={'c': 'field'}; a={'b': {'c': 'deep'}}
        (a).b.c | a.b.c='whole'; a.b={'c': 'field'}; a={'b': {'c': 'deep'}}
        (a.b.c) | a.b.c='whole'; a.b={'c': 'field'}; a={'b': {'c': 'deep'}}
        ",
        &expect![[r#"
            a.b.c | a.b.c='whole'; a.b={'c': 'field'}; a={'b': {'c': 'deep'}} => string "whole"
            (a.b).c | a.b.c='whole'; a.b={'c': 'field'}; a={'b': {'c': 'deep'}} => string "field"
            ((a).b).c | a.b.c='whole'; a.b={'c': 'field'}; a={'b': {'c': 'deep'}} => string "deep"
            (a).b.c | a.b.c='whole'; a.b={'c': 'field'}; a={'b': {'c': 'deep'}} => string "deep"
            (a.b.c) | a.b.c='whole'; a.b={'c': 'field'}; a={'b': {'c': 'deep'}} => string "whole"
        "#]],
    );
}

#[test]
fn escapes_of_utf_16() {
    check(
        r"
        '\ud83d\udc31'
        '\uD83D\uDC31x' == '🐱x'
        '\ud800\udc00' == '\U00010000'
        '\udbff\udfff' == '\U0010FFFF'
        ",
        &expect![[r#"
            '\ud83d\udc31' => string "🐱"
            '\uD83D\uDC31x' == '🐱x' => bool true
            '\ud800\udc00' == '\U00010000' => bool true
            '\udbff\udfff' == '\U0010FFFF' => bool true
        "#]],
    );
    for alone in [
        r"'\ud83d'",
        r"'\udc31\ud83d'",
        r"'\ud83d x'",
        r"'\ud83d\u0041'",
        r"'\udc31'",
        r"'\U0000d83d'",
        r"b'\ud83d\udc31'",
    ] {
        let told = evaluated(alone, &BTreeMap::new()).unwrap_err();
        assert!(told.contains("is not an escape"), "{alone}: {told}");
    }
}

#[test]
fn the_b_stands_before_the_r() {
    check(
        r"
        br'\n' == b'\\n'
        BR'\n' == b'\\n'
        rb'\n'
        ",
        &expect![[r#"
            br'\n' == b'\\n' => bool true
            BR'\n' == b'\\n' => bool true
            rb'\n' => error: cel-literal: `rb` stands before no text
              rb'\n'
              ^^
              help: write `br`

        "#]],
    );
}

#[test]
fn a_conversion_out_of_range_is_an_error() {
    check(
        "
        double('1e308')
        double('1e309')
        double('-1e999')
        double('Infinity')
        double('-Infinity')
        double('NaN')
        double('1e-999')
        ",
        &expect![[r#"
            double('1e308') => double 1e308
            double('1e309') => error: "1e309" cannot be converted to double
            double('-1e999') => error: "-1e999" cannot be converted to double
            double('Infinity') => double double("Infinity")
            double('-Infinity') => double double("-Infinity")
            double('NaN') => double double("NaN")
            double('1e-999') => double 0.0
        "#]],
    );
}

#[test]
fn patterns_know_every_script() {
    // RE2's classes hold ASCII only; a place's name is a word here whatever its letters.
    check(
        r"
        'Hồ_Núi_Cốc'.matches(r'^\w+$')
        '٣'.matches(r'^\d$') && !'٣'.matches('^[0-9]$')
        'a.b'.matches(r'\Qa.b\E')
        ",
        &expect![[r#"
            'Hồ_Núi_Cốc'.matches(r'^\w+$') => bool true
            '٣'.matches(r'^\d$') && !'٣'.matches('^[0-9]$') => bool true
            'a.b'.matches(r'\Qa.b\E') => error: invalid argument: the pattern '\Qa.b\E' cannot be read: unrecognized escape sequence
        "#]],
    );
}
