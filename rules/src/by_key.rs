//! What a rule keeps by key, such as its open instances. Most rules keep nothing most of the time: then it is a pointer to
//! nothing.

use crate::hashing::FixedMap;

/// By key; whoever iterates sorts before it shows.
#[derive(Debug)]
pub(crate) struct ByKey<V>(Option<Box<FixedMap<u32, V>>>);

impl<V> Default for ByKey<V> {
    fn default() -> Self {
        Self(None)
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "asked as the map it stands for"
)]
impl<V> ByKey<V> {
    pub(crate) fn get(&self, key: &u32) -> Option<&V> {
        self.0.as_ref()?.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &u32) -> Option<&mut V> {
        self.0.as_mut()?.get_mut(key)
    }

    pub(crate) fn contains_key(&self, key: &u32) -> bool {
        self.get(key).is_some()
    }

    pub(crate) fn insert(&mut self, key: u32, value: V) -> Option<V> {
        self.0.get_or_insert_default().insert(key, value)
    }

    /// What is kept of a key; of one that nothing is kept of, this from now on.
    pub(crate) fn get_or_insert(&mut self, key: u32, value: V) -> &mut V {
        self.0.get_or_insert_default().entry(key).or_insert(value)
    }

    pub(crate) fn remove(&mut self, key: &u32) -> Option<V> {
        self.0.as_mut()?.remove(key)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |kept| kept.len())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&u32, &V)> {
        self.0.iter().flat_map(|kept| kept.iter())
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &u32> {
        self.iter().map(|(key, _)| key)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// Memory behind it.
    pub(crate) fn bytes(&self) -> usize {
        let own = size_of::<FixedMap<u32, V>>();
        let entry = size_of::<(u32, V)>();
        self.0
            .as_ref()
            .map_or(0, |kept| own + kept.capacity() * entry)
    }
}
