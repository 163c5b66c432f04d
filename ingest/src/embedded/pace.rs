//! How fast one client may publish. A client that is faster is read more slowly: its messages wait in its own
//! connection, and none is dropped. The broker's own limit would drop them without telling.

use std::sync::Arc;
use std::time::Duration;

use dashmap::DashMap;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Paces {
    messages: u64,
    bytes: u64,
    /// One a connected client.
    clients: DashMap<Arc<str>, Pace>,
}

/// What a client has published within the present second.
#[derive(Debug)]
struct Pace {
    since: Instant,
    messages: u64,
    bytes: u64,
}

impl Paces {
    /// At most so many messages and bytes a second; 0 for no limit.
    pub(super) fn new(messages: u64, bytes: u64) -> Self {
        Self {
            messages,
            bytes,
            clients: DashMap::new(),
        }
    }

    /// How long this message has to wait.
    pub(super) fn wait(&self, client: &Arc<str>, bytes: usize, now: Instant) -> Duration {
        if self.messages == 0 && self.bytes == 0 {
            return Duration::ZERO;
        }
        let fresh = |since| Pace {
            since,
            messages: 0,
            bytes: 0,
        };
        let mut pace = self
            .clients
            .entry(Arc::clone(client))
            .or_insert_with(|| fresh(now));
        if now.duration_since(pace.since) >= SECOND {
            *pace = fresh(now);
        }
        let full = (self.messages > 0 && pace.messages >= self.messages)
            || (self.bytes > 0 && pace.bytes >= self.bytes);
        if full {
            // Counted to the second it will be taken in.
            *pace = fresh(pace.since + SECOND);
        }
        pace.messages += 1;
        pace.bytes += bytes as u64;
        pace.since.saturating_duration_since(now)
    }

    pub(super) fn forget(&self, client: &Arc<str>) {
        self.clients.remove(client);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_over_its_rate_waits_for_the_next_second() {
        let paces = Paces::new(2, 0);
        let (client, other) = (Arc::from("a"), Arc::from("b"));
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let wait = |client: &Arc<str>, ms| paces.wait(client, 100, at(ms)).as_millis();
        assert_eq!(
            [wait(&client, 0), wait(&client, 10), wait(&client, 20)],
            [0, 0, 980]
        );
        assert_eq!(wait(&other, 20), 0, "each has its own");
        assert_eq!(wait(&client, 1_000), 0, "the second place of that second");
        assert_eq!(wait(&client, 1_100), 900);
        assert_eq!(wait(&client, 5_000), 0);
    }

    #[test]
    fn bytes_count_like_messages() {
        let paces = Paces::new(0, 150);
        let client = Arc::from("a");
        let now = Instant::now();
        let wait = || paces.wait(&client, 100, now).as_millis();
        assert_eq!([wait(), wait(), wait()], [0, 0, 1_000]);
    }

    #[test]
    fn without_limits_nobody_is_remembered() {
        let paces = Paces::new(0, 0);
        assert_eq!(
            paces.wait(&Arc::from("a"), 100, Instant::now()),
            Duration::ZERO
        );
        assert!(paces.clients.is_empty());
    }
}
