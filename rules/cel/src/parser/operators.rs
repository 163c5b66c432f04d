//! What binds operands: `? :`, logic, comparison, arithmetic, signs.

use crate::Value;
use crate::ast::{Arithmetic, Compare, Expr, Node, Operator};
use crate::lexer::TokenKind;

use super::Parser;

/// Signs of other languages, and what CEL writes.
const MISSPELT: [(&str, &str); 4] = [("=", "=="), ("===", "=="), ("<>", "!="), ("!==", "!=")];

impl Parser {
    /// `a ? b : c` and everything that binds tighter.
    pub(super) fn expression(&mut self) -> Expr {
        self.nested(|parser| {
            let condition = parser.any();
            if !parser.take("?") {
                return condition;
            }
            let then = parser.any();
            parser.expect(":", condition.span.start);
            let otherwise = parser.expression();
            let span = condition.span.start..otherwise.span.end;
            parser.branch(
                span,
                [&condition, &then, &otherwise].map(|e| e.depth),
                || Node::Choose {
                    condition: Box::new(condition),
                    then: Box::new(then),
                    otherwise: Box::new(otherwise),
                },
            )
        })
    }

    fn any(&mut self) -> Expr {
        self.chain("||", "|", "or", Self::all, Node::Any)
    }

    fn all(&mut self) -> Expr {
        self.chain("&&", "&", "and", |parser| parser.binary(0), Node::All)
    }

    /// One logical operator between any number of parts. `single` and `word` are what people type in its place.
    fn chain(
        &mut self,
        sign: &'static str,
        single: &'static str,
        word: &str,
        part: fn(&mut Self) -> Expr,
        node: fn(Vec<Expr>) -> Node,
    ) -> Expr {
        let mut parts = vec![part(self)];
        loop {
            let is_word =
                matches!(self.kind(), TokenKind::Name(name) if name.eq_ignore_ascii_case(word));
            if is_word || self.is(single) {
                let found = &self.source[self.span()];
                let message = format!("`{found}` is not an operator");
                self.misspelt(message, sign);
                self.at += 1;
            } else if !self.take(sign) {
                break;
            }
            parts.push(part(self));
        }
        if parts.len() == 1 {
            return parts.remove(0);
        }
        let span = parts[0].span.start..parts[parts.len() - 1].span.end;
        let deepest = parts.iter().map(|part| part.depth).max().unwrap_or(0);
        self.branch(span, [deepest], || node(parts))
    }

    /// Operators of at least this binding strength, left to right.
    fn binary(&mut self, least: u8) -> Expr {
        let mut left = self.unary();
        while let Some((op, strength)) = self.operator().filter(|(_, strength)| *strength >= least)
        {
            if let Some((sign, meant)) = MISSPELT.iter().find(|(sign, _)| self.is(sign)) {
                self.misspelt(format!("`{sign}` does not compare"), meant);
            }
            self.at += 1;
            let right = self.binary(strength + 1);
            let span = left.span.start..right.span.end;
            left = self.branch(span, [left.depth, right.depth], || Node::Binary {
                op,
                left: Box::new(left),
                right: Box::new(right),
            });
        }
        left
    }

    fn operator(&self) -> Option<(Operator, u8)> {
        let sign = match self.kind() {
            TokenKind::Punctuation(sign) => *sign,
            TokenKind::Name(name) if &**name == "in" => return Some((Operator::In, 0)),
            _ => return None,
        };
        Some(match sign {
            "==" | "=" | "===" => (Operator::Compare(Compare::Equal), 0),
            "!=" | "<>" | "!==" => (Operator::Compare(Compare::NotEqual), 0),
            "<" => (Operator::Compare(Compare::Less), 0),
            "<=" => (Operator::Compare(Compare::LessOrEqual), 0),
            ">" => (Operator::Compare(Compare::Greater), 0),
            ">=" => (Operator::Compare(Compare::GreaterOrEqual), 0),
            "+" => (Operator::Arithmetic(Arithmetic::Add), 1),
            "-" => (Operator::Arithmetic(Arithmetic::Subtract), 1),
            "*" => (Operator::Arithmetic(Arithmetic::Multiply), 2),
            "/" => (Operator::Arithmetic(Arithmetic::Divide), 2),
            "%" => (Operator::Arithmetic(Arithmetic::Remainder), 2),
            _ => return None,
        })
    }

    fn unary(&mut self) -> Expr {
        let start = self.span().start;
        let not_word = matches!(self.kind(), TokenKind::Name(name) if name.eq_ignore_ascii_case("not"))
            && self.operand_follows();
        if not_word {
            let found = &self.source[self.span()];
            let message = format!("`{found}` is not an operator");
            self.misspelt(message, "!");
        }
        if not_word || self.is("!") {
            self.at += 1;
            return self.nested(|parser| {
                let inner = parser.unary();
                parser.branch(start..inner.span.end, [inner.depth], || {
                    Node::Not(Box::new(inner))
                })
            });
        }
        if !self.take("-") {
            return self.member();
        }
        if let Some(literal) = self.negative_number(start) {
            return self.postfix(literal);
        }
        self.nested(|parser| {
            let inner = parser.unary();
            parser.branch(start..inner.span.end, [inner.depth], || {
                Node::Negate(Box::new(inner))
            })
        })
    }

    /// The number after a minus sign, read with its sign: only so can the least int be written.
    fn negative_number(&mut self, start: usize) -> Option<Expr> {
        let value = match *self.kind() {
            TokenKind::Int(magnitude) => Value::Int(0_i64.checked_sub_unsigned(magnitude)?),
            TokenKind::Double(magnitude) => Value::Double(-magnitude),
            _ => return None,
        };
        let end = self.span().end;
        self.at += 1;
        Some(self.leaf(start..end, Node::Literal(value)))
    }
}
