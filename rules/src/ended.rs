//! Alerts that ended in the present moment. Within one moment an episode may end and another of the same rule and key begin
//! from the same origin: two edits in a row, a source that comes and goes. The second one is another alert.

use std::collections::BTreeSet;

use model::{AlertId, Time};

use crate::identity::next_id;

/// Ids that are taken until time moves on.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    at: Time,
    ids: BTreeSet<AlertId>,
}

impl Default for Ended {
    fn default() -> Self {
        Self {
            at: Time::MIN,
            ids: BTreeSet::new(),
        }
    }
}

impl Ended {
    /// An alert ended.
    pub(crate) fn note(&mut self, id: AlertId, now: Time) {
        if self.at != now {
            self.at = now;
            self.ids.clear();
        }
        self.ids.insert(id);
    }

    /// This id, or where an alert had it that just ended, the next that none had.
    pub(crate) fn free(&self, mut id: AlertId, now: Time) -> AlertId {
        while self.at == now && self.ids.contains(&id) {
            id = next_id(id);
        }
        id
    }

    /// Those of the present moment.
    pub(crate) fn ids(&self, now: Time) -> impl Iterator<Item = AlertId> {
        let ids = self.ids.iter().copied();
        ids.filter(move |_| self.at == now)
    }
}
