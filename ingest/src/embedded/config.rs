//! What the embedded broker needs to be told. It has no default password and no anonymous access.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use model::SourceName;

/// The embedded broker's settings.
#[derive(Clone, Debug)]
pub struct EmbeddedConfig {
    /// The source's name in alerts, logs and metrics.
    pub name: SourceName,
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Who may connect. Nobody else can.
    pub users: Vec<User>,
    /// The longest packet, in bytes; 64 to 256 KiB fit every payload of ours.
    pub packet_bytes: usize,
    /// The most messages taken from one client a second, the rest waiting in its connection; 0 for no limit.
    pub messages_per_second: u32,
    /// The same for bytes of payload.
    pub bytes_per_second: u64,
    /// The most clients at once.
    pub max_clients: usize,
    /// The most retained messages.
    pub max_retained: usize,
    /// How long a session without a connection is kept.
    pub session_expiry: Duration,
    /// How long after its connection was lost an asset counts as offline. A device that comes back sooner never
    /// went: networks in the field drop connections far more often than devices die.
    pub will_grace: Duration,
    /// Where sessions and retained messages are kept.
    pub store: Store,
    /// Threads of the broker's own.
    pub threads: usize,
}

impl EmbeddedConfig {
    /// The settings of a small site: 256 KiB packets, 1,000 messages and 1 MiB a second a client, 10,000 clients.
    pub fn new(name: SourceName, listen: SocketAddr, users: Vec<User>) -> Self {
        Self {
            name,
            listen,
            users,
            packet_bytes: 256 * 1024,
            messages_per_second: 1_000,
            bytes_per_second: 1024 * 1024,
            max_clients: 10_000,
            max_retained: 50_000,
            session_expiry: Duration::from_hours(1),
            will_grace: Duration::from_secs(1),
            store: Store::Memory,
            threads: 1,
        }
    }
}

/// Where the embedded broker keeps sessions and retained messages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Store {
    /// Until the process ends.
    Memory,
    /// In this folder, over restarts.
    Folder(PathBuf),
}

/// Somebody who may connect to the embedded broker.
#[derive(Clone, Debug)]
pub struct User {
    /// The MQTT user name.
    pub name: String,
    /// What proves it.
    pub password: Password,
    /// What the user may do.
    pub role: Role,
}

/// A password as it is configured.
#[derive(Clone, PartialEq, Eq)]
pub enum Password {
    /// An Argon2 hash in PHC form, `$argon2id$…`: for configuration files.
    Argon2(String),
    /// The password itself: for one made at random when the process starts, as the demo does.
    Plain(String),
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

/// What a user of the embedded broker may do, always below its own city's prefix.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Publish for every asset: a gateway, or one account for all devices.
    Device,
    /// Publish for the one asset that is called like the user.
    Asset,
    /// Subscribe.
    Reader,
}
