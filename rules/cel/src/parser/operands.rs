//! Operands: literals, names, calls, lists and maps, and what is selected of them.

use std::ops::Range;
use std::sync::Arc;

use crate::Value;
use crate::ast::{Expr, Node};
use crate::lexer::TokenKind;
use crate::problem::{Problem, codes};

use super::Parser;

const RESERVED: [&str; 21] = [
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

impl Parser {
    pub(super) fn member(&mut self) -> Expr {
        let primary = self.primary();
        self.postfix(primary)
    }

    /// Selections, calls and indexes after an operand.
    pub(super) fn postfix(&mut self, mut expr: Expr) -> Expr {
        let start = expr.span.start;
        loop {
            if self.take(".") {
                let may_miss = self.take("?");
                let Some(field) = self.field_name() else {
                    return expr;
                };
                let mut depths = vec![expr.depth];
                let node = if !may_miss && self.take("(") {
                    let args = self.items(")");
                    depths.extend(args.iter().map(|arg| arg.depth));
                    Node::Call {
                        receiver: Some(Box::new(expr)),
                        function: field,
                        args,
                    }
                } else {
                    Node::Select {
                        of: Box::new(expr),
                        field,
                    }
                };
                expr = self.branch(start..self.last_end(), depths, || node);
                expr = self.maybe(may_miss, expr);
            } else if self.take("[") {
                let opened = self.last_end() - 1;
                let may_miss = self.take("?");
                let index = self.expression();
                self.expect("]", opened);
                expr = self.branch(start..self.last_end(), [expr.depth, index.depth], || {
                    Node::Index {
                        of: Box::new(expr),
                        index: Box::new(index),
                    }
                });
                expr = self.maybe(may_miss, expr);
            } else {
                return expr;
            }
        }
    }

    fn maybe(&mut self, may_miss: bool, access: Expr) -> Expr {
        if !may_miss {
            return access;
        }
        self.branch(access.span(), [access.depth], || {
            Node::Maybe(Box::new(access))
        })
    }

    fn field_name(&mut self) -> Option<Arc<str>> {
        let name = match self.kind() {
            TokenKind::Name(name) if !matches!(&**name, "true" | "false" | "null" | "in") => {
                Arc::clone(name)
            }
            TokenKind::Quoted(name) => Arc::clone(name),
            _ => {
                self.unexpected("a name after the dot");
                return None;
            }
        };
        self.at += 1;
        Some(name)
    }

    fn primary(&mut self) -> Expr {
        let span = self.span();
        let kind = self.kind().clone();
        self.at += 1;
        let literal = match kind {
            TokenKind::Int(magnitude) => match i64::try_from(magnitude) {
                Ok(value) => Value::Int(value),
                Err(_) => return self.int_too_great(span),
            },
            TokenKind::Uint(value) => Value::Uint(value),
            TokenKind::Double(value) => Value::Double(value),
            TokenKind::String(text) => Value::String(text),
            TokenKind::Bytes(bytes) => Value::Bytes(bytes),
            TokenKind::Name(name) => return self.named(name, span),
            TokenKind::Punctuation("(") => return self.group(&span),
            TokenKind::Punctuation("[") => {
                let items = self.entries("]", Self::entry);
                let deepest = items.iter().map(|item| item.depth).max().unwrap_or(0);
                return self.branch(span.start..self.last_end(), [deepest], || Node::List(items));
            }
            TokenKind::Punctuation("{") => return self.map(span.start),
            // A leading dot asks for the outermost scope; here there is only one.
            TokenKind::Punctuation(".") => return self.rooted(span.start),
            TokenKind::Broken => Value::Null,
            TokenKind::Punctuation(_) | TokenKind::Quoted(_) | TokenKind::End => {
                self.at -= 1;
                self.unexpected("a value");
                Value::Null
            }
        };
        self.leaf(span, Node::Literal(literal))
    }

    fn int_too_great(&mut self, span: Range<usize>) -> Expr {
        let message = format!(
            "`{}` is greater than an int can hold",
            &self.source[span.clone()]
        );
        self.problems.push(
            Problem::new(codes::LITERAL, span.clone(), message)
                .with_help("write it as a double, with `.0` at its end"),
        );
        self.leaf(span, Node::Literal(Value::Null))
    }

    fn named(&mut self, name: Arc<str>, span: Range<usize>) -> Expr {
        let literal = match &*name {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            reserved if RESERVED.contains(&reserved) => {
                let message = format!("`{reserved}` is a reserved word");
                self.problems
                    .push(Problem::new(codes::SYNTAX, span.clone(), message));
                Value::Null
            }
            _ if self.take("(") => {
                let args = self.items(")");
                let deepest = args.iter().map(|arg| arg.depth).max().unwrap_or(0);
                return self.branch(span.start..self.last_end(), [deepest], || Node::Call {
                    receiver: None,
                    function: name,
                    args,
                });
            }
            _ => return self.leaf(span, Node::Name(name)),
        };
        self.leaf(span, Node::Literal(literal))
    }

    fn rooted(&mut self, start: usize) -> Expr {
        match self.field_name() {
            Some(name) => {
                let mut expr = self.named(name, start..self.last_end());
                if let Node::Name(name) = expr.node {
                    expr.node = Node::Rooted(name);
                }
                expr
            }
            None => self.leaf(start..start, Node::Literal(Value::Null)),
        }
    }

    fn group(&mut self, open: &Range<usize>) -> Expr {
        let mut inner = self.expression();
        self.expect(")", open.start);
        inner.span = open.start..self.last_end().max(inner.span.end);
        inner
    }

    /// Expressions between commas up to the closing bracket, which is taken.
    fn items(&mut self, close: &'static str) -> Vec<Expr> {
        self.entries(close, Self::expression)
    }

    /// An element or a key, with or without a question mark before it.
    fn entry(&mut self) -> Expr {
        let start = self.span().start;
        if !self.take("?") {
            return self.expression();
        }
        let inner = self.expression();
        self.branch(start..inner.span.end, [inner.depth], || {
            Node::Entry(Box::new(inner))
        })
    }

    fn entries(&mut self, close: &'static str, entry: fn(&mut Self) -> Expr) -> Vec<Expr> {
        let open = self.last_end() - 1;
        let mut items = Vec::new();
        while !self.is(close) && !matches!(self.kind(), TokenKind::End) {
            items.push(entry(self));
            if !self.take(",") {
                break;
            }
        }
        self.expect(close, open);
        items
    }

    fn map(&mut self, open: usize) -> Expr {
        let (mut entries, mut deepest) = (Vec::new(), 0);
        while !self.is("}") && !matches!(self.kind(), TokenKind::End) {
            let key = self.entry();
            self.expect(":", key.span.start);
            let value = self.expression();
            deepest = deepest.max(key.depth).max(value.depth);
            entries.push((key, value));
            if !self.take(",") {
                break;
            }
        }
        self.expect("}", open);
        self.branch(open..self.last_end(), [deepest], || Node::Map(entries))
    }
}
