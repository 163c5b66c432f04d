//! What each rule costs. Work is counted here; time is measured with a stopwatch that the caller lends for a while, because
//! this crate has no clock. Nothing of it decides anything, and no checkpoint holds it.

use model::RuleName;

/// Nanoseconds since some fixed moment.
pub type Stopwatch = fn() -> u64;

/// What one rule did since the engine was made.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Work {
    evaluations: u64,
    pub(crate) transitions: u64,
    /// None while no evaluation was timed.
    timed: Option<Box<Timed>>,
}

/// What a stopwatch showed of one rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Timed {
    evaluations: u64,
    nanos: u64,
}

impl Work {
    /// One evaluation is over; `begun` is when it began, and when the next one begins.
    pub(crate) fn evaluated(&mut self, stopwatch: Option<Stopwatch>, begun: &mut u64) {
        self.evaluations += 1;
        if let Some(read) = stopwatch {
            let now = read();
            let timed = self.timed.get_or_insert_default();
            timed.evaluations += 1;
            timed.nanos += now.saturating_sub(*begun);
            *begun = now;
        }
    }
}

/// What one rule costs, and what it has open.
#[derive(Clone, PartialEq, Debug)]
pub struct RuleCost {
    /// Its name.
    pub rule: RuleName,
    /// How often it was looked at: a condition or a member's share of one evaluated, an instance moved.
    pub evaluations: u64,
    /// How many of the evaluations were timed.
    pub timed: u64,
    /// How long those took together, in nanoseconds. What rules share, such as keeping windows, is in none.
    pub nanos: u64,
    /// Transitions put out.
    pub transitions: u64,
    /// Instances that are pending.
    pub pending: usize,
    /// Instances that are firing.
    pub firing: usize,
    /// Memory of its instances and tallies, and its share of what it looks at together with other rules. Windows are
    /// estimated from some of the assets.
    pub state_bytes: u64,
}

impl RuleCost {
    /// The seconds all evaluations took, worked out from those that were timed; none where none was.
    pub fn seconds(&self) -> Option<f64> {
        let each = self.nanos as f64 / self.timed as f64;
        (self.timed > 0).then_some(each * self.evaluations as f64 / 1e9)
    }

    pub(crate) fn of(rule: &RuleName, work: &Work) -> Self {
        let timed = work.timed.as_deref().copied().unwrap_or_default();
        Self {
            rule: rule.clone(),
            evaluations: work.evaluations,
            timed: timed.evaluations,
            nanos: timed.nanos,
            transitions: work.transitions,
            pending: 0,
            firing: 0,
            state_bytes: 0,
        }
    }
}
