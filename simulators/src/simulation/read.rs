//! Reads the simulation files of a pack into one plan. Names first, so that files may use each other's words.

use std::sync::Arc;

use city::yaml::{self, Node, Reader};
use model::{
    Catalog, Diagnostic, Field, FieldId, Kind, KindId, SourceFile, Time, Value, ValueType,
};

use super::effect::{self, Effect};
use super::kind;
use super::{ConditionId, MAX_CONDITIONS, Plan, reach};
use crate::rhythm::{Curve, Rhythm};

const KEYS: [&str; 6] = [
    "version",
    "rhythms",
    "conditions",
    "kinds",
    "reach",
    "outages",
];

/// The words a file may use.
pub(super) struct Names<'a> {
    catalog: &'a Catalog,
    rhythms: Vec<Arc<str>>,
    conditions: Vec<Arc<str>>,
}

pub(super) fn read(
    files: &[SourceFile],
    first_file: usize,
    catalog: &Catalog,
) -> (Option<Plan>, Vec<Diagnostic>) {
    let mut problems = Vec::new();
    let mut roots = Vec::new();
    for (i, file) in files.iter().enumerate() {
        match yaml::parse(first_file + i, &file.text) {
            Ok(root) => roots.push((first_file + i, root)),
            Err(found) => problems.extend(found),
        }
    }
    let names = Names::collect(catalog, &roots, &mut problems);
    let mut draft = Draft::new(catalog, &names);
    for (file, root) in &roots {
        let mut reader = Reader::new(*file);
        draft.file(&mut reader, &names, root);
        problems.extend(reader.diagnostics);
    }
    if problems.iter().any(Diagnostic::is_error) {
        return (None, problems);
    }
    (Some(draft.finish(names)), problems)
}

impl<'a> Names<'a> {
    fn collect(
        catalog: &'a Catalog,
        roots: &[(usize, Node)],
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let keys = |section: &str| -> Vec<Arc<str>> {
            let entries = roots
                .iter()
                .filter_map(|(_, root)| root.get(section)?.as_map());
            entries
                .flatten()
                .filter_map(|(key, _)| key.as_str().map(Arc::from))
                .collect()
        };
        let conditions = keys("conditions");
        if conditions.len() > MAX_CONDITIONS {
            let message = format!(
                "{} conditions; there can be {MAX_CONDITIONS}",
                conditions.len()
            );
            let file = roots.first().map_or(0, |(file, _)| *file);
            problems.push(Diagnostic::error("sim-conditions", message, file, 0..0));
        }
        Self {
            catalog,
            rhythms: keys("rhythms"),
            conditions,
        }
    }

    pub(super) fn rhythm(&self, reader: &mut Reader, node: &Node) -> Option<usize> {
        position(reader, node, "a rhythm", "sim-rhythm", &self.rhythms)
    }

    pub(super) fn condition(&self, reader: &mut Reader, node: &Node) -> Option<ConditionId> {
        let at = position(
            reader,
            node,
            "a condition",
            "sim-condition",
            &self.conditions,
        )?;
        Some(ConditionId(at as u8))
    }

    pub(super) fn kind(&self, reader: &mut Reader, node: &Node) -> Option<KindId> {
        kind_named(reader, self.catalog, node)
    }
}

fn position(
    reader: &mut Reader,
    node: &Node,
    what: &str,
    code: &'static str,
    words: &[Arc<str>],
) -> Option<usize> {
    let name = reader.text(node, what)?;
    let found = words.iter().position(|w| &**w == name);
    if found.is_none() {
        let message = format!("'{name}' is not {what} of the simulation files");
        reader.error(code, node.span.clone(), message).help =
            nearest_help(name, words.iter().map(|w| &**w));
    }
    found
}

/// A kind of the catalog by name.
pub(crate) fn kind_named(reader: &mut Reader, catalog: &Catalog, node: &Node) -> Option<KindId> {
    let name = reader.text(node, "a kind")?;
    let found = catalog.find(name).map(|k| k.id);
    if found.is_none() {
        let message = format!("the catalog has no kind '{name}'");
        reader.error("sim-kind", node.span.clone(), message).help =
            nearest_help(name, catalog.kinds().iter().map(|k| &*k.name));
    }
    found
}

struct Draft {
    plan: Plan,
    general: Vec<Effect>,
    under: Vec<(KindId, Vec<(ConditionId, Effect)>)>,
}

impl Draft {
    fn new(catalog: &Catalog, names: &Names<'_>) -> Self {
        let plan = Plan {
            kinds: vec![None; catalog.kinds().len()],
            ..Plan::default()
        };
        Self {
            plan,
            general: vec![Effect::default(); names.conditions.len()],
            under: Vec::new(),
        }
    }

