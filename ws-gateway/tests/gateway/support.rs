//! A gateway on a free port with a fake engine, and clients of it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use model::{Alert, AlertId, AreaCode, Clock, Span, StateChange, Time, Why};
use serde_json::{Value as Json, json};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use ws_gateway::{
    AlertEvent, AlertQuery, Archive, ArchiveError, CommandRequest, DeadLetterEntry, GatewayConfig,
    GatewayError, JournalEntry, Opening, Readiness, Role, Session, StateSender, Tokens, Update,
    Wiring, serve, state_feed,
};

use crate::city;

/// Nothing here takes this long unless it never comes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A clock that stands until a test moves it.
#[derive(Default)]
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    /// It is a demo's clock: faster than the machine's, and ahead of it.
    pub(crate) const AHEAD: Span = Span::from_secs(3_600);
    pub(crate) const SPEED: f64 = 4.0;

    pub(crate) fn set(&self, ms: i64) {
        self.0.store(ms, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Time {
        Time::from_millis(self.0.load(Ordering::SeqCst))
    }

    fn machine(&self) -> Time {
        self.now() - Self::AHEAD
    }

    fn speed(&self) -> f64 {
        Self::SPEED
    }
}

/// The past, as a test writes it.
#[derive(Default)]
pub(crate) struct TestArchive(pub(crate) Mutex<Vec<AlertEvent>>);

impl Archive for TestArchive {
    fn alert(&self, id: AlertId) -> Result<Option<Arc<Alert>>, ArchiveError> {
        let events = self.0.lock().unwrap();
        let found = events.iter().rev().find(|event| event.alert.id == id);
        Ok(found.map(|event| Arc::clone(&event.alert)))
    }

    fn why(&self, _id: AlertId) -> Result<Option<Arc<Why>>, ArchiveError> {
        Ok(Some(Arc::new(Why {
            expr: "clientsConnected > 10.0".into(),
            value: model::WhyValue::Number(12.5, Some("1".into())),
            at: None,
            note: None,
            parts: Vec::new(),
        })))
    }

    fn journal(&self, _id: AlertId, limit: usize) -> Result<Vec<JournalEntry>, ArchiveError> {
        let entry = JournalEntry {
            at: Time::from_millis(7_000),
            by: "an".into(),
            action: "comment".into(),
            detail: "đã gọi đội mạng".to_owned(),
        };
        Ok(vec![entry; limit.min(1)])
    }

    fn alerts(&self, query: &AlertQuery) -> Result<Vec<Arc<Alert>>, ArchiveError> {
        let events = self.0.lock().unwrap();
        Ok(events
            .iter()
            .rev()
            .take(query.limit)
            .map(|e| Arc::clone(&e.alert))
            .collect())
    }

    fn events_since(
        &self,
        seq: u64,
        limit: usize,
    ) -> Result<Option<Vec<AlertEvent>>, ArchiveError> {
        let events = self.0.lock().unwrap();
        if events.first().is_none_or(|first| first.seq > seq + 1) {
            return Ok(None);
        }
        Ok(Some(
            events
                .iter()
                .filter(|e| e.seq > seq)
                .take(limit)
                .cloned()
                .collect(),
        ))
    }

    fn dead_letters(
        &self,
        _before: Option<u64>,
        _limit: usize,
    ) -> Result<Vec<DeadLetterEntry>, ArchiveError> {
        Ok(Vec::new())
    }
}

/// `viewer`, `operator`, `admin`; `north` sees that area only; `short` is good until the clock shows 10,000.
struct TestTokens(Arc<TestClock>);

impl Tokens for TestTokens {
    fn check(&self, token: &str) -> Option<Session> {
        let session = |name: &str, role, expires, area: Option<&str>| Session {
            name: name.into(),
            role,
            expires,
            areas: area.map(|area| Arc::from([AreaCode::new(area)])),
        };
        match token {
            "viewer" => Some(session("vy", Role::Viewer, Time::MAX, None)),
            "operator" => Some(session("an", Role::Operator, Time::MAX, None)),
            "other" => Some(session("binh", Role::Operator, Time::MAX, None)),
            "admin" => Some(session("admin", Role::Admin, Time::MAX, None)),
            "north" => Some(session("bac", Role::Operator, Time::MAX, Some("north"))),
            "short" if self.0.now() < Time::from_millis(10_000) => Some(session(
                "an",
                Role::Operator,
                Time::from_millis(10_000),
                None,
            )),
            _ => None,
        }
    }
}

/// A gateway, and the engine's ends of its channels.
pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) archive: Arc<TestArchive>,
    pub(crate) commands: mpsc::Receiver<CommandRequest>,
    pub(crate) ready: watch::Sender<Readiness>,
    state: StateSender,
    updates: mpsc::Sender<Update>,
    metrics: PrometheusHandle,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), GatewayError>>,
    // The gateway registers its metrics on this thread, where every task of a test runs.
    _recorder: metrics::LocalRecorderGuard<'static>,
}

/// Limits as in production, but a heartbeat that tests need not wait for.
pub(crate) fn config() -> GatewayConfig {
    GatewayConfig {
        heartbeat: Duration::from_millis(50),
        ..GatewayConfig::default()
    }
}

impl Gateway {
    pub(crate) fn start(config: GatewayConfig) -> Self {
        Self::start_with(config, Opening::default())
    }

