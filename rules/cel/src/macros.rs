//! CEL's macros: calls whose arguments are not values but expressions to evaluate for each element.

use std::sync::Arc;

use crate::Value;
use crate::ast::{Expr, Node};
use crate::eval::{EvalError, Evaluated, Evaluator, fault};
use crate::operators::Fault;
use crate::value::MapKey;

impl Evaluator<'_> {
    /// The value of a macro call; none where the call is no macro.
    pub(crate) fn macro_call(
        &mut self,
        expr: &Expr,
        receiver: Option<&Expr>,
        name: &str,
        args: &[Expr],
    ) -> Option<Evaluated> {
        Some(match (receiver, name, args) {
            (None, "has", [arg]) => self.has(expr, arg),
            (Some(space), "bind", [name, value, body]) if space.as_name() == Some("cel") => {
                self.bind(name, value, body)
            }
            (Some(of), "all", [name, test]) => self.quantified(of, name, test, false),
            (Some(of), "exists", [name, test]) => self.quantified(of, name, test, true),
            (Some(of), "exists_one" | "existsOne", [name, test]) => {
                self.exactly_one(of, name, test)
            }
            (Some(of), "filter", [name, test]) => self.collected(of, name, Some(test), None),
            (Some(of), "map", [name, value]) => self.collected(of, name, None, Some(value)),
            (Some(of), "map", [name, test, value]) => {
                self.collected(of, name, Some(test), Some(value))
            }
            _ => return None,
        })
    }

    /// `has(a.b)`: whether a map has the field.
    fn has(&mut self, expr: &Expr, arg: &Expr) -> Evaluated {
        let Node::Select { of, field } = &arg.node else {
            return Err(fault(
                arg,
                Fault::Argument("has() takes a field: has(a.b)".to_owned()),
            ));
        };
        match self.eval(of)? {
            Value::Map(entries) => Ok(Value::Bool(
                entries.contains_key(&MapKey::String(Arc::clone(field))),
            )),
            other => Err(fault(
                expr,
                Fault::NoOverload(format!("has({}.{field})", other.type_name())),
            )),
        }
    }

    /// `cel.bind(x, value, body)`
    fn bind(&mut self, name: &Expr, value: &Expr, body: &Expr) -> Evaluated {
        let name = variable(name)?;
        let value = self.eval(value)?;
        self.with(name, value, |evaluator| evaluator.eval(body))
    }

    /// `all` (decisive: false) and `exists` (decisive: true), which absorb errors as `&&` and `||` do.
    fn quantified(&mut self, of: &Expr, name: &Expr, test: &Expr, decisive: bool) -> Evaluated {
        let name = variable(name)?;
        let mut error = None;
        for element in self.elements(of)? {
            match self.with(Arc::clone(&name), element, |evaluator| {
                evaluator.truth(test)
            }) {
                Ok(value) if value == decisive => return Ok(Value::Bool(decisive)),
                Ok(_) => {}
                Err(found) if found.fault == Fault::Exhausted => return Err(found),
                Err(found) => error = error.or(Some(found)),
            }
        }
        error.map_or(Ok(Value::Bool(!decisive)), Err)
    }

    fn exactly_one(&mut self, of: &Expr, name: &Expr, test: &Expr) -> Evaluated {
        let name = variable(name)?;
        let mut found = 0_usize;
        for element in self.elements(of)? {
            found += usize::from(self.with(Arc::clone(&name), element, |evaluator| {
                evaluator.truth(test)
            })?);
        }
        Ok(Value::Bool(found == 1))
    }

    /// The elements that pass the test, or what becomes of them.
    fn collected(
        &mut self,
        of: &Expr,
        name: &Expr,
        test: Option<&Expr>,
        value: Option<&Expr>,
    ) -> Evaluated {
        let name = variable(name)?;
        let mut out = Vec::new();
        for element in self.elements(of)? {
            let kept = element.clone();
            let passed = self.with(Arc::clone(&name), element, |evaluator| {
                if let Some(test) = test
                    && !evaluator.truth(test)?
                {
                    return Ok(None);
                }
                value
                    .map_or(Ok(kept), |value| evaluator.eval(value))
                    .map(Some)
            })?;
            out.extend(passed);
        }
        Ok(Value::List(out.into()))
    }

    /// The elements of a list or the keys of a map.
    fn elements(&mut self, of: &Expr) -> Result<Vec<Value>, EvalError> {
        let elements: Vec<_> = match self.eval(of)? {
            Value::List(items) => items.to_vec(),
            Value::Map(entries) => entries.keys().map(MapKey::to_value).collect(),
            other => {
                return Err(fault(
                    of,
                    Fault::NoOverload(format!("elements of {}", other.type_name())),
                ));
            }
        };
        self.spend(of, elements.len())?;
        Ok(elements)
    }

    fn with<T>(&mut self, name: Arc<str>, value: Value, body: impl FnOnce(&mut Self) -> T) -> T {
        self.locals.push((name, value));
        let result = body(self);
        self.locals.pop();
        result
    }
}

fn variable(expr: &Expr) -> Result<Arc<str>, EvalError> {
    match &expr.node {
        Node::Name(name) => Ok(Arc::clone(name)),
        _ => Err(fault(
            expr,
            Fault::Argument(format!("`{}` is not a variable name", expr.text())),
        )),
    }
}
