//! The type an expression has before it is evaluated, by CEL's optional type check: `list(int)`, `map(string, dyn)`.
//!
//! Owns the rules of that check. Rules and mappings are typed against the catalog instead, by `check`.

mod macros;
mod settled;
mod signatures;
mod types;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use types::StaticType;

use crate::Problem;
use crate::ast::{Arithmetic, Compare, Expr, Node, Operator};
use crate::names::{self, Called};
use crate::problem::codes;
use crate::value::TYPES;
use settled::{Settled, more_general};

impl Expr {
    /// The type of this expression as seen from a namespace (empty for none), where names have these types.
    /// An expression without a problem here may still fail when it is evaluated.
    pub fn deduce(
        &self,
        namespace: &str,
        known: &BTreeMap<String, StaticType>,
    ) -> Result<StaticType, Vec<Problem>> {
        let mut deducer = Deducer {
            namespace,
            known,
            locals: Vec::new(),
            blocks: Vec::new(),
            settled: Settled::default(),
            problems: Vec::new(),
        };
        let found = deducer.type_of(self);
        if deducer.settled.is_exhausted() {
            let message = "the types of this expression are too large to check".to_owned();
            deducer.problem(self, codes::TOO_BIG, message);
        }
        if deducer.problems.is_empty() {
            Ok(deducer.settled.closed(&found))
        } else {
            Err(deducer.problems)
        }
    }
}

struct Deducer<'k> {
    namespace: &'k str,
    known: &'k BTreeMap<String, StaticType>,
    /// Variables of the macros around the current part, innermost last.
    locals: Vec<(Arc<str>, StaticType)>,
    /// The types of the parts of `cel.block`, innermost last.
    blocks: Vec<Vec<StaticType>>,
    settled: Settled,
    problems: Vec<Problem>,
}

