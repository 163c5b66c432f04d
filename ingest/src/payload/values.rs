//! The measured fields: each by the type, the range and the words that the catalog gives it.

use model::{Field, Value, ValueType};

use super::members::{Plain, as_time, unknown_word};
use super::problem::short;
use super::{Reason, Refused, Slots};

/// Reads the value of the field in this place. null is how a device says that it has no value.
pub(super) fn field(
    slots: &mut Slots<'_, '_>,
    place: usize,
    plain: Plain<'_>,
) -> Result<(), Refused> {
    let schema = slots.schema;
    let field = &schema.fields[place];
    if let Plain::Null = plain {
        return Ok(());
    }
    let value = convert(slots, field, plain)?;
    if !slots.first_time(field.id) {
        let detail = format!("{}: comes twice", field.name);
        return Err(slots.refuse(Reason::DuplicateField, detail));
    }
    slots.content.fields.push((field.id, value));
    Ok(())
}

fn convert(slots: &mut Slots<'_, '_>, field: &Field, plain: Plain<'_>) -> Result<Value, Refused> {
    match (field.value_type, plain) {
        (ValueType::F64, Plain::Float(n)) => number(slots, field, n),
        (ValueType::F64, Plain::Int(n)) => number(slots, field, n as f64),
        (ValueType::F64, Plain::Uint(n)) => number(slots, field, n as f64),
        (ValueType::Bool, Plain::Bool(b)) => Ok(Value::Bool(b)),
        (ValueType::Symbol, Plain::Text(word)) => symbol(slots, field, word),
        (ValueType::Text, Plain::Text(text)) => Ok(Value::Text(text.into())),
        (ValueType::Time, Plain::Int(_) | Plain::Uint(_) | Plain::Float(_) | Plain::Text(_)) => {
            as_time(slots, &field.name, plain).map(Value::Time)
        }
        _ => Err(wrong_type(slots, field, plain)),
    }
}

#[cold]
fn wrong_type(slots: &mut Slots<'_, '_>, field: &Field, plain: Plain<'_>) -> Refused {
    let name = &field.name;
    if let (ValueType::F64, Plain::Text(text)) = (field.value_type, plain)
        && text.parse::<f64>().is_ok_and(|n| !n.is_finite())
    {
        let detail = format!("{name}: '{}' is not a finite number", short(text));
        return slots.refuse(Reason::NotFinite, detail);
    }
    let wanted = article(field.value_type);
    let detail = format!("{name}: {} where {wanted} belongs", plain.named());
    slots.refuse(Reason::WrongType, detail)
}

fn number(slots: &mut Slots<'_, '_>, field: &Field, n: f64) -> Result<Value, Refused> {
    // serde_json makes no NaN and no infinity; `wrong_type` and `Problem::of_json` name those.
    match field.range {
        Some((least, most)) if !(least..=most).contains(&n) => {
            Err(out_of_range(slots, field, n, (least, most)))
        }
        _ if n.is_finite() => Ok(Value::F64(n)),
        _ => Err(out_of_range(slots, field, n, (f64::MIN, f64::MAX))),
    }
}

#[cold]
fn out_of_range(
    slots: &mut Slots<'_, '_>,
    field: &Field,
    n: f64,
    (least, most): (f64, f64),
) -> Refused {
    let unit = field
        .unit
        .as_deref()
        .map_or_else(String::new, |unit| format!(" {unit}"));
    let detail = format!("{}: {n} is outside {least} to {most}{unit}", field.name);
    slots.refuse(Reason::OutOfRange, detail)
}

fn symbol(slots: &mut Slots<'_, '_>, field: &Field, word: &str) -> Result<Value, Refused> {
    if let Some(index) = field.symbol(word) {
        return Ok(Value::Symbol(index));
    }
    let allowed: Vec<&str> = field.symbols.iter().map(|s| &**s).collect();
    let detail = unknown_word(&field.name, word, &allowed);
    Err(slots.refuse(Reason::UnknownSymbol, detail))
}

fn article(value_type: ValueType) -> &'static str {
    match value_type {
        ValueType::F64 => "a number",
        ValueType::Bool => "true or false",
        ValueType::Symbol => "one of the field's words",
        ValueType::Text => "a text",
        ValueType::Time => "a time",
    }
}