    fn file(&mut self, reader: &mut Reader, names: &Names<'_>, root: &Node) -> Option<()> {
        let fields = reader.fields(root, "a simulation file", &KEYS)?;
        let version = reader.required(fields, "version", "a simulation file")?;
        reader.integer(version, "version", 1..2)?;
        if let Some(node) = fields.get("rhythms") {
            for (name, node) in reader.entries(node, "rhythms")? {
                let rhythm = rhythm(reader, node)?;
                let name = name.as_str().unwrap_or_default();
                self.plan.rhythms.push((name.into(), rhythm));
            }
        }
        if let Some(node) = fields.get("conditions") {
            for (word, node) in reader.entries(node, "conditions")? {
                let condition = names.condition(reader, word)?;
                let slot = &mut self.general[usize::from(condition.0)];
                if !node.is_null() {
                    *slot = effect::read_general(reader, node)?;
                }
            }
        }
        if let Some(node) = fields.get("kinds") {
            for (name, node) in reader.entries(node, "kinds")? {
                self.kind(reader, names, name, node);
            }
        }
        self.spread(reader, names, fields)
    }

    fn spread(
        &mut self,
        reader: &mut Reader,
        names: &Names<'_>,
        fields: yaml::Fields<'_>,
    ) -> Option<()> {
        if let Some(node) = fields.get("reach") {
            for item in reader.items(node, "reach")? {
                let read = reach::read_reach(reader, names, item);
                self.plan.reaches.extend(read);
            }
        }
        if let Some(node) = fields.get("outages") {
            for item in reader.items(node, "outages")? {
                let read = reach::read_outage(reader, names, item);
                self.plan.outages.extend(read);
            }
        }
        Some(())
    }

    fn kind(&mut self, reader: &mut Reader, names: &Names<'_>, name: &Node, node: &Node) {
        let Some(id) = names.kind(reader, name) else {
            return;
        };
        if self.plan.kinds[id.index()].is_some() {
            let message = "this kind is simulated in another file already";
            reader.error("sim-kind-twice", name.span.clone(), message);
            return;
        }
        if let Some(draft) = kind::read(reader, names, names.catalog.kind(id), node) {
            self.plan.kinds[id.index()] = Some(draft.plan);
            self.under.push((id, draft.under));
        }
    }

    /// Gives every kind one entry a condition: its own word on it, else the general one, else none.
    fn finish(mut self, names: Names<'_>) -> Plan {
        let nothing = Effect::default();
        for (id, own) in self.under {
            let Some(plan) = &mut self.plan.kinds[id.index()] else {
                continue;
            };
            let general = self.general.iter();
            plan.under = general
                .map(|e| (*e != nothing).then(|| e.clone()))
                .collect();
            for (condition, effect) in own {
                plan.under[usize::from(condition.0)] = Some(effect);
            }
        }
        // Rhythms were pushed in file order, the order their names were collected in.
        debug_assert_eq!(self.plan.rhythms.len(), names.rhythms.len());
        self.plan.conditions = names.conditions;
        self.plan
    }
}

fn rhythm(reader: &mut Reader, node: &Node) -> Option<Rhythm> {
    let fields = reader.fields(node, "a rhythm", &["clock", "workday", "weekend"])?;
    let real = match fields.get("clock") {
        Some(node) => reader.word(node, "a clock", &["real", "day"])? == "real",
        None => false,
    };
    let workday = reader.required(fields, "workday", "a rhythm")?;
    let workday = curve(reader, workday)?;
    let weekend = match fields.get("weekend") {
        Some(node) => curve(reader, node)?,
        None => workday.clone(),
    };
    Some(Rhythm {
        workday,
        weekend,
        real,
    })
}

fn curve(reader: &mut Reader, node: &Node) -> Option<Curve> {
    let mut points = Vec::new();
    for (time, level) in reader.entries(node, "a curve")? {
        let time = reader.text(time, "a time of the day")?;
        points.push((time, reader.number(level, "a level")?));
    }
    match Curve::through(points) {
        Ok(curve) => Some(curve),
        Err(error) => {
            reader.error("sim-curve", node.span.clone(), error.to_string());
            None
        }
    }
}

/// A value of a field's type, within its range.
pub(super) fn literal(reader: &mut Reader, field: &Field, node: &Node) -> Option<Value> {
    match field.value_type {
        ValueType::F64 => {
            let number = reader.number(node, &field.name)?;
            let (low, high) = field.range.unwrap_or((f64::MIN, f64::MAX));
            if number < low || number > high {
                let message = format!(
                    "{number} leaves the range {low} to {high} of '{}'",
                    field.name
                );
                reader.error("sim-range", node.span.clone(), message);
                return None;
            }
            Some(Value::F64(number))
        }
        ValueType::Bool => reader.boolean(node, &field.name).map(Value::Bool),
        ValueType::Symbol => {
            let words: Vec<&str> = field.symbols.iter().map(|s| &**s).collect();
            let what = format!("a word of '{}'", field.name);
            let word = reader.word(node, &what, &words)?;
            field.symbol(word).map(Value::Symbol)
        }
        ValueType::Text => {
            let text = reader.text(node, &field.name)?;
            Some(Value::Text(text.into()))
        }
        ValueType::Time => {
            let at = reader.integer(node, &field.name, 0..i64::MAX)?;
            Some(Value::Time(Time::from_millis(at)))
        }
    }
}

pub(super) fn literal_of(
    reader: &mut Reader,
    kind: &Kind,
    field: FieldId,
    node: &Node,
) -> Option<Value> {
    literal(reader, &kind.fields[field.index()], node)
}

/// "did you mean …?" where something near was meant.
pub(crate) fn nearest_help<'a>(
    wanted: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    model::nearest(wanted, candidates).map(|near| format!("did you mean '{near}'?"))
}
