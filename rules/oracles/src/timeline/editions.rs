//! What an engine may run: some rules of the test pack with other timings, some made up, over the registry as it is or changed.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use city::City;
use model::{Asset, AssetId, Lifecycle, SourceFile};
use proptest::prelude::*;
use rules::{Engine, Plan};

use crate::drawn::Part;
use crate::pack::PACK;
use crate::reference;

use super::START;

/// One rule of a file as written, with the list's dash.
type Block = String;

/// The rules of the test pack, one by one: whatever the language can say is there. All come to stand in one group.
static BLOCKS: LazyLock<Vec<Block>> = LazyLock::new(|| {
    let files = PACK.city.rules.iter();
    let blocks = files.flat_map(|file| file.text.split("\n  - ").skip(1));
    blocks
        .map(|block| format!("  - {}\n", of_one_group(block)))
        .collect()
});

/// Causes named with their group are named without.
fn of_one_group(block: &str) -> String {
    let mut parts = block.split("{rule: ");
    let first = parts.next().map(str::to_owned);
    let others = parts.map(|part| {
        let (name, rest) = part.split_once(',').unwrap_or((part, ""));
        let name = name.rsplit('/').next().unwrap_or(name);
        format!("{{rule: {name},{rest}")
    });
    first.into_iter().chain(others).collect()
}

/// How many compiled editions are kept.
const KEPT: usize = 4000;

/// What an author may set otherwise. Where a rule cannot have it, the rule stays as it is.
const SETTINGS: [(&str, &str); 14] = [
    ("for", "30s"),
    ("for", "3m"),
    ("for", "20m"),
    ("keep_firing_for", "45s"),
    ("keep_firing_for", "25m"),
    ("on_missing", "fire"),
    ("on_missing", "resolve"),
    ("severity", "critical"),
    ("settle", "2m"),
    ("limit", "1"),
    ("shadow", "true"),
    ("during", "office_hours"),
    ("repeat", "{count: 2, within: 10m}"),
    ("min_known", "0.9"),
];

/// Rules and a registry.
#[derive(Clone, Default, Debug)]
pub(super) struct Edition {
    picked: Vec<Picked>,
    made_up: Vec<reference::Rule>,
    registry: usize,
}

/// A rule of the pack, by its place in [`BLOCKS`], and what is set otherwise, by place in [`SETTINGS`].
#[derive(Clone, Debug)]
struct Picked {
    block: usize,
    settings: Vec<usize>,
}

/// An edition as engines take it.
pub(super) struct Compiled {
    pub(super) plan: Arc<Plan>,
    pub(super) city: &'static Arc<City>,
}

impl Compiled {
    /// A new engine.
    pub(super) fn engine(&self) -> Engine {
        Engine::new(Arc::clone(&self.plan), Arc::clone(self.city), START)
    }

    /// The engine whose checkpoint it is.
    pub(super) fn restored(&self, bytes: &[u8]) -> Engine {
        let (plan, city) = (Arc::clone(&self.plan), Arc::clone(self.city));
        Engine::restore(plan, city, bytes).expect("an engine's own checkpoint")
    }
}

pub(super) fn edition() -> impl Strategy<Value = Edition> {
    (
        prop::collection::vec(picked(), 1..9),
        prop::collection::vec(reference::rule(), 0..3),
        prop_oneof![3 => Just(0), 2 => 1..CITIES.len()],
    )
        .prop_map(|(picked, made_up, registry)| Edition {
            picked,
            made_up,
            registry,
        })
}

fn picked() -> impl Strategy<Value = Picked> {
    let settings = prop::collection::vec(0..SETTINGS.len(), 0..3);
    (0..BLOCKS.len(), settings).prop_map(|(block, settings)| Picked { block, settings })
}

/// What an edition is put together from, part by part.
pub(super) struct Parts {
    picked: BoxedStrategy<Picked>,
    made_up: BoxedStrategy<reference::Rule>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            picked: picked().boxed(),
            made_up: reference::rule().boxed(),
        }
    }
}

