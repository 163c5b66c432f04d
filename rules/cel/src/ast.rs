//! The syntax of an expression, as written. Owned here so that nothing else depends on how text becomes a tree.

use std::ops::Range;
use std::sync::Arc;

use crate::Value;

/// A part of an expression with its place in the source.
#[derive(Clone, Debug)]
pub struct Expr {
    pub(crate) node: Node,
    pub(crate) span: Range<usize>,
    pub(crate) source: Arc<str>,
    /// Levels of the tree from here down; bounded by the parser so that every walk may recurse.
    pub(crate) depth: usize,
}

/// What a part of an expression is.
#[derive(Clone, Debug)]
pub enum Node {
    /// A literal: `27.0`, `'down'`, `true`.
    Literal(Value),
    /// A name: `height`.
    Name(Arc<str>),
    /// A name with a dot before it, `.height`: never a macro's variable.
    Rooted(Arc<str>),
    /// A field of something: `asset.bd1`.
    Select {
        /// Of what.
        of: Box<Expr>,
        /// The field.
        field: Arc<str>,
    },
    /// A function or method call, macros included: `has(x.y)`, `pm25.avg('1h')`.
    Call {
        /// What stands before the dot.
        receiver: Option<Box<Expr>>,
        /// The function's name.
        function: Arc<str>,
        /// What stands between the parentheses.
        args: Vec<Expr>,
    },
    /// An element: `xs[0]`.
    Index {
        /// Of what.
        of: Box<Expr>,
        /// Which.
        index: Box<Expr>,
    },
    /// A [`Node::Select`] or [`Node::Index`] that may find nothing, and gives an optional: `a.?b`, `a[?b]`.
    Maybe(Box<Expr>),
    /// `[a, b]`
    List(Vec<Expr>),
    /// `{k: v}`
    Map(Vec<(Expr, Expr)>),
    /// An element or a key with a question mark, `[?a]`, `{?k: v}`: there when the optional has a value.
    Entry(Box<Expr>),
    /// `!a`
    Not(Box<Expr>),
    /// `-a`
    Negate(Box<Expr>),
    /// `a + b`, `a < b`, `a in b`
    Binary {
        /// The operator.
        op: Operator,
        /// Left operand.
        left: Box<Expr>,
        /// Right operand.
        right: Box<Expr>,
    },
    /// `a && b && c`: two parts or more.
    All(Vec<Expr>),
    /// `a || b || c`: two parts or more.
    Any(Vec<Expr>),
    /// `a ? b : c`
    Choose {
        /// Before the question mark.
        condition: Box<Expr>,
        /// When true.
        then: Box<Expr>,
        /// When false.
        otherwise: Box<Expr>,
    },
}

/// An operator with two operands other than `&&` and `||`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operator {
    /// `+ - * / %`
    Arithmetic(Arithmetic),
    /// `== != < <= > >=`
    Compare(Compare),
    /// `in`
    In,
}

/// An arithmetic operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

impl Arithmetic {
    /// As written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }
}

/// A comparison.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Compare {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Compare {
    /// As written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// The same comparison with its operands exchanged: `a < b` is `b > a`.
    #[must_use]
    pub fn flipped(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }

    /// Whether it asks for order, not just for sameness.
    pub fn is_order(self) -> bool {
        !matches!(self, Self::Equal | Self::NotEqual)
    }

    /// Whether it holds between two values; values without an order (NaN) are only ever unequal.
    pub fn holds<T: PartialOrd + ?Sized>(self, a: &T, b: &T) -> bool {
        match self {
            Self::Equal => a == b,
            Self::NotEqual => a != b,
            Self::Less => a < b,
            Self::LessOrEqual => a <= b,
            Self::Greater => a > b,
            Self::GreaterOrEqual => a >= b,
        }
    }
}

impl Expr {
    /// Whether a function is called anywhere in it, as such: not as a method.
    pub fn calls(&self, name: &str) -> bool {
        let is = matches!(self.node(), Node::Call { receiver: None, function, .. } if **function == *name);
        is || self.parts().into_iter().any(|part| part.calls(name))
    }

    /// What it is put together from.
    fn parts(&self) -> Vec<&Self> {
        match self.node() {
            Node::Literal(_) | Node::Name(_) | Node::Rooted(_) => Vec::new(),
            Node::Call { receiver, args, .. } => {
                receiver.iter().map(|of| &**of).chain(args).collect()
            }
            Node::Index { of, index } => vec![of, index],
            Node::Select { of, .. }
            | Node::Maybe(of)
            | Node::Entry(of)
            | Node::Not(of)
            | Node::Negate(of) => vec![of],
            Node::List(items) | Node::All(items) | Node::Any(items) => items.iter().collect(),
            Node::Map(entries) => entries.iter().flat_map(|(k, v)| [k, v]).collect(),
            Node::Binary { left, right, .. } => vec![left, right],
            Node::Choose {
                condition,
                then,
                otherwise,
            } => vec![condition, then, otherwise],
        }
    }

    /// What it is.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// Its bytes in the source, parentheses around it included.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Its text as the author wrote it.
    pub fn text(&self) -> &str {
        &self.source[self.span.clone()]
    }

    /// The string, where it is a string literal.
    pub fn as_str(&self) -> Option<&str> {
        match &self.node {
            Node::Literal(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The number, where it is a literal of any number type.
    pub fn as_number(&self) -> Option<f64> {
        match self.node {
            Node::Literal(Value::Int(n)) => Some(n as f64),
            Node::Literal(Value::Uint(n)) => Some(n as f64),
            Node::Literal(Value::Double(n)) => Some(n),
            _ => None,
        }
    }

    /// The name, where it is a bare name.
    pub fn as_name(&self) -> Option<&str> {
        match &self.node {
            Node::Name(name) | Node::Rooted(name) => Some(name),
            _ => None,
        }
    }

    /// The names from left to right of `a`, `a.b.c` or `a.labels['team']`.
    pub fn as_path(&self) -> Option<Vec<&str>> {
        let (mut path, mut at) = (Vec::new(), self);
        loop {
            match &at.node {
                Node::Name(name) | Node::Rooted(name) => {
                    path.push(&**name);
                    path.reverse();
                    return Some(path);
                }
                Node::Select { of, field } => {
                    path.push(field);
                    at = of;
                }
                Node::Index { of, index } => {
                    path.push(index.as_str()?);
                    at = of;
                }
                _ => return None,
            }
        }
    }
}
