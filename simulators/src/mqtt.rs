//! The way to the broker: a handful of connections that all devices share, each device always on the same one.
//! Queues are bounded; one that is full holds the run up and is counted, nothing is dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use model::Time;
use rumqttc::Outgoing;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, ClientError, ConnectionError, Event, EventLoop};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::broker::{Broker, BrokerError};
use crate::message::Message;
use crate::random::Stream;

/// So many messages may wait on one connection.
const QUEUE: usize = 1_000;
const FIRST_BACKOFF: Duration = Duration::from_millis(200);
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);
/// A connection that held this long was a good one: the next loss starts with the first backoff again.
const STABLE_AFTER: Duration = Duration::from_mins(1);

/// The name of a run at the broker: no other run on any machine has it.
pub(crate) fn run_name(purpose: &str, start: Time) -> String {
    format!("{purpose}-{}-{}", start.millis(), std::process::id())
}

/// What happened to messages, over all connections, and whether they are still wanted.
#[derive(Debug, Default)]
struct Counts {
    sent: AtomicU64,
    acked: AtomicU64,
    reconnects: AtomicU64,
    /// The run is over: a connection that breaks now is not mended.
    closing: AtomicBool,
}

/// What happened to messages so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Traffic {
    /// Given to a connection.
    pub queued: u64,
    /// Written to a socket.
    pub sent: u64,
    /// Confirmed by the broker, of those sent with `QoS` 1.
    pub acked: u64,
    /// Of those given to a connection, how many want a confirmation.
    pub to_confirm: u64,
    /// Found their queue full and held the run up.
    pub lagged: u64,
    /// Connections made anew.
    pub reconnects: u64,
}

/// The connections of a run.
#[derive(Debug)]
pub(crate) struct Lanes {
    connections: Vec<Lane>,
    counts: Arc<Counts>,
    queued: u64,
    to_confirm: u64,
    lagged: u64,
}

#[derive(Debug)]
struct Lane {
    client: AsyncClient,
    driver: JoinHandle<()>,
}

impl Lanes {
    /// Opens so many connections; all of them are up when this returns. `run` must be this run's own at the broker:
    /// two clients of one name throw each other out for ever.
    pub(crate) async fn open(
        broker: &Broker,
        run: &str,
        count: usize,
    ) -> Result<Self, BrokerError> {
        let counts = Arc::new(Counts::default());
        let mut connections = Vec::new();
        for number in 0..count.max(1) {
            let name = format!("ioc-sim-{run}-{number}");
            connections.push(Lane::open(broker, &name, &counts).await?);
        }
        Ok(Self {
            connections,
            counts,
            queued: 0,
            to_confirm: 0,
            lagged: 0,
        })
    }

    /// Sends a message on its device's connection; waits where that connection's queue is full.
    pub(crate) async fn send(&mut self, message: Message) -> Result<(), ClientError> {
        let lane = &self.connections[message.device as usize % self.connections.len()];
        self.queued += 1;
        self.to_confirm += u64::from(message.confirmed);
        if lane.try_send(&message) {
            return Ok(());
        }
        self.lagged += 1;
        lane.send(message).await
    }

    fn are_gone(&self) -> bool {
        self.connections
            .iter()
            .all(|lane| lane.driver.is_finished())
    }

    /// The counts of now.
    pub(crate) fn traffic(&self) -> Traffic {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Traffic {
            queued: self.queued,
            to_confirm: self.to_confirm,
            lagged: self.lagged,
            sent: read(&self.counts.sent),
            acked: read(&self.counts.acked),
            reconnects: read(&self.counts.reconnects),
        }
    }

    /// Waits a moment for outstanding confirmations, then says goodbye.
    pub(crate) async fn close(self, patience: Duration) -> Traffic {
        self.counts.closing.store(true, Ordering::Relaxed);
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline && !self.are_gone() {
            let now = self.traffic();
            if now.sent >= now.queued && now.acked >= now.to_confirm {
                break;
            }
            sleep(Duration::from_millis(10)).await;
        }
        let traffic = self.traffic();
        for lane in self.connections {
            lane.close().await;
        }
        traffic
    }
}

impl Lane {
    async fn open(broker: &Broker, name: &str, counts: &Arc<Counts>) -> Result<Self, BrokerError> {
        let options = broker.options(name);
        let (client, mut events) = AsyncClient::new(options, QUEUE);
        let mut network = events.options.network_options();
        network.set_tcp_nodelay(true);
        events.options.set_network_options(network);
        broker.first_connection(&mut events).await?;
        let driver = Driver {
            events,
            name: name.to_owned(),
            counts: Arc::clone(counts),
            jitter: Stream::new(0, "reconnect", name),
        };
        let driver = tokio::spawn(driver.run());
        Ok(Self { client, driver })
    }

    /// False when the queue has no room; a connection that is gone says so to [`Self::send`].
    fn try_send(&self, message: &Message) -> bool {
        let payload = Bytes::clone(&message.payload);
        self.client
            .try_publish(&*message.topic, qos(message), message.retain, payload)
            .is_ok()
    }

    async fn send(&self, message: Message) -> Result<(), ClientError> {
        let qos = qos(&message);
        self.client
            .publish(&*message.topic, qos, message.retain, message.payload)
            .await
    }

    async fn close(mut self) {
        const GOODBYE: Duration = Duration::from_millis(500);
        if self.driver.is_finished() {
            return;
        }
        if let Err(error) = self.client.try_disconnect() {
            tracing::warn!(%error, "no room for a goodbye");
        }
        if timeout(GOODBYE, &mut self.driver).await.is_err() {
            self.driver.abort();
        }
    }
}

fn qos(message: &Message) -> QoS {
    if message.confirmed {
        QoS::AtLeastOnce
    } else {
        QoS::AtMostOnce
    }
}

/// Drives one connection: polls, counts, and after a loss waits with full jitter before it connects anew.
struct Driver {
    events: EventLoop,
    name: String,
    counts: Arc<Counts>,
    jitter: Stream,
}

impl Driver {
    async fn run(mut self) {
        let mut losses = 0;
        let mut connected = Instant::now();
        loop {
            match self.events.poll().await {
                Ok(Event::Outgoing(Outgoing::Disconnect)) | Err(ConnectionError::RequestsDone) => {
                    return;
                }
                Ok(event) => {
                    if matches!(event, Event::Incoming(Packet::ConnAck(_))) {
                        connected = Instant::now();
                        add(&self.counts.reconnects);
                    }
                    self.count(&event);
                }
                Err(_) if self.counts.closing.load(Ordering::Relaxed) => return,
                Err(error) => {
                    tracing::warn!(connection = self.name, %error, "lost the broker");
                    if connected.elapsed() > STABLE_AFTER {
                        losses = 0;
                    }
                    let longest = FIRST_BACKOFF
                        .saturating_mul(1 << losses.min(16))
                        .min(LONGEST_BACKOFF);
                    losses += 1;
                    sleep(longest.mul_f64(self.jitter.unit())).await;
                }
            }
        }
    }

    fn count(&self, event: &Event) {
        match event {
            Event::Outgoing(Outgoing::Publish(_)) => add(&self.counts.sent),
            Event::Incoming(Packet::PubAck(_)) => add(&self.counts.acked),
            Event::Incoming(_) | Event::Outgoing(_) => {}
        }
    }
}

fn add(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}
