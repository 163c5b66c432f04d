//! A second engine, as slow as it is plain: it keeps every input for ever, looks at every rule at every step of time and works
//! everything out of the full history anew. The real one must tell the same alerts at the same times.

mod attention;
mod basin;
mod builtin;
mod cases;
mod conditions;
mod figures;
mod history;
mod ladder;
mod rule;
mod run;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use city::City;
use model::{
    AlertId, Annunciation, AssetId, Condition, Lifecycle, Reason, Severity, SourceFile, Span, Time,
    Transition, Value,
};
use proptest::prelude::*;
use rules::Plan;

use crate::support;
use conditions::Memory;
use history::{Event, History};
use rule::{Edits, Occasion, Rule, Watcher};

const ASSETS: [&str; 3] = ["wl-1", "wl-2", "wl-3"];
/// Whom each depends on; the first two on each other.
const UPLINKS: [usize; ASSETS.len()] = [1, 0, 0];
const BASINS: [&str; 2] = ["cau", "cong"];

/// The gauges of a basin that are in service. After an edit of the registry one has moved and one is retired.
fn members(basin: usize, edits: Edits) -> &'static [usize] {
    match (basin, edits.registry % 2) {
        (0, 0) => &[0, 1],
        (0, _) => &[0],
        (_, 0) => &[2],
        (_, _) => &[1],
    }
}

/// The basin of a gauge in service.
fn basin_of(asset: usize, edits: Edits) -> Option<usize> {
    (0..BASINS.len()).find(|basin| members(*basin, edits).contains(&asset))
}

/// Eight in the morning.
const START: Time = Time::from_millis(1_767_574_800_000);
/// Time goes in steps of ten seconds; every length in a generated rule is a number of them.
const STEP: Span = Span::from_secs(10);
/// Long enough for every countdown of every rule to end.
const AFTERWARDS: Tick = 700;

/// Steps since the start.
type Tick = i64;

/// The pack, with all gauges in service; and as its registry is after an edit.
static CITIES: LazyLock<[Arc<City>; 2]> = LazyLock::new(|| [0, 1].map(|n| Arc::new(registered(n))));

fn city(edits: Edits) -> &'static Arc<City> {
    &CITIES[edits.registry % 2]
}

fn registered(registry: usize) -> City {
    let edits = Edits {
        registry,
        ..Edits::default()
    };
    let mut city = City::clone(&support::pack().city);
    for asset in &mut city.assets {
        let place = ASSETS.iter().position(|id| *id == asset.id.as_str());
        if let Some(place) = place {
            let (asset, basin) = (Arc::make_mut(asset), basin_of(place, edits));
            asset.lifecycle = basin.map_or(Lifecycle::Retired, |_| Lifecycle::InService);
            asset.uplink = Some(AssetId::new(ASSETS[UPLINKS[place]]));
            asset.columns[2] = basin.map(|basin| Value::Text(BASINS[basin].into()));
        }
    }
    city
}

fn time(tick: Tick) -> Time {
    START + steps(tick)
}

fn steps(n: Tick) -> Span {
    Span::from_millis(n * STEP.millis())
}

/// The hour of the day.
fn local_hour(now: Tick) -> i64 {
    (8 + now.div_euclid(360)) % 24
}

/// Whether the calendar `shifts` of the pack is open: 8:10 to 8:20, 8:25 to 9:00, 9:30 to 9:40, and 10:00 to midnight.
fn shift_is_on(now: Tick) -> bool {
    let minute = (8 * 60 + now.div_euclid(6)) % 1440;
    let shifts = [(490, 500), (505, 540), (570, 580), (600, 1440)];
    shifts
        .iter()
        .any(|(from, to)| (*from..*to).contains(&minute))
}

/// What an episode began with; with the rule and the key it is the alert's identity.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Cause {
    /// Asset, measured when, its number; where it has none, when it came.
    Reading(usize, Tick, Result<u64, Tick>),
    Due(Tick),
    Input(Tick),
}

impl Cause {
    fn of(event: &Event, now: Tick) -> Self {
        match event {
            Event::Report(r) => Self::Reading(r.asset, r.at, r.seq.ok_or(now)),
            _ => Self::Input(now),
        }
    }
}

