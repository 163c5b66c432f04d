//! Names and numbers of things. Stored data is keyed by names; numbers live as long as the process.
//!
//! Names of up to 23 bytes, as nearly all are, lie where they are used: a reading that is read, cloned or looked up touches
//! no counter and no memory that another thread owns.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use smol_str::SmolStr;

macro_rules! name_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(SmolStr);

        impl $name {
            /// The name from its text; cheap to clone afterwards.
            pub fn new(text: impl Into<SmolStr>) -> Self {
                Self(text.into())
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }
    };
}

name_type! {
    /// The id of an asset as the registry and the MQTT topics write it, unique in the city: `ap-0017`.
    AssetId
}
name_type! {
    /// The official code of an area: `05443`.
    AreaCode
}
name_type! {
    /// Where readings come from, as configured: `embedded`, `mosquitto-1`.
    SourceName
}

macro_rules! number_type {
    ($(#[$doc:meta])* $name:ident($repr:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub struct $name(pub $repr);

        impl $name {
            /// The number as an index into a dense table.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

number_type! {
    /// An asset's place in the engine's dense columns. Made by the engine as assets become known; never stored.
    AssetHandle(u32)
}
number_type! {
    /// A kind's place in the [`crate::Catalog`].
    KindId(u16)
}
number_type! {
    /// A field's place in its [`crate::Kind`].
    FieldId(u16)
}

/// A rule is its group and its name; an edit that keeps both keeps the rule's state.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleName {
    /// The group the file declares.
    pub group: Arc<str>,
    /// The `alert:` or `derive:` name within the group.
    pub name: Arc<str>,
}

impl RuleName {
    /// What people are told in place of the whole: a rule that derives goes by its kind, `env/area-air`, which has no other
    /// rule in any group. Names of alerts have no slash.
    pub fn told(&self) -> String {
        if self.name.contains('/') {
            self.name.to_string()
        } else {
            self.to_string()
        }
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.group, self.name)
    }
}

impl fmt::Debug for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
