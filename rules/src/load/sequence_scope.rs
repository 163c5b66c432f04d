//! What names mean in the conditions and texts of a sequence: the step's own asset, and the assets of earlier steps.

use std::sync::Arc;

use cel::{Comparison, Expr, Problem, Reference, Resolution, Scope, Type};
use model::{Kind, nearest};

use super::Loader;
use super::group_scope::nameless;
use super::member_scope::{MemberScope, slot, whole_division, wrong};
use super::names::Names;
use super::turnings::TimeRead;
use crate::plan::Dimension;
use crate::sequences::KeptSlot;
use crate::slots::SlotSource;
use crate::windows::Statistic;

/// The slots of one step, each as it is written and of its type.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) sources: Vec<SlotSource>,
    pub(super) kept: Vec<KeptSlot>,
}

impl Table {
    /// Takes note of what was just resolved against the sources.
    fn note(&mut self, found: &Resolution, name: &str, names: &mut Names) {
        if let Resolution::Slot { slot, ty, .. } = found
            && *slot as usize == self.kept.len()
        {
            let (name, ty) = (names.one(name), ty.clone());
            self.kept.push(KeptSlot { name, ty });
        }
    }
}

/// A step as far as others can refer to it.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) name: Option<Arc<str>>,
    pub(super) kind: Kind,
    pub(super) table: Table,
}

/// The scope of a step's condition.
pub(super) struct StepScope<'a, 'c> {
    pub(super) loader: &'a mut Loader<'c>,
    pub(super) kind: &'a Kind,
    pub(super) table: &'a mut Table,
    pub(super) earlier: &'a mut [Named],
    /// Names of steps of which nothing is known.
    pub(super) unusable: &'a [Arc<str>],
    /// Where the expression reads the time that passes.
    pub(super) reads: Vec<TimeRead>,
}

impl StepScope<'_, '_> {
    /// The scope of the step's own asset.
    pub(super) fn own<T>(&mut self, ask: impl FnOnce(&mut MemberScope<'_>) -> T) -> T {
        let mut scope = MemberScope {
            city: &self.loader.city,
            zone: &self.loader.zone,
            kind: self.kind,
            builder: &mut self.loader.kinds[self.kind.id.index()],
            slots: &mut self.table.sources,
            clocks: &mut self.loader.clocks,
            reads: std::mem::take(&mut self.reads),
            english: None,
            collects: None,
            doubts: &mut self.loader.doubts,
        };
        let answer = ask(&mut scope);
        self.reads = scope.reads;
        answer
    }

    fn note(&mut self, found: &Resolution, expr: &Expr) {
        let names = &mut self.loader.names;
        self.table.note(found, expr.text(), names);
    }
}

impl Scope for StepScope<'_, '_> {
    fn resolve(&mut self, reference: Reference<'_>, expr: &Expr) -> Resolution {
        if names_one_of(self.unusable, reference) {
            return Resolution::Problems(Vec::new());
        }
        if let Some(found) = of_captures(self.loader, self.earlier, reference, expr, Asks::Step) {
            let found = found.into_slot(&mut self.table.sources);
            self.note(&found, expr);
            return found;
        }
        let found = self.own(|scope| scope.resolve(reference, expr));
        self.note(&found, expr);
        found
    }

    fn candidates(&self, reference: Reference<'_>) -> Vec<String> {
        let mut known: Vec<_> = self
            .kind
            .fields
            .iter()
            .map(|f| f.name.to_string())
            .collect();
        match reference {
            Reference::Name(_) | Reference::Path(_) => {
                known.extend(["asset.id", "asset.name", "asset.area"].map(str::to_owned));
                let columns = self.kind.columns.iter();
                known.extend(columns.map(|column| format!("asset.{}", column.name)));
                known.extend(captures(self.earlier));
                known
            }
            Reference::Method { .. } => {
                let methods = Statistic::METHODS.iter().chain(&["age", "held"]);
                methods.map(|name| (*name).to_owned()).collect()
            }
            Reference::Function { .. } => {
                let functions = ["last_known", "silent", "calendar", "local_hour", "within"];
                functions.map(str::to_owned).into()
            }
        }
    }

    fn divides_whole(&mut self, division: &Expr) {
        self.loader.doubts.push(whole_division(division));
    }

