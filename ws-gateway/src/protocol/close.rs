//! How a connection ends, and what the other side is told.

/// Why a connection ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    /// The network closed it, or the client without a word.
    Left,
    /// The client said goodbye.
    Closed,
    /// The server stops.
    GoingAway,
    /// The rules derive other kinds now: what was told of assets is of another edition.
    CityChanged,
    /// A message longer than allowed.
    TooLong,
    /// Not the WebSocket protocol, or something else than text.
    Violation,
    /// No hello in time.
    HelloTimeout,
    /// Something else than a hello first.
    HelloExpected,
    /// No token, an unknown one, an expired one.
    Unauthorized,
    /// Took nothing while something waited for it.
    TooSlow,
    /// No sign of life.
    Idle,
    /// Too many messages a second.
    TooManyMessages,
}

impl End {
    /// The WebSocket close code; none when there is nobody to tell.
    pub(crate) fn code(self) -> Option<u16> {
        Some(match self {
            Self::Left => return None,
            Self::Closed => 1000,
            Self::GoingAway => 1001,
            Self::CityChanged => 1012,
            Self::TooLong => 1009,
            Self::Violation => 1002,
            Self::HelloTimeout | Self::HelloExpected => 4001,
            Self::Unauthorized => 4003,
            Self::TooSlow => 4008,
            Self::Idle => 4009,
            Self::TooManyMessages => 4029,
        })
    }

    /// The close reason, and the label of the metric.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Left | Self::Closed => "left",
            Self::GoingAway => "going_away",
            Self::CityChanged => "city_changed",
            Self::TooLong => "too_long",
            Self::Violation => "protocol_violation",
            Self::HelloTimeout => "hello_timeout",
            Self::HelloExpected => "hello_expected",
            Self::Unauthorized => "unauthorized",
            Self::TooSlow => "too_slow",
            Self::Idle => "idle",
            Self::TooManyMessages => "too_many_messages",
        }
    }
}