impl Deducer<'_> {
    /// The type of a part. What has none counts as any type, so that one mistake is told once.
    fn type_of(&mut self, expr: &Expr) -> StaticType {
        match &expr.node {
            Node::Literal(value) => StaticType::of_value(value),
            Node::Name(name) => self.name(name).unwrap_or_else(|| self.unknown(expr)),
            Node::Rooted(name) => self.named(name).unwrap_or_else(|| self.unknown(expr)),
            Node::Select { of, .. } => {
                if let Some(found) = self.dotted(expr) {
                    return found;
                }
                let of = self.type_of(of);
                self.field(expr, &of)
            }
            Node::Index { of, index } => self.operation(expr, "_[_]", &[of, index]),
            Node::Maybe(access) => self.maybe(expr, access),
            Node::Entry(inner) => self.type_of(inner),
            Node::List(items) => self.list(items),
            Node::Map(entries) => self.map(entries),
            Node::Not(inner) => self.operation(expr, "!_", &[inner]),
            Node::Negate(inner) => self.operation(expr, "-_", &[inner]),
            Node::All(parts) | Node::Any(parts) => {
                for part in parts {
                    self.condition(part);
                }
                StaticType::plain("bool")
            }
            Node::Binary { op, left, right } => self.operation(expr, form(*op), &[left, right]),
            Node::Choose {
                condition,
                then,
                otherwise,
            } => self.operation(expr, "_?_:_", &[condition, then, otherwise]),
            Node::Call {
                receiver,
                function,
                args,
            } => self.call(expr, receiver.as_deref(), function, args),
        }
    }

    fn problem(&mut self, expr: &Expr, code: &'static str, message: String) -> StaticType {
        self.problems.push(Problem::new(code, expr.span(), message));
        StaticType::Dyn
    }

    fn unknown(&mut self, expr: &Expr) -> StaticType {
        let message = format!("undeclared reference to '{}'", expr.text());
        self.problem(expr, codes::UNKNOWN_NAME, message)
    }

    fn name(&self, name: &str) -> Option<StaticType> {
        let local = self.locals.iter().rev().find(|(local, _)| &**local == name);
        local
            .map(|(_, ty)| ty.clone())
            .or_else(|| names::outwards(self.namespace, name, |name| self.named(name)))
    }

    /// The type of what a whole name is bound to, or of the type it is.
    fn named(&self, name: &str) -> Option<StaticType> {
        let of_type = || {
            let known = TYPES.into_iter().find(|known| *known == name)?;
            Some(StaticType::with("type", [StaticType::named(known)]))
        };
        self.known.get(name).cloned().or_else(of_type)
    }

    fn dotted(&self, expr: &Expr) -> Option<StaticType> {
        let is_local = |name: &str| self.locals.iter().any(|(local, _)| &**local == name);
        match names::whole(expr, is_local)? {
            (name, true) => self.named(&name),
            (name, false) => names::outwards(self.namespace, &name, |name| self.named(name)),
        }
    }

    /// The type of a field of something of this type.
    fn field(&mut self, expr: &Expr, of: &StaticType) -> StaticType {
        let of = self.settled.of(of);
        if let Some([_, value]) = of.parameters_of("map") {
            return value.clone();
        }
        if let Some([inner]) = of.parameters_of("optional_type") {
            let field = self.field(expr, inner);
            return StaticType::with("optional_type", [field]);
        }
        match of {
            StaticType::Dyn => StaticType::Dyn,
            // What has fields is not settled as anything narrower later.
            open @ StaticType::Open(_) => {
                self.settled.fit(&[StaticType::Dyn], &[open]);
                StaticType::Dyn
            }
            of @ StaticType::Of(..) => {
                let message = format!("{of} has no fields");
                self.problem(expr, codes::TYPE, message)
            }
        }
    }

    /// `a.?b`, `a[?b]`
    fn maybe(&mut self, expr: &Expr, access: &Expr) -> StaticType {
        match &access.node {
            Node::Index { of, index } => self.operation(expr, "_[?_]", &[of, index]),
            Node::Select { of, .. } => {
                let of = self.type_of(of);
                let field = self.field(expr, &of);
                if self.is_optional(&of) && self.is_optional(&field) {
                    field
                } else {
                    StaticType::with("optional_type", [field])
                }
            }
            _ => self.type_of(access),
        }
    }

    fn is_optional(&self, ty: &StaticType) -> bool {
        self.settled.of(ty).parameters_of("optional_type").is_some()
    }

    fn list(&mut self, items: &[Expr]) -> StaticType {
        let mut element = None;
        for item in items {
            let ty = self.entry(item);
            element = Some(self.joined(element, ty));
        }
        let element = element.unwrap_or_else(|| self.settled.open());
        StaticType::with("list", [element])
    }

    fn map(&mut self, entries: &[(Expr, Expr)]) -> StaticType {
        let (mut keys, mut values) = (None, None);
        for (key, value) in entries {
            let (key, value) = match &key.node {
                Node::Entry(key) => (self.key(key), self.optional(value)),
                _ => (self.key(key), self.type_of(value)),
            };
            keys = Some(self.joined(keys, key));
            values = Some(self.joined(values, value));
        }
        let keys = keys.unwrap_or_else(|| self.settled.open());
        let values = values.unwrap_or_else(|| self.settled.open());
        StaticType::with("map", [keys, values])
    }

    fn key(&mut self, expr: &Expr) -> StaticType {
        let found = self.type_of(expr);
        match self.settled.of(&found) {
            StaticType::Of(name, _) if !matches!(&*name, "bool" | "int" | "uint" | "string") => {
                let message =
                    format!("a {name} is no key of a map; a bool, an int, a uint or a string is");
                self.problem(expr, codes::TYPE, message)
            }
            key => key,
        }
    }

    /// An element of a list; with a question mark before it, what the optional holds.
    fn entry(&mut self, item: &Expr) -> StaticType {
        match &item.node {
            Node::Entry(inner) => self.optional(inner),
            _ => self.type_of(item),
        }
    }

    /// What an optional holds.
    fn optional(&mut self, expr: &Expr) -> StaticType {
        let found = self.type_of(expr);
        let inner = self.settled.open();
        let wanted = StaticType::with("optional_type", [inner.clone()]);
        self.must_be(expr, &found, &wanted);
        inner
    }

    /// The type of elements that have these two: the more general one, or any where they do not fit.
    fn joined(&mut self, before: Option<StaticType>, next: StaticType) -> StaticType {
        let Some(before) = before else { return next };
        if !self
            .settled
            .fit(std::slice::from_ref(&before), std::slice::from_ref(&next))
        {
            return StaticType::Dyn;
        }
        more_general(&before, &next).clone()
    }

    fn condition(&mut self, expr: &Expr) {
        let found = self.type_of(expr);
        self.must_be(expr, &found, &StaticType::plain("bool"));
    }

    fn must_be(&mut self, expr: &Expr, found: &StaticType, wanted: &StaticType) {
        if !self
            .settled
            .fit(std::slice::from_ref(found), std::slice::from_ref(wanted))
        {
            let (found, wanted) = (self.settled.closed(found), self.settled.closed(wanted));
            let message = format!("this is of type {found}, where {wanted} is wanted");
            self.problem(expr, codes::TYPE, message);
        }
    }

    fn operation(&mut self, expr: &Expr, form: &str, operands: &[&Expr]) -> StaticType {
        let types: Vec<_> = operands.iter().map(|expr| self.type_of(expr)).collect();
        self.applied(expr, form, false, &types)
    }

    fn call(
        &mut self,
        expr: &Expr,
        receiver: Option<&Expr>,
        name: &str,
        args: &[Expr],
    ) -> StaticType {
        if let Some(found) = self.macro_call(expr, receiver, name, args) {
            return found;
        }
        let mut types = Vec::with_capacity(args.len() + 1);
        let called = names::called(receiver, name, |name| self.name(name).is_some());
        if let Called::Method(receiver) = called {
            types.push(self.type_of(receiver));
        }
        types.extend(args.iter().map(|arg| self.type_of(arg)));
        match called {
            Called::Method(_) => self.applied(expr, name, true, &types),
            Called::Function(whole) if matches!(&*whole, "math.greatest" | "math.least") => {
                self.extreme(expr, name, &types)
            }
            Called::Function(whole) => self.applied(expr, &whole, false, &types),
        }
    }

    /// What a function gives for arguments of these types: of all the overloads that may be meant, any type where
    /// they differ.
    fn applied(
        &mut self,
        expr: &Expr,
        name: &str,
        method: bool,
        given: &[StaticType],
    ) -> StaticType {
        let Some(overloads) = signatures::of(name) else {
            let message = format!("there is no function '{name}'");
            return self.problem(expr, codes::UNKNOWN_FUNCTION, message);
        };
        let mut result = None;
        for overload in overloads
            .iter()
            .filter(|overload| overload.method == method)
        {
            let mut letters = Vec::new();
            let wanted = overload.arguments.iter();
            let wanted: Vec<_> = wanted
                .map(|ty| self.settled.fresh(ty, &mut letters))
                .collect();
            if !self.settled.fit(given, &wanted) {
                continue;
            }
            let found = self.settled.fresh(&overload.result, &mut letters);
            let found = self.settled.of(&found);
            result = Some(match result {
                Some(before) if before != found => StaticType::Dyn,
                _ => found,
            });
        }
        result.unwrap_or_else(|| self.no_overload(expr, name, given))
    }

    fn no_overload(&mut self, expr: &Expr, name: &str, given: &[StaticType]) -> StaticType {
        let given = given.iter().map(|ty| self.settled.closed(ty).to_string());
        let given = given.collect::<Vec<_>>().join(", ");
        let message = format!("no such overload: {name}({given})");
        self.problem(expr, codes::TYPE, message)
    }

    /// `math.greatest(1, 2.5)`, `math.least([1, 2])`: of one type of number that type, of several any.
    fn extreme(&mut self, expr: &Expr, name: &str, given: &[StaticType]) -> StaticType {
        let given: Vec<_> = given.iter().map(|ty| self.settled.of(ty)).collect();
        let of = match given.as_slice() {
            [list] => list.parameters_of("list").unwrap_or(&given),
            several => several,
        };
        let is_number = |ty: &StaticType| match ty {
            StaticType::Of(name, _) => matches!(&**name, "int" | "uint" | "double"),
            StaticType::Dyn | StaticType::Open(_) => true,
        };
        match of {
            [first, others @ ..] if of.iter().all(is_number) => {
                if others.iter().all(|other| other == first) {
                    first.clone()
                } else {
                    StaticType::Dyn
                }
            }
            _ => self.no_overload(expr, &format!("math.{name}"), &given),
        }
    }
}

/// The name of an operator in the list of signatures.
fn form(op: Operator) -> &'static str {
    match op {
        Operator::Arithmetic(Arithmetic::Add) => "_+_",
        Operator::Arithmetic(Arithmetic::Subtract) => "_-_",
        Operator::Arithmetic(Arithmetic::Multiply) => "_*_",
        Operator::Arithmetic(Arithmetic::Divide) => "_/_",
        Operator::Arithmetic(Arithmetic::Remainder) => "_%_",
        Operator::Compare(Compare::Equal | Compare::NotEqual) => "_==_",
        // What has an order has all of it.
        Operator::Compare(_) => "_<_",
        Operator::In => "_in_",
    }
}
