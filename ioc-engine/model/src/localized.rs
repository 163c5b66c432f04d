//! Text in the languages of the wall.

use std::sync::Arc;

/// A language of the wall.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Lang {
    /// Vietnamese, the first language of the centre.
    #[default]
    Vi,
    /// English.
    En,
}

/// The same text in each language of the wall.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Localized {
    /// Vietnamese.
    pub vi: Arc<str>,
    /// English.
    pub en: Arc<str>,
}

impl Localized {
    /// One text for every language.
    pub fn same(text: impl Into<Arc<str>>) -> Self {
        let vi = text.into();
        Self {
            en: Arc::clone(&vi),
            vi,
        }
    }

    /// The text in one language.
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Vi => &self.vi,
            Lang::En => &self.en,
        }
    }

    /// True when no language has a text.
    pub fn is_empty(&self) -> bool {
        self.vi.is_empty() && self.en.is_empty()
    }
}
