//! A YAML file with its comments hung on what they stand beside, so that they move with it.

use city::yaml::{Node, NodeValue};

use super::comments::{self, Comment};

/// A comment that has a line to itself.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) text: String,
    /// An empty line stands before it.
    pub(super) blank: bool,
}

/// An entry of a map or a list.
#[derive(Debug)]
pub(super) struct Item {
    /// Comments above it.
    pub(super) lead: Vec<Line>,
    /// An empty line stands directly before it.
    pub(super) blank: bool,
    /// Of a map.
    pub(super) key: Option<String>,
    pub(super) body: Body,
    /// Comments on its own line.
    pub(super) trail: Vec<String>,
}

#[derive(Debug)]
pub(super) enum Body {
    Scalar {
        text: String,
        quoted: bool,
    },
    /// A block scalar with its lines as the author broke them.
    Block {
        header: String,
        lines: Vec<String>,
    },
    Collection(Collection),
}

#[derive(Debug)]
pub(super) struct Collection {
    pub(super) is_map: bool,
    /// Written with brackets.
    pub(super) flow: bool,
    pub(super) items: Vec<Item>,
    /// Comments after the last item that are indented like it.
    pub(super) tail: Vec<Line>,
}

impl Body {
    /// Whether it is a map with this key.
    pub(super) fn has(&self, key: &str) -> bool {
        match self {
            Self::Collection(collection) => {
                let mut items = collection.items.iter();
                items.any(|item| item.key.as_deref() == Some(key))
            }
            Self::Scalar { .. } | Self::Block { .. } => false,
        }
    }
}

/// The file as a document; `root` is a map.
pub(super) fn of(text: &str, root: &Node, comments: Vec<Comment<'_>>) -> Collection {
    let mut builder = Builder {
        text,
        comments,
        next: 0,
    };
    let mut document = builder.collection(root, None, text.len());
    document.tail.extend(builder.lines(text.len()));
    document
}

struct Builder<'a> {
    text: &'a str,
    comments: Vec<Comment<'a>>,
    /// The first comment that hangs nowhere yet.
    next: usize,
}

impl Builder<'_> {
    /// `above` is the column of the collection around it; what follows begins at `limit`.
    fn collection(&mut self, node: &Node, above: Option<usize>, limit: usize) -> Collection {
        let flow = self.text[node.span.start..].starts_with(['{', '[']);
        let column = self.column(node.span.start);
        let entries: Vec<(Option<&Node>, &Node)> = match &node.value {
            NodeValue::Map(entries) => entries.iter().map(|(k, v)| (Some(k), v)).collect(),
            NodeValue::Seq(items) => items.iter().map(|item| (None, item)).collect(),
            NodeValue::Scalar { .. } => Vec::new(),
        };
        let start = |(key, value): &(Option<&Node>, &Node)| key.unwrap_or(value).span.start;
        let end = comments::end_of(self.text, node);
        let mut items = Vec::with_capacity(entries.len());
        for (place, entry) in entries.iter().enumerate() {
            let after = if flow { end } else { limit };
            let limit = entries.get(place + 1).map_or(after, start);
            items.push(self.item(*entry, column, limit));
        }
        let tail = if flow {
            self.lines(end)
        } else {
            self.tail(column, above, limit)
        };
        Collection {
            is_map: node.as_map().is_some(),
            flow,
            items,
            tail,
        }
    }

    fn item(&mut self, (key, value): (Option<&Node>, &Node), column: usize, limit: usize) -> Item {
        let start = key.unwrap_or(value).span.start;
        let lead = self.lines(start);
        let blank = self.blank_before(start);
        let mut trail = Vec::new();
        let key_end = key.map_or(start, |key| key.span.end);
        let body = self.body(value, key_end, column, limit, &mut trail);
        // A value that is not written stands nowhere.
        let end = if value.span.is_empty() {
            key_end
        } else {
            comments::end_of(self.text, value)
        };
        if !matches!(&body, Body::Block { .. }) {
            trail.extend(self.on_line(end, limit));
        }
        Item {
            lead,
            blank,
            key: key.and_then(Node::as_str).map(str::to_owned),
            body,
            trail,
        }
    }

    fn body(
        &mut self,
        value: &Node,
        key_end: usize,
        column: usize,
        limit: usize,
        trail: &mut Vec<String>,
    ) -> Body {
        let NodeValue::Scalar { text, quoted } = &value.value else {
            // Only what stands before it: a comment behind a bracket is about what is in it.
            trail.extend(self.on_line(key_end, value.span.start));
            return Body::Collection(self.collection(value, Some(column), limit));
        };
        let block = comments::block(self.text, value);
        let before = block
            .as_ref()
            .map_or(value.span.start, |block| block.lines.start);
        trail.extend(self.lines(before).into_iter().map(|line| line.text));
        match block {
            // What else a header can say is rare enough to be written out.
            Some(block) if matches!(block.header, "|" | "|-" | ">" | ">-") && !text.is_empty() => {
                let lines = self.text[block.lines].lines();
                let dedented = lines.map(|line| line.get(block.indent..).unwrap_or_default());
                Body::Block {
                    header: block.header.to_owned(),
                    lines: dedented.map(str::to_owned).collect(),
                }
            }
            _ => Body::Scalar {
                text: text.clone(),
                quoted: *quoted,
            },
        }
    }

    /// The comments that stand before a place.
    fn lines(&mut self, before: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        while let Some(comment) = self.comments.get(self.next).filter(|c| c.at < before) {
            lines.push(Line {
                text: comment.text.to_owned(),
                blank: comment.own_line && self.blank_before(comment.at),
            });
            self.next += 1;
        }
        lines
    }

    /// The comment on the line on which something ended, before a place.
    fn on_line(&mut self, end: usize, before: usize) -> Option<String> {
        // A block scalar ends where the next line begins: what stands there is about what follows.
        let comment = self.comments.get(self.next);
        let comment = comment.filter(|c| c.at < before && !c.own_line)?;
        let between = self.text.get(end..comment.at)?;
        if between.contains(['\n', '\r']) {
            return None;
        }
        self.next += 1;
        Some(comment.text.to_owned())
    }

    /// Comments after the last item, as deep as it: they are about this collection, not about what follows.
    fn tail(&mut self, column: usize, above: Option<usize>, limit: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        while let Some(comment) = self.comments.get(self.next).filter(|c| c.at < limit) {
            let its = self.column(comment.at);
            let deeper = above.is_none_or(|above| its > above);
            if !comment.own_line || its < column || !deeper {
                break;
            }
            let at = comment.at;
            lines.extend(self.lines(at + 1));
        }
        lines
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1)
    }

    fn column(&self, at: usize) -> usize {
        self.text[self.line_start(at)..at].chars().count()
    }

    /// Whether an empty line stands before the line of a place.
    fn blank_before(&self, at: usize) -> bool {
        let before = self.text[..self.line_start(at)].strip_suffix('\n');
        let before = before.map(|text| text.strip_suffix('\r').unwrap_or(text));
        before.is_some_and(|text| {
            let last = text.rfind('\n').map_or(0, |end| end + 1);
            text[last..].trim().is_empty()
        })
    }
}
