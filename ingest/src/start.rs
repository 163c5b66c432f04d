//! Starting, watching and stopping the sources of a city.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;

use model::{Clock, SourceName};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::embedded::{Embedded, EmbeddedConfig};
use crate::intake::Intake;
use crate::remote::{RemoteConfig, Session, SessionThread, TlsError, valid_filter};
use crate::{Decoder, Delivery, SourceStatus};

/// As many as there are bits for an asset's sources.
const MAX_SOURCES: usize = 64;

/// One source as it is configured.
#[derive(Clone, Debug)]
pub enum SourceConfig {
    /// The broker in this process.
    Embedded(EmbeddedConfig),
    /// A session with a broker elsewhere.
    Remote(RemoteConfig),
}

impl SourceConfig {
    /// The source's name.
    pub fn name(&self) -> &SourceName {
        match self {
            Self::Embedded(config) => &config.name,
            Self::Remote(config) => &config.name,
        }
    }
}

/// Why the sources cannot be started. A broker that cannot be reached is not among the reasons: it is tried again.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// Two sources of one name could not be told apart.
    #[error("two sources are named '{0}'")]
    SameName(SourceName),
    /// More sources than can be told apart.
    #[error("{0} sources are configured; at most {MAX_SOURCES} are possible")]
    TooMany(usize),
    /// A setting that cannot be meant.
    #[error("source '{source_name}': {problem}")]
    Setting {
        /// Which source.
        source_name: SourceName,
        /// What is wrong with it.
        problem: String,
    },
    /// TLS cannot be set up.
    #[error("source '{source_name}': {cause}")]
    Tls {
        /// Which source.
        source_name: SourceName,
        /// Why not.
        cause: TlsError,
    },
    /// The system gives no thread.
    #[error("source '{source_name}': no thread for its session: {cause}")]
    Thread {
        /// Which source.
        source_name: SourceName,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The embedded broker cannot be started.
    #[error("source '{source_name}': the embedded broker cannot listen on {listen}: {cause}")]
    Broker {
        /// Which source.
        source_name: SourceName,
        /// Where it was to listen.
        listen: SocketAddr,
        /// Why it does not.
        cause: String,
    },
}

/// The sources at work. Dropped, they stop without a goodbye.
pub struct Ingest {
    intakes: Vec<Arc<Intake>>,
    brokers: Vec<Embedded>,
    sessions: Vec<SessionThread>,
    /// One a source, telling the engine what was shed. They end with the engine's queue or with this.
    reporters: Vec<JoinHandle<()>>,
    stop: watch::Sender<bool>,
}

/// Starts every source. What they bring goes to `out`, whose length is the bound that overload is measured by.
///
/// A metrics recorder must be installed before, or nothing is recorded.
pub async fn start(
    sources: Vec<SourceConfig>,
    decoder: Arc<Decoder>,
    clock: Arc<dyn Clock>,
    out: mpsc::Sender<Delivery>,
) -> Result<Ingest, IngestError> {
    check(&sources)?;
    let mut ingest = Ingest {
        intakes: Vec::new(),
        brokers: Vec::new(),
        sessions: Vec::new(),
        reporters: Vec::new(),
        stop: watch::Sender::new(false),
    };
    for (number, source) in sources.into_iter().enumerate() {
        let intake = Arc::new(Intake::new(
            source.name().clone(),
            number as u32,
            Arc::clone(&decoder),
            Arc::clone(&clock),
            out.clone(),
        ));
        ingest.intakes.push(Arc::clone(&intake));
        let reporter = Arc::clone(&intake);
        ingest
            .reporters
            .push(tokio::spawn(async move { reporter.report_shed().await }));
        ingest.add(source, &decoder, intake).await?;
    }
    Ok(ingest)
}

fn check(sources: &[SourceConfig]) -> Result<(), IngestError> {
    if sources.len() > MAX_SOURCES {
        return Err(IngestError::TooMany(sources.len()));
    }
    let mut names = HashSet::new();
    let mut sessions = HashSet::new();
    for source in sources {
        if !names.insert(source.name()) {
            return Err(IngestError::SameName(source.name().clone()));
        }
        if let SourceConfig::Remote(config) = source {
            let alone =
                sessions.insert((&config.address.host, config.address.port, &config.client_id));
            let checked = check_remote(config).and_then(|()| {
                alone.then_some(()).ok_or_else(|| {
                    format!(
                        "the client id '{}' is taken by another source at the same broker; the two would disconnect each other for ever",
                        config.client_id
                    )
                })
            });
            checked.map_err(|problem| IngestError::Setting {
                source_name: config.name.clone(),
                problem,
            })?;
        }
    }
    Ok(())
}

