//! Last wills of the clients that are connected now.
//!
//! The broker publishes a will to its subscribers without passing the hook, so it is kept here from the connect event
//! and executed after the disconnect event. A client that is taken over by its own new connection is disconnected
//! without being gone: the connections of a client id are counted, and only the end of the last one counts.

use std::sync::Arc;

use bytes::Bytes;
use dashmap::{DashMap, Entry};
use mqtt5::broker::ClientConnectEvent;

/// A last will and the session it belongs to.
#[derive(Clone)]
pub(super) struct Will {
    pub(super) topic: Arc<str>,
    pub(super) payload: Bytes,
    pub(super) session: u64,
}

/// Bounded by the broker's own bound on clients: a client that is gone is forgotten with its will.
#[derive(Default)]
pub(super) struct Wills {
    clients: DashMap<Arc<str>, Client>,
}

#[derive(Default)]
struct Client {
    connections: u32,
    /// Counts this client's sessions.
    session: u64,
    will: Option<Will>,
}

impl Wills {
    pub(super) fn connected(&self, event: &ClientConnectEvent) {
        let mut client = self
            .clients
            .entry(Arc::clone(&event.client_id))
            .or_default();
        client.connections += 1;
        client.session += 1;
        let session = client.session;
        client.will = match (&event.will_topic, &event.will_payload) {
            (Some(topic), Some(payload)) => Some(Will {
                topic: Arc::clone(topic),
                payload: payload.clone(),
                session,
            }),
            _ => None,
        };
    }

    /// The will to execute if the client does not come back, when this was its last connection.
    pub(super) fn disconnected(&self, client: &Arc<str>, unexpected: bool) -> Option<Will> {
        let Entry::Occupied(mut entry) = self.clients.entry(Arc::clone(client)) else {
            return None;
        };
        let state = entry.get_mut();
        state.connections = state.connections.saturating_sub(1);
        if state.connections > 0 {
            return None;
        }
        let will = state.will.take().filter(|_| unexpected);
        if will.is_none() {
            entry.remove();
        }
        will
    }

    /// True when the client has not come back since that session. Forgets it then.
    pub(super) fn still_gone(&self, client: &Arc<str>, session: u64) -> bool {
        self.clients
            .remove_if(client, |_, state| {
                state.connections == 0 && state.session == session
            })
            .is_some()
    }
}
