//! The JSON Schema of rule files agrees with the loader: what loads is sound to it, what it refuses does not load.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use city::yaml;
use jsonschema::Validator;
use model::{Diagnostic, SourceFile};
use serde_json::{Value, json};

use crate::support::{self, Pack, rule_files};

fn validator(pack: &Pack) -> Validator {
    let schema = rules::schema(Some(&pack.city), Some(&pack.plan));
    jsonschema::draft7::new(&schema).expect("the schema is one")
}

fn as_json(text: &str) -> Value {
    yaml::parse(0, text).expect("YAML").to_json()
}

/// Codes of what a schema can know: keys, words, types, forms; not what expressions and other rules mean.
const STRUCTURAL: [&str; 22] = [
    "derive-field",
    "derive-form",
    "derive-name",
    "rule-condition",
    "rule-inhibition-dimension",
    "rule-key-conflict",
    "rule-min-known",
    "rule-name",
    "rule-reserved-group",
    "rule-sequence-name",
    "rule-sequence-steps",
    "rule-severity",
    "rule-unknown-calendar",
    "rule-unknown-dimension",
    "rule-unknown-kind",
    "rule-within",
    "yaml-duration",
    "yaml-missing-key",
    "yaml-type",
    "yaml-unknown-key",
    "yaml-version",
    "yaml-word",
];

fn is_structural(problem: &Diagnostic, text: &str) -> bool {
    let before = &text[..problem.labels[0].span.start];
    let line = before.rsplit('\n').next().unwrap_or_default();
    // What is wrong inside an expression is not seen from outside, nor which dimensions make groups.
    let condition = line.split_once("when: ").map(|(_, rest)| rest);
    let inside = condition.is_some_and(|rest| !rest.contains(", "));
    let of_groups = problem.message.contains("about groups;");
    // Nor that steps of several kinds share a dimension, that windows leave no gaps, or what the catalog declares.
    let of_steps = problem.code == "rule-unknown-dimension" && line.contains("- {on:");
    let others = ["would leave gaps", "that the catalog does not declare"];
    let of_others = others.iter().any(|other| problem.message.contains(other));
    let in_expression = inside && problem.code.starts_with("rule-");
    let unseen = of_groups || of_steps || of_others || in_expression;
    STRUCTURAL.contains(&problem.code) && !unseen
}

/// The rules of a file, by place, that hold some byte of these.
fn rules_at(text: &str, spans: impl Iterator<Item = usize>) -> BTreeSet<usize> {
    let root = yaml::parse(0, text).expect("YAML");
    let rules = root.get("rules").and_then(yaml::Node::as_seq);
    let rules = rules.unwrap_or_default();
    spans
        .filter_map(|at| rules.iter().rposition(|rule| rule.span.start <= at))
        .collect()
}

#[test]
fn every_rule_file_of_the_repository_is_sound_to_the_schema_of_its_pack() {
    let mut files = 0;
    for (pack, paths) in rule_files() {
        let pack = support::pack_of(&pack);
        let validator = validator(&pack);
        for path in paths {
            let text = std::fs::read_to_string(&path).expect("a text");
            let problems: Vec<_> = validator
                .iter_errors(&as_json(&text))
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(problems.is_empty(), "{}: {problems:#?}", path.display());
            files += 1;
        }
    }
    assert!(files > 5, "the files are there");
}

#[test]
fn every_structural_mistake_of_the_goldens_is_one_to_the_schema_and_no_other() {
    let pack = support::pack();
    for path in goldens() {
        let text = std::fs::read_to_string(&path).expect("a text");
        let validator = with_derived_kinds(&pack, &text);
        let source = SourceFile {
            path: "golden.yaml".into(),
            text: text.as_str().into(),
        };
        let (_, problems) = rules::compile(&[source], 0, &pack.city);
        let structural = problems
            .iter()
            .filter(|problem| is_structural(problem, &text));
        let told = rules_at(&text, structural.map(|p| p.labels[0].span.start));
        let json = as_json(&text);
        let seen: BTreeSet<usize> = validator
            .iter_errors(&json)
            .filter_map(|error| {
                let path = error.instance_path().as_str().to_owned();
                let rest = path.strip_prefix("/rules/")?;
                rest.split('/').next()?.parse().ok()
            })
            .collect();
        assert_eq!(seen, told, "{}", path.display());
    }
}

