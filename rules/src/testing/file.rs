//! Reads a test file.

use std::sync::Arc;

use city::City;
use city::yaml::{self, Fields, Node, Reader};
use model::{
    AreaCode, Asset, AssetId, Diagnostic, Kind, Lifecycle, RuleName, SourceFile, Span, Time, Value,
    ValueType, nearest,
};

use super::expect::{self, Expected};
use super::ids;
use super::possible::Possible;
use super::timeline::{self, Sample, Steps};
use super::values::{self, ExpectedValues};
use crate::keys::{ASSET, LIFECYCLES, TEST, TESTS};
use crate::plan::Plan;

/// One test.
#[derive(Debug)]
pub(super) struct Test {
    pub(super) name: String,
    pub(super) start: Time,
    pub(super) every: Span,
    /// In place of those of the registry that the timeline names, where given.
    pub(super) assets: Option<Vec<Arc<Asset>>>,
    pub(super) lines: Vec<Line>,
    pub(super) events: Vec<(Span, Event)>,
    /// Only transitions of these rules are compared; all where empty.
    pub(super) rules: Vec<RuleName>,
    pub(super) expected: Vec<Expected>,
    /// In order of time.
    pub(super) values: Vec<ExpectedValues>,
}

/// One asset's timeline.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) asset: AssetId,
    pub(super) kind: model::KindId,
    /// One a field: its name, its notation, its samples.
    pub(super) fields: Vec<(model::FieldId, String, Vec<Option<Sample>>)>,
}

impl Test {
    /// How many steps the longest timeline has, silent ones included.
    pub(super) fn steps(&self) -> usize {
        let fields = self.lines.iter().flat_map(|line| &line.fields);
        let steps = fields.map(|(.., samples)| samples.len());
        steps.max().unwrap_or_default()
    }

    /// When a step is, from the start.
    pub(super) fn at_step(&self, step: usize) -> Span {
        Span::from_millis(self.every.millis().saturating_mul(step as i64))
    }
}

/// What else can happen.
#[derive(Clone, Debug)]
pub(super) enum Event {
    SourceUp,
    SourceDown,
    Offline(AssetId),
    Shed(AssetId),
    /// The engine is down for a while.
    Restart(Span),
}

/// A Monday at midnight in UTC.
const START: Time = Time::from_millis(1_767_571_200_000);

/// What to write where a line of `expect` is neither.
const TRANSITION: &str = "write '12m RiverHigh wl-gia-bay firing high'";
const VALUES: &str = "write '10m env-area-air:w1 pm25=40.5 stations=2'";

pub(super) fn read(
    file: usize,
    source: &SourceFile,
    plan: &Plan,
    city: &City,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Test> {
    let root = match yaml::parse(file, &source.text) {
        Ok(root) => root,
        Err(mut found) => {
            problems.append(&mut found);
            return Vec::new();
        }
    };
    let mut reading = Reading {
        reader: Reader::new(file),
        text: &source.text,
        home: home(&source.path, city),
        plan,
        city,
        unsure: false,
    };
    let tests = reading.tests(&root).unwrap_or_default();
    problems.append(&mut reading.reader.diagnostics);
    tests
}

/// The group of the rule file that a file of tests stands beside: of `flood.test.yaml`, that of `flood.yaml`.
fn home(tests: &str, city: &City) -> Option<String> {
    let plain = |path: &str| path.strip_prefix("./").unwrap_or(path).to_owned();
    let beside = format!("{}.yaml", plain(tests).strip_suffix(".test.yaml")?);
    let mut files = city.rules.iter();
    let rules = files.find(|file| plain(&file.path) == beside)?;
    // A rule file that is no YAML has been told of by now.
    let root = yaml::parse(0, &rules.text).ok()?;
    Some(root.get("group")?.as_str()?.to_owned())
}

struct Reading<'a> {
    reader: Reader,
    text: &'a str,
    /// Whose rules are meant where only a name is written.
    home: Option<String>,
    plan: &'a Plan,
    city: &'a City,
    /// Something is wrong with the assets of the test that is read: who is not among them may be one of those.
    unsure: bool,
}

impl<'a> Reading<'a> {
    fn tests(&mut self, root: &Node) -> Option<Vec<Test>> {
        let what = TESTS.what;
        let fields = crate::keys::fields(root, &TESTS, &mut self.reader)?;
        self.reader.version(fields, what);
        let rules = self.rules(fields);
        let rules = rules.as_deref();
        let tests = self.reader.required(fields, "tests", what)?;
        let mut read = Vec::new();
        for node in self.reader.items(tests, "'tests'")? {
            let before = self.reader.diagnostics.len();
            let test = self.test(node, rules);
            read.extend(test.filter(|_| self.reader.diagnostics.len() == before));
        }
        Some(read)
    }

