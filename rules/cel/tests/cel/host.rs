//! A small host: a river gauge and an access point in one kind, with its values given as text.

use std::sync::Arc;

use cel::{Expr, Problem, Reference, Resolution, Scope, Slots, Type, Value};
use model::{Span, Time};

/// Name as written, type, unit. A slot is a place in this list.
const FIELDS: [(&str, &str, &str); 15] = [
    ("height", "double", "m"),
    ("asset.bd1", "double", "m"),
    ("pressure", "double", "bar"),
    ("ratio", "double", ""),
    ("clients", "int", ""),
    ("ok", "bool", ""),
    ("online", "bool", ""),
    ("apState", "symbol", "up down degraded"),
    ("before", "symbol", "up down degraded"),
    ("asset.name", "string", ""),
    ("at", "timestamp", ""),
    ("now", "timestamp", ""),
    ("uptime", "duration", ""),
    ("height.avg", "double", "m"),
    ("mode", "symbol", "manual up"),
];

/// The host of the tests as a scope.
pub(crate) struct Gauge;

impl Scope for Gauge {
    fn resolve(&mut self, reference: Reference<'_>, expr: &Expr) -> Resolution {
        let name = match reference {
            Reference::Name("limit") => return Resolution::Constant(Value::Double(26.5)),
            Reference::Name(name) => name.to_owned(),
            Reference::Path(path) => path.join("."),
            Reference::Method {
                receiver,
                name: "avg",
                args,
            } => {
                if args.first().and_then(Expr::as_str).is_none() {
                    let problem =
                        Problem::new("host-window", expr.span(), "a window is a text: avg('1h')");
                    return Resolution::Problems(vec![problem]);
                }
                format!("{}.avg", receiver.text())
            }
            Reference::Method { .. } | Reference::Function { .. } => return Resolution::NotMine,
        };
        match FIELDS.iter().position(|(field, ..)| *field == name) {
            Some(slot) => Resolution::Slot {
                slot: slot as u32,
                ty: type_of(slot),
                unit: Some(FIELDS[slot].2)
                    .filter(|unit| FIELDS[slot].1 == "double" && !unit.is_empty())
                    .map(Arc::from),
            },
            None => Resolution::NotMine,
        }
    }

    fn candidates(&self, reference: Reference<'_>) -> Vec<String> {
        match reference {
            Reference::Name(_) | Reference::Path(_) => FIELDS[..13]
                .iter()
                .map(|(name, ..)| (*name).to_owned())
                .collect(),
            Reference::Method { .. } => vec!["avg".to_owned()],
            Reference::Function { .. } => Vec::new(),
        }
    }
}

fn type_of(slot: usize) -> Type {
    match FIELDS[slot].1 {
        "double" => Type::Double,
        "int" => Type::Int,
        "bool" => Type::Bool,
        "symbol" => Type::Symbol(FIELDS[slot].2.split(' ').map(Arc::from).collect()),
        "string" => Type::String,
        "timestamp" => Type::Timestamp,
        _ => Type::Duration,
    }
}

/// Values by slot, as text; what is not named is unknown.
#[derive(Default)]
pub(crate) struct Values([Option<String>; FIELDS.len()]);

impl Values {
    /// From `height=27.5 apState=down`.
    pub(crate) fn new(bindings: &str) -> Self {
        let mut values = Self::default();
        for binding in bindings.split_whitespace() {
            let (name, value) = binding.split_once('=').unwrap();
            values.set(name, value);
        }
        values
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        let slot = FIELDS
            .iter()
            .position(|(field, ..)| *field == name)
            .unwrap();
        self.0[slot] = Some(value.to_owned());
    }

    fn read<T: std::str::FromStr>(&self, slot: u32) -> Option<T>
    where
        T::Err: std::fmt::Debug,
    {
        self.0[slot as usize]
            .as_ref()
            .map(|text| text.parse().unwrap())
    }
}

impl Slots for Values {
    fn boolean(&self, slot: u32) -> Option<bool> {
        self.read(slot)
    }

    fn int(&self, slot: u32) -> Option<i64> {
        self.read(slot)
    }

    fn number(&self, slot: u32) -> Option<f64> {
        self.read(slot)
    }

    fn text(&self, slot: u32) -> Option<&str> {
        self.0[slot as usize].as_deref()
    }

    fn symbol(&self, slot: u32) -> Option<u16> {
        let word = self.0[slot as usize].as_ref()?;
        let words = FIELDS[slot as usize].2.split(' ');
        words
            .into_iter()
            .position(|known| known == word)
            .map(|index| index as u16)
    }

    fn time(&self, slot: u32) -> Option<Time> {
        self.read::<jiff::Timestamp>(slot)
            .map(|at| Time::from_millis(at.as_millisecond()))
    }

    fn span(&self, slot: u32) -> Option<Span> {
        self.read(slot)
    }
}
