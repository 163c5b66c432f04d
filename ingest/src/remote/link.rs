//! One rumqttc connection behind one face, whichever protocol it speaks.
//!
//! The only place that knows rumqttc. Each of its traps that is a setting is settled in `v5_options` and
//! `v4_options`; if a fork has to take over, it does so here.

use bytes::Bytes;
use rumqttc::{NetworkOptions, Transport, v5};

use super::config::{MqttVersion, RemoteConfig};
use super::tls::{self, TlsError};

/// Requests besides acknowledgements that may be on their way: subscribe, fence, disconnect.
const OTHER_REQUESTS: usize = 8;
/// MQTT's own limit on a packet. A smaller one makes rumqttc drop the connection over a long message, and the broker
/// sends it again for ever; 3.1.1 has no way to tell the broker. What is too long becomes a dead letter instead.
const V311_PACKET_BYTES: usize = 256 * 1024 * 1024;
/// We publish nothing here: no table of 65,535 outgoing messages (13.85 MB).
const OUTGOING_IN_FLIGHT: u16 = 16;

/// What comes from the broker.
#[derive(Debug)]
pub(super) enum Seen {
    Connected,
    /// The subscriptions stand, or the first reason why one does not.
    Subscribed(Result<(), String>),
    /// The answer to [`Requests::fence`].
    Fence,
    Message(Received),
    /// Nothing to act on: pings, our own packets leaving.
    Other,
}

#[derive(Debug)]
pub(super) struct Received {
    /// UTF-8 by the standard, but nobody has checked it.
    pub(super) topic: Bytes,
    pub(super) payload: Bytes,
    pub(super) retain: bool,
    /// None for QoS 0.
    pub(super) packet_id: Option<u16>,
}

/// The half that drives the connection.
pub(super) enum Events {
    V5(Box<v5::EventLoop>),
    V4(Box<rumqttc::EventLoop>),
}

/// The half that asks it to send something. Never waits.
pub(super) enum Requests {
    V5(v5::AsyncClient),
    V4(rumqttc::AsyncClient),
}

/// The queue of requests is full; it is polled empty as the connection goes on.
#[derive(Debug)]
pub(super) struct Full;

/// Whether brokers accept this as a topic filter.
pub(crate) fn valid_filter(filter: &str) -> bool {
    rumqttc::valid_filter(filter)
}

/// A connection that is not there yet: the first poll makes it, and the first after every loss.
pub(super) fn open(config: &RemoteConfig) -> Result<(Requests, Events), TlsError> {
    let transport = match (&config.tls, config.address.tls) {
        (Some(files), true) => tls::transport(files)?,
        _ => Transport::Tcp,
    };
    let requests = usize::from(config.receive_maximum) + OTHER_REQUESTS;
    Ok(match config.version {
        MqttVersion::V5 => {
            let (client, events) = v5::AsyncClient::new(v5_options(config, transport), requests);
            (Requests::V5(client), Events::V5(Box::new(events)))
        }
        MqttVersion::V311 => {
            let (client, mut events) =
                rumqttc::AsyncClient::new(v4_options(config, transport), requests);
            events.network_options = network_options();
            (Requests::V4(client), Events::V4(Box::new(events)))
        }
    })
}

fn v5_options(config: &RemoteConfig, transport: Transport) -> v5::MqttOptions {
    let address = &config.address;
    let mut options = v5::MqttOptions::new(&config.client_id, &address.host, address.port);
    options
        .set_transport(transport)
        .set_keep_alive(config.keep_alive)
        .set_clean_start(false)
        .set_session_expiry_interval(Some(config.session_expiry.as_secs() as u32))
        .set_receive_maximum(Some(config.receive_maximum))
        .set_max_packet_size(Some(config.packet_bytes))
        // rumqttc forgets the topics of incoming aliases: the broker must not use any.
        .set_topic_alias_max(None)
        .set_manual_acks(true)
        .set_outgoing_inflight_upper_limit(OUTGOING_IN_FLIGHT)
        .set_network_options(network_options());
    if let Some(credentials) = &config.credentials {
        options.set_credentials(&credentials.user, &credentials.password);
    }
    options
}

