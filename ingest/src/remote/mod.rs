//! Sessions with remote brokers: a connection that is always being kept, and what the engine is told about it.
//!
//! One thread owns a session. It polls, decodes and offers, and nothing it does waits: messages that find no room wait
//! in a queue of their own while the connection goes on being polled for pings and acknowledgements.

mod backoff;
mod catch_up;
mod config;
mod link;
mod thread;
mod tls;

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use model::Input;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::ack::AckWindow;
use crate::intake::{Intake, Message};
use crate::{Delivery, QoS, SourceState};
use backoff::Backoff;
use catch_up::CatchUp;
pub use config::{AddressError, BrokerAddress, Credentials, MqttVersion, RemoteConfig, TlsFiles};
pub(crate) use link::valid_filter;
use link::{Events, Received, Requests, Seen};
pub(crate) use thread::SessionThread;
pub use tls::TlsError;

/// How long a clean goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);

pub(crate) struct Session {
    config: RemoteConfig,
    intake: Arc<Intake>,
    requests: Requests,
    events: Option<Events>,
    window: Arc<AckWindow>,
    /// What found no room in the engine's queue, in order. Bounded: QoS 1 by MQTT's packet ids, and beside it at most
    /// one word about the source.
    waiting: VecDeque<Delivery>,
    catch_up: CatchUp,
    catch_up_until: Instant,
    connected_at: Option<Instant>,
    backoff: Backoff,
    /// What the engine was told last: up or down.
    told: Option<bool>,
}

/// What the session turns to next.
enum Turn {
    Event(Result<Seen, String>),
    Stop,
}

impl Session {
    /// A session that connects once it runs. Fails only by what is wrong with its TLS files.
    pub(crate) fn new(config: RemoteConfig, intake: Arc<Intake>) -> Result<Self, TlsError> {
        let (requests, events) = link::open(&config)?;
        Ok(Self {
            requests,
            events: Some(events),
            window: Arc::new(AckWindow::new(Arc::clone(&intake.counts))),
            waiting: VecDeque::new(),
            catch_up: CatchUp::default(),
            catch_up_until: Instant::now(),
            connected_at: None,
            backoff: Backoff::new(config.first_pause, config.longest_pause, config.seed),
            told: None,
            config,
            intake,
        })
    }

