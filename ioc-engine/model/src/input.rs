//! What the engine admits. Everything that can change its state is one of these, stamped and logged first.

use std::sync::Arc;

use crate::{AlertId, AssetId, Reading, SourceName, Time};

/// One admitted input with its engine time.
#[derive(Clone, PartialEq, Debug)]
pub struct Stamped {
    /// Engine time: monotone over restarts, never behind a timer that has fired.
    pub stamp: Time,
    /// What was admitted.
    pub input: Input,
}

/// The closed set of things that change the engine's state.
#[derive(Clone, PartialEq, Debug)]
pub enum Input {
    /// A reading and the source it came from.
    Reading {
        /// Which source.
        source: SourceName,
        /// The reading.
        reading: Reading,
    },
    /// An asset's last will, from its current session.
    Offline {
        /// Who said goodbye.
        asset: AssetId,
    },
    /// A source is connected, and its backlog and retained messages are through.
    SourceUp {
        /// Which source.
        source: SourceName,
    },
    /// A source is lost: its assets become unknown.
    SourceDown {
        /// Which source.
        source: SourceName,
    },
    /// Readings of these assets were shed by overload: what is known of them is in doubt.
    Shed {
        /// Whose readings.
        assets: Vec<AssetId>,
    },
    /// The engine was down.
    Resumed {
        /// The last stamp before.
        from: Time,
        /// The first after.
        to: Time,
    },
    /// An operator acts on an alert.
    Command(Command),
}

/// An operator's action on one alert, done once however often it is sent.
#[derive(Clone, PartialEq, Debug)]
pub struct Command {
    /// Made by the client: the same id again is the same command.
    pub id: Arc<str>,
    /// Which alert.
    pub alert: AlertId,
    /// Who acts.
    pub by: Arc<str>,
    /// What is done.
    pub action: CommandAction,
}

/// What an operator can do to an alert.
#[derive(Clone, PartialEq, Debug)]
pub enum CommandAction {
    /// "I have seen it and own it."
    Acknowledge {
        /// Optional words for the others.
        note: Arc<str>,
    },
    /// Hide from annunciation until a time.
    Shelve {
        /// When it comes back.
        until: Time,
        /// Why; never empty.
        reason: Arc<str>,
    },
    /// Bring back before its time.
    Unshelve,
    /// Give to a person or team; none takes it back.
    Assign {
        /// To whom.
        to: Option<Arc<str>>,
    },
    /// Words kept with the alert.
    Comment {
        /// The words.
        text: Arc<str>,
    },
}
