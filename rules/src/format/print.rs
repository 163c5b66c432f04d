//! Lines of a document: two blanks a level, keys in the order of their part, one empty line between rules.

use super::document::{Body, Collection, Item, Line};
use super::scalar::{self, Place};
use crate::keys::{self, Key, Part, Shape};

/// What is written with brackets ends here; longer, it becomes a block.
const WIDTH: usize = 120;
/// The file, its list of rules and each rule are blocks, however short.
const BLOCKS: usize = 3;

/// The text of a whole file.
pub(super) fn print(mut root: Collection, part: Option<&'static Part>) -> String {
    // What stands above the first key is about the file, whichever key comes first afterwards.
    let head = root.items.first_mut();
    let head = head.map_or(Vec::new(), |first| std::mem::take(&mut first.lead));
    let mut printer = Printer { lines: Vec::new() };
    printer.comments(&head, 0);
    if !head.is_empty() && root.items.first().is_some_and(|first| first.blank) {
        printer.lines.push(String::new());
    }
    if let Some(first) = root.items.first_mut() {
        first.blank = false;
    }
    let depth = Depth {
        level: 0,
        indent: 0,
    };
    printer.collection(root, part.map_or(Meaning::None, Meaning::Part), depth);
    printer.lines.join("\n") + "\n"
}

/// What is known of the values of a collection.
#[derive(Clone, Copy)]
enum Meaning {
    None,
    /// A map with these keys.
    Part(&'static Part),
    /// A list of maps, each one of these.
    List(&'static [&'static Part]),
    /// A map of expressions, or of maps with these keys.
    Fields(&'static Part),
    /// Whatever is in it is of this shape.
    All(&'static Shape),
}

impl Meaning {
    fn key(self, name: Option<&str>) -> Option<&'static Key> {
        match self {
            Self::Part(part) => part.keys.iter().find(|key| Some(key.name) == name),
            _ => None,
        }
    }

    fn shape(self, name: Option<&str>) -> Option<&'static Shape> {
        match self {
            Self::All(shape) => Some(shape),
            Self::Fields(_) => Some(&Shape::Expression),
            _ => self.key(name).map(|key| &key.shape),
        }
    }

    /// What is known of a value in here.
    fn inside(self, name: Option<&str>, body: &Body) -> Self {
        match self {
            Self::List(parts) => {
                let part = keys::pick(parts, |key| body.has(key));
                part.map_or(Self::None, Self::Part)
            }
            Self::All(shape) => Self::All(shape),
            Self::Fields(part) => Self::Part(part),
            _ => match self.shape(name) {
                Some(Shape::List(parts, _) | Shape::Steps(parts)) => Self::List(parts),
                Some(Shape::Map(part)) => Self::Part(part),
                Some(Shape::Fields(part)) => Self::Fields(part),
                Some(shape @ Shape::Text) => Self::All(shape),
                _ => Self::None,
            },
        }
    }
}

#[derive(Clone, Copy)]
struct Depth {
    level: usize,
    indent: usize,
}

impl Depth {
    fn deeper(self) -> Self {
        Self {
            level: self.level + 1,
            indent: self.indent + 2,
        }
    }
}

struct Printer {
    lines: Vec<String>,
}

impl Printer {
    fn collection(&mut self, mut collection: Collection, meaning: Meaning, depth: Depth) {
        if let Meaning::Part(part) = meaning {
            sort(&mut collection.items, part);
        }
        let is_map = collection.is_map;
        let parted = depth.level == 1 && !is_map;
        for (place, item) in collection.items.into_iter().enumerate() {
            if is_map {
                self.entry(item, meaning, depth, place == 0);
            } else {
                self.element(item, meaning, depth, place == 0, parted);
            }
        }
        self.comments(&collection.tail, depth.indent);
    }

    /// What stands above an item.
    fn above(&mut self, item: &mut Item, depth: Depth, first: bool) {
        // Only one comment fits on a line: the others go above.
        let extra = item.trail.len().saturating_sub(1);
        let moved: Vec<_> = item.trail.drain(..extra).collect();
        raise(item, moved);
        if first {
            match item.lead.first_mut() {
                Some(line) => line.blank = false,
                None => item.blank = false,
            }
        }
        self.comments(&item.lead, depth.indent);
        if item.blank {
            self.lines.push(String::new());
        }
    }

    fn comments(&mut self, comments: &[Line], indent: usize) {
        for comment in comments {
            if comment.blank {
                self.lines.push(String::new());
            }
            self.line(indent, &comment.text, &[]);
        }
    }

    fn line(&mut self, indent: usize, text: &str, trail: &[String]) {
        let mut line = format!("{:indent$}{text}", "");
        for comment in trail {
            line.push(' ');
            line.push_str(comment);
        }
        self.lines.push(line);
    }

    /// A key and its value.
    fn entry(&mut self, mut item: Item, meaning: Meaning, depth: Depth, first: bool) {
        self.above(&mut item, depth, first);
        let name = item.key.as_deref();
        let mut start = scalar::key(name.unwrap_or_default(), false);
        start.push(':');
        let (shape, inside) = (meaning.shape(name), meaning.inside(name, &item.body));
        let room = WIDTH.saturating_sub(depth.indent + start.chars().count() + 1);
        match inline(&item.body, shape, inside, false, depth.level + 1, room) {
            Some(value) if value.is_empty() => self.line(depth.indent, &start, &item.trail),
            Some(value) => self.line(depth.indent, &format!("{start} {value}"), &item.trail),
            None => self.below(item.body, &start, &item.trail, inside, depth),
        }
    }

