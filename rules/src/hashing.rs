//! The one hash whose output is stored: `SipHash` with fixed keys, over parts that cannot run into each other.
//!
//! Alert ids and duplicate fingerprints live in stores and checkpoints, so that the function must give the same
//! output on any machine, in any build, for ever. Hash maps inside the process use [`FixedMap`] instead.

use std::collections::HashMap;
use std::hash::Hasher;

use model::Value;
use siphasher::sip::SipHasher13;
use siphasher::sip128::{Hasher128, SipHasher24};

/// A map whose layout is the same in every run; whoever iterates one sorts before it shows.
pub(crate) type FixedMap<K, V> = HashMap<K, V, foldhash::fast::FixedState>;

/// 64 bits, for fingerprints that are compared with a few dozen others.
#[derive(Default)]
pub(crate) struct Fingerprint(SipHasher13);

impl Fingerprint {
    pub(crate) fn number(mut self, n: u64) -> Self {
        self.0.write(&n.to_le_bytes());
        self
    }

    pub(crate) fn text(mut self, text: &str) -> Self {
        self.0.write(&(text.len() as u64).to_le_bytes());
        self.0.write(text.as_bytes());
        self
    }

    /// A tag for the type goes first, so that `true` and the symbol 1 differ.
    pub(crate) fn value(self, value: &Value) -> Self {
        match value {
            Value::F64(v) => self.number(0).number(v.to_bits()),
            Value::Bool(v) => self.number(1).number(u64::from(*v)),
            Value::Symbol(v) => self.number(2).number(u64::from(*v)),
            Value::Text(v) => self.number(3).text(v),
            Value::Time(v) => self.number(4).number(v.millis() as u64),
        }
    }

    pub(crate) fn finish(self) -> u64 {
        self.0.finish()
    }
}

/// 128 bits, for identities that must never meet by chance.
#[derive(Default)]
pub(crate) struct Identity(SipHasher24);

impl Identity {
    pub(crate) fn number(mut self, n: u64) -> Self {
        self.0.write(&n.to_le_bytes());
        self
    }

    pub(crate) fn text(mut self, text: &str) -> Self {
        self.0.write(&(text.len() as u64).to_le_bytes());
        self.0.write(text.as_bytes());
        self
    }

    pub(crate) fn finish(self) -> u128 {
        self.0.finish128().as_u128()
    }
}