fn v4_options(config: &RemoteConfig, transport: Transport) -> rumqttc::MqttOptions {
    let address = &config.address;
    let mut options = rumqttc::MqttOptions::new(&config.client_id, &address.host, address.port);
    options
        .set_transport(transport)
        .set_keep_alive(config.keep_alive)
        .set_clean_session(false)
        .set_max_packet_size(V311_PACKET_BYTES, 64 * 1024)
        .set_manual_acks(true)
        .set_inflight(OUTGOING_IN_FLIGHT);
    if let Some(credentials) = &config.credentials {
        options.set_credentials(&credentials.user, &credentials.password);
    }
    options
}

fn network_options() -> NetworkOptions {
    let mut options = NetworkOptions::new();
    // Nagle's algorithm holds small packets back, and PUBACKs are small: 459 messages a second instead of 83,932.
    options.set_tcp_nodelay(true);
    options
}

impl Requests {
    pub(super) fn subscribe(&self, topics: &[String]) -> Result<(), Full> {
        match self {
            Self::V5(client) => {
                let filter = |topic: &String| {
                    v5::mqttbytes::v5::Filter::new(topic, v5::mqttbytes::QoS::AtLeastOnce)
                };
                client
                    .try_subscribe_many(topics.iter().map(filter))
                    .map_err(|_| Full)
            }
            Self::V4(client) => {
                let filter = |topic: &String| {
                    rumqttc::SubscribeFilter::new(topic.clone(), rumqttc::QoS::AtLeastOnce)
                };
                client
                    .try_subscribe_many(topics.iter().map(filter))
                    .map_err(|_| Full)
            }
        }
    }

    /// Asks the broker for an answer that comes behind all it has sent before. Taking back a subscription that never
    /// was is the one question that needs no permission and changes nothing.
    pub(super) fn fence(&self) -> Result<(), Full> {
        const NOWHERE: &str = "ioc/v1/-/fence";
        match self {
            Self::V5(client) => client.try_unsubscribe(NOWHERE).map_err(|_| Full),
            Self::V4(client) => client.try_unsubscribe(NOWHERE).map_err(|_| Full),
        }
    }

    pub(super) fn acknowledge(&self, packet_id: u16) -> Result<(), Full> {
        match self {
            Self::V5(client) => {
                let mut publish = v5::mqttbytes::v5::Publish::new(
                    "",
                    v5::mqttbytes::QoS::AtLeastOnce,
                    Bytes::new(),
                    None,
                );
                publish.pkid = packet_id;
                client.try_ack(&publish).map_err(|_| Full)
            }
            Self::V4(client) => {
                let mut publish = rumqttc::Publish::new("", rumqttc::QoS::AtLeastOnce, Vec::new());
                publish.pkid = packet_id;
                client.try_ack(&publish).map_err(|_| Full)
            }
        }
    }

    pub(super) fn disconnect(&self) -> Result<(), Full> {
        match self {
            Self::V5(client) => client.try_disconnect().map_err(|_| Full),
            Self::V4(client) => client.try_disconnect().map_err(|_| Full),
        }
    }
}

impl Events {
    /// The next event; makes the connection first where there is none. Dropping the future while it connects drops
    /// the attempt.
    pub(super) async fn poll(&mut self) -> Result<Seen, String> {
        match self {
            Self::V5(events) => match events.poll().await {
                Ok(event) => Ok(seen_v5(event)),
                Err(error) => Err(error.to_string()),
            },
            Self::V4(events) => match events.poll().await {
                Ok(event) => Ok(seen_v4(event)),
                Err(error) => Err(error.to_string()),
            },
        }
    }

