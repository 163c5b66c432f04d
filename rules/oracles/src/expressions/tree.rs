//! The tree of an expression apart from its places, to see whether two texts read the same.

use std::fmt::Write as _;

use cel::{Expr, Node};

/// The tree with brackets around every part.
pub(super) fn tree(expr: &Expr) -> String {
    let mut out = String::new();
    write(expr, &mut out);
    out
}

fn write(expr: &Expr, out: &mut String) {
    match expr.node() {
        Node::Literal(value) => part("literal", &format!("{value:?}"), [], out),
        Node::Name(name) => part("name", name, [], out),
        Node::Rooted(name) => part("rooted", name, [], out),
        Node::Select { of, field } => part("select", field, [&**of], out),
        Node::Call {
            receiver,
            function,
            args,
        } => {
            let method = if receiver.is_some() { "method" } else { "call" };
            part(
                method,
                function,
                receiver.as_deref().into_iter().chain(args),
                out,
            );
        }
        Node::Index { of, index } => part("index", "", [&**of, index], out),
        Node::Maybe(inner) => part("maybe", "", [&**inner], out),
        Node::Entry(inner) => part("entry", "", [&**inner], out),
        Node::Not(inner) => part("not", "", [&**inner], out),
        Node::Negate(inner) => part("negate", "", [&**inner], out),
        Node::List(items) => part("list", "", items, out),
        Node::Map(entries) => part("map", "", entries.iter().flat_map(|(k, v)| [k, v]), out),
        Node::Binary { op, left, right } => {
            part("binary", &format!("{op:?}"), [&**left, right], out);
        }
        Node::All(parts) => part("all", "", parts, out),
        Node::Any(parts) => part("any", "", parts, out),
        Node::Choose {
            condition,
            then,
            otherwise,
        } => part("choose", "", [&**condition, then, otherwise], out),
    }
}

fn part<'a>(what: &str, name: &str, inner: impl IntoIterator<Item = &'a Expr>, out: &mut String) {
    let _ = write!(out, "({what} {name:?}");
    for expr in inner {
        write(expr, out);
    }
    out.push(')');
}
