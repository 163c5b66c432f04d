//! The types of macros: what their variables are, and what becomes of the elements.

use super::{Deducer, StaticType};
use crate::Value;
use crate::ast::{Expr, Node};
use crate::macros::variables;
use crate::problem::codes;

impl Deducer<'_> {
    /// The type of a macro call; none where the call is no macro.
    pub(super) fn macro_call(
        &mut self,
        expr: &Expr,
        receiver: Option<&Expr>,
        name: &str,
        args: &[Expr],
    ) -> Option<StaticType> {
        let Some(of) = receiver else {
            return match (name, args) {
                ("has", [arg]) => Some(self.has(arg)),
                _ => None,
            };
        };
        if of.as_name() == Some("cel") {
            return self.of_cel(expr, name, args);
        }
        Some(match (name, args) {
            ("all" | "exists" | "exists_one" | "existsOne", [names @ .., test])
                if matches!(names.len(), 1 | 2) =>
            {
                let elements = self.elements(of, names.len());
                self.with(names, &elements, |deducer| deducer.condition(test));
                StaticType::plain("bool")
            }
            ("filter", [_, test]) => {
                let elements = self.elements(of, 1);
                self.with(&args[..1], &elements, |deducer| deducer.condition(test));
                StaticType::Of("list".into(), elements)
            }
            ("map", [_, tests @ .., value]) if tests.len() <= 1 => {
                let elements = self.elements(of, 1);
                let element = self.transformed(&args[..1], &elements, tests, value);
                StaticType::with("list", [element])
            }
            ("transformList" | "transformMap" | "transformMapEntry", [_, _, tests @ .., value])
                if tests.len() <= 1 =>
            {
                let elements = self.elements(of, 2);
                let found = self.transformed(&args[..2], &elements, tests, value);
                self.collected(name, elements, found, value)
            }
            ("sortBy", [_, key]) => {
                let elements = self.elements(of, 1);
                self.transformed(&args[..1], &elements, &[], key);
                StaticType::Of("list".into(), elements)
            }
            ("optMap" | "optFlatMap", [_, value]) => self.opt_map(of, &args[..1], value, name),
            _ => return None,
        })
    }

    /// `cel.bind(…)` and its like.
    fn of_cel(&mut self, expr: &Expr, name: &str, args: &[Expr]) -> Option<StaticType> {
        Some(match (name, args) {
            ("bind", [_, value, body]) => {
                let value = self.type_of(value);
                self.with(&args[..1], &[value], |deducer| deducer.type_of(body))
            }
            ("block", [parts, body]) => self.block(parts, body),
            ("index", [place]) => self.part_of_block(expr, place),
            ("iterVar" | "accuVar", [_, _]) => {
                let names = variables(std::slice::from_ref(expr)).unwrap_or_default();
                let found = names.first().and_then(|name| self.name(name));
                found.unwrap_or_else(|| self.unknown(expr))
            }
            _ => return None,
        })
    }

    fn block(&mut self, parts: &Expr, body: &Expr) -> StaticType {
        let Node::List(items) = &parts.node else {
            let message = "cel.block() takes a list of parts in brackets".to_owned();
            return self.problem(parts, codes::ARGUMENTS, message);
        };
        self.blocks.push(Vec::with_capacity(items.len()));
        for item in items {
            let ty = self.type_of(item);
            if let Some(block) = self.blocks.last_mut() {
                block.push(ty);
            }
        }
        let found = self.type_of(body);
        self.blocks.pop();
        found
    }

    fn part_of_block(&mut self, expr: &Expr, place: &Expr) -> StaticType {
        let found = match (&place.node, self.blocks.last()) {
            (Node::Literal(Value::Int(place)), Some(block)) => {
                let place = usize::try_from(*place).ok();
                place.and_then(|at| block.get(at).cloned())
            }
            _ => None,
        };
        found.unwrap_or_else(|| self.unknown(expr))
    }

    fn has(&mut self, arg: &Expr) -> StaticType {
        let access = match &arg.node {
            Node::Maybe(access) => access,
            _ => arg,
        };
        if let Node::Select { of, .. } = &access.node {
            let of = self.type_of(of);
            self.field(arg, &of);
        } else {
            let message = "has() takes a field: has(a.b)".to_owned();
            self.problem(arg, codes::ARGUMENTS, message);
        }
        StaticType::plain("bool")
    }

    /// `a.optMap(x, f(x))`, and `a.optFlatMap(x, f(x))` where f gives an optional itself.
    fn opt_map(&mut self, of: &Expr, name: &[Expr], value: &Expr, function: &str) -> StaticType {
        let inner = self.optional(of);
        let found = self.with(name, &[inner], |deducer| deducer.type_of(value));
        if function == "optMap" {
            return StaticType::with("optional_type", [found]);
        }
        let wanted = StaticType::with("optional_type", [self.settled.open()]);
        self.must_be(value, &found, &wanted);
        wanted
    }

    /// What `transformList` and its like make of transformed elements.
    fn collected(
        &mut self,
        name: &str,
        elements: Vec<StaticType>,
        found: StaticType,
        value: &Expr,
    ) -> StaticType {
        if name == "transformList" {
            return StaticType::with("list", [found]);
        }
        let key = elements.into_iter().next().unwrap_or(StaticType::Dyn);
        if name == "transformMap" {
            return StaticType::with("map", [key, found]);
        }
        let parameters = [self.settled.open(), self.settled.open()];
        let wanted = StaticType::with("map", parameters);
        self.must_be(value, &found, &wanted);
        wanted
    }

    /// The type of what becomes of an element.
    fn transformed(
        &mut self,
        names: &[Expr],
        elements: &[StaticType],
        tests: &[Expr],
        value: &Expr,
    ) -> StaticType {
        self.with(names, elements, |deducer| {
            for test in tests {
                deducer.condition(test);
            }
            deducer.type_of(value)
        })
    }

    /// The types of a macro's variables: the elements of a list or the keys of a map; for two variables their places,
    /// or the values.
    fn elements(&mut self, of: &Expr, variables: usize) -> Vec<StaticType> {
        let found = self.type_of(of);
        let found = self.settled.of(&found);
        let mut types: Vec<_> = match &found {
            StaticType::Of(name, parameters) if &**name == "list" => {
                let place = (variables == 2).then(|| StaticType::plain("int"));
                place.into_iter().chain(parameters.clone()).collect()
            }
            StaticType::Of(name, parameters) if &**name == "map" => parameters.clone(),
            StaticType::Of(..) => {
                let message = format!("{found} has no elements");
                self.problem(of, codes::TYPE, message);
                Vec::new()
            }
            StaticType::Dyn | StaticType::Open(_) => Vec::new(),
        };
        types.resize(variables, StaticType::Dyn);
        types
    }

    fn with<T>(
        &mut self,
        names: &[Expr],
        types: &[StaticType],
        body: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = self.locals.len();
        match variables(names) {
            Ok(names) => {
                let pairs = names.into_iter().zip(types.iter().cloned());
                self.locals.extend(pairs);
            }
            Err(error) => {
                let problem =
                    crate::Problem::new(codes::ARGUMENTS, error.span, error.fault.to_string());
                self.problems.push(problem);
            }
        }
        let result = body(self);
        self.locals.truncate(before);
        result
    }
}
