//! CEL's macros: calls whose arguments are not values but expressions to evaluate for each element, or at need.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ast::{Expr, Node};
use crate::eval::{EvalError, Evaluated, Evaluator, fault, field_if_any, map_key};
use crate::functions;
use crate::operators::Fault;
use crate::value::{MapKey, Value};

/// The variables of a macro: the element, or its place and itself.
pub(crate) type Variables = Vec<Arc<str>>;

impl Evaluator<'_> {
    /// The value of a macro call; none where the call is no macro.
    pub(crate) fn macro_call(
        &mut self,
        expr: &Expr,
        receiver: Option<&Expr>,
        name: &str,
        args: &[Expr],
    ) -> Option<Evaluated> {
        let Some(of) = receiver else {
            return match (name, args) {
                ("has", [arg]) => Some(self.has(expr, arg)),
                _ => None,
            };
        };
        if of.as_name() == Some("cel") {
            return self.of_cel(expr, name, args);
        }
        Some(match (name, args) {
            ("all", [names @ .., test]) if one_or_two(names) => {
                self.quantified(of, names, test, false)
            }
            ("exists", [names @ .., test]) if one_or_two(names) => {
                self.quantified(of, names, test, true)
            }
            ("exists_one" | "existsOne", [names @ .., test]) if one_or_two(names) => {
                self.exactly_one(of, names, test)
            }
            ("filter", [_, test]) => self.collected(of, &args[..1], Some(test), None),
            ("map", [_, value]) => self.collected(of, &args[..1], None, Some(value)),
            ("map", [_, test, value]) => self.collected(of, &args[..1], Some(test), Some(value)),
            ("transformList", [_, _, value]) => self.collected(of, &args[..2], None, Some(value)),
            ("transformList", [_, _, test, value]) => {
                self.collected(of, &args[..2], Some(test), Some(value))
            }
            ("transformMap" | "transformMapEntry", [_, _, value]) => {
                self.mapped(of, &args[..2], None, value, name == "transformMap")
            }
            ("transformMap" | "transformMapEntry", [_, _, test, value]) => {
                self.mapped(of, &args[..2], Some(test), value, name == "transformMap")
            }
            ("sortBy", [_, key]) => self.sorted_by(expr, of, &args[..1], key),
            ("or" | "orValue", [other]) => self.or(expr, of, name, other),
            ("optMap" | "optFlatMap", [_, value]) => self.opt_map(expr, of, &args[0], value, name),
            _ => return None,
        })
    }

    /// `cel.bind(…)` and its like.
    fn of_cel(&mut self, expr: &Expr, name: &str, args: &[Expr]) -> Option<Evaluated> {
        Some(match (name, args) {
            ("bind", [name, value, body]) => self.bind(name, value, body),
            ("block", [parts, body]) => self.block(parts, body),
            ("index", [place]) => self.part_of_block(expr, place),
            ("iterVar" | "accuVar", [_, _]) => variable(expr).and_then(|name| {
                let value = self.name(&name);
                value.ok_or_else(|| fault(expr, Fault::Unknown(expr.text().to_owned())))
            }),
            _ => return None,
        })
    }

    /// `cel.block([a, b], cel.index(0) + cel.index(1))`: parts that have a number, each evaluated once.
    /// A part that fails does so where it is used.
    fn block(&mut self, parts: &Expr, body: &Expr) -> Evaluated {
        let Node::List(parts) = &parts.node else {
            let message = "cel.block() takes a list of parts in brackets".to_owned();
            return Err(fault(parts, Fault::Argument(message)));
        };
        self.blocks.push(Vec::with_capacity(parts.len()));
        for part in parts {
            let found = self.eval(part);
            if let Some(block) = self.blocks.last_mut() {
                block.push(found);
            }
        }
        let value = self.eval(body);
        self.blocks.pop();
        value
    }

    fn part_of_block(&mut self, expr: &Expr, place: &Expr) -> Evaluated {
        let found = match (&place.node, self.blocks.last()) {
            (Node::Literal(Value::Int(place)), Some(block)) => {
                usize::try_from(*place).ok().and_then(|at| block.get(at))
            }
            _ => None,
        };
        let unknown = || fault(expr, Fault::Unknown(expr.text().to_owned()));
        found.cloned().unwrap_or_else(|| Err(unknown()))
    }

    /// `has(a.b)`: whether a map has the field.
    fn has(&mut self, expr: &Expr, arg: &Expr) -> Evaluated {
        let arg = match &arg.node {
            Node::Maybe(access) => access,
            _ => arg,
        };
        let Node::Select { of, field } = &arg.node else {
            return Err(fault(
                arg,
                Fault::Argument("has() takes a field: has(a.b)".to_owned()),
            ));
        };
        let of = match self.eval(of)? {
            Value::Optional(None) => return Ok(Value::Bool(false)),
            Value::Optional(Some(inner)) => (*inner).clone(),
            other => other,
        };
        match field_if_any(Some(&of), field) {
            Ok(found) => Ok(Value::Bool(matches!(found, Value::Optional(Some(_))))),
            Err(_) => Err(fault(
                expr,
                Fault::NoOverload(format!("has({}.{field})", of.type_name())),
            )),
        }
    }

    /// `a.or(b)`, `a.orValue(b)`: the other is evaluated where the first has no value.
    fn or(&mut self, expr: &Expr, of: &Expr, name: &str, other: &Expr) -> Evaluated {
        match self.eval(of)? {
            Value::Optional(Some(value)) if name == "orValue" => Ok((*value).clone()),
            found @ Value::Optional(Some(_)) => Ok(found),
            Value::Optional(None) => match self.eval(other)? {
                other if name == "orValue" || matches!(other, Value::Optional(_)) => Ok(other),
                other => Err(not_for(expr, "optional_type", name, other.type_name())),
            },
            of => Err(not_for(expr, of.type_name(), name, "…")),
        }
    }

    /// `a.optMap(x, f(x))`, and `a.optFlatMap(x, f(x))` where f gives an optional itself.
    fn opt_map(
        &mut self,
        expr: &Expr,
        of: &Expr,
        name: &Expr,
        value: &Expr,
        function: &str,
    ) -> Evaluated {
        let name = variable(name)?;
        let found = match self.eval(of)? {
            Value::Optional(Some(found)) => (*found).clone(),
            none @ Value::Optional(None) => return Ok(none),
            other => return Err(not_for(expr, other.type_name(), function, "…")),
        };
        let value = self.with(&[name], &[found], |evaluator| evaluator.eval(value))?;
        match value {
            value if function == "optMap" => Ok(crate::optional::of(Some(value))),
            value @ Value::Optional(_) => Ok(value),
            other => Err(not_for(expr, "optional_type", function, other.type_name())),
        }
    }

    /// `cel.bind(x, value, body)`
    fn bind(&mut self, name: &Expr, value: &Expr, body: &Expr) -> Evaluated {
        let name = variable(name)?;
        let value = self.eval(value)?;
        self.with(&[name], &[value], |evaluator| evaluator.eval(body))
    }

    /// `all` (decisive: false) and `exists` (decisive: true), which absorb errors as `&&` and `||` do.
    fn quantified(&mut self, of: &Expr, names: &[Expr], test: &Expr, decisive: bool) -> Evaluated {
        let names = variables(names)?;
        let mut error = None;
        for element in self.elements(of, names.len())? {
            match self.with(&names, &element, |evaluator| evaluator.truth(test)) {
                Ok(value) if value == decisive => return Ok(Value::Bool(decisive)),
                Ok(_) => {}
                Err(found) if found.fault == Fault::Exhausted => return Err(found),
                Err(found) => error = error.or(Some(found)),
            }
        }
        error.map_or(Ok(Value::Bool(!decisive)), Err)
    }

    fn exactly_one(&mut self, of: &Expr, names: &[Expr], test: &Expr) -> Evaluated {
        let names = variables(names)?;
        let mut found = 0_usize;
        for element in self.elements(of, names.len())? {
            let passed = self.with(&names, &element, |evaluator| evaluator.truth(test))?;
            found += usize::from(passed);
        }
        Ok(Value::Bool(found == 1))
    }

    /// The elements that pass the test, or what becomes of them.
    fn collected(
        &mut self,
        of: &Expr,
        names: &[Expr],
        test: Option<&Expr>,
        value: Option<&Expr>,
    ) -> Evaluated {
        let names = variables(names)?;
        let mut out = Vec::new();
        for element in self.elements(of, names.len())? {
            let passed = self.with(&names, &element, |evaluator| {
                if let Some(test) = test
                    && !evaluator.truth(test)?
                {
                    return Ok(None);
                }
                match value {
                    Some(value) => evaluator.eval(value).map(Some),
                    None => Ok(element.last().cloned()),
                }
            })?;
            out.extend(passed);
        }
        Ok(Value::List(out.into()))
    }

    /// A map of what becomes of the elements that pass the test: a value under the same key (`keeps_keys`), or entries.
    fn mapped(
        &mut self,
        of: &Expr,
        names: &[Expr],
        test: Option<&Expr>,
        value: &Expr,
        keeps_keys: bool,
    ) -> Evaluated {
        let names = variables(names)?;
        let mut out = BTreeMap::new();
        for element in self.elements(of, names.len())? {
            let found = self.with(&names, &element, |evaluator| match test {
                Some(test) if !evaluator.truth(test)? => Ok(None),
                _ => evaluator.eval(value).map(Some),
            })?;
            match found {
                None => {}
                Some(found) if keeps_keys => {
                    let key = map_key(&element[0]).map_err(|error| fault(of, error))?;
                    out.insert(key, found);
                }
                Some(Value::Map(entries)) => self.merge(value, &mut out, &entries)?,
                Some(other) => {
                    let message = format!("entries of {}, which is no map", other.type_name());
                    return Err(fault(value, Fault::NoOverload(message)));
                }
            }
        }
        Ok(Value::Map(out.into()))
    }

    fn merge(
        &mut self,
        expr: &Expr,
        into: &mut BTreeMap<MapKey, Value>,
        entries: &BTreeMap<MapKey, Value>,
    ) -> Result<(), EvalError> {
        self.spend(expr, entries.len())?;
        for (key, value) in entries {
            if into.insert(key.clone(), value.clone()).is_some() {
                let message = format!("the key {} is repeated", key.to_value());
                return Err(fault(expr, Fault::Argument(message)));
            }
        }
        Ok(())
    }

    /// `xs.sortBy(x, key)`
    fn sorted_by(&mut self, expr: &Expr, of: &Expr, names: &[Expr], key: &Expr) -> Evaluated {
        let names = variables(names)?;
        let list = self.eval(of)?;
        let Value::List(items) = &list else {
            return Err(not_for(expr, list.type_name(), "sortBy", "…"));
        };
        self.spend(of, items.len())?;
        let mut keys = Vec::with_capacity(items.len());
        for item in items.iter() {
            let item = std::slice::from_ref(item);
            keys.push(self.with(&names, item, |evaluator| evaluator.eval(key))?);
        }
        self.paid(expr, |budget| functions::sorted(items, &keys, budget))
    }

    /// The elements of a list or the keys of a map; for two variables each with its place, or its value.
    fn elements(&mut self, of: &Expr, variables: usize) -> Result<Vec<Vec<Value>>, EvalError> {
        let value = self.eval(of)?;
        self.paid(of, |budget| budget.build(&value))?;
        match &value {
            Value::List(items) if variables == 1 => {
                Ok(items.iter().map(|item| vec![item.clone()]).collect())
            }
            Value::List(items) => {
                let placed = (0..).map(Value::Int).zip(items.iter().cloned());
                Ok(placed.map(|(place, item)| vec![place, item]).collect())
            }
            Value::Map(entries) => {
                let both = entries.iter().map(|(key, value)| {
                    let key = key.to_value();
                    if variables == 1 {
                        vec![key]
                    } else {
                        vec![key, value.clone()]
                    }
                });
                Ok(both.collect())
            }
            other => {
                let message = format!("elements of {}", other.type_name());
                Err(fault(of, Fault::NoOverload(message)))
            }
        }
    }

    fn with<T>(
        &mut self,
        names: &[Arc<str>],
        values: &[Value],
        body: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = self.locals.len();
        let pairs = names.iter().cloned().zip(values.iter().cloned());
        self.locals.extend(pairs);
        let result = body(self);
        self.locals.truncate(before);
        result
    }
}

