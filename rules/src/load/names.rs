//! Names that many rules have in common, kept once.

use std::collections::BTreeSet;
use std::sync::Arc;

/// What was met so far.
#[derive(Default)]
pub(super) struct Names {
    known: BTreeSet<Arc<str>>,
    asset_alone: Option<Arc<[Arc<str>]>>,
}

impl Names {
    /// The one copy of a name.
    pub(super) fn one(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.known.get(name) {
            return Arc::clone(known);
        }
        let new: Arc<str> = name.into();
        self.known.insert(Arc::clone(&new));
        new
    }

    /// The dimensions of a rule about single assets.
    pub(super) fn asset_alone(&mut self) -> Arc<[Arc<str>]> {
        let made = || [Arc::from("asset")].into();
        Arc::clone(self.asset_alone.get_or_insert_with(made))
    }
}
