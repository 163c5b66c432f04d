//! What one evaluation may take. Macros nest, values share their parts and double, texts are searched:
//! everything that multiplies is paid for here, so that no expression can hold up or fill up its host.

use crate::Value;
use crate::operators::Fault;

/// How many parts one evaluation may evaluate, and bytes and elements it may build.
pub(crate) const STEPS: u64 = 4_000_000;

/// The deepest lists and maps may nest: a result must be short of [`crate::MAX_DEPTH`] when it is read back.
const MAX_NESTING: usize = 100;

/// Bytes that are read in the time of a step.
const READ_AT_ONCE: usize = 32;

/// What is left of an evaluation's steps.
#[derive(Debug)]
pub(crate) struct Budget(u64);

impl Budget {
    pub(crate) fn new() -> Self {
        Self(STEPS)
    }

    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), Fault> {
        self.0 = self.0.checked_sub(steps as u64).ok_or(Fault::Exhausted)?;
        Ok(())
    }

    /// Pays for a value that is built: its own bytes, elements or entries.
    pub(crate) fn build(&mut self, value: &Value) -> Result<(), Fault> {
        self.spend(length(value))
    }

    /// Pays for reading a value without what it contains: a text that is searched, a list that is gone through.
    pub(crate) fn read(&mut self, value: &Value) -> Result<(), Fault> {
        self.spend(length(value) / READ_AT_ONCE)
    }

    /// Pays for going through a value with all it contains, as equality and output do. What is shared counts each time.
    /// The steps it took.
    pub(crate) fn walk(&mut self, value: &Value) -> Result<u64, Fault> {
        let before = self.0;
        self.walk_nested(value, 0)?;
        Ok(before - self.0)
    }

    fn walk_nested(&mut self, value: &Value, depth: usize) -> Result<(), Fault> {
        if depth > MAX_NESTING {
            let nested = format!("lists and maps nested more than {MAX_NESTING} levels deep");
            return Err(Fault::Argument(nested));
        }
        self.spend(1)?;
        match value {
            Value::String(_) | Value::Bytes(_) => self.read(value),
            Value::List(items) => {
                let mut items = items.iter();
                items.try_for_each(|item| self.walk_nested(item, depth + 1))
            }
            Value::Map(entries) => entries.iter().try_for_each(|(key, value)| {
                self.read(&key.to_value())?;
                self.walk_nested(value, depth + 1)
            }),
            Value::Optional(Some(inner)) => self.walk_nested(inner, depth + 1),
            _ => Ok(()),
        }
    }
}

fn length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(items) => items.len(),
        Value::Map(entries) => entries.len(),
        _ => 0,
    }
}
