//! Tokens to a tree, after the grammar of cel-spec's langdef. Reports every mistake it can tell apart and never overflows
//! the stack: nesting and the height of the tree are bounded. Macros stay calls; what they mean is the evaluators' business.
//!
//! Here is the way in; the files beside have what binds operands, the operands, the place in the tokens, and the tree.

mod cursor;
mod operands;
mod operators;
mod tree;

use std::sync::Arc;

use crate::ast::Expr;
use crate::lexer::{self, Token};
use crate::problem::{Problem, codes};

/// The longest expression, in bytes.
pub const MAX_LENGTH: usize = 32 * 1024;
/// The deepest nesting, of brackets or of operators, in levels of the tree.
pub const MAX_DEPTH: usize = 200;

/// Reads an expression; every problem found when there is any.
pub fn parse(source: &str) -> Result<Expr, Vec<Problem>> {
    parse_up_to(source, MAX_LENGTH)
}

/// As [`parse`], for expressions that hold data and may be longer than an author writes: so many bytes.
pub fn parse_up_to(source: &str, max_length: usize) -> Result<Expr, Vec<Problem>> {
    let (expr, spelling) = read(source, max_length)?;
    if spelling.is_empty() {
        Ok(expr)
    } else {
        Err(spelling)
    }
}

/// Reads an expression and compiles it: where only operators are spelt wrongly, `and` or `=`, what is meant is clear, and
/// that does not hide what else is wrong.
pub fn parse_and<T>(
    source: &str,
    compile: impl FnOnce(&Expr) -> Result<T, Vec<Problem>>,
) -> Result<T, Vec<Problem>> {
    let (expr, mut problems) = read(source, MAX_LENGTH)?;
    match compile(&expr) {
        Ok(compiled) if problems.is_empty() => return Ok(compiled),
        Ok(_) => {}
        Err(found) => problems.extend(found),
    }
    problems.sort_by_key(|problem| problem.span.start);
    Err(problems)
}

/// The tree, and how its operators are spelt wrongly; or everything that is wrong, where there is no telling what is meant.
fn read(source: &str, max_length: usize) -> Result<(Expr, Vec<Problem>), Vec<Problem>> {
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
        misspelt: 0,
    };
    let expr = parser.expression();
    parser.expect_end();
    parser.problems.sort_by_key(|problem| problem.span.start);
    if parser.problems.len() == parser.misspelt {
        Ok((expr, parser.problems))
    } else {
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
    /// How many of them are about operators of which it is clear what they mean.
    misspelt: usize,
}
