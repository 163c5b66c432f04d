//! Evaluation of any CEL expression against bound values: `ioc rules eval`. Types are found as it goes; the meaning of every
//! operator and function is the one that typed programs fold their constants with.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::ast::{Arithmetic, Expr, Node, Operator};
use crate::operators::{self, Fault};
use crate::value::{MapKey, TYPES, Value};
use crate::{convert, functions};

/// How many parts one evaluation may evaluate, and bytes and elements it may build: macros nest, so their work multiplies.
const BUDGET: u64 = 4_000_000;

/// Why an expression has no value, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{fault}")]
pub struct EvalError {
    /// What failed.
    pub fault: Fault,
    /// The part that failed, in bytes of the source.
    pub span: Range<usize>,
}

impl Expr {
    /// The value of this expression with these names bound.
    pub fn eval(&self, bindings: &BTreeMap<String, Value>) -> Result<Value, EvalError> {
        let mut evaluator = Evaluator {
            bindings,
            locals: Vec::new(),
            left: BUDGET,
        };
        evaluator.eval(self)
    }
}

pub(crate) struct Evaluator<'b> {
    bindings: &'b BTreeMap<String, Value>,
    /// Variables of the macros around the current part, innermost last.
    pub(crate) locals: Vec<(Arc<str>, Value)>,
    left: u64,
}

pub(crate) type Evaluated = Result<Value, EvalError>;

pub(crate) fn fault(expr: &Expr, fault: Fault) -> EvalError {
    EvalError {
        fault,
        span: expr.span(),
    }
}

