//! Values nobody asked for: read over, not kept, and not deeper than allowed.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Slots;
use crate::DeadLetterReason as Reason;

pub(super) struct Skip<'a, 'de, 's> {
    pub(super) slots: &'a mut Slots<'de, 's>,
    /// How many more levels it may be nested.
    pub(super) levels: u32,
}

impl<'de, 's> Skip<'_, 'de, 's> {
    fn inside<E: Error>(&mut self) -> Result<Skip<'_, 'de, 's>, E> {
        let Some(levels) = self.levels.checked_sub(1) else {
            let detail = format!("nested more than {} levels deep", self.slots.max_depth);
            return Err(self.slots.refuse(Reason::TooDeep, detail).into_error());
        };
        Ok(Skip {
            slots: self.slots,
            levels,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Skip<'_, 'de, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Skip<'_, 'de, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(self.inside()?)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while map.next_key::<IgnoredAny>()?.is_some() {
            map.next_value_seed(self.inside()?)?;
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}
