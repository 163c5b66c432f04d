//! A field that changed, for the index that finds the rules concerned.

use model::{FieldId, Value};

/// What a rule could see of a field, as far as an index over rules can tell values apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    /// NaN where it is no number or not known.
    number: f64,
    /// None where it is no word or not known.
    word: Option<u16>,
}

impl Seen {
    pub(super) fn of(value: Option<&Value>) -> Self {
        match value {
            Some(Value::F64(number)) => Self {
                number: *number,
                word: None,
            },
            Some(Value::Symbol(word)) => Self {
                number: f64::NAN,
                word: Some(*word),
            },
            _ => Self {
                number: f64::NAN,
                word: None,
            },
        }
    }
}

/// A field that changed. Written and read with nearly every value there is: plain parts, none of them an enumeration whose
/// halves would be written apart and read together, for which the processor has to wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Changed {
    pub(crate) field: FieldId,
    /// The word it was.
    pub(crate) was: Option<u16>,
    is: Seen,
}

impl Changed {
    pub(super) fn new(field: FieldId, was: Seen, is: Seen) -> Self {
        Self {
            field,
            was: was.word,
            is,
        }
    }

    /// Of a field that holds numbers: it was no word.
    pub(super) fn to_number(field: FieldId, number: f64) -> Self {
        let is = Seen { number, word: None };
        Self {
            field,
            was: None,
            is,
        }
    }

    /// The number it is.
    pub(crate) fn number(&self) -> Option<f64> {
        (!self.is.number.is_nan()).then_some(self.is.number)
    }

    /// The word it is.
    pub(crate) fn word(&self) -> Option<u16> {
        self.is.word
    }
}