    /// Gives the present connection up; the next poll makes another.
    pub(super) fn hang_up(&mut self) {
        match self {
            Self::V5(events) => events.clean(),
            Self::V4(events) => events.clean(),
        }
    }
}

fn seen_v5(event: v5::Event) -> Seen {
    use v5::mqttbytes::v5::{Packet, SubscribeReasonCode as Code};
    match event {
        v5::Event::Incoming(Packet::Publish(publish)) => Seen::Message(Received {
            topic: publish.topic,
            payload: publish.payload,
            retain: publish.retain,
            packet_id: (publish.qos != v5::mqttbytes::QoS::AtMostOnce).then_some(publish.pkid),
        }),
        v5::Event::Incoming(Packet::ConnAck(_)) => Seen::Connected,
        v5::Event::Incoming(Packet::SubAck(ack)) => {
            let refused = ack
                .return_codes
                .iter()
                .find(|code| !matches!(code, Code::Success(_)));
            Seen::Subscribed(refused.map_or(Ok(()), |code| Err(format!("{code:?}"))))
        }
        v5::Event::Incoming(Packet::UnsubAck(_)) => Seen::Fence,
        v5::Event::Incoming(_) | v5::Event::Outgoing(_) => Seen::Other,
    }
}

fn seen_v4(event: rumqttc::Event) -> Seen {
    use rumqttc::{Packet, SubscribeReasonCode as Code};
    match event {
        rumqttc::Event::Incoming(Packet::Publish(publish)) => Seen::Message(Received {
            topic: Bytes::from(publish.topic.into_bytes()),
            payload: publish.payload,
            retain: publish.retain,
            packet_id: (publish.qos != rumqttc::QoS::AtMostOnce).then_some(publish.pkid),
        }),
        rumqttc::Event::Incoming(Packet::ConnAck(_)) => Seen::Connected,
        rumqttc::Event::Incoming(Packet::SubAck(ack)) => {
            let refused = ack.return_codes.contains(&Code::Failure);
            Seen::Subscribed(if refused {
                Err("refused".to_owned())
            } else {
                Ok(())
            })
        }
        rumqttc::Event::Incoming(Packet::UnsubAck(_)) => Seen::Fence,
        rumqttc::Event::Incoming(_) | rumqttc::Event::Outgoing(_) => Seen::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::SourceName;

    fn config() -> RemoteConfig {
        let address = "mqtt://broker".parse().unwrap();
        RemoteConfig::new(
            SourceName::new("s"),
            address,
            "ioc",
            vec!["ioc/v1/tn/#".to_owned()],
        )
    }

    #[test]
    fn every_setting_that_is_a_trap_is_set() {
        let options = v5_options(&config(), Transport::Tcp);
        assert!(
            !options.clean_start(),
            "unacknowledged messages must wait for us"
        );
        assert_eq!(options.session_expiry_interval(), Some(24 * 3600));
        assert_eq!(options.receive_maximum(), Some(2_000));
        assert_eq!(options.max_packet_size(), Some(256 * 1024));
        assert_eq!(options.topic_alias_max(), None);
        assert!(options.manual_acks());
        assert_eq!(options.get_outgoing_inflight_upper_limit(), Some(16));
        assert!(options.keep_alive().as_secs() >= 30);
    }

    #[test]
    fn mqtt_3_has_no_way_to_announce_a_limit_so_none_drops_the_connection() {
        let options = v4_options(&config(), Transport::Tcp);
        assert!(!options.clean_session());
        assert!(options.manual_acks());
        assert_eq!(options.max_packet_size(), 256 * 1024 * 1024);
    }

    #[test]
    fn there_is_room_for_an_acknowledgement_of_every_message_in_flight() {
        let (requests, _events) = open(&config()).unwrap();
        for id in 1..=2_000 {
            assert!(requests.acknowledge(id).is_ok());
        }
        assert!(requests.subscribe(&config().topics).is_ok());
    }
}
