//! Computed values meet the live state. No device sent them: there is no clock to doubt and nothing comes twice.

use model::{AssetHandle, ChangedFields, FieldId, StateChange, Time, Value};

use super::{Acceptance, Changed, Class, LiveState, Presence};

impl LiveState {
    /// Writes what was computed of a derived asset; a field without a value turns unknown. The fields that changed are
    /// left in `changed`.
    pub(crate) fn write_derived(
        &mut self,
        asset: AssetHandle,
        (at, now): (Time, Time),
        values: &[(FieldId, Option<Value>)],
        changed: &mut Vec<Changed>,
        out: &mut Vec<StateChange>,
    ) -> Acceptance {
        changed.clear();
        let state = &mut self.assets[asset.index()];
        let acceptance = Acceptance {
            asset,
            class: Class::Current,
            at: at.max(state.latest_at),
            woke: state.presence != Presence::Live,
            ended_silences: state.reached,
            clock_turned: false,
            newcomer: false,
        };
        state.presence = Presence::Live;
        state.reached = 0;
        state.heard_at = now;
        state.latest_at = acceptance.at;
        let freshness = state.freshness();
        let row = self.tables[state.kind.index()].row_mut(state.row);
        let mut fields = ChangedFields::new();
        for (field, value) in values {
            let cell = &mut row[field.index()];
            let news = cell.take(*field, value.as_ref(), acceptance.at, changed);
            if news && self.watched {
                fields.push((*field, value.clone()));
            }
        }
        if self.watched {
            out.push(StateChange::Updated {
                asset,
                at: acceptance.at,
                freshness,
                fields,
            });
        }
        acceptance
    }
}
