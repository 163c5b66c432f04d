//! YAML with places: every node knows its bytes in the file, so that a problem can be underlined there.
//!
//! Owns the tree, its parser and the readers that report problems. What the keys mean is left to who reads them.

mod parse;
mod places;
mod read;

use std::ops::Range;

pub use parse::parse;
pub use read::{Fields, Instead, Reader};

/// A part of a YAML file.
#[derive(Clone, PartialEq, Debug)]
pub struct Node {
    /// Its bytes in the file; quotes and brackets included.
    pub span: Range<usize>,
    /// What it is.
    pub value: NodeValue,
}

/// What a part of a YAML file is. Typing a scalar is left to the reader who knows what is wanted.
#[derive(Clone, PartialEq, Debug)]
pub enum NodeValue {
    /// One text, as it reads after quotes, escapes and folding.
    Scalar {
        /// The text.
        text: String,
        /// Quoted or a block: text, whatever it looks like.
        quoted: bool,
    },
    /// A list.
    Seq(Vec<Node>),
    /// Keys and values in file order; no key twice.
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// The text of a scalar.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            NodeValue::Scalar { text, .. } => Some(text),
            NodeValue::Seq(_) | NodeValue::Map(_) => None,
        }
    }

    /// The items of a list.
    pub fn as_seq(&self) -> Option<&[Self]> {
        match &self.value {
            NodeValue::Seq(items) => Some(items),
            NodeValue::Scalar { .. } | NodeValue::Map(_) => None,
        }
    }

    /// The keys and values of a map.
    pub fn as_map(&self) -> Option<&[(Self, Self)]> {
        match &self.value {
            NodeValue::Map(entries) => Some(entries),
            NodeValue::Scalar { .. } | NodeValue::Seq(_) => None,
        }
    }

    /// The value under a key of a map.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.get_entry(key).map(|(_, value)| value)
    }

    /// The key and the value under a key of a map.
    pub fn get_entry(&self, key: &str) -> Option<(&Self, &Self)> {
        self.as_map()?
            .iter()
            .find(|(k, _)| k.as_str() == Some(key))
            .map(|(k, v)| (k, v))
    }

    /// True for nothing, `~` and `null`.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, NodeValue::Scalar { text, quoted: false }
            if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The bytes in the file of a part of this scalar's text, `part` in bytes of the text.
    ///
    /// Quotes, escapes, folding and indentation lie between a text and the file; where they cannot be undone, the whole node.
    pub fn locate(&self, file: &str, part: Range<usize>) -> Range<usize> {
        match (&self.value, file.get(self.span.clone())) {
            (NodeValue::Scalar { text, .. }, Some(raw)) => places::within(raw, text, part)
                .map(|found| self.span.start + found.start..self.span.start + found.end),
            _ => None,
        }
        .unwrap_or_else(|| self.span.clone())
    }

    /// The same as JSON. Unquoted scalars are typed as YAML's core schema types them.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            NodeValue::Scalar { text, quoted: true } => text.clone().into(),
            NodeValue::Scalar { text, .. } if self.is_null() => {
                debug_assert!(text.len() <= 4);
                serde_json::Value::Null
            }
            NodeValue::Scalar { text, .. } => plain_to_json(text),
            NodeValue::Seq(items) => items.iter().map(Self::to_json).collect(),
            NodeValue::Map(entries) => entries
                .iter()
                .map(|(key, value)| (key.as_str().unwrap_or_default().to_owned(), value.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
}

fn plain_to_json(text: &str) -> serde_json::Value {
    if let Ok(whole) = text.parse::<i64>() {
        return whole.into();
    }
    match (text, read::parse_number(text)) {
        ("true", _) => true.into(),
        ("false", _) => false.into(),
        (_, Some(number)) => number.into(),
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests;
