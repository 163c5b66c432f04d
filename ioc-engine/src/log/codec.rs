//! A batch of stamped inputs as bytes: names once at the front, then one compact record an input.
//! Compression and its checksum are the segment's business.

use std::collections::HashMap;

use model::{
    AlertId, AssetId, Command, CommandAction, FieldId, Input, KindId, Origin, Quality, Reading,
    SourceName, Stamped, Time, Value,
};

use super::schema::Translation;
use super::wire::{Malformed, Reader, Writer};

/// What a reading of eight fields takes, about.
const USUAL_BYTES: usize = 48;

/// Inputs as bytes. Kinds and fields are written as numbers of the segment's schema.
pub(super) fn encode(inputs: &[Stamped]) -> Vec<u8> {
    let mut names = Names::default();
    let mut body = Writer::with_room(inputs.len() * USUAL_BYTES);
    let mut previous = Time::default();
    for stamped in inputs {
        write_gap(&mut body, previous, stamped.stamp);
        previous = stamped.stamp;
        write_input(&mut body, &mut names, stamped);
    }
    let usual = names.list.len() * USUAL_BYTES;
    let mut whole = Writer::with_room(body.bytes.len() + usual);
    whole.number(names.list.len() as u64);
    for name in &names.list {
        whole.text(name);
    }
    whole.bytes.extend_from_slice(&body.bytes);
    whole.bytes
}

/// Inputs, and memory of earlier ones to be used again.
#[derive(Debug, Default)]
pub struct Recycled {
    /// The inputs.
    pub inputs: Vec<Stamped>,
    fields: Vec<Fields>,
}

type Fields = Vec<(FieldId, Value)>;

impl Recycled {
    /// Forgets the inputs; the memory of their fields is kept.
    pub fn recycle(&mut self) {
        for stamped in self.inputs.drain(..) {
            if let Input::Reading { mut reading, .. } = stamped.input {
                reading.fields.clear();
                self.fields.push(reading.fields);
            }
        }
    }
}

/// Appends the inputs of a batch, with kinds, fields and symbols in terms of today's catalog.
/// A reading whose kind left the catalog has the kind [`GONE`], so that positions stay dense.
pub(super) fn decode(
    bytes: &[u8],
    count: usize,
    translation: &Translation,
    onto: &mut Recycled,
) -> Result<(), Malformed> {
    let mut reader = Reader::new(bytes);
    let names = read_names(&mut reader)?;
    onto.inputs.reserve(count.min(bytes.len()));
    let mut previous = Time::default();
    for _ in 0..count {
        let stamp = read_gap(&mut reader, previous)?;
        previous = stamp;
        let spare = &mut onto.fields;
        let input = read_input(&mut reader, &names, stamp, translation, spare)?;
        onto.inputs.push(Stamped { stamp, input });
    }
    if !reader.is_empty() {
        return Err(Malformed("bytes are left after the last input"));
    }
    Ok(())
}

/// Wraps, so that every time comes back, however far apart two are.
fn write_gap(body: &mut Writer, from: Time, to: Time) {
    body.signed(to.millis().wrapping_sub(from.millis()));
}

fn read_gap(reader: &mut Reader<'_>, from: Time) -> Result<Time, Malformed> {
    let gap = reader.signed()?;
    Ok(Time::from_millis(from.millis().wrapping_add(gap)))
}

#[derive(Default)]
struct Names<'a> {
    numbers: HashMap<&'a str, u64, foldhash::fast::RandomState>,
    list: Vec<&'a str>,
}

impl<'a> Names<'a> {
    fn number(&mut self, name: &'a str) -> u64 {
        let next = self.list.len() as u64;
        let number = *self.numbers.entry(name).or_insert(next);
        if number == next {
            self.list.push(name);
        }
        number
    }
}

fn read_names<'a>(reader: &mut Reader<'a>) -> Result<Vec<&'a str>, Malformed> {
    let count = reader.number()?;
    (0..count).map(|_| reader.text()).collect()
}

fn read_name<'a>(reader: &mut Reader<'_>, names: &[&'a str]) -> Result<&'a str, Malformed> {
    let number = reader.number()? as usize;
    names
        .get(number)
        .copied()
        .ok_or(Malformed("a name is not in the list"))
}

fn write_input<'a>(body: &mut Writer, names: &mut Names<'a>, stamped: &'a Stamped) {
    match &stamped.input {
        Input::Reading { source, reading } => {
            body.byte(0);
            body.number(names.number(source.as_str()));
            write_reading(body, names, reading, stamped.stamp);
        }
        Input::Offline { asset } => {
            body.byte(1);
            body.number(names.number(asset.as_str()));
        }
        Input::SourceUp { source } => {
            body.byte(2);
            body.number(names.number(source.as_str()));
        }
        Input::SourceDown { source } => {
            body.byte(3);
            body.number(names.number(source.as_str()));
        }
        Input::Shed { assets } => {
            body.byte(4);
            body.number(assets.len() as u64);
            for asset in assets {
                body.number(names.number(asset.as_str()));
            }
        }
        Input::Resumed { from, to } => {
            body.byte(5);
            body.signed(from.millis());
            body.signed(to.millis());
        }
        Input::Command(command) => {
            body.byte(6);
            write_command(body, command);
        }
    }
}

