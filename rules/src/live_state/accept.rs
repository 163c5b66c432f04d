//! One reading meets the live state: is it new, when was it measured, what does it change.

use std::sync::Arc;

use model::{
    Asset, AssetHandle, ChangedFields, FieldId, Freshness, Lifecycle, Origin, Quality, Reading,
    StateChange, Time, Value,
};

use super::{AssetState, CLOCK_AHEAD, CLOCK_BEHIND, Changed, LiveState, Presence, SourceIx};
use crate::counts::Counts;
use crate::hashing::ReadingPrint;

/// What a reading may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    /// Current: latest values, windows, firing and clearing.
    Current,
    /// Retained: latest values as a level; no window, no sign of life.
    Retained,
    /// Too old to fire or clear, or marked `backfill`: windows only.
    Past,
}

/// What became of an accepted reading.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Acceptance {
    pub(crate) asset: AssetHandle,
    pub(crate) class: Class,
    /// When it was measured: the device's clock, or `received` where that is wrong.
    pub(crate) at: Time,
    /// The asset was not known before and is now, or speaks through another source: everything about it may have turned.
    pub(crate) woke: bool,
    /// The silences that ended with this sign of life.
    pub(crate) ended_silences: u64,
    /// The device's clock was found wrong, or right again.
    pub(crate) clock_turned: bool,
    /// The asset was met for the first time.
    pub(crate) newcomer: bool,
}

impl LiveState {
    /// Takes a reading in, or tells by a counter why not. The fields that changed are left in `changed`. `found` is the
    /// reading's asset, where somebody looked it up before.
    pub(crate) fn accept(
        &mut self,
        source: SourceIx,
        (reading, found): (&Reading, Option<AssetHandle>),
        now: Time,
        counts: &mut Counts,
        changed: &mut Vec<Changed>,
        out: &mut Vec<StateChange>,
    ) -> Option<Acceptance> {
        changed.clear();
        let (asset, newcomer) = self.admit((reading, found), now, counts, out)?;
        let state = &mut self.assets[asset.index()];
        if !state
            .recent
            .is_new(reading.at.millis(), fingerprint(reading))
        {
            counts.duplicates += 1;
            return None;
        }
        let clock_wrong = clock_is_wrong(reading);
        let at = if clock_wrong {
            counts.clock_flagged += 1;
            reading.received
        } else {
            reading.at
        };
        let clock_turned = clock_wrong != state.clock_wrong;
        state.clock_wrong = clock_wrong;
        let stale_after = self.tables[reading.kind.index()].stale_after;
        let class = match (reading.quality, reading.origin) {
            (Quality::Backfill, _) => Class::Past,
            (_, Origin::Retained) => Class::Retained,
            _ if reading.received.since(at) > stale_after => Class::Past,
            _ => Class::Current,
        };
        count(counts, reading, class, at < state.latest_at);
        let mut acceptance = Acceptance {
            asset,
            class,
            at,
            woke: newcomer,
            ended_silences: 0,
            clock_turned,
            newcomer,
        };
        if class == Class::Past {
            return Some(acceptance);
        }
        acceptance.woke |= state.source != source;
        state.source = source;
        if class == Class::Current {
            acceptance.woke |= state.presence != Presence::Live;
            acceptance.ended_silences = state.reached;
            state.presence = Presence::Live;
            state.reached = 0;
            state.heard_at = now;
        }
        state.latest_at = state.latest_at.max(at);
        self.write(asset, reading, at, changed, out);
        Some(acceptance)
    }

    /// The handle of the reading's asset; a stranger is remembered, while there is room.
    fn admit(
        &mut self,
        (reading, found): (&Reading, Option<AssetHandle>),
        now: Time,
        counts: &mut Counts,
        out: &mut Vec<StateChange>,
    ) -> Option<(AssetHandle, bool)> {
        if let Some(asset) = found.or_else(|| self.handle(reading.asset.as_str())) {
            let state = &self.assets[asset.index()];
            if state.kind != reading.kind {
                counts.kind_mismatch += 1;
                return None;
            }
            if !state.alarms() && state.entry.lifecycle == Lifecycle::Unregistered {
                counts.unregistered += 1;
            }
            return Some((asset, false));
        }
        counts.unregistered += 1;
        if !self.has_room_for_strangers() {
            counts.unregistered_refused += 1;
            return None;
        }
        let entry = Arc::new(self.stranger(reading));
        let asset = self.add(Arc::clone(&entry), now);
        out.push(StateChange::Registered { asset, entry });
        Some((asset, true))
    }