/// The schema as it is once the kinds that the file derives are known.
fn with_derived_kinds(pack: &Pack, text: &str) -> Validator {
    let mut city = (*pack.plan.complete(pack.city.clone())).clone();
    let mut kinds = city.catalog.kinds().to_vec();
    let root = yaml::parse(0, text).expect("YAML");
    let rules = root.get("rules").and_then(yaml::Node::as_seq);
    let derived = rules.unwrap_or_default().iter();
    for name in derived.filter_map(|rule| rule.get("derive")?.as_str()) {
        if name.contains('/') && kinds.iter().all(|kind| *kind.name != *name) {
            let mut kind = kinds[0].clone();
            kind.id = model::KindId(kinds.len() as u16);
            kind.name = name.into();
            kinds.push(kind);
        }
    }
    city.catalog = model::Catalog::new(kinds);
    let schema = rules::schema(Some(&city), None);
    jsonschema::draft7::new(&schema).expect("the schema is one")
}

fn goldens() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let entries = std::fs::read_dir(folder).expect("the folder of goldens");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    files.sort();
    assert!(files.len() >= 5, "the goldens are there");
    files
}

/// Where the maps of rule files are in the schema.
const PARTS: [(&str, &str); 11] = [
    ("rule", "/definitions/rule"),
    ("level", "/definitions/level"),
    ("inhibited_by", "/definitions/inhibited_by"),
    ("repeat", "/definitions/rule/properties/repeat"),
    ("sequence", "/definitions/rule/properties/sequence"),
    ("step", "/definitions/step"),
    ("not", "/definitions/not/properties/not"),
    ("escalate", "/definitions/escalate"),
    ("derivation", "/definitions/derivation"),
    ("hop", "/definitions/derivation/properties/hop"),
    ("field", "/definitions/field"),
];

/// Every key the schema has, with what holds it, and what it says of it.
fn keys(schema: &Value) -> Vec<(&'static str, String, &Value)> {
    let mut keys = Vec::new();
    for (part, place) in PARTS {
        let properties = &schema.pointer(place).expect(place)["properties"];
        let names = properties.as_object().expect("properties").iter();
        keys.extend(names.map(|(name, says)| (part, name.clone(), says)));
    }
    keys
}

/// A map with these keys and one more, in place of its like.
fn with(usual: &[(&str, &str)], key: &str, value: &str) -> String {
    let others = usual.iter().filter(|(other, _)| *other != key);
    let mut all: Vec<_> = others
        .map(|(key, value)| format!("{key}: {value}"))
        .collect();
    all.push(format!("{key}: {value}"));
    format!("{{{}}}", all.join(", "))
}

/// A rule file in which one key of one part has a value.
fn file_with(part: &str, key: &str, value: &str) -> String {
    let river = ("on", "env/river");
    let (low, pump) = (("severity", "low"), ("when", "pump"));
    let alert = |key: &str, value: &str| {
        let usual = [("alert", "A"), river, pump, low];
        let usual = match key {
            "levels" => &usual[..2],
            "absent" => &[usual[0], river, low],
            "sequence" => &[usual[0], low],
            "min_known" => &[
                usual[0],
                river,
                ("by", "[basin]"),
                ("when", "count() > 1"),
                low,
            ],
            _ => &usual[..],
        };
        with(usual, key, value)
    };
    let steps = |steps: &str| alert("sequence", &format!("{{within: 5m, steps: {steps}}}"));
    let derivation = |key: &str, value: &str| {
        let (name, grouped) = (("derive", "env/x"), ("by", "[basin]"));
        let (every, fields) = (("every", "5m"), ("fields", "{x: '1.0'}"));
        let usual = match key {
            "hop" | "sliding" | "session" | "count" => &[name, river, fields][..],
            "min_known" => &[name, river, grouped, every, fields],
            _ => &[name, river, every, fields],
        };
        with(usual, key, value)
    };
    let rule = match part {
        "rule" => alert(key, value),
        "level" => alert("levels", &format!("[{}]", with(&[low, pump], key, value))),
        "inhibited_by" => {
            let usual = [("rule", "Cause"), ("on", "[asset]")];
            alert(part, &format!("[{}]", with(&usual, key, value)))
        }
        "escalate" => {
            let usual = [("after", "5m"), ("to", "lead")];
            alert(part, &format!("[{}]", with(&usual, key, value)))
        }
        "repeat" => alert(part, &with(&[("count", "2"), ("within", "5m")], key, value)),
        "sequence" => {
            let usual = [("within", "5m"), ("steps", "[{on: env/river, when: pump}]")];
            alert(part, &with(&usual, key, value))
        }
        "step" => steps(&format!("[{}]", with(&[river, pump], key, value))),
        "not" => steps(&format!(
            "[{{on: env/river, when: pump}}, {{not: {}}}]",
            with(&[river, pump], key, value)
        )),
        "hop" => derivation("hop", &with(&[("size", "1h"), ("every", "5m")], key, value)),
        "field" => derivation(
            "fields",
            &format!("{{x: {}}}", with(&[("value", "'1.0'")], key, value)),
        ),
        _ => derivation(key, value),
    };
    let cause = "{alert: Cause, on: env/river, when: pump, severity: low}";
    format!("version: 1\ngroup: g\nrules:\n  - {cause}\n  - {rule}\n")
}