    fn compares(&mut self, written: &Expr, comparison: Comparison) {
        self.own(|scope| scope.compares(written, comparison));
    }
}

/// Who asks about earlier steps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Asks {
    /// A later step: it sees them as they were.
    Step,
    /// What ends the sequence: it sees their assets as they are.
    Clear,
    /// A text: it sees them as they were.
    Text { english: bool },
}

impl Asks {
    fn english(self) -> Option<bool> {
        match self {
            Self::Text { english } => Some(english),
            Self::Step | Self::Clear => None,
        }
    }
}

/// The scope of `clear` and of the texts: every step, and the parts of the key.
pub(super) struct WholeScope<'a, 'c> {
    pub(super) loader: &'a mut Loader<'c>,
    pub(super) steps: &'a mut [Named],
    /// Names of steps of which nothing is known.
    pub(super) unusable: &'a [Arc<str>],
    pub(super) slots: &'a mut Vec<SlotSource>,
    pub(super) by: &'a [Dimension],
    /// The sequence is about one asset, which every step is about then.
    pub(super) single: bool,
    pub(super) asks: Asks,
}

impl Scope for WholeScope<'_, '_> {
    fn resolve(&mut self, reference: Reference<'_>, expr: &Expr) -> Resolution {
        if names_one_of(self.unusable, reference) {
            return Resolution::Problems(Vec::new());
        }
        if let Some(found) = of_captures(self.loader, self.steps, reference, expr, self.asks) {
            return found.into_slot(self.slots);
        }
        let (Reference::Name(first) | Reference::Path(&[first, ..])) = reference else {
            return Resolution::NotMine;
        };
        let part = self.by.iter().position(|d| *d.name() == *first);
        match (reference, part, self.asks.english()) {
            (Reference::Name(_), Some(part), _) => slot(
                self.slots,
                SlotSource::KeyPart(part as u8),
                Type::String,
                None,
            ),
            (Reference::Path([_, "name"]), Some(part), Some(_)) if !self.by[part].is_area() => {
                wrong(nameless(first, expr))
            }
            (Reference::Path([_, "name"]), Some(part), Some(english)) => {
                let source = SlotSource::KeyAreaName(part as u8, english);
                slot(self.slots, source, Type::String, None)
            }
            (Reference::Path(path @ ["asset", ..]), _, Some(english)) if self.single => {
                let found = capture(
                    self.loader,
                    &mut self.steps[0],
                    0,
                    path,
                    expr,
                    Some(english),
                );
                found.into_slot(self.slots)
            }
            _ if is_own(&self.steps[0].kind, first) => wrong(no_own_asset(expr, self.steps)),
            _ => Resolution::NotMine,
        }
    }

    fn candidates(&self, reference: Reference<'_>) -> Vec<String> {
        match reference {
            Reference::Name(_) | Reference::Path(_) => {
                let parts = self.by.iter().map(|d| d.name().to_string());
                parts.chain(captures(self.steps)).collect()
            }
            Reference::Method { .. } | Reference::Function { .. } => Vec::new(),
        }
    }

    fn divides_whole(&mut self, division: &Expr) {
        if self.asks == Asks::Clear {
            self.loader.doubts.push(whole_division(division));
        }
    }
}

fn is_own(kind: &Kind, name: &str) -> bool {
    kind.field(name).is_some() || name == "asset"
}

fn no_own_asset(expr: &Expr, steps: &[Named]) -> Problem {
    let what = expr.text();
    let message = format!("'{what}' of which step? here is the whole sequence");
    let help = match steps.iter().find_map(|step| step.name.as_ref()) {
        Some(name) => format!("name the step: {name}.{what}"),
        None => format!("give the step a name and use it: as: a, then a.{what}"),
    };
    Problem::new("rule-sequence-capture", expr.span(), message).with_help(help)
}

/// Whether something begins with one of these names.
fn names_one_of(names: &[Arc<str>], reference: Reference<'_>) -> bool {
    let path = match reference {
        Reference::Name(name) => Some(name),
        Reference::Path(path) => path.first().copied(),
        Reference::Method { .. } | Reference::Function { .. } => None,
    };
    path.is_some_and(|first| names.iter().any(|name| **name == *first))
}

/// What can be said of the steps that have names.
fn captures(steps: &[Named]) -> Vec<String> {
    let mut known = Vec::new();
    for step in steps {
        let Some(name) = &step.name else { continue };
        let fields = step.kind.fields.iter().map(|field| &*field.name);
        let registry = ["asset.id", "asset.name", "asset.area"];
        known.extend(fields.chain(registry).map(|what| format!("{name}.{what}")));
    }
    known
}

