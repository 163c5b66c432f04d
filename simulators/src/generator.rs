//! Works out a field's next value. Owns what a generator remembers between reports; what values mean is the plan's.

use std::collections::VecDeque;

use model::{Asset, Field, Span, Time, Value};

use crate::drive::amount_for;
use crate::local_time::LocalTime;
use crate::random::Stream;
use crate::rhythm::Rhythm;
use crate::simulation::{Counter, Known, Make, Noise, NumberPlan, States};
use crate::weather::{Place, Weather};

/// What surrounds a device at the moment of a report.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings<'a> {
    /// The moment.
    pub at: Time,
    /// Since the device's last report; none at its first.
    pub since_last: Option<Span>,
    /// The asset.
    pub asset: &'a Asset,
    /// Where it stands.
    pub place: Place,
    /// When it last started.
    pub booted: Time,
    /// The rhythms of the plan.
    pub rhythms: &'a [(std::sync::Arc<str>, Rhythm)],
    /// The hour of the simulated day.
    pub local: &'a LocalTime,
    /// The weather of the run.
    pub weather: &'a Weather,
}

impl Surroundings<'_> {
    fn rhythm(&self, rhythm: Option<usize>) -> f64 {
        match rhythm.and_then(|r| self.rhythms.get(r)) {
            Some((_, rhythm)) if rhythm.real => rhythm.level(self.local.real_moment(self.at)),
            Some((_, rhythm)) => rhythm.level(self.local.moment(self.at)),
            None => 1.0,
        }
    }
}

/// What one field of one device remembers.
#[derive(Clone, Debug)]
pub(crate) enum Memory {
    /// Nothing.
    Nothing,
    /// A number's own level, its noise, and past values of the fields whose rate it follows, one list a term.
    Number {
        /// Drawn once.
        level: f64,
        /// The distance of the noise from nought; none before the first report.
        noise: Option<f64>,
        /// Past values by term.
        pasts: Vec<VecDeque<(Time, f64)>>,
    },
    /// How far a counter is; none before the first report.
    Count(Option<f64>),
    /// How far into its period a device does what it does so often.
    Phase(Span),
    /// In which state, until when; none before the first report.
    State(Option<(usize, Time)>),
}

impl Memory {
    /// What a device's field remembers at the start: its own level, drawn from its own stream.
    pub(crate) fn new(make: &Make, asset: &Asset, stream: &mut Stream) -> Self {
        match make {
            Make::Number(plan) => {
                let share = 1.0 + plan.vary * stream.between(-1.0, 1.0);
                let offset = plan.spread * stream.between(-1.0, 1.0);
                Self::Number {
                    level: amount_for(plan.base, asset) * share + offset,
                    noise: None,
                    pasts: vec![VecDeque::new(); plan.sum.len()],
                }
            }
            Make::Counter(_) => Self::Count(None),
            Make::States(_) => Self::State(None),
            Make::Moment(Known::Every(period)) => {
                let phase = stream.below(period.millis().max(1) as u64);
                Self::Phase(Span::from_millis(phase as i64))
            }
            Make::Fixed(_) | Make::Cases(_) | Make::Moment(_) => Self::Nothing,
        }
    }

    /// A counter goes up by one.
    pub(crate) fn count(&mut self) {
        if let Self::Count(count) = self {
            *count = Some(count.unwrap_or(0.0) + 1.0);
        }
    }

    /// A counter begins again at zero.
    pub(crate) fn reset(&mut self) {
        if let Self::Count(count) = self {
            *count = Some(0.0);
        }
    }

    /// The healthy value of a field at this report. `earlier` are the values of the fields above it.
    pub(crate) fn next(
        &mut self,
        make: &Make,
        field: &Field,
        around: &Surroundings<'_>,
        earlier: &[Value],
        stream: &mut Stream,
    ) -> Value {
        match (make, self) {
            (
                Make::Number(plan),
                Self::Number {
                    level,
                    noise,
                    pasts,
                },
            ) => {
                let wander = plan.noise.map_or(0.0, |n| wander(n, noise, around, stream));
                Value::F64(number(plan, *level, wander, pasts, around, earlier))
            }
            (Make::Counter(plan), Self::Count(count)) => {
                Value::F64(counted(plan, count, around, stream))
            }
            (Make::States(plan), Self::State(state)) => stayed(plan, state, around.at, stream),
            (Make::Fixed(value), _) => value.clone(),
            (Make::Cases(plan), _) => plan
                .cases
                .iter()
                .find(|(test, _)| number_of(earlier, test.field) < test.below)
                .map_or(&plan.otherwise, |(_, value)| value)
                .clone(),
            (Make::Moment(Known::Boot), _) => Value::Time(around.booted),
            (Make::Moment(Known::Every(period)), Self::Phase(phase)) => {
                Value::Time(last_done(around.at, *period, *phase))
            }
            (Make::Moment(_), _) => Value::Time(around.at),
            // A memory is made from its plan; should they ever part, the least value of the range is a valid one.
            (Make::Number(_) | Make::Counter(_) | Make::States(_), _) => {
                Value::F64(field.range.map_or(0.0, |(low, _)| low))
            }
        }
    }
}

