//! Derivations against their definition read aloud: everything that ever came, filtered by time, for any order of
//! arrival, any split into batches, and with the engine stopped and restored at any moment.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use city::City;
use model::{
    Asset, AssetId, Input, Origin, Quality, Reading, SourceFile, SourceName, Stamped, Time, Value,
};
use proptest::prelude::*;
use rules::{Engine, Output, Plan};

/// Midnight on the clock of the pack's city.
const START: Time = Time::from_millis(1_767_546_000_000);
const STALE_AFTER: i64 = 15 * 60_000;
const MINUTE: i64 = 60_000;

const CLOCKED: &str = "
version: 1
group: reference
rules:
  - derive: env/basin
    on: env/river
    by: [basin]
    every: 10m
    grace: 1m
    fields:
      mean: avg(height.avg())
      top: max(height.max('25m'))
      readings: sum(height.count())
      slow: avg(height.sum('1h')) / 2.0
  - derive: env/gauge
    on: env/river
    hop: {size: 30m, every: 5m}
    fields: {level: height.avg(), first: height.first(), swing: height.max() - height.min()}
";

const SPEAKERS: &str = "
version: 1
group: reference
rules:
  - derive: env/visit
    on: env/river
    by: [basin]
    session: 7m
    fields: {mean: avg(height.avg()), readings: sum(height.count())}
  - derive: env/sevens
    on: env/river
    by: [basin]
    count: 7
    fields: {mean: avg(height.avg()), readings: sum(height.count())}
  - derive: env/now
    on: env/river
    by: [basin]
    sliding: change
    fields: {mean: avg(height), known: known_fraction()}
";

/// Four gauges in two basins.
static CITY: LazyLock<Arc<City>> = LazyLock::new(|| {
    let mut city = City::clone(&crate::support::pack().city);
    let river = city.catalog.find("env/river").expect("a kind").id;
    let gauges: Vec<_> = city
        .assets
        .iter()
        .filter(|a| a.kind == river)
        .cloned()
        .collect();
    city.assets = Vec::new();
    for (n, id) in ASSETS.iter().enumerate() {
        let mut gauge = Asset::clone(&gauges[0]);
        gauge.id = AssetId::new(*id);
        gauge.columns[2] = Some(Value::Text(basin(n).into()));
        city.assets.push(Arc::new(gauge));
    }
    Arc::new(city)
});

const ASSETS: [&str; 4] = ["wl-a", "wl-b", "wl-c", "wl-d"];

fn basin(asset: usize) -> &'static str {
    ["cau", "cong"][asset % 2]
}

fn plan(rules: &str) -> Arc<Plan> {
    let file = SourceFile {
        path: "reference.yaml".into(),
        text: rules.into(),
    };
    let (plan, problems) = rules::compile(&[file], 0, &CITY);
    assert_eq!(problems, []);
    Arc::new(plan.expect("a plan"))
}

static CLOCKED_PLAN: LazyLock<Arc<Plan>> = LazyLock::new(|| plan(CLOCKED));
static SPEAKERS_PLAN: LazyLock<Arc<Plan>> = LazyLock::new(|| plan(SPEAKERS));

/// One reading that was taken in.
#[derive(Clone, Copy, Debug)]
struct Came {
    stamp: i64,
    asset: usize,
    at: i64,
    value: f64,
    good: bool,
}

impl Came {
    /// Too old to be a sign of life.
    fn is_past(&self) -> bool {
        self.stamp - self.at > STALE_AFTER
    }
}

/// How long after the last, whose, how late, what, whether it is good and comes twice.
type Step = (i64, usize, i64, u8, bool, bool);

