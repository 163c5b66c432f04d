//! Alerts on their way to a gateway that may lag, and whether the disk has them. Bounded: when it is full the writer waits,
//! for alerts are never shed.

use std::collections::VecDeque;

use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;
use ws_gateway::{AlertEvent, Update};

/// Alerts kept for a gateway that lags; then the writer waits for it.
const MOST: usize = 65_536;

/// What the gateway has not been told yet.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    events: VecDeque<AlertEvent>,
    durability: Durability,
}

/// What the gateway knows of the disk.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Durability {
    /// All it was told is committed.
    #[default]
    Durable,
    /// It is shown what is not.
    Refused,
    /// What it was shown is committed by now, and it must hear of it before anything else.
    Unsaid,
}

impl Outbox {
    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.durability != Durability::Unsaid
    }

    /// Adds steps after their commit.
    pub(super) fn extend(&mut self, events: impl Iterator<Item = AlertEvent>) {
        self.events.extend(events);
    }

    /// Adds steps that the disk refuses. What was committed before and still waits is marked with them, for once.
    pub(super) fn extend_undurable(&mut self, events: impl Iterator<Item = AlertEvent>) {
        self.durability = Durability::Refused;
        self.events.extend(events);
    }

    /// Everything added so far is committed.
    pub(super) fn commit(&mut self) {
        if self.durability == Durability::Refused {
            self.durability = Durability::Unsaid;
        }
    }

    /// Hands over what the gateway has room for.
    pub(super) fn send(&mut self, updates: &Sender<Update>) {
        if self.durability == Durability::Unsaid && !self.offer(updates, Update::Durable) {
            return;
        }
        if self.durability == Durability::Unsaid {
            self.durability = Durability::Durable;
        }
        if self.events.is_empty() {
            return;
        }
        let events = self.events.iter().cloned().collect();
        let update = match self.durability {
            Durability::Refused => Update::Undurable(events),
            Durability::Durable | Durability::Unsaid => Update::Alerts(events),
        };
        if self.offer(updates, update) {
            self.events.clear();
        }
    }

    /// False when there is no room and nothing forces it.
    fn offer(&self, updates: &Sender<Update>, update: Update) -> bool {
        if self.events.len() >= MOST {
            // The gateway's end is observed by `serve`, which then stops this thread too.
            drop(updates.blocking_send(update));
            return true;
        }
        !matches!(updates.try_send(update), Err(TrySendError::Full(_)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::Condition;
    use tokio::sync::mpsc::{self, Receiver};

    use super::*;
    use crate::store::tests::alert;

    fn step(seq: u64) -> std::iter::Once<AlertEvent> {
        std::iter::once(AlertEvent {
            seq,
            alert: Arc::new(alert(1, Condition::Firing)),
        })
    }

    /// What the gateway is told, in short.
    fn told(updates: &mut Receiver<Update>) -> Vec<String> {
        let seqs = |events: Vec<AlertEvent>| events.iter().map(|e| e.seq).collect::<Vec<_>>();
        std::iter::from_fn(|| updates.try_recv().ok())
            .map(|update| match update {
                Update::Alerts(events) => format!("alerts {:?}", seqs(events)),
                Update::Undurable(events) => format!("undurable {:?}", seqs(events)),
                Update::Durable => "durable".to_owned(),
                Update::Health(_) => "health".to_owned(),
            })
            .collect()
    }

    #[test]
    fn what_the_disk_refused_is_marked_until_it_is_committed() {
        let (sender, mut receiver) = mpsc::channel(10);
        let mut outbox = Outbox::default();
        outbox.extend(step(1));
        outbox.send(&sender);
        outbox.extend_undurable(step(2));
        outbox.send(&sender);
        outbox.commit();
        outbox.extend(step(3));
        outbox.send(&sender);
        let expected = ["alerts [1]", "undurable [2]", "durable", "alerts [3]"];
        assert_eq!(told(&mut receiver), expected);
        assert!(outbox.is_empty());
    }

    #[test]
    fn a_gateway_without_room_is_told_later_and_in_order() {
        let (sender, mut receiver) = mpsc::channel(1);
        let mut outbox = Outbox::default();
        outbox.extend_undurable(step(1));
        outbox.send(&sender);
        outbox.commit();
        outbox.send(&sender);
        assert!(!outbox.is_empty(), "nobody has said that it is durable");
        assert_eq!(told(&mut receiver), ["undurable [1]"]);
        outbox.send(&sender);
        assert_eq!(told(&mut receiver), ["durable"]);
        assert!(outbox.is_empty());
    }
}