/// Something of an earlier step's asset: not a slot of the asker yet.
enum Found {
    Captured(SlotSource, Type, Option<Arc<str>>),
    Wrong(Vec<Problem>),
}

impl Found {
    fn into_slot(self, slots: &mut Vec<SlotSource>) -> Resolution {
        match self {
            Self::Captured(source, ty, unit) => slot(slots, source, ty, unit),
            Self::Wrong(problems) => Resolution::Problems(problems),
        }
    }
}

/// Something that begins with the name of a step; none where it does not.
fn of_captures(
    loader: &mut Loader<'_>,
    steps: &mut [Named],
    reference: Reference<'_>,
    expr: &Expr,
    asks: Asks,
) -> Option<Found> {
    let find = |steps: &[Named], first: &str| {
        let named = |step: &Named| step.name.as_deref() == Some(first);
        steps.iter().position(named)
    };
    match reference {
        Reference::Name(name) => {
            find(steps, name)?;
            // A step that is called as a field is; that was told of the step.
            if steps.iter().any(|other| other.kind.field(name).is_some()) {
                return None;
            }
            let message = format!("'{name}' is a step, not a value by itself");
            let problem = Problem::new("rule-sequence-capture", expr.span(), message);
            let help = format!("write {name}.asset.id, or {name} with a field of its kind");
            Some(Found::Wrong(vec![problem.with_help(help)]))
        }
        Reference::Path([first, path @ ..]) => {
            let step = find(steps, first)?;
            if asks == Asks::Clear && matches!(path, ["now" | "at"]) {
                let message = format!(
                    "'{}' passes; the engine must know when to look",
                    expr.text()
                );
                let problem = Problem::new("rule-now", expr.span(), message);
                let help = "in 'clear', ask for fields of the steps' assets".to_owned();
                return Some(Found::Wrong(vec![problem.with_help(help)]));
            }
            let english = asks.english();
            Some(capture(loader, &mut steps[step], step, path, expr, english))
        }
        Reference::Method { receiver, name, .. } => {
            let path = receiver.as_path()?;
            find(steps, path.first()?)?;
            let over_time = Statistic::METHODS.contains(&name) || ["age", "held"].contains(&name);
            over_time.then(|| {
                let message =
                    format!("'.{name}()' looks back; of an earlier step one value is kept");
                let problem = Problem::new("rule-sequence-capture", expr.span(), message);
                let help = "look back in the step's own condition".to_owned();
                Found::Wrong(vec![problem.with_help(help)])
            })
        }
        Reference::Path([]) | Reference::Function { .. } => None,
    }
}

/// Something of a step's asset, kept when the step rises.
fn capture(
    loader: &mut Loader<'_>,
    of: &mut Named,
    step: usize,
    path: &[&str],
    expr: &Expr,
    english: Option<bool>,
) -> Found {
    let mut scope = MemberScope {
        city: &loader.city,
        zone: &loader.zone,
        kind: &of.kind,
        builder: &mut loader.kinds[of.kind.id.index()],
        slots: &mut of.table.sources,
        clocks: &mut loader.clocks,
        reads: Vec::new(),
        english,
        collects: None,
        doubts: &mut loader.doubts,
    };
    let reference = match path {
        [name] => Reference::Name(name),
        path => Reference::Path(path),
    };
    let found = scope.resolve(reference, expr);
    let known = scope.candidates(reference);
    let mut name = path.join(".");
    if let (Some(english), true) = (english, path.ends_with(&["area", "name"])) {
        name.push_str(if english { " en" } else { " vi" });
    }
    of.table.note(&found, &name, &mut loader.names);
    match found {
        Resolution::Slot { slot, ty, unit } => {
            let source = SlotSource::Captured(step as u8, slot as u16);
            Found::Captured(source, ty, unit)
        }
        Resolution::Problems(problems) => Found::Wrong(problems),
        Resolution::Constant(_) | Resolution::NotMine => {
            let kind = &of.kind.name;
            let message = format!("an asset of {kind} has no '{name}'");
            let mut problem = Problem::new("rule-sequence-capture", expr.span(), message);
            let near = nearest(&name, known.iter().map(String::as_str));
            let own = of.name.as_deref().unwrap_or_default();
            problem.help = near.map(|near| format!("did you mean {own}.{near}?"));
            Found::Wrong(vec![problem])
        }
    }
}
