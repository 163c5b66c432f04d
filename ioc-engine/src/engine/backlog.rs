//! State changes a lagging gateway has not taken yet, at most one update an asset: the latest counts, steps between do not.
//! Bounded by the number of assets, whatever the rate. Nothing here ever holds the engine up.

use std::collections::HashMap;

use model::{AssetHandle, ChangedFields, StateChange, Time};
use ws_gateway::StateSender;

/// What waits to be shown.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    changes: Vec<StateChange>,
    /// The asset's latest update or freshness in `changes`.
    latest: HashMap<AssetHandle, usize, foldhash::fast::RandomState>,
    conflated: u64,
}

impl Backlog {
    /// Hands `changes` to the gateway, or keeps them conflated until it has room.
    pub(super) fn send(&mut self, mut changes: Vec<StateChange>, gateway: &StateSender) {
        if self.changes.is_empty() {
            if !gateway.offer(&mut changes) {
                self.keep_all(changes);
            }
            return;
        }
        self.keep_all(changes);
        if gateway.offer(&mut self.changes) {
            self.latest.clear();
        }
    }

    /// Forgets what waits: it was of another city.
    pub(super) fn forget(&mut self) {
        self.changes.clear();
        self.latest.clear();
    }

    /// True when everything was taken.
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Steps that were never shown because a later one replaced them.
    pub(super) fn conflated(&self) -> u64 {
        self.conflated
    }

    fn keep_all(&mut self, changes: Vec<StateChange>) {
        for change in changes {
            self.keep(change);
        }
    }

    fn keep(&mut self, change: StateChange) {
        match change {
            StateChange::Updated {
                asset,
                at,
                freshness,
                fields,
            } => {
                let before = self.latest.get(&asset).map(|i| &mut self.changes[*i]);
                if let Some(waiting) = before {
                    merge(waiting, at, freshness, fields);
                    self.conflated += 1;
                } else {
                    self.push_latest(
                        asset,
                        StateChange::Updated {
                            asset,
                            at,
                            freshness,
                            fields,
                        },
                    );
                }
            }
            StateChange::Freshness { asset, freshness } => {
                match self.latest.get(&asset).map(|i| &mut self.changes[*i]) {
                    Some(
                        StateChange::Updated { freshness: old, .. }
                        | StateChange::Freshness { freshness: old, .. },
                    ) => {
                        *old = freshness;
                        self.conflated += 1;
                    }
                    _ => self.push_latest(asset, StateChange::Freshness { asset, freshness }),
                }
            }
            // What comes after a registration or a departure must stay after it.
            StateChange::Registered { asset, .. } | StateChange::Gone { asset } => {
                self.latest.remove(&asset);
                self.changes.push(change);
            }
        }
    }

    fn push_latest(&mut self, asset: AssetHandle, change: StateChange) {
        self.latest.insert(asset, self.changes.len());
        self.changes.push(change);
    }
}

/// Puts an update on top of what waits for the same asset.
fn merge(
    waiting: &mut StateChange,
    new_at: Time,
    new_freshness: model::Freshness,
    new_fields: ChangedFields,
) {
    match waiting {
        StateChange::Updated {
            at,
            freshness,
            fields,
            ..
        } => {
            *at = new_at;
            *freshness = new_freshness;
            for (id, value) in new_fields {
                match fields.iter_mut().find(|(known, _)| *known == id) {
                    Some((_, old)) => *old = value,
                    None => fields.push((id, value)),
                }
            }
        }
        StateChange::Freshness { asset, .. }
        | StateChange::Registered { asset, .. }
        | StateChange::Gone { asset } => {
            *waiting = StateChange::Updated {
                asset: *asset,
                at: new_at,
                freshness: new_freshness,
                fields: new_fields,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{FieldId, Freshness, Value};

    use super::*;

    const A: AssetHandle = AssetHandle(1);

    fn updated(at: i64, fields: &[(u16, f64)]) -> StateChange {
        StateChange::Updated {
            asset: A,
            at: Time::from_millis(at),
            freshness: Freshness::Live,
            fields: fields
                .iter()
                .map(|(id, n)| (FieldId(*id), Some(Value::F64(*n))))
                .collect(),
        }
    }

    #[test]
    fn a_lagging_gateway_gets_the_latest_of_each_asset_and_the_rest_is_counted() {
        let (gateway, taken) = ws_gateway::state_feed();
        let mut backlog = Backlog::default();
        let stale = StateChange::Freshness {
            asset: A,
            freshness: Freshness::Stale,
        };
        // More than waits for a gateway that takes nothing.
        let much = vec![updated(1, &[(0, 1.0)]); 100_000];
        backlog.send(much.clone(), &gateway);
        backlog.send(vec![updated(2, &[(0, 2.0), (1, 9.0)])], &gateway);
        backlog.send(
            vec![stale.clone(), updated(3, &[(0, 3.0)]), stale],
            &gateway,
        );
        assert!(!backlog.is_empty());
        assert_eq!(taken.take().changes, much);
        backlog.send(Vec::new(), &gateway);
        let second = taken.take().changes;
        let StateChange::Updated {
            freshness,
            fields,
            at,
            ..
        } = &second[0]
        else {
            panic!("{second:?}");
        };
        assert_eq!(
            (second.len(), *freshness, at.millis()),
            (1, Freshness::Stale, 3)
        );
        assert_eq!(
            fields[..],
            [
                (FieldId(0), Some(Value::F64(3.0))),
                (FieldId(1), Some(Value::F64(9.0)))
            ]
        );
        assert_eq!(backlog.conflated(), 3);
        assert!(backlog.is_empty());
    }
}
