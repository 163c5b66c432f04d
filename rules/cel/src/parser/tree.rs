//! The tree, no taller than evaluators can climb.

use std::ops::Range;
use std::sync::Arc;

use crate::Value;
use crate::ast::{Expr, Node};
use crate::problem::{Problem, codes};

use super::{MAX_DEPTH, Parser};

impl Parser {
    pub(super) fn leaf(&self, span: Range<usize>, node: Node) -> Expr {
        Expr {
            node,
            span,
            source: Arc::clone(&self.source),
            depth: 1,
        }
    }

    /// A node over others; where the tree would grow too tall, a leaf and a problem in its place.
    pub(super) fn branch(
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

    pub(super) fn nested(&mut self, inner: impl FnOnce(&mut Self) -> Expr) -> Expr {
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