/// The schema and the loader cannot drift: every key of the schema is read by the loader, which finds the same values wrong.
#[test]
fn the_schema_refuses_what_the_loader_refuses_key_by_key() {
    let pack = support::pack();
    let schema = rules::schema(Some(&pack.city), None);
    let validator = validator(&pack);
    let values = [
        "5m",
        "high",
        "[area]",
        "hold",
        "true",
        "7",
        "0.3",
        "[]",
        "{a: {b: c}}",
        "[[x]]",
        "{}",
        "'pump'",
        "'soon'",
        "office_hours",
        "env/river",
        "{vi: a, en: b}",
        "{vi: a}",
        "-3",
        "[{severity: low, when: pump}]",
        "[{rule: Cause, on: asset}]",
        "{team: x}",
        "{within: 5m, count: 2}",
        "{within: 5m, steps: [{on: env/river, when: pump}]}",
        "[{on: env/river, when: pump}]",
        "[{not: {on: env/river, when: pump}}]",
        "[{on: env/river, when: pump}, {not: {on: env/river, when: pump}}]",
        "[{after: 5m, to: x}]",
        "{size: 1h, every: 5m}",
        "{value: '1.0', unit: m}",
        "change",
        "0s",
        "1h",
        "a",
    ];
    let mut checked = 0;
    for (part, key, _) in keys(&schema) {
        let mut refused = 0;
        for value in values {
            let text = file_with(part, &key, value);
            let source = SourceFile {
                path: "a.yaml".into(),
                text: text.as_str().into(),
            };
            let (_, problems) = rules::compile(&[source], 0, &pack.city);
            let structural: Vec<_> = problems
                .iter()
                .filter(|p| is_structural(p, &text))
                .collect();
            let sound = validator.is_valid(&as_json(&text));
            refused += usize::from(!sound);
            checked += 1;
            // A number is a text to the loader, where it wants one; an editor may frown at it.
            let odd = ["7", "0.3", "-3", "true"].contains(&value) && !sound;
            assert!(
                odd || sound == structural.is_empty(),
                "{part}.{key}: {value}: the schema says {sound}, the loader {structural:#?}"
            );
        }
        assert!(refused > 0, "{part}.{key}: nothing is wrong with any value");
    }
    assert!(checked > 1_500, "the keys are there");
}

#[test]
fn every_key_says_what_it_is_for() {
    let schema = rules::schema(None, None);
    for (part, key, says) in keys(&schema) {
        let says = says["description"].as_str().unwrap_or_default();
        assert!(
            says.len() > 10 && says.ends_with('.'),
            "{part}.{key}: {says}"
        );
    }
}

