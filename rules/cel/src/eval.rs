//! Evaluation of any CEL expression against bound values: `ioc rules eval`. Types are found as it goes; the meaning of every
//! operator and function is the one that typed programs fold their constants with.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::ast::{Arithmetic, Compare, Expr, Node, Operator};
use crate::budget::Budget;
use crate::names::{self, Called};
use crate::operators::{self, Fault};
use crate::patterns::Patterns;
use crate::value::{MapKey, TYPES, Value};
use crate::{functions, optional};

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
        self.eval_within("", bindings)
    }

    /// The same as seen from a namespace, `city.traffic`: a name is looked for there, then in the namespaces around it,
    /// and at last as it stands. Empty for none.
    pub fn eval_within(
        &self,
        namespace: &str,
        bindings: &BTreeMap<String, Value>,
    ) -> Result<Value, EvalError> {
        let mut evaluator = Evaluator {
            namespace,
            bindings,
            locals: Vec::new(),
            blocks: Vec::new(),
            budget: Budget::new(),
            patterns: Patterns::default(),
        };
        let value = evaluator.eval(self)?;
        // Whoever receives it will walk it, too.
        evaluator.paid(self, |budget| budget.walk(&value))?;
        Ok(value)
    }
}

pub(crate) struct Evaluator<'b> {
    namespace: &'b str,
    bindings: &'b BTreeMap<String, Value>,
    /// Variables of the macros around the current part, innermost last.
    pub(crate) locals: Vec<(Arc<str>, Value)>,
    /// What the parts of `cel.block` gave, innermost last.
    pub(crate) blocks: Vec<Vec<Evaluated>>,
    pub(crate) budget: Budget,
    patterns: Patterns,
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
            Node::Rooted(name) => self
                .known(name)
                .ok_or_else(|| at(Fault::Unknown(name.to_string()))),
            Node::Select { of, field } => self.select(expr, of, field),
            Node::Index { of, index } => {
                let (of, index) = (self.eval(of)?, self.eval(index)?);
                match &of {
                    Value::Optional(inner) => if_any(inner.as_deref(), &index).map_err(at),
                    of => operators::element(of, &index).map_err(at),
                }
            }
            Node::Maybe(access) => self.maybe(access),
            Node::Entry(inner) => Err(at(Fault::Argument(format!(
                "`{}` stands where no element or key can be left out",
                inner.text()
            )))),
            Node::Call {
                receiver,
                function,
                args,
            } => self.call(expr, receiver.as_deref(), function, args),
            Node::List(items) => self.list(items),
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
        self.paid(expr, |budget| budget.spend(work))
    }

    pub(crate) fn paid<T>(
        &mut self,
        expr: &Expr,
        work: impl FnOnce(&mut Budget) -> Result<T, Fault>,
    ) -> Result<T, EvalError> {
        work(&mut self.budget).map_err(|error| fault(expr, error))
    }

    fn values(&mut self, items: &[Expr]) -> Result<Vec<Value>, EvalError> {
        items.iter().map(|item| self.eval(item)).collect()
    }

    /// A macro's variable, a bound name, or a type.
    pub(crate) fn name(&self, name: &str) -> Option<Value> {
        let local = self.locals.iter().rev().find(|(local, _)| &**local == name);
        local
            .map(|(_, value)| value.clone())
            .or_else(|| self.visible(name))
    }

    fn visible(&self, name: &str) -> Option<Value> {
        names::outwards(self.namespace, name, |name| self.known(name))
    }

    /// What a whole name is bound to, or the type it is.
    fn known(&self, name: &str) -> Option<Value> {
        let of_type = || {
            TYPES
                .into_iter()
                .find(|known| *known == name)
                .map(Value::Type)
        };
        self.bindings.get(name).cloned().or_else(of_type)
    }

    /// The binding or the type a dotted name stands for as a whole: `asset.id`, `google.protobuf.Duration`.
    pub(crate) fn dotted(&self, expr: &Expr) -> Option<Value> {
        let is_local = |name: &str| self.locals.iter().any(|(local, _)| &**local == name);
        match names::whole(expr, is_local)? {
            (name, true) => self.known(&name),
            (name, false) => self.visible(&name),
        }
    }

    fn select(&mut self, expr: &Expr, of: &Expr, field: &Arc<str>) -> Evaluated {
        if let Some(value) = self.dotted(expr) {
            return Ok(value);
        }
        let at = |error| fault(expr, error);
        match self.eval(of)? {
            Value::Map(entries) => {
                let found = entries.get(&MapKey::String(Arc::clone(field)));
                found
                    .cloned()
                    .ok_or_else(|| at(Fault::NoKey(field.to_string())))
            }
            Value::Optional(inner) => field_if_any(inner.as_deref(), field).map_err(at),
            other => Err(at(no_field(&other, field))),
        }
    }

    /// `a.?b`, `a[?b]`
    fn maybe(&mut self, access: &Expr) -> Evaluated {
        let found = match &access.node {
            Node::Select { of, field } => match self.eval(of)? {
                Value::Optional(inner) => field_if_any(inner.as_deref(), field),
                other => field_if_any(Some(&other), field),
            },
            Node::Index { of, index } => {
                let (of, index) = (self.eval(of)?, self.eval(index)?);
                match &of {
                    Value::Optional(inner) => if_any(inner.as_deref(), &index),
                    of => if_any(Some(of), &index),
                }
            }
            _ => return self.eval(access),
        };
        found.map_err(|error| fault(access, error))
    }

    fn list(&mut self, items: &[Expr]) -> Evaluated {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            match &item.node {
                Node::Entry(inner) => values.extend(self.entry(inner)?),
                _ => values.push(self.eval(item)?),
            }
        }
        Ok(Value::List(values.into()))
    }

    /// The value of the optional behind a question mark, if it has one.
    fn entry(&mut self, inner: &Expr) -> Result<Option<Value>, EvalError> {
        match self.eval(inner)? {
            Value::Optional(value) => Ok(value.map(|value| (*value).clone())),
            other => Err(fault(
                inner,
                Fault::NoOverload(format!(
                    "`?` before {}, which is no optional",
                    other.type_name()
                )),
            )),
        }
    }

    fn map(&mut self, entries: &[(Expr, Expr)]) -> Evaluated {
        let mut map = BTreeMap::new();
        for (key_expr, value_expr) in entries {
            let (key_expr, value) = match &key_expr.node {
                Node::Entry(key) => (&**key, None),
                _ => (key_expr, Some(value_expr)),
            };
            let key = self.eval(key_expr)?;
            let value = match value {
                Some(value) => Some(self.eval(value)?),
                None => self.entry(value_expr)?,
            };
            let key = map_key(&key).map_err(|error| fault(key_expr, error))?;
            let Some(value) = value else { continue };
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
        self.paid(expr, |budget| {
            match op {
                Operator::Arithmetic(Arithmetic::Add) => {
                    budget.build(a)?;
                    budget.build(b)?;
                }
                Operator::Arithmetic(_) => {}
                // Nothing larger is looked at than the smaller of the two holds, but which that is shows only then.
                Operator::Compare(Compare::Equal | Compare::NotEqual) | Operator::In => {
                    budget.walk(a)?;
                    match b {
                        Value::Map(_) if op == Operator::In => {}
                        b => {
                            budget.walk(b)?;
                        }
                    }
                }
                Operator::Compare(_) => {
                    budget.read(a)?;
                    budget.read(b)?;
                }
            }
            match op {
                Operator::Arithmetic(op) => {
                    let sign = op.as_str();
                    operators::arithmetic(op, a, b).map_err(|error| match error {
                        Fault::Overflow(of) => Fault::OverflowOf(of, format!("{a} {sign} {b}")),
                        other => other,
                    })
                }
                Operator::Compare(op) => operators::compare(op, a, b).map(Value::Bool),
                Operator::In => operators::contained(a, b).map(Value::Bool),
            }
        })
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
        let value = match names::called(receiver, name, |name| self.name(name).is_some()) {
            Called::Function(name) => self.function(expr, &name, None, args),
            Called::Method(receiver) => {
                let receiver = self.eval(receiver)?;
                self.function(expr, name, Some(receiver), args)
            }
        }?;
        self.paid(expr, |budget| budget.build(&value))?;
        Ok(value)
    }

    fn function(
        &mut self,
        expr: &Expr,
        name: &str,
        receiver: Option<Value>,
        args: &[Expr],
    ) -> Evaluated {
        let mut values = self.values(args)?;
        self.paid(expr, |budget| {
            receiver
                .iter()
                .chain(&values)
                .try_for_each(|value| budget.read(value))
        })?;
        let result = match receiver {
            Some(text @ Value::String(_)) if name == "matches" => {
                values.insert(0, text);
                self.patterns.call(name, &values, &mut self.budget)
            }
            Some(receiver) => Some(functions::method(
                &receiver,
                name,
                &values,
                &mut self.budget,
            )),
            None => self.patterns.call(name, &values, &mut self.budget),
        };
        let result = result.unwrap_or_else(|| functions::global(name, &values, &mut self.budget));
        result.map_err(|error| fault(expr, error))
    }
}

/// The key a value makes in a map.
pub(crate) fn map_key(value: &Value) -> Result<MapKey, Fault> {
    let key = match value {
        Value::Double(_) => None,
        value => MapKey::of(value),
    };
    key.ok_or_else(|| {
        let name = value.type_name();
        Fault::Argument(format!(
            "a {name} is no key of a map; a bool, an int, a uint or a string is"
        ))
    })
}

fn no_field(of: &Value, field: &str) -> Fault {
    Fault::NoOverload(format!("{}.{field}", of.type_name()))
}

/// A field of what may be missing, as an optional.
pub(crate) fn field_if_any(of: Option<&Value>, field: &Arc<str>) -> Result<Value, Fault> {
    match of {
        None => Ok(optional::of(None)),
        Some(Value::Map(_)) => if_any(of, &Value::String(Arc::clone(field))),
        Some(other) => Err(no_field(other, field)),
    }
}

/// An element of what may be missing, as an optional.
fn if_any(of: Option<&Value>, index: &Value) -> Result<Value, Fault> {
    of.map_or_else(|| Ok(optional::of(None)), |of| optional::element(of, index))
}
