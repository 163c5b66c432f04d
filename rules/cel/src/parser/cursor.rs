//! The place in the tokens, and where reading goes on when they are not what they should be.

use std::ops::Range;

use crate::lexer::TokenKind;
use crate::problem::{Problem, codes};

use super::Parser;

impl Parser {
    pub(super) fn kind(&self) -> &TokenKind {
        &self.tokens[self.at.min(self.tokens.len() - 1)].kind
    }

    pub(super) fn span(&self) -> Range<usize> {
        self.tokens[self.at.min(self.tokens.len() - 1)].span.clone()
    }

    pub(super) fn last_end(&self) -> usize {
        self.at.checked_sub(1).map_or(0, |last| {
            self.tokens[last.min(self.tokens.len() - 1)].span.end
        })
    }

    pub(super) fn is(&self, sign: &str) -> bool {
        matches!(self.kind(), TokenKind::Punctuation(found) if *found == sign)
    }

    pub(super) fn take(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        self.at += usize::from(found);
        found
    }

    /// Whether the token after this one begins an operand: `not x`, but not `not == x`.
    pub(super) fn operand_follows(&self) -> bool {
        match self.tokens.get(self.at + 1).map(|token| &token.kind) {
            Some(TokenKind::Punctuation(sign)) => *sign == "!",
            Some(TokenKind::End) | None => false,
            Some(TokenKind::Name(name)) => &**name != "in",
            Some(_) => true,
        }
    }

    /// Takes the sign, or reports its absence and steps to where parsing can go on. `opened` is where its pair stands.
    pub(super) fn expect(&mut self, sign: &'static str, opened: usize) {
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

    pub(super) fn expect_end(&mut self) {
        if !matches!(self.kind(), TokenKind::End) {
            self.unexpected("the end of the expression");
        }
    }

    /// Reports the token that should have been something else and steps over tokens up to a comma or a closing bracket.
    pub(super) fn unexpected(&mut self, wanted: &str) {
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
            let help = self.decimal_comma().or_else(|| self.percent());
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

    /// `50%`, where a share is meant: the sign asks for a remainder.
    fn percent(&self) -> Option<String> {
        let sign = self.tokens.get(self.at.checked_sub(1)?)?;
        let number = self.tokens.get(self.at.checked_sub(2)?)?;
        let (TokenKind::Punctuation("%"), true) = (&sign.kind, number.span.end == sign.span.start)
        else {
            return None;
        };
        let percent = match number.kind {
            TokenKind::Int(percent) => percent as f64,
            TokenKind::Double(percent) => percent,
            _ => return None,
        };
        let share = percent / 100.0;
        Some(format!("`%` asks for a remainder; a share is `{share:?}`"))
    }

    /// Reports an operator that is not spelt so.
    pub(super) fn misspelt(&mut self, message: String, sign: &str) {
        let before = self.problems.len();
        self.problem(message, Some(format!("write `{sign}`")));
        self.misspelt += self.problems.len() - before;
    }

    pub(super) fn problem(&mut self, message: String, help: Option<String>) {
        let mut problem = Problem::new(codes::SYNTAX, self.span(), message);
        problem.help = help;
        let known = self.problems.iter().any(|known| known.span == problem.span);
        if !known {
            self.problems.push(problem);
        }
    }
}
