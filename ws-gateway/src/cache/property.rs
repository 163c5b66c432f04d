//! The promises of the live protocol, held against a naive client and a naive truth over random histories.
//!
//! The client below knows only what `docs/live-protocol.md` says. The truth is a plain map. After every whole frame the
//! client must hold exactly what the truth holds for its filter.

mod client;
mod truth;

use std::sync::Arc;

use model::{AssetHandle, Freshness};
use proptest::prelude::*;

use self::client::Client;
use self::truth::{FILTERS, Truth, areas, catalog};
use super::{Cache, Layout, View};

/// One thing that happens.
#[derive(Clone, Debug)]
enum Event {
    /// An asset is registered, or registered anew elsewhere.
    Register {
        asset: u32,
        kind: u16,
        area: usize,
        retired: bool,
    },
    /// New values: per field none (unchanged), unknown, or a small number.
    Update {
        asset: u32,
        at: i64,
        freshness: u8,
        fields: [Step; 3],
    },
    Freshness {
        asset: u32,
        freshness: u8,
    },
    Gone {
        asset: u32,
    },
    /// A client takes its next frame or page.
    Take {
        client: usize,
    },
    /// A client loses its connection; it comes back with `since`.
    Resume {
        client: usize,
    },
    /// A client comes back with what it had, and asks for something else.
    ChangeFilter {
        client: usize,
        filter: usize,
    },
    /// The gateway starts anew: another epoch.
    Restart,
}

/// What an update says of one field.
#[derive(Clone, Copy, Debug)]
enum Step {
    Unchanged,
    Unknown,
    Known(u8),
}

fn event() -> impl Strategy<Value = Event> {
    let asset = 0..6_u32;
    let client = 0..3_usize;
    let freshness = 0..4_u8;
    let field = prop_oneof![
        Just(Step::Unchanged),
        Just(Step::Unknown),
        (0..3_u8).prop_map(Step::Known)
    ];
    prop_oneof![
        3 => (asset.clone(), 0..2_u16, 0..5_usize, proptest::bool::weighted(0.1))
            .prop_map(|(asset, kind, area, retired)| Event::Register { asset, kind, area, retired }),
        8 => (asset.clone(), 0..50_i64, freshness.clone(), [field.clone(), field.clone(), field])
            .prop_map(|(asset, at, freshness, fields)| Event::Update { asset, at, freshness, fields }),
        3 => (asset.clone(), freshness).prop_map(|(asset, freshness)| Event::Freshness { asset, freshness }),
        1 => asset.prop_map(|asset| Event::Gone { asset }),
        8 => client.clone().prop_map(|client| Event::Take { client }),
        1 => client.clone().prop_map(|client| Event::Resume { client }),
        1 => (client, 0..FILTERS.len()).prop_map(|(client, filter)| Event::ChangeFilter { client, filter }),
        1 => Just(Event::Restart),
    ]
}

const FRESHNESS: [Freshness; 4] = crate::encode::FRESHNESS;

struct World {
    layout: Arc<Layout>,
    cache: Cache,
    truth: Truth,
    clients: Vec<Client>,
    epoch: u32,
    horizon: usize,
    page: usize,
}

impl World {
    fn new(horizon: usize, page: usize) -> Self {
        let layout = Arc::new(Layout::new(&catalog(), &areas()));
        Self {
            cache: Cache::new(Arc::clone(&layout), horizon),
            clients: (0..3).map(|i| Client::new(&layout, i)).collect(),
            truth: Truth::default(),
            layout,
            epoch: 0,
            horizon,
            page,
        }
    }

    fn run(&mut self, event: Event) {
        match event {
            Event::Take { client } => self.take(client),
            Event::Resume { client } => self.clients[client].resume(),
            Event::ChangeFilter { client, filter } => {
                self.clients[client].change_filter(&self.layout, filter);
            }
            Event::Restart => self.restart(),
            change => self.change(&change),
        }
    }

    fn change(&mut self, event: &Event) {
        if let Some(change) = self.truth.change(event) {
            let applied = self.cache.apply(&change);
            assert!(applied.is_ok(), "the truth registers before it updates");
            self.truth.record(&change, self.cache.head());
        }
    }

    fn restart(&mut self) {
        self.epoch += 1;
        self.clients.iter_mut().for_each(Client::resume);
        self.cache = Cache::new(Arc::clone(&self.layout), self.horizon);
        for change in self.truth.restart() {
            assert!(self.cache.apply(&change).is_ok());
            self.truth.record(&change, self.cache.head());
        }
    }

    fn take(&mut self, client: usize) {
        let client = &mut self.clients[client];
        let whole = client.take(&mut self.cache, self.epoch, self.page, &self.truth);
        if whole {
            assert_eq!(client.position(), self.cache.head());
            assert_eq!(
                client.assets(),
                self.truth.seen_through(client.filter(), client.fields())
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn a_client_that_applied_everything_has_the_servers_state(
        horizon in 1..60_usize,
        page in 1..4_usize,
        events in proptest::collection::vec(event(), 1..150),
    ) {
        let mut world = World::new(horizon, page);
        for event in events {
            world.run(event);
        }
        // Whatever happened, everyone catches up: three passes, one for the last changes, and the delta after them.
        for client in 0..3 {
            for _ in 0..40 {
                world.take(client);
            }
            prop_assert_eq!(world.clients[client].position(), world.cache.head());
        }
    }
}

#[test]
fn an_update_before_its_registration_is_refused() {
    let mut world = World::new(8, 2);
    let early = model::StateChange::Gone {
        asset: AssetHandle(3),
    };
    assert!(world.cache.apply(&early).is_err());
    assert_eq!(world.cache.head(), 0, "what is refused takes no sequence");
}

#[test]
fn a_view_is_told_apart_by_its_key() {
    let layout = Layout::new(&catalog(), &areas());
    let keys: std::collections::HashSet<u64> = (0..FILTERS.len())
        .map(|i| truth::view(&layout, i).key())
        .collect();
    assert_eq!(keys.len(), FILTERS.len());
    let same: &View = &truth::view(&layout, 1);
    assert!(same.same_as(&truth::view(&layout, 1)));
}