fn one_or_two(names: &[Expr]) -> bool {
    matches!(names.len(), 1 | 2)
}

fn not_for(expr: &Expr, of: &str, name: &str, arg: &str) -> EvalError {
    fault(expr, Fault::NoOverload(format!("{of}.{name}({arg})")))
}

pub(crate) fn variables(names: &[Expr]) -> Result<Variables, EvalError> {
    let found: Variables = names.iter().map(variable).collect::<Result<_, _>>()?;
    if let [first, second] = found.as_slice()
        && first == second
    {
        let message = format!("both variables are named `{first}`");
        return Err(fault(&names[1], Fault::Argument(message)));
    }
    Ok(found)
}

/// The variable an argument names. `cel.iterVar(0, 1)` names the one that optimisers number so.
fn variable(expr: &Expr) -> Result<Arc<str>, EvalError> {
    match &expr.node {
        Node::Name(name) => Ok(Arc::clone(name)),
        Node::Call {
            receiver: Some(space),
            function,
            args,
        } if space.as_name() == Some("cel") && matches!(&**function, "iterVar" | "accuVar") => {
            let numbers: Option<Vec<_>> = args.iter().map(Expr::as_number).collect();
            match numbers.as_deref() {
                Some([depth, place]) => Ok(format!("cel.{function}({depth}, {place})").into()),
                _ => Err(no_variable(expr)),
            }
        }
        _ => Err(no_variable(expr)),
    }
}

fn no_variable(expr: &Expr) -> EvalError {
    let message = format!("`{}` is not a variable name", expr.text());
    fault(expr, Fault::Argument(message))
}
