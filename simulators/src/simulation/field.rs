//! How one field of a kind gets its values.

use std::sync::Arc;

use city::yaml::{Fields, Node, NodeValue, Reader};
use model::{Field, FieldId, Kind, Span, Value, ValueType};

use super::read::{Names, literal, nearest_help};
use crate::weather::Element;

/// A field and its generator. Fields are worked out in the order of the file, so that later ones can use earlier ones.
#[derive(Clone, Debug)]
pub struct FieldPlan {
    /// Which field of the kind.
    pub field: FieldId,
    /// Its name in payloads.
    pub name: Arc<str>,
    /// Only assets with these values in their columns have it.
    pub only: Vec<(Arc<str>, Arc<str>)>,
    /// How its values come about.
    pub make: Make,
}

/// How values come about.
#[derive(Clone, Debug)]
pub enum Make {
    /// The same value until a condition changes it.
    Fixed(Value),
    /// A number from a level, a rhythm, noise, the weather and other fields.
    Number(NumberPlan),
    /// A count that grows and can be reset.
    Counter(Counter),
    /// The first case whose test holds.
    Cases(Cases),
    /// Words with random stays between them.
    States(States),
    /// A moment a device knows.
    Moment(Known),
}

/// The moments a device knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Known {
    /// When it last started.
    Boot,
    /// The moment of the report.
    Now,
    /// When it last did what it does this often, each device at its own phase.
    Every(Span),
}

/// (level + noise) × rhythm + weather + terms, kept within bounds and rounded.
#[derive(Clone, Debug)]
pub struct NumberPlan {
    /// The level.
    pub base: Amount,
    /// Each asset's level is this share more or less, drawn once.
    pub vary: f64,
    /// Each asset's level is this much more or less, drawn once.
    pub spread: f64,
    /// The rhythm that scales both, by its place in the plan: who is not there does not fluctuate either.
    pub rhythm: Option<usize>,
    /// What wanders around the level.
    pub noise: Option<Noise>,
    /// What the weather adds.
    pub weather: Vec<Coupling>,
    /// What other fields add.
    pub sum: Vec<Term>,
    /// The least and the greatest it may be.
    pub keep: (f64, f64),
    /// Digits after the point.
    pub decimals: u8,
}

/// A number, or one that differs by asset because it comes from a registry column.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Amount {
    /// The same for every asset.
    Number(f64),
    /// column × times + plus; `or` where the asset's cell is empty.
    Column {
        /// The column's place in the kind.
        column: usize,
        /// Scale.
        times: f64,
        /// Offset.
        plus: f64,
        /// Without a value.
        or: f64,
    },
}

/// Mean-reverting noise (Ornstein–Uhlenbeck).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Noise {
    /// Its standard deviation in the long run.
    pub sigma: f64,
    /// How soon it forgets: its correlation falls to 1/e in this time.
    pub settles: Span,
}

/// What an element of the weather adds: `times` × its mean over `over`, `lag` ago.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Coupling {
    /// Which element.
    pub element: Element,
    /// Scale.
    pub times: f64,
    /// How long ago.
    pub lag: Span,
    /// Over how long.
    pub over: Span,
}

/// What an earlier field adds: times × field (÷ over), or its rate of change.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Term {
    /// The field, by its place in the kind's plan.
    pub field: usize,
    /// Scale; from a registry column, it differs by asset.
    pub times: Amount,
    /// Divided by this field; by one where it is less than one.
    pub over: Option<usize>,
    /// The change over this time instead of the value, per hour.
    pub rate_over: Option<Span>,
}

/// A count that grows by chance.
#[derive(Clone, Debug)]
pub struct Counter {
    /// How fast at rhythm 1.
    pub per_hour: Amount,
    /// The rhythm that scales it.
    pub rhythm: Option<usize>,
    /// Where it begins: this many hours' worth is there at the start.
    pub head_start_hours: f64,
    /// Past this it begins again at zero.
    pub wraps_at: f64,
}

/// The first case whose test holds, else the last word.
#[derive(Clone, Debug)]
pub struct Cases {
    /// Tests in order with the value each gives.
    pub cases: Vec<(Test, Value)>,
    /// When none holds.
    pub otherwise: Value,
}

/// A comparison of an earlier number field.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Test {
    /// The field, by its place in the kind's plan.
    pub field: usize,
    /// Holds below this.
    pub below: f64,
}

