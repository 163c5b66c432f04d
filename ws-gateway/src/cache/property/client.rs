//! The naive client: it applies frames as the protocol's page says, and nothing else.

use std::collections::BTreeMap;

use model::StateChange;
use serde_json::{Value as Json, json};

use super::truth::{self, FILTERS, Truth};
use crate::cache::{AssetFilter, Cache, Delta, Layout, View, Walk};
use crate::encode::{write_asset, write_delta, write_list};

/// What it keeps between connections, and the server's side of its subscription.
pub(super) struct Client {
    filter: usize,
    view: View,
    assets: BTreeMap<u32, Json>,
    /// What it would send as `since`: the epoch, the position and the key of the filter that it is for.
    since: Option<(u32, u64, u64)>,
    /// The server's side: a snapshot on its way, or a position.
    serving: Serving,
}

enum Serving {
    Subscribing,
    Snapshot(Walk),
    Following,
}

impl Client {
    pub(super) fn new(layout: &Layout, filter: usize) -> Self {
        Self {
            filter,
            view: truth::view(layout, filter),
            assets: BTreeMap::new(),
            since: None,
            serving: Serving::Subscribing,
        }
    }

    pub(super) fn resume(&mut self) {
        self.serving = Serving::Subscribing;
    }

    pub(super) fn change_filter(&mut self, layout: &Layout, filter: usize) {
        self.filter = filter;
        self.view = truth::view(layout, filter);
        self.serving = Serving::Subscribing;
    }

    pub(super) fn position(&self) -> u64 {
        self.since.map_or(0, |(_, seq, _)| seq)
    }

    pub(super) fn filter(&self) -> &'static AssetFilter {
        let filter = serde_json::from_str(FILTERS[self.filter].0).unwrap();
        Box::leak(Box::new(filter))
    }

    pub(super) fn fields(&self) -> Option<&'static [&'static str]> {
        FILTERS[self.filter].1
    }

    /// The assets as `truth` writes them: a field that is unknown is not there.
    pub(super) fn assets(&self) -> BTreeMap<u32, Json> {
        let mut assets = self.assets.clone();
        for asset in assets.values_mut() {
            asset["v"]
                .as_object_mut()
                .unwrap()
                .retain(|_, value| !value.is_null());
        }
        assets
    }

    /// Takes the next page or delta; true when it is whole then.
    pub(super) fn take(
        &mut self,
        cache: &mut Cache,
        epoch: u32,
        page: usize,
        truth: &Truth,
    ) -> bool {
        let key = self.view.key();
        if !matches!(self.serving, Serving::Snapshot(_)) || self.since.is_some_and(|s| s.0 != epoch)
        {
            let known = self.since.filter(|(e, _, k)| *e == epoch && *k == key);
            let delta = known.map(|(_, seq, _)| (seq, cache.delta(&self.view, seq)));
            if let Some((since, Ok(delta))) = delta {
                self.serving = Serving::Following;
                self.apply_delta(cache, since, &delta, truth);
                self.since = Some((epoch, delta.to, key));
                return true;
            }
            self.serving = Serving::Snapshot(Walk::default());
            self.since = None;
        }
        self.take_page(cache, epoch, page)
    }

    fn take_page(&mut self, cache: &Cache, epoch: u32, size: usize) -> bool {
        let Serving::Snapshot(walk) = &mut self.serving else {
            return false;
        };
        let page = cache.page(&self.view, walk, size);
        if page.number == 0 {
            self.assets.clear();
        }
        let mut json = String::new();
        write_list(&mut json, &page.assets, |out, n| {
            write_asset(out, cache.layout(), &self.view, *n, cache.slot(*n).unwrap());
        });
        self.put_whole(&serde_json::from_str(&json).unwrap());
        for n in &page.gone {
            self.assets.remove(n);
        }
        if page.last {
            self.since = Some((epoch, page.seq, self.view.key()));
            self.serving = Serving::Following;
        }
        page.last
    }

    fn put_whole(&mut self, assets: &Json) {
        for asset in assets.as_array().unwrap() {
            let n = asset["n"].as_u64().unwrap() as u32;
            self.assets.insert(n, asset.clone());
        }
    }

    fn apply_delta(&mut self, cache: &Cache, since: u64, delta: &Delta, truth: &Truth) {
        let mut json = String::from("{");
        write_delta(&mut json, cache, &self.view, since, delta);
        json.push('}');
        let frame: Json = serde_json::from_str(&json).unwrap();
        expect_exact(&frame, since, truth);
        for (n, column, value) in cells(&frame["assets"]) {
            let asset = self
                .assets
                .get_mut(&n)
                .expect("only known assets come as columns");
            match column.as_str() {
                "at" | "freshness" => asset[column] = value,
                _ => asset["v"][column.trim_start_matches("v.")] = value,
            }
        }
        self.put_whole(&frame["new"]);
        for n in frame["gone"].as_array().unwrap() {
            self.assets.remove(&(n.as_u64().unwrap() as u32));
        }
    }
}

/// Every entry of every column: asset, column, value.
fn cells(assets: &Json) -> Vec<(u32, String, Json)> {
    let ids: Vec<u32> = numbers(&assets["id"]);
    let mut cells = Vec::new();
    for (name, column) in assets
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| *name != "id")
    {
        let (places, values) = match column {
            Json::Array(values) => ((0..ids.len() as u32).collect(), values),
            sparse => (numbers(&sparse["i"]), sparse["v"].as_array().unwrap()),
        };
        assert_eq!(places.len(), values.len(), "one entry a place: {column}");
        for (place, value) in places.into_iter().zip(values) {
            cells.push((ids[place as usize], name.clone(), value.clone()));
        }
    }
    cells
}

fn numbers(list: &Json) -> Vec<u32> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|n| n.as_u64().unwrap() as u32)
        .collect()
}

/// The delta says no more than there is to say, and counts what it does not say.
fn expect_exact(frame: &Json, since: u64, truth: &Truth) {
    let changed = numbers(&frame["assets"]["id"]);
    let new: Vec<u32> = frame["new"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["n"].as_u64().unwrap() as u32)
        .collect();
    let told = changed
        .iter()
        .chain(&new)
        .copied()
        .chain(numbers(&frame["gone"]));
    let conflated: usize = told.map(|n| truth.changes_of(n, since).count() - 1).sum();
    assert_eq!(frame["conflated"], json!(conflated));
    for (n, column, _) in cells(&frame["assets"]) {
        let touched = truth
            .changes_of(n, since)
            .any(|change| touches(change, &column));
        assert!(touched, "column {column} of {n} did not change");
    }
}

fn touches(change: &StateChange, column: &str) -> bool {
    match change {
        StateChange::Updated { .. } if column == "at" || column == "freshness" => true,
        StateChange::Updated { fields, .. } => {
            let name = column.trim_start_matches("v.");
            let kinds = truth::catalog();
            fields.iter().any(|(field, _)| {
                kinds
                    .kinds()
                    .iter()
                    .any(|kind| &*kind.fields[field.index()].name == name)
            })
        }
        StateChange::Freshness { .. } => column == "freshness",
        _ => false,
    }
}
