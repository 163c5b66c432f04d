//! `by`: which dimensions a kind has, and which of them a rule names.

use city::yaml::Node;
use model::{Kind, ValueType, nearest};

use super::member_scope::area_level;
use super::rule::Compiling;
use crate::plan::Dimension;

impl Compiling<'_, '_, '_> {
    /// Reads `by`. True for a rule about groups; none where it cannot be told. A dimension that the kind has not is taken
    /// for one, so that what is asked of it is no further problem.
    pub(super) fn by(&mut self, kind: &Kind) -> Option<bool> {
        let Some(node) = self.draft.fields.get("by") else {
            return Some(false);
        };
        let nodes: Vec<&Node> = node
            .as_seq()
            .map_or(vec![node], |items| items.iter().collect());
        let names = nodes.into_iter().map(|node| {
            let name = self.reader.text(node, "a dimension");
            name.map(|name| (node, name))
        });
        let names = names
            .collect::<Vec<_>>()
            .into_iter()
            .collect::<Option<Vec<_>>>()?;
        if let [(_, "asset")] = names.as_slice() {
            return Some(false);
        }
        let mut clear = true;
        let one = names.len() == 1;
        for (node, name) in names {
            let dimension = dimension(kind, name);
            match dimension.filter(|d| *d != Dimension::Uplink) {
                Some(Dimension::Asset) => {
                    let message = "an asset is in one group only: 'asset' stands alone in 'by'";
                    self.reader
                        .error("rule-by-asset", node.span.clone(), message)
                        .help = Some("leave out 'asset', or all that stands beside it".to_owned());
                    clear = false;
                }
                Some(dimension) => self.by.push(dimension),
                None => {
                    self.unknown_dimension(kind, node, name);
                    let meant = nearest(name, dimensions(kind));
                    let meant = meant.and_then(|name| self::dimension(kind, name));
                    if meant == Some(Dimension::Asset) {
                        return one.then_some(false);
                    }
                    self.by.push(Dimension::Column(name.into()));
                    self.by.extend(meant);
                }
            }
        }
        clear.then_some(true)
    }

    pub(super) fn unknown_dimension(&mut self, kind: &Kind, node: &Node, name: &str) {
        let known = dimensions(kind);
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean '{near}'?"),
            None => format!("it has {}", known.join(", ")),
        };
        let message = format!("{} has no dimension '{name}'", kind.name);
        self.reader
            .error("rule-unknown-dimension", node.span.clone(), message)
            .help = Some(help);
    }
}

/// The dimension of this name, where assets of the kind have it.
pub(super) fn dimension(kind: &Kind, name: &str) -> Option<Dimension> {
    match name {
        "asset" => return Some(Dimension::Asset),
        "area" => return Some(Dimension::Area),
        "uplink" => return Some(Dimension::Uplink),
        _ => {}
    }
    if let Some(level) = area_level(name) {
        return Some(Dimension::AreaAt(level));
    }
    let column = kind.column(name)?;
    (column.value_type == ValueType::Text).then(|| Dimension::Column(column.name.clone()))
}

/// The names a `by` of this kind can have.
pub(crate) fn dimensions(kind: &Kind) -> Vec<&str> {
    let labels = kind.columns.iter();
    let labels = labels.filter(|column| column.value_type == ValueType::Text);
    let fixed = ["asset", "area", "commune", "district", "province"];
    fixed
        .into_iter()
        .chain(labels.map(|column| &*column.name))
        .collect()
}
