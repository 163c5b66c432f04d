//! How a name is looked up: from the namespace it stands in outwards, dotted names as a whole before their parts.

use std::borrow::Cow;

use crate::ast::{Expr, Node};
use crate::functions::NAMESPACES;

/// What a name stands for in a namespace, or in the nearest one around it that knows it.
pub(crate) fn outwards<T>(
    namespace: &str,
    name: &str,
    known: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let mut namespace = namespace;
    while !namespace.is_empty() {
        if let Some(found) = known(&format!("{namespace}.{name}")) {
            return Some(found);
        }
        namespace = namespace.rsplit_once('.').map_or("", |(outer, _)| outer);
    }
    known(name)
}

/// The whole of a dotted name, and whether a dot stands before it; none for what is no name, and for a field of a
/// macro's variable.
pub(crate) fn whole(expr: &Expr, is_variable: impl Fn(&str) -> bool) -> Option<(String, bool)> {
    let (mut names, mut at) = (Vec::new(), expr);
    loop {
        match &at.node {
            // Parentheses part a name from the field after them: `(a.b).c`.
            Node::Select { of, .. } if of.text().starts_with('(') => return None,
            Node::Select { of, field } => {
                names.push(&**field);
                at = of;
            }
            Node::Name(name) if is_variable(name) => return None,
            Node::Name(name) | Node::Rooted(name) => {
                names.push(name);
                names.reverse();
                return Some((names.join("."), matches!(at.node, Node::Rooted(_))));
            }
            _ => return None,
        }
    }
}

/// What a call calls.
pub(crate) enum Called<'e> {
    /// A function by its whole name: `size`, `math.greatest`.
    Function(Cow<'e, str>),
    /// A method of what stands before the dot.
    Method(&'e Expr),
}

/// What a call of this name calls: before the dot stands a namespace of functions, unless that is the name of a value.
pub(crate) fn called<'e>(
    receiver: Option<&'e Expr>,
    name: &'e str,
    is_value: impl Fn(&str) -> bool,
) -> Called<'e> {
    let Some(receiver) = receiver else {
        return Called::Function(name.into());
    };
    let before = receiver.as_name();
    match before.filter(|name| NAMESPACES.contains(name) && !is_value(name)) {
        Some(namespace) => Called::Function(format!("{namespace}.{name}").into()),
        None => Called::Method(receiver),
    }
}
