//! A device that publishes readings with QoS 1 and knows which were acknowledged.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use rumqttc::{NetworkOptions, Outgoing};

use crate::PATIENCE;

/// One MQTT 5 connection.
pub struct Device {
    client: AsyncClient,
    events: EventLoop,
    /// Handed to the client and not yet given a packet id, oldest first.
    handed: VecDeque<u64>,
    /// By packet id: sent and not yet acknowledged.
    in_flight: HashMap<u16, u64>,
    /// Acknowledged messages, in the order of their acknowledgements.
    acknowledged: Vec<u64>,
}

impl Device {
    /// A connection to a broker, made when it is first used.
    pub fn new(broker: SocketAddr, client_id: &str, login: Option<(&str, &str)>) -> Self {
        let mut options = MqttOptions::new(client_id, broker.ip().to_string(), broker.port());
        options.set_keep_alive(Duration::from_secs(30));
        options.set_outgoing_inflight_upper_limit(64);
        if let Some((user, password)) = login {
            options.set_credentials(user, password);
        }
        let mut network = NetworkOptions::new();
        network.set_tcp_nodelay(true);
        options.set_network_options(network);
        let (client, events) = AsyncClient::new(options, 256);
        Self {
            client,
            events,
            handed: VecDeque::new(),
            in_flight: HashMap::new(),
            acknowledged: Vec::new(),
        }
    }

    /// Hands a message to the connection without waiting for anything. `number` is the scenario's own name for it.
    pub fn publish(&mut self, number: u64, topic: &str, payload: String) -> Result<()> {
        self.client
            .try_publish(topic, QoS::AtLeastOnce, false, payload)
            .context("the device's queue is full")?;
        self.handed.push_back(number);
        Ok(())
    }

    /// Publishes and waits until the broker has acknowledged it.
    pub async fn send(&mut self, topic: &str, payload: String) -> Result<()> {
        let number = self.acknowledged.len() as u64;
        self.publish(number, topic, payload)?;
        self.settle()
            .await
            .with_context(|| format!("a message on {topic}"))
    }

    /// Waits until the broker has acknowledged everything.
    pub async fn settle(&mut self) -> Result<()> {
        tokio::time::timeout(PATIENCE, async {
            while self.waiting() > 0 {
                self.step().await?;
            }
            Ok(())
        })
        .await
        .context("no PUBACK")?
    }

    /// Moves the connection on by one event. An error means the connection is lost.
    pub async fn step(&mut self) -> Result<()> {
        match self.events.poll().await? {
            Event::Outgoing(Outgoing::Publish(id)) => {
                let Some(number) = self.handed.pop_front() else {
                    bail!("a message went out that nobody handed in");
                };
                self.in_flight.insert(id, number);
            }
            Event::Incoming(Packet::PubAck(ack)) => {
                let Some(number) = self.in_flight.remove(&ack.pkid) else {
                    bail!(
                        "the broker acknowledged packet {} that is not in flight",
                        ack.pkid
                    );
                };
                self.acknowledged.push(number);
            }
            Event::Incoming(_) | Event::Outgoing(_) => {}
        }
        Ok(())
    }

    /// How many messages have been handed in and not acknowledged.
    pub fn waiting(&self) -> usize {
        self.handed.len() + self.in_flight.len()
    }

    /// The numbers of the acknowledged messages.
    pub fn acknowledged(&self) -> &[u64] {
        &self.acknowledged
    }
}