    /// `rules` are those at the top of the file; none where something is wrong with them.
    fn test(&mut self, node: &Node, rules: Option<&[RuleName]>) -> Option<Test> {
        let fields = crate::keys::fields(node, &TEST, &mut self.reader)?;
        let name = self.reader.required(fields, "name", "a test");
        let name = name.and_then(|node| self.reader.text(node, "a name"));
        // Any will do where none is written: what is wrong with the rest is told, and the test left out.
        let every = self.every(fields).unwrap_or(Span::from_mins(1));
        let start = self.start(fields);
        let before = self.reader.diagnostics.len();
        let assets = self.assets(fields);
        self.unsure = self.reader.diagnostics.len() > before;
        let lines = self.timeline(fields, every, assets.as_deref());
        let sure = self.reader.diagnostics.len() == before;
        let events = self.events(fields, assets.as_deref());
        let own = self.rules(fields);
        let compared = own.as_deref().and_then(|own| match own {
            [] => rules,
            own => Some(own),
        });
        let possible = Possible {
            plan: self.plan,
            city: self.city,
            compared,
            assets: sure.then(|| who_is_there(assets.as_deref(), &lines)),
            own_assets: assets.is_some(),
        };
        let (expected, values) = self.expected(fields, assets.as_deref(), &possible);
        Some(Test {
            name: name?.to_owned(),
            start: start?,
            every,
            assets,
            lines,
            events,
            rules: compared?.to_vec(),
            expected,
            values,
        })
    }

    fn every(&mut self, fields: Fields<'_>) -> Option<Span> {
        let node = self.reader.required(fields, "every", "a test")?;
        let every = self.reader.span(node, "'every'")?;
        if every.is_zero() {
            let message = "'every' is a length of time above zero";
            self.reader
                .error("test-every", node.span.clone(), message)
                .help = Some("write how long a step is: 1m".to_owned());
            return None;
        }
        Some(every)
    }

    fn start(&mut self, fields: Fields<'_>) -> Option<Time> {
        let Some(node) = fields.get("start") else {
            return Some(START);
        };
        let text = self.reader.text(node, "'start'")?;
        match text.parse::<jiff::Timestamp>() {
            Ok(at) => Some(Time::from_millis(at.as_millisecond())),
            Err(error) => {
                self.reader
                    .error(
                        "test-start",
                        node.span.clone(),
                        format!("'{text}' is not a time: {error}"),
                    )
                    .help = Some("write it with its offset: 2026-01-05T08:00:00+07:00".to_owned());
                None
            }
        }
    }

    /// None where something is wrong with one of them.
    fn rules(&mut self, fields: Fields<'_>) -> Option<Vec<RuleName>> {
        let Some(node) = fields.get("rules") else {
            return Some(Vec::new());
        };
        let before = self.reader.diagnostics.len();
        let names = node.as_seq().unwrap_or(std::slice::from_ref(node));
        let mut rules = Vec::new();
        for node in names {
            let Some(name) = self.reader.text(node, "a rule") else {
                continue;
            };
            match expect::rule(name, self.plan, self.home.as_deref()) {
                Ok(rule) => rules.push(rule),
                Err(message) => {
                    self.reader.error("test-rule", node.span.clone(), message);
                }
            }
        }
        (self.reader.diagnostics.len() == before).then_some(rules)
    }

    fn timeline(
        &mut self,
        fields: Fields<'_>,
        every: Span,
        assets: Option<&[Arc<Asset>]>,
    ) -> Vec<Line> {
        let Some(node) = self.reader.required(fields, "timeline", "a test") else {
            return Vec::new();
        };
        let mut lines = Vec::new();
        for (key, value) in self
            .reader
            .entries(node, "'timeline'")
            .into_iter()
            .flatten()
        {
            for id in self.ids(key, key.as_str().unwrap_or_default()) {
                let registry = assets.unwrap_or(&self.city.assets);
                let Some(asset) = registry.iter().find(|asset| *asset.id.as_str() == *id) else {
                    self.unknown_asset(key, &id, assets);
                    continue;
                };
                if lines.iter().any(|line: &Line| line.asset == asset.id) {
                    let message = format!("'{id}' has two timelines");
                    self.reader.error("test-asset", key.span.clone(), message);
                    continue;
                }
                let kind = self.city.catalog.kind(asset.kind).clone();
                let id = asset.id.clone();
                lines.extend(self.line(id, &kind, every, value));
            }
        }
        lines
    }

    /// The assets that a text names; none, with a word on why, where it does not name any.
    fn ids(&mut self, node: &Node, text: &str) -> Vec<String> {
        ids::expand(text).unwrap_or_else(|wrong| {
            self.reader
                .error("test-asset", node.span.clone(), wrong.message)
                .help = Some(wrong.help);
            Vec::new()
        })
    }