/// Words with random stays between them: a continuous-time Markov chain.
#[derive(Clone, Debug)]
pub struct States {
    /// The value of each state, the mean stay in it, and what may follow.
    pub states: Vec<(Value, Span, Vec<usize>)>,
}

const KEYS: [&str; 15] = [
    "where", "is", "time", "base", "vary", "spread", "rhythm", "noise", "weather", "sum", "keep",
    "decimals", "counter", "cases", "states",
];

/// `where: {role: ups}` of a field; a column the kind does not have is reported.
pub(super) fn read_only(
    reader: &mut Reader,
    kind: &Kind,
    node: &Node,
) -> Option<Vec<(Arc<str>, Arc<str>)>> {
    let Some(only) = node.get("where") else {
        return Some(Vec::new());
    };
    let mut wanted = Vec::new();
    for (column, value) in reader.entries(only, "where")? {
        let name = reader.text(column, "a column")?;
        if !kind.columns.iter().any(|c| &*c.name == name) {
            let message = format!("'{}' has no registry column '{name}'", kind.name);
            let columns = kind.columns.iter().map(|c| &*c.name);
            reader
                .error("sim-column", column.span.clone(), message)
                .help = nearest_help(name, columns);
            return None;
        }
        wanted.push((name.into(), reader.text(value, "a value")?.into()));
    }
    Some(wanted)
}

/// Reads one field of a kind; `earlier` are the fields above it in the file.
pub(super) fn read(
    reader: &mut Reader,
    names: &Names<'_>,
    kind: &Kind,
    field: &Field,
    node: &Node,
    earlier: &[FieldPlan],
) -> Option<Make> {
    let what = format!("the field '{}'", field.name);
    let fields = reader.fields(node, &what, &KEYS)?;
    let scope = Scope {
        names,
        kind,
        field,
        earlier,
    };
    if let Some(node) = fields.get("is") {
        return literal(reader, field, node).map(Make::Fixed);
    }
    if let Some(node) = fields.get("time") {
        return known(reader, node).map(Make::Moment);
    }
    if let Some(node) = fields.get("counter") {
        return scope.counter(reader, node).map(Make::Counter);
    }
    if let Some(node) = fields.get("cases") {
        return scope.cases(reader, node).map(Make::Cases);
    }
    if let Some(node) = fields.get("states") {
        return scope.states(reader, node).map(Make::States);
    }
    if field.value_type != ValueType::F64 {
        let message = format!("{what} holds a {}, not a number", field.value_type);
        reader.error("sim-type", node.span.clone(), message).help =
            Some("say what it is with is, cases, states or time".to_owned());
        return None;
    }
    scope.number(reader, fields).map(Make::Number)
}

struct Scope<'a> {
    names: &'a Names<'a>,
    kind: &'a Kind,
    field: &'a Field,
    earlier: &'a [FieldPlan],
}

