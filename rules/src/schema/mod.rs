//! The JSON Schemas of rule files and of their tests, for editors: complete keys and words, underline what the loader would refuse.
//!
//! Draft-07, the draft that YAML language servers know best. Made from [`crate::keys`], as the loader is; the expressions
//! inside conditions are texts to it and the loader's alone. What only tests have is in `of_tests`.

mod of_tests;

use std::sync::Arc;

use city::City;
use model::Severity;
use serde_json::{Map, Value, json};

use crate::keys::{self, Form, Key, Part, Shape};
use crate::load::{NOT_FOR_STEPS, dimensions};
use crate::plan::Plan;

/// The schema of rule files. With a city its kinds, calendars and dimensions are the only ones, and with its rules their
/// names are offered where a rule is named.
pub fn schema(city: Option<&City>, plan: Option<&Plan>) -> Value {
    of_file(&keys::FILE, "Alert rules of ioc", city, plan)
}

/// The schema of `*.test.yaml` in the same way: kinds, columns and fields are the city's, rules are offered where tests name them.
pub fn test_schema(city: Option<&City>, plan: Option<&Plan>) -> Value {
    of_file(&keys::TESTS, "Tests of alert rules of ioc", city, plan)
}

fn of_file(file: &Part, title: &str, city: Option<&City>, plan: Option<&Plan>) -> Value {
    // The kinds that rules derive are as good as those of the catalog.
    let whole = city
        .zip(plan)
        .map(|(city, plan)| plan.complete(Arc::new(city.clone())));
    let mut writer = Writer {
        city: whole.as_deref().or(city),
        plan,
        definitions: Map::new(),
    };
    let mut root = writer.part(file);
    root["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    root["title"] = match city {
        Some(city) => format!("{title} for {}", city.name.en).into(),
        None => title.into(),
    };
    root["definitions"] = writer.definitions.into();
    root
}

/// A length of time, in a pattern.
const LENGTH: &str = "([0-9]+(ms|s|m|h|d|w))+";

struct Writer<'a> {
    city: Option<&'a City>,
    plan: Option<&'a Plan>,
    definitions: Map<String, Value>,
}

