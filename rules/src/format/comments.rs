//! The comments of a YAML file, which its tree does not have.

use std::ops::Range;

use city::yaml::{Node, NodeValue};

/// One comment, from its `#` to the end of its line.
#[derive(Clone, Debug)]
pub(super) struct Comment<'a> {
    pub(super) at: usize,
    pub(super) text: &'a str,
    /// Nothing stands before it on its line.
    pub(super) own_line: bool,
}

/// Every comment in order of the file.
pub(super) fn of<'a>(text: &'a str, root: &Node) -> Vec<Comment<'a>> {
    let mut scalars = Vec::new();
    collect(text, root, &mut scalars);
    scalars.sort_by_key(|range| range.start);
    let mut comments = Vec::new();
    let mut from = 0;
    let end = std::iter::once(text.len()..text.len());
    for scalar in scalars.into_iter().chain(end) {
        in_gap(text, from..scalar.start.max(from), &mut comments);
        from = scalar.end.max(from);
    }
    comments
}

/// The bytes of every scalar, in which `#` is no comment.
fn collect(text: &str, node: &Node, scalars: &mut Vec<Range<usize>>) {
    match &node.value {
        NodeValue::Scalar { .. } => scalars.push(match block(text, node) {
            Some(block) => block.lines,
            None => node.span.start..end_of(text, node),
        }),
        NodeValue::Seq(items) => items.iter().for_each(|item| collect(text, item, scalars)),
        NodeValue::Map(entries) => {
            for (key, value) in entries {
                collect(text, key, scalars);
                collect(text, value, scalars);
            }
        }
    }
}

fn in_gap<'a>(text: &'a str, gap: Range<usize>, comments: &mut Vec<Comment<'a>>) {
    let mut from = gap.start;
    while let Some(found) = text[from..gap.end].find('#') {
        let at = from + found;
        let line = text[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1);
        let before = text[line..at].trim_start_matches('\u{feff}');
        if !before.is_empty() && !before.ends_with([' ', '\t']) {
            from = at + 1;
            continue;
        }
        let end = text[at..].find(['\n', '\r']).map_or(text.len(), |e| at + e);
        comments.push(Comment {
            at,
            text: text[at..end].trim_end(),
            own_line: before.trim().is_empty(),
        });
        from = end.min(gap.end);
    }
}

/// A block scalar: its header, such as `>-`, and the bytes of its lines.
pub(super) struct Block<'a> {
    pub(super) header: &'a str,
    pub(super) lines: Range<usize>,
    /// By so many blanks the lines are indented.
    pub(super) indent: usize,
}

/// The block scalar a node is, if it is one. The parser ends it where the next thing begins; it ends with its indentation.
pub(super) fn block<'a>(text: &'a str, node: &Node) -> Option<Block<'a>> {
    let first = block_start(text, node)?;
    let header_end = text[first..]
        .find('\n')
        .map_or(text.len(), |e| first + e + 1);
    let header = text[first..header_end]
        .split([' ', '\t', '#', '\r', '\n'])
        .next();
    let blanks = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let mut lines = text[header_end..].split_inclusive('\n');
    let indent = lines
        .clone()
        .find(|line| !line.trim().is_empty())
        .map_or(0, blanks);
    let (mut end, mut at) = (header_end, header_end);
    while let Some(line) = lines
        .next()
        .filter(|line| line.trim().is_empty() || blanks(line) >= indent)
    {
        at += line.len();
        if !line.trim().is_empty() {
            end = at;
        }
    }
    Some(Block {
        header: header.unwrap_or_default(),
        lines: header_end..end,
        indent,
    })
}

/// Where the header of a block scalar stands. The parser begins one with a comment after its header only below both.
fn block_start(text: &str, node: &Node) -> Option<usize> {
    let start = node.span.start;
    if text[start..].starts_with(['|', '>']) {
        return Some(start);
    }
    let quoted = matches!(&node.value, NodeValue::Scalar { quoted: true, .. });
    if !quoted || text[start..].starts_with(['"', '\'']) {
        return None;
    }
    let above = text[..start].trim_end();
    let line = above.rfind('\n').map_or(0, |end| end + 1);
    let comment = above[line..].find(" #").map_or(above.len(), |at| line + at);
    Some(line + above[line..comment].rfind(['|', '>'])?)
}

/// Where a node ends. The parser's own end may lie behind a comment: quotes and brackets are looked for here.
pub(super) fn end_of(text: &str, node: &Node) -> usize {
    let start = node.span.start;
    let inside = |last: Option<&Node>| last.map_or(start + 1, |last| end_of(text, last));
    let last = match &node.value {
        NodeValue::Scalar { quoted, .. } => {
            let end = node.span.end;
            return match block(text, node) {
                Some(block) => block.lines.end,
                None if *quoted => closing_quote(text, start).unwrap_or(end),
                None => end,
            };
        }
        NodeValue::Seq(items) => inside(items.last()),
        NodeValue::Map(entries) => inside(entries.last().map(|(key, value)| {
            // A value that is not written stands nowhere.
            if value.span.is_empty() { key } else { value }
        })),
    };
    if text[start..].starts_with(['{', '[']) {
        closing_bracket(text, last).unwrap_or(node.span.end)
    } else {
        last
    }
}

/// The byte after the quote that ends what a quote at `start` began.
fn closing_quote(text: &str, start: usize) -> Option<usize> {
    let mut chars = text[start..].char_indices().peekable();
    let (_, quote) = chars.next()?;
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote == '"' {
            chars.next();
        } else if c == quote {
            let doubled = quote == '\'' && chars.next_if(|(_, next)| *next == quote).is_some();
            if !doubled {
                return Some(start + at + 1);
            }
        }
    }
    None
}

/// The byte after the bracket that follows, past commas and comments.
fn closing_bracket(text: &str, from: usize) -> Option<usize> {
    let mut in_comment = false;
    for (at, c) in text.get(from..)?.char_indices() {
        match c {
            '\n' => in_comment = false,
            '#' => in_comment = true,
            '}' | ']' if !in_comment => return Some(from + at + 1),
            _ => {}
        }
    }
    None
}
