//! The seam between the ways in and the pipeline: one message as it arrived, whatever carried it.
//! Knows nothing of brokers, sessions or payloads.

use bytes::Bytes;
use model::{SourceName, Time};

/// How surely the publisher and the broker deliver a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum QoS {
    /// At most once: no acknowledgement, may be shed under overload.
    AtMostOnce,
    /// At least once: acknowledged after it is durable, held back under overload, never shed.
    AtLeastOnce,
}

/// One MQTT message as it arrived. What acknowledges it travels beside it as an [`crate::Ack`].
#[derive(Clone, Debug)]
pub struct Arrival<'a> {
    /// The source it came through.
    pub source: &'a SourceName,
    /// The topic it was published on.
    pub topic: &'a str,
    /// What was published.
    pub payload: Bytes,
    /// When it reached this process.
    pub received: Time,
    /// What the publisher was promised.
    pub qos: QoS,
    /// True for a retained message delivered because we subscribed, false for one just published.
    pub retain: bool,
}
