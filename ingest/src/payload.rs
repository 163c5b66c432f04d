//! Payloads: JSON text → the fields of one kind, without a tree in between.
//!
//! Reads the native form `{"ts":…,"seq":…,"q":"good","v":{"pm25":37.4}}` and the flat one `{"ts":…,"pm25":37.4}`.
//! Says of the first thing it cannot take what it is and what would be right. Judges no clock: times pass as measured.

mod line;
mod members;
mod plain;
mod problem;
mod skip;
mod values;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use model::{Field, FieldId, Kind, KindId, Quality, Time, Value, nearest};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use crate::DeadLetterReason as Reason;
pub use line::{BadLine, ReadingLines};
use members::{Plain, Take};
pub(crate) use problem::Problem;
use skip::Skip;

/// A kind as the decoder needs it.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(crate) id: KindId,
    pub(crate) name: Arc<str>,
    fields: Vec<Field>,
    written: Vec<Written>,
    unknown: AtomicU64,
    unknown_metric: UnknownMetric,
}

/// How most devices write the beginning of a field's member.
#[derive(Debug)]
struct Written {
    /// `"name":`
    member: Box<[u8]>,
    /// Outside `v` this name is not the field's.
    reserved: bool,
}

impl Written {
    fn of(field: &Field) -> Self {
        Self {
            member: format!("\"{}\":", field.name).into_bytes().into(),
            reserved: reserved(&field.name).is_some(),
        }
    }
}

/// `metrics::Counter` has no `Debug`.
struct UnknownMetric(metrics::Counter);

impl fmt::Debug for UnknownMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnknownMetric")
    }
}

impl Schema {
    pub(crate) fn new(kind: &Kind) -> Self {
        Self {
            id: kind.id,
            name: Arc::clone(&kind.name),
            fields: kind.fields.clone(),
            written: kind.fields.iter().map(Written::of).collect(),
            unknown: AtomicU64::new(0),
            unknown_metric: UnknownMetric(
                metrics::counter!("ioc_ingest_unknown_fields_total", "kind" => kind.name.to_string()),
            ),
        }
    }

    /// The schema of no kind at all.
    fn blank() -> Self {
        Self {
            id: KindId(u16::MAX),
            name: "".into(),
            fields: Vec::new(),
            written: Vec::new(),
            unknown: AtomicU64::new(0),
            unknown_metric: UnknownMetric(metrics::Counter::noop()),
        }
    }

    /// How many fields came in that the kind does not have.
    pub(crate) fn unknown_fields(&self) -> u64 {
        self.unknown.load(Ordering::Relaxed)
    }

    fn count_unknown(&self, n: u32) {
        if n > 0 {
            self.unknown.fetch_add(u64::from(n), Ordering::Relaxed);
            self.unknown_metric.0.increment(u64::from(n));
        }
    }

    /// The place of a field. Devices send their fields in the catalog's order more often than not, so the place
    /// after the last one found is tried first.
    fn place(&self, name: &str, after: usize) -> Option<usize> {
        let n = self.fields.len();
        (0..n)
            .map(|i| (after + i) % n)
            .find(|&i| *self.fields[i].name == *name)
    }
}

/// What one payload says.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) at: Option<Time>,
    pub(crate) seq: Option<u64>,
    pub(crate) boot: Option<u64>,
    pub(crate) quality: Quality,
    pub(crate) fields: Vec<(FieldId, Value)>,
}

/// Reads one payload. `text` is known to be UTF-8.
///
/// Two readers, one meaning: what most devices send is read in one pass by [`plain`]; all else, and every error of
/// form, by `serde_json` from the beginning. What a value means is decided by the same code for both.
pub(crate) fn read(text: &str, schema: &Schema, max_depth: u32) -> Result<Content, Problem> {
    let mut slots = Slots::new(schema, max_depth);
    match plain::read(text, &mut slots) {
        Ok(()) => return finish(slots),
        Err(plain::Stopped::Refused(Refused)) => {
            if let Some(problem) = slots.problem {
                return Err(problem);
            }
        }
        Err(plain::Stopped::Unusual) => {}
    }
    read_any(text, schema, max_depth)
}