    /// Keeps the session until told to stop or until the engine is gone.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let Some(mut events) = self.events.take() else {
            return;
        };
        loop {
            match self.turn(&mut events, &mut stop).await {
                Turn::Stop => break,
                Turn::Event(event) => {
                    let Err(reason) = event.and_then(|seen| self.seen(seen)) else {
                        continue;
                    };
                    events.hang_up();
                    if !self.lost(reason, &mut stop).await {
                        break;
                    }
                }
            }
        }
        self.goodbye(&mut events).await;
    }

    /// Waits for the next event, and does all else that comes due meanwhile. The poll is kept over that: dropped, it
    /// would drop a connection attempt, or a request it has taken up.
    async fn turn(&mut self, events: &mut Events, stop: &mut watch::Receiver<bool>) -> Turn {
        let mut poll = pin!(events.poll());
        loop {
            self.acknowledge();
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return Turn::Stop,
                alive = deliver(self.intake.out(), &mut self.waiting), if !self.waiting.is_empty() => {
                    if !alive {
                        return Turn::Stop;
                    }
                }
                () = self.window.released.notified() => {}
                event = &mut poll => return Turn::Event(event),
                () = sleep_until(self.catch_up_until), if self.catch_up.under_way() => {
                    if self.catch_up.give_up() {
                        self.up();
                    } else {
                        return Turn::Event(Err("the broker does not answer the subscription".to_owned()));
                    }
                }
            }
        }
    }

    /// Sends what the engine has released, as far as the queue of requests goes; the rest goes after the next event.
    fn acknowledge(&mut self) {
        let requests = &self.requests;
        self.window
            .drain(|packet_id| requests.acknowledge(packet_id).is_ok());
        if self.catch_up.under_way() {
            let (acknowledged, _) = self.window.progress();
            if self.catch_up.drained(acknowledged) && self.requests.fence().is_err() {
                // Then the limit ends the catching up.
                tracing::debug!(source = %self.config.name, "no room for a fence");
            }
        }
    }

    fn seen(&mut self, seen: Seen) -> Result<(), String> {
        match seen {
            Seen::Connected => {
                self.intake.counts.connects.one();
                self.intake.stands(SourceState::CatchingUp);
                self.connected_at = Some(Instant::now());
                self.catch_up_until = Instant::now() + self.config.catch_up_limit;
                self.catch_up.connected();
                // On every connection: the broker may have lost our session, and the filters may have changed.
                self.requests
                    .subscribe(&self.config.topics)
                    .map_err(|_| "no room to ask for the subscriptions".to_owned())
            }
            Seen::Subscribed(Ok(())) => {
                self.catch_up.subscribed(self.window.progress().1);
                Ok(())
            }
            Seen::Subscribed(Err(code)) => Err(format!(
                "the broker refuses the subscription of {}: {code}",
                self.config.topics.join(", ")
            )),
            Seen::Fence => {
                if self.catch_up.fenced(self.window.progress().1) {
                    self.up();
                }
                Ok(())
            }
            Seen::Message(message) => self.message(message),
            Seen::Other => Ok(()),
        }
    }

    fn message(&mut self, received: Received) -> Result<(), String> {
        let ack = match received.packet_id {
            None => None,
            Some(id) => Some(self.window.expect(id).ok_or_else(|| {
                "the broker sends more unacknowledged messages than there are packet ids".to_owned()
            })?),
        };
        if self.catch_up.under_way() {
            let (acknowledged, all) = self.window.progress();
            self.catch_up.message(received.retain, all - acknowledged);
        }
        let qos = if ack.is_some() {
            QoS::AtLeastOnce
        } else {
            QoS::AtMostOnce
        };
        let topic = String::from_utf8_lossy(&received.topic);
        let message = Message {
            topic: &topic,
            payload: received.payload,
            qos,
            retain: received.retain,
        };
        let behind = !self.waiting.is_empty();
        self.waiting.extend(self.intake.take(message, ack, behind));
        Ok(())
    }

    fn up(&mut self) {
        tracing::info!(source = %self.config.name, "up");
        self.intake.stands(SourceState::Up);
        if self.told != Some(true) {
            self.told = Some(true);
            let source = self.config.name.clone();
            self.waiting
                .push_back(Delivery::unacknowledged(Input::SourceUp { source }));
        }
    }

    /// The connection is gone: tells the engine once, and pauses. False when it is time to stop.
    async fn lost(&mut self, reason: String, stop: &mut watch::Receiver<bool>) -> bool {
        tracing::warn!(source = %self.config.name, reason, "lost");
        self.window.next_epoch();
        self.catch_up = CatchUp::default();
        // Its messages come again, and a word about the source that was not heard yet is overtaken.
        if self.waiting.iter().any(|delivery| delivery.ack.is_none()) {
            self.told = None;
        }
        self.waiting.clear();
        let held = match self.connected_at.take() {
            Some(since) => {
                self.intake.counts.losses.one();
                since.elapsed()
            }
            None => Duration::ZERO,
        };
        self.intake.stands(SourceState::Down(reason));
        if self.told != Some(false) {
            self.told = Some(false);
            let source = self.config.name.clone();
            self.waiting
                .push_back(Delivery::unacknowledged(Input::SourceDown { source }));
        }
        self.pause(held, stop).await
    }

    async fn pause(&mut self, held: Duration, stop: &mut watch::Receiver<bool>) -> bool {
        let mut pause = pin!(sleep(self.backoff.pause(held)));
        loop {
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return false,
                alive = deliver(self.intake.out(), &mut self.waiting), if !self.waiting.is_empty() => {
                    if !alive {
                        return false;
                    }
                }
                () = &mut pause => return true,
            }
        }
    }

    /// Sends the acknowledgements that are released already and says goodbye, so that the broker executes no will and
    /// keeps the session.
    async fn goodbye(mut self, events: &mut Events) {
        self.acknowledge();
        if self.connected_at.is_some() && self.requests.disconnect().is_ok() {
            let until_closed = async { while events.poll().await.is_ok() {} };
            if timeout(GOODBYE, until_closed).await.is_err() {
                tracing::debug!(source = %self.config.name, "the broker did not close the connection in time");
            }
        }
        self.window.next_epoch();
        self.intake.stands(SourceState::Stopped);
    }
}

/// Moves the first that waits into the queue as soon as there is room. False when the engine is gone.
async fn deliver(out: &mpsc::Sender<Delivery>, waiting: &mut VecDeque<Delivery>) -> bool {
    let Ok(place) = out.reserve().await else {
        return false;
    };
    if let Some(delivery) = waiting.pop_front() {
        place.send(delivery);
    }
    true
}
