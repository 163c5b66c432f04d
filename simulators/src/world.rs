//! Who is in which condition, and when that changes: scripted faults, random ones, and how they spread along topology.
//! One thread steps the world between the moments at which devices report; devices only read it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::sync::Arc;

use model::{Asset, Catalog, Kind, KindId, Span, Time};

use crate::random::Stream;
use crate::simulation::{ConditionId, Outage, Pattern, Plan, Reach, Tie};

/// A fault of a scenario, resolved: these assets are in this condition from a time until another.
#[derive(Clone, Debug)]
pub struct Planned {
    /// When it begins.
    pub at: Time,
    /// How long it lasts; none for the rest of the run.
    pub lasts: Option<Span>,
    /// The condition.
    pub gives: ConditionId,
    /// Whom it hits, by their places in the asset list.
    pub targets: Arc<[u32]>,
}

/// The conditions of every asset at the present moment of the run.
#[derive(Debug)]
pub struct World {
    conditions: Vec<u64>,
    /// How many faults put an asset into a condition directly.
    direct: BTreeMap<(u32, ConditionId), u32>,
    reaches: Vec<Spread>,
    timeline: BinaryHeap<Reverse<Event>>,
    /// Random faults, drawn one at a time from their own streams.
    sources: Vec<Source>,
    next_order: u64,
}

/// A reach with the assets of both ends sorted by what ties them.
#[derive(Debug)]
struct Spread {
    when: ConditionId,
    at_least: u32,
    gives: ConditionId,
    ties: Vec<(Vec<u32>, Vec<u32>)>,
}

#[derive(Debug)]
struct Source {
    stream: Stream,
    gives: ConditionId,
    pattern: Pattern,
    targets: Arc<[u32]>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    at: Time,
    /// Events of one moment happen in the order in which they were planned.
    order: u64,
    change: Change,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    Begin {
        gives: ConditionId,
        targets: Arc<[u32]>,
        lasts: Option<Span>,
    },
    End {
        gives: ConditionId,
        targets: Arc<[u32]>,
    },
    Random {
        source: usize,
    },
}

impl World {
    /// The world at `start` with everything in order. `random` turns the faults on that devices have by themselves.
    pub fn new(
        plan: &Plan,
        catalog: &Catalog,
        assets: &[Arc<Asset>],
        faults: &[Planned],
        random: Option<(u64, Time)>,
    ) -> Self {
        let index = Index { catalog, assets };
        let mut world = Self {
            conditions: vec![0; assets.len()],
            direct: BTreeMap::new(),
            reaches: plan.reaches.iter().map(|r| index.spread(r)).collect(),
            timeline: BinaryHeap::new(),
            sources: Vec::new(),
            next_order: 0,
        };
        for fault in faults {
            let change = Change::Begin {
                gives: fault.gives,
                targets: Arc::clone(&fault.targets),
                lasts: fault.lasts,
            };
            world.plan_change(fault.at, change);
        }
        if let Some((seed, start)) = random {
            world.sources = index.sources(plan, seed);
            for source in 0..world.sources.len() {
                world.plan_random(source, start);
            }
        }
        world
    }

    /// The set of conditions an asset is in.
    pub fn conditions(&self, asset: u32) -> u64 {
        self.conditions[asset as usize]
    }

    /// When something next happens.
    pub fn next_event(&self) -> Option<Time> {
        self.timeline.peek().map(|Reverse(event)| event.at)
    }

    /// Everything that happens at the next moment, if that is not after `until`: the moment and the assets whose
    /// conditions changed, in the order of the registry.
    pub fn step(&mut self, until: Time) -> Option<(Time, Vec<u32>)> {
        let at = self.next_event().filter(|at| *at <= until)?;
        while let Some(event) = pop_at(&mut self.timeline, at) {
            self.apply(event);
        }
        let before = std::mem::take(&mut self.conditions);
        self.conditions = self.spread(before.len());
        let changed = (0..before.len())
            .filter(|i| before[*i] != self.conditions[*i])
            .map(|i| i as u32)
            .collect();
        Some((at, changed))
    }

