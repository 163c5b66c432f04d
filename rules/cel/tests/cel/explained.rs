//! Why a condition is what it is.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use model::{Time, Why, WhyValue};

use crate::host::{Gauge, Values};

fn check(source: &str, bindings: &str, expect: &Expect) {
    let program = cel::compile_bool(source, &mut Gauge).unwrap();
    let why = program.explain(&Values::new(bindings), &mut |slot, leaf| {
        leaf.at = Some(Time::from_millis(i64::from(slot)));
        if &*leaf.expr == "height.avg('1h')" {
            leaf.note = Some("6 readings in 1h".into());
        }
    });
    let mut out = String::new();
    draw(&why, 0, &mut out);
    expect.assert_eq(&out);
}

fn draw(why: &Why, level: usize, out: &mut String) {
    let value = match &why.value {
        WhyValue::Unknown => "unknown".to_owned(),
        WhyValue::Bool(value) => value.to_string(),
        WhyValue::Number(value, unit) => format!("{value} {}", unit.as_deref().unwrap_or("")),
        WhyValue::Text(text) => format!("'{text}'"),
        WhyValue::Time(at) => format!("{at:?}"),
    };
    let at = why.at.map(|at| format!(" @{at:?}")).unwrap_or_default();
    let note = why
        .note
        .as_ref()
        .map(|note| format!(" ({note})"))
        .unwrap_or_default();
    let _ = writeln!(
        out,
        "{}{} = {}{at}{note}",
        "  ".repeat(level),
        why.expr,
        value.trim_end()
    );
    for part in &why.parts {
        draw(part, level + 1, out);
    }
}

#[test]
fn each_part_has_its_value() {
    check(
        "(height + 0.5) >= asset.bd1 && (apState == 'down' || !ok) && height.avg('1h') > 1.0",
        "height=27 asset.bd1=26.5 apState=up height.avg=2",
        &expect![[r#"
            (height + 0.5) >= asset.bd1 && (apState == 'down' || !ok) && height.avg('1h') > 1.0 = unknown @13ms
              (height + 0.5) >= asset.bd1 = true @1ms
                (height + 0.5) = 27.5 m @0ms
                  height = 27 m @0ms
                asset.bd1 = 26.5 m @1ms
              (apState == 'down' || !ok) = unknown @7ms
                apState == 'down' = false @7ms
                  apState = 'up' @7ms
                !ok = unknown @5ms
                  ok = unknown @5ms
              height.avg('1h') > 1.0 = true @13ms
                height.avg('1h') = 2 m @13ms (6 readings in 1h)
        "#]],
    );
}

#[test]
fn constants_are_not_parts() {
    check(
        "1 < 2",
        "",
        &expect![[r#"
        1 < 2 = true
    "#]],
    );
    check(
        "apState in ['up', 'down'] ? height > 2.0 : false",
        "apState=up",
        &expect![[r#"
            apState in ['up', 'down'] ? height > 2.0 : false = unknown @7ms
              apState in ['up', 'down'] = true @7ms
                apState = 'up' @7ms
              height > 2.0 = unknown @0ms
                height = unknown @0ms
        "#]],
    );
}
