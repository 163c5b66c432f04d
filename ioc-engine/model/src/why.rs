//! Why an alert stands: the rule's condition as a tree, with what each part saw at the moment of the transition.

use std::sync::Arc;

use crate::Time;

/// One part of a condition and what it came to.
#[derive(Clone, PartialEq, Debug)]
pub struct Why {
    /// The part as the author wrote it: `height >= asset.bd3`.
    pub expr: Arc<str>,
    /// What it came to.
    pub value: WhyValue,
    /// The measured time of the newest reading it used.
    pub at: Option<Time>,
    /// A plain remark, such as a window's contents: `6 readings in 1h`.
    pub note: Option<Arc<str>>,
    /// The parts it is made of, in source order.
    pub parts: Vec<Why>,
}

/// What a part of a condition came to.
#[derive(Clone, PartialEq, Debug)]
pub enum WhyValue {
    /// Never seen, stale or of bad quality.
    Unknown,
    /// True or false.
    Bool(bool),
    /// A number, with its UCUM unit where it has one.
    Number(f64, Option<Arc<str>>),
    /// A word or a text.
    Text(Arc<str>),
    /// A point in time.
    Time(Time),
}