fn step() -> impl Strategy<Value = Step> {
    let gap = prop_oneof![6 => 0_i64..2 * MINUTE, 2 => 2 * MINUTE..9 * MINUTE, 1 => 9 * MINUTE..25 * MINUTE];
    // Whole minutes, too: readings upon the very end of windows.
    let late = prop_oneof![
        5 => Just(0_i64), 3 => 0_i64..2 * MINUTE, 2 => 0_i64..14 * MINUTE, 1 => 16 * MINUTE..50 * MINUTE,
        1 => -3 * MINUTE..0,
    ];
    let gap = prop_oneof![2 => gap.prop_map(|gap| gap / MINUTE * MINUTE), 3 => 0_i64..4 * MINUTE];
    (
        gap,
        0..ASSETS.len(),
        late,
        0_u8..8,
        prop::bool::weighted(0.9),
        prop::bool::weighted(0.1),
    )
}

/// From when to when the source was lost.
type Lost = (i64, i64);

fn history(steps: &[Step]) -> (Vec<Stamped>, Vec<Came>) {
    let (inputs, came, _) = history_with(steps, &[]);
    (inputs, came)
}

/// After some of the readings the source is lost for a while.
fn history_with(steps: &[Step], losses: &[(usize, i64)]) -> (Vec<Stamped>, Vec<Came>, Vec<Lost>) {
    let river = CITY.catalog.find("env/river").expect("a kind");
    let (mut inputs, mut came, mut now) = (Vec::new(), Vec::new(), START.millis());
    let mut lost = Vec::new();
    for (n, (gap, asset, late, value, good, twice)) in steps.iter().enumerate() {
        now += gap;
        let value = f64::from(*value) / 2.0 + 20.0;
        let quality = if *good { Quality::Good } else { Quality::Fault };
        let reading = Reading {
            asset: AssetId::new(ASSETS[*asset]),
            kind: river.id,
            at: Time::from_millis(now - late),
            received: Time::from_millis(now),
            seq: Some(n as u64),
            boot: None,
            quality,
            origin: Origin::Live,
            fields: vec![(river.fields[0].id, Value::F64(value))],
        };
        let source = SourceName::new("test");
        let input = Stamped {
            stamp: Time::from_millis(now),
            input: Input::Reading { source, reading },
        };
        inputs.extend(std::iter::repeat_n(input, if *twice { 2 } else { 1 }));
        came.push(Came {
            stamp: now,
            asset: *asset,
            at: now - late,
            value,
            good: *good,
        });
        for (_, length) in losses.iter().filter(|(after, _)| *after == n) {
            let (from, to, source) = (now, now + length, SourceName::new("test"));
            let turns = [
                (
                    from,
                    Input::SourceDown {
                        source: source.clone(),
                    },
                ),
                (to, Input::SourceUp { source }),
            ];
            inputs.extend(turns.map(|(at, input)| Stamped {
                stamp: Time::from_millis(at),
                input,
            }));
            lost.push((from, to));
            now = to;
        }
    }
    (inputs, came, lost)
}

/// What an asset's good readings were in `(after, to]`, in order of time, of those that came before `due`.
fn inside(came: &[Came], asset: usize, (after, to): (i64, i64), due: i64) -> Vec<f64> {
    let mut found: Vec<_> = came
        .iter()
        .filter(|c| c.asset == asset && c.good && c.stamp < due && c.at > after && c.at <= to)
        .collect();
    found.sort_by_key(|c| c.at);
    found.iter().map(|c| c.value).collect()
}

/// Whether an asset is known when a timer due at this time fires: heard of less than `stale_after` ago, times in which
/// the source was lost not counted, and the source back before that was over.
fn is_known((came, lost): (&[Came], &[Lost]), asset: usize, due: i64) -> bool {
    let mut heard = came
        .iter()
        .filter(|c| c.asset == asset && c.stamp < due && !c.is_past());
    let Some(newest) = heard.next_back() else {
        return false;
    };
    let mut silent = due - newest.stamp;
    for (from, to) in lost
        .iter()
        .filter(|(from, _)| (newest.stamp..due).contains(from))
    {
        if *to >= due || to - newest.stamp >= STALE_AFTER {
            return false;
        }
        silent -= to - from;
    }
    silent < STALE_AFTER
}

