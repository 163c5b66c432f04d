//! The open instances of one rule. Most rules have none most of the time: then it is a pointer to nothing.

use crate::hashing::FixedMap;
use crate::instance::Instance;

/// By key; whoever iterates sorts before it shows.
#[derive(Debug, Default)]
pub(crate) struct Instances(Option<Box<FixedMap<u32, Instance>>>);

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "asked as the map it stands for"
)]
impl Instances {
    pub(crate) fn get(&self, key: &u32) -> Option<&Instance> {
        self.0.as_ref()?.get(key)
    }

    pub(super) fn get_mut(&mut self, key: &u32) -> Option<&mut Instance> {
        self.0.as_mut()?.get_mut(key)
    }

    pub(crate) fn contains_key(&self, key: &u32) -> bool {
        self.get(key).is_some()
    }

    pub(crate) fn insert(&mut self, key: u32, instance: Instance) {
        self.0.get_or_insert_default().insert(key, instance);
    }

    pub(crate) fn remove(&mut self, key: &u32) -> Option<Instance> {
        self.0.as_mut()?.remove(key)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |open| open.len())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&u32, &Instance)> {
        self.0.iter().flat_map(|open| open.iter())
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &u32> {
        self.iter().map(|(key, _)| key)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Instance> {
        self.iter().map(|(_, instance)| instance)
    }

    /// Memory behind it.
    pub(super) fn bytes(&self) -> usize {
        let own = size_of::<FixedMap<u32, Instance>>();
        let entry = size_of::<(u32, Instance)>();
        self.0
            .as_ref()
            .map_or(0, |open| own + open.capacity() * entry)
    }
}