    /// What is said of an asset that no registry lists.
    fn stranger(&self, reading: &Reading) -> Asset {
        let table = &self.tables[reading.kind.index()];
        Asset {
            id: reading.asset.clone(),
            kind: reading.kind,
            name: reading.asset.as_str().into(),
            area: None,
            lat: None,
            lon: None,
            lifecycle: if table.auto_register {
                Lifecycle::InService
            } else {
                Lifecycle::Unregistered
            },
            uplink: None,
            columns: Vec::new(),
        }
    }

    /// Writes the reading's fields where they are not older than what is there.
    fn write(
        &mut self,
        asset: AssetHandle,
        reading: &Reading,
        at: Time,
        changed: &mut Vec<Changed>,
        out: &mut Vec<StateChange>,
    ) {
        let state = &self.assets[asset.index()];
        let row = self.tables[state.kind.index()].row_mut(state.row);
        let good = !matches!(reading.quality, Quality::Calibrating | Quality::Fault);
        let mut fields = ChangedFields::new();
        for (field, value) in &reading.fields {
            let Some(cell) = row.get_mut(field.index()) else {
                continue; // The decoder made it from the same catalog; a foreign field has no column to go to.
            };
            if at < cell.at {
                continue;
            }
            let value = good.then_some(value);
            if cell.take(*field, value, at, changed) && self.watched {
                if fields.is_empty() {
                    fields.reserve_exact(reading.fields.len());
                }
                tell(&mut fields, *field, value);
            }
        }
        if self.watched {
            out.push(StateChange::Updated {
                asset,
                at: state.latest_at,
                freshness: state.freshness(),
                fields,
            });
        }
    }

    /// The asset's last will arrived. True when that is news.
    pub(crate) fn offline(&mut self, asset: AssetHandle, out: &mut Vec<StateChange>) -> bool {
        self.turn(asset, Presence::Offline, out)
    }

    /// Readings of the asset were shed. True when that puts known values in doubt.
    pub(crate) fn shed(&mut self, asset: AssetHandle, out: &mut Vec<StateChange>) -> bool {
        // What is shed of a backlog is newer than what was known before the loss: that must not be known again.
        let said = matches!(
            self.asset(asset).presence,
            Presence::Live | Presence::SourceLost
        );
        said && self.turn(asset, Presence::Doubted, out)
    }

    /// Changes an asset's presence and tells so. True when it did change.
    pub(crate) fn turn(
        &mut self,
        asset: AssetHandle,
        presence: Presence,
        out: &mut Vec<StateChange>,
    ) -> bool {
        let state = &mut self.assets[asset.index()];
        if state.presence == presence {
            return false;
        }
        let before: Freshness = state.freshness();
        state.presence = presence;
        let freshness = state.freshness();
        if freshness != before {
            out.push(StateChange::Freshness { asset, freshness });
        }
        true
    }
}

impl AssetState {
    /// True while rules can see its values.
    pub(crate) fn is_known(&self) -> bool {
        self.presence == Presence::Live
    }
}

/// Tells a field that changed. Numbers, nearly all there is, are written where they will lie: a copy of a whole value would
/// be read with wider words than it was written with, for which the processor has to wait.
fn tell(fields: &mut ChangedFields, field: FieldId, value: Option<&Value>) {
    if let Some(Value::F64(number)) = value {
        fields.push((field, Some(Value::F64(*number))));
    } else {
        tell_other(fields, field, value);
    }
}

#[inline(never)]
fn tell_other(fields: &mut ChangedFields, field: FieldId, value: Option<&Value>) {
    fields.push((field, value.cloned()));
}

/// Two deliveries of one reading agree in this, two readings differ.
fn fingerprint(reading: &Reading) -> u64 {
    let print = ReadingPrint::default().number(reading.at.millis() as u64);
    if let Some(seq) = reading.seq {
        let boot = reading.boot.map_or(u64::MAX, |boot| boot);
        return print.number(seq).number(boot).finish();
    }
    let fields = reading.fields.iter();
    fields
        .fold(print, |print, (field, value)| {
            print.number(u64::from(field.0)).value(value)
        })
        .finish()
}

/// Devices report in the future when their clock runs ahead, and in 1970 when it lost its battery.
fn clock_is_wrong(reading: &Reading) -> bool {
    let ahead = reading.at.since(reading.received) > CLOCK_AHEAD;
    let behind = reading.received.since(reading.at) > CLOCK_BEHIND;
    ahead || (behind && reading.quality != Quality::Backfill)
}

fn count(counts: &mut Counts, reading: &Reading, class: Class, late: bool) {
    match class {
        Class::Current => {
            counts.accepted += 1;
            counts.late += u64::from(late);
        }
        Class::Retained => counts.retained += 1,
        Class::Past if reading.quality == Quality::Backfill => counts.backfill += 1,
        Class::Past => counts.catch_up += 1,
    }
}
