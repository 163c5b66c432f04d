//! An asset whole, and the values its columns hold.

use model::{Freshness, Lifecycle, Value};

use super::json::{put, write_number, write_text};
use crate::cache::{Layout, Slot, View};

/// Every freshness.
pub(crate) const FRESHNESS: [Freshness; 4] = [
    Freshness::Live,
    Freshness::Stale,
    Freshness::Unseen,
    Freshness::Offline,
];

/// As the live protocol writes it.
pub(crate) fn freshness_word(freshness: Freshness) -> &'static str {
    match freshness {
        Freshness::Live => "live",
        Freshness::Stale => "stale",
        Freshness::Unseen => "unseen",
        Freshness::Offline => "offline",
    }
}

fn lifecycle_word(lifecycle: Lifecycle) -> &'static str {
    match lifecycle {
        Lifecycle::Planned => "planned",
        Lifecycle::InService => "in_service",
        Lifecycle::Maintenance => "maintenance",
        Lifecycle::Retired => "retired",
        Lifecycle::Unregistered => "unregistered",
    }
}

/// The asset of number `n` with every field the view wants; a field that is not in `v` is unknown.
pub(crate) fn write_asset(out: &mut String, layout: &Layout, view: &View, n: u32, slot: &Slot) {
    let entry = &slot.entry;
    put(out, format_args!("{{\"n\":{n},\"id\":"));
    write_text(out, entry.id.as_str());
    out.push_str(",\"kind\":");
    out.push_str(layout.kind_quoted(entry.kind));
    out.push_str(",\"name\":");
    write_text(out, &entry.name);
    out.push_str(",\"area\":");
    write_optional_text(out, entry.area.as_ref().map(model::AreaCode::as_str));
    out.push_str(",\"lat\":");
    write_number(out, entry.lat.unwrap_or(f64::NAN));
    out.push_str(",\"lon\":");
    write_number(out, entry.lon.unwrap_or(f64::NAN));
    out.push_str(",\"lifecycle\":\"");
    out.push_str(lifecycle_word(entry.lifecycle));
    out.push_str("\",\"uplink\":");
    write_optional_text(out, entry.uplink.as_ref().map(model::AssetId::as_str));
    out.push_str(",\"freshness\":\"");
    out.push_str(freshness_word(slot.freshness));
    out.push_str("\",\"at\":");
    write_at(out, slot);
    write_values(out, layout, view, slot);
    out.push('}');
}

fn write_values(out: &mut String, layout: &Layout, view: &View, slot: &Slot) {
    out.push_str(",\"v\":{");
    let mut comma = "";
    for (i, field) in layout.fields(slot.entry.kind).iter().enumerate() {
        if slot.values[i].is_some() && view.wants(field.column) {
            out.push_str(comma);
            out.push_str(&field.quoted);
            out.push(':');
            write_value(out, layout, slot, i);
            comma = ",";
        }
    }
    out.push('}');
}

/// The measured time of the newest values; `null` before the first.
pub(super) fn write_at(out: &mut String, slot: &Slot) {
    match slot.at {
        Some(at) => put(out, format_args!("{}", at.millis())),
        None => out.push_str("null"),
    }
}

/// The value of the slot's field number `field`; `null` when it is unknown.
pub(super) fn write_value(out: &mut String, layout: &Layout, slot: &Slot, field: usize) {
    match &slot.values[field] {
        None => out.push_str("null"),
        Some(Value::F64(number)) => write_number(out, *number),
        Some(Value::Bool(yes)) => out.push_str(if *yes { "true" } else { "false" }),
        Some(Value::Text(text)) => write_text(out, text),
        Some(Value::Time(time)) => put(out, format_args!("{}", time.millis())),
        Some(Value::Symbol(word)) => {
            let words = &layout.fields(slot.entry.kind)[field].symbols;
            out.push_str(words.get(usize::from(*word)).map_or("null", |word| word));
        }
    }
}

pub(super) fn write_optional_text(out: &mut String, text: Option<&str>) {
    match text {
        Some(text) => write_text(out, text),
        None => out.push_str("null"),
    }
}
