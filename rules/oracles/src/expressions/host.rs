//! A host of few names with every type a slot can have, whose values the typed and the dynamic evaluator both can read.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use cel::{Expr, Reference, Resolution, Scope, Slots, Timestamp, Type, Value};
use model::{Span, Time};

/// Names by slot.
const NAMES: [&str; 9] = ["x", "n", "s", "b", "t", "u", "gate", "now", "asset.name"];
const WORDS: [&str; 3] = ["open", "shut", "moving"];

pub(super) struct Host;

impl Scope for Host {
    fn resolve(&mut self, reference: Reference<'_>, _: &Expr) -> Resolution {
        let name = match reference {
            Reference::Name(name) => name.to_owned(),
            Reference::Path(path) => path.join("."),
            Reference::Method { .. } | Reference::Function { .. } => return Resolution::NotMine,
        };
        let Some(slot) = NAMES.iter().position(|known| *known == name) else {
            return Resolution::NotMine;
        };
        let ty = match slot {
            0 => Type::Int,
            1 => Type::Double,
            2 | 8 => Type::String,
            3 => Type::Bool,
            4 | 7 => Type::Timestamp,
            5 => Type::Duration,
            _ => Type::Symbol(WORDS.map(Arc::from).into()),
        };
        let (slot, unit) = (slot as u32, None);
        Resolution::Slot { slot, ty, unit }
    }

    fn candidates(&self, _: Reference<'_>) -> Vec<String> {
        NAMES.map(str::to_owned).into()
    }
}

/// What is known at one moment, by name.
#[derive(Clone, Debug)]
pub(super) struct Moment(pub(super) BTreeMap<String, Value>);

impl Moment {
    /// Half of it known; everything, with edges; nothing.
    pub(super) fn all() -> &'static [Self; 3] {
        static ALL: LazyLock<[Moment; 3]> = LazyLock::new(Moment::made);
        &ALL
    }

    fn made() -> [Self; 3] {
        let ms = |ms: i64| Timestamp::from_time(Time::from_millis(ms)).expect("in CEL's range");
        let known = [
            ("x", Value::Int(-7)),
            ("n", Value::Double(2.5)),
            ("s", Value::String("a-b".into())),
            ("b", Value::Bool(true)),
            ("t", Value::Timestamp(ms(1_767_574_800_123))),
            (
                "u",
                Value::Duration(jiff::SignedDuration::from_millis(-86_400_001)),
            ),
            ("gate", Value::String("shut".into())),
            ("now", Value::Timestamp(ms(253_402_300_799_000))),
            ("asset.name", Value::String("sông Cầu".into())),
        ];
        let all = known.map(|(name, value)| (name.to_owned(), value));
        let half = all.iter().skip(1).step_by(2).cloned();
        [
            Self(half.collect()),
            Self(all.into()),
            Self(BTreeMap::new()),
        ]
    }

    fn value(&self, slot: u32) -> Option<&Value> {
        self.0.get(NAMES[slot as usize])
    }
}

impl Slots for Moment {
    fn boolean(&self, slot: u32) -> Option<bool> {
        match self.value(slot)? {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    fn int(&self, slot: u32) -> Option<i64> {
        match self.value(slot)? {
            Value::Int(value) => Some(*value),
            _ => None,
        }
    }

    fn number(&self, slot: u32) -> Option<f64> {
        match self.value(slot)? {
            Value::Double(value) => Some(*value),
            _ => None,
        }
    }

    fn text(&self, slot: u32) -> Option<&str> {
        match self.value(slot)? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    fn symbol(&self, slot: u32) -> Option<u16> {
        let word = self.text(slot)?;
        let index = WORDS.iter().position(|known| *known == word)?;
        Some(index as u16)
    }

    fn time(&self, slot: u32) -> Option<Time> {
        match self.value(slot)? {
            Value::Timestamp(at) => Some(at.to_time()),
            _ => None,
        }
    }

    fn span(&self, slot: u32) -> Option<Span> {
        match self.value(slot)? {
            Value::Duration(span) => Some(Span::from_millis(span.as_millis() as i64)),
            _ => None,
        }
    }
}
