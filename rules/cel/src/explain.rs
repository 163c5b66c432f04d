//! Why an expression is what it is: its parts as the author wrote them, each with its value of the moment.

use std::ops::Range;
use std::sync::Arc;

use model::{Why, WhyValue};

use crate::scope::Slots;
use crate::term::Term;

/// The longest expression whose parts are found by two bytes.
pub(crate) const LONGEST: usize = u16::MAX as usize;

/// A part of an expression. Those it is made of follow it, but for constants, which the text shows already.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// Bytes of the text it stands in, which are at most [`LONGEST`].
    start: u16,
    end: u16,
    /// How many of the parts that follow belong to it.
    below: u16,
    pub(crate) term: Term,
    unit: Option<Arc<str>>,
}

impl Part {
    /// A part before those it is made of.
    pub(crate) fn over(
        span: Range<usize>,
        term: Term,
        unit: Option<Arc<str>>,
        of: Vec<Vec<Self>>,
    ) -> Vec<Self> {
        let below = of.iter().map(Vec::len).sum::<usize>();
        let own = Self {
            start: span.start as u16,
            end: span.end as u16,
            below: below as u16,
            term,
            unit,
        };
        std::iter::once(own)
            .chain(of.into_iter().flatten())
            .collect()
    }

    fn span(&self) -> Range<usize> {
        usize::from(self.start)..usize::from(self.end)
    }

    /// The slot, where the part is nothing else.
    pub(crate) fn slot(&self) -> Option<u32> {
        self.term.slot().filter(|_| self.below == 0)
    }
}

/// Every part that belongs to no other of these, with those that belong to it.
pub(crate) fn outermost(parts: &[Part]) -> impl Iterator<Item = (&Part, &[Part])> {
    let mut rest = parts;
    std::iter::from_fn(move || {
        let (first, others) = rest.split_first()?;
        let (below, after) = others.split_at(usize::from(first.below));
        rest = after;
        Some((first, below))
    })
}

/// Every slot that these read, in source order, repeated as often as written.
pub(crate) fn slots(parts: &[Part]) -> impl Iterator<Item = u32> {
    parts.iter().filter_map(Part::slot)
}

/// An expression as written, with the parts it is made of.
#[derive(Debug)]
pub(crate) struct Outline {
    pub(crate) text: Box<str>,
    pub(crate) parts: Box<[Part]>,
}

impl Outline {
    /// Of what stands at `span` of its source. The whole is no part of itself, unless it is that part in another unit.
    pub(crate) fn new(
        source: &str,
        span: Range<usize>,
        unit: Option<&Arc<str>>,
        mut parts: Vec<Part>,
    ) -> Self {
        let is_whole = |first: &Part| first.span() == span && first.unit.as_ref() == unit;
        if parts.first().is_some_and(is_whole) {
            parts.remove(0);
        }
        for part in &mut parts {
            part.start -= span.start as u16;
            part.end -= span.start as u16;
        }
        Self {
            text: source[span].into(),
            parts: parts.into(),
        }
    }

    /// A part as written.
    pub(crate) fn text_of(&self, part: &Part) -> &str {
        &self.text[part.span()]
    }

    /// The tree of values. `annotate` is given every slot's leaf to add the time of its reading, a note, or parts of its own.
    pub(crate) fn explain<S: Slots + ?Sized>(
        &self,
        value: WhyValue,
        slot: Option<u32>,
        slots: &S,
        annotate: &mut dyn FnMut(u32, &mut Why),
    ) -> Why {
        let parts = self.explain_each(&self.parts, slots, annotate);
        let slot = slot.filter(|_| self.parts.is_empty());
        why(&self.text, value, parts, slot, annotate)
    }

    fn explain_each<S: Slots + ?Sized>(
        &self,
        parts: &[Part],
        slots: &S,
        annotate: &mut dyn FnMut(u32, &mut Why),
    ) -> Vec<Why> {
        // Alerts hold what explains them: no more room than it takes.
        let mut whys = Vec::with_capacity(outermost(parts).count());
        for (part, below) in outermost(parts) {
            let value = part.term.why(slots, part.unit.as_ref());
            let parts = self.explain_each(below, slots, annotate);
            let text = self.text_of(part);
            whys.push(why(text, value, parts, part.slot(), annotate));
        }
        whys
    }
}

fn why(
    text: &str,
    value: WhyValue,
    parts: Vec<Why>,
    slot: Option<u32>,
    annotate: &mut dyn FnMut(u32, &mut Why),
) -> Why {
    let mut why = Why {
        expr: text.into(),
        value,
        at: parts.iter().filter_map(|part| part.at).max(),
        note: None,
        parts,
    };
    if let Some(slot) = slot {
        annotate(slot, &mut why);
    }
    why
}
