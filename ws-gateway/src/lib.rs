//! Live state goes out: HTTP and the live protocol on WebSocket.
//!
//! Owns what clients see and how they are limited. Leaves what is true to the engine (it arrives as [`Update`]s),
//! the past to an [`Archive`], identities to [`Tokens`], and the files of the wall to `wall/`.

mod alert_log;
mod alert_view;
mod archive;
mod cache;
mod config;
mod door;
mod edition;
mod encode;
mod feed;
mod health;
mod http;
mod hub;
mod live;
#[cfg(feature = "measure")]
pub mod measure;
mod protocol;
mod serve;
mod session;
mod stats;

pub use archive::{AlertQuery, Archive, ArchiveError, DeadLetterEntry, JournalEntry};
pub use config::GatewayConfig;
pub use feed::{
    AlertEvent, CommandOutcome, CommandRequest, Opening, Readiness, RuleCosts, RuleFigures,
    RuleTexts, StateNews, StateReceiver, StateSender, Update, state_feed,
};
pub use health::{Health, SourceHealth};
pub use serve::{GatewayError, Wiring, listen, serve};
pub use session::{Role, Session, Tokens};
