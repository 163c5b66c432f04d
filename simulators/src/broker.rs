//! Where the broker is, who asks, whom we trust; and the first word with it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{ConnectionError, Event, EventLoop, MqttOptions};
use rumqttc::{TlsConfiguration, Transport};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;

const IN_FLIGHT: u16 = 32;
const KEEP_ALIVE: Duration = Duration::from_mins(1);
const MAX_PACKET: u32 = 256 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the broker keeps what a lost connection had in flight.
const SESSION_S: u32 = 60;

/// Where the broker is and who asks.
#[derive(Clone, Debug)]
pub struct Broker {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User and password.
    pub login: Option<(String, String)>,
    /// Over TLS, with whom we trust.
    pub tls: Option<Arc<ClientConfig>>,
}

/// Why there is no broker to talk to.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// Not an address.
    #[error("'{0}' is not the address of a broker; write mqtt://HOST:PORT or mqtts://HOST:PORT")]
    Url(String),
    /// TLS, and nobody to trust.
    #[error(
        "'{0}' is reached over TLS: say whom to trust with --ca FILE, the authority's certificate as PEM"
    )]
    NoAuthority(String),
    /// Somebody to trust, and no TLS.
    #[error("--ca is given, but '{0}' is reached without TLS; write mqtts://")]
    NoTls(String),
    /// The authority's file cannot be read.
    #[error("{}: {cause}; --ca takes certificates as PEM", path.display())]
    Pem {
        /// Which file.
        path: PathBuf,
        /// Why not.
        cause: pem::Error,
    },
    /// A file without a certificate.
    #[error("{}: no certificate in it; --ca takes certificates as PEM", .0.display())]
    NoCertificate(PathBuf),
    /// A certificate that does not do.
    #[error("{}: {cause}", path.display())]
    Certificate {
        /// Which file.
        path: PathBuf,
        /// Why not.
        cause: rustls::Error,
    },
    /// It does not answer, or refuses.
    #[error(
        "cannot connect to {address}: {source}; start the broker, or check --mqtt, --user and --password"
    )]
    Connect {
        /// `mqtt://host:port`.
        address: String,
        /// What it said.
        source: Box<ConnectionError>,
    },
    /// It accepts the connection and then says nothing.
    #[error(
        "{address} did not answer within {} s; is it an MQTT 5 broker?",
        CONNECT_TIMEOUT.as_secs()
    )]
    Silent {
        /// `mqtt://host:port`.
        address: String,
    },
}

impl Broker {
    /// From `mqtt://host:port`, or `mqtts://host:port` with the authorities to trust; the ports may be left out.
    pub fn parse(
        url: &str,
        login: Option<(String, String)>,
        ca: Option<&Path>,
    ) -> Result<Self, BrokerError> {
        let wrong = || BrokerError::Url(url.to_owned());
        let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
        let usual_port = match scheme {
            "mqtt" => 1883,
            "mqtts" => 8883,
            _ => return Err(wrong()),
        };
        let rest = rest.trim_end_matches('/');
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                (host, port.parse().map_err(|_| wrong())?)
            }
            _ => (rest, usual_port),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() || host.contains(['/', '@']) {
            return Err(wrong());
        }
        let tls = match (scheme, ca) {
            ("mqtts", Some(path)) => Some(trusting(path)?),
            ("mqtts", None) => return Err(BrokerError::NoAuthority(url.to_owned())),
            (_, Some(_)) => return Err(BrokerError::NoTls(url.to_owned())),
            (_, None) => None,
        };
        Ok(Self {
            host: host.to_owned(),
            port,
            login,
            tls,
        })
    }

    fn address(&self) -> String {
        let scheme = if self.tls.is_some() { "mqtts" } else { "mqtt" };
        format!("{scheme}://{}:{}", self.host, self.port)
    }

    /// Options that hold for every connection of ours. No last will: MQTT has one a connection, and ours speak for many
    /// assets. Their end shows in the assets' silence, as that of a real gateway does.
    pub(crate) fn options(&self, client_id: &str) -> MqttOptions {
        let mut options = MqttOptions::new(client_id, &self.host, self.port);
        options
            .set_keep_alive(KEEP_ALIVE)
            .set_outgoing_inflight_upper_limit(IN_FLIGHT)
            .set_max_packet_size(Some(MAX_PACKET))
            // What was in flight when a connection broke is sent again on the next one.
            .set_clean_start(false)
            .set_session_expiry_interval(Some(SESSION_S))
            .set_connection_timeout(CONNECT_TIMEOUT.as_secs());
        if let Some((user, password)) = &self.login {
            options.set_credentials(user, password);
        }
        if let Some(config) = &self.tls {
            let config = TlsConfiguration::Rustls(Arc::clone(config));
            options.set_transport(Transport::Tls(config));
        }
        options
    }

    /// Polls until the broker has accepted the connection.
    pub(crate) async fn first_connection(&self, events: &mut EventLoop) -> Result<(), BrokerError> {
        let connected = async {
            loop {
                if let Event::Incoming(Packet::ConnAck(_)) = events.poll().await? {
                    return Ok::<(), ConnectionError>(());
                }
            }
        };
        let address = self.address();
        match timeout(CONNECT_TIMEOUT, connected).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(source)) => Err(BrokerError::Connect {
                address,
                source: Box::new(source),
            }),
            Err(_) => Err(BrokerError::Silent { address }),
        }
    }
}