fn ever_seen(came: &[Came], asset: usize, due: i64) -> bool {
    came.iter()
        .any(|c| c.asset == asset && c.stamp < due && !c.is_past())
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The values of the members that are known, where at least half of all are.
fn across(members: &[Option<f64>]) -> Option<Vec<f64>> {
    let known: Vec<f64> = members.iter().copied().flatten().collect();
    (known.len() * 2 >= members.len() && !known.is_empty()).then_some(known)
}

fn greatest(values: &[f64]) -> Option<f64> {
    values.iter().copied().reduce(f64::max)
}

fn members(name: &str) -> Vec<usize> {
    (0..ASSETS.len()).filter(|n| basin(*n) == name).collect()
}

type Fields = BTreeMap<&'static str, Option<f64>>;

/// What a basin's window that ends at `end` comes to.
fn basin_window((came, lost): (&[Came], &[Lost]), name: &str, end: i64) -> Fields {
    let due = end + MINUTE;
    let members = members(name);
    let asked = |figure: &dyn Fn(usize) -> Option<f64>| {
        let of_member = |n: &usize| {
            is_known((came, lost), *n, due)
                .then(|| figure(*n))
                .flatten()
        };
        across(&members.iter().map(of_member).collect::<Vec<_>>())
    };
    let window = |n: usize, length: i64| inside(came, n, (end - length, end), due);
    let counted = |n: usize| ever_seen(came, n, due).then(|| window(n, 10 * MINUTE).len() as f64);
    let sum = |n: usize| {
        let values = window(n, 60 * MINUTE);
        (!values.is_empty()).then(|| values.iter().sum())
    };
    BTreeMap::from([
        (
            "mean",
            asked(&|n| mean(&window(n, 10 * MINUTE))).and_then(|v| mean(&v)),
        ),
        (
            "top",
            asked(&|n| greatest(&window(n, 25 * MINUTE))).and_then(|v| greatest(&v)),
        ),
        ("readings", asked(&counted).map(|v| v.iter().sum())),
        ("slow", asked(&sum).and_then(|v| mean(&v)).map(|v| v / 2.0)),
    ])
}

/// What a gauge's half hour that ends at `end` comes to.
fn gauge_window((came, lost): (&[Came], &[Lost]), asset: usize, end: i64) -> Fields {
    let due = end + 10_000;
    let known = is_known((came, lost), asset, due);
    let values = if known {
        inside(came, asset, (end - 30 * MINUTE, end), due)
    } else {
        Vec::new()
    };
    let least = values.iter().copied().reduce(f64::min);
    BTreeMap::from([
        ("level", mean(&values)),
        ("first", values.first().copied()),
        ("swing", greatest(&values).zip(least).map(|(a, b)| a - b)),
    ])
}

/// An engine that is fed in batches, and stopped and restored between some of them.
struct Fed<'a> {
    plan: &'a Arc<Plan>,
    engine: Engine,
    rest: &'a [Stamped],
    batches: std::iter::Cycle<std::slice::Iter<'a, (usize, bool)>>,
}

impl<'a> Fed<'a> {
    fn new(plan: &'a Arc<Plan>, inputs: &'a [Stamped], batches: &'a [(usize, bool)]) -> Self {
        Self {
            plan,
            engine: Engine::new(Arc::clone(plan), Arc::clone(&CITY), START),
            rest: inputs,
            batches: batches.iter().cycle(),
        }
    }

    /// Everything that came before a time, and then the timers due at it.
    fn until(&mut self, due: i64) {
        let due = Time::from_millis(due);
        let mut out = Output::default();
        for (size, restart) in self.batches.by_ref() {
            let before = self
                .rest
                .iter()
                .take_while(|input| input.stamp < due)
                .count();
            let (batch, rest) = self.rest.split_at(before.min(*size));
            self.engine.apply(batch, &mut out);
            self.rest = rest;
            if *restart {
                let bytes = self.engine.checkpoint();
                let (plan, city) = (Arc::clone(self.plan), Arc::clone(&CITY));
                self.engine = Engine::restore(plan, city, &bytes).expect("its own checkpoint");
            }
            if batch.len() == before {
                break;
            }
        }
        self.engine.advance(due, &mut out);
    }

