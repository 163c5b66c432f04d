//! One row of the roll-up.

use super::json::{put, write_text};
use crate::cache::{AreaIndex, Layout, Rollup};

/// What one area amounts to.
pub(crate) fn write_area(out: &mut String, layout: &Layout, rollup: &Rollup, area: AreaIndex) {
    let row = rollup.row(area);
    out.push_str("{\"area\":");
    write_text(out, layout.area_codes()[usize::from(area)].as_str());
    match row.worst() {
        Some(severity) => put(out, format_args!(",\"worst\":\"{}\"", severity.as_str())),
        None => out.push_str(",\"worst\":null"),
    }
    put(
        out,
        format_args!(
            ",\"open\":{},\"unacknowledged\":{},\"shelved\":{},\"suppressed\":{}",
            row.open(),
            row.unacknowledged,
            row.shelved,
            row.suppressed
        ),
    );
    for freshness in super::FRESHNESS {
        let word = super::freshness_word(freshness);
        put(out, format_args!(",\"{word}\":{}", row.assets(freshness)));
    }
    out.push('}');
}
