//! Tokens to a tree, after the grammar of cel-spec's langdef. Reports every mistake it can tell apart and never overflows
//! the stack: nesting and the height of the tree are bounded. Macros stay calls; what they mean is the evaluators' business.

use std::ops::Range;
use std::sync::Arc;

use crate::Value;
use crate::ast::{Arithmetic, Compare, Expr, Node, Operator};
use crate::lexer::{self, Token, TokenKind};
use crate::problem::{Problem, codes};

/// The longest expression, in bytes.
pub const MAX_LENGTH: usize = 32 * 1024;
/// The deepest nesting, of brackets or of operators, in levels of the tree.
pub const MAX_DEPTH: usize = 200;

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

/// Reads an expression; every problem found when there is any.
pub fn parse(source: &str) -> Result<Expr, Vec<Problem>> {
    parse_up_to(source, MAX_LENGTH)
}

/// As [`parse`], for expressions that hold data and may be longer than an author writes: so many bytes.
pub fn parse_up_to(source: &str, max_length: usize) -> Result<Expr, Vec<Problem>> {
    if source.len() > max_length {
        let message = format!(
            "the expression has {} bytes; at most {max_length} are read",
            source.len()
        );
        return Err(vec![Problem::new(codes::TOO_BIG, 0..0, message)]);
    }
    let (tokens, problems) = lexer::tokens(source);
    if tokens.len() == 1 && problems.is_empty() {
        let empty = Problem::new(codes::SYNTAX, 0..0, "the expression is empty");
        return Err(vec![empty]);
    }
    let mut parser = Parser {
        source: source.into(),
        tokens,
        at: 0,
        depth: 0,
        problems,
    };
    let expr = parser.expression();
    parser.expect_end();
    if parser.problems.is_empty() {
        Ok(expr)
    } else {
        parser.problems.sort_by_key(|problem| problem.span.start);
        Err(parser.problems)
    }
}

struct Parser {
    source: Arc<str>,
    tokens: Vec<Token>,
    at: usize,
    /// Levels of brackets and operators the parser itself stands in.
    depth: usize,
    problems: Vec<Problem>,
}

