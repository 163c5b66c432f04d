//! A crowd of screens on one wall, some of them frozen: does a screen that takes nothing slow the others?

use std::sync::Arc;

use hdrhistogram::Histogram;
use model::Clock;

use crate::live::{Frozen, Live, LiveError, Watch};
use crate::load::histogram;

/// What the crowd saw.
#[derive(Clone, Debug)]
pub struct Crowd {
    /// Screens that watched to the end.
    pub watched: usize,
    /// Screens that were closed by the wall, or broke; the reasons, each once.
    pub closed: Vec<String>,
    /// How many of them.
    pub closed_count: usize,
    /// How old changes were when a watching screen had them, in ms.
    pub latency: Histogram<u64>,
    /// Changes that screens were told they skipped.
    pub conflated: u64,
}

/// Opens `count` screens, of which `frozen` say what they want and then read nothing, until `shutdown`.
pub async fn run(
    live: &Live,
    count: usize,
    frozen: usize,
    clock: Arc<dyn Clock>,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<Crowd, LiveError> {
    let since = clock.now();
    let mut ice = Vec::new();
    for _ in 0..frozen.min(count) {
        ice.push(Frozen::open(live).await?);
    }
    let mut watches = Vec::new();
    for _ in 0..count.saturating_sub(frozen) {
        watches.push(Watch::open(live, Arc::clone(&clock), since).await?);
    }
    shutdown.await;
    let mut crowd = Crowd {
        watched: 0,
        closed: Vec::new(),
        closed_count: 0,
        latency: histogram(),
        conflated: 0,
    };
    for watch in watches {
        crowd.add(watch.close().await);
    }
    drop(ice);
    Ok(crowd)
}

impl Crowd {
    fn add(&mut self, seen: Result<crate::live::Seen, LiveError>) {
        match seen {
            Ok(seen) => {
                self.watched += 1;
                self.conflated += seen.conflated;
                for value in seen.latency.iter_recorded() {
                    let at = value.value_iterated_to();
                    self.latency.saturating_record_n(at, value.count_at_value());
                }
            }
            Err(error) => {
                self.closed_count += 1;
                let reason = error.to_string();
                if !self.closed.contains(&reason) {
                    self.closed.push(reason);
                }
            }
        }
    }
}
