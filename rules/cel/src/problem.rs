//! What is wrong with an expression: a stable code, the place, and what to do.
//! Owns the codes. Leaves the place in the file and the drawing to whoever read the file.

use std::fmt::Write as _;
use std::ops::Range;

/// The codes of this crate, one a kind of mistake. Stable, documented, never reused.
pub mod codes {
    /// Not an expression: a bracket, an operand or an operator is missing or out of place.
    pub const SYNTAX: &str = "cel-syntax";
    /// A number, string or duration literal that cannot be read.
    pub const LITERAL: &str = "cel-literal";
    /// Longer than [`crate::MAX_LENGTH`] bytes, or nested deeper than [`crate::MAX_DEPTH`].
    pub const TOO_BIG: &str = "cel-too-big";
    /// A name nobody knows.
    pub const UNKNOWN_NAME: &str = "cel-unknown-name";
    /// A function or method nobody knows.
    pub const UNKNOWN_FUNCTION: &str = "cel-unknown-function";
    /// A known function with arguments it does not take.
    pub const ARGUMENTS: &str = "cel-arguments";
    /// An operator between types it is not defined for.
    pub const TYPE: &str = "cel-type";
    /// Arithmetic between int, uint and double, which CEL never mixes silently.
    pub const MIXED_ARITHMETIC: &str = "cel-mixed-arithmetic";
    /// A word that is not one of the symbol's words.
    pub const UNKNOWN_WORD: &str = "cel-unknown-word";
    /// Two units that cannot be compared or added.
    pub const UNIT: &str = "cel-unit";
    /// A unit that is no UCUM code this product knows.
    pub const UNKNOWN_UNIT: &str = "cel-unknown-unit";
    /// A constant part that fails whenever it is evaluated: a division by zero, an overflow.
    pub const ALWAYS_FAILS: &str = "cel-always-fails";
    /// The whole expression has another type than its place needs.
    pub const RESULT_TYPE: &str = "cel-result-type";
    /// Valid CEL that cannot be used in a typed expression.
    pub const UNSUPPORTED: &str = "cel-unsupported";
}

/// One mistake in an expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Stable: one of [`codes`], or a code of the host.
    pub code: &'static str,
    /// What is wrong, with the value in question.
    pub message: String,
    /// Bytes of the expression's source.
    pub span: Range<usize>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Problem {
    /// A problem at a place.
    pub fn new(code: &'static str, span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            span,
            help: None,
        }
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Draws problems under their source, for terminals without a diagnostic library and for tests.
pub fn render(source: &str, problems: &[Problem]) -> String {
    let mut out = String::new();
    for problem in problems {
        let start = problem.span.start.min(source.len());
        let line_start = source[..start].rfind('\n').map_or(0, |at| at + 1);
        let line = source[line_start..].lines().next().unwrap_or("");
        let before = source[line_start..start].chars().count();
        let end = problem.span.end.clamp(start, line_start + line.len());
        let carets = source[start..end].chars().count().max(1);
        let _ = writeln!(out, "{}: {}", problem.code, problem.message);
        if !line.is_empty() {
            let _ = writeln!(
                out,
                "  {line}\n  {}{}",
                " ".repeat(before),
                "^".repeat(carets)
            );
        }
        if let Some(help) = &problem.help {
            let _ = writeln!(out, "  help: {help}");
        }
    }
    out
}