    /// What a derived asset shows.
    fn shows(&self, id: &str, names: &Fields) -> Fields {
        let live = self.engine.live();
        let asset = live.handle(id).expect("a derived asset");
        let kind = self
            .engine
            .city()
            .catalog
            .kind(live.asset(asset).entry().kind);
        let value = |name: &str| match live.value(asset, kind.field(name)?.id)? {
            Value::F64(value) => Some(*value),
            other => panic!("{other:?} is no number"),
        };
        names.keys().map(|name| (*name, value(name))).collect()
    }
}

/// The first field in which two differ.
fn difference(is: &Fields, expected: &Fields) -> Option<String> {
    let differs = |(a, b): (&Option<f64>, &Option<f64>)| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() > 1e-9,
        (a, b) => a.is_some() != b.is_some(),
    };
    let mut pairs = is.iter().zip(expected.values());
    let found = pairs.find(|((_, is), expected)| differs((is, expected)))?;
    Some(format!(
        "{} is {:?}, expected {:?}",
        found.0.0, found.0.1, found.1
    ))
}

fn batches() -> impl Strategy<Value = Vec<(usize, bool)>> {
    prop::collection::vec((1_usize..6, prop::bool::weighted(0.3)), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(crate::support::cases(150)) })]

    #[test]
    fn windows_of_the_clock_hold_what_history_says(
        steps in prop::collection::vec(step(), 1..100),
        losses in prop::collection::vec((0_usize..100, 0_i64..25 * MINUTE), 0..4),
        batches in batches(),
    ) {
        let (inputs, came, lost) = history_with(&steps, &losses);
        let mut fed = Fed::new(&CLOCKED_PLAN, &inputs, &batches);
        let last = inputs.last().expect("a step").stamp.millis() + 90 * MINUTE;
        let mut end = START.millis();
        while end < last {
            // Of a gauge that is closed ten seconds after the end; then of the basin, a minute after it.
            fed.until(end + 10_000);
            for (n, asset) in ASSETS.iter().enumerate() {
                let expected = gauge_window((&came, &lost), n, end);
                let is = fed.shows(&format!("env-gauge:{asset}"), &expected);
                prop_assert_eq!(difference(&is, &expected), None, "{} at {}", asset, (end - START.millis()) / MINUTE);
            }
            fed.until(end + MINUTE);
            if end % (10 * MINUTE) == 0 {
                for name in ["cau", "cong"] {
                    let expected = basin_window((&came, &lost), name, end);
                    let is = fed.shows(&format!("env-basin:{name}"), &expected);
                    prop_assert_eq!(difference(&is, &expected), None, "{} at {}", name, (end - START.millis()) / MINUTE);
                }
            }
            end += 5 * MINUTE;
        }
        let late = |grace: i64, every: i64| {
            let late = |c: &&Came| c.at <= (c.stamp - grace).div_euclid(every) * every;
            came.iter().filter(|c| c.good).filter(late).count() as u64
        };
        let late = late(MINUTE, 10 * MINUTE) + late(10_000, 5 * MINUTE);
        prop_assert_eq!(fed.engine.counts().late_for_window, late);
    }
}

/// What the speakers of a basin said, where it is said to be heard: current and good.
fn said(came: &[Came], name: &str) -> Vec<Came> {
    let of_basin = |c: &&Came| basin(c.asset) == name && c.good && !c.is_past();
    came.iter().filter(of_basin).copied().collect()
}

/// A window of these readings: the mean of its members' means, and how many there were.
fn of_speakers(window: Option<&[Came]>) -> Fields {
    let window = window.unwrap_or_default();
    let means = (0..ASSETS.len()).filter_map(|n| {
        let own: Vec<f64> = window
            .iter()
            .filter(|c| c.asset == n)
            .map(|c| c.value)
            .collect();
        mean(&own)
    });
    let count = (!window.is_empty()).then_some(window.len() as f64);
    BTreeMap::from([
        ("mean", mean(&means.collect::<Vec<_>>())),
        ("readings", count),
    ])
}

