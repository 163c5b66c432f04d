//! Settings as they were given: defaults, the file, the environment and flags, each remembering where it came from.
//! Owns the layering and the report of what is wrong; what settings mean is left to [`super::Config`].

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;

use figment::Provider;
use figment::providers::{Env, Format, Toml};
use figment::value::{Dict, Value};
use model::nearest;

/// The environment's prefix: `IOC_HTTP__LISTEN` sets `http.listen`.
const PREFIX: &str = "IOC_";
/// Variables with the prefix that are no settings.
const NOT_SETTINGS: [&str; 1] = ["failpoint"];

/// One value as it was given.
#[derive(Debug, Clone)]
struct Given {
    value: Value,
    origin: String,
}

/// One setting as it was decided, for `ioc config --explain`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// `http.listen`.
    pub key: String,
    /// Its value; secrets are not shown.
    pub value: String,
    /// Which layer said so.
    pub origin: String,
}

/// Every given value by its dotted key, and what turned out wrong with any of them.
#[derive(Debug, Default)]
pub(super) struct Layers {
    given: BTreeMap<String, Given>,
    known: Vec<String>,
    pub(super) problems: Vec<String>,
    pub(super) explained: Vec<Explained>,
}

impl Layers {
    /// The file, then the environment over it, then flags over both.
    pub(super) fn read(file: Option<&Path>, flags: &[(&str, String)]) -> Self {
        let mut layers = Self::default();
        if let Some(path) = file {
            // An explicit read, for a missing file must not pass for an empty one.
            match std::fs::read_to_string(path) {
                Ok(text) => layers.add(&Toml::string(&text), &path.display().to_string()),
                Err(error) => layers
                    .problems
                    .push(format!("cannot read {}: {error}", path.display())),
            }
        }
        let variables = Env::prefixed(PREFIX).ignore(&NOT_SETTINGS).split("__");
        layers.add(&variables, "environment");
        for (key, value) in flags {
            layers.insert(key, Value::from(value.clone()), "flag");
        }
        layers
    }

    fn add(&mut self, provider: &impl Provider, origin: &str) {
        match provider.data() {
            Ok(profiles) => {
                for dict in profiles.into_values() {
                    self.flatten("", dict, origin);
                }
            }
            Err(errors) => {
                let told = errors.into_iter().map(|e| format!("{origin}: {e}"));
                self.problems.extend(told);
            }
        }
    }

    fn flatten(&mut self, prefix: &str, dict: Dict, origin: &str) {
        for (name, value) in dict {
            let key = format!("{prefix}{name}");
            match value {
                Value::Dict(_, inner) => self.flatten(&format!("{key}."), inner, origin),
                leaf => self.insert(&key, leaf, origin),
            }
        }
    }

    fn insert(&mut self, key: &str, value: Value, origin: &str) {
        let origin = origin.to_owned();
        self.given.insert(key.to_owned(), Given { value, origin });
    }

    /// The names between `prefix.` and the next dot, such as the sources.
    pub(super) fn names_under(&self, prefix: &str) -> Vec<String> {
        let prefix = format!("{prefix}.");
        let mut names: Vec<String> = self
            .given
            .keys()
            .filter_map(|key| key.strip_prefix(&prefix)?.split('.').next())
            .map(str::to_owned)
            .collect();
        names.dedup();
        names
    }

    /// The value of a key through `parse`, or its default.
    pub(super) fn get<T, E: Display>(
        &mut self,
        key: &str,
        default: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let (text, origin) = self.take(key, Some(default))?;
        self.explain(key, &text, &origin);
        self.parsed(key, &text, &origin, parse)
    }

    /// The value of a key that has no default; none when it was not given.
    pub(super) fn optional<T, E: Display>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        let (text, origin) = self.take(key, None)?;
        self.explain(key, &text, &origin);
        self.parsed(key, &text, &origin, parse)
    }

    /// The same for a value that is never shown.
    pub(super) fn secret(&mut self, key: &str) -> Option<String> {
        let (text, origin) = self.take(key, None)?;
        self.explain(key, "(secret)", &origin);
        Some(text)
    }

    /// The value of a key that must be given.
    pub(super) fn required<T, E: Display>(
        &mut self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        if !self.given.contains_key(key) {
            self.known.push(key.to_owned());
            self.problems.push(format!("'{key}' is missing"));
            return None;
        }
        self.optional(key, parse)
    }

    /// A list of texts; one text counts as a list of one.
    pub(super) fn list(&mut self, key: &str) -> Vec<String> {
        self.known.push(key.to_owned());
        let Some(given) = self.given.remove(key) else {
            self.explain(key, "[]", "default");
            return Vec::new();
        };
        let list = match &given.value {
            Value::Array(_, items) => items.iter().filter_map(text_of).collect(),
            one => text_of(one).into_iter().collect::<Vec<_>>(),
        };
        self.explain(key, &format!("{list:?}"), &given.origin);
        list
    }

    /// Whatever was given and not asked for is a mistake.
    pub(super) fn refuse_unknown(&mut self) {
        for (key, given) in std::mem::take(&mut self.given) {
            let near = nearest(&key, self.known.iter().map(String::as_str));
            let help = near.map_or_else(String::new, |near| format!("; did you mean '{near}'?"));
            let problem = format!("{}: there is no setting '{key}'{help}", given.origin);
            self.problems.push(problem);
        }
    }

    fn take(&mut self, key: &str, default: Option<&str>) -> Option<(String, String)> {
        self.known.push(key.to_owned());
        let Some(given) = self.given.remove(key) else {
            return Some((default?.to_owned(), "default".to_owned()));
        };
        let text = text_of(&given.value);
        if text.is_none() {
            let problem = format!("{}: '{key}' must be one value", given.origin);
            self.problems.push(problem);
        }
        Some((text?, given.origin))
    }

    fn parsed<T, E: Display>(
        &mut self,
        key: &str,
        text: &str,
        origin: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        match parse(text) {
            Ok(value) => Some(value),
            Err(error) => {
                self.problems
                    .push(format!("{origin}: '{key}' = {text:?}: {error}"));
                None
            }
        }
    }

    fn explain(&mut self, key: &str, value: &str, origin: &str) {
        self.explained.push(Explained {
            key: key.to_owned(),
            value: value.to_owned(),
            origin: origin.to_owned(),
        });
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Bool(_, flag) => Some(flag.to_string()),
        Value::Num(_, number) => number
            .to_i128()
            .map(|n| n.to_string())
            .or_else(|| number.to_f64().map(|n| n.to_string())),
        Value::Char(_, c) => Some(c.to_string()),
        Value::Empty(..) | Value::Dict(..) | Value::Array(..) => None,
    }
}