impl Scope<'_> {
    fn number(&self, reader: &mut Reader, fields: Fields<'_>) -> Option<NumberPlan> {
        let base = match fields.get("base") {
            Some(node) => amount(reader, self.kind, node)?,
            None => Amount::Number(0.0),
        };
        Some(NumberPlan {
            base,
            vary: number_or(reader, fields, "vary", 0.0)?,
            spread: number_or(reader, fields, "spread", 0.0)?,
            rhythm: match fields.get("rhythm") {
                Some(node) => Some(self.names.rhythm(reader, node)?),
                None => None,
            },
            noise: match fields.get("noise") {
                Some(node) => Some(noise(reader, node)?),
                None => None,
            },
            weather: match fields.get("weather") {
                Some(node) => weather(reader, node)?,
                None => Vec::new(),
            },
            sum: match fields.get("sum") {
                Some(node) => self.terms(reader, node)?,
                None => Vec::new(),
            },
            keep: self.keep(reader, fields)?,
            decimals: match fields.get("decimals") {
                Some(node) => reader.integer(node, "decimals", 0..10)? as u8,
                None => 2,
            },
        })
    }

    /// The bounds, which must lie in the range of the catalog: a healthy device sends nothing the engine refuses.
    fn keep(&self, reader: &mut Reader, fields: Fields<'_>) -> Option<(f64, f64)> {
        let range = self.field.range.unwrap_or((f64::MIN, f64::MAX));
        let Some(node) = fields.get("keep") else {
            return Some(range);
        };
        let (low, high) = pair(reader, node, "keep", |reader, n| reader.number(n, "keep"))?;
        if low < range.0 || high > range.1 || low > high {
            let message = format!(
                "keep [{low}, {high}] leaves the range {} to {} of '{}'",
                range.0, range.1, self.field.name
            );
            reader.error("sim-range", node.span.clone(), message);
            return None;
        }
        Some((low, high))
    }

    fn earlier(&self, reader: &mut Reader, node: &Node) -> Option<usize> {
        let name = reader.text(node, "a field")?;
        let found = self.earlier.iter().position(|f| &*f.name == name);
        if found.is_none() {
            let message = format!("'{name}' is not a field above '{}'", self.field.name);
            let above = self.earlier.iter().map(|f| &*f.name);
            reader.error("sim-field", node.span.clone(), message).help = nearest_help(name, above)
                .or_else(|| Some("a field can only use those above it in the file".to_owned()));
        }
        found
    }

    fn terms(&self, reader: &mut Reader, node: &Node) -> Option<Vec<Term>> {
        let items = reader.items(node, "sum")?;
        items.iter().map(|item| self.term(reader, item)).collect()
    }

    fn term(&self, reader: &mut Reader, node: &Node) -> Option<Term> {
        let fields = reader.fields(node, "a term", &["field", "times", "over", "rate_over"])?;
        let field = reader.required(fields, "field", "a term")?;
        Some(Term {
            field: self.earlier(reader, field)?,
            times: match fields.get("times") {
                Some(node) => amount(reader, self.kind, node)?,
                None => Amount::Number(1.0),
            },
            over: match fields.get("over") {
                Some(node) => Some(self.earlier(reader, node)?),
                None => None,
            },
            rate_over: match fields.get("rate_over") {
                Some(node) => Some(reader.span(node, "rate_over")?),
                None => None,
            },
        })
    }

    fn counter(&self, reader: &mut Reader, node: &Node) -> Option<Counter> {
        let keys = ["per_hour", "rhythm", "head_start_hours", "wraps_at"];
        let fields = reader.fields(node, "a counter", &keys)?;
        let per_hour = reader.required(fields, "per_hour", "a counter")?;
        let range = self.field.range.unwrap_or((0.0, f64::MAX));
        Some(Counter {
            per_hour: amount(reader, self.kind, per_hour)?,
            rhythm: match fields.get("rhythm") {
                Some(node) => Some(self.names.rhythm(reader, node)?),
                None => None,
            },
            head_start_hours: number_or(reader, fields, "head_start_hours", 0.0)?,
            wraps_at: number_or(reader, fields, "wraps_at", range.1)?.min(range.1),
        })
    }

    fn cases(&self, reader: &mut Reader, node: &Node) -> Option<Cases> {
        let items = reader.items(node, "cases")?;
        let (last, tests) = items.split_last()?;
        let mut cases = Vec::new();
        for item in tests {
            let fields = reader.fields(item, "a case", &["field", "below", "is"])?;
            let field = reader.required(fields, "field", "a case")?;
            let below = reader.required(fields, "below", "a case")?;
            let is = reader.required(fields, "is", "a case")?;
            let test = Test {
                field: self.earlier(reader, field)?,
                below: reader.number(below, "below")?,
            };
            cases.push((test, literal(reader, self.field, is)?));
        }
        let fields = reader.fields(last, "the last case", &["otherwise"])?;
        let otherwise = reader.required(fields, "otherwise", "the last case")?;
        let otherwise = literal(reader, self.field, otherwise)?;
        Some(Cases { cases, otherwise })
    }

    fn states(&self, reader: &mut Reader, node: &Node) -> Option<States> {
        let entries = reader.entries(node, "states")?;
        let words: Vec<&str> = entries.iter().filter_map(|(k, _)| k.as_str()).collect();
        let mut states = Vec::new();
        for (word, node) in entries {
            let fields = reader.fields(node, "a state", &["stays", "then"])?;
            let stays = reader.required(fields, "stays", "a state")?;
            let then = reader.required(fields, "then", "a state")?;
            let mut follow = Vec::new();
            for name in reader.texts(then, "then")? {
                let Some(next) = words.iter().position(|w| *w == name) else {
                    let message = format!("'{name}' is not one of the states");
                    reader.error("sim-state", then.span.clone(), message).help =
                        nearest_help(name, words.iter().copied());
                    return None;
                };
                follow.push(next);
            }
            let stays = reader.span(stays, "stays")?;
            states.push((literal(reader, self.field, word)?, stays, follow));
        }
        Some(States { states })
    }
}

