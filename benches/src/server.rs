//! The real gateway in this process, fed as an engine would feed it, and only that: clients live in another process.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use city::City;
use metrics_exporter_prometheus::PrometheusBuilder;
use model::{Alert, AlertId, Clock, Time, Why};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot, watch};
use ws_gateway::{
    AlertEvent, AlertQuery, Archive, ArchiveError, CommandRequest, DeadLetterEntry, GatewayConfig,
    JournalEntry, Opening, Readiness, Role, RuleTexts, Session, StateSender, Tokens, Update,
    Wiring, state_feed,
};

use crate::encoding;

/// A gateway on a free port. It stops when this is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) state: Arc<StateSender>,
    pub(crate) updates: mpsc::Sender<Update>,
    _commands: mpsc::Receiver<CommandRequest>,
    _ready: watch::Sender<Readiness>,
    _rules: watch::Sender<RuleTexts>,
    _stop: oneshot::Sender<()>,
}

impl Server {
    /// Knows every asset of the pack, none of which has reported yet.
    pub(crate) fn start(runtime: &Runtime, city: &Arc<City>) -> Result<Self> {
        let _inside = runtime.enter();
        let listener = ws_gateway::listen(([127, 0, 0, 1], 0).into())?;
        let address = listener.local_addr()?;
        let recorder = PrometheusBuilder::new().build_recorder();
        let metrics = recorder.handle();
        // The second server of a run finds the recorder of the first, which counts just as well.
        let _already = metrics::set_global_recorder(recorder);
        let (state, shown) = state_feed();
        let (updates, news) = mpsc::channel(256);
        let (commands, asked) = mpsc::channel(16);
        let (ready, readiness) = watch::channel(Readiness::ready());
        let (rules, in_force) = watch::channel(RuleTexts::default());
        let (stop, stopped) = oneshot::channel::<()>();
        let wiring = Wiring {
            config: GatewayConfig::default(),
            city: Arc::clone(city),
            clock: Arc::new(MachineClock),
            rules: in_force,
            costs: watch::Sender::new(ws_gateway::RuleCosts::default()).subscribe(),
            opening: Opening {
                state: encoding::registered(city),
                ..Opening::default()
            },
            state: shown,
            updates: news,
            commands,
            archive: Arc::new(NoPast),
            tokens: Arc::new(Anybody),
            metrics: Arc::new(move || metrics.render()),
            ready: readiness,
        };
        runtime.spawn(async move {
            let stopped = async { drop(stopped.await) };
            if let Err(error) = ws_gateway::serve(listener, wiring, stopped).await {
                eprintln!("the gateway ended: {error}");
            }
        });
        Ok(Self {
            address,
            state: Arc::new(state),
            updates,
            _commands: asked,
            _ready: ready,
            _rules: rules,
            _stop: stop,
        })
    }
}

struct MachineClock;

impl Clock for MachineClock {
    fn now(&self) -> Time {
        Time::from_millis((now_us() / 1_000) as i64)
    }
}

/// Microseconds since 1970: the one clock that both processes of a bench can read.
pub(crate) fn now_us() -> u64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "a binary, which reads the machine's clock"
    )]
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_micros() as u64)
}

struct Anybody;

impl Tokens for Anybody {
    fn check(&self, _token: &str) -> Option<Session> {
        Some(Session {
            name: "bench".into(),
            role: Role::Viewer,
            expires: Time::MAX,
            areas: None,
        })
    }
}

struct NoPast;

impl Archive for NoPast {
    fn alert(&self, _id: AlertId) -> Result<Option<Arc<Alert>>, ArchiveError> {
        Ok(None)
    }

    fn why(&self, _id: AlertId) -> Result<Option<Arc<Why>>, ArchiveError> {
        Ok(None)
    }

    fn alerts(&self, _query: &AlertQuery) -> Result<Vec<Arc<Alert>>, ArchiveError> {
        Ok(Vec::new())
    }

    fn journal(&self, _id: AlertId, _limit: usize) -> Result<Vec<JournalEntry>, ArchiveError> {
        Ok(Vec::new())
    }

    fn events_since(
        &self,
        _seq: u64,
        _limit: usize,
    ) -> Result<Option<Vec<AlertEvent>>, ArchiveError> {
        Ok(None)
    }

    fn dead_letters(
        &self,
        _before: Option<u64>,
        _limit: usize,
    ) -> Result<Vec<DeadLetterEntry>, ArchiveError> {
        Ok(Vec::new())
    }
}