fn check_remote(config: &RemoteConfig) -> Result<(), String> {
    if config.topics.is_empty() {
        return Err("no topics to subscribe; ioc/v1/{city}/# is the usual one".to_owned());
    }
    for filter in &config.topics {
        if filter.starts_with("$share/") {
            return Err(format!(
                "'{filter}' is a shared subscription, which promises no order; give several sources disjoint filters instead"
            ));
        }
        if !valid_filter(filter) {
            return Err(format!("'{filter}' is not a topic filter"));
        }
    }
    if config.client_id.is_empty() {
        return Err("the client id is empty; the broker keeps our messages under it".to_owned());
    }
    if config.keep_alive.as_secs() < 30 {
        return Err(format!(
            "a keep-alive of {:?} is too short: a ping's answer queues behind a backlog; at least 30s are needed",
            config.keep_alive
        ));
    }
    if config.receive_maximum == 0 {
        return Err("a receive maximum of 0 receives nothing; 1000 to 4000 are usual".to_owned());
    }
    match (config.address.tls, &config.tls) {
        (true, None) => Err("mqtts:// needs the authorities to trust (tls.ca)".to_owned()),
        (false, Some(_)) => {
            Err("TLS files are given, but the address says mqtt://; write mqtts://".to_owned())
        }
        _ => Ok(()),
    }
}

impl Ingest {
    async fn add(
        &mut self,
        source: SourceConfig,
        decoder: &Decoder,
        intake: Arc<Intake>,
    ) -> Result<(), IngestError> {
        match source {
            SourceConfig::Embedded(config) => {
                let broker = Embedded::start(config, decoder.city(), intake).await?;
                self.brokers.push(broker);
            }
            SourceConfig::Remote(config) => {
                let source_name = config.name.clone();
                let session = Session::new(config, intake).map_err(|cause| IngestError::Tls {
                    source_name: source_name.clone(),
                    cause,
                })?;
                let thread = SessionThread::start(session, self.stop.subscribe())
                    .map_err(|cause| IngestError::Thread { source_name, cause })?;
                self.sessions.push(thread);
            }
        }
        Ok(())
    }

    /// How each source stands, in the order they were configured.
    pub fn status(&self) -> Vec<SourceStatus> {
        self.intakes.iter().map(|intake| intake.status()).collect()
    }

    /// Where the embedded broker listens, where there is one.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.brokers.first().map(Embedded::local_addr)
    }

    /// Takes nothing more in and closes every connection. Acknowledgements released before are still sent; what is
    /// not acknowledged comes again after the next start.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        for session in std::mem::take(&mut self.sessions) {
            if !session.ended().await {
                tracing::error!("a session ended by a panic");
            }
        }
        for broker in std::mem::take(&mut self.brokers) {
            broker.stop().await;
        }
    }
}

impl Drop for Ingest {
    fn drop(&mut self) {
        for reporter in &self.reporters {
            reporter.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remote(name: &str, change: impl FnOnce(&mut RemoteConfig)) -> SourceConfig {
        let address = "mqtt://broker".parse().unwrap();
        let topics = vec!["ioc/v1/tn/#".to_owned()];
        let mut config = RemoteConfig::new(SourceName::new(name), address, name, topics);
        change(&mut config);
        SourceConfig::Remote(config)
    }

    fn refused(sources: &[SourceConfig]) -> String {
        check(sources).unwrap_err().to_string()
    }

    #[test]
    fn settings_that_cannot_be_meant_are_refused_before_anything_starts() {
        assert!(check(&[remote("a", |_| {}), remote("b", |_| {})]).is_ok());
        let one = |change: fn(&mut RemoteConfig)| refused(&[remote("a", change)]);
        let cases = [
            (one(|c| c.topics.clear()), "no topics to subscribe"),
            (
                one(|c| c.topics = vec!["ioc/#/tele".to_owned()]),
                "'ioc/#/tele' is not a topic filter",
            ),
            (
                one(|c| c.topics = vec!["$share/g/ioc/#".to_owned()]),
                "promises no order",
            ),
            (one(|c| c.client_id.clear()), "the client id is empty"),
            (
                one(|c| c.keep_alive = std::time::Duration::from_secs(5)),
                "at least 30s",
            ),
            (one(|c| c.receive_maximum = 0), "receives nothing"),
            (one(|c| c.address.tls = true), "authorities to trust"),
            (
                refused(&[remote("a", |_| {}), remote("a", |_| {})]),
                "two sources are named 'a'",
            ),
            (
                refused(&[
                    remote("a", |_| {}),
                    remote("b", |c| c.client_id = "a".to_owned()),
                ]),
                "disconnect each other",
            ),
        ];
        for (said, wanted) in cases {
            assert!(said.contains(wanted), "{said}");
        }
    }
}