/// `boot`, `now`, or `{every: 10m}`.
fn known(reader: &mut Reader, node: &Node) -> Option<Known> {
    if let NodeValue::Scalar { .. } = node.value {
        let word = reader.word(node, "a time a device knows", &["boot", "now"])?;
        return Some(if word == "boot" {
            Known::Boot
        } else {
            Known::Now
        });
    }
    let fields = reader.fields(node, "a time", &["every"])?;
    let every = reader.required(fields, "every", "a time")?;
    reader.span(every, "every").map(Known::Every)
}

/// `12`, or `{column: capacity, times: 0.5, plus: 1, or: 12}`.
pub(crate) fn amount(reader: &mut Reader, kind: &Kind, node: &Node) -> Option<Amount> {
    if let NodeValue::Scalar { .. } = node.value {
        return reader.number(node, "an amount").map(Amount::Number);
    }
    let fields = reader.fields(node, "an amount", &["column", "times", "plus", "or"])?;
    let column = reader.required(fields, "column", "an amount")?;
    let name = reader.text(column, "column")?;
    let is_number = |c: &model::Column| &*c.name == name && c.value_type == ValueType::F64;
    let Some(index) = kind.columns.iter().position(is_number) else {
        let message = format!("'{}' has no registry column '{name}' of numbers", kind.name);
        let columns = kind.columns.iter().map(|c| &*c.name);
        reader
            .error("sim-column", column.span.clone(), message)
            .help = nearest_help(name, columns);
        return None;
    };
    Some(Amount::Column {
        column: index,
        times: number_or(reader, fields, "times", 1.0)?,
        plus: number_or(reader, fields, "plus", 0.0)?,
        or: number_or(reader, fields, "or", 0.0)?,
    })
}

fn noise(reader: &mut Reader, node: &Node) -> Option<Noise> {
    let fields = reader.fields(node, "noise", &["sigma", "settles"])?;
    let sigma = reader.required(fields, "sigma", "noise")?;
    let settles = reader.required(fields, "settles", "noise")?;
    Some(Noise {
        sigma: reader.number(sigma, "sigma")?,
        settles: reader.span(settles, "settles")?,
    })
}

fn weather(reader: &mut Reader, node: &Node) -> Option<Vec<Coupling>> {
    let items = reader.items(node, "weather")?;
    let mut couplings = Vec::new();
    for item in items {
        let fields = reader.fields(item, "a coupling", &["to", "times", "lag", "over"])?;
        let to = reader.required(fields, "to", "a coupling")?;
        let element = match reader.word(
            to,
            "an element of the weather",
            &["rain", "temperature", "humidity"],
        )? {
            "rain" => Element::Rain,
            "temperature" => Element::Temperature,
            _ => Element::Humidity,
        };
        let mut span = |key| match fields.get(key) {
            Some(node) => reader.span(node, key),
            None => Some(Span::ZERO),
        };
        let (lag, over) = (span("lag")?, span("over")?);
        couplings.push(Coupling {
            element,
            times: number_or(reader, fields, "times", 1.0)?,
            lag,
            over,
        });
    }
    Some(couplings)
}

/// A number that may be left out; a wrong one is reported and gives nothing.
pub(crate) fn number_or(
    reader: &mut Reader,
    fields: Fields<'_>,
    key: &str,
    usual: f64,
) -> Option<f64> {
    match fields.get(key) {
        Some(node) => reader.number(node, key),
        None => Some(usual),
    }
}

/// A list of exactly two.
pub(crate) fn pair<T>(
    reader: &mut Reader,
    node: &Node,
    what: &str,
    mut one: impl FnMut(&mut Reader, &Node) -> Option<T>,
) -> Option<(T, T)> {
    if let [first, second] = reader.items(node, what)? {
        return Some((one(reader, first)?, one(reader, second)?));
    }
    let message = format!("{what} is a list of two: [least, greatest]");
    reader.error("sim-pair", node.span.clone(), message);
    None
}