/// The last session that is over.
fn session(came: &[Came], name: &str, now: i64) -> Fields {
    const GAP: i64 = 7 * MINUTE;
    let said = said(came, name);
    let sessions: Vec<&[Came]> = said
        .chunk_by(|a, b| b.stamp < a.stamp + GAP)
        .filter(|session| session.last().is_some_and(|last| last.stamp + GAP <= now))
        .collect();
    of_speakers(sessions.last().copied())
}

fn sevens(came: &[Came], name: &str) -> Fields {
    let said = said(came, name);
    of_speakers(said.chunks_exact(7).last())
}

/// What the members show now.
fn current(came: &[Came], name: &str, now: i64) -> Fields {
    let members = members(name);
    // What is due now has happened; what came now has come.
    let known = |n: usize| {
        let mut heard = came.iter().filter(|c| c.asset == n && !c.is_past());
        heard
            .next_back()
            .is_some_and(|last| now - last.stamp < STALE_AFTER)
    };
    let newest = |n: usize| {
        let mut newest: Option<&Came> = None;
        for reading in came.iter().filter(|c| c.asset == n && !c.is_past()) {
            if newest.is_none_or(|newest| reading.at >= newest.at) {
                newest = Some(reading);
            }
        }
        newest
            .filter(|newest| newest.good)
            .map(|newest| newest.value)
    };
    let share = members.iter().filter(|n| known(**n)).count() as f64 / members.len() as f64;
    let values: Vec<_> = members
        .iter()
        .map(|n| known(*n).then(|| newest(*n)).flatten())
        .collect();
    BTreeMap::from([
        ("mean", across(&values).and_then(|v| mean(&v))),
        ("known", (share >= 0.5).then_some(share)),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(crate::support::cases(150)) })]

    #[test]
    fn sessions_counts_and_sliding_ones_hold_what_history_says(
        steps in prop::collection::vec(step(), 1..80),
        batches in batches(),
        looks in prop::collection::vec(0_i64..8 * MINUTE, 1..20),
    ) {
        let (inputs, came) = history(&steps);
        let mut fed = Fed::new(&SPEAKERS_PLAN, &inputs, &batches);
        let mut looks = looks.iter().cycle();
        let mut now = START.millis();
        while !fed.rest.is_empty() {
            now += looks.next().expect("a cycle") + 1;
            fed.until(now);
            let so_far = came.iter().filter(|c| c.stamp < now).count();
            for name in ["cau", "cong"] {
                for (kind, expected) in [
                    ("env-visit", session(&came[..so_far], name, now)),
                    ("env-sevens", sevens(&came[..so_far], name)),
                    ("env-now", current(&came[..so_far], name, now)),
                ] {
                    let is = fed.shows(&format!("{kind}:{name}"), &expected);
                    let after = now - START.millis();
                    prop_assert_eq!(difference(&is, &expected), None, "{}:{} after {} ms", kind, name, after);
                }
            }
        }
    }
}

/// Only devices keep a kind from being derived; assets that the rule itself makes do not.
#[test]
fn a_registry_may_list_derived_assets_itself() {
    let mut city = City::clone(&crate::support::pack().city);
    let site = city.catalog.find("wifi/site").expect("a kind").id;
    for asset in city.assets.iter_mut().filter(|asset| asset.kind == site) {
        Arc::make_mut(asset).id = AssetId::new("wifi-site:s1");
    }
    let text = "
version: 1
group: power
rules:
  - {derive: wifi/site, on: wifi/ap, by: [site], every: 5m, fields: {mains: any(apState == 'up')}}
";
    let source = SourceFile {
        path: "power.yaml".into(),
        text: text.into(),
    };
    let (plan, problems) = rules::compile(&[source], 0, &city);
    assert!(plan.is_some(), "{problems:?}");
}
