//! Values of every type as samples: numbers, so that one memory serves all.

use model::Value;

use crate::hashing::Fingerprint;

/// A text is remembered by this many bits of its print: enough to tell two apart, few enough for a double to hold.
const TEXT_BITS: u32 = 52;

/// A value as a sample.
pub(crate) fn sample_of(value: &Value) -> f64 {
    match value {
        Value::F64(value) => *value,
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::Symbol(value) => f64::from(*value),
        Value::Time(value) => value.millis() as f64,
        Value::Text(_) => {
            let print = Fingerprint::default().value(value).finish();
            (print >> (u64::BITS - TEXT_BITS)) as f64
        }
    }
}