#[test]
fn with_a_city_its_names_are_offered() {
    let pack = support::pack();
    let schema = rules::schema(Some(&pack.city), Some(&pack.plan));
    let rule = &schema["definitions"]["rule"]["properties"];
    let kinds = rule["on"]["enum"].as_array().expect("kinds");
    let declared = ["city/bus", "env/river", "wifi/ap", "wifi/site"];
    assert_eq!(kinds[..4], declared.map(Value::from));
    assert!(
        kinds.contains(&"env/basin".into()),
        "and those that rules derive"
    );
    assert_eq!(
        rule["severity"]["enum"],
        json!(["low", "medium", "high", "critical"])
    );
    let calendars = rule["during"]["enum"].as_array().expect("calendars");
    assert!(calendars.contains(&"office_hours".into()));
    let causes = &schema["definitions"]["inhibited_by"]["properties"]["rule"]["anyOf"][0]["enum"];
    let causes = causes.as_array().expect("rules");
    assert!(causes.contains(&"wifi/SiteDark".into()));
}

#[test]
fn a_sequence_and_a_derivation_have_their_own_shape() {
    let pack = support::pack();
    let validator = validator(&pack);
    let sound = |rule: &str| {
        let text = format!("version: 1\ngroup: g\nrules:\n  - {rule}\n");
        validator.is_valid(&as_json(&text))
    };
    let of = |steps: &str| {
        format!("{{alert: A, severity: low, sequence: {{within: 5m, steps: [{steps}]}}}}")
    };
    let (step, not) = (
        "{on: env/river, when: pump}",
        "{not: {on: env/river, when: pump}}",
    );
    assert!(sound(&of(&format!("{step}, {not}"))));
    assert!(!sound(&of(not)), "nothing has begun that it could end");
    assert!(!sound(&of("")));
    assert!(!sound(&of(&vec![step; 17].join(", "))));
    assert!(!sound(&of("{as: height, on: env/river, when: pump}")));
    let made =
        |how: &str| format!("{{derive: env/x, on: env/river, {how}, fields: {{x: height}}}}");
    assert!(sound(&made("sliding: change")));
    assert!(sound(&made("every: 5m, grace: 10s")));
    assert!(!sound(&made("sliding: change, grace: 10s")));
    assert!(!sound(&made("every: 5m, count: 3")));
    assert!(!sound(&made("grace: 10s")));
    assert!(!sound(&made("every: 5m, severity: low")));
}

#[test]
fn every_key_is_in_the_guide() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rule-language.md");
    let guide = std::fs::read_to_string(guide).expect("the guide");
    let table = guide.split("## Keys of a rule").nth(1).expect("the table");
    let table = table.split("\n## ").next().unwrap_or_default();
    let derivations = guide
        .split("## Derived readings")
        .nth(1)
        .expect("a chapter");
    let derivations = derivations.split("\n## ").next().unwrap_or_default();
    for (part, key, _) in keys(&rules::schema(None, None)) {
        let told = match part {
            "rule" => table.contains(&format!("`{key}`")),
            "derivation" => derivations.contains(&format!("`{key}`")),
            _ => true,
        };
        assert!(told, "{part}.{key}");
    }
}

/// The schema of tests, for the pack of these tests.
fn test_validator(pack: &Pack) -> Validator {
    let schema = rules::test_schema(Some(&pack.city), Some(&pack.plan));
    jsonschema::draft7::new(&schema).expect("the schema is one")
}

#[test]
fn every_test_file_of_the_repository_is_sound_to_the_schema_of_its_pack() {
    let mut files = 0;
    for (dir, _) in rule_files() {
        let pack = support::pack_of(&dir);
        let validator = test_validator(&pack);
        let tests = support::entries(&dir.join("rules")).into_iter();
        for path in tests.filter(|path| path.to_string_lossy().ends_with(".test.yaml")) {
            let text = std::fs::read_to_string(&path).expect("a text");
            let problems: Vec<_> = validator
                .iter_errors(&as_json(&text))
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(problems.is_empty(), "{}: {problems:#?}", path.display());
            files += 1;
        }
    }
    assert!(files > 5, "the files are there");
}

