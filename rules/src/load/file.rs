//! One rule file: its frame, and the rules in it as written.

use std::sync::Arc;

use city::yaml::{self, Fields, Node, Reader};
use model::{Diagnostic, Label, RuleName, SourceFile};

use super::builtins;
use crate::keys;

/// A file that is YAML.
pub(super) struct Tree<'a> {
    pub(super) file: usize,
    pub(super) source: &'a SourceFile,
    root: Node,
}

/// One rule as written.
pub(super) struct Draft<'a> {
    pub(super) file: usize,
    pub(super) text: &'a str,
    pub(super) name: RuleName,
    /// Where the name stands.
    pub(super) name_node: &'a Node,
    pub(super) fields: Fields<'a>,
    /// It computes readings of the kind it is named after, in place of alerts.
    pub(super) derives: bool,
    /// Its name can be used. What else is wrong with it is told all the same.
    pub(super) named: bool,
    /// Of this file, to go on with.
    pub(super) reader: Reader,
}

pub(super) fn parse<'a>(
    file: usize,
    source: &'a SourceFile,
    problems: &mut Vec<Diagnostic>,
) -> Option<Tree<'a>> {
    match yaml::parse(file, &source.text) {
        Ok(root) => Some(Tree { file, source, root }),
        Err(mut found) => {
            problems.append(&mut found);
            None
        }
    }
}

/// Every rule of a file.
pub(super) fn drafts<'a>(
    tree: &'a Tree<'_>,
    drafts: &mut Vec<Draft<'a>>,
    problems: &mut Vec<Diagnostic>,
) {
    let mut reader = Reader::new(tree.file);
    read(tree, &mut reader, drafts);
    problems.append(&mut reader.diagnostics);
}

fn read<'a>(tree: &'a Tree<'_>, reader: &mut Reader, drafts: &mut Vec<Draft<'a>>) -> Option<()> {
    let what = keys::FILE.what;
    let fields = keys::fields(&tree.root, &keys::FILE, reader)?;
    reader.version(fields, what);
    let group_node = reader.required(fields, "group", what);
    let group = group_node.and_then(|node| Some((node, reader.text(node, "the group")?)));
    if let Some((node, builtins::GROUP)) = group {
        reader
            .error(
                "rule-reserved-group",
                node.span.clone(),
                "the group 'ioc' is the engine's own",
            )
            .help = Some("name the group after its domain, such as 'flood' or 'wifi'".to_owned());
    }
    if let Some((node, name)) = group {
        one_word(node, name, "group", reader);
    }
    let rules = reader.required(fields, "rules", what)?;
    let group = group.map_or("", |(_, name)| name).into();
    for node in reader.items(rules, "'rules'")? {
        if let Some(draft) = draft(tree, &group, node, reader) {
            drafts.push(draft);
        }
    }
    Some(())
}

fn draft<'a>(
    tree: &'a Tree<'_>,
    group: &Arc<str>,
    node: &'a Node,
    reader: &mut Reader,
) -> Option<Draft<'a>> {
    let entries = reader.entries(node, keys::RULE.what)?;
    let derives = node.get_entry("derive").is_some();
    let part = if derives {
        &keys::DERIVATION
    } else {
        &keys::RULE
    };
    let fields = keys::fields(node, part, reader)?;
    let name_node = reader.required(fields, if derives { "derive" } else { "alert" }, part.what);
    let name = name_node.and_then(|node| {
        if derives {
            kind_name(node, reader)
        } else {
            rule_name(node, reader)
        }
    });
    Some(Draft {
        file: tree.file,
        text: &tree.source.text,
        name: RuleName {
            group: Arc::clone(group),
            name: name.unwrap_or_default().into(),
        },
        name_node: name_node.or(entries.first().map(|(key, _)| key))?,
        fields,
        derives,
        named: name.is_some(),
        reader: reader.going_on(),
    })
}

fn rule_name<'a>(node: &'a Node, reader: &mut Reader) -> Option<&'a str> {
    let name = reader.text(node, "the rule's name")?;
    if !name.contains('/') {
        return one_word(node, name, "name", reader);
    }
    let message = format!("the name '{name}' has a slash in it");
    reader.error("rule-name", node.span.clone(), message).help = Some(
        "the group stands at the top of the file; the name is only the part after it".to_owned(),
    );
    None
}

/// The name of a rule or a group, where it is one word: in what a test expects the name ends at the first blank.
fn one_word<'a>(node: &Node, name: &'a str, what: &str, reader: &mut Reader) -> Option<&'a str> {
    if !name.contains(char::is_whitespace) {
        return Some(name);
    }
    let words: Vec<_> = name.split_whitespace().collect();
    let message = format!("the {what} '{name}' has a blank in it");
    reader.error("rule-name", node.span.clone(), message).help = Some(format!(
        "tests name rules by one word: write {} or {}",
        words.iter().map(|word| capital(word)).collect::<String>(),
        words.join("_")
    ));
    None
}

/// `space`, as it stands within `HasSpace`.
fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// A rule that derives is named after the kind of its readings: `env/area-air`.
fn kind_name<'a>(node: &'a Node, reader: &mut Reader) -> Option<&'a str> {
    let name = reader.text(node, "the kind it derives")?;
    let words: Vec<_> = name.split('/').collect();
    let is_word = |word: &&str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        !word.is_empty() && word.chars().all(plain)
    };
    if words.len() == 2 && words.iter().all(is_word) {
        return Some(name);
    }
    let message = format!("'{name}' cannot name a kind");
    reader.error("derive-name", node.span.clone(), message).help =
        Some("write a domain and a kind: derive: env/area-air".to_owned());
    None
}

/// A rule is its group and its name: the second of a name is refused.
pub(super) fn refuse_doubles(drafts: &mut Vec<Draft<'_>>, problems: &mut Vec<Diagnostic>) {
    let mut first: std::collections::BTreeMap<String, (usize, std::ops::Range<usize>)> =
        std::collections::BTreeMap::new();
    drafts.retain(|draft| {
        if !draft.named {
            return true;
        }
        let place = (draft.file, draft.name_node.span.clone());
        let Some((file, span)) = first.get(&draft.name.to_string()) else {
            first.insert(draft.name.to_string(), place);
            return true;
        };
        let (message, help) = if draft.derives {
            (
                format!("'{}' is derived twice", draft.name.name),
                "give one of them a kind of its own",
            )
        } else {
            (
                format!("there are two rules named {}", draft.name),
                "state is kept by group and name: give one of them another name",
            )
        };
        let mut problem =
            Diagnostic::error("rule-duplicate", message, place.0, place.1).with_help(help);
        problem.labels.push(Label {
            file: *file,
            span: span.clone(),
            text: "the first".to_owned(),
        });
        problems.push(problem);
        false
    });
}
