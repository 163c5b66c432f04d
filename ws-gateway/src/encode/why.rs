//! Why an alert stands, as a tree.

use model::{Why, WhyValue};

use super::json::{put, write_list, write_number, write_text};

/// The tree under one part of a condition; `value` is `null` when it was unknown.
pub(crate) fn write_why(out: &mut String, why: &Why) {
    out.push_str("{\"expr\":");
    write_text(out, &why.expr);
    out.push_str(",\"value\":");
    write_value(out, &why.value);
    if let Some(at) = why.at {
        put(out, format_args!(",\"at\":{}", at.millis()));
    }
    if let Some(note) = &why.note {
        out.push_str(",\"note\":");
        write_text(out, note);
    }
    out.push_str(",\"parts\":");
    write_list(out, &why.parts, write_why);
    out.push('}');
}

fn write_value(out: &mut String, value: &WhyValue) {
    match value {
        WhyValue::Unknown => out.push_str("null"),
        WhyValue::Bool(yes) => put(out, format_args!("{yes}")),
        WhyValue::Text(text) => write_text(out, text),
        WhyValue::Time(time) => put(out, format_args!("{}", time.millis())),
        WhyValue::Number(number, unit) => {
            write_number(out, *number);
            if let Some(unit) = unit {
                out.push_str(",\"unit\":");
                write_text(out, unit);
            }
        }
    }
}
