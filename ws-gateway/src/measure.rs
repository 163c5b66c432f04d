//! Doors for `benches`: the encoders alone, without sockets or clients. Only built with the feature `measure`.

use std::sync::Arc;

use city::City;
use model::{Alert, StateChange};

use crate::cache::{AssetFilter, Cache, Layout, View, Walk};
use crate::encode::{write_alert, write_asset, write_delta, write_list};

/// Changes a delta may go back.
const REPLAY: usize = 1 << 20;

/// A cache and the view of a client that wants everything.
pub struct Encoder {
    layout: Arc<Layout>,
    cache: Cache,
    view: View,
}

/// A change names an asset that was never registered.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotRegistered(String);

impl Encoder {
    /// Nothing is known yet. None when the city's own names cannot be followed, which they always can.
    pub fn new(city: &City) -> Option<Self> {
        let layout = Arc::new(Layout::new(&city.catalog, &city.areas));
        let view = View::new(&layout, &AssetFilter::default(), None, None).ok()?;
        let cache = Cache::new(Arc::clone(&layout), REPLAY);
        Some(Self {
            layout,
            cache,
            view,
        })
    }

    /// Takes changes; gives the sequence before them.
    pub fn apply(&mut self, changes: &[StateChange]) -> Result<u64, NotRegistered> {
        let before = self.cache.head();
        for change in changes {
            let applied = self.cache.apply(change);
            applied.map_err(|unknown| NotRegistered(unknown.to_string()))?;
        }
        Ok(before)
    }

    /// The body of the delta from a sequence to now; empty when that is too far back.
    pub fn delta(&mut self, since: u64) -> String {
        let mut text = String::new();
        if let Ok(delta) = self.cache.delta(&self.view, since) {
            write_delta(&mut text, &self.cache, &self.view, since, &delta);
        }
        text
    }

    /// The assets of a snapshot's first page.
    pub fn page(&self, assets: usize) -> String {
        let mut text = String::new();
        let page = self.cache.page(&self.view, &mut Walk::default(), assets);
        let slots = page
            .assets
            .iter()
            .filter_map(|n| Some((*n, self.cache.slot(*n)?)));
        write_list(&mut text, slots, |text, (n, slot)| {
            write_asset(text, &self.layout, &self.view, n, slot);
        });
        text
    }
}

/// One alert as every frame carries it.
pub fn alert(alert: &Alert) -> String {
    let mut text = String::new();
    write_alert(&mut text, alert, true);
    text
}
