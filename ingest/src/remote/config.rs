//! What a session with a remote broker needs to be told.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use model::SourceName;

/// The settings of a source that is a session with a remote broker.
#[derive(Clone, Debug)]
pub struct RemoteConfig {
    /// The source's name in alerts, logs and metrics.
    pub name: SourceName,
    /// Where the broker is.
    pub address: BrokerAddress,
    /// The protocol it speaks.
    pub version: MqttVersion,
    /// The filters to subscribe. Sources with disjoint filters share the load of one broker; shared subscriptions
    /// are not for us, because they promise no order.
    pub topics: Vec<String>,
    /// Stable over restarts: the broker keeps unacknowledged messages under this name.
    pub client_id: String,
    /// How the broker knows us.
    pub credentials: Option<Credentials>,
    /// Whom we trust; needed with `mqtts://`.
    pub tls: Option<TlsFiles>,
    /// At least 30 s: a ping's answer queues behind a backlog.
    pub keep_alive: Duration,
    /// How long the broker keeps our session while we are away (MQTT 5).
    pub session_expiry: Duration,
    /// The most messages that may wait for our acknowledgement (MQTT 5). 1,000 to 4,000 keep a connection busy
    /// over a group commit.
    pub receive_maximum: u16,
    /// The longest packet the broker may send us, in bytes (MQTT 5).
    pub packet_bytes: u32,
    /// The longest pause before the first try to reconnect; it doubles with every failure.
    pub first_pause: Duration,
    /// The longest pause of all.
    pub longest_pause: Duration,
    /// After this long a connected source counts as up although messages from before may still be coming.
    pub catch_up_limit: Duration,
    /// Where the pauses' randomness comes from.
    pub seed: u64,
}

impl RemoteConfig {
    /// The usual settings for one broker and the city's whole tree of topics.
    pub fn new(
        name: SourceName,
        address: BrokerAddress,
        client_id: impl Into<String>,
        topics: Vec<String>,
    ) -> Self {
        Self {
            name,
            address,
            version: MqttVersion::V5,
            topics,
            client_id: client_id.into(),
            credentials: None,
            tls: None,
            keep_alive: Duration::from_secs(30),
            session_expiry: Duration::from_hours(24),
            receive_maximum: 2_000,
            packet_bytes: 256 * 1024,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
            catch_up_limit: Duration::from_secs(10),
            seed: 0,
        }
    }
}

/// The protocol a broker speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MqttVersion {
    /// MQTT 3.1.1: RabbitMQ, The Things Stack, NATS.
    V311,
    /// MQTT 5.
    V5,
}

/// A user name and its password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({})", self.user)
    }
}

/// PEM files for TLS.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TlsFiles {
    /// The authorities whose certificates are trusted. The system's own are often in `/etc/ssl/certs/ca-certificates.crt`.
    pub ca: PathBuf,
    /// Our certificate and its key, where the broker asks for one.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// Where a broker is: `mqtt://host:1883` or `mqtts://host:8883`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BrokerAddress {
    /// Name or IP address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Whether TLS is spoken.
    pub tls: bool,
}

/// Why a text is not a broker's address.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("'{0}' is not a broker's address: {1}")]
pub struct AddressError(String, &'static str);

impl FromStr for BrokerAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let wrong = |why| AddressError(text.to_owned(), why);
        let (tls, rest) = match text.split_once("://") {
            Some(("mqtt", rest)) => (false, rest),
            Some(("mqtts", rest)) => (true, rest),
            _ => return Err(wrong("it must begin with mqtt:// or mqtts://")),
        };
        if rest.contains('@') {
            return Err(AddressError(
                "…@…".to_owned(),
                "user and password do not belong in it; set them apart",
            ));
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains('/') {
            return Err(wrong("nothing may follow the port"));
        }
        let (host, port) = split_port(rest).map_err(wrong)?;
        if host.is_empty() {
            return Err(wrong("the host is missing"));
        }
        Ok(Self {
            host: host.to_owned(),
            port: port.unwrap_or(if tls { 8883 } else { 1883 }),
            tls,
        })
    }
}

/// `host`, `host:port`, `[::1]:port`.
fn split_port(text: &str) -> Result<(&str, Option<u16>), &'static str> {
    let (host, rest) = match text.strip_prefix('[').and_then(|t| t.split_once(']')) {
        Some((host, rest)) => (host, rest),
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    match rest.strip_prefix(':') {
        None if rest.is_empty() => Ok((host, None)),
        None => Err("a port must follow a colon"),
        Some(port) => match port.parse() {
            Ok(0) | Err(_) => Err("the port must be a number from 1 to 65535"),
            Ok(port) => Ok((host, Some(port))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_whole() {
        let cases = [
            ("mqtt://broker", "broker", 1883, false),
            ("mqtts://broker/", "broker", 8883, true),
            ("mqtt://10.0.0.7:1884", "10.0.0.7", 1884, false),
            ("mqtts://[::1]:8884", "::1", 8884, true),
        ];
        for (text, host, port, tls) in cases {
            let address: BrokerAddress = text.parse().unwrap();
            assert_eq!(
                (address.host.as_str(), address.port, address.tls),
                (host, port, tls),
                "{text}"
            );
        }
    }

    #[test]
    fn a_wrong_address_says_what_is_wrong() {
        let said = |text: &str| text.parse::<BrokerAddress>().unwrap_err().to_string();
        assert_eq!(
            said("broker:1883"),
            "'broker:1883' is not a broker's address: it must begin with mqtt:// or mqtts://"
        );
        assert!(said("mqtt://b:70000").contains("the port must be a number"));
        assert!(said("mqtt://:1883").contains("the host is missing"));
        assert!(said("mqtt://b/x").contains("nothing may follow"));
        let secret = said("mqtt://me:secret@broker");
        assert!(!secret.contains("secret"), "{secret}");
    }
}
