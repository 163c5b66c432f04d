//! Readings come in: MQTT sessions, the embedded broker, decoders, dead letters.
//!
//! Two ways in, one pipeline: a session with a remote broker ([`RemoteConfig`]) or a broker in this process
//! ([`EmbeddedConfig`]) makes an [`Arrival`]; [`Decoder`] makes a reading of it or a [`DeadLetter`]; a bounded queue
//! takes it to the engine as a [`Delivery`], whose [`Ack`] the engine releases once it is durable.
//! Leaves to others: durability (ioc-engine), duplicates, lateness and clocks (rules), who may see a dead letter.
//!
//! Where the known traps of the libraries are settled:
//!
//! | Trap | Settled in | Tested by |
//! |---|---|---|
//! | Nagle, packet limits, topic aliases, the table of outgoing messages | `remote/link.rs` | its unit tests |
//! | reconnecting at once and for ever | `remote/backoff.rs` | its unit tests |
//! | acknowledgements: order, a full queue, another connection's packet ids | `ack.rs` | its unit tests; `tests/mosquitto.rs` |
//! | a session the broker has lost | `remote/mod.rs` | `tests/mosquitto.rs` |
//! | a connection attempt dropped with its future | `remote/mod.rs`, `turn` | `tests/mosquitto.rs` |
//! | "connected" long before the backlog is through | `remote/catch_up.rs` | its unit tests; `tests/mosquitto.rs` |
//! | rustls without a default provider | `remote/tls.rs` | `tests/mosquitto.rs` |
//! | the embedded broker's defaults, forgotten sessions | `embedded/mod.rs`, `broker_config` | `tests/embedded.rs` |
//! | a PUBACK that must never come | `embedded/hook.rs` | `tests/embedded.rs` |
//! | last wills that pass no hook, takeovers | `embedded/wills.rs` | `tests/embedded.rs` |
//! | payloads that nest, lie about numbers or end early | `payload.rs` | `tests/bad_input.rs` |

mod ack;
mod arrival;
mod counts;
mod decoder;
mod delivery;
mod embedded;
mod intake;
mod payload;
mod remote;
mod start;
mod status;
mod topic;
mod will;

pub use ack::Ack;
pub use arrival::{Arrival, QoS};
pub use counts::SourceCounts;
pub use decoder::{Decoded, Decoder, Ignored, Limits};
pub use delivery::{Admitted, DeadLetter, DeadLetterReason, Delivery};
pub use embedded::{EmbeddedConfig, Password, Role, Store, User};
pub use payload::{BadLine, ReadingLines};
pub use remote::{
    AddressError, BrokerAddress, Credentials, MqttVersion, RemoteConfig, TlsError, TlsFiles,
};
pub use start::{Ingest, IngestError, SourceConfig, start};
pub use status::{SourceState, SourceStatus};
pub use topic::Class;
