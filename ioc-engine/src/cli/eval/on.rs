//! Expressions about an asset of a kind: typed as rules are, with the values of the moment bound by their texts.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use cel::{Expr, Program, Reference, Resolution, Scope, Slots, Type, Value};
use city::City;
use model::{Kind, KindId, Span, Time, nearest};

use super::{Answer, told, written};
use crate::cli::{Failure, city_of_pack};

/// A kind of a city's catalog.
pub(super) struct KindOfCity {
    city: Arc<City>,
    kind: KindId,
}

impl KindOfCity {
    pub(super) fn find(city: &Path, name: &str) -> Result<Self, Failure> {
        let (city, unsound) = city_of_pack(city)?;
        let kinds = city.catalog.kinds();
        if let Some(kind) = kinds.iter().find(|kind| &*kind.name == name) {
            let kind = kind.id;
            return Ok(Self { city, kind });
        }
        let near = nearest(name, kinds.iter().map(|kind| &*kind.name));
        let help = match near {
            Some(near) => format!("; did you mean '{near}'?"),
            None if unsound => {
                "; kinds that rules derive are not known while something is wrong with them: ioc rules check".to_owned()
            }
            None => String::new(),
        };
        Err(Failure::Wrong(format!(
            "the catalog has no kind '{name}'{help}"
        )))
    }

    fn kind(&self) -> &Kind {
        self.city.catalog.kind(self.kind)
    }

    /// The type the expression has in a rule on the kind, and its value with these parts known.
    pub(super) fn answer(
        &self,
        expr: &Expr,
        bindings: &BTreeMap<String, Value>,
    ) -> Result<Answer, String> {
        let (program, read) = self.typed(expr)?;
        let moment = Moment::new(&read, bindings)?;
        let value = program.eval(&moment);
        Ok(Answer {
            type_name: program.type_name().to_owned(),
            value: value.as_ref().map(written).transpose()?,
        })
    }

    fn typed(&self, expr: &Expr) -> Result<(Program<Value>, Vec<Read>), String> {
        let mut read = Vec::new();
        let city = &self.city;
        let program = rules::in_scope_of(city, self.kind(), |inner| {
            expr.compile_value(&mut Recorder {
                inner,
                read: &mut read,
            })
        });
        let program = program.map_err(|problems| told(expr.text(), &problems))?;
        Ok((program, read))
    }
}

/// A part of the expression that is read at evaluation.
struct Read {
    slot: u32,
    text: String,
    ty: Type,
}

/// The scope of the kind, with a note of what is read.
struct Recorder<'a> {
    inner: &'a mut dyn Scope,
    read: &'a mut Vec<Read>,
}

impl Scope for Recorder<'_> {
    fn resolve(&mut self, reference: Reference<'_>, expr: &Expr) -> Resolution {
        let resolution = self.inner.resolve(reference, expr);
        if let Resolution::Slot { slot, ty, .. } = &resolution {
            self.read.push(Read {
                slot: *slot,
                text: expr.text().to_owned(),
                ty: ty.clone(),
            });
        }
        resolution
    }

    fn candidates(&self, reference: Reference<'_>) -> Vec<String> {
        self.inner.candidates(reference)
    }
}

/// What is bound, by slot. The rest is unknown.
#[derive(Default)]
struct Moment {
    values: BTreeMap<u32, Value>,
    words: BTreeMap<u32, u16>,
}

impl Moment {
    fn new(read: &[Read], bindings: &BTreeMap<String, Value>) -> Result<Self, String> {
        let mut moment = Self::default();
        for (name, value) in bindings {
            let Some(part) = read.iter().find(|part| part.text == *name) else {
                let texts: Vec<_> = read.iter().map(|part| &*part.text).collect();
                let reads = texts.join(", ");
                return Err(format!(
                    "'{name}' is bound but not read; the expression reads: {reads}"
                ));
            };
            moment.bind(part, value)?;
        }
        Ok(moment)
    }

    fn bind(&mut self, part: &Read, value: &Value) -> Result<(), String> {
        let fits = match (&part.ty, value) {
            (Type::Symbol(words), Value::String(text)) => {
                let place = words.iter().position(|word| word == text);
                let place = place.and_then(|place| u16::try_from(place).ok());
                let place = place.ok_or_else(|| {
                    format!(
                        "{} is never {value}; it is one of: {}",
                        part.text,
                        words.join(", ")
                    )
                })?;
                self.words.insert(part.slot, place);
                true
            }
            (Type::Double, Value::Double(n)) => n.is_finite(),
            (Type::Bool, Value::Bool(_))
            | (Type::Int, Value::Int(_))
            | (Type::String, Value::String(_))
            | (Type::Timestamp, Value::Timestamp(_))
            | (Type::Duration, Value::Duration(_)) => true,
            _ => false,
        };
        if !fits {
            let (text, wanted) = (&part.text, wanted(&part.ty));
            return Err(format!("{text} is {wanted}; {value} is not"));
        }
        self.values.insert(part.slot, value.clone());
        Ok(())
    }
}

fn wanted(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "a bool",
        Type::Int => "an int",
        Type::Double => "a finite double, written with a point",
        Type::String | Type::Symbol(_) => "a string",
        Type::Timestamp => "a timestamp",
        Type::Duration => "a duration",
    }
}

impl Slots for Moment {
    fn boolean(&self, slot: u32) -> Option<bool> {
        match self.values.get(&slot)? {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    fn int(&self, slot: u32) -> Option<i64> {
        match self.values.get(&slot)? {
            Value::Int(value) => Some(*value),
            _ => None,
        }
    }

    fn number(&self, slot: u32) -> Option<f64> {
        match self.values.get(&slot)? {
            Value::Double(value) => Some(*value),
            _ => None,
        }
    }

    fn text(&self, slot: u32) -> Option<&str> {
        match self.values.get(&slot)? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    fn symbol(&self, slot: u32) -> Option<u16> {
        self.words.get(&slot).copied()
    }

    fn time(&self, slot: u32) -> Option<Time> {
        match self.values.get(&slot)? {
            Value::Timestamp(at) => Some(at.to_time()),
            _ => None,
        }
    }

    fn span(&self, slot: u32) -> Option<Span> {
        match self.values.get(&slot)? {
            Value::Duration(span) => i64::try_from(span.as_millis()).ok().map(Span::from_millis),
            _ => None,
        }
    }
}
