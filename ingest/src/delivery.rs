//! What leaves this crate: inputs and dead letters, each with what acknowledges it.
//! Making them durable and releasing the acknowledgement is left to the engine.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use model::{Input, SourceName, Time};

use crate::Ack;

/// One thing for the engine to admit.
#[derive(Debug)]
pub struct Delivery {
    /// The input, or the dead letter in its place.
    pub admitted: Admitted,
    /// To be released once what was admitted is durable; none where nobody waits.
    pub ack: Option<Ack>,
}

impl Delivery {
    /// An input that nobody waits for.
    pub(crate) fn unacknowledged(input: Input) -> Self {
        Self {
            admitted: Admitted::Input(input),
            ack: None,
        }
    }
}

/// Either a message was understood or it is kept for somebody to look at.
#[derive(Debug)]
pub enum Admitted {
    /// Understood.
    Input(Input),
    /// Not understood.
    DeadLetter(DeadLetter),
}

/// A message that could not be read, with what is needed to mend its mapping and send it again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeadLetter {
    /// The source it came through.
    pub source: SourceName,
    /// The topic it was published on.
    pub topic: Arc<str>,
    /// The first bytes of what was published, up to [`crate::Limits::dead_letter_bytes`].
    pub payload: Bytes,
    /// The length of all that was published, in bytes.
    pub size: usize,
    /// The class of the problem; metrics count by it.
    pub reason: DeadLetterReason,
    /// The problem itself: which field, which value, what would be right.
    pub detail: String,
    /// When it reached this process.
    pub received: Time,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Why a message could not be read. The names are stable: stored, counted and filtered by.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum DeadLetterReason {
            $($(#[$doc])* $name,)*
        }

        impl DeadLetterReason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// As metrics, the store and the wall write it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

reasons! {
    /// The topic does not have the form `ioc/v1/{city}/{domain}/{kind}/{id}/{class}`.
    MalformedTopic = "malformed_topic",
    /// The topic names another city.
    ForeignCity = "foreign_city",
    /// The catalog has no such kind.
    UnknownKind = "unknown_kind",
    /// The asset is known under another kind.
    KindMismatch = "kind_mismatch",
    /// More unregistered assets report than are allowed for.
    TooManyAssets = "too_many_assets",
    /// The payload is longer than allowed.
    TooLarge = "too_large",
    /// The payload is not UTF-8.
    InvalidUtf8 = "invalid_utf8",
    /// The payload is not JSON, or ends too soon.
    MalformedJson = "malformed_json",
    /// Nested deeper than any payload of ours.
    TooDeep = "too_deep",
    /// The payload is JSON but not an object.
    NotAnObject = "not_an_object",
    /// A field holds another type than the catalog says.
    WrongType = "wrong_type",
    /// A number that is not finite: NaN, infinite, or beyond 64-bit floats.
    NotFinite = "not_finite",
    /// A number outside the range of its field.
    OutOfRange = "out_of_range",
    /// A word that is not among the field's symbols.
    UnknownSymbol = "unknown_symbol",
    /// A text that is not a time.
    BadTime = "bad_time",
    /// The same field twice.
    DuplicateField = "duplicate_field",
    /// Fields, but none that the kind has.
    NoKnownField = "no_known_field",
}

impl fmt::Display for DeadLetterReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