/// What both engines are compared by.
#[derive(Clone, PartialEq, Debug)]
struct Told {
    at: Time,
    key: String,
    to: Condition,
    severity: Severity,
    started_at: Time,
    reason: Reason,
}

/// A step, and the episode it belongs to: its cause, or the id the engine gave it.
type Step<Episode> = (Told, Episode);

/// The reference: rules, what they have counted, and everything that ever came.
struct Reference<'a> {
    rules: &'a [Rule],
    edits: Edits,
    history: History,
    memory: Memory,
    /// By rule, then by key.
    watchers: Vec<Vec<Watcher>>,
    /// By rule.
    told: Vec<Vec<Step<Cause>>>,
}

impl<'a> Reference<'a> {
    fn new(rules: &'a [Rule]) -> Self {
        let watchers = |rule: &Rule| {
            let keys = rule.keys().into_iter();
            keys.map(|key| Watcher::new(rule, key)).collect()
        };
        Self {
            rules,
            edits: Edits::default(),
            history: History::default(),
            memory: Memory::default(),
            watchers: rules.iter().map(watchers).collect(),
            told: vec![Vec::new(); rules.len()],
        }
    }

    /// A day, and what is due afterwards.
    fn live(mut self, day: &[(Tick, Event)]) -> Vec<Vec<Step<Cause>>> {
        let last = day.last().map_or(0, |(tick, _)| *tick);
        let mut ahead = day.iter().peekable();
        for tick in 0..=last + AFTERWARDS {
            self.watchers.iter_mut().flatten().for_each(Watcher::pass);
            self.history.pass(tick);
            self.look(&Occasion {
                cause: Cause::Due(tick),
                retained: false,
                reload: false,
            });
            while let Some(next) = ahead.next_if(|(at, _)| *at == tick) {
                self.take(next);
            }
        }
        self.told
    }

    fn take(&mut self, next: &(Tick, Event)) {
        let (tick, event) = next;
        self.history.add(event);
        match event {
            Event::Retimed => self.edits.timings += 1,
            Event::Reregistered => self.edits.registry += 1,
            Event::Rewritten => {
                self.edits.conditions += 1;
                for (rule, watchers) in self.rules.iter().zip(&mut self.watchers) {
                    for watcher in watchers {
                        watcher.rewrite(rule);
                    }
                }
            }
            // Seen with the next report that is not.
            _ if is_past(next) => return,
            _ => {}
        }
        self.look(&Occasion {
            cause: Cause::of(event, *tick),
            retained: matches!(event, Event::Report(report) if report.retained),
            reload: event.is_edit(),
        });
    }

    fn look(&mut self, occasion: &Occasion) {
        let edits = self.edits;
        let asked = self.rules.iter().flat_map(|rule| rule.asked(edits));
        self.memory.look(&self.history, edits, asked);
        let seen = (&self.history, &self.memory);
        let all = self.rules.iter().zip(&mut self.watchers);
        for ((rule, watchers), told) in all.zip(&mut self.told) {
            for watcher in watchers {
                watcher.look((rule, edits), seen, occasion, told);
            }
        }
    }
}

fn is_past((received, event): &(Tick, Event)) -> bool {
    matches!(event, Event::Report(report) if report.is_past(*received))
}

/// An edited rule finds the readings that some rule looked back on before. This one looks back on all there are.
const KEEPER: &str = "
version: 1
group: reference
rules:
  - alert: Keeper
    on: env/river
    severity: low
    when: >-
      height.count('1200s') > 1000 || gate.count('1200s') > 1000 || height.prev() > 1000.0 ||
      height.ewma('10s') > 1000.0 || height.ewma('30s') > 1000.0 || height.ewma('60s') > 1000.0 ||
      height.ewma('180s') > 1000.0 || height.ewma('300s') > 1000.0 || height.ewma('600s') > 1000.0 ||
      height.ewma('1200s') > 1000.0
";

fn compile(rules: &[Rule], edits: Edits) -> Arc<Plan> {
    let mut text = KEEPER.to_owned();
    for (n, rule) in rules.iter().enumerate() {
        text += &rule.text(n, edits);
    }
    let file = SourceFile {
        path: "rules.yaml".into(),
        text: text.as_str().into(),
    };
    let (plan, problems) = rules::compile(&[file], 0, city(edits));
    assert_eq!(problems, [], "{text}");
    Arc::new(plan.expect("a plan"))
}

