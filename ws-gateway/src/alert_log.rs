//! The log of alert events as the gateway keeps it: the open alerts, and the last events with what each changed.
//!
//! What is older is the archive's. Nothing here is conflated: a client is a place in this log.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use model::{Alert, AlertId, Condition};

use crate::AlertEvent;
use crate::encode::write_alert;

/// One event: the alert after it, as it was before, and its JSON.
#[derive(Clone)]
pub(crate) struct LoggedEvent {
    pub(crate) seq: u64,
    pub(crate) before: Before,
    pub(crate) alert: Arc<Alert>,
    /// Written once for all who are sent it.
    pub(crate) json: Arc<str>,
}

/// An alert as it was before an event.
#[derive(Clone)]
pub(crate) enum Before {
    /// This was its form.
    Form(Arc<Alert>),
    /// It was not open.
    Nothing,
    /// The event came from the archive, which keeps forms after events only.
    Unknown,
}

impl Before {
    /// The form, where it is known.
    pub(crate) fn form(&self) -> Option<&Alert> {
        match self {
            Self::Form(alert) => Some(alert),
            Self::Nothing | Self::Unknown => None,
        }
    }
}

impl LoggedEvent {
    fn new(seq: u64, before: Before, alert: Arc<Alert>) -> Self {
        let mut json = String::new();
        write_alert(&mut json, &alert);
        Self {
            seq,
            before,
            alert,
            json: json.into(),
        }
    }
}

/// Events of the archive with what they tell of each other.
pub(crate) fn from_archive(events: Vec<AlertEvent>) -> impl Iterator<Item = LoggedEvent> {
    let mut last: BTreeMap<AlertId, Arc<Alert>> = BTreeMap::new();
    events.into_iter().map(move |event| {
        let before = last.insert(event.alert.id, Arc::clone(&event.alert));
        let before = before.map_or(Before::Unknown, Before::Form);
        LoggedEvent::new(event.seq, before, event.alert)
    })
}

/// The open alerts and the newest events.
pub(crate) struct AlertLog {
    open: BTreeMap<AlertId, Arc<Alert>>,
    recent: VecDeque<LoggedEvent>,
    head: u64,
    capacity: usize,
}

impl AlertLog {
    /// The log at its start: what is open as of event `head`.
    pub(crate) fn new(open: Vec<Arc<Alert>>, head: u64, capacity: usize) -> Self {
        Self {
            open: open.into_iter().map(|alert| (alert.id, alert)).collect(),
            recent: VecDeque::new(),
            head,
            capacity: capacity.max(1),
        }
    }

    /// The newest event's place.
    pub(crate) fn head(&self) -> u64 {
        self.head
    }

    /// Pending and firing alerts.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Arc<Alert>> {
        self.open.values()
    }

    pub(crate) fn get(&self, id: AlertId) -> Option<&Arc<Alert>> {
        self.open.get(&id)
    }

    /// Takes an event; none when it is known already, as after a restart of the engine alone.
    pub(crate) fn push(&mut self, event: AlertEvent) -> Option<&LoggedEvent> {
        if event.seq <= self.head {
            return None;
        }
        self.head = event.seq;
        let new = event.alert;
        let old = match new.condition {
            Condition::Resolved => self.open.remove(&new.id),
            Condition::Pending | Condition::Firing => self.open.insert(new.id, Arc::clone(&new)),
        };
        if self.recent.len() == self.capacity {
            self.recent.pop_front();
        }
        let before = old.map_or(Before::Nothing, Before::Form);
        self.recent
            .push_back(LoggedEvent::new(event.seq, before, new));
        self.recent.back()
    }

    /// The event after `seq`; `Err` when it is older than what is kept here.
    pub(crate) fn after(&self, seq: u64) -> Result<Option<&LoggedEvent>, Forgotten> {
        if seq >= self.head {
            return Ok(None);
        }
        match self.recent.front() {
            Some(oldest) if oldest.seq <= seq + 1 => {
                let place = self.recent.partition_point(|event| event.seq <= seq);
                Ok(self.recent.get(place))
            }
            _ => Err(Forgotten),
        }
    }
}

/// The event is older than what is kept in memory.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Forgotten;
