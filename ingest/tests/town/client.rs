//! A device as the brokers see it: rumqttc's MQTT 5 client, driven in the background.

use std::time::Duration;

use bytes::Bytes;
use rumqttc::NetworkOptions;
pub use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{LastWill, Packet, PubAckReason};
use rumqttc::v5::{AsyncClient, Event, MqttOptions};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Longer than anything here takes on a slow machine: ends a test that would hang.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub struct Login<'a> {
    pub port: u16,
    pub id: &'a str,
    pub user: Option<(&'a str, &'a str)>,
    pub will: Option<(&'a str, &'a str)>,
}

pub struct Device {
    client: AsyncClient,
    seen: mpsc::Receiver<Packet>,
    driver: JoinHandle<()>,
}

impl Device {
    /// Connects, or says why the broker refuses.
    pub async fn connect(login: &Login<'_>) -> Result<Self, String> {
        let mut options = MqttOptions::new(login.id, "127.0.0.1", login.port);
        options.set_outgoing_inflight_upper_limit(100);
        options.set_max_packet_size(Some(32 * 1024 * 1024));
        let mut network = NetworkOptions::new();
        network.set_tcp_nodelay(true);
        options.set_network_options(network);
        if let Some((user, password)) = login.user {
            options.set_credentials(user, password);
        }
        if let Some((topic, payload)) = login.will {
            options.set_last_will(LastWill::new(
                topic,
                payload.to_owned(),
                QoS::AtLeastOnce,
                false,
                None,
            ));
        }
        let (client, mut events) = AsyncClient::new(options, 1_000);
        match events.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => {}
            Ok(other) => return Err(format!("{other:?}")),
            Err(error) => return Err(error.to_string()),
        }
        let (sender, seen) = mpsc::channel(1_000);
        let driver = tokio::spawn(async move {
            while let Ok(event) = events.poll().await {
                if let Event::Incoming(packet) = event
                    && sender.send(packet).await.is_err()
                {
                    return;
                }
            }
        });
        Ok(Self {
            client,
            seen,
            driver,
        })
    }

    pub async fn publish(&self, topic: &str, qos: QoS, payload: impl Into<Bytes>) {
        self.client
            .publish(topic, qos, false, payload)
            .await
            .expect("the driver runs");
    }

    pub async fn publish_retained(&self, topic: &str, payload: impl Into<Bytes>) {
        self.client
            .publish(topic, QoS::AtLeastOnce, true, payload)
            .await
            .expect("the driver runs");
    }

    /// Waits for the next PUBACK and gives its reason.
    pub async fn acknowledged(&mut self) -> PubAckReason {
        loop {
            match self.packet().await {
                Some(Packet::PubAck(ack)) => return ack.reason,
                Some(_) => {}
                None => panic!("the broker closed the connection"),
            }
        }
    }

    /// True when a PUBACK has come.
    pub fn has_acknowledgement(&mut self) -> bool {
        std::iter::from_fn(|| self.seen.try_recv().ok())
            .any(|packet| matches!(packet, Packet::PubAck(_)))
    }

    /// Waits until the broker closes the connection.
    pub async fn closed(&mut self) {
        while self.packet().await.is_some() {}
    }

    async fn packet(&mut self) -> Option<Packet> {
        tokio::time::timeout(PATIENCE, self.seen.recv())
            .await
            .expect("the broker answers")
    }

    /// Says goodbye.
    pub async fn disconnect(self) {
        self.client.disconnect().await.expect("the driver runs");
        self.driver
            .await
            .expect("the driver ends with the connection");
    }

    /// Loses power.
    pub async fn vanish(self) {
        self.driver.abort();
        let _ended = self.driver.await;
    }
}
