//! Types as CEL's type checker knows them, with parameters: `list(int)`, and how functions are written with them.

use std::fmt;
use std::sync::Arc;

use crate::Value;

/// A type that an expression has before it is evaluated.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StaticType {
    /// Any type: only evaluation tells which.
    Dyn,
    /// Not settled yet: the element of `[]`.
    Open(u32),
    /// A type by its name, with its parameters.
    Of(Arc<str>, Vec<StaticType>),
}

impl StaticType {
    /// A type without parameters.
    pub(super) fn plain(name: &str) -> Self {
        Self::Of(name.into(), Vec::new())
    }

    /// A type with parameters.
    pub(super) fn with<const N: usize>(name: &str, parameters: [Self; N]) -> Self {
        Self::Of(name.into(), parameters.into())
    }

    /// The type of a value: of a list or a map the type all its elements have, or `dyn`.
    pub fn of_value(value: &Value) -> Self {
        let name = value.type_name();
        match value {
            Value::List(items) => Self::with(name, [common(items.iter().map(Self::of_value))]),
            Value::Map(entries) => {
                let keys = common(entries.keys().map(|key| Self::of_value(&key.to_value())));
                let values = common(entries.values().map(Self::of_value));
                Self::with(name, [keys, values])
            }
            Value::Optional(inner) => {
                let inner = inner.as_ref().map(|inner| Self::of_value(inner));
                Self::with(name, [inner.unwrap_or(Self::Dyn)])
            }
            Value::Type(named) => Self::with(name, [Self::named(named)]),
            _ => Self::plain(name),
        }
    }

    /// The type a name in an expression stands for: `list` is a list of anything.
    pub(super) fn named(name: &str) -> Self {
        match name {
            "list" | "optional_type" | "type" => Self::with(name, [Self::Dyn]),
            "map" => Self::with(name, [Self::Dyn, Self::Dyn]),
            _ => Self::plain(name),
        }
    }

    /// Its parameters, where it bears this name.
    pub(super) fn parameters_of(&self, wanted: &str) -> Option<&[Self]> {
        match self {
            Self::Of(name, parameters) if &**name == wanted => Some(parameters),
            _ => None,
        }
    }
}

/// The type that all of these are; any where they differ or there are none.
fn common(mut types: impl Iterator<Item = StaticType>) -> StaticType {
    let first = types.next().unwrap_or(StaticType::Dyn);
    if types.all(|other| other == first) {
        first
    } else {
        StaticType::Dyn
    }
}

impl fmt::Display for StaticType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dyn => f.write_str("dyn"),
            Self::Open(number) => write!(f, "open({number})"),
            Self::Of(name, parameters) if parameters.is_empty() => f.write_str(name),
            Self::Of(name, parameters) => {
                let parameters: Vec<_> = parameters.iter().map(ToString::to_string).collect();
                write!(f, "{name}({})", parameters.join(", "))
            }
        }
    }
}

/// What a function takes and gives. A letter stands for any one type.
#[derive(Clone, Debug)]
pub(super) struct Signature {
    /// Whether the first argument stands before the name.
    pub(super) method: bool,
    pub(super) arguments: Vec<StaticType>,
    pub(super) result: StaticType,
}

impl Signature {
    /// Reads `(string, int) -> string`, or `list(A).(A) -> bool` for a method.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut rest = Reader(text);
        let mut arguments = Vec::new();
        let method = !rest.has("(");
        if method {
            arguments.push(rest.read_type()?);
            rest.take(".")?;
        }
        rest.take("(")?;
        if !rest.has(")") {
            arguments.extend(rest.read_types()?);
        }
        rest.take(")")?;
        rest.take("->")?;
        let result = rest.read_type()?;
        rest.0.trim().is_empty().then_some(Self {
            method,
            arguments,
            result,
        })
    }
}

struct Reader<'a>(&'a str);

impl Reader<'_> {
    fn has(&self, sign: &str) -> bool {
        self.0.trim_start().starts_with(sign)
    }

    fn take(&mut self, sign: &str) -> Option<()> {
        self.0 = self.0.trim_start().strip_prefix(sign)?;
        Some(())
    }

    fn read_types(&mut self) -> Option<Vec<StaticType>> {
        let mut types = vec![self.read_type()?];
        while self.has(",") {
            self.take(",")?;
            types.push(self.read_type()?);
        }
        Some(types)
    }

    fn read_type(&mut self) -> Option<StaticType> {
        let text = self.0.trim_start();
        let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'));
        let (word, _) = text.split_at(end.unwrap_or(text.len()));
        // A method's dot may follow a type's name.
        let word = word.trim_end_matches('.');
        self.0 = &text[word.len()..];
        Some(match word {
            "" => return None,
            "dyn" => StaticType::Dyn,
            "Timestamp" => StaticType::plain("google.protobuf.Timestamp"),
            "Duration" => StaticType::plain("google.protobuf.Duration"),
            letter if letter.len() == 1 && letter.bytes().all(|c| c.is_ascii_uppercase()) => {
                StaticType::Open(u32::from(letter.bytes().next()? - b'A'))
            }
            name if self.0.starts_with('(') => {
                self.take("(")?;
                let parameters = self.read_types()?;
                self.take(")")?;
                StaticType::Of(name.into(), parameters)
            }
            name => StaticType::plain(name),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_read() {
        let read = |text: &str| {
            let found = Signature::read(text)?;
            let arguments: Vec<_> = found.arguments.iter().map(ToString::to_string).collect();
            Some((found.method, arguments.join(" "), found.result.to_string()))
        };
        assert_eq!(
            read("(string, list(A)) -> map(A, dyn)"),
            Some((
                false,
                "string list(open(0))".to_owned(),
                "map(open(0), dyn)".to_owned()
            ))
        );
        assert_eq!(
            read("Timestamp.(string) -> int"),
            Some((
                true,
                "google.protobuf.Timestamp string".to_owned(),
                "int".to_owned()
            ))
        );
        assert_eq!(
            read("list(A).() -> A"),
            Some((true, "list(open(0))".to_owned(), "open(0)".to_owned()))
        );
        assert_eq!(
            read("net.IP.() -> bool").map(|read| read.1),
            Some("net.IP".to_owned())
        );
        for wrong in [
            "",
            "int",
            "(int)",
            "(int -> int",
            "() -> int int",
            "(int,) -> int",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
