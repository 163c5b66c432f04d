//! What a condition does to a device: to its values, to its clock, to the way its messages arrive.

use city::yaml::{Fields, Node, Reader};
use model::{Quality, Span, Value};

use super::field::FieldPlan;
use super::read::{literal_of, nearest_help};
use model::Kind;

/// What holds while a device is under a condition. Values first, then the device, then delivery.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fault of its own; any may hold together"
)]
pub struct Effect {
    /// Fields with a fixed value, by their place in the kind's plan.
    pub set: Vec<(usize, Value)>,
    /// Fields that keep the value they had when the condition began.
    pub hold: Vec<usize>,
    /// Number fields that are scaled and shifted: (field, times, plus).
    pub change: Vec<(usize, f64, f64)>,
    /// Counters that begin again at zero when the condition begins.
    pub reset: Vec<usize>,
    /// Counters that go up by one when the condition begins and when it ends.
    pub count: Vec<usize>,
    /// Nothing is sent.
    pub silent: bool,
    /// Readings are kept by the device and sent as backfill when the condition ends.
    pub store: bool,
    /// Every value stays what it was.
    pub freeze: bool,
    /// The device starts anew when the condition ends: a new boot, the sequence from zero.
    pub reboot: bool,
    /// Its clock is wrong.
    pub clock: Option<ClockFault>,
    /// Every message is delivered twice.
    pub duplicate: bool,
    /// Every message arrives this much later than it was measured.
    pub delay: Option<Span>,
    /// Every second message arrives after the next one.
    pub reorder: bool,
    /// Payloads are cut off in the middle.
    pub garble: bool,
    /// What the device says of its measurement.
    pub quality: Option<Quality>,
}

impl Effect {
    /// Both at once; where they disagree, the later one in the pack's list of conditions wins.
    pub fn join(&mut self, other: &Self) {
        for (slot, value) in &other.set {
            self.set.retain(|(s, _)| s != slot);
            self.set.push((*slot, value.clone()));
        }
        self.hold.extend_from_slice(&other.hold);
        self.change.extend_from_slice(&other.change);
        self.reset.extend_from_slice(&other.reset);
        self.count.extend_from_slice(&other.count);
        self.silent |= other.silent;
        self.store |= other.store;
        self.freeze |= other.freeze;
        self.reboot |= other.reboot;
        self.duplicate |= other.duplicate;
        self.reorder |= other.reorder;
        self.garble |= other.garble;
        self.clock = other.clock.or(self.clock);
        self.delay = other.delay.or(self.delay);
        self.quality = other.quality.or(self.quality);
    }
}

/// How a clock is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClockFault {
    /// Ahead by this much, behind when negative.
    Off(Span),
    /// Counting from 1970 since the fault began.
    Epoch,
}

const DEVICE_KEYS: [&str; 10] = [
    "silent",
    "store",
    "freeze",
    "reboot",
    "clock",
    "duplicate",
    "delay",
    "reorder",
    "garble",
    "quality",
];
const VALUE_KEYS: [&str; 6] = ["set", "hold", "times", "plus", "reset", "count"];

/// An effect that names no field: it may hold for any kind.
pub(super) fn read_general(reader: &mut Reader, node: &Node) -> Option<Effect> {
    let fields = reader.fields(node, "a condition", &DEVICE_KEYS)?;
    device_part(reader, fields)
}

/// An effect on one kind.
pub(super) fn read_for_kind(
    reader: &mut Reader,
    kind: &Kind,
    plans: &[FieldPlan],
    node: &Node,
) -> Option<Effect> {
    let keys: Vec<&str> = DEVICE_KEYS.iter().chain(&VALUE_KEYS).copied().collect();
    let fields = reader.fields(node, "a condition", &keys)?;
    let mut effect = device_part(reader, fields)?;
    if let Some(node) = fields.get("set") {
        for (name, value) in reader.entries(node, "set")? {
            let slot = slot(reader, plans, name)?;
            effect
                .set
                .push((slot, literal_of(reader, kind, plans[slot].field, value)?));
        }
    }
    for (key, is_scale) in [("times", true), ("plus", false)] {
        let Some(node) = fields.get(key) else {
            continue;
        };
        for (name, value) in reader.entries(node, key)? {
            let slot = slot(reader, plans, name)?;
            let amount = reader.number(value, key)?;
            let (times, plus) = if is_scale {
                (amount, 0.0)
            } else {
                (1.0, amount)
            };
            effect.change.push((slot, times, plus));
        }
    }
    for (key, list) in [
        ("hold", &mut effect.hold),
        ("reset", &mut effect.reset),
        ("count", &mut effect.count),
    ] {
        if let Some(node) = fields.get(key) {
            for name in reader.items(node, key)? {
                list.push(slot(reader, plans, name)?);
            }
        }
    }
    Some(effect)
}

fn slot(reader: &mut Reader, plans: &[FieldPlan], node: &Node) -> Option<usize> {
    let name = reader.text(node, "a field")?;
    let found = plans.iter().position(|p| &*p.name == name);
    if found.is_none() {
        let message = format!("'{name}' is not a field this file simulates");
        reader.error("sim-field", node.span.clone(), message).help =
            nearest_help(name, plans.iter().map(|p| &*p.name));
    }
    found
}

fn device_part(reader: &mut Reader, fields: Fields<'_>) -> Option<Effect> {
    let mut flag = |key| match fields.get(key) {
        Some(node) => reader.boolean(node, key),
        None => Some(false),
    };
    let (silent, store, freeze) = (flag("silent")?, flag("store")?, flag("freeze")?);
    let (reboot, duplicate) = (flag("reboot")?, flag("duplicate")?);
    let (reorder, garble) = (flag("reorder")?, flag("garble")?);
    Some(Effect {
        silent,
        store,
        freeze,
        reboot,
        duplicate,
        reorder,
        garble,
        clock: match fields.get("clock") {
            Some(node) => Some(clock(reader, node)?),
            None => None,
        },
        delay: match fields.get("delay") {
            Some(node) => Some(reader.span(node, "delay")?),
            None => None,
        },
        quality: match fields.get("quality") {
            Some(node) => Some(quality(reader, node)?),
            None => None,
        },
        ..Effect::default()
    })
}

/// `1970`, `+2h` or `-40m`.
fn clock(reader: &mut Reader, node: &Node) -> Option<ClockFault> {
    let text = reader.text(node, "clock")?;
    if text == "1970" {
        return Some(ClockFault::Epoch);
    }
    let (sign, length) = match text.split_at_checked(1) {
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        _ => (0, text),
    };
    match length.parse::<Span>() {
        Ok(span) if sign != 0 => Some(ClockFault::Off(Span::from_millis(sign * span.millis()))),
        _ => {
            let message = format!("'{text}' does not say how a clock is wrong");
            reader.error("sim-clock", node.span.clone(), message).help =
                Some("write 1970, or how far it is off: +2h, -40m".to_owned());
            None
        }
    }
}

fn quality(reader: &mut Reader, node: &Node) -> Option<Quality> {
    let words = ["calibrating", "fault", "estimated"];
    Some(match reader.word(node, "a quality", &words)? {
        "calibrating" => Quality::Calibrating,
        "fault" => Quality::Fault,
        _ => Quality::Estimated,
    })
}
