//! What the expressions of a sequence see: an asset as it is, and earlier steps as they were when they rose.

use std::sync::Arc;

use cel::{Slots, Type};
use model::{Areas, Key, Span, Time};

use super::state::{Capture, last_of};
use crate::slots::{AssetSlots, SlotSource};

/// A value as it was at a rise.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Kept {
    Bool(bool),
    Int(i64),
    Number(f64),
    Text(Arc<str>),
    /// Index into the words of the slot's type.
    Word(u16),
    Time(Time),
    Span(Span),
}

/// What a slot shows now.
pub(crate) fn keep(slots: &impl Slots, slot: u32, ty: &Type) -> Option<Kept> {
    Some(match ty {
        Type::Bool => Kept::Bool(slots.boolean(slot)?),
        Type::Int => Kept::Int(slots.int(slot)?),
        Type::Double => Kept::Number(slots.number(slot)?),
        Type::String => Kept::Text(slots.text(slot)?.into()),
        Type::Symbol(_) => Kept::Word(slots.symbol(slot)?),
        Type::Timestamp => Kept::Time(slots.time(slot)?),
        Type::Duration => Kept::Span(slots.span(slot)?),
    })
}

/// Whose eyes an expression has.
pub(crate) enum View<'a> {
    /// A step's condition: its asset as it is, the steps before as they were.
    Step {
        own: &'a AssetSlots<'a>,
        captures: &'a [Arc<Capture>],
    },
    /// A step's condition as it was when it rose.
    Kept {
        sources: &'a [SlotSource],
        values: &'a [Option<Kept>],
        captures: &'a [Arc<Capture>],
    },
    /// The texts: every step as it was, and the parts of the key.
    Texts {
        sources: &'a [SlotSource],
        captures: &'a [Arc<Capture>],
        key: &'a Key,
        areas: &'a Areas,
    },
    /// What ends a match: the assets of its steps as they are, by step.
    Live {
        sources: &'a [SlotSource],
        assets: Vec<Option<AssetSlots<'a>>>,
    },
}

/// What one slot shows.
enum Shown<'a> {
    Kept(&'a Kept),
    Text(&'a str),
    Of(&'a AssetSlots<'a>, u32),
}

impl View<'_> {
    fn at(&self, slot: u32) -> Option<Shown<'_>> {
        let number = slot as usize;
        match self {
            Self::Step { own, captures } => match own.sources[number] {
                SlotSource::Captured(step, place) => kept(captures, step, place),
                _ => Some(Shown::Of(own, slot)),
            },
            Self::Kept {
                sources,
                values,
                captures,
            } => match sources[number] {
                SlotSource::Captured(step, place) => kept(captures, step, place),
                _ => values.get(number)?.as_ref().map(Shown::Kept),
            },
            Self::Texts {
                sources,
                captures,
                key,
                areas,
            } => match sources[number] {
                SlotSource::Captured(step, place) => kept(captures, step, place),
                SlotSource::KeyPart(part) => {
                    Some(Shown::Text(&key.0.get(usize::from(part))?.value))
                }
                SlotSource::KeyAreaName(part, english) => {
                    let name = &areas.get(&key.0.get(usize::from(part))?.value)?.name;
                    Some(Shown::Text(if english { &name.en } else { &name.vi }))
                }
                _ => None,
            },
            Self::Live { sources, assets } => match sources[number] {
                SlotSource::Captured(step, place) => {
                    let own = assets.get(usize::from(step))?.as_ref()?;
                    Some(Shown::Of(own, u32::from(place)))
                }
                _ => None,
            },
        }
    }
}

fn kept(captures: &[Arc<Capture>], step: u8, place: u16) -> Option<Shown<'_>> {
    let capture = last_of(captures, step)?;
    let value = capture.values.get(usize::from(place))?.as_ref();
    value.map(Shown::Kept)
}

impl Slots for View<'_> {
    fn boolean(&self, slot: u32) -> Option<bool> {
        match self.at(slot)? {
            Shown::Kept(Kept::Bool(value)) => Some(*value),
            Shown::Of(own, slot) => own.boolean(slot),
            _ => None,
        }
    }

    fn int(&self, slot: u32) -> Option<i64> {
        match self.at(slot)? {
            Shown::Kept(Kept::Int(value)) => Some(*value),
            Shown::Of(own, slot) => own.int(slot),
            _ => None,
        }
    }

    fn number(&self, slot: u32) -> Option<f64> {
        match self.at(slot)? {
            Shown::Kept(Kept::Number(value)) => Some(*value),
            Shown::Of(own, slot) => own.number(slot),
            _ => None,
        }
    }

    fn text(&self, slot: u32) -> Option<&str> {
        match self.at(slot)? {
            Shown::Kept(Kept::Text(value)) => Some(value),
            Shown::Text(text) => Some(text),
            Shown::Of(own, slot) => own.text(slot),
            Shown::Kept(_) => None,
        }
    }

    fn symbol(&self, slot: u32) -> Option<u16> {
        match self.at(slot)? {
            Shown::Kept(Kept::Word(value)) => Some(*value),
            Shown::Of(own, slot) => own.symbol(slot),
            _ => None,
        }
    }

    fn time(&self, slot: u32) -> Option<Time> {
        match self.at(slot)? {
            Shown::Kept(Kept::Time(value)) => Some(*value),
            Shown::Of(own, slot) => own.time(slot),
            _ => None,
        }
    }

    fn span(&self, slot: u32) -> Option<Span> {
        match self.at(slot)? {
            Shown::Kept(Kept::Span(value)) => Some(*value),
            Shown::Of(own, slot) => own.span(slot),
            _ => None,
        }
    }
}