    fn apply(&mut self, event: Event) {
        match event.change {
            Change::Begin {
                gives,
                targets,
                lasts,
            } => {
                for asset in targets.iter() {
                    *self.direct.entry((*asset, gives)).or_default() += 1;
                }
                if let Some(lasts) = lasts {
                    self.plan_change(event.at + lasts, Change::End { gives, targets });
                }
            }
            Change::End { gives, targets } => {
                for asset in targets.iter() {
                    let key = (*asset, gives);
                    match self.direct.get_mut(&key) {
                        Some(count) if *count > 1 => *count -= 1,
                        _ => {
                            self.direct.remove(&key);
                        }
                    }
                }
            }
            Change::Random { source } => self.random(source, event.at),
        }
    }

    fn random(&mut self, index: usize, at: Time) {
        let source = &mut self.sources[index];
        let (shortest, longest) = source.pattern.lasts;
        let length = source
            .stream
            .between(shortest.millis() as f64, longest.millis() as f64);
        let lasts = Some(Span::from_millis(length as i64));
        let (gives, targets) = (source.gives, Arc::clone(&source.targets));
        let (times, apart) = source.pattern.again.unwrap_or((1, Span::ZERO));
        for i in 0..times {
            let begin = at + Span::from_millis(i64::from(i) * apart.millis());
            let targets = Arc::clone(&targets);
            self.plan_change(
                begin,
                Change::Begin {
                    gives,
                    targets,
                    lasts,
                },
            );
        }
        self.plan_random(index, at);
    }

    fn plan_random(&mut self, index: usize, after: Time) {
        let source = &mut self.sources[index];
        let wait = source
            .stream
            .exponential(source.pattern.every.millis() as f64);
        let at = after + Span::from_millis(wait as i64 + 1);
        self.plan_change(at, Change::Random { source: index });
    }

    fn plan_change(&mut self, at: Time, change: Change) {
        let order = self.next_order;
        self.next_order += 1;
        self.timeline.push(Reverse(Event { at, order, change }));
    }

    /// Direct conditions and all they bring about. Conditions are only ever added, so that this ends.
    fn spread(&self, assets: usize) -> Vec<u64> {
        let mut conditions = vec![0; assets];
        for (asset, condition) in self.direct.keys() {
            conditions[*asset as usize] |= condition.bit();
        }
        let mut grew = true;
        while grew {
            grew = false;
            for reach in &self.reaches {
                grew |= reach.apply(&mut conditions);
            }
        }
        conditions
    }
}

/// Takes the first event while it is at this moment.
fn pop_at(timeline: &mut BinaryHeap<Reverse<Event>>, at: Time) -> Option<Event> {
    if timeline.peek()?.0.at != at {
        return None;
    }
    timeline.pop().map(|Reverse(event)| event)
}

impl Spread {
    fn apply(&self, conditions: &mut [u64]) -> bool {
        let mut grew = false;
        for (from, to) in &self.ties {
            let hit = from
                .iter()
                .filter(|a| conditions[**a as usize] & self.when.bit() != 0)
                .count();
            if (hit as u32) < self.at_least {
                continue;
            }
            for asset in to {
                let set = &mut conditions[*asset as usize];
                grew |= *set & self.gives.bit() == 0;
                *set |= self.gives.bit();
            }
        }
        grew
    }
}

/// The registry by what ties assets to each other.
struct Index<'a> {
    catalog: &'a Catalog,
    assets: &'a [Arc<Asset>],
}

