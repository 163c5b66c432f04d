//! Bytes of the input log: variable-length numbers, texts and values, written and read back with bounds checked.

use std::sync::Arc;

use model::{Time, Value};

/// Why bytes are not what the log writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the batch does not decode: {0}")]
pub(super) struct Malformed(pub(super) &'static str);

/// Appends to a batch body.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
}

impl Writer {
    /// With room for so many bytes before it has to grow.
    pub(super) fn with_room(bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(bytes),
        }
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// LEB128.
    pub(super) fn number(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.bytes.push(n as u8 | 0x80);
            n >>= 7;
        }
        self.bytes.push(n as u8);
    }

    /// Zigzag, so that small negative numbers stay short.
    pub(super) fn signed(&mut self, n: i64) {
        self.number(((n << 1) ^ (n >> 63)) as u64);
    }

    /// Present: one more than the number; absent: zero.
    pub(super) fn optional(&mut self, n: Option<u64>) {
        self.byte(u8::from(n.is_some()));
        if let Some(n) = n {
            self.number(n);
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    pub(super) fn value(&mut self, value: &Value) {
        match value {
            Value::F64(n) => self.float(*n),
            Value::Bool(b) => self.byte(if *b { 3 } else { 2 }),
            Value::Symbol(s) => {
                self.byte(4);
                self.number(u64::from(*s));
            }
            Value::Text(t) => {
                self.byte(5);
                self.text(t);
            }
            Value::Time(t) => {
                self.byte(6);
                self.signed(t.millis());
            }
        }
    }

    /// Most measurements have few decimals: those that are an exact multiple of 0.001 are stored as an integer.
    fn float(&mut self, n: f64) {
        let scaled = (n * 1_000.0).round();
        let exact = scaled.abs() < 1e15 && (scaled / 1_000.0).to_bits() == n.to_bits();
        if exact {
            self.byte(0);
            self.signed(scaled as i64);
        } else {
            self.byte(1);
            self.bytes.extend_from_slice(&n.to_le_bytes());
        }
    }
}

/// Reads a batch body; every step says when the bytes end too early.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn byte(&mut self) -> Result<u8, Malformed> {
        let (first, rest) = self.bytes.split_first().ok_or(Malformed("ends early"))?;
        self.bytes = rest;
        Ok(*first)
    }

    pub(super) fn number(&mut self) -> Result<u64, Malformed> {
        let mut n = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            n |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(n);
            }
        }
        Err(Malformed("a number has no end"))
    }

    pub(super) fn signed(&mut self) -> Result<i64, Malformed> {
        let n = self.number()?;
        Ok((n >> 1) as i64 ^ -((n & 1) as i64))
    }

    pub(super) fn optional(&mut self) -> Result<Option<u64>, Malformed> {
        match self.byte()? {
            0 => Ok(None),
            1 => self.number().map(Some),
            _ => Err(Malformed("an optional number is neither there nor absent")),
        }
    }

    pub(super) fn text(&mut self) -> Result<&'a str, Malformed> {
        let length = self.number()? as usize;
        let bytes = self.bytes;
        let (text, rest) = bytes
            .split_at_checked(length)
            .ok_or(Malformed("a text is longer than the batch"))?;
        self.bytes = rest;
        std::str::from_utf8(text).map_err(|_| Malformed("a text is not UTF-8"))
    }

    pub(super) fn shared(&mut self) -> Result<Arc<str>, Malformed> {
        self.text().map(Arc::from)
    }

    pub(super) fn value(&mut self) -> Result<Value, Malformed> {
        Ok(match self.byte()? {
            0 => Value::F64(self.signed()? as f64 / 1_000.0),
            1 => Value::F64(self.float()?),
            2 => Value::Bool(false),
            3 => Value::Bool(true),
            4 => Value::Symbol(
                u16::try_from(self.number()?).map_err(|_| Malformed("a symbol is too large"))?,
            ),
            5 => Value::Text(self.shared()?),
            6 => Value::Time(Time::from_millis(self.signed()?)),
            _ => return Err(Malformed("a value has an unknown type")),
        })
    }

    fn float(&mut self) -> Result<f64, Malformed> {
        let (bytes, rest) = self
            .bytes
            .split_first_chunk::<8>()
            .ok_or(Malformed("ends early"))?;
        self.bytes = rest;
        Ok(f64::from_le_bytes(*bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            any::<f64>()
                .prop_filter("finite", |n| n.is_finite())
                .prop_map(Value::F64),
            (-5_000_000_i32..5_000_000).prop_map(|n| Value::F64(f64::from(n) / 100.0)),
            any::<bool>().prop_map(Value::Bool),
            any::<u16>().prop_map(Value::Symbol),
            ".*".prop_map(|t| Value::Text(t.into())),
            any::<i64>().prop_map(|ms| Value::Time(Time::from_millis(ms))),
        ]
    }

    proptest! {
        #[test]
        fn values_come_back_bit_for_bit(value in value()) {
            let mut writer = Writer::default();
            writer.value(&value);
            let mut reader = Reader::new(&writer.bytes);
            prop_assert_eq!(reader.value().unwrap(), value);
            prop_assert!(reader.is_empty());
        }

        #[test]
        fn any_bytes_end_in_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut reader = Reader::new(&bytes);
            while !reader.is_empty() {
                if reader.value().is_err() { break; }
            }
        }
    }
}
