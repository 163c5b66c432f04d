//! What each rule costs, told every two seconds. The rule engine has no clock: this lends it one, for some of the turns.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rules::{Engine, RuleCost, Stopwatch};
use tokio::sync::watch;
use ws_gateway::{RuleCosts, RuleFigures};

/// Of turns that take in much, one in so many is timed: reading a clock costs as much as a simple condition.
const TIMED: u32 = 32;
/// A turn that takes in no more than this is always timed: an engine that takes in little at once is not in a hurry.
const LITTLE: usize = 8;
/// How often it is told. Looking at every open instance is too much for every turn.
const EVERY: Duration = Duration::from_secs(2);

/// When to time, and when to tell.
pub(super) struct CostWatch {
    tell: watch::Sender<RuleCosts>,
    turns: u32,
    told: Option<Instant>,
}

impl CostWatch {
    pub(super) fn new(tell: watch::Sender<RuleCosts>) -> Self {
        Self {
            tell,
            turns: 0,
            told: None,
        }
    }

    /// The stopwatch for a turn that takes in so much, if it is to be timed.
    pub(super) fn stopwatch(&mut self, inputs: usize) -> Option<Stopwatch> {
        if inputs <= LITTLE {
            return Some(nanos);
        }
        self.turns = (self.turns + 1) % TIMED;
        (self.turns == 0).then_some(nanos as Stopwatch)
    }

    /// Tells what the rules cost, if it is time to.
    pub(super) fn look(&mut self, rules: &Engine, now: Instant) {
        if self
            .told
            .is_some_and(|told| now.duration_since(told) < EVERY)
        {
            return;
        }
        self.told = Some(now);
        let figures = rules.costs().iter().map(figures).collect();
        self.tell.send_replace(figures);
    }
}

fn figures(cost: &RuleCost) -> RuleFigures {
    RuleFigures {
        rule: cost.rule.clone(),
        evaluations: cost.evaluations,
        seconds: cost.seconds(),
        transitions: cost.transitions,
        pending: cost.pending,
        firing: cost.firing,
        state_bytes: cost.state_bytes,
    }
}

/// Since the first time it is asked.
fn nanos() -> u64 {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    let since = ORIGIN.get_or_init(Instant::now).elapsed();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