/// Reads whatever JSON allows.
fn read_any(text: &str, schema: &Schema, max_depth: u32) -> Result<Content, Problem> {
    let mut slots = Slots::new(schema, max_depth);
    let mut json = serde_json::Deserializer::from_str(text);
    let outcome = Members {
        slots: &mut slots,
        inner: false,
    }
    .deserialize(&mut json)
    .and_then(|()| json.end());
    if let Err(error) = outcome {
        return Err(slots.problem(text, &error));
    }
    finish(slots)
}

fn finish(slots: Slots<'_, '_>) -> Result<Content, Problem> {
    let schema = slots.schema;
    schema.count_unknown(slots.unknown);
    if slots.content.fields.is_empty() && slots.unknown > 0 {
        return Err(slots.nothing_known());
    }
    Ok(slots.content)
}

/// A value was not taken; [`Slots::problem`] says why.
#[derive(Debug)]
struct Refused;

impl Refused {
    /// As the parser wants it, so that it stops; serde's own error would carry only a text.
    fn into_error<E: Error>(self) -> E {
        let Self = self;
        E::custom("refused")
    }
}

/// Where the readers put what they read. Borrows from the text, so that only values allocate.
struct Slots<'de, 's> {
    schema: &'s Schema,
    max_depth: u32,
    content: Content,
    /// The place after the last field found.
    next: usize,
    /// One bit for each of the first 64 fields.
    seen: u64,
    unknown: u32,
    first_unknown: Option<&'de str>,
    /// What is being read, for errors that serde makes.
    reading: Option<&'s str>,
    problem: Option<Problem>,
}

impl<'s> Slots<'_, 's> {
    fn new(schema: &'s Schema, max_depth: u32) -> Self {
        Self::onto(schema, max_depth, Vec::with_capacity(schema.fields.len()))
    }

    /// The same onto memory that is there already, and empty.
    fn onto(schema: &'s Schema, max_depth: u32, fields: Vec<(FieldId, Value)>) -> Self {
        let content = Content {
            at: None,
            seq: None,
            boot: None,
            quality: Quality::Good,
            fields,
        };
        Self {
            schema,
            max_depth,
            content,
            next: 0,
            seen: 0,
            unknown: 0,
            first_unknown: None,
            reading: None,
            problem: None,
        }
    }

    /// True the first time. Fields beyond the sixty-fourth are looked for among what was read.
    fn first_time(&mut self, id: FieldId) -> bool {
        let Some(bit) = 1_u64.checked_shl(u32::from(id.0)) else {
            return !self.content.fields.iter().any(|(read, _)| *read == id);
        };
        let first = self.seen & bit == 0;
        self.seen |= bit;
        first
    }

    /// Keeps the problem in full.
    #[cold]
    fn refuse(&mut self, reason: Reason, detail: String) -> Refused {
        self.problem = Some(Problem { reason, detail });
        Refused
    }

    /// What a name stands for, `inner` inside `v`.
    fn name(&mut self, name: &str, inner: bool) -> Name {
        if !inner && let Some(found) = reserved(name) {
            return found;
        }
        let Some(place) = self.schema.place(name, self.next) else {
            self.unknown += 1;
            return Name::Unknown;
        };
        self.next = place + 1;
        Name::Field(place)
    }

    /// Takes a plain value for what its name stands for. A list or an object is for the caller.
    fn take(&mut self, name: Name, value: Plain<'_>) -> Result<(), Refused> {
        match name {
            Name::Time => members::time(self, value),
            Name::Seq => self.counter("seq", value).map(|n| self.content.seq = n),
            Name::Boot => self.counter("boot", value).map(|n| self.content.boot = n),
            Name::Quality => members::quality(self, value),
            Name::Field(place) => values::field(self, place, value),
            Name::Values | Name::Unknown => Ok(()),
        }
    }

    /// What a name is called in errors that the parser makes.
    fn called(&self, name: Name) -> Option<&'s str> {
        match name {
            Name::Time => Some("ts"),
            Name::Seq => Some("seq"),
            Name::Boot => Some("boot"),
            Name::Quality => Some("q"),
            Name::Field(place) => Some(&self.schema.fields[place].name),
            Name::Values | Name::Unknown => None,
        }
    }

    fn problem(self, text: &str, error: &serde_json::Error) -> Problem {
        self.problem
            .unwrap_or_else(|| Problem::of_json(text, error, self.reading))
    }

    fn nothing_known(&self) -> Problem {
        let names = || self.schema.fields.iter().map(|field| &*field.name);
        let detail = match self.first_unknown {
            Some(unknown) => match nearest(unknown, names()) {
                Some(meant) => format!(
                    "{} has no field '{}'; is it '{meant}'?",
                    self.schema.name,
                    problem::short(unknown)
                ),
                None => format!(
                    "{} has no field '{}'; its fields are {}",
                    self.schema.name,
                    problem::short(unknown),
                    problem::short(&names().collect::<Vec<_>>().join(", "))
                ),
            },
            None => format!("no field of {}", self.schema.name),
        };
        Problem {
            reason: Reason::NoKnownField,
            detail,
        }
    }
}

