//! The notation of values: `10m env-area-air:w1 pm25=40.5 stations=2` is what these fields show at that time.

use model::{AssetId, Field, FieldId, Span, Value, nearest};

use city::City;

use crate::Engine;

/// Numbers may differ by so much of themselves: they are written in decimals.
const TOLERANCE: f64 = 1e-9;

/// What some fields of one asset are expected to show.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct ExpectedValues {
    pub(super) at: Span,
    pub(super) asset: AssetId,
    fields: Vec<(Named, Expected)>,
    line: String,
}

/// Values that were others than expected, each line as tests write it.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) at: Span,
    pub(super) expected: String,
    pub(super) shown: String,
}

/// A field by its place and its name.
type Named = (FieldId, String);

/// A value as the notation has it.
#[derive(Clone, PartialEq, Debug)]
enum Expected {
    Unknown,
    Number(f64),
    Other(Value),
}

/// Whether a line of `expect` is about values and not about a transition.
pub(super) fn is_about_values(line: &str) -> bool {
    let mut words = line.split_whitespace().skip(2);
    let pairs = words.next().is_some_and(|word| word.contains('='));
    pairs && !words.any(|word| ["pending", "firing", "resolved"].contains(&word))
}

/// Reads a line, or tells what is wrong with it.
pub(super) fn parse(line: &str, city: &City) -> Result<ExpectedValues, String> {
    let words: Vec<_> = line.split_whitespace().collect();
    let [at, id, pairs @ ..] = words.as_slice() else {
        return Err("a time, an asset and its values are needed".to_owned());
    };
    let at = at.parse::<Span>().map_err(|error| error.to_string())?;
    let Some(asset) = city.assets.iter().find(|asset| asset.id.as_str() == *id) else {
        let near = nearest(id, city.assets.iter().map(|asset| asset.id.as_str()));
        let near = near.map_or(String::new(), |near| format!("; did you mean '{near}'?"));
        return Err(format!("there is no asset '{id}'{near}"));
    };
    let kind = city.catalog.kind(asset.kind);
    let fields = pairs.iter().map(|pair| {
        let (name, written) = pair
            .split_once('=')
            .ok_or_else(|| format!("'{pair}' is no FIELD=VALUE"))?;
        let field = kind
            .field(name)
            .ok_or_else(|| format!("{} has no field '{name}'", kind.name))?;
        let value = value(written, field)
            .ok_or_else(|| format!("'{written}' is not a {}", field.value_type))?;
        Ok(((field.id, name.to_owned()), value))
    });
    Ok(ExpectedValues {
        at,
        asset: asset.id.clone(),
        fields: fields.collect::<Result<_, String>>()?,
        line: words.join(" "),
    })
}

/// What a text stands for; none where it is no value of the field.
fn value(written: &str, field: &Field) -> Option<Expected> {
    use model::ValueType;
    if written == "unknown" {
        return Some(Expected::Unknown);
    }
    Some(match field.value_type {
        ValueType::F64 => Expected::Number(written.parse().ok()?),
        ValueType::Bool => Expected::Other(Value::Bool(written.parse().ok()?)),
        ValueType::Symbol => Expected::Other(Value::Symbol(field.symbol(written)?)),
        ValueType::Text => Expected::Other(Value::Text(written.into())),
        ValueType::Time => {
            let at: jiff::Timestamp = written.parse().ok()?;
            let at = model::Time::from_millis(at.as_millisecond());
            Expected::Other(Value::Time(at))
        }
    })
}

impl ExpectedValues {
    /// What is otherwise now; none when all is as expected.
    pub(super) fn differs(&self, engine: &Engine) -> Option<Wrong> {
        let live = engine.live();
        let asset = live.handle(self.asset.as_str());
        let shown = |field: FieldId| asset.and_then(|asset| live.value(asset, field));
        let fields = self.fields.iter();
        let agree = fields
            .clone()
            .all(|((field, _), expected)| match (shown(*field), expected) {
                (None, Expected::Unknown) => true,
                (Some(Value::F64(is)), Expected::Number(expected)) => {
                    (is - expected).abs() <= TOLERANCE * expected.abs().max(1.0)
                }
                (Some(is), Expected::Other(expected)) => is == expected,
                _ => false,
            });
        let told = || {
            let catalog = &engine.city().catalog;
            let kind = asset.map(|asset| catalog.kind(live.asset(asset).entry().kind));
            let shown = fields.map(|((field, name), _)| {
                let field = kind.map(|kind| &kind.fields[field.index()]);
                format!("{name}={}", written(field.and_then(|f| shown(f.id)), field))
            });
            let shown = shown.collect::<Vec<_>>().join(" ");
            Wrong {
                at: self.at,
                expected: self.line.clone(),
                shown: format!("{} {} {shown}", self.at, self.asset),
            }
        };
        (!agree).then(told)
    }
}

fn written(value: Option<&Value>, field: Option<&Field>) -> String {
    match value {
        None => "unknown".to_owned(),
        Some(Value::F64(number)) => number.to_string(),
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(Value::Text(text)) => text.to_string(),
        Some(Value::Symbol(word)) => {
            let word = field.and_then(|field| field.symbols.get(usize::from(*word)));
            word.map_or_else(|| "?".to_owned(), ToString::to_string)
        }
        Some(Value::Time(at)) => {
            let at = jiff::Timestamp::from_millisecond(at.millis());
            at.map_or_else(|_| "?".to_owned(), |at| at.to_string())
        }
    }
}
