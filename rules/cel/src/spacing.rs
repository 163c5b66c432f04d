//! An expression with the blanks a careful author puts: around operators, after commas, none inside parentheses.
//!
//! Works on tokens, and gives nothing where the same tokens would not come back.

use crate::lexer::{self, Token, TokenKind};

/// The expression on one line with canonical blanks; none where it cannot be read or has comments.
pub fn spaced(source: &str) -> Option<String> {
    let (tokens, problems) = lexer::tokens(source);
    if !problems.is_empty() || has_comments(source, &tokens) {
        return None;
    }
    let mut writer = Writer {
        source,
        written: String::with_capacity(source.len() + 8),
        before: Before::Start,
        open: vec![0],
    };
    for token in &tokens {
        writer.token(token);
    }
    let (again, problems) = lexer::tokens(&writer.written);
    let kinds = |tokens: &[Token]| -> Vec<TokenKind> {
        tokens.iter().map(|token| token.kind.clone()).collect()
    };
    (problems.is_empty() && kinds(&again) == kinds(&tokens)).then_some(writer.written)
}

/// Whether anything but blanks stands between tokens.
fn has_comments(source: &str, tokens: &[Token]) -> bool {
    let ends = std::iter::once(0).chain(tokens.iter().map(|token| token.span.end));
    ends.zip(tokens)
        .any(|(end, token)| source[end..token.span.start].contains('/'))
}

/// What stands to the left.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Start,
    /// A bracket that opens, a dot, a sign of what follows.
    Prefix,
    /// A name: a call's parenthesis follows it at once.
    Name,
    /// What else an operator can follow: a literal, a bracket that closes.
    Operand,
    Operator,
    Comma,
}

struct Writer<'a> {
    source: &'a str,
    written: String,
    before: Before,
    /// For each open bracket the question marks that wait for their colon.
    open: Vec<u32>,
}

impl Writer<'_> {
    fn token(&mut self, token: &Token) {
        match &token.kind {
            TokenKind::End | TokenKind::Broken => {}
            TokenKind::Punctuation(sign) => self.sign(sign),
            TokenKind::Name(name) if &**name == "in" && self.after_operand() => {
                self.put("in", true, Before::Operator);
            }
            TokenKind::Name(_) | TokenKind::Quoted(_) => self.operand(token, Before::Name),
            _ => self.operand(token, Before::Operand),
        }
    }

    fn operand(&mut self, token: &Token, kind: Before) {
        let text = &self.source[token.span.clone()];
        let blank = !matches!(self.before, Before::Start | Before::Prefix);
        self.put(text, blank, kind);
    }

    fn sign(&mut self, sign: &'static str) {
        let operand = self.after_operand();
        let blank = !matches!(self.before, Before::Start | Before::Prefix);
        match sign {
            "(" | "[" | "{" => {
                self.open.push(0);
                let attached = match sign {
                    "(" => self.before == Before::Name,
                    _ => operand,
                };
                self.put(sign, blank && !attached, Before::Prefix);
            }
            ")" | "]" | "}" => {
                self.open.pop();
                self.put(sign, false, Before::Operand);
            }
            "." => self.put(sign, blank && !operand, Before::Prefix),
            "," => self.put(sign, false, Before::Comma),
            "!" => self.put(sign, blank, Before::Prefix),
            "-" | "?" if !operand => self.put(sign, blank, Before::Prefix),
            "?" => {
                self.waiting(|waiting| *waiting += 1);
                self.put(sign, true, Before::Operator);
            }
            ":" => {
                let chooses = self.open.last().is_some_and(|waiting| *waiting > 0);
                self.waiting(|waiting| *waiting = waiting.saturating_sub(1));
                self.put(sign, chooses, Before::Operator);
            }
            _ => self.put(sign, true, Before::Operator),
        }
    }

    fn waiting(&mut self, change: impl FnOnce(&mut u32)) {
        if let Some(waiting) = self.open.last_mut() {
            change(waiting);
        }
    }

    fn after_operand(&self) -> bool {
        matches!(self.before, Before::Name | Before::Operand)
    }

    fn put(&mut self, text: &str, blank: bool, before: Before) {
        if blank && !self.written.is_empty() {
            self.written.push(' ');
        }
        self.written.push_str(text);
        self.before = before;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, wanted: &str) {
        assert_eq!(spaced(source).as_deref(), Some(wanted));
        assert_eq!(spaced(wanted).as_deref(), Some(wanted), "again");
    }

    #[test]
    fn blanks_stand_where_an_author_puts_them() {
        check("height>=27.0&&pump", "height >= 27.0 && pump");
        check("avg( pm25 . avg('1h') )>3.0", "avg(pm25.avg('1h')) > 3.0");
        check("- 3.0 -x- -2.0", "-3.0 - x - -2.0");
        check("!  ( a||b )", "!(a || b)");
        check("a?b:c?-1:x[ 0 ]", "a ? b : c ? -1 : x[0]");
        check("{'a':1,'b':x?1:2}", "{'a': 1, 'b': x ? 1 : 2}");
        check("x in[1,2]&&a.in in (b)", "x in [1, 2] && a.in in (b)");
        check("a.?b[?0]+[?c,d][1]", "a.?b[?0] + [?c, d][1]");
        check("size ( x )==0\n || y", "size(x) == 0 || y");
        check("'a  b' + \"c\"", "'a  b' + \"c\"");
    }

    #[test]
    fn comments_and_what_is_no_expression_are_left_alone() {
        assert_eq!(spaced("a // why\n && b"), None);
        assert_eq!(spaced("a ≥ b"), None);
        assert_eq!(spaced("'never closed"), None);
    }
}