    fn unknown_asset(&mut self, key: &Node, id: &str, assets: Option<&[Arc<Asset>]>) {
        if self.unsure {
            return;
        }
        let registry = assets.unwrap_or(&self.city.assets);
        let near = nearest(id, registry.iter().map(|asset| asset.id.as_str()));
        let help = near.map(|near| format!("did you mean '{near}'?"));
        let message = format!("there is no asset '{id}'");
        self.reader
            .error("test-asset", key.span.clone(), message)
            .help = help.or_else(|| Some("register it under 'assets' of the test".to_owned()));
    }

    fn line(&mut self, asset: AssetId, kind: &Kind, every: Span, node: &Node) -> Option<Line> {
        let mut fields = Vec::new();
        for (key, value) in self.reader.entries(node, "an asset's timeline")? {
            let name = key.as_str().unwrap_or_default();
            let Some(field) = kind.field(name) else {
                let near = nearest(name, kind.fields.iter().map(|f| &*f.name));
                let message = format!("{} has no field '{name}'", kind.name);
                self.reader
                    .error("test-field", key.span.clone(), message)
                    .help = near.map(|near| format!("did you mean '{near}'?"));
                continue;
            };
            let text = self.reader.text(value, "a timeline")?;
            let steps = Steps {
                every,
                stale_after: kind.stale_after,
            };
            match timeline::parse(text, field, steps) {
                Ok(samples) => fields.push((field.id, text.to_owned(), samples)),
                Err(bad) => {
                    let span = value.locate(self.text, bad.at..bad.at + bad.token.len());
                    let message = format!("'{}' is not a reading of {name}", bad.token);
                    self.reader.error("test-timeline", span, message).help = Some(bad.help);
                }
            }
        }
        Some(Line {
            asset,
            kind: kind.id,
            fields,
        })
    }

    fn events(&mut self, fields: Fields<'_>, assets: Option<&[Arc<Asset>]>) -> Vec<(Span, Event)> {
        let Some(node) = fields.get("events") else {
            return Vec::new();
        };
        let mut events = Vec::new();
        for item in self.reader.items(node, "'events'").into_iter().flatten() {
            let Some(text) = self.reader.text(item, "an event") else {
                continue;
            };
            if let Some((at, event)) = event(text) {
                if let Event::Offline(id) | Event::Shed(id) = &event {
                    let registry = assets.unwrap_or(&self.city.assets);
                    if registry.iter().all(|asset| asset.id != *id) {
                        self.unknown_asset(item, id.as_str(), assets);
                    }
                }
                events.push((at, event));
                continue;
            }
            let message = format!("'{text}' is not an event");
            let help = "write '10m source down', '10m source up', '10m offline ASSET', '10m shed ASSET' or '10m restart 2m'";
            self.reader
                .error("test-event", item.span.clone(), message)
                .help = Some(help.to_owned());
        }
        events
    }

    fn expected(
        &mut self,
        fields: Fields<'_>,
        assets: Option<&[Arc<Asset>]>,
        possible: &Possible<'_>,
    ) -> (Vec<Expected>, Vec<ExpectedValues>) {
        let (mut expected, mut values) = (Vec::new(), Vec::new());
        let Some(node) = self.reader.required(fields, "expect", "a test") else {
            return (expected, values);
        };
        let mut city = None;
        for item in self.reader.items(node, "'expect'").into_iter().flatten() {
            let Some(text) = self.reader.text(item, "what is expected") else {
                continue;
            };
            let wrong = if values::is_about_values(text) {
                let city = city.get_or_insert_with(|| self.completed(assets));
                shown(text, city, possible).map(|line| values.push(line))
            } else {
                self.transition(text, possible)
                    .map(|line| expected.push(line))
            };
            if let Err((message, help)) = wrong {
                self.reader
                    .error("test-expect", item.span.clone(), message)
                    .help = Some(help);
            }
        }
        values.sort_by_key(|line| line.at);
        (expected, values)
    }

    /// A transition that can come; otherwise what is wrong, and a help.
    fn transition(
        &self,
        text: &str,
        possible: &Possible<'_>,
    ) -> Result<Expected, (String, String)> {
        let line = expect::parse(text, self.plan, self.home.as_deref());
        let line = line.map_err(|message| (message, TRANSITION.to_owned()))?;
        let checked = possible.check(&line);
        checked.map_err(|wrong| (wrong.message, wrong.help))?;
        Ok(line)
    }

    /// The city of the test with what the rules derive.
    fn completed(&self, assets: Option<&[Arc<Asset>]>) -> Arc<City> {
        let mut city = self.city.clone();
        if let Some(assets) = assets {
            city.assets = assets.to_vec();
        }
        self.plan.complete(Arc::new(city))
    }