    pub(crate) fn start_with(config: GatewayConfig, opening: Opening) -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        let guard = metrics::set_default_local_recorder(Box::leak(Box::new(recorder)));
        let listener = ws_gateway::listen(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let (updates, updates_out) = mpsc::channel(64);
        let (state, state_out) = state_feed();
        let (commands_in, commands) = mpsc::channel(4);
        let (ready, ready_out) = watch::channel(Readiness::ready());
        let (stop, stopped) = oneshot::channel();
        let (clock, archive) = (
            Arc::new(TestClock::default()),
            Arc::new(TestArchive::default()),
        );
        let rendered = handle.clone();
        let wiring = Wiring {
            config,
            rules: watch::Sender::new(city::city().rules.into()).subscribe(),
            costs: watch::Sender::new(city::costs()).subscribe(),
            city: Arc::new(city::city()),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            opening,
            state: state_out,
            updates: updates_out,
            commands: commands_in,
            archive: Arc::clone(&archive) as Arc<dyn Archive>,
            tokens: Arc::new(TestTokens(Arc::clone(&clock))),
            metrics: Arc::new(move || rendered.render()),
            ready: ready_out,
        };
        let task = tokio::spawn(serve(listener, wiring, async {
            let _asked = stopped.await;
        }));
        Self {
            address,
            clock,
            archive,
            commands,
            ready,
            state,
            updates,
            metrics: handle,
            stop: Some(stop),
            task,
            _recorder: guard,
        }
    }

    pub(crate) async fn state(&self, mut changes: Vec<StateChange>) {
        assert!(self.state.offer(&mut changes), "there must be room");
        tokio::task::yield_now().await;
    }

    /// The rules derive other kinds now.
    pub(crate) async fn recast(&self, city: ::city::City, whole: Vec<StateChange>) {
        self.state.recast(Arc::new(city), whole);
        tokio::task::yield_now().await;
    }

    pub(crate) async fn alert(&self, seq: u64, alert: Alert) {
        let alert = Arc::new(alert);
        self.updates
            .send(Update::Alerts(vec![AlertEvent { seq, alert }]))
            .await
            .unwrap();
    }

    /// The engine shows an alert that the disk refuses.
    pub(crate) async fn undurable_alert(&self, seq: u64, alert: Alert) {
        let alert = Arc::new(alert);
        let update = Update::Undurable(vec![AlertEvent { seq, alert }]);
        self.updates.send(update).await.unwrap();
    }

    /// The disk has taken everything.
    pub(crate) async fn durable(&self) {
        self.updates.send(Update::Durable).await.unwrap();
    }

    pub(crate) async fn health(&self, health: ws_gateway::Health) {
        self.updates
            .send(Update::Health(Box::new(health)))
            .await
            .unwrap();
    }

    /// The next command that reaches the engine.
    pub(crate) async fn command(&mut self) -> CommandRequest {
        in_time(self.commands.recv()).await.unwrap()
    }

    /// A metric's value by its name, labels as Prometheus writes them; 0 when it was never touched.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let text = self.metrics.render();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0.0, |value| value.parse().unwrap())
    }

    pub(crate) async fn stop(mut self) -> Result<(), GatewayError> {
        self.stop.take().unwrap().send(()).unwrap();
        in_time(self.task).await.unwrap()
    }
}

/// A WebSocket client that speaks the protocol's JSON.
pub(crate) struct Client(pub(crate) WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    /// Connected, no hello yet.
    pub(crate) async fn connect(gateway: &Gateway) -> Self {
        Self::try_connect(gateway, &[("sec-websocket-protocol", "ioc.v1")])
            .await
            .unwrap()
    }

    pub(crate) async fn try_connect(
        gateway: &Gateway,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Error> {
        let mut request = format!("ws://{}/live", gateway.address).into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        in_time(connect_async(request))
            .await
            .map(|(socket, _response)| Self(socket))
    }

    /// Connected and welcomed.
    pub(crate) async fn hello(gateway: &Gateway, token: &str) -> (Self, Json) {
        let mut client = Self::connect(gateway).await;
        client.send(json!({"op": "hello", "token": token})).await;
        let welcome = client.next().await;
        assert_eq!(welcome["op"], "welcome", "{welcome}");
        (client, welcome)
    }

    pub(crate) async fn send(&mut self, message: Json) {
        self.0
            .send(Message::text(message.to_string()))
            .await
            .unwrap();
    }

    /// The next message that is no heartbeat.
    pub(crate) async fn next(&mut self) -> Json {
        loop {
            let message = self.any().await;
            if message["op"] != "heartbeat" {
                return message;
            }
        }
    }

    /// The next heartbeat.
    pub(crate) async fn heartbeat(&mut self) -> Json {
        loop {
            let message = self.any().await;
            if message["op"] == "heartbeat" {
                return message;
            }
        }
    }

    async fn any(&mut self) -> Json {
        loop {
            match in_time(self.0.next()).await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("no message: {other:?}"),
            }
        }
    }

    /// How the server closes, whatever it says before.
    pub(crate) async fn close(&mut self) -> Option<CloseFrame> {
        loop {
            match in_time(self.0.next()).await {
                Some(Ok(Message::Close(frame))) => return frame,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }
}

/// Panics instead of waiting for ever.
pub(crate) async fn in_time<T>(coming: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, coming)
        .await
        .expect("it never came")
}