impl Edition {
    /// One more rule of the pack or made up, or another registry.
    pub(super) fn add(&mut self, kind: u8, part: &Part<'_>, any: &Parts) {
        match kind {
            3 | 4 => self.picked.extend(part.drawn(&any.picked)),
            5 => self.made_up.extend(part.drawn(&any.made_up)),
            _ => self.registry = part.drawn(&(0..CITIES.len())).unwrap_or(0),
        }
    }

    /// Which of [`CITIES`].
    pub(super) fn registry(&self) -> usize {
        self.registry
    }

    pub(super) fn ready(&self) -> Compiled {
        Compiled {
            plan: self.plan(),
            city: &CITIES[self.registry],
        }
    }

    /// Compiled, or as it was compiled a while ago: a fuzzer changes the steps more often than the rules.
    fn plan(&self) -> Arc<Plan> {
        thread_local!(static PLANS: RefCell<BTreeMap<(usize, String), Arc<Plan>>> = RefCell::default());
        let key = (self.registry, self.text(true));
        let known = PLANS.with_borrow(|plans| plans.get(&key).map(Arc::clone));
        known.unwrap_or_else(|| {
            let plan = self
                .compile(true)
                .or_else(|_| self.compile(false))
                .unwrap_or_else(|problems| panic!("{problems:?}\n{}", self.text(false)));
            let plan = Arc::new(plan);
            PLANS.with_borrow_mut(|plans| {
                if plans.len() >= KEPT {
                    plans.clear();
                }
                plans.insert(key, Arc::clone(&plan));
            });
            plan
        })
    }

    fn compile(&self, changed: bool) -> Result<Plan, Vec<model::Diagnostic>> {
        let file = SourceFile {
            path: "rules.yaml".into(),
            text: self.text(changed).into(),
        };
        let (plan, problems) = rules::compile(&[file], 0, &CITIES[self.registry]);
        plan.ok_or(problems)
    }

    /// The rules file; where its rules cannot be set otherwise, as the pack has them.
    pub(super) fn text(&self, changed: bool) -> String {
        let picked = self.picked.iter();
        let wanted: BTreeSet<usize> = picked
            .flat_map(|p| NEEDED[p.block].iter().copied())
            .collect();
        let mut text = "version: 1\ngroup: any\nrules:\n".to_owned();
        for block in wanted {
            let setter = self.picked.iter().find(|picked| picked.block == block);
            match setter.filter(|_| changed) {
                Some(picked) => text += &picked.text(),
                None => text += &BLOCKS[block],
            }
        }
        for (n, rule) in self.made_up.iter().enumerate() {
            text += &rule.text(n);
        }
        if self.picked.is_empty() && self.made_up.is_empty() {
            text = text.replace("rules:", "rules: []");
        }
        text
    }
}

/// For each block the blocks it cannot do without, and itself.
static NEEDED: LazyLock<Vec<BTreeSet<usize>>> = LazyLock::new(|| {
    let needed = |block: usize| {
        let mut wanted = BTreeSet::from([block]);
        require(block, &mut wanted);
        wanted
    };
    (0..BLOCKS.len()).map(needed).collect()
});

/// Adds what a rule cannot do without: who derives what it looks at, who causes what it inhibits.
fn require(block: usize, wanted: &mut BTreeSet<usize>) {
    let text = &BLOCKS[block];
    for (other, candidate) in BLOCKS.iter().enumerate() {
        let name = candidate.lines().next().and_then(|l| l.split_once(": "));
        let Some((what, name)) = name else { continue };
        let name = name.split('#').next().unwrap_or(name).trim_end();
        let needed = match what {
            "  - derive" => text.contains(&format!("on: {name}\n")),
            _ => text.contains(&format!("{{rule: {name},")),
        };
        if needed && wanted.insert(other) {
            require(other, wanted);
        }
    }
}