fn number(
    plan: &NumberPlan,
    level: f64,
    wander: f64,
    pasts: &mut [VecDeque<(Time, f64)>],
    around: &Surroundings<'_>,
    earlier: &[Value],
) -> f64 {
    let mut sum = (level + wander) * around.rhythm(plan.rhythm);
    for coupling in &plan.weather {
        let mean = around.weather.mean(
            coupling.element,
            around.place,
            around.at,
            coupling.lag,
            coupling.over,
        );
        sum += coupling.times * mean;
    }
    for (term, past) in plan.sum.iter().zip(pasts) {
        let value = number_of(earlier, term.field);
        let value = match term.rate_over {
            Some(window) => rate_per_hour(past, around.at, value, window),
            None => value,
        };
        let over = term.over.map_or(1.0, |f| number_of(earlier, f).max(1.0));
        sum += amount_for(term.times, around.asset) * value / over;
    }
    sum.clamp(plan.keep.0, plan.keep.1)
}

/// Exact for any step length: two steps of a minute wander as far as one of two.
fn wander(
    noise: Noise,
    state: &mut Option<f64>,
    around: &Surroundings<'_>,
    stream: &mut Stream,
) -> f64 {
    let shock = noise.sigma * stream.normal();
    let next = match (*state, around.since_last) {
        (Some(last), Some(since)) => {
            let kept = (-since.secs_f64() / noise.settles.secs_f64().max(0.001)).exp();
            last * kept + shock * (1.0 - kept * kept).max(0.0).sqrt()
        }
        _ => shock,
    };
    // Past three deviations is what alert rules are for, not what healthy devices do.
    let next = next.clamp(-3.0 * noise.sigma, 3.0 * noise.sigma);
    *state = Some(next);
    next
}

fn counted(
    plan: &Counter,
    count: &mut Option<f64>,
    around: &Surroundings<'_>,
    stream: &mut Stream,
) -> f64 {
    let per_hour = amount_for(plan.per_hour, around.asset) * around.rhythm(plan.rhythm);
    let chance = stream.between(0.5, 1.5);
    let mut now = match (*count, around.since_last) {
        (Some(count), Some(since)) => count + per_hour * since.secs_f64() / 3600.0 * chance,
        (Some(count), None) => count,
        (None, _) => amount_for(plan.per_hour, around.asset) * plan.head_start_hours * chance,
    };
    if now >= plan.wraps_at {
        now = 0.0;
    }
    *count = Some(now);
    now.floor()
}

fn stayed(
    plan: &States,
    state: &mut Option<(usize, Time)>,
    at: Time,
    stream: &mut Stream,
) -> Value {
    let stay = |from: Time, state: usize, stream: &mut Stream| {
        let mean = plan.states[state].1.millis() as f64;
        from + Span::from_millis(stream.exponential(mean) as i64 + 1)
    };
    let (mut now, mut until) = match *state {
        Some(known) => known,
        None => (0, stay(at, 0, stream)),
    };
    while until <= at {
        let follow = &plan.states[now].2;
        if let Some(next) = follow.get(stream.below(follow.len() as u64) as usize) {
            now = *next;
        }
        until = stay(until, now, stream);
    }
    *state = Some((now, until));
    plan.states[now].0.clone()
}

fn rate_per_hour(past: &mut VecDeque<(Time, f64)>, at: Time, value: f64, window: Span) -> f64 {
    past.push_back((at, value));
    while past.len() > 2 && past[1].0 <= at - window {
        past.pop_front();
    }
    let (from, before) = past[0];
    // Before the window is full its whole length still divides: a first small step is no torrent.
    let length = at.since(from).max(window);
    (value - before) / (length.secs_f64() / 3600.0)
}

/// The latest moment up to `at` that lies `phase` after a multiple of the period.
fn last_done(at: Time, period: Span, phase: Span) -> Time {
    let since = (at - phase).millis().rem_euclid(period.millis().max(1));
    at - Span::from_millis(since)
}

fn number_of(values: &[Value], field: usize) -> f64 {
    match values.get(field) {
        Some(Value::F64(number)) => *number,
        Some(Value::Bool(true)) => 1.0,
        _ => 0.0,
    }
}