/// A file of tests in which one key of one part has a value.
fn tests_with(part: &str, key: &str, value: &str) -> String {
    let test = |key: &str, value: &str| {
        let usual = [
            ("name", "calm"),
            ("every", "1m"),
            ("timeline", "{wl-1: {height: 24.0}}"),
            ("expect", "[]"),
        ];
        with(&usual, key, value)
    };
    let tests = match part {
        "file" if key == "tests" => return format!("version: 1\ntests: {value}\n"),
        "file" if key == "version" => return format!("version: {value}\ntests: []\n"),
        "file" => return format!("version: 1\n{key}: {value}\ntests: []\n"),
        "test" => test(key, value),
        _ => {
            let usual = [("id", "wl-1"), ("kind", "env/river")];
            test("assets", &format!("[{}]", with(&usual, key, value)))
        }
    };
    format!("version: 1\ntests:\n  - {tests}\n")
}

/// What the schema of tests cannot see: which rules and assets there are, and what a token is to its field.
const UNSEEN: [&str; 3] = ["test-rule", "test-asset", "test-timeline"];

/// Right somewhere and wrong elsewhere.
const VALUES_OF_TESTS: [&str; 34] = [
    "1m",
    "0s",
    "[]",
    "{}",
    "calm",
    "''",
    "1",
    "2",
    "24.5",
    "soon",
    "[[x]]",
    "{wl-1: {height: {c: d}}}",
    "{wl-1: {height: 24.0 +0.2x3 _ stale}}",
    "{wl-1: {hight: 24.0}}",
    "{wl-1: [24.0]}",
    "RiverHigh",
    "[RiverHigh, flood/RiverHigh]",
    "2026-01-05T08:00:00+07:00",
    "2026-01-05T08:00:00Z",
    "2026-01-05",
    "in_service",
    "env/river",
    "env/rivr",
    "[10m source down, 10m offline wl-1, 10m restart 2m]",
    "[10m source sideways]",
    "[3m RiverHigh wl-1 firing high]",
    "[3m RiverHigh wl-1 firing high settling (stale)]",
    "[3m RiverHigh wl-1 firing]",
    "[3m RiverHigh wl-1 firing hihg]",
    "[3m wl-1 height=24.0 gate=unknown]",
    "[{id: wl-9, kind: env/river}]",
    "[{id: wl-9}]",
    "[{name: calm, every: 1m, timeline: {}, expect: []}]",
    "[{name: calm, every: 1m, timeline: {}}]",
];

#[test]
fn the_schema_of_tests_refuses_what_the_loader_refuses_key_by_key() {
    let pack = support::pack();
    let schema = rules::test_schema(Some(&pack.city), None);
    let validator = test_validator(&pack);
    let places = [
        ("file", ""),
        ("test", "/definitions/test"),
        ("asset", "/definitions/asset"),
    ];
    let mut checked = 0;
    for (part, place) in places {
        let properties = &schema.pointer(place).expect(place)["properties"];
        for (key, says) in properties.as_object().expect("properties") {
            let says = says["description"].as_str().unwrap_or_default();
            assert!(
                says.len() > 10 && says.ends_with('.'),
                "{part}.{key}: {says}"
            );
            // Columns of other kinds are told by the kind.
            let others = part == "asset"
                && !["id", "kind", "name", "bd1", "basin", "lifecycle"].contains(&&**key);
            let mut refused = 0;
            for value in VALUES_OF_TESTS.iter().filter(|_| !others) {
                let text = tests_with(part, key, value);
                let source = SourceFile {
                    path: "a.test.yaml".into(),
                    text: text.as_str().into(),
                };
                let problems = rules::testing::check(&[source], 0, &pack.plan, &pack.city);
                let told: Vec<_> = problems
                    .iter()
                    .filter(|problem| {
                        !UNSEEN.contains(&problem.code) || problem.message.contains("kind")
                    })
                    .collect();
                let sound = validator.is_valid(&as_json(&text));
                refused += usize::from(!sound);
                checked += 1;
                // A number is a text to the loader, where it wants one; an editor may frown at it.
                let odd = ["1", "2", "24.5"].contains(value) && !sound;
                assert!(
                    odd || sound == told.is_empty(),
                    "{part}.{key}: {value}: the schema says {sound}, the loader {told:#?}"
                );
            }
            assert!(
                others || refused > 0,
                "{part}.{key}: nothing is wrong with any value"
            );
        }
    }
    assert!(checked > 400, "the keys are there: {checked}");
}
