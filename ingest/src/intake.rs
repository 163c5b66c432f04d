//! From an arrival to the engine's queue, and what happens when that queue is full.
//!
//! QoS 1 is handed back to wait, so that its PUBACK is late and the broker holds the rest. QoS 0 is shed: telemetry
//! when the queue is nearly full, the other classes when it is full; every shed message is counted and its asset
//! named to the engine as soon as there is room. Inputs of our own (source up, down, offline) always wait.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use model::{AssetId, Clock, Input, SourceName};
use tokio::sync::{Notify, mpsc, watch};

use crate::arrival::{Arrival, QoS};
use crate::counts::Counts;
use crate::decoder::{Decoded, Decoder};
use crate::topic::{Class, Route};
use crate::{Ack, Admitted, DeadLetter, Delivery, SourceState, SourceStatus};

/// One message, before it is known whose it is.
pub(crate) struct Message<'a> {
    pub(crate) topic: &'a str,
    pub(crate) payload: Bytes,
    pub(crate) qos: QoS,
    pub(crate) retain: bool,
}

/// The pipeline of one source, shared by all that bring it messages.
pub(crate) struct Intake {
    source: SourceName,
    /// This source's bit in [`crate::topic::KnownAsset`].
    number: u32,
    decoder: Arc<Decoder>,
    clock: Arc<dyn Clock>,
    out: mpsc::Sender<Delivery>,
    /// How many places of the queue telemetry leaves to the other classes.
    reserve: usize,
    pub(crate) counts: Arc<Counts>,
    assets: AtomicU64,
    shed: ShedSet,
    state: watch::Sender<(SourceState, model::Time)>,
}

/// The assets whose readings were shed since the engine was last told. Bounded by the decoder's own bound on assets.
#[derive(Default)]
struct ShedSet {
    assets: Mutex<HashSet<AssetId, foldhash::fast::RandomState>>,
    some: Notify,
}

impl Intake {
    pub(crate) fn new(
        source: SourceName,
        number: u32,
        decoder: Arc<Decoder>,
        clock: Arc<dyn Clock>,
        out: mpsc::Sender<Delivery>,
    ) -> Self {
        let since = clock.now();
        Self {
            counts: Arc::new(Counts::new(source.as_str())),
            source,
            number,
            decoder,
            clock,
            reserve: out.max_capacity() / 8,
            out,
            assets: AtomicU64::new(0),
            shed: ShedSet::default(),
            state: watch::Sender::new((SourceState::Connecting, since)),
        }
    }

    pub(crate) fn out(&self) -> &mpsc::Sender<Delivery> {
        &self.out
    }

    pub(crate) fn source(&self) -> &SourceName {
        &self.source
    }

    pub(crate) fn now(&self) -> model::Time {
        self.clock.now()
    }

    pub(crate) fn status(&self) -> SourceStatus {
        let (state, since) = self.state.borrow().clone();
        SourceStatus {
            name: self.source.clone(),
            state,
            since,
            assets: self.assets.load(Ordering::Relaxed),
            counts: self.counts.snapshot(),
        }
    }

    pub(crate) fn stands(&self, state: SourceState) {
        self.state.send_replace((state, self.clock.now()));
    }

    /// Takes one message. `behind` says that earlier ones of the same connection still wait.
    ///
    /// Gives back what must not be lost and found no room; the caller keeps it until there is.
    pub(crate) fn take(
        &self,
        message: Message<'_>,
        ack: Option<Ack>,
        behind: bool,
    ) -> Option<Delivery> {
        self.counts.arrivals.one();
        let arrival = Arrival {
            source: &self.source,
            topic: message.topic,
            payload: message.payload,
            received: self.clock.now(),
            qos: message.qos,
            retain: message.retain,
        };
        let route = match self.decoder.route(&arrival) {
            Ok(route) => route,
            Err(dead) => return self.dead_letter(dead, arrival.qos, ack, behind),
        };
        if route.asset.seen_through(self.number) {
            self.assets.fetch_add(1, Ordering::Relaxed);
        }
        if arrival.qos == QoS::AtMostOnce && (behind || !self.has_room(route.class)) {
            self.shed(&route);
            return None;
        }
        match self.decoder.read(&route, &arrival) {
            Ok(decoded) => self.decoded(decoded, &route, arrival.qos, ack, behind),
            Err(dead) => self.dead_letter(dead, arrival.qos, ack, behind),
        }
    }

    fn decoded(
        &self,
        decoded: Decoded,
        route: &Route,
        qos: QoS,
        ack: Option<Ack>,
        behind: bool,
    ) -> Option<Delivery> {
        let input = match decoded {
            Decoded::Reading(reading) => Input::Reading {
                source: self.source.clone(),
                reading,
            },
            Decoded::Offline(asset) => Input::Offline { asset },
            Decoded::Ignored(_) => {
                self.counts.ignored.one();
                // Nothing to make durable.
                if let Some(ack) = ack {
                    ack.release();
                }
                return None;
            }
        };
        let delivery = Delivery {
            admitted: Admitted::Input(input),
            ack,
        };
        let refused = self.offer(delivery, behind)?;
        if qos == QoS::AtLeastOnce {
            return Some(refused);
        }
        // Another connection took the last place between the look and the try.
        self.shed(route);
        None
    }

    fn dead_letter(
        &self,
        dead: DeadLetter,
        qos: QoS,
        ack: Option<Ack>,
        behind: bool,
    ) -> Option<Delivery> {
        self.counts.dead_letter(dead.reason);
        tracing::debug!(source = %dead.source, topic = %dead.topic, reason = %dead.reason, detail = %dead.detail, "dead letter");
        let refused = self.offer(
            Delivery {
                admitted: Admitted::DeadLetter(dead),
                ack,
            },
            behind,
        )?;
        if qos == QoS::AtLeastOnce {
            return Some(refused);
        }
        self.counts.shed_dead_letters.one();
        None
    }

    /// Puts it in the queue, or gives it back.
    fn offer(&self, delivery: Delivery, behind: bool) -> Option<Delivery> {
        if behind {
            return Some(delivery);
        }
        match self.out.try_send(delivery) {
            Err(mpsc::error::TrySendError::Full(delivery)) => Some(delivery),
            // Closed, the engine is gone: without an acknowledgement everything comes again when it is back.
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => None,
        }
    }

    fn has_room(&self, class: Class) -> bool {
        let reserve = match class {
            Class::Tele => self.reserve,
            Class::State | Class::Event | Class::Lwt => 0,
        };
        self.out.capacity() > reserve
    }

    fn shed(&self, route: &Route) {
        self.counts.shed(route.class);
        let mut assets = self
            .shed
            .assets
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if assets.insert(route.asset.id.clone()) && assets.len() == 1 {
            self.shed.some.notify_one();
        }
    }

    /// Tells the engine whose readings were shed, whenever there is room for it. Ends when the engine is gone.
    ///
    /// Waiting in the queue's own line keeps the order: a reading that is admitted after the shed one comes after
    /// the notice too.
    pub(crate) async fn report_shed(&self) {
        loop {
            self.shed.some.notified().await;
            let Ok(place) = self.out.reserve().await else {
                return;
            };
            let mut assets: Vec<AssetId> = {
                let mut shed = self
                    .shed
                    .assets
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                shed.drain().collect()
            };
            // The log must not depend on the order of a hash table.
            assets.sort_unstable();
            place.send(Delivery::unacknowledged(Input::Shed { assets }));
        }
    }
}
