//! What the broker calls: a publish becomes an arrival, a lost connection a last will.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mqtt5::broker::{
    BrokerEventHandler, ClientConnectEvent, ClientDisconnectEvent, ClientPublishEvent,
    PublishAction,
};
use tokio::time::Instant;

use super::config::EmbeddedConfig;
use super::pace::Paces;
use super::wills::{Will, Wills};
use crate::intake::{Intake, Message};
use crate::{Ack, QoS};

type Called<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

pub(super) struct Hook {
    intake: Arc<Intake>,
    wills: Arc<Wills>,
    paces: Paces,
    grace: Duration,
    closing: AtomicBool,
}

impl Hook {
    pub(super) fn new(intake: Arc<Intake>, config: &EmbeddedConfig) -> Self {
        Self {
            intake,
            wills: Arc::default(),
            paces: Paces::new(
                u64::from(config.messages_per_second),
                config.bytes_per_second,
            ),
            grace: config.will_grace,
            closing: AtomicBool::new(false),
        }
    }

    /// From now on lost connections are our own doing.
    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    async fn published(&self, event: ClientPublishEvent) {
        let now = Instant::now();
        let wait = self.paces.wait(&event.client_id, event.payload.len(), now);
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        let (qos, ack, released) = match event.qos {
            mqtt5::QoS::AtMostOnce => (QoS::AtMostOnce, None, None),
            // QoS 2 waits here before its PUBREC, which is where the broker takes it over: at least once for us.
            mqtt5::QoS::AtLeastOnce | mqtt5::QoS::ExactlyOnce => {
                let (ack, released) = Ack::hook(Arc::clone(&self.intake.counts));
                (QoS::AtLeastOnce, Some(ack), Some(released))
            }
        };
        let message = Message {
            topic: &event.topic,
            payload: event.payload,
            qos,
            // It is published now; what the broker retains of it is for others.
            retain: false,
        };
        if let Some(waits) = self.intake.take(message, ack, false) {
            super::send(&self.intake, waits).await;
        }
        if let Some(released) = released
            && released.await.is_err()
        {
            // Returning would send the PUBACK. The device keeps its message and sends it again after it reconnects.
            std::future::pending::<()>().await;
        }
    }

    fn lost(&self, event: &ClientDisconnectEvent) {
        self.intake.counts.losses.one();
        self.paces.forget(&event.client_id);
        let Some(will) = self.wills.disconnected(&event.client_id, event.unexpected) else {
            return;
        };
        let (wills, intake, grace) = (
            Arc::clone(&self.wills),
            Arc::clone(&self.intake),
            self.grace,
        );
        let client = Arc::clone(&event.client_id);
        // Apart from the connection's task, which has other things to clean up. One a client at most.
        tokio::spawn(async move {
            tokio::time::sleep(grace).await;
            if wills.still_gone(&client, will.session) {
                execute(&intake, &will).await;
            }
        });
    }
}

/// Takes a last will as if the device had just published it.
async fn execute(intake: &Arc<Intake>, will: &Will) {
    let message = Message {
        topic: &will.topic,
        payload: will.payload.clone(),
        qos: QoS::AtLeastOnce, // never shed: the last thing heard of a device
        retain: false,
    };
    if let Some(waits) = intake.take(message, None, false) {
        super::send(intake, waits).await;
    }
}

impl BrokerEventHandler for Hook {
    fn on_client_publish(&self, event: ClientPublishEvent) -> Called<'_, PublishAction> {
        Box::pin(async move {
            self.published(event).await;
            PublishAction::Continue
        })
    }

    fn on_client_connect(&self, event: ClientConnectEvent) -> Called<'_, ()> {
        self.intake.counts.connects.one();
        self.wills.connected(&event);
        Box::pin(async {})
    }

    fn on_client_disconnect(&self, event: ClientDisconnectEvent) -> Called<'_, ()> {
        if !self.closing.load(Ordering::Relaxed) {
            self.lost(&event);
        }
        Box::pin(async {})
    }
}