    fn assets(&mut self, fields: Fields<'_>) -> Option<Vec<Arc<Asset>>> {
        let node = fields.get("assets")?;
        let mut assets = Vec::new();
        let items = self.reader.items(node, "'assets'").or_else(|| {
            self.reader
                .advise("write one asset an entry: - {id: wl-1, kind: env/river}")
        });
        for item in items.into_iter().flatten() {
            assets.extend(self.asset(item).into_iter().flatten());
        }
        Some(assets)
    }

    /// One entry registers as many assets as its `id` expands to.
    fn asset(&mut self, node: &Node) -> Option<Vec<Arc<Asset>>> {
        let kind = self.kind_of(node)?.clone();
        let mut allowed = ASSET.names();
        allowed.extend(kind.columns.iter().map(|column| &*column.name));
        let fields = self.reader.fields(node, "an asset", &allowed)?;
        let ids = self.reader.required(fields, "id", "an asset")?;
        let written = self.reader.text(ids, "an id")?;
        let lifecycle = self.lifecycle(fields)?;
        let columns = self.columns(&kind, fields);
        let [name, area, uplink] = ["name", "area", "uplink"]
            .map(|key| self.reader.text(fields.get(key)?, &format!("'{key}'")));
        let assets = self.ids(ids, written).into_iter().map(|id| Asset {
            name: name.unwrap_or(&id).into(),
            id: AssetId::new(id),
            kind: kind.id,
            area: area.map(AreaCode::new),
            lat: None,
            lon: None,
            lifecycle,
            uplink: uplink.map(AssetId::new),
            columns: columns.clone(),
        });
        Some(assets.map(Arc::new).collect())
    }

    fn kind_of(&mut self, node: &Node) -> Option<&'a Kind> {
        let Some(written) = node.get("kind") else {
            let message = "an asset needs a 'kind' of the catalog";
            self.reader
                .error("test-asset", node.span.clone(), message)
                .help = Some("write {id: wl-1, kind: env/river}".to_owned());
            return None;
        };
        let name = self.reader.text(written, "the kind")?;
        let catalog = &self.city.catalog;
        let kind = catalog.find(name);
        if kind.is_none() {
            let near = nearest(name, catalog.kinds().iter().map(|kind| &*kind.name));
            let message = format!("the catalog has no kind '{name}'");
            self.reader
                .error("test-asset", written.span.clone(), message)
                .help = near.map(|near| format!("did you mean '{near}'?"));
        }
        kind
    }

    fn lifecycle(&mut self, fields: Fields<'_>) -> Option<Lifecycle> {
        let Some(node) = fields.get("lifecycle") else {
            return Some(Lifecycle::InService);
        };
        Some(match self.reader.word(node, "a lifecycle", &LIFECYCLES)? {
            "planned" => Lifecycle::Planned,
            "maintenance" => Lifecycle::Maintenance,
            "retired" => Lifecycle::Retired,
            _ => Lifecycle::InService,
        })
    }

    fn columns(&mut self, kind: &Kind, fields: Fields<'_>) -> Vec<Option<Value>> {
        let columns = kind.columns.iter().map(|column| {
            let node = fields.get(&column.name)?;
            if column.value_type == ValueType::F64 {
                return self.reader.number(node, "the column").map(Value::F64);
            }
            let text = self.reader.text(node, "the column");
            text.map(|text| Value::Text(Arc::from(text)))
        });
        columns.collect()
    }
}

fn event(text: &str) -> Option<(Span, Event)> {
    let words: Vec<_> = text.split_whitespace().collect();
    let (at, event) = match words.as_slice() {
        [at, "source", "down"] => (at, Event::SourceDown),
        [at, "source", "up"] => (at, Event::SourceUp),
        [at, "offline", asset] => (at, Event::Offline(AssetId::new(*asset))),
        [at, "shed", asset] => (at, Event::Shed(AssetId::new(*asset))),
        [at, "restart", length] => (at, Event::Restart(length.parse().ok()?)),
        _ => return None,
    };
    Some((at.parse().ok()?, event))
}

/// Values that somebody can show; otherwise what is wrong, and a help.
fn shown(
    text: &str,
    city: &City,
    possible: &Possible<'_>,
) -> Result<ExpectedValues, (String, String)> {
    let line = values::parse(text, city).map_err(|message| (message, VALUES.to_owned()))?;
    let checked = possible.check_values(&line);
    checked.map_err(|wrong| (wrong.message, wrong.help))?;
    Ok(line)
}

/// The assets of a test: its own, or those that its timeline names.
fn who_is_there(own: Option<&[Arc<Asset>]>, lines: &[Line]) -> Vec<(AssetId, model::KindId)> {
    match own {
        Some(own) => own.iter().map(|a| (a.id.clone(), a.kind)).collect(),
        None => lines.iter().map(|l| (l.asset.clone(), l.kind)).collect(),
    }
}
