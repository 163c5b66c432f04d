//! What is written, but for the blanks of its expressions.

use super::{Part, Shape, pick};

/// A map as written, but for the blanks of its expressions: formatting a file edits no rule.
pub(crate) fn spaced(json: &mut serde_json::Value, part: &'static Part) {
    for key in part.keys {
        if let Some(value) = json.get_mut(key.name) {
            spaced_value(value, &key.shape);
        }
    }
}

fn spaced_value(value: &mut serde_json::Value, shape: &Shape) {
    use serde_json::Value;
    match (shape, value) {
        (Shape::Condition | Shape::Expression, Value::String(text)) => {
            *text = spaced_text(text);
        }
        (Shape::Map(part), value) => spaced(value, part),
        (Shape::List(parts, _) | Shape::Steps(parts), Value::Array(items)) => {
            for item in items {
                if let Some(part) = pick(parts, |key| item.get(key).is_some()) {
                    spaced(item, part);
                }
            }
        }
        (Shape::Fields(part), Value::Object(fields)) => {
            for value in fields.values_mut() {
                match value {
                    Value::String(text) => *text = spaced_text(text),
                    other => spaced(other, part),
                }
            }
        }
        _ => {}
    }
}

/// An expression with canonical blanks; as it is, where it cannot have them.
pub(crate) fn spaced_text(text: &str) -> String {
    cel::spaced(text).unwrap_or_else(|| text.to_owned())
}
