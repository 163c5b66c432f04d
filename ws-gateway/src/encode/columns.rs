//! A delta of assets, column by column, so that a name is written once for all assets and an unchanged field not at all.

use super::asset::{freshness_word, write_asset, write_at, write_value};
use super::json::{put, write_list};
use crate::cache::{Cache, Delta, Layout, Slot, View};

/// One column in the making: the places of its entries in `id`, and the entries.
#[derive(Default)]
struct Entries {
    count: usize,
    places: String,
    values: String,
}

impl Entries {
    fn add(&mut self, place: usize, write: impl FnOnce(&mut String)) {
        if self.count > 0 {
            self.places.push(',');
            self.values.push(',');
        }
        put(&mut self.places, format_args!("{place}"));
        write(&mut self.values);
        self.count += 1;
    }

    /// A plain list when every row has an entry, else the places with it; nothing when there is none.
    fn write(&self, out: &mut String, quoted_name: &str, rows: usize) {
        if self.count == 0 {
            return;
        }
        out.push(',');
        out.push_str(quoted_name);
        if self.count == rows {
            put(out, format_args!(":[{}]", self.values));
        } else {
            put(
                out,
                format_args!(":{{\"i\":[{}],\"v\":[{}]}}", self.places, self.values),
            );
        }
    }
}

/// `"assets":{…},"new":[…],"gone":[…],"conflated":…` of a delta from `since`.
pub(crate) fn write_delta(out: &mut String, cache: &Cache, view: &View, since: u64, delta: &Delta) {
    let layout = cache.layout();
    out.push_str("\"assets\":{\"id\":");
    write_list(out, &delta.changed, |out, n| put(out, format_args!("{n}")));
    let rows = delta.changed.iter().filter_map(|n| cache.slot(*n));
    write_columns(out, layout, view, since, rows, delta.changed.len());
    out.push_str("},\"new\":");
    let new = delta.new.iter().filter_map(|n| Some((*n, cache.slot(*n)?)));
    write_list(out, new, |out, (n, slot)| {
        write_asset(out, layout, view, n, slot);
    });
    out.push_str(",\"gone\":");
    write_list(out, &delta.gone, |out, n| put(out, format_args!("{n}")));
    put(out, format_args!(",\"conflated\":{}", delta.conflated));
}

fn write_columns<'a>(
    out: &mut String,
    layout: &Layout,
    view: &View,
    since: u64,
    rows: impl Iterator<Item = &'a Slot>,
    count: usize,
) {
    let mut at = Entries::default();
    let mut freshness = Entries::default();
    let mut columns: Vec<Entries> = Vec::new();
    columns.resize_with(layout.columns().len(), Entries::default);
    for (place, slot) in rows.enumerate() {
        if slot.at_seq > since {
            at.add(place, |out| write_at(out, slot));
        }
        if slot.freshness_seq > since {
            let word = freshness_word(slot.freshness);
            freshness.add(place, |out| put(out, format_args!("\"{word}\"")));
        }
        for (i, field) in layout.fields(slot.entry.kind).iter().enumerate() {
            if slot.value_seqs[i] > since && view.wants(field.column) {
                columns[field.column].add(place, |out| write_value(out, layout, slot, i));
            }
        }
    }
    at.write(out, "\"at\"", count);
    freshness.write(out, "\"freshness\"", count);
    for (entries, column) in columns.iter().zip(layout.columns()) {
        entries.write(out, &column.quoted, count);
    }
}