fn read_input(
    reader: &mut Reader<'_>,
    names: &[&str],
    stamp: Time,
    translation: &Translation,
    spare: &mut Vec<Fields>,
) -> Result<Input, Malformed> {
    let source = |reader: &mut Reader<'_>| read_name(reader, names).map(SourceName::new);
    let asset = |reader: &mut Reader<'_>| read_name(reader, names).map(AssetId::new);
    Ok(match reader.byte()? {
        0 => Input::Reading {
            source: source(reader)?,
            reading: read_reading(reader, names, stamp, translation, spare)?,
        },
        1 => Input::Offline {
            asset: asset(reader)?,
        },
        2 => Input::SourceUp {
            source: source(reader)?,
        },
        3 => Input::SourceDown {
            source: source(reader)?,
        },
        4 => {
            let count = reader.number()?;
            Input::Shed {
                assets: (0..count)
                    .map(|_| asset(reader))
                    .collect::<Result<_, _>>()?,
            }
        }
        5 => Input::Resumed {
            from: Time::from_millis(reader.signed()?),
            to: Time::from_millis(reader.signed()?),
        },
        6 => Input::Command(read_command(reader)?),
        _ => return Err(Malformed("an input has an unknown type")),
    })
}

const QUALITIES: [Quality; 5] = [
    Quality::Good,
    Quality::Calibrating,
    Quality::Fault,
    Quality::Estimated,
    Quality::Backfill,
];

fn write_reading<'a>(body: &mut Writer, names: &mut Names<'a>, reading: &'a Reading, stamp: Time) {
    body.number(names.number(reading.asset.as_str()));
    body.number(u64::from(reading.kind.0));
    write_gap(body, stamp, reading.received);
    write_gap(body, reading.received, reading.at);
    body.optional(reading.seq);
    body.optional(reading.boot);
    let quality = QUALITIES.iter().position(|q| *q == reading.quality);
    let retained = u8::from(reading.origin == Origin::Retained) << 7;
    body.byte(quality.unwrap_or_default() as u8 | retained);
    body.number(reading.fields.len() as u64);
    for (field, value) in &reading.fields {
        body.number(u64::from(field.0));
        body.value(value);
    }
}

fn read_reading(
    reader: &mut Reader<'_>,
    names: &[&str],
    stamp: Time,
    translation: &Translation,
    spare: &mut Vec<Fields>,
) -> Result<Reading, Malformed> {
    let asset = AssetId::new(read_name(reader, names)?);
    let kind = reader.number()?;
    let received = read_gap(reader, stamp)?;
    let at = read_gap(reader, received)?;
    let (seq, boot) = (reader.optional()?, reader.optional()?);
    let flags = reader.byte()?;
    let quality = QUALITIES
        .get(usize::from(flags & 0x7f))
        .ok_or(Malformed("a quality is unknown"))?;
    let count = reader.number()?;
    let mut fields = spare.pop().unwrap_or_default();
    for _ in 0..count {
        let number = reader.number()?;
        let value = reader.value()?;
        fields.extend(translation.field(kind, number, value));
    }
    Ok(Reading {
        asset,
        kind: translation.kind(kind).unwrap_or(GONE),
        at,
        received,
        seq,
        boot,
        quality: *quality,
        origin: if flags & 0x80 == 0 {
            Origin::Live
        } else {
            Origin::Retained
        },
        fields,
    })
}

/// The kind of a reading whose kind left the catalog; the caller leaves it out.
pub(super) const GONE: KindId = KindId(u16::MAX);

fn write_command(body: &mut Writer, command: &Command) {
    body.text(&command.id);
    body.bytes.extend_from_slice(&command.alert.0.to_le_bytes());
    body.text(&command.by);
    match &command.action {
        CommandAction::Acknowledge { note } => {
            body.byte(0);
            body.text(note);
        }
        CommandAction::Shelve { until, reason } => {
            body.byte(1);
            body.signed(until.millis());
            body.text(reason);
        }
        CommandAction::Unshelve => body.byte(2),
        CommandAction::Assign { to: None } => body.byte(3),
        CommandAction::Assign { to: Some(to) } => {
            body.byte(4);
            body.text(to);
        }
        CommandAction::Comment { text } => {
            body.byte(5);
            body.text(text);
        }
    }
}

fn read_command(reader: &mut Reader<'_>) -> Result<Command, Malformed> {
    let id = reader.shared()?;
    let mut alert = [0_u8; 16];
    for byte in &mut alert {
        *byte = reader.byte()?;
    }
    let by = reader.shared()?;
    let action = match reader.byte()? {
        0 => CommandAction::Acknowledge {
            note: reader.shared()?,
        },
        1 => CommandAction::Shelve {
            until: Time::from_millis(reader.signed()?),
            reason: reader.shared()?,
        },
        2 => CommandAction::Unshelve,
        3 => CommandAction::Assign { to: None },
        4 => CommandAction::Assign {
            to: Some(reader.shared()?),
        },
        5 => CommandAction::Comment {
            text: reader.shared()?,
        },
        _ => return Err(Malformed("a command has an unknown action")),
    };
    let alert = AlertId(u128::from_le_bytes(alert));
    Ok(Command {
        id,
        alert,
        by,
        action,
    })
}
