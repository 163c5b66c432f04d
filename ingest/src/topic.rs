//! Topics: `ioc/v1/{city}/{domain}/{kind}/{id}/{class}` → whose message it is and how to read it.
//! Remembers each topic and each asset once; both tables are bounded.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use dashmap::{DashMap, Entry};
use foldhash::fast::RandomState;
use model::{Asset, AssetId, Catalog, KindId, nearest};

use crate::DeadLetterReason as Reason;
use crate::payload::Schema;

/// What a topic carries.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Class {
    /// Telemetry: a stream of measurements. The first to be shed.
    Tele,
    /// The present state, retained by the broker.
    State,
    /// Something that happened.
    Event,
    /// The last will, or "online" after it.
    Lwt,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 4] = [Self::Tele, Self::State, Self::Event, Self::Lwt];

    /// As topics and metrics write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tele => "tele",
            Self::State => "state",
            Self::Event => "event",
            Self::Lwt => "lwt",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == word)
    }
}

/// An asset that has reported or is registered. Shared by all its topics.
#[derive(Debug)]
pub(crate) struct KnownAsset {
    pub(crate) id: AssetId,
    kind: KindId,
    /// Bit n is set when source n has delivered something of this asset.
    sources: AtomicU64,
    /// The device's latest run plus one; 0 while it has not told.
    boot: AtomicU64,
}

impl KnownAsset {
    fn new(id: AssetId, kind: KindId) -> Self {
        Self {
            id,
            kind,
            sources: AtomicU64::new(0),
            boot: AtomicU64::new(0),
        }
    }

    /// Notes that a source delivers this asset. True the first time.
    pub(crate) fn seen_through(&self, source: u32) -> bool {
        let bit = 1 << source;
        // The plain read keeps the cache line shared: the bit is set once and read for ever after.
        self.sources.load(Ordering::Relaxed) & bit == 0
            && self.sources.fetch_or(bit, Ordering::Relaxed) & bit == 0
    }

    pub(crate) fn started(&self, boot: u64) {
        self.boot.store(boot.saturating_add(1), Ordering::Relaxed);
    }

    /// The device's latest run, where it has told.
    pub(crate) fn boot(&self) -> Option<u64> {
        self.boot.load(Ordering::Relaxed).checked_sub(1)
    }
}

/// Where a topic leads.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) asset: Arc<KnownAsset>,
    pub(crate) schema: Arc<Schema>,
    pub(crate) class: Class,
}

/// Why a topic leads nowhere.
pub(crate) type TopicProblem = (Reason, String);

/// Longer than any id in a registry; keeps one topic from filling logs and screens.
const MAX_ID_BYTES: usize = 128;

#[derive(Debug)]
pub(crate) struct Routes {
    city: Arc<str>,
    /// `ioc/v1/{city}/`
    prefix: String,
    kinds: HashMap<Arc<str>, Arc<Schema>>,
    topics: DashMap<Box<str>, Arc<Route>, RandomState>,
    assets: DashMap<AssetId, Arc<KnownAsset>, RandomState>,
    unregistered: AtomicUsize,
    max_unregistered: usize,
}

impl Routes {
    pub(crate) fn new(
        city: &str,
        catalog: &Catalog,
        registry: &[Arc<Asset>],
        max_unregistered: usize,
    ) -> Self {
        let kinds = catalog
            .kinds()
            .iter()
            .map(|kind| (Arc::clone(&kind.name), Arc::new(Schema::new(kind))))
            .collect();
        let assets = DashMap::with_capacity_and_hasher(registry.len(), RandomState::default());
        for asset in registry {
            assets.insert(
                asset.id.clone(),
                Arc::new(KnownAsset::new(asset.id.clone(), asset.kind)),
            );
        }
        Self {
            city: city.into(),
            prefix: format!("ioc/v1/{city}/"),
            kinds,
            topics: DashMap::with_hasher(RandomState::default()),
            assets,
            unregistered: AtomicUsize::new(0),
            max_unregistered,
        }
    }

    pub(crate) fn city(&self) -> &str {
        &self.city
    }

    /// How the kinds are read.
    pub(crate) fn schemas(&self) -> impl Iterator<Item = &Arc<Schema>> {
        self.kinds.values()
    }

