//! Exact counts of what came in and what became of it, for the health panel and for `/metrics`.
//! The names are listed in `docs/operations.md`.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::DeadLetterReason;
use crate::topic::Class;

/// One count, kept here and in the metrics recorder.
pub(crate) struct Count {
    value: AtomicU64,
    metric: metrics::Counter,
}

impl std::fmt::Debug for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.get())
    }
}

impl Count {
    pub(crate) fn new(metric: metrics::Counter) -> Self {
        Self {
            value: AtomicU64::new(0),
            metric,
        }
    }

    pub(crate) fn one(&self) {
        self.value.fetch_add(1, Ordering::Relaxed);
        self.metric.increment(1);
    }

    pub(crate) fn get(&self) -> u64 {
        self.value.load(Ordering::Relaxed)
    }
}

/// The counts of one source.
#[derive(Debug)]
pub(crate) struct Counts {
    pub(crate) arrivals: Count,
    pub(crate) ignored: Count,
    pub(crate) acks: Count,
    pub(crate) stale_acks: Count,
    pub(crate) connects: Count,
    pub(crate) losses: Count,
    pub(crate) refused: Count,
    dead_letters: Vec<Count>,
    shed: [Count; Class::ALL.len()],
    pub(crate) shed_dead_letters: Count,
}

impl Counts {
    pub(crate) fn new(source: &str) -> Self {
        let source = source.to_owned();
        let plain =
            |name: &'static str| Count::new(metrics::counter!(name, "source" => source.clone()));
        let shed = |class: &'static str| {
            Count::new(
                metrics::counter!("ioc_ingest_shed_total", "source" => source.clone(), "class" => class),
            )
        };
        let dead = |reason: &DeadLetterReason| {
            Count::new(
                metrics::counter!("ioc_ingest_dead_letters_total", "source" => source.clone(), "reason" => reason.as_str()),
            )
        };
        Self {
            arrivals: plain("ioc_ingest_arrivals_total"),
            ignored: plain("ioc_ingest_ignored_total"),
            acks: plain("ioc_ingest_acks_total"),
            stale_acks: plain("ioc_ingest_stale_acks_total"),
            connects: plain("ioc_ingest_connects_total"),
            losses: plain("ioc_ingest_losses_total"),
            refused: plain("ioc_ingest_refused_total"),
            dead_letters: DeadLetterReason::ALL.iter().map(dead).collect(),
            shed: Class::ALL.map(|class| shed(class.as_str())),
            shed_dead_letters: shed("dead_letter"),
        }
    }

    pub(crate) fn dead_letter(&self, reason: DeadLetterReason) {
        if let Some(count) = self.dead_letters.get(reason as usize) {
            count.one();
        }
    }

    pub(crate) fn shed(&self, class: Class) {
        self.shed[class as usize].one();
    }

    /// The counts as plain numbers.
    pub(crate) fn snapshot(&self) -> SourceCounts {
        let dead_letters = DeadLetterReason::ALL
            .iter()
            .zip(&self.dead_letters)
            .map(|(reason, count)| (*reason, count.get()))
            .filter(|(_, n)| *n > 0)
            .collect();
        let shed = Class::ALL
            .iter()
            .zip(&self.shed)
            .map(|(class, count)| (class.as_str(), count.get()))
            .chain([("dead_letter", self.shed_dead_letters.get())])
            .filter(|(_, n)| *n > 0)
            .collect();
        SourceCounts {
            arrivals: self.arrivals.get(),
            ignored: self.ignored.get(),
            acks: self.acks.get(),
            stale_acks: self.stale_acks.get(),
            connects: self.connects.get(),
            losses: self.losses.get(),
            refused: self.refused.get(),
            dead_letters,
            shed,
        }
    }
}

/// What came in through one source since the start, and what became of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SourceCounts {
    /// Messages received.
    pub arrivals: u64,
    /// Messages that say nothing new by design: retained ones being deleted, "online", a will of an earlier run.
    pub ignored: u64,
    /// Acknowledgements sent.
    pub acks: u64,
    /// Acknowledgements dropped because their connection was gone.
    pub stale_acks: u64,
    /// Sessions established: ours with a remote broker, devices' with the embedded one.
    pub connects: u64,
    /// Sessions lost.
    pub losses: u64,
    /// Logins, publishes and subscriptions the embedded broker refused.
    pub refused: u64,
    /// Dead letters by reason; reasons that never occurred are left out.
    pub dead_letters: Vec<(DeadLetterReason, u64)>,
    /// QoS 0 messages shed, by class of topic; classes that never were are left out.
    pub shed: Vec<(&'static str, u64)>,
}
