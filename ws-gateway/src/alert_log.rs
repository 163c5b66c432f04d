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
    /// Whether it is committed; false while the disk refuses.
    durable: bool,
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
    fn new(seq: u64, before: Before, alert: Arc<Alert>, durable: bool) -> Self {
        let mut json = String::new();
        write_alert(&mut json, &alert, durable);
        Self {
            seq,
            before,
            alert,
            durable,
            json: json.into(),
        }
    }

    /// What is sent of it from now on says that it is committed.
    fn commit(&mut self) {
        let mut json = String::new();
        write_alert(&mut json, &self.alert, true);
        self.json = json.into();
        self.durable = true;
    }
}

/// Events of the archive with what they tell of each other.
pub(crate) fn from_archive(events: Vec<AlertEvent>) -> impl Iterator<Item = LoggedEvent> {
    let mut last: BTreeMap<AlertId, Arc<Alert>> = BTreeMap::new();
    events.into_iter().map(move |event| {
        let before = last.insert(event.alert.id, Arc::clone(&event.alert));
        let before = before.map_or(Before::Unknown, Before::Form);
        LoggedEvent::new(event.seq, before, event.alert, true)
    })
}

/// An open alert.
#[derive(Clone)]
pub(crate) struct OpenAlert {
    pub(crate) alert: Arc<Alert>,
    /// Whether its last step is committed.
    pub(crate) durable: bool,
}

/// The open alerts and the newest events.
pub(crate) struct AlertLog {
    open: BTreeMap<AlertId, OpenAlert>,
    recent: VecDeque<LoggedEvent>,
    head: u64,
    /// Every event up to here is committed.
    durable_seq: u64,
    capacity: usize,
}

impl AlertLog {
    /// The log at its start: what is open as of event `head`.
    pub(crate) fn new(open: Vec<Arc<Alert>>, head: u64, capacity: usize) -> Self {
        Self {
            open: open.into_iter().map(opened).collect(),
            recent: VecDeque::new(),
            head,
            durable_seq: head,
            capacity: capacity.max(1),
        }
    }

    /// The newest event's place.
    pub(crate) fn head(&self) -> u64 {
        self.head
    }

    /// Up to which event everything is committed: the head, unless the disk refuses.
    pub(crate) fn durable_seq(&self) -> u64 {
        self.durable_seq
    }

    /// Pending and firing alerts.
    pub(crate) fn open(&self) -> impl Iterator<Item = &OpenAlert> {
        self.open.values()
    }

    pub(crate) fn get(&self, id: AlertId) -> Option<&Arc<Alert>> {
        self.open.get(&id).map(|open| &open.alert)
    }

    /// The disk took everything that was shown without it.
    pub(crate) fn commit(&mut self) {
        self.durable_seq = self.head;
        for open in self.open.values_mut() {
            open.durable = true;
        }
        for event in self.recent.iter_mut().rev() {
            if event.durable {
                break;
            }
            event.commit();
        }
    }

    /// Takes an event; none when it is known already, as after a restart of the engine alone.
    pub(crate) fn push(&mut self, event: AlertEvent, durable: bool) -> Option<&LoggedEvent> {
        if event.seq <= self.head {
            return None;
        }
        self.head = event.seq;
        if durable {
            self.durable_seq = event.seq;
        }
        let new = event.alert;
        let old = match new.condition {
            Condition::Resolved => self.open.remove(&new.id),
            Condition::Pending | Condition::Firing => {
                let alert = Arc::clone(&new);
                self.open.insert(new.id, OpenAlert { alert, durable })
            }
        };
        if self.recent.len() == self.capacity {
            self.recent.pop_front();
        }
        let before = old.map_or(Before::Nothing, |old| Before::Form(old.alert));
        self.recent
            .push_back(LoggedEvent::new(event.seq, before, new, durable));
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

fn opened(alert: Arc<Alert>) -> (AlertId, OpenAlert) {
    let id = alert.id;
    let durable = true;
    (id, OpenAlert { alert, durable })
}

/// The event is older than what is kept in memory.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Forgotten;
