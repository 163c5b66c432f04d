//! The expression language alone: CEL, typed against a host's slots and compiled to programs that know unknown.
//!
//! Owns syntax, types, units, evaluation and explanation. Leaves to the host ([`Scope`], [`Slots`]) what names mean and
//! where values come from: fields of a kind, windows, groups, mappings.

mod ast;
mod atoms;
mod budget;
mod check;
mod code;
mod convert;
mod deduce;
mod eval;
mod explain;
mod functions;
mod lexer;
mod macros;
mod names;
mod network;
mod operators;
mod optional;
mod parser;
mod patterns;
mod problem;
mod program;
mod quoted;
mod scale;
mod scope;
mod spacing;
mod term;
mod timestamp;
mod units;
mod value;

pub use ast::{Arithmetic, Compare, Expr, Node, Operator};
pub use atoms::{Atoms, Comparison, Threshold};
pub use deduce::StaticType;
pub use eval::EvalError;
pub use network::Cidr;
pub use operators::Fault;
pub use parser::{MAX_DEPTH, MAX_LENGTH, parse, parse_and, parse_up_to};
pub use problem::{Problem, codes, render};
pub use program::{Outcome, Program, compile_bool, compile_number, compile_value};
pub use scope::{Reference, Resolution, Scope, Slots, Type};
pub use spacing::spaced;
pub use term::Term;
pub use timestamp::{ParseTimestampError, Timestamp};
pub use value::{MapKey, Value};
