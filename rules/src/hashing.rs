//! The hashes whose output is stored: `SipHash` with fixed keys, over parts that cannot run into each other, and for what
//! every reading needs one of a few multiplications.
//!
//! Alert ids and the prints of readings live in stores and checkpoints, so that the functions must give the same
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

/// 64 bits to tell the last readings of one asset apart. Who makes two of them agree only has the second one taken for the
/// first delivered again, and could as well not have sent it.
#[derive(Clone, Copy, Default)]
pub(crate) struct ReadingPrint(u64);

impl ReadingPrint {
    /// 2⁶⁴ divided by the golden ratio, and odd: multiples of it lie as far apart as can be.
    const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

    /// Never brings two prints together that differed, nor two numbers after one print.
    #[must_use]
    pub(crate) fn number(self, n: u64) -> Self {
        let spread = (self.0 ^ n).wrapping_mul(Self::SPREAD);
        // A product carries what differs upwards only; the next number needs it below too.
        Self(spread ^ (spread >> 32))
    }

    #[must_use]
    pub(crate) fn value(self, value: &Value) -> Self {
        match value {
            Value::F64(v) => self.number(v.to_bits()),
            other => self.number(Fingerprint::default().value(other).finish()),
        }
    }

    pub(crate) fn finish(self) -> u64 {
        self.0
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_print_of_a_reading_is_the_same_for_ever() {
        let print = ReadingPrint::default().number(1_732_320_000_123);
        let print = print.number(7).number(u64::MAX).finish();
        assert_eq!(print, 0x1F3B_B975_064A_F509);
    }

    proptest! {
        #[test]
        fn two_numbers_after_one_print_never_agree(before in any::<u64>(), a in any::<u64>(), near in 1_u64..1_000) {
            let print = ReadingPrint(before);
            prop_assert_ne!(print.number(a).finish(), print.number(a.wrapping_add(near)).finish());
            prop_assert_ne!(print.number(a).finish(), print.number(a ^ near.rotate_right(8)).finish());
        }
    }
}