impl Evaluator<'_> {
    pub(crate) fn eval(&mut self, expr: &Expr) -> Evaluated {
        self.spend(expr, 1)?;
        let at = |error| fault(expr, error);
        match &expr.node {
            Node::Literal(value) => Ok(value.clone()),
            Node::Name(name) => self
                .name(name)
                .ok_or_else(|| at(Fault::Unknown(name.to_string()))),
            Node::Select { of, field } => self.select(expr, of, field),
            Node::Index { of, index } => {
                let (of, index) = (self.eval(of)?, self.eval(index)?);
                operators::element(&of, &index).map_err(at)
            }
            Node::Call {
                receiver,
                function,
                args,
            } => self.call(expr, receiver.as_deref(), function, args),
            Node::List(items) => self.values(items).map(|items| Value::List(items.into())),
            Node::Map(entries) => self.map(entries),
            Node::Not(inner) => {
                let value = self.truth(inner)?;
                Ok(Value::Bool(!value))
            }
            Node::Negate(inner) => operators::negate(&self.eval(inner)?).map_err(at),
            Node::All(parts) => self.logic(parts, false),
            Node::Any(parts) => self.logic(parts, true),
            Node::Binary { op, left, right } => {
                let (a, b) = (self.eval(left)?, self.eval(right)?);
                self.binary(expr, *op, &a, &b)
            }
            Node::Choose {
                condition,
                then,
                otherwise,
            } => {
                let chosen = if self.truth(condition)? {
                    then
                } else {
                    otherwise
                };
                self.eval(chosen)
            }
        }
    }

    pub(crate) fn spend(&mut self, expr: &Expr, work: usize) -> Result<(), EvalError> {
        let left = self.left.checked_sub(work as u64);
        self.left = left.ok_or_else(|| fault(expr, Fault::Exhausted))?;
        Ok(())
    }

    fn values(&mut self, items: &[Expr]) -> Result<Vec<Value>, EvalError> {
        items.iter().map(|item| self.eval(item)).collect()
    }

    /// A macro's variable, a bound name, or a type.
    fn name(&self, name: &str) -> Option<Value> {
        let local = self.locals.iter().rev().find(|(local, _)| &**local == name);
        if let Some((_, value)) = local {
            return Some(value.clone());
        }
        let of_type = || {
            TYPES
                .into_iter()
                .find(|known| *known == name)
                .map(Value::Type)
        };
        self.bindings.get(name).cloned().or_else(of_type)
    }

    fn select(&mut self, expr: &Expr, of: &Expr, field: &str) -> Evaluated {
        // A dotted name may be one name: a type, or a binding such as `asset.id`.
        if let Some(path) = expr.as_path()
            && self.locals.iter().all(|(local, _)| &**local != path[0])
            && let Some(value) = self.name(&path.join("."))
        {
            return Ok(value);
        }
        match self.eval(of)? {
            Value::Map(entries) => {
                let found = entries.get(&MapKey::String(field.into()));
                found
                    .cloned()
                    .ok_or_else(|| fault(expr, Fault::NoKey(field.to_owned())))
            }
            other => Err(fault(
                expr,
                Fault::NoOverload(format!("{}.{field}", other.type_name())),
            )),
        }
    }

    fn map(&mut self, entries: &[(Expr, Expr)]) -> Evaluated {
        let mut map = BTreeMap::new();
        for (key_expr, value) in entries {
            let key = self.eval(key_expr)?;
            let value = self.eval(value)?;
            let key = match key {
                Value::Double(_) => None,
                key => MapKey::of(&key),
            };
            let key =
                key.ok_or_else(|| fault(key_expr, Fault::Argument("not a map key".to_owned())))?;
            if map.insert(key, value).is_some() {
                return Err(fault(
                    key_expr,
                    Fault::Argument(format!("the key {} is repeated", key_expr.text())),
                ));
            }
        }
        Ok(Value::Map(map.into()))
    }

    pub(crate) fn truth(&mut self, expr: &Expr) -> Result<bool, EvalError> {
        match self.eval(expr)? {
            Value::Bool(value) => Ok(value),
            other => Err(fault(
                expr,
                Fault::NoOverload(format!("{} as a condition", other.type_name())),
            )),
        }
    }

    /// `&&` (decisive: false) and `||` (decisive: true): a decisive part decides whatever errors the others have.
    fn logic(&mut self, parts: &[Expr], decisive: bool) -> Evaluated {
        let mut error = None;
        for part in parts {
            match self.truth(part) {
                Ok(value) if value == decisive => return Ok(Value::Bool(decisive)),
                Ok(_) => {}
                Err(found) if found.fault == Fault::Exhausted => return Err(found),
                Err(found) => error = error.or(Some(found)),
            }
        }
        error.map_or(Ok(Value::Bool(!decisive)), Err)
    }

    fn binary(&mut self, expr: &Expr, op: Operator, a: &Value, b: &Value) -> Evaluated {
        let result = match op {
            Operator::Arithmetic(op) => {
                if op == Arithmetic::Add {
                    let grown = [a, b].map(|side| convert::size(side).unwrap_or(0) as usize);
                    self.spend(expr, grown[0] + grown[1])?;
                }
                operators::arithmetic(op, a, b)
            }
            Operator::Compare(op) => operators::compare(op, a, b).map(Value::Bool),
            Operator::In => operators::contained(a, b).map(Value::Bool),
        };
        result.map_err(|error| fault(expr, error))
    }

    fn call(
        &mut self,
        expr: &Expr,
        receiver: Option<&Expr>,
        name: &str,
        args: &[Expr],
    ) -> Evaluated {
        if let Some(result) = self.macro_call(expr, receiver, name, args) {
            return result;
        }
        let namespace = receiver
            .and_then(Expr::as_name)
            .filter(|name| self.name(name).is_none());
        let result = match (receiver, namespace) {
            (Some(_), Some(namespace)) if functions::NAMESPACES.contains(&namespace) => {
                let args = self.values(args)?;
                functions::global(&format!("{namespace}.{name}"), &args)
            }
            (Some(receiver), _) => {
                let receiver = self.eval(receiver)?;
                let args = self.values(args)?;
                functions::method(&receiver, name, &args)
            }
            (None, _) => {
                let args = self.values(args)?;
                functions::global(name, &args)
            }
        };
        let value = result.map_err(|error| fault(expr, error))?;
        self.spend(expr, convert::size(&value).unwrap_or(0) as usize)?;
        Ok(value)
    }
}
