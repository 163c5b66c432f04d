//! From an instance's number to what it is about, and to the order and the values its key has.

use std::cmp::Ordering;
use std::sync::Arc;

use model::{AssetHandle, Key, KeyPart};

use super::Engine;
use crate::inhibit::Shared;
use crate::live_state::SourceIx;
use crate::plan::{Dimension, GroupPlan, RuleIx, Subject, area_at};

impl Engine {
    /// What an instance is about.
    pub(crate) fn key(&self, rule: RuleIx, key: u32) -> Key {
        match &self.plan.get(rule).subject {
            Subject::Asset(_) | Subject::AnyAsset => {
                Key::asset(&self.live.asset(AssetHandle(key)).entry.id)
            }
            Subject::Group(group) => self.group_key(group, key).clone(),
            Subject::Sequence { .. } => self.sequence_key(rule, key),
            Subject::Source => single("source", self.source_name(key)),
            Subject::Rule => single("rule", &self.plan.rules[key as usize].info.name.to_string()),
        }
    }

    /// The instance that is about this, if there is such an asset, group, source or rule.
    pub(crate) fn find_key(&self, rule: RuleIx, key: &Key) -> Option<u32> {
        match &self.plan.get(rule).subject {
            Subject::Asset(kind) => {
                let asset = self.live.handle(key.get("asset")?)?;
                (self.live.asset(asset).entry.kind == *kind).then_some(asset.0)
            }
            Subject::AnyAsset => Some(self.live.handle(key.get("asset")?)?.0),
            Subject::Group(group) => self.groupings[group.kind.index()][group.grouping].find(key),
            Subject::Sequence { asset } => match asset {
                Some(kind) => {
                    let asset = self.live.handle(key.get("asset")?)?;
                    (self.live.asset(asset).entry.kind == *kind).then_some(asset.0)
                }
                None => self.sequences.groups(rule)?.find(key),
            },
            Subject::Source => {
                let name = key.get("source")?;
                let mut named = self.live.sources.named();
                let (source, _) = named.find(|(_, s)| s.name.as_str() == name)?;
                Some(source.index() as u32)
            }
            Subject::Rule => {
                let name = key.get("rule")?;
                let mut rules = self.plan.rules.iter();
                let place = rules.position(|rule| rule.info.name.to_string() == name)?;
                Some(place as u32)
            }
        }
    }

    /// The order of two instances of one rule: that of their names.
    pub(super) fn key_order(&self, rule: RuleIx, a: u32, b: u32) -> Ordering {
        match &self.plan.get(rule).subject {
            Subject::Asset(_) | Subject::AnyAsset => {
                let id = |key| &self.live.asset(AssetHandle(key)).entry.id;
                id(a).cmp(id(b))
            }
            Subject::Group(group) => self.group_key(group, a).cmp(self.group_key(group, b)),
            Subject::Sequence { .. } => {
                let key = |number| self.sequence_key(rule, number);
                key(a).cmp(&key(b))
            }
            Subject::Source => self.source_name(a).cmp(self.source_name(b)),
            Subject::Rule => a.cmp(&b),
        }
    }

    pub(super) fn group_key(&self, group: &GroupPlan, key: u32) -> &Key {
        &self.groupings[group.kind.index()][group.grouping].groups[key as usize].key
    }

    /// What an instance of a sequence is about.
    fn sequence_key(&self, rule: RuleIx, key: u32) -> Key {
        match self.sequences.groups(rule) {
            Some(groups) => groups.keys[key as usize].clone(),
            None => Key::asset(&self.live.asset(AssetHandle(key)).entry.id),
        }
    }

    fn source_name(&self, key: u32) -> &str {
        let source = SourceIx::new(key as usize);
        self.live.sources.get(source).name.as_str()
    }

    /// The values of an instance in some dimensions; none when it lacks one. `Uplink` is the asset itself for a cause and
    /// the asset it depends on for an effect.
    pub(super) fn shared(
        &self,
        rule: RuleIx,
        key: u32,
        on: &[Dimension],
        as_cause: bool,
    ) -> Option<Shared> {
        let subject = &self.plan.get(rule).subject;
        let values = on.iter().map(|dimension| match subject {
            Subject::Asset(_) | Subject::AnyAsset | Subject::Sequence { asset: Some(_) } => {
                let dimension = match dimension {
                    Dimension::Uplink if as_cause => &Dimension::Asset,
                    other => other,
                };
                self.asset_value(AssetHandle(key), dimension)
            }
            Subject::Group(group) => self.key_value(self.group_key(group, key), dimension),
            Subject::Sequence { .. } => self.key_value(&self.sequence_key(rule, key), dimension),
            Subject::Source | Subject::Rule => None,
        });
        values.collect()
    }

    fn asset_value(&self, asset: AssetHandle, dimension: &Dimension) -> Option<Arc<str>> {
        let entry = &self.live.asset(asset).entry;
        let kind = self.city.catalog.kind(entry.kind);
        let column = |name: &str| kind.columns.iter().position(|c| &*c.name == name);
        dimension.of_asset(entry, &self.city.areas, column)
    }

    /// A key names its own dimensions, and with an area every area that contains it.
    fn key_value(&self, key: &Key, dimension: &Dimension) -> Option<Arc<str>> {
        let own = key.0.iter().find(|part| part.dimension == dimension.name());
        if let Some(part) = own {
            return Some(Arc::clone(&part.value));
        }
        let Dimension::AreaAt(level) = dimension else {
            return None;
        };
        let areas = ["area", "commune", "district"];
        let lowest = areas.iter().find_map(|dimension| key.get(dimension))?;
        area_at(&self.city.areas, lowest, *level)
    }
}

fn single(dimension: &str, value: &str) -> Key {
    Key(vec![KeyPart {
        dimension: dimension.into(),
        value: value.into(),
    }])
}

impl Engine {
    /// Every key a rule could have an instance of.
    pub(super) fn every_key(&self, rule: RuleIx) -> Vec<u32> {
        match &self.plan.get(rule).subject {
            Subject::Asset(kind) => {
                let members = &self.live.tables[kind.index()].members;
                members.iter().map(|asset| asset.0).collect()
            }
            Subject::Group(group) => {
                let grouping = &self.groupings[group.kind.index()][group.grouping];
                (0..grouping.groups.len() as u32).collect()
            }
            Subject::Sequence { .. } => {
                let waiting = self.sequences.get(rule).map(|all| all.states.keys());
                let open = self.instances[rule.index()].keys();
                let mut keys: Vec<_> = open.chain(waiting.into_iter().flatten()).copied().collect();
                keys.sort_unstable();
                keys.dedup();
                keys
            }
            // A clock may have been found wrong while its asset was out of service.
            Subject::AnyAsset => {
                let open = self.instances[rule.index()].keys().copied();
                let assets = self.live.assets();
                let wrong = assets.filter(|(_, state)| state.clock_wrong);
                let mut keys: Vec<_> = open.chain(wrong.map(|(asset, _)| asset.0)).collect();
                keys.sort_unstable();
                keys.dedup();
                keys
            }
            Subject::Source | Subject::Rule => {
                let mut open: Vec<_> = self.instances[rule.index()].keys().copied().collect();
                open.sort_unstable();
                open
            }
        }
    }
}
