//! Readings as lines of text: `{"asset":…,"kind":…,"at":…,"received":…,"q":…,"seq":…,"v":{…}}`, one JSON object a line.
//! What a value means, and what is wrong with one, is decided by the same code as for payloads.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use model::{AssetId, Catalog, Origin, Quality, Reading, Time, nearest};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::members::{self, Plain, Take, as_time};
use super::plain::{Scan, Stopped};
use super::problem::short;
use super::skip::Skip;
use super::{Members, Problem, Reason, Refused, Schema, Slots, finish};

/// How deep a member that nobody knows may be nested.
const DEPTH: u32 = 16;
/// Different unknown members that are told by name; the others are only counted.
const UNKNOWN_NAMED: usize = 16;

/// Why a line is no reading.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// A member that every line has is not there.
    #[error("there is no '{0}'; a line is {{\"asset\":…,\"kind\":…,\"at\":…,\"v\":{{…}}}}")]
    Missing(&'static str),
    /// A member, or a field in `v`, cannot be taken.
    #[error("{detail}")]
    Content {
        /// The class of the problem.
        reason: Reason,
        /// Which member, which value, what would be right.
        detail: String,
    },
}

impl From<Problem> for BadLine {
    fn from(Problem { reason, detail }: Problem) -> Self {
        Self::Content { reason, detail }
    }
}

/// Reads lines by the catalog of one city.
#[derive(Debug)]
pub struct ReadingLines {
    /// By the number of the kind.
    schemas: Vec<Schema>,
    /// Of no kind: in force until a line has named its own.
    blank: Schema,
    unknown: Vec<(Arc<str>, u64)>,
}

impl ReadingLines {
    /// A reader for this catalog.
    pub fn new(catalog: &Catalog) -> Self {
        Self {
            schemas: catalog.kinds().iter().map(Schema::new).collect(),
            blank: Schema::blank(),
            unknown: Vec::new(),
        }
    }

    /// A reading to read lines into.
    pub fn blank() -> Reading {
        Reading {
            asset: AssetId::new(""),
            kind: model::KindId(0),
            at: Time::MIN,
            received: Time::MIN,
            seq: None,
            boot: None,
            quality: Quality::Good,
            origin: Origin::Live,
            fields: Vec::new(),
        }
    }

    /// Reads a line into `reading`, whose memory is used again. Returns the engine time at which the reading was
    /// admitted, where the line says one (`stamp`). After an error `reading` is of no use but to be read into.
    pub fn read(&mut self, line: &str, reading: &mut Reading) -> Result<Option<Time>, BadLine> {
        let mut fields = std::mem::take(&mut reading.fields);
        fields.clear();
        let (head, slots) = parse(line, &self.schemas, &self.blank, fields)?;
        if let Some(name) = &head.unknown {
            count(&mut self.unknown, name);
        }
        let asset = head.asset.ok_or(BadLine::Missing("asset"))?;
        if !head.has_kind {
            return Err(BadLine::Missing("kind"));
        }
        if !head.has_values {
            return Err(BadLine::Missing("v"));
        }
        let kind = slots.schema.id;
        let content = finish(slots)?;
        let at = content.at.or(head.received);
        reading.at = at.ok_or(BadLine::Missing("at"))?;
        reading.asset = AssetId::new(asset);
        reading.kind = kind;
        reading.received = head.received.unwrap_or(reading.at);
        reading.seq = content.seq;
        reading.boot = content.boot;
        reading.quality = content.quality;
        reading.origin = if head.retained {
            Origin::Retained
        } else {
            Origin::Live
        };
        reading.fields = content.fields;
        Ok(head.stamp)
    }

    /// What nobody knows and how often it came: members of lines by their names, fields of `v` by their kind.
    pub fn unknown(&self) -> Vec<(Arc<str>, u64)> {
        let fields = self.schemas.iter().map(|schema| {
            let name = format!("fields of {}", schema.name).into();
            (name, schema.unknown_fields())
        });
        let fields = fields.filter(|(_, n)| *n > 0);
        self.unknown.iter().cloned().chain(fields).collect()
    }
}

fn count(unknown: &mut Vec<(Arc<str>, u64)>, name: &str) {
    if let Some((_, times)) = unknown.iter_mut().find(|(known, _)| **known == *name) {
        *times += 1;
    } else if unknown.len() < UNKNOWN_NAMED {
        unknown.push((name.into(), 1));
    }
}

