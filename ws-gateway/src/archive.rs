//! What the gateway asks the store for: the past that it does not keep itself.

use std::error::Error;
use std::sync::Arc;

use model::{Alert, AlertId, RuleName, Severity, Time, Why};

use crate::AlertEvent;

/// The store cannot answer.
#[derive(Debug, thiserror::Error)]
#[error("the archive cannot answer: {0}")]
pub struct ArchiveError(#[from] pub Box<dyn Error + Send + Sync>);

/// Which past alerts are wanted, newest first.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct AlertQuery {
    /// Only of this rule.
    pub rule: Option<RuleName>,
    /// Only this bad or worse.
    pub min_severity: Option<Severity>,
    /// Only those that fired.
    pub fired: bool,
    /// Only those that began at or after this time.
    pub since: Option<Time>,
    /// Only those that began before this time: how to page on.
    pub before: Option<Time>,
    /// At most this many.
    pub limit: usize,
}

/// A message that could not be admitted, as admins see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeadLetterEntry {
    /// Its number in the store.
    pub id: u64,
    /// Where it came from.
    pub source: Arc<str>,
    /// The topic it was published on.
    pub topic: Arc<str>,
    /// Why, as a stable word.
    pub reason: Arc<str>,
    /// Why, for people.
    pub detail: String,
    /// When it arrived.
    pub received: Time,
    /// Its first bytes; what is not UTF-8 is replaced.
    pub payload: String,
    /// Its whole length in bytes.
    pub size: u64,
}

/// Something an operator did to an alert, as it was committed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JournalEntry {
    /// When, by the engine's clock.
    pub at: Time,
    /// Who.
    pub by: Arc<str>,
    /// A stable word: `acknowledge`, `shelve`, `unshelve`, `assign`, `comment`.
    pub action: Arc<str>,
    /// The note, the reason, the assignee or the words; may be empty.
    pub detail: String,
}

/// The committed past. Blocking: called on threads made for it.
pub trait Archive: Send + Sync {
    /// One alert, open or not.
    fn alert(&self, id: AlertId) -> Result<Option<Arc<Alert>>, ArchiveError>;

    /// Why an alert stands or stood, at its last step that says so.
    fn why(&self, id: AlertId) -> Result<Option<Arc<Why>>, ArchiveError>;

    /// What operators did to an alert, oldest first, the last `limit` of it; what was refused is left out.
    fn journal(&self, id: AlertId, limit: usize) -> Result<Vec<JournalEntry>, ArchiveError>;

    /// Past and present alerts, newest first.
    fn alerts(&self, query: &AlertQuery) -> Result<Vec<Arc<Alert>>, ArchiveError>;

    /// The alert events after `seq` in order, at most `limit`; none when events after `seq` are no longer kept.
    fn events_since(&self, seq: u64, limit: usize)
    -> Result<Option<Vec<AlertEvent>>, ArchiveError>;

    /// The newest dead letters, newest first, older than `before` where given.
    fn dead_letters(
        &self,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<DeadLetterEntry>, ArchiveError>;
}
