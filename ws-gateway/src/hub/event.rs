//! What can happen to the hub, besides updates and time.

use crate::archive::ArchiveError;
use crate::hub::{ClientId, Outbox, Query};
use crate::protocol::Subscribe;
use crate::{AlertEvent, CommandRequest, Session};

/// One thing a client, a handler or the archive wants of the hub.
pub(crate) enum Event {
    /// A client has said hello.
    Join {
        client: ClientId,
        session: Session,
        outbox: Outbox,
    },
    /// Its connection is over.
    Leave { client: ClientId },
    /// Its token has expired: it is sent nothing until it is renewed.
    Suspend { client: ClientId },
    /// Its token is good again.
    Renew { client: ClientId, session: Session },
    /// It wants to follow something.
    Subscribe {
        client: ClientId,
        request: Subscribe,
    },
    /// No longer.
    Unsubscribe { client: ClientId, sub: u32 },
    /// Its socket took frames that asked for a receipt.
    Taken { client: ClientId, taken: Taken },
    /// The archive answered a subscription that is far behind.
    Fetched {
        client: ClientId,
        ticket: u64,
        answer: Result<Option<Vec<AlertEvent>>, ArchiveError>,
    },
    /// Somebody acts on an alert.
    Act {
        session: Session,
        request: CommandRequest,
    },
    /// Somebody reads.
    Read(Query),
}

/// Frames of one subscription that a socket took.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Taken {
    /// Which subscription: numbers of clients can be used again, tickets are not.
    pub(crate) ticket: u64,
    pub(crate) frames: usize,
}