/// What a line says beside its fields and what every payload may have.
#[derive(Default)]
struct Head<'de> {
    asset: Option<Cow<'de, str>>,
    has_kind: bool,
    has_values: bool,
    received: Option<Time>,
    stamp: Option<Time>,
    retained: bool,
    /// The first member that nobody knows.
    unknown: Option<Cow<'de, str>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Member {
    Asset,
    Kind,
    At,
    Received,
    Stamp,
    Seq,
    Boot,
    Quality,
    Retained,
    Values,
    Unknown,
}

impl Member {
    fn of(name: &str) -> Self {
        match name {
            "asset" => Self::Asset,
            "kind" => Self::Kind,
            "at" => Self::At,
            "received" => Self::Received,
            "stamp" => Self::Stamp,
            "seq" => Self::Seq,
            "boot" => Self::Boot,
            "q" => Self::Quality,
            "retained" => Self::Retained,
            "v" => Self::Values,
            _ => Self::Unknown,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Asset => "asset",
            Self::Kind => "kind",
            Self::At => "at",
            Self::Received => "received",
            Self::Stamp => "stamp",
            Self::Seq => "seq",
            Self::Boot => "boot",
            Self::Quality => "q",
            Self::Retained => "retained",
            Self::Values => "v",
            Self::Unknown => "a member",
        }
    }
}

type Fields = Vec<(model::FieldId, model::Value)>;

/// As for payloads: the usual form in one pass, all else by `serde_json` from the beginning.
fn parse<'de, 's>(
    line: &'de str,
    schemas: &'s [Schema],
    blank: &'s Schema,
    fields: Fields,
) -> Result<(Head<'de>, Slots<'de, 's>), Problem> {
    let (mut head, mut slots) = (Head::default(), Slots::onto(blank, DEPTH, fields));
    match usual(line, &mut head, &mut slots, schemas) {
        Ok(()) => return Ok((head, slots)),
        Err(Stopped::Refused(Refused)) => {
            if let Some(problem) = slots.problem {
                return Err(problem);
            }
        }
        Err(Stopped::Unusual) => {}
    }
    whatever(line, schemas, blank)
}

/// Every member in any order, but the kind before the fields.
fn usual<'de, 's>(
    line: &'de str,
    head: &mut Head<'de>,
    slots: &mut Slots<'de, 's>,
    schemas: &'s [Schema],
) -> Result<(), Stopped> {
    let mut scan = Scan::new(line);
    scan.object(|scan| {
        let name = scan.string()?;
        scan.colon()?;
        match Member::of(name) {
            Member::Values if head.has_kind && !head.has_values => {
                head.has_values = true;
                scan.values(slots)
            }
            Member::Values => Err(Stopped::Unusual),
            Member::Unknown => {
                head.unknown.get_or_insert(Cow::Borrowed(name));
                scan.plain().map(drop)
            }
            member => Ok(head.take(member, scan.plain()?, slots, schemas, Cow::Borrowed)?),
        }
    })?;
    scan.end()
}

/// Whatever JSON allows. The fields come second, when the kind is known wherever it stands.
fn whatever<'de, 's>(
    line: &'de str,
    schemas: &'s [Schema],
    blank: &'s Schema,
) -> Result<(Head<'de>, Slots<'de, 's>), Problem> {
    let mut head = Head::default();
    let mut slots = Slots::onto(blank, DEPTH, Vec::new());
    for pass in [Pass::Head, Pass::Values] {
        if pass == Pass::Values && !head.has_kind {
            break;
        }
        let mut json = serde_json::Deserializer::from_str(line);
        let members = LineMembers {
            head: &mut head,
            slots: &mut slots,
            schemas,
            pass,
        };
        let outcome = members.deserialize(&mut json).and_then(|()| json.end());
        if let Err(error) = outcome {
            return Err(slots.problem(line, &error));
        }
    }
    Ok((head, slots))
}

