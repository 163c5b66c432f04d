//! Which asset another looks at: its uplink, the one a registry column leads to, or one named in a rule.
//!
//! Whoever looks is told when the other changes. Looking changes nothing, so that circles do no harm.

use std::sync::Arc;

use city::City;
use model::{Asset, AssetHandle, AssetId, KindId, Value};

use crate::hashing::FixedMap;
use crate::live_state::LiveState;
use crate::plan::Plan;

/// How one asset leads to another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Via {
    /// The asset it depends on.
    Uplink,
    /// The asset whose id stands in this column or, where none has it, the one with the same value in its own.
    Column { place: u16, name: Arc<str> },
    /// One for all.
    Asset(AssetId),
}

/// What assets of one kind look at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Relation {
    pub(crate) via: Via,
    /// Only an asset of this kind will do; any, where only its place is asked for.
    pub(crate) kind: Option<KindId>,
}

/// Who looks at whom.
#[derive(Debug, Default)]
pub(crate) struct Related {
    /// By kind: row after row, one a relation of the kind.
    targets: Vec<Vec<Option<AssetHandle>>>,
    /// By the asset looked at: who looks, and by which relation.
    lookers: FixedMap<u32, Vec<(AssetHandle, u16)>>,
    /// By the id of an asset nobody knows yet.
    awaited: FixedMap<AssetId, Vec<(AssetHandle, u16)>>,
    /// By kind, column and value: the asset in service with the least id.
    shared: FixedMap<(KindId, Arc<str>, Arc<str>), AssetHandle>,
}

impl Related {
    /// Ready for [`Self::add`]: knows who shares what with whom.
    pub(crate) fn new(plan: &Plan, city: &City, live: &LiveState) -> Self {
        let mut related = Self {
            targets: vec![Vec::new(); plan.kinds.len()],
            ..Self::default()
        };
        let relations = plan.kinds.iter().flat_map(|kind| &kind.relations);
        for relation in relations {
            if let (Via::Column { name, .. }, Some(kind)) = (&relation.via, relation.kind) {
                related.index(city, live, kind, name);
            }
        }
        related
    }

    fn index(&mut self, city: &City, live: &LiveState, kind: KindId, column: &Arc<str>) {
        let columns = &city.catalog.kind(kind).columns;
        let Some(place) = columns.iter().position(|c| c.name == *column) else {
            return;
        };
        let members = live.tables[kind.index()].members.iter().copied();
        for asset in members.filter(|asset| live.asset(*asset).alarms()) {
            let Some(value) = text(&live.asset(asset).entry, place) else {
                continue;
            };
            let key = (kind, Arc::clone(column), Arc::clone(value));
            let least = self.shared.entry(key).or_insert(asset);
            if live.asset(asset).entry.id < live.asset(*least).entry.id {
                *least = asset;
            }
        }
    }

    /// Finds whom the asset of its kind's next row looks at, and tells those who waited for it.
    pub(crate) fn add(&mut self, plan: &Plan, live: &LiveState, asset: AssetHandle) {
        let entry = Arc::clone(&live.asset(asset).entry);
        let relations = &plan.kinds[entry.kind.index()].relations;
        for (place, relation) in relations.iter().enumerate() {
            let target = self.target(live, asset, &entry, relation, place as u16);
            self.targets[entry.kind.index()].push(target);
            if let Some(target) = target {
                self.look(asset, place as u16, target);
            }
        }
        for (looker, place) in self.awaited.remove(&entry.id).unwrap_or_default() {
            let state = live.asset(looker);
            let kind = state.entry.kind.index();
            let relations = &plan.kinds[kind].relations;
            if fits(&relations[usize::from(place)], &entry) {
                let at = state.row as usize * relations.len() + usize::from(place);
                self.targets[kind][at] = Some(asset);
                self.look(looker, place, asset);
            }
        }
    }

    fn look(&mut self, looker: AssetHandle, relation: u16, target: AssetHandle) {
        let lookers = self.lookers.entry(target.0).or_default();
        lookers.push((looker, relation));
    }

    fn target(
        &mut self,
        live: &LiveState,
        asset: AssetHandle,
        entry: &Asset,
        relation: &Relation,
        place: u16,
    ) -> Option<AssetHandle> {
        let id = match &relation.via {
            Via::Uplink => entry.uplink.clone()?,
            Via::Asset(id) => id.clone(),
            Via::Column { place, .. } => AssetId::new(text(entry, usize::from(*place))?.as_ref()),
        };
        if let Some(target) = live.handle(id.as_str()) {
            if fits(relation, &live.asset(target).entry) {
                return Some(target);
            }
        } else {
            self.awaited
                .entry(id.clone())
                .or_default()
                .push((asset, place));
        }
        let Via::Column { name, .. } = &relation.via else {
            return None;
        };
        let key = (relation.kind?, Arc::clone(name), id.as_str().into());
        self.shared
            .get(&key)
            .copied()
            .filter(|target| *target != asset)
    }

    /// Whom the asset of this row looks at, relation by relation.
    pub(crate) fn of(&self, kind: KindId, row: u32, relations: usize) -> &[Option<AssetHandle>] {
        let start = row as usize * relations;
        let targets = &self.targets[kind.index()];
        targets.get(start..start + relations).unwrap_or_default()
    }

    /// Takes out who looks at an asset; to be given back.
    pub(crate) fn take_lookers(&mut self, asset: AssetHandle) -> Option<Vec<(AssetHandle, u16)>> {
        self.lookers.get_mut(&asset.0).map(std::mem::take)
    }

    pub(crate) fn give_back(&mut self, asset: AssetHandle, lookers: Vec<(AssetHandle, u16)>) {
        self.lookers.insert(asset.0, lookers);
    }
}

fn fits(relation: &Relation, target: &Asset) -> bool {
    relation.kind.is_none_or(|kind| kind == target.kind)
}

fn text(asset: &Asset, column: usize) -> Option<&Arc<str>> {
    match asset.columns.get(column)?.as_ref()? {
        Value::Text(text) => Some(text),
        _ => None,
    }
}