/// What a name in the payload stands for.
#[derive(Clone, Copy)]
enum Name {
    Time,
    Seq,
    Boot,
    Quality,
    Values,
    Field(usize),
    Unknown,
}

/// The members that every payload may have beside its fields.
fn reserved(name: &str) -> Option<Name> {
    match name {
        "ts" => Some(Name::Time),
        "v" => Some(Name::Values),
        "seq" => Some(Name::Seq),
        "q" => Some(Name::Quality),
        "boot" => Some(Name::Boot),
        _ => None,
    }
}

struct NameSeed<'a, 'de, 's> {
    slots: &'a mut Slots<'de, 's>,
    inner: bool,
}

impl<'de> DeserializeSeed<'de> for NameSeed<'_, 'de, '_> {
    type Value = Name;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Name, D::Error> {
        json.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for NameSeed<'_, 'de, '_> {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Name, E> {
        let found = self.slots.name(name, self.inner);
        if matches!(found, Name::Unknown) && self.slots.first_unknown.is_none() {
            self.slots.first_unknown = Some(name);
        }
        Ok(found)
    }

    // A name with escapes in it.
    fn visit_str<E: Error>(self, name: &str) -> Result<Name, E> {
        Ok(self.slots.name(name, self.inner))
    }
}

/// The members of the payload's object, or (`inner`) of its `v`.
struct Members<'a, 'de, 's> {
    slots: &'a mut Slots<'de, 's>,
    inner: bool,
}

impl<'de> DeserializeSeed<'de> for Members<'_, 'de, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Members<'_, 'de, '_> {
    fn member<M: MapAccess<'de>>(&mut self, name: Name, map: &mut M) -> Result<(), M::Error> {
        let slots = &mut *self.slots;
        match name {
            Name::Values => map.next_value_seed(Members { slots, inner: true }),
            Name::Unknown => {
                let levels = slots.max_depth;
                map.next_value_seed(Skip { slots, levels })
            }
            _ => {
                slots.reading = slots.called(name);
                map.next_value_seed(Take(|value: Plain<'_>| {
                    slots.reading = None;
                    slots.take(name, value)
                }))
            }
        }
    }

    fn not_an_object<E: Error>(self, what: &str) -> E {
        let place = if self.inner { "v" } else { "the payload" };
        self.slots
            .refuse(
                Reason::NotAnObject,
                format!("{place} is {what}; an object of fields belongs there"),
            )
            .into_error()
    }
}

impl<'de> Visitor<'de> for Members<'_, 'de, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of fields")
    }

    fn visit_map<M: MapAccess<'de>>(mut self, mut map: M) -> Result<(), M::Error> {
        loop {
            let seed = NameSeed {
                slots: self.slots,
                inner: self.inner,
            };
            let Some(name) = map.next_key_seed(seed)? else {
                return Ok(());
            };
            self.member(name, &mut map)?;
        }
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.not_an_object("a list"))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Err(self.not_an_object("a text"))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Err(self.not_an_object("true or false"))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Err(self.not_an_object("a number"))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Err(self.not_an_object("a number"))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Err(self.not_an_object("a number"))
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Err(self.not_an_object("null"))
    }
}