impl Index<'_> {
    fn spread(&self, reach: &Reach) -> Spread {
        let mut sources: HashMap<String, Vec<u32>> = HashMap::new();
        for (i, asset) in self.of_kind(reach.from) {
            let kind = self.catalog.kind(asset.kind);
            let mut only = reach.only.iter();
            if !only.all(|(column, value)| column_text(kind, asset, column) == Some(value)) {
                continue;
            }
            let name = match &reach.tie {
                Tie::Uplink => Some(asset.id.as_str().to_owned()),
                Tie::Column(column) => {
                    Some(tie_value(self.catalog.kind(asset.kind), asset, column))
                }
            };
            if let Some(name) = name {
                sources.entry(name).or_default().push(i);
            }
        }
        let mut targets: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for (i, asset) in self.of_kind(reach.to) {
            let name = match &reach.tie {
                Tie::Uplink => asset.uplink.as_ref().map(|id| id.as_str().to_owned()),
                Tie::Column(column) => {
                    Some(tie_value(self.catalog.kind(asset.kind), asset, column))
                }
            };
            if let Some(name) = name {
                targets.entry(name).or_default().push(i);
            }
        }
        let ties = targets
            .into_iter()
            .filter_map(|(name, to)| Some((sources.remove(&name)?, to)))
            .collect();
        Spread {
            when: reach.when,
            at_least: reach.at_least,
            gives: reach.gives,
            ties,
        }
    }

    fn of_kind(&self, kind: KindId) -> impl Iterator<Item = (u32, &Asset)> {
        let assets = self.assets.iter().enumerate();
        assets
            .filter(move |(_, a)| a.kind == kind)
            .map(|(i, a)| (i as u32, &**a))
    }

    fn sources(&self, plan: &Plan, seed: u64) -> Vec<Source> {
        let mut sources = Vec::new();
        for (i, asset) in self.assets.iter().enumerate() {
            let faults = plan.kind(asset.kind).map(|k| k.faults.as_slice());
            for fault in faults.unwrap_or_default() {
                let word = &plan.conditions[usize::from(fault.gives.0)];
                let purpose = format!("fault {word}");
                sources.push(Source {
                    stream: Stream::new(seed, &purpose, asset.id.as_str()),
                    gives: fault.gives,
                    pattern: fault.pattern,
                    targets: Arc::new([i as u32]),
                });
            }
        }
        for outage in &plan.outages {
            sources.extend(self.outage_sources(plan, outage, seed));
        }
        sources
    }

    fn outage_sources(&self, plan: &Plan, outage: &Outage, seed: u64) -> Vec<Source> {
        let mut groups: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for (i, asset) in self.assets.iter().enumerate() {
            let kind = self.catalog.kind(asset.kind);
            if let Some(value) = column_text(kind, asset, &outage.column) {
                groups.entry(value.to_owned()).or_default().push(i as u32);
            }
        }
        let word = &plan.conditions[usize::from(outage.gives.0)];
        let purpose = format!("outage {word} {}", outage.column);
        groups
            .into_iter()
            .map(|(value, targets)| Source {
                stream: Stream::new(seed, &purpose, &value),
                gives: outage.gives,
                pattern: outage.pattern,
                targets: targets.into(),
            })
            .collect()
    }
}

/// An asset's text in a registry column; `area` is its area's code.
pub(crate) fn column_text<'a>(kind: &Kind, asset: &'a Asset, column: &str) -> Option<&'a str> {
    if column == "area" {
        return asset.area.as_ref().map(model::AreaCode::as_str);
    }
    let index = kind.columns.iter().position(|c| &*c.name == column)?;
    match asset.columns.get(index)?.as_ref()? {
        model::Value::Text(text) => Some(text),
        model::Value::F64(_)
        | model::Value::Bool(_)
        | model::Value::Symbol(_)
        | model::Value::Time(_) => None,
    }
}

/// What an asset stands for under a tie: its text in the column, else its own id.
fn tie_value(kind: &Kind, asset: &Asset, column: &str) -> String {
    column_text(kind, asset, column)
        .unwrap_or(asset.id.as_str())
        .to_owned()
}
