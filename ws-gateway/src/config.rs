//! The gateway's limits and deadlines. Every one is finite.

use std::time::Duration;

/// How the gateway behaves. Parsed and checked by the binary; the defaults suit a city on one machine.
#[derive(Clone, PartialEq, Debug)]
pub struct GatewayConfig {
    /// The beginning of `welcome.build`; prints of the wall's files and of the catalog follow it. A change makes walls reload once.
    pub build: String,
    /// Origins, beside the gateway's own, whose pages may connect: `https://wall.example`.
    pub allowed_origins: Vec<String>,
    /// Whether the token's cookie is only for HTTPS.
    pub secure_cookie: bool,
    /// Open connections, HTTP and WebSocket together.
    pub max_connections: usize,
    /// Subscriptions of one client.
    pub max_subscriptions: usize,
    /// Bytes of one message from a client.
    pub max_message_bytes: usize,
    /// Messages a second from one client, averaged over two seconds.
    pub max_messages_per_s: u32,
    /// Frames a second of one state subscription, whatever it asks for.
    pub max_hz: f64,
    /// Frames a second of a state subscription that does not say.
    pub default_hz: f64,
    /// State changes that can be replayed to a client that comes back.
    pub replay_changes: usize,
    /// Alert events kept in memory; older ones come from the archive.
    pub replay_alerts: usize,
    /// Assets on one page of a snapshot.
    pub page_assets: usize,
    /// Alert frames one subscription may have on their way.
    pub alert_window: usize,
    /// Between two heartbeats.
    pub heartbeat: Duration,
    /// From connecting to the whole request head.
    pub handshake_timeout: Duration,
    /// From the upgrade to the hello.
    pub hello_timeout: Duration,
    /// Without a sign of life before a ping is sent; closed after three times as long.
    pub ping_after: Duration,
    /// How long a client may take nothing while something waits for it.
    pub stall_timeout: Duration,
    /// How long a client with an expired token may take to send a new one.
    pub renew_timeout: Duration,
}

impl Default for GatewayConfig {
    fn default() -> Self {
        Self {
            build: env!("CARGO_PKG_VERSION").to_owned(),
            allowed_origins: Vec::new(),
            secure_cookie: false,
            max_connections: 10_000,
            max_subscriptions: 32,
            max_message_bytes: 64 * 1024,
            max_messages_per_s: 50,
            max_hz: 20.0,
            default_hz: 5.0,
            replay_changes: 1 << 20,
            replay_alerts: 10_000,
            page_assets: 500,
            alert_window: 32,
            heartbeat: Duration::from_secs(2),
            handshake_timeout: Duration::from_secs(10),
            hello_timeout: Duration::from_secs(5),
            ping_after: Duration::from_secs(20),
            stall_timeout: Duration::from_secs(30),
            renew_timeout: Duration::from_secs(30),
        }
    }
}