/// TLS that trusts only the authorities of one PEM file, not those of the machine.
fn trusting(path: &Path) -> Result<Arc<ClientConfig>, BrokerError> {
    let path_of = || path.to_owned();
    let found: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|cause| BrokerError::Pem {
            path: path_of(),
            cause,
        })?;
    if found.is_empty() {
        return Err(BrokerError::NoCertificate(path_of()));
    }
    let refused = |cause| BrokerError::Certificate {
        path: path_of(),
        cause,
    };
    let mut authorities = RootCertStore::empty();
    for certificate in found {
        authorities.add(certificate).map_err(refused)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(refused)?
        .with_root_certificates(authorities)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_speaks_for_many_assets_leaves_no_will() {
        let broker =
            Broker::parse("mqtt://127.0.0.1", None, None).unwrap_or_else(|e| panic!("{e}"));
        assert!(broker.options("ioc-sim-0").last_will().is_none());
    }

    #[test]
    fn addresses_of_brokers() {
        let parse = |url| Broker::parse(url, None, None).map(|b| (b.host, b.port));
        let found = |host: &str, port| Some((host.to_owned(), port));
        for (url, there) in [
            ("mqtt://127.0.0.1:1884", found("127.0.0.1", 1884)),
            ("mqtt://broker.vn", found("broker.vn", 1883)),
            ("mqtt://[::1]:1883/", found("::1", 1883)),
            ("mqtt://[::1]", found("::1", 1883)),
            ("127.0.0.1:1883", None),
            ("http://x", None),
            ("mqtt://", None),
            ("mqtt://h:x", None),
            ("mqtt://a@b", None),
        ] {
            assert_eq!(parse(url).ok(), there, "{url}");
        }
    }

    #[test]
    fn tls_needs_somebody_to_trust_and_trust_needs_tls() {
        let says = |url, ca: Option<&str>| {
            Broker::parse(url, None, ca.map(Path::new))
                .map(drop)
                .map_err(|e| e.to_string())
        };
        let said = says("mqtts://broker.vn", None).unwrap_err();
        assert!(said.contains("--ca FILE"), "{said}");
        let said = says("mqtt://broker.vn", Some("ca.pem")).unwrap_err();
        assert!(said.contains("write mqtts://"), "{said}");
        let said = says("mqtts://broker.vn", Some("no-such.pem")).unwrap_err();
        assert!(said.contains("no-such.pem"), "{said}");
        let said = says("mqtts://broker.vn", Some("Cargo.toml")).unwrap_err();
        assert!(said.contains("no certificate in it"), "{said}");
    }
}
