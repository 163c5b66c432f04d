//! The gateway as one call: what it is wired to, and its life from the listener to the last close.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use city::City;
use model::{Clock, Time};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{mpsc, watch};
use tracing::warn;

use crate::door::Door;
use crate::edition::Edition;
use crate::http::{App, wall_build};
use crate::hub::{Hub, HubWiring};
use crate::live::{Context, Shared};
use crate::stats::Stats;
use crate::{
    Archive, CommandRequest, GatewayConfig, Opening, Readiness, RuleCosts, RuleTexts,
    StateReceiver, Tokens, Update,
};

/// What the gateway is wired to. The composition root fills it.
pub struct Wiring {
    /// Limits and deadlines.
    pub config: GatewayConfig,
    /// The city that is shown, until the state feed brings another.
    pub city: Arc<City>,
    /// The server's clock, as heartbeats tell it.
    pub clock: Arc<dyn Clock>,
    /// What is known at the start; later updates follow it without a gap.
    pub opening: Opening,
    /// The rules in force, as authored.
    pub rules: watch::Receiver<RuleTexts>,
    /// What they cost.
    pub costs: watch::Receiver<RuleCosts>,
    /// The live state's changes after `opening`.
    pub state: StateReceiver,
    /// Other news from the engine. The gateway takes them promptly whatever its clients do.
    pub updates: mpsc::Receiver<Update>,
    /// Operators' commands to the engine; when it is full a command is answered `busy`.
    pub commands: mpsc::Sender<CommandRequest>,
    /// The committed past.
    pub archive: Arc<dyn Archive>,
    /// Who may do what.
    pub tokens: Arc<dyn Tokens>,
    /// Renders `/metrics`.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// What `/readyz` answers.
    pub ready: watch::Receiver<Readiness>,
}

/// Why the gateway stopped other than by being asked to.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The listener failed for good.
    #[error("cannot accept connections: {0}")]
    Accept(#[from] std::io::Error),
    /// The engine went away.
    #[error("the engine sends no more updates")]
    EngineGone,
}

/// How long connections may take to end.
const DRAIN: Duration = Duration::from_secs(2);
/// Requests of clients and handlers that may wait for the hub; more wait at their sockets.
const HUB_QUEUE: usize = 1_024;
/// What the kernel may hold for a client that does not read. Its own default grows to megabytes.
const SEND_BUFFER: u32 = 128 * 1024;

/// A listener whose connections have small send buffers, so that a frozen client costs little.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(1_024)
}

/// Serves HTTP and the live protocol until `shutdown`, then closes every client within two seconds.
pub async fn serve(
    listener: TcpListener,
    wiring: Wiring,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), GatewayError> {
    let (closing, closed) = watch::channel(false);
    let (events, events_out) = mpsc::channel(HUB_QUEUE);
    let config = Arc::new(wiring.config);
    let stats = Arc::new(Stats::new());
    let edition = Edition::first(
        wiring.city,
        &epoch(wiring.clock.now()),
        &wall_build(&config.build),
    );
    let (editions, shown) = watch::channel(Arc::new(edition));
    let hub = Hub::new(
        HubWiring {
            config: Arc::clone(&config),
            clock: Arc::clone(&wiring.clock),
            editions,
            archive: Arc::clone(&wiring.archive),
            state: wiring.state,
            commands: wiring.commands,
            events: events.clone(),
            stats: Arc::clone(&stats),
        },
        wiring.opening,
    );
    let context = Context::new(Shared {
        config: Arc::clone(&config),
        clock: wiring.clock,
        tokens: wiring.tokens,
        editions: shown,
        events,
        stats,
        closing: closed,
    });
    let app = App {
        context: Arc::new(context),
        archive: wiring.archive,
        rules: wiring.rules,
        costs: wiring.costs,
        metrics: wiring.metrics,
        ready: wiring.ready,
    };
    let door = Door::new(listener, app);
    let places = door.places();
    let outcome = tokio::select! {
        error = hub.run(wiring.updates, events_out) => Err(error),
        error = door.run() => Err(error.into()),
        () = shutdown => Ok(()),
    };
    // Every connection watches this; when all places are free again, all have ended.
    closing.send_replace(true);
    let all = places.acquire_many(config.max_connections as u32);
    if tokio::time::timeout(DRAIN, all).await.is_err() {
        warn!("some connections did not end in time");
    }
    outcome
}

/// Names this run of the process: short, and never the same twice.
fn epoch(now: Time) -> String {
    let mut rest = (now.millis() as u64) << 12 ^ u64::from(std::process::id()) & 0xfff;
    let mut text = Vec::new();
    while rest > 0 {
        text.push(b"0123456789abcdefghijklmnopqrstuvwxyz"[(rest % 36) as usize]);
        rest /= 36;
    }
    text.iter().rev().map(|digit| char::from(*digit)).collect()
}