    /// A value on lines of its own.
    fn below(&mut self, body: Body, start: &str, trail: &[String], inside: Meaning, depth: Depth) {
        match body {
            Body::Block { header, lines } => {
                self.line(depth.indent, &format!("{start} {header}"), trail);
                self.block(&lines, depth.indent + 2);
            }
            Body::Collection(collection) => {
                self.line(depth.indent, start, trail);
                self.collection(collection, inside, depth.deeper());
            }
            Body::Scalar { .. } => {}
        }
    }

    fn block(&mut self, lines: &[String], indent: usize) {
        for line in lines {
            let blank = if line.is_empty() { 0 } else { indent };
            self.line(blank, line, &[]);
        }
    }

    /// An item of a list.
    fn element(
        &mut self,
        mut item: Item,
        meaning: Meaning,
        depth: Depth,
        first: bool,
        parted: bool,
    ) {
        let inside = meaning.inside(None, &item.body);
        if let (Body::Collection(collection), Meaning::Part(part)) = (&mut item.body, inside) {
            sort(&mut collection.items, part);
        }
        let shape = meaning.shape(None);
        let room = WIDTH.saturating_sub(depth.indent + 2);
        let value = inline(&item.body, shape, inside, false, depth.level + 1, room);
        if value.is_none() {
            hoist(&mut item);
        }
        if parted && !first {
            match item.lead.first_mut() {
                Some(line) => line.blank = true,
                None => item.blank = true,
            }
        }
        self.above(&mut item, depth, first);
        if let Some(value) = value {
            let text = if value.is_empty() {
                "-".to_owned()
            } else {
                format!("- {value}")
            };
            return self.line(depth.indent, &text, &item.trail);
        }
        match item.body {
            Body::Collection(collection) => {
                let at = self.lines.len();
                self.collection(collection, inside, depth.deeper());
                if let Some(line) = self.lines.get_mut(at) {
                    line.replace_range(depth.indent..=depth.indent, "-");
                }
            }
            body => self.below(body, "-", &item.trail, inside, depth),
        }
    }
}

/// A list's dash stands on the line of the first key: what is said above or beside that key goes above the dash.
fn hoist(item: &mut Item) {
    let Body::Collection(collection) = &mut item.body else {
        return;
    };
    let mut moved: Vec<String> = item.trail.drain(..).collect();
    if let Some(first) = collection.items.first_mut() {
        moved.extend(first.lead.drain(..).map(|line| line.text));
        let extra = first.trail.len().saturating_sub(1);
        moved.extend(first.trail.drain(..extra));
        first.blank = false;
    }
    raise(item, moved);
}

/// Comments of an item go above it, below those that are there.
fn raise(item: &mut Item, comments: Vec<String>) {
    for text in comments {
        // The empty line before the item now stands before them.
        let blank = item.lead.is_empty() && std::mem::take(&mut item.blank);
        item.lead.push(Line { text, blank });
    }
}

/// Keys in the order of their part; those it does not know after them, as they stood.
fn sort(items: &mut [Item], part: &Part) {
    items.sort_by_key(|item| {
        let mut keys = part.keys.iter();
        let place = keys.position(|key| Some(key.name) == item.key.as_deref());
        place.unwrap_or(usize::MAX)
    });
}

/// The value on one line, if it can stand there.
fn inline(
    body: &Body,
    shape: Option<&'static Shape>,
    inside: Meaning,
    flow: bool,
    level: usize,
    room: usize,
) -> Option<String> {
    let collection = match body {
        Body::Scalar { text, quoted } => {
            return Some(scalar::write(text, *quoted, Place { shape, flow }));
        }
        Body::Block { .. } => return None,
        Body::Collection(collection) => collection,
    };
    if !collection.tail.is_empty() {
        return None;
    }
    let (open, close) = if collection.is_map {
        ('{', '}')
    } else {
        ('[', ']')
    };
    if collection.items.is_empty() {
        return Some(format!("{open}{close}"));
    }
    if !collection.flow || level < BLOCKS {
        return None;
    }
    let mut items: Vec<&Item> = collection.items.iter().collect();
    if let Meaning::Part(part) = inside {
        items.sort_by_key(|item| {
            let mut keys = part.keys.iter();
            let place = keys.position(|key| Some(key.name) == item.key.as_deref());
            place.unwrap_or(usize::MAX)
        });
    }
    let mut parts = Vec::with_capacity(items.len());
    for item in items {
        if !item.lead.is_empty() || !item.trail.is_empty() {
            return None;
        }
        let name = item.key.as_deref();
        let value = inline(
            &item.body,
            inside.shape(name),
            inside.inside(name, &item.body),
            true,
            level + 1,
            room,
        )?;
        parts.push(match name {
            None => value,
            Some(name) if value.is_empty() => format!("{}:", scalar::key(name, true)),
            Some(name) => format!("{}: {value}", scalar::key(name, true)),
        });
    }
    let line = format!("{open}{}{close}", parts.join(", "));
    (line.chars().count() <= room).then_some(line)
}
