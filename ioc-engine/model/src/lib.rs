//! The vocabulary of the city.
//!
//! Owns the words every other crate shares: assets and their kinds, readings, alerts, time, diagnostics.
//! Leaves to others everything that acts: no I/O, no async, no clock, no serialisation of the hot types.

mod alert;
mod area;
mod asset;
mod catalog;
mod clock;
mod diagnostic;
mod escalation;
mod ids;
mod input;
mod localized;
mod reading;
mod state;
mod time;
pub mod units;
mod value;
mod why;

pub use alert::{
    Acknowledgement, Alert, AlertId, Annunciation, Condition, Key, KeyPart, Reason, Severity,
    Shelving, Transition,
};
pub use area::{Area, AreaLevel, Areas};
pub use asset::{Asset, Lifecycle};
pub use catalog::{Catalog, Column, Field, Kind};
pub use clock::Clock;
pub use diagnostic::{Diagnostic, Label, Level, SourceFile, Sources, nearest};
pub use escalation::{Attention, Escalation, EscalationStep, Unless};
pub use ids::{AreaCode, AssetHandle, AssetId, FieldId, KindId, RuleName, SourceName};
pub use input::{Command, CommandAction, Input, Stamped};
pub use localized::{Lang, Localized};
pub use reading::{Origin, Quality, Reading};
pub use state::{ChangedFields, Freshness, StateChange};
pub use time::{ParseSpanError, Span, Time};
pub use value::{Value, ValueType};
pub use why::{Why, WhyValue};