impl Parser {
    /// `a ? b : c` and everything that binds tighter.
    fn expression(&mut self) -> Expr {
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
            let is_word = matches!(self.kind(), TokenKind::Name(name) if &**name == word);
            if is_word || self.is(single) {
                let found = &self.source[self.span()];
                let message = format!("`{found}` is not an operator");
                self.problem(message, Some(format!("write `{sign}`")));
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
            if self.is("=") {
                self.problem(
                    "`=` does not compare".to_owned(),
                    Some("write `==`".to_owned()),
                );
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
            "==" | "=" => (Operator::Compare(Compare::Equal), 0),
            "!=" => (Operator::Compare(Compare::NotEqual), 0),
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
        let not_word = matches!(self.kind(), TokenKind::Name(name) if &**name == "not")
            && self.operand_follows();
        if not_word {
            self.problem(
                "`not` is not an operator".to_owned(),
                Some("write `!`".to_owned()),
            );
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

    fn member(&mut self) -> Expr {
        let primary = self.primary();
        self.postfix(primary)
    }

    /// Selections, calls and indexes after an operand.
    fn postfix(&mut self, mut expr: Expr) -> Expr {
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

/// The parser's place in the tokens, and what it does when they are not what they should be.
impl Parser {
    fn kind(&self) -> &TokenKind {
        &self.tokens[self.at.min(self.tokens.len() - 1)].kind
    }

    fn span(&self) -> Range<usize> {
        self.tokens[self.at.min(self.tokens.len() - 1)].span.clone()
    }

    fn last_end(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |last| {
            self.tokens[last.min(self.tokens.len() - 1)].span.end
        })
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.kind(), TokenKind::Punctuation(found) if *found == sign)
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        self.at += usize::from(found);
        found
    }

    /// Whether the token after this one begins an operand: `not x`, but not `not == x`.
    fn operand_follows(&self) -> bool {
        match self.tokens.get(self.at + 1).map(|token| &token.kind) {
            Some(TokenKind::Punctuation(sign)) => *sign == "!",
            Some(TokenKind::End) | None => false,
            Some(TokenKind::Name(name)) => &**name != "in",
            Some(_) => true,
        }
    }

    /// Takes the sign, or reports its absence and steps to where parsing can go on. `opened` is where its pair stands.
    fn expect(&mut self, sign: &'static str, opened: usize) {
        if self.take(sign) {
            return;
        }
        if sign != ":" && matches!(self.kind(), TokenKind::End) {
            let open = &self.source[opened..].chars().next().unwrap_or_default();
            let message = format!("`{open}` is never closed");
            let problem = Problem::new(codes::SYNTAX, opened..opened + open.len_utf8(), message);
            if self.problems.is_empty() {
                self.problems
                    .push(problem.with_help(format!("add `{sign}`")));
            }
            return;
        }
        self.unexpected(&format!("`{sign}`"));
        self.take(sign);
    }

    fn expect_end(&mut self) {
        if !matches!(self.kind(), TokenKind::End) {
            self.unexpected("the end of the expression");
        }
    }

    /// Reports the token that should have been something else and steps over tokens up to a comma or a closing bracket.
    fn unexpected(&mut self, wanted: &str) {
        // What follows a broken token is guesswork: one report a place is enough.
        let after_broken = self.at > 0
            && matches!(
                self.tokens[(self.at - 1).min(self.tokens.len() - 1)].kind,
                TokenKind::Broken
            );
        if !after_broken {
            let found = &self.source[self.span()];
            let message = match self.kind() {
                TokenKind::End => format!("the expression ends where {wanted} should be"),
                _ => format!("`{found}` stands where {wanted} should be"),
            };
            let help = self.decimal_comma();
            self.problem(message, help);
        }
        let mut open = 0_usize;
        loop {
            match self.kind() {
                TokenKind::End => return,
                TokenKind::Punctuation("(" | "[" | "{") => open += 1,
                TokenKind::Punctuation("," | ")" | "]" | "}" | ":") if open == 0 => return,
                TokenKind::Punctuation(")" | "]" | "}") => open -= 1,
                _ => {}
            }
            self.at += 1;
        }
    }

    fn decimal_comma(&self) -> Option<String> {
        let before = self.tokens.get(self.at.checked_sub(1)?)?;
        let after = self.tokens.get(self.at + 1)?;
        let both = matches!(
            (&before.kind, &after.kind),
            (TokenKind::Int(_), TokenKind::Int(_))
        );
        let (whole, fraction) = (
            &self.source[before.span.clone()],
            &self.source[after.span.clone()],
        );
        (self.is(",") && both).then(|| format!("a decimal point is a dot: `{whole}.{fraction}`"))
    }

    fn problem(&mut self, message: String, help: Option<String>) {
        let mut problem = Problem::new(codes::SYNTAX, self.span(), message);
        problem.help = help;
        let known = self.problems.iter().any(|known| known.span == problem.span);
        if !known {
            self.problems.push(problem);
        }
    }

    fn leaf(&self, span: Range<usize>, node: Node) -> Expr {
        Expr {
            node,
            span,
            source: Arc::clone(&self.source),
            depth: 1,
        }
    }

    /// A node over others; where the tree would grow too tall, a leaf and a problem in its place.
    fn branch(
        &mut self,
        span: Range<usize>,
        depths: impl AsRef<[usize]>,
        node: impl FnOnce() -> Node,
    ) -> Expr {
        let depth = 1 + depths.as_ref().iter().copied().max().unwrap_or(0);
        if depth > MAX_DEPTH {
            return self.too_deep(span);
        }
        Expr {
            node: node(),
            span,
            source: Arc::clone(&self.source),
            depth,
        }
    }

    fn nested(&mut self, inner: impl FnOnce(&mut Self) -> Expr) -> Expr {
        if self.depth >= MAX_DEPTH {
            let span = self.span();
            self.at = self.tokens.len() - 1;
            return self.too_deep(span);
        }
        self.depth += 1;
        let expr = inner(self);
        self.depth -= 1;
        expr
    }

    fn too_deep(&mut self, span: Range<usize>) -> Expr {
        if !self
            .problems
            .iter()
            .any(|known| known.code == codes::TOO_BIG)
        {
            let message = format!("the expression is nested more than {MAX_DEPTH} levels deep");
            self.problems
                .push(Problem::new(codes::TOO_BIG, span.clone(), message));
        }
        self.leaf(span, Node::Literal(Value::Null))
    }
}