    /// Where this topic leads; remembered, so that a known topic costs one look-up.
    pub(crate) fn find(&self, topic: &str) -> Result<Arc<Route>, TopicProblem> {
        if let Some(route) = self.topics.get(topic) {
            return Ok(Arc::clone(&route));
        }
        let route = Arc::new(self.parse(topic)?);
        // An asset has at most one topic a class, so the topics are bounded by the assets.
        self.topics.insert(topic.into(), Arc::clone(&route));
        Ok(route)
    }

    fn parse(&self, topic: &str) -> Result<Route, TopicProblem> {
        let rest = topic
            .strip_prefix(&self.prefix)
            .ok_or_else(|| self.wrong_prefix(topic))?;
        let mut levels = rest.split('/');
        let (Some(domain), Some(kind), Some(id), Some(class), None) = (
            levels.next(),
            levels.next(),
            levels.next(),
            levels.next(),
            levels.next(),
        ) else {
            return Err(malformed(format!(
                "the topic has {} levels; it must read ioc/v1/{}/domain/kind/id/class",
                topic.split('/').count(),
                self.city
            )));
        };
        let class = Class::parse(class).ok_or_else(|| wrong_class(class))?;
        check_id(id)?;
        let kind = &rest[..domain.len() + 1 + kind.len()];
        let schema = self
            .kinds
            .get(kind)
            .ok_or_else(|| self.unknown_kind(kind))?;
        let asset = self.intern(id, schema)?;
        Ok(Route {
            asset,
            schema: Arc::clone(schema),
            class,
        })
    }

    fn intern(&self, id: &str, schema: &Schema) -> Result<Arc<KnownAsset>, TopicProblem> {
        if let Some(known) = self.assets.get(id) {
            return self.same_kind(&known, schema);
        }
        let id = AssetId::new(id);
        match self.assets.entry(id.clone()) {
            Entry::Occupied(known) => self.same_kind(known.get(), schema),
            Entry::Vacant(place) => {
                if self.unregistered.fetch_add(1, Ordering::Relaxed) >= self.max_unregistered {
                    self.unregistered.fetch_sub(1, Ordering::Relaxed);
                    return Err((
                        Reason::TooManyAssets,
                        format!(
                            "'{id}' is not in the registry, and {} unregistered assets report already",
                            self.max_unregistered
                        ),
                    ));
                }
                let known = Arc::new(KnownAsset::new(id, schema.id));
                place.insert(Arc::clone(&known));
                Ok(known)
            }
        }
    }

    fn same_kind(
        &self,
        known: &Arc<KnownAsset>,
        schema: &Schema,
    ) -> Result<Arc<KnownAsset>, TopicProblem> {
        if known.kind == schema.id {
            return Ok(Arc::clone(known));
        }
        let is = self
            .kinds
            .values()
            .find(|other| other.id == known.kind)
            .map_or("another kind", |other| &other.name);
        Err((
            Reason::KindMismatch,
            format!("'{}' is a {is}, the topic says {}", known.id, schema.name),
        ))
    }

    fn wrong_prefix(&self, topic: &str) -> TopicProblem {
        match topic
            .strip_prefix("ioc/v1/")
            .and_then(|rest| rest.split_once('/'))
        {
            Some((city, _)) => (
                Reason::ForeignCity,
                format!("the topic is of city '{city}', this is '{}'", self.city),
            ),
            None => malformed(format!("the topic does not begin with {}", self.prefix)),
        }
    }

    fn unknown_kind(&self, kind: &str) -> TopicProblem {
        let meant = nearest(kind, self.kinds.keys().map(|name| &**name))
            .map_or_else(String::new, |name| format!("; is it '{name}'?"));
        (
            Reason::UnknownKind,
            format!("the catalog has no kind '{kind}'{meant}"),
        )
    }
}

fn malformed(detail: String) -> TopicProblem {
    (Reason::MalformedTopic, detail)
}

fn wrong_class(word: &str) -> TopicProblem {
    malformed(format!(
        "the topic ends in '{word}'; the classes are tele, state, event and lwt"
    ))
}

fn check_id(id: &str) -> Result<(), TopicProblem> {
    if id.is_empty() {
        return Err(malformed("the asset's id is empty".to_owned()));
    }
    if id.len() > MAX_ID_BYTES {
        return Err(malformed(format!(
            "the asset's id has {} bytes; at most {MAX_ID_BYTES} are allowed",
            id.len()
        )));
    }
    if id.chars().any(char::is_control) {
        return Err(malformed(
            "the asset's id holds a control character".to_owned(),
        ));
    }
    Ok(())
}