impl Picked {
    fn text(&self) -> String {
        let mut text = BLOCKS[self.block].clone();
        for (key, value) in self.settings.iter().map(|n| SETTINGS[*n]) {
            let changed = set(&text, key, value);
            if TAKES[self.block].contains(&(key, value)) {
                text = changed;
            }
        }
        text
    }
}

/// The rule with a key of its own set: in the place of what was there, else at the end.
fn set(block: &str, key: &str, value: &str) -> Block {
    let start = format!("    {key}:");
    let others = block.lines().filter(|line| !line.starts_with(&start));
    let kept: Vec<&str> = others.filter(|line| !line.trim().is_empty()).collect();
    format!("{}\n{start} {value}\n", kept.join("\n"))
}

/// For each block the settings it can have.
static TAKES: LazyLock<Vec<Vec<(&str, &str)>>> = LazyLock::new(|| {
    let takes = |block: usize, (key, value): (&str, &str)| {
        let rule = |other: &usize| {
            if *other == block {
                set(&BLOCKS[block], key, value)
            } else {
                BLOCKS[*other].clone()
            }
        };
        let rules = NEEDED[block].iter().map(rule);
        let file = SourceFile {
            path: "rules.yaml".into(),
            text: format!(
                "version: 1\ngroup: any\nrules:\n{}",
                rules.collect::<String>()
            )
            .into(),
        };
        rules::compile(&[file], 0, &PACK.city).0.is_some()
    };
    let settings = |block: usize| {
        SETTINGS
            .into_iter()
            .filter(move |setting| takes(block, *setting))
    };
    (0..BLOCKS.len())
        .map(|block| settings(block).collect())
        .collect()
});

/// The registry as it is, and after changes.
static CITIES: LazyLock<Vec<Arc<City>>> = LazyLock::new(|| {
    let changed = |change: fn(&mut Vec<Arc<Asset>>)| {
        let mut city = City::clone(&PACK.city);
        // Rules that are made up look at the gauge that another depends on.
        asset(&mut city.assets, "wl-1").uplink = Some(AssetId::new("wl-2"));
        asset(&mut city.assets, "wl-2").uplink = Some(AssetId::new("wl-1"));
        change(&mut city.assets);
        Arc::new(city)
    };
    vec![
        changed(|_| {}),
        changed(|assets| {
            asset(assets, "wl-1").lifecycle = Lifecycle::Retired;
            asset(assets, "wl-3").lifecycle = Lifecycle::InService;
        }),
        changed(|assets| {
            let from = asset(assets, "wl-3").clone();
            let to = asset(assets, "wl-2");
            (to.area, to.columns) = (from.area, from.columns);
            asset(assets, "ap-1").uplink = None;
        }),
        changed(|assets| {
            assets.retain(|asset| asset.id.as_str() != "ap-3");
            let mut added = asset(assets, "wl-1").clone();
            added.id = AssetId::new("wl-lost");
            assets.insert(0, Arc::new(added));
        }),
    ]
});

fn asset<'a>(assets: &'a mut [Arc<Asset>], id: &str) -> &'a mut Asset {
    let found = assets.iter_mut().find(|asset| asset.id.as_str() == id);
    Arc::make_mut(found.expect("an asset of the pack"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_of_the_pack_can_be_picked_and_most_can_be_changed() {
        assert!(BLOCKS.len() > 60, "{}", BLOCKS.len());
        for block in 0..BLOCKS.len() {
            let settings = Vec::new();
            let edition = Edition {
                picked: vec![Picked { block, settings }],
                made_up: Vec::new(),
                registry: 0,
            };
            assert_eq!(edition.compile(false).err(), None, "{}", BLOCKS[block]);
        }
        let changes: usize = TAKES.iter().map(Vec::len).sum();
        assert!(changes > BLOCKS.len() * 5, "{changes}");
    }

    #[test]
    fn the_registries_differ() {
        for pair in CITIES.windows(2) {
            assert_ne!(pair[0].assets, pair[1].assets);
        }
    }
}