impl<'de> Head<'de> {
    /// Takes a plain value for its member; `keep` says how its text is kept.
    fn take<'v, 's>(
        &mut self,
        member: Member,
        value: Plain<'v>,
        slots: &mut Slots<'de, 's>,
        schemas: &'s [Schema],
        keep: impl FnOnce(&'v str) -> Cow<'de, str>,
    ) -> Result<(), Refused> {
        match member {
            Member::Asset => self.asset = Some(keep(text(member, value, slots)?)),
            Member::Kind => self.kind(value, slots, schemas)?,
            Member::At => slots.content.at = time(member, value, slots)?,
            Member::Received => self.received = time(member, value, slots)?,
            Member::Stamp => self.stamp = time(member, value, slots)?,
            Member::Seq => slots.content.seq = slots.counter("seq", value)?,
            Member::Boot => slots.content.boot = slots.counter("boot", value)?,
            Member::Quality => members::quality(slots, value)?,
            Member::Retained => self.retained = flag(member, value, slots)?,
            Member::Values | Member::Unknown => {}
        }
        Ok(())
    }

    fn kind<'s>(
        &mut self,
        value: Plain<'_>,
        slots: &mut Slots<'de, 's>,
        schemas: &'s [Schema],
    ) -> Result<(), Refused> {
        let name = text(Member::Kind, value, slots)?;
        if self.has_kind {
            return Err(slots.refuse(Reason::DuplicateField, "kind: comes twice".to_owned()));
        }
        let Some(schema) = schemas.iter().find(|schema| *schema.name == *name) else {
            let names = schemas.iter().map(|schema| &*schema.name);
            let meant = nearest(name, names)
                .map_or_else(String::new, |meant| format!("; is it '{meant}'?"));
            let detail = format!("the catalog has no kind '{}'{meant}", short(name));
            return Err(slots.refuse(Reason::UnknownKind, detail));
        };
        slots.schema = schema;
        self.has_kind = true;
        Ok(())
    }
}

fn text<'v>(
    member: Member,
    value: Plain<'v>,
    slots: &mut Slots<'_, '_>,
) -> Result<&'v str, Refused> {
    match value {
        Plain::Text(text) if !text.is_empty() => Ok(text),
        other => Err(wrong(member, other, "a text that is not empty", slots)),
    }
}

fn flag(member: Member, value: Plain<'_>, slots: &mut Slots<'_, '_>) -> Result<bool, Refused> {
    match value {
        Plain::Bool(flag) => Ok(flag),
        Plain::Null => Ok(false),
        other => Err(wrong(member, other, "true or false", slots)),
    }
}

fn time(
    member: Member,
    value: Plain<'_>,
    slots: &mut Slots<'_, '_>,
) -> Result<Option<Time>, Refused> {
    match value {
        Plain::Null => Ok(None),
        other => as_time(slots, member.name(), other).map(Some),
    }
}

#[cold]
fn wrong(member: Member, value: Plain<'_>, wanted: &str, slots: &mut Slots<'_, '_>) -> Refused {
    let (name, value) = (member.name(), value.named());
    let detail = format!("{name}: {value} where {wanted} belongs");
    slots.refuse(Reason::WrongType, detail)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    Head,
    Values,
}

/// The members of a line's object.
struct LineMembers<'a, 'de, 's> {
    head: &'a mut Head<'de>,
    slots: &'a mut Slots<'de, 's>,
    schemas: &'s [Schema],
    pass: Pass,
}

impl<'de> LineMembers<'_, 'de, '_> {
    fn head<M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<(), M::Error> {
        let member = Member::of(name);
        let slots = &mut *self.slots;
        match member {
            Member::Values if self.head.has_values => {
                let detail = "v: comes twice".to_owned();
                Err(slots.refuse(Reason::DuplicateField, detail).into_error())
            }
            Member::Values => {
                self.head.has_values = true;
                map.next_value::<IgnoredAny>().map(drop)
            }
            Member::Unknown => {
                let name = || Cow::Owned(name.to_owned());
                self.head.unknown.get_or_insert_with(name);
                let levels = slots.max_depth;
                map.next_value_seed(Skip { slots, levels })
            }
            member => {
                slots.reading = Some(member.name());
                map.next_value_seed(Take(|value: Plain<'_>| {
                    slots.reading = None;
                    let keep = |text: &str| Cow::Owned(text.to_owned());
                    self.head.take(member, value, slots, self.schemas, keep)
                }))
            }
        }
    }
}

impl<'de> DeserializeSeed<'de> for LineMembers<'_, 'de, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for LineMembers<'_, 'de, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, a reading a line")
    }

    fn visit_map<M: MapAccess<'de>>(mut self, mut map: M) -> Result<(), M::Error> {
        while let Some(name) = map.next_key::<String>()? {
            match (self.pass, Member::of(&name)) {
                (Pass::Head, _) => self.head(&name, &mut map)?,
                (Pass::Values, Member::Values) => {
                    let slots = &mut *self.slots;
                    map.next_value_seed(Members { slots, inner: true })?;
                }
                (Pass::Values, _) => map.next_value::<IgnoredAny>().map(drop)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
