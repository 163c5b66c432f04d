//! From the id that an input carries to the asset it means.

use model::{AssetHandle, AssetId};

use crate::hashing::FixedMap;

/// Handles by id. Whoever makes readings has most ids from the registry, as the engine does: such an id is known by where
/// its text lies, without a look at it. Beside the text are the references to it counted, by the thread that makes readings.
#[derive(Debug, Default)]
pub(super) struct Ids {
    by_text: FixedMap<AssetId, AssetHandle>,
    /// By the address of each text in `by_text`, which stays there as long as the map does: no other text can come to lie
    /// there.
    by_place: FixedMap<usize, AssetHandle>,
}

impl Ids {
    /// An id not known before.
    pub(super) fn add(&mut self, id: AssetId, asset: AssetHandle) {
        self.by_place.insert(place(&id), asset);
        self.by_text.insert(id, asset);
    }

    pub(super) fn find(&self, id: &AssetId) -> Option<AssetHandle> {
        let near = self.by_place.get(&place(id));
        near.or_else(|| self.by_text.get(id)).copied()
    }

    pub(super) fn find_text(&self, id: &str) -> Option<AssetHandle> {
        self.by_text.get(id).copied()
    }
}

fn place(id: &AssetId) -> usize {
    id.as_str().as_ptr().addr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_found_whoever_made_it() {
        let mut ids = Ids::default();
        let own = AssetId::new("ap-0017");
        ids.add(own.clone(), AssetHandle(3));
        assert_eq!(ids.find(&own), Some(AssetHandle(3)));
        assert_eq!(ids.find(&AssetId::new("ap-0017")), Some(AssetHandle(3)));
        assert_eq!(ids.find_text("ap-0017"), Some(AssetHandle(3)));
        assert_eq!(ids.find(&AssetId::new("ap-0018")), None);
    }

    #[test]
    fn an_id_made_where_another_lay_is_itself() {
        let mut ids = Ids::default();
        for n in 0..1_000 {
            ids.add(AssetId::new(format!("ap-{n:04}")), AssetHandle(n));
        }
        // Each is made where the one before it was, or where an id of the map would lie if the map did not hold it.
        for n in 0..2_000 {
            let known = (n < 1_000).then_some(AssetHandle(n));
            assert_eq!(ids.find(&AssetId::new(format!("ap-{n:04}"))), known);
        }
    }
}
