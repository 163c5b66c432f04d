//! Where things are: the parser's lines and columns as bytes, and a scalar's text as bytes of the file.

use std::ops::Range;

use saphyr_parser::Marker;

/// Turns the parser's lines and columns into bytes.
pub(super) struct Lines<'a> {
    text: &'a str,
    /// The byte at which each line begins.
    starts: Vec<usize>,
    /// Where the last mark stood. Marks nearly always go forward: without this, one long line would cost its square.
    last: Place,
}

#[derive(Clone, Copy, Default)]
struct Place {
    line: usize,
    column: usize,
    byte: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let ends_line = |i: &usize| match bytes[*i] {
            b'\n' => true,
            b'\r' => bytes.get(i + 1) != Some(&b'\n'),
            _ => false,
        };
        let starts = std::iter::once(0)
            .chain((0..bytes.len()).filter(ends_line).map(|i| i + 1))
            .collect();
        Self {
            text,
            starts,
            last: Place::default(),
        }
    }

    /// The byte a mark stands at.
    ///
    /// By line and column: the parser counts characters, and its running index drifts after some comments while the column
    /// starts anew on every line.
    pub(super) fn byte(&mut self, mark: Marker) -> usize {
        let (line, column) = (mark.line().saturating_sub(1), mark.col());
        let Some(start) = self.starts.get(line).copied() else {
            return self.text.len();
        };
        let end = self.starts.get(line + 1).map_or(self.text.len(), |e| *e);
        let known = Some(self.last).filter(|last| last.line == line && last.column <= column);
        let from = known.unwrap_or(Place {
            line,
            column: 0,
            byte: start,
        });
        let byte = self.text[from.byte..end]
            .char_indices()
            .nth(column - from.column)
            .map_or(end, |(offset, _)| from.byte + offset);
        if byte < end {
            self.last = Place { line, column, byte };
        }
        byte
    }
}

/// The bytes of `raw`, a scalar as the file writes it, that became `part` of its `text`.
///
/// Both are walked together: a character of the text is the next one like it in the file, whatever quote, escape, line
/// break or indentation stands between.
pub(super) fn within(raw: &str, text: &str, part: Range<usize>) -> Option<Range<usize>> {
    let content = content_start(raw);
    let mut rest = raw[content..].char_indices();
    let mut start = None;
    let mut end = None;
    for (at, wanted) in text.char_indices() {
        if at >= part.end {
            break;
        }
        let (offset, found) =
            rest.find(|(_, c)| *c == wanted || (wanted.is_whitespace() && c.is_whitespace()))?;
        if at >= part.start {
            start.get_or_insert(content + offset);
            end = Some(content + offset + found.len_utf8());
        }
    }
    if let (Some(start), Some(end)) = (start, end) {
        return Some(start..end);
    }
    // An empty part, such as "something is missing at the end": the place right after what was there.
    let tail = raw.trim_end().trim_end_matches(['"', '\'']);
    let after = tail.len().max(content);
    Some(after..after)
}

/// Where a scalar's own characters begin: after a quote, or after a block's header line.
fn content_start(raw: &str) -> usize {
    match raw.as_bytes().first() {
        Some(b'"' | b'\'') => 1,
        Some(b'|' | b'>') => raw.find('\n').map_or(raw.len(), |i| i + 1),
        _ => 0,
    }
}
