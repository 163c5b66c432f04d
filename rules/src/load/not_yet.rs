//! What the language has and this engine does not evaluate yet: refused with one stable code, never silently accepted.

use city::yaml::{Node, Reader};

/// The code of everything that is not built yet.
pub(super) const CODE: &str = "rule-not-yet";

/// Keys of a rule.
pub(super) const KEYS: [&str; 2] = ["repeat", "sequence"];

pub(super) fn key(reader: &mut Reader, node: &Node, name: &str) {
    let message = format!("'{name}' is not evaluated by this version yet");
    reader.error(CODE, node.span.clone(), message).help = Some(match name {
        "repeat" | "sequence" => {
            "until then, use 'for' or a window such as x.max('10m')".to_owned()
        }
        _ => "until then, write the computation where it is used".to_owned(),
    });
}