impl Writer<'_> {
    fn part(&mut self, part: &Part) -> Value {
        let keys = part.keys.iter();
        let properties: Map<_, _> = keys
            .map(|key| (key.name.to_owned(), self.key(key)))
            .collect();
        let required: Vec<_> = part.keys.iter().filter(|key| key.required).collect();
        let required: Vec<_> = required.into_iter().map(|key| key.name).collect();
        let mut schema = json!({
            "type": "object",
            "description": part.says,
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        });
        if part.keys.iter().any(|key| matches!(key.shape, Shape::Ids)) {
            self.take_columns(part, &mut schema);
        }
        let mut conditions: Vec<_> = part.forms.iter().map(|form| of_form(part, form)).collect();
        conditions.extend(self.of_kinds(part));
        conditions.extend(self.of_columns(part));
        if !conditions.is_empty() {
            schema["allOf"] = conditions.into();
        }
        if !part.forms.is_empty() {
            let forms = part.forms.iter();
            schema["anyOf"] = forms.map(|form| json!({"required": [form.key]})).collect();
        }
        schema
    }

    fn key(&mut self, key: &Key) -> Value {
        let mut schema = self.shape(&key.shape);
        schema["description"] = key.says.into();
        if !key.example.is_empty() && schema.get("enum").is_none() {
            schema["examples"] = json!([key.example]);
        }
        schema
    }

    fn shape(&mut self, shape: &Shape) -> Value {
        match shape {
            Shape::Version => json!({"const": 1, "default": 1}),
            Shape::Group => worded(
                r"^(?!ioc$)\S+$",
                "a group has a name of one word; 'ioc' is the engine's own",
            ),
            Shape::Name => worded(
                r"^[^/\s]+$",
                "a name of one word without a slash: the group stands at the top of the file",
            ),
            Shape::Kind => self.kind(),
            Shape::Dimensions => self.dimensions(),
            // A condition may be the word true or false.
            Shape::Condition => json!({"type": ["string", "boolean"], "minLength": 1}),
            Shape::Length => worded(
                &format!("^{LENGTH}$"),
                "a length of time: whole numbers with ms, s, m, h, d or w, like 90s, 2m or 1h30m",
            ),
            Shape::Calendar => self.calendar(),
            Shape::Severity => words(&Severity::ALL.map(Severity::as_str)),
            Shape::Words(known) => words(known),
            Shape::Share => json!({"type": "number", "minimum": 0, "maximum": 1}),
            Shape::Count(range) => {
                json!({"type": "integer", "minimum": range.start, "maximum": range.end - 1})
            }
            Shape::Flag => json!({"type": "boolean"}),
            Shape::Labels => {
                json!({"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}})
            }
            Shape::Text => text(),
            Shape::Free | Shape::Scalar | Shape::Ids | Shape::Expression => scalar(),
            Shape::Rules => one_or_many(&self.rule()),
            Shape::Moment => of_tests::moment(),
            Shape::Timeline => self.timeline(),
            Shape::Events => of_tests::events(),
            Shape::Expected => of_tests::expected(),
            Shape::Rule => self.rule(),
            Shape::List(parts, least) => {
                parts.iter().for_each(|part| self.define(part));
                json!({"type": "array", "items": one_of(parts), "minItems": least})
            }
            Shape::Steps(parts) => {
                parts.iter().for_each(|part| self.define(part));
                steps(parts)
            }
            Shape::Map(part) => self.part(part),
            Shape::While => worded(
                &format!("^(?=.*[1-9]){LENGTH}$"),
                "a length of time above zero, like 90s, 2m or 1h30m",
            ),
            Shape::LengthOr(word) => json!({"anyOf": [
                {"type": "string", "const": word},
                self.shape(&Shape::Length),
            ]}),
            Shape::StepName => self.step_name(),
            Shape::Derived => worded(
                "^[A-Za-z0-9_-]+/[A-Za-z0-9_-]+$",
                "a domain and a kind, like env/area-air",
            ),
            Shape::Fields(part) => self.fields(part),
            Shape::Unit => json!({"type": ["string", "number"], "minLength": 1}),
        }
    }

    /// Names with expressions, or with more to say of each.
    fn fields(&mut self, part: &'static Part) -> Value {
        self.define(part);
        json!({
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": "^[A-Za-z][A-Za-z0-9_]*$"},
            "additionalProperties": {
                "if": {"type": "object"},
                "then": {"$ref": format!("#/definitions/{}", name_of(part))},
                "else": self.shape(&Shape::Expression),
            },
        })
    }

    /// A word that means nothing else in conditions.
    fn step_name(&self) -> Value {
        let mut name = worded(
            "^[A-Za-z][A-Za-z0-9_]*$",
            "letters, digits and '_', like first or a",
        );
        let kinds = self.city.map_or(&[][..], |city| city.catalog.kinds());
        let fields = kinds.iter().flat_map(|kind| &kind.fields);
        let columns = kinds.iter().flat_map(|kind| &kind.columns);
        let named = fields.map(|field| &*field.name);
        let named = named.chain(columns.map(|column| &*column.name));
        let mut taken: Vec<_> = named.chain(NOT_FOR_STEPS).collect();
        taken.sort_unstable();
        taken.dedup();
        name["not"] = json!({"enum": taken});
        name
    }

    fn define(&mut self, part: &Part) {
        let name = name_of(part);
        if !self.definitions.contains_key(name) {
            let schema = self.part(part);
            self.definitions.insert(name.to_owned(), schema);
        }
    }

    fn kind(&self) -> Value {
        let Some(city) = self.city else {
            return json!({"type": "string", "minLength": 1});
        };
        let kinds = city.catalog.kinds().iter();
        let (names, titles): (Vec<_>, Vec<_>) =
            kinds.map(|kind| (&*kind.name, &*kind.title.en)).unzip();
        json!({"type": "string", "enum": names, "enumDescriptions": titles})
    }

    fn dimensions(&self) -> Value {
        let Some(city) = self.city else {
            return one_or_many(&json!({"type": "string", "minLength": 1}));
        };
        let kinds = city.catalog.kinds().iter();
        let mut names: Vec<_> = kinds.flat_map(dimensions).collect();
        // Of an inhibition: the asset that this one depends on.
        names.push("uplink");
        names.sort_unstable();
        names.dedup();
        one_or_many(&words(&names))
    }

    /// Where a part names its kind, its dimensions are those of that kind.
    fn of_kinds(&self, part: &Part) -> Vec<Value> {
        let has = |wanted: fn(&Shape) -> bool| part.keys.iter().find(|key| wanted(&key.shape));
        let kind = has(|shape| matches!(shape, Shape::Kind));
        let by = has(|shape| matches!(shape, Shape::Dimensions));
        let (Some(city), Some(on), Some(by)) = (self.city, kind, by) else {
            return Vec::new();
        };
        let (on, by) = (on.name, by.name);
        let kinds = city.catalog.kinds().iter();
        let of_kind = kinds.map(|kind| {
            let these = one_or_many(&words(&dimensions(kind)));
            json!({
                "if": {"required": [on], "properties": {on: {"const": &*kind.name}}},
                "then": {"properties": {by: these}},
            })
        });
        of_kind.collect()
    }

    fn calendar(&self) -> Value {
        let Some(city) = self.city else {
            return json!({"type": "string", "minLength": 1});
        };
        let names: Vec<_> = city.calendars.keys().map(|name| &**name).collect();
        words(&names)
    }

    /// A rule is offered, and not demanded: one that was written a minute ago is not in the schema yet.
    fn rule(&self) -> Value {
        let any = json!({"type": "string", "minLength": 1});
        let Some(plan) = self.plan else {
            return any;
        };
        let names: Vec<_> = plan.rules().map(|rule| rule.name.to_string()).collect();
        json!({"anyOf": [words(&names), any]})
    }
}

/// A sequence does not begin with its second part.
fn steps(parts: &[&Part]) -> Value {
    let others = parts.iter().skip(1);
    let first = others.filter_map(|part| part.keys.first());
    let first: Vec<_> = first.map(|key| key.name).collect();
    json!({
        "type": "array",
        "items": one_of(parts),
        "minItems": 1,
        "maxItems": keys::MOST_STEPS,
        "not": {"minItems": 1, "items": [{"type": "object", "required": first}]},
    })
}

/// The part of a list's item that its first key tells; the first part where none does.
fn one_of(parts: &[&Part]) -> Value {
    let of = |part: &Part| json!({"$ref": format!("#/definitions/{}", name_of(part))});
    let Some((usual, others)) = parts.split_first() else {
        return json!({});
    };
    others.iter().fold(of(usual), |otherwise, part| {
        let first: Vec<_> = part.keys.iter().take(1).map(|key| key.name).collect();
        json!({"if": {"required": first}, "then": of(part), "else": otherwise})
    })
}

/// What a form asks of the other keys of its part, and that no other form stands beside it.
fn of_form(part: &Part, form: &Form) -> Value {
    let others = part.forms.iter().map(|other| other.key);
    let refused = others.filter(|key| *key != form.key);
    let refused = refused.chain(form.refuses.iter().copied());
    let refused: Map<_, _> = refused.map(|key| (key.to_owned(), json!(false))).collect();
    json!({
        "if": {"required": [form.key]},
        "then": {"required": form.needs, "properties": refused},
    })
}

/// The last word of what messages call it: 'rule' of "a rule".
fn name_of(part: &Part) -> &'static str {
    let last = part.what.rsplit(' ').next().unwrap_or(part.what);
    last.trim_matches('\'')
}

fn one_or_many(one: &Value) -> Value {
    json!({"anyOf": [{"type": "array", "items": one}, one]})
}

/// What the loader reads as a text: editors may see a number or a flag in it.
fn scalar() -> Value {
    json!({"type": ["string", "number", "boolean"], "minLength": 1})
}

fn worded(pattern: &str, message: &str) -> Value {
    json!({"type": "string", "pattern": pattern, "patternErrorMessage": message})
}

fn words<T: serde::Serialize>(words: &[T]) -> Value {
    json!({"type": "string", "enum": words})
}

/// One text for all languages, or one each.
fn text() -> Value {
    let language = |name: &str| json!({"type": "string", "minLength": 1, "description": name});
    json!({"anyOf": [
        {
            "type": "object",
            "properties": {"vi": language("In Vietnamese."), "en": language("In English.")},
            "required": ["vi", "en"],
            "additionalProperties": false,
        },
        {"type": "string", "minLength": 1},
    ]})
}
