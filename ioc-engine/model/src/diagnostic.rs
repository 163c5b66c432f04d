//! What is wrong with a file, said so that its author can mend it. Drawing it is left to the binaries.

use std::ops::Range;
use std::sync::Arc;

/// How much a diagnostic matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Level {
    /// The file cannot be used.
    Error,
    /// The file can be used; its author would want to know.
    Warning,
}

/// One text an author wrote.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceFile {
    /// The path as the user would type it.
    pub path: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
}

/// The texts that diagnostics point into; a [`Label`]'s `file` is an index here.
pub type Sources = Vec<SourceFile>;

/// A place in a text and what is there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// Index into [`Sources`].
    pub file: usize,
    /// Byte range in the file's text.
    pub span: Range<usize>,
    /// What is there, in a few words.
    pub text: String,
}

/// One problem: what, where, and what to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Stable, documented, never reused: `rule-unknown-field`.
    pub code: &'static str,
    /// How much it matters.
    pub level: Level,
    /// What is wrong, with the value in question.
    pub message: String,
    /// The place, first; then others that help to see it.
    pub labels: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at one place.
    pub fn error(
        code: &'static str,
        message: impl Into<String>,
        file: usize,
        span: Range<usize>,
    ) -> Self {
        let label = Label {
            file,
            span,
            text: String::new(),
        };
        Self {
            code,
            level: Level::Error,
            message: message.into(),
            labels: vec![label],
            help: None,
        }
    }

    /// The same as a warning.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.level = Level::Warning;
        self
    }

    /// With what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With words at its first place.
    #[must_use]
    pub fn with_label(mut self, text: impl Into<String>) -> Self {
        if let Some(label) = self.labels.first_mut() {
            label.text = text.into();
        }
        self
    }

    /// True when the file cannot be used.
    pub fn is_error(&self) -> bool {
        self.level == Level::Error
    }
}

/// The candidate most like `wanted`, if one is like it enough to be what was meant.
///
/// Likeness is the edit distance over characters, at most a third of the wanted length (and at least one); two neighbours
/// exchanged, the commonest slip of the fingers, count as one edit.
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (wanted.chars().count() / 3).max(1);
    let folded = wanted.to_lowercase();
    // Capitals are forgiven: `DOWN` is near `down`.
    let distances = candidates.into_iter().map(|candidate| {
        let meant = edit_distance(&folded, &candidate.to_lowercase());
        (meant, edit_distance(wanted, candidate), candidate)
    });
    let near = distances.filter(|(meant, ..)| *meant <= limit).min();
    near.map(|(.., candidate)| candidate)
}

fn edit_distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut before = vec![0; b.len() + 1];
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let replaced = above[j] + usize::from(a[i] != b[j]);
            let mut least = replaced.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_only_when_it_is_near() {
        let fields = ["apState", "clientsConnected", "channelUtilization"];
        assert_eq!(nearest("apstate", fields), Some("apState"));
        assert_eq!(nearest("clientConnected", fields), Some("clientsConnected"));
        assert_eq!(nearest("height", fields), None);
        assert_eq!(nearest("DOWN", ["up", "down"]), Some("down"));
        assert_eq!(nearest("apState", ["APSTATE", "apStat"]), Some("APSTATE"));
    }

    #[test]
    fn distance_counts_characters_not_bytes() {
        assert_eq!(edit_distance("sông", "song"), 1);
        assert_eq!(edit_distance("", "abc"), 3);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
    }

    #[test]
    fn exchanged_neighbours_are_one_slip() {
        assert_eq!(nearest("hihg", ["low", "high"]), Some("high"));
        assert_eq!(edit_distance("nmae", "name"), 1);
    }
}