/// The steps of one rule in condition and severity; what only changes the annunciation is left out.
fn told_by(transitions: &[&Transition], rule: usize) -> Vec<Step<AlertId>> {
    let name = format!("reference/R{rule}");
    let mut told: Vec<Step<AlertId>> = Vec::new();
    for t in transitions.iter().filter(|t| t.rule.to_string() == name) {
        let over = t.annunciation == Annunciation::OverLimit && t.reason == Reason::Limit;
        let step = Told {
            at: t.at,
            key: t.key.0.iter().map(|part| &*part.value).collect(),
            to: t.to,
            severity: t.severity,
            started_at: t.started_at,
            reason: if over { Reason::Condition } else { t.reason },
        };
        let mut before = told
            .iter()
            .rev()
            .filter(|(before, _)| before.key == step.key);
        let same = |(before, id): &Step<AlertId>| {
            (before.to, before.severity, *id) == (step.to, step.severity, t.alert)
        };
        if !before.next().is_some_and(same) {
            told.push((step, t.alert));
        }
    }
    told
}

/// In an order that does not depend on who comes first within one moment; steps and episodes apart.
fn by_key<Episode>(mut steps: Vec<Step<Episode>>) -> (Vec<Told>, Vec<Episode>) {
    steps.sort_by(|(a, _), (b, _)| a.key.cmp(&b.key));
    steps.into_iter().unzip()
}

/// One episode has one id, and two never share one.
#[derive(Default)]
struct Identities {
    ids: BTreeMap<(usize, String, Cause), AlertId>,
    episodes: BTreeMap<AlertId, (usize, String, Cause)>,
}

impl Identities {
    fn check(
        &mut self,
        rule: usize,
        told: &Told,
        cause: Cause,
        id: AlertId,
    ) -> Result<(), TestCaseError> {
        let episode = (rule, told.key.clone(), cause);
        let known = *self.ids.entry(episode.clone()).or_insert(id);
        prop_assert_eq!(known, id, "one episode, one id: {:?}", episode);
        let known = self.episodes.entry(id).or_insert_with(|| episode.clone());
        prop_assert_eq!(known, &episode, "one id, one episode");
        Ok(())
    }
}

/// What must be the same however an engine came to tell it: all but the texts.
fn apart_from_texts(transitions: &[&Transition]) -> Vec<String> {
    let identity = |t: &&Transition| {
        let who = (&t.alert, t.rule.to_string(), &t.key);
        let what = (t.to, t.severity, t.annunciation, t.reason);
        format!("{:?} {who:?} {what:?} since {:?}", t.at, t.started_at)
    };
    transitions.iter().map(identity).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(support::cases(150)) })]

    #[test]
    fn the_engine_tells_what_the_full_history_tells(
        rules in cases::rules(),
        day in cases::day(),
        batches in prop::collection::vec(1_usize..6, 1..10),
        stops in prop::collection::vec(0_usize..60, 0..3),
    ) {
        let moments = run::plain(&rules, &day);
        let transitions: Vec<&Transition> = moments.iter().flat_map(|m| &m.transitions).collect();
        let expected = Reference::new(&rules).live(&day);
        let mut identities = Identities::default();
        for (n, expected) in expected.into_iter().enumerate() {
            let (told, ids) = by_key(told_by(&transitions, n));
            let (expected, causes) = by_key(expected);
            prop_assert_eq!(&told, &expected, "{}", rules[n].text(n, Edits::default()));
            for (told, (cause, id)) in told.iter().zip(causes.into_iter().zip(ids)) {
                identities.check(n, told, cause, id)?;
            }
        }
        prop_assert_eq!(builtin::told(&transitions), builtin::expected(&day));
        let attention: Vec<_> = rules.iter().map(|rule| rule.attention.clone()).collect();
        attention::check(&attention, &moments)?;
        let shaken = run::shaken(&rules, &day, &batches, &stops);
        prop_assert_eq!(apart_from_texts(&shaken.iter().collect::<Vec<_>>()), apart_from_texts(&transitions));
    }
}
