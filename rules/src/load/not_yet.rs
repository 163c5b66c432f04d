//! What the language has and this engine does not evaluate yet: refused with one stable code, never silently accepted.

use city::yaml::{Node, Reader};

/// The code of everything that is not built yet.
pub(super) const CODE: &str = "rule-not-yet";

pub(super) fn key(reader: &mut Reader, node: &Node, name: &str) {
    let message = format!("'{name}' is not evaluated by this version yet");
    let help = "until then, write the computation where it is used";
    reader.error(CODE, node.span.clone(), message).help = Some(help.to_owned());
}
