//! Scenarios: what a run plays beside the everyday, as `scenarios/<name>.yaml` scripts it.
//! Reads a script and resolves it to one run: real times, the assets hit, the alerts that must come.

use std::collections::HashMap;
use std::sync::Arc;

use city::City;
use city::yaml::{self, Fields, Node, Reader};
use model::{Diagnostic, KindId, Severity, SourceFile, Span, Time};

use crate::drive::{Drive, Target};
use crate::ledger::Expected;
use crate::message::Form;
use crate::rhythm::minute_of_day;
use crate::simulation::Plan;
use crate::simulation::read::{kind_named, nearest_help};
use crate::simulation::{amount, number_or};
use crate::weather::{Front, Place};
use crate::world::{Planned, column_text};

/// A scenario resolved for one run.
#[derive(Debug, Default)]
pub struct Script {
    /// The minute of a working day at which the run begins; none keeps the real day.
    pub day_begins: Option<u16>,
    /// Whether devices have faults of their own beside the scripted ones.
    pub random_faults: bool,
    /// Whether the seed's own rain crosses the province beside the scripted fronts.
    pub seeded_weather: bool,
    /// Scripted rain.
    pub fronts: Vec<Front>,
    /// How payloads are written.
    pub form: Form,
    /// How often kinds report in this scenario.
    pub report_every: HashMap<KindId, Span>,
    /// At most so many assets take part; none for all.
    pub most_assets: Option<usize>,
    /// Scripted faults.
    pub faults: Vec<Planned>,
    /// Scripted courses of fields by asset.
    pub drives: HashMap<u32, Vec<Drive>>,
    /// The alerts that must come, in the order in which their faults begin.
    pub expected: Vec<Expected>,
}

impl Script {
    /// A run without a scenario: the real day with its weather and its faults.
    pub fn everyday() -> Self {
        Self {
            random_faults: true,
            seeded_weather: true,
            ..Self::default()
        }
    }

    /// Reads a scenario for a run that begins at `start`. `file` is where the text stands in the caller's `Sources`.
    pub fn read(
        source: &SourceFile,
        file: usize,
        city: &City,
        plan: &Plan,
        start: Time,
    ) -> (Option<Self>, Vec<Diagnostic>) {
        let root = match yaml::parse(file, &source.text) {
            Ok(root) => root,
            Err(problems) => return (None, problems),
        };
        let mut script = Self::everyday();
        let mut reader = Reader::new(file);
        let stage = Stage { city, plan, start };
        let read = stage.script(&mut reader, &root, &mut script);
        let broken = read.is_none() || reader.diagnostics.iter().any(Diagnostic::is_error);
        ((!broken).then_some(script), reader.diagnostics)
    }
}

/// What a script is resolved against.
struct Stage<'a> {
    city: &'a City,
    plan: &'a Plan,
    start: Time,
}

const KEYS: [&str; 7] = [
    "version",
    "title",
    "day_begins",
    "random_faults",
    "report_every",
    "weather",
    "steps",
];
const STEP_KEYS: [&str; 9] = [
    "name", "at", "fault", "drive", "through", "on", "lasts", "again", "expect",
];

impl Stage<'_> {
    fn script(&self, reader: &mut Reader, root: &Node, script: &mut Script) -> Option<()> {
        let fields = reader.fields(root, "a scenario", &KEYS)?;
        let version = reader.required(fields, "version", "a scenario")?;
        reader.integer(version, "version", 1..2)?;
        if let Some(node) = fields.get("title") {
            reader.localized(node, "title")?;
        }
        if let Some(node) = fields.get("day_begins") {
            script.day_begins = Some(day_begins(reader, node)?);
        }
        if let Some(node) = fields.get("random_faults") {
            script.random_faults = reader.boolean(node, "random_faults")?;
        }
        if let Some(node) = fields.get("report_every") {
            for (kind, every) in reader.entries(node, "report_every")? {
                let kind = kind_named(reader, &self.city.catalog, kind)?;
                let every = reader.span(every, "report_every")?;
                script.report_every.insert(kind, every);
            }
        }
        if let Some(node) = fields.get("weather") {
            self.weather(reader, node, script)?;
        }
        if let Some(node) = fields.get("steps") {
            for step in reader.items(node, "steps")? {
                // A broken step is reported; the next one may hold more to report.
                let _reported = self.step(reader, step, script);
            }
        }
        script.expected.sort_by_key(|e| e.fault_at);
        Some(())
    }

    fn weather(&self, reader: &mut Reader, node: &Node, script: &mut Script) -> Option<()> {
        let fields = reader.fields(node, "weather", &["seeded", "fronts"])?;
        if let Some(node) = fields.get("seeded") {
            script.seeded_weather = reader.boolean(node, "seeded")?;
        }
        if let Some(node) = fields.get("fronts") {
            for item in reader.items(node, "fronts")? {
                script.fronts.push(self.front(reader, item)?);
            }
        }
        Some(())
    }

    fn front(&self, reader: &mut Reader, node: &Node) -> Option<Front> {
        let keys = [
            "at",
            "lasts",
            "lat",
            "lon",
            "heading",
            "speed",
            "half_width",
            "peak",
        ];
        let what = "a front";
        let fields = reader.fields(node, what, &keys)?;
        let starts = self.time(reader, fields, "at", what)?;
        let lasts = reader.required(fields, "lasts", what)?;
        let mut or = |key, usual| number_or(reader, fields, key, usual);
        let (lat, lon) = (
            or("lat", self.city.centre.0)?,
            or("lon", self.city.centre.1)?,
        );
        let heading: f64 = or("heading", 0.0)?;
        let (speed_kmh, half_width_km) = (or("speed", 20.0)?, or("half_width", 12.0)?);
        let peak_mm_h = or("peak", 10.0)?;
        Some(Front {
            starts,
            ends: starts + reader.span(lasts, "lasts")?,
            centre: Place { lat, lon },
            heading: heading.to_radians(),
            speed_kmh,
            half_width_km,
            peak_mm_h,
        })
    }

    fn step(&self, reader: &mut Reader, node: &Node, script: &mut Script) -> Option<()> {
        let what = "a step";
        let fields = reader.fields(node, what, &STEP_KEYS)?;
        let name = reader.required(fields, "name", what)?;
        let name = reader.text(name, "name")?;
        let at = self.time(reader, fields, "at", what)?;
        let on = reader.required(fields, "on", what)?;
        let targets = self.targets(reader, on)?;
        match (fields.get("fault"), fields.get("drive")) {
            (Some(word), None) => self.fault(reader, fields, word, at, &targets, script)?,
            (None, Some(field)) => self.drive(reader, fields, field, at, &targets, script)?,
            _ => {
                let message = "a step has either a fault or a drive";
                reader.error("scenario-step", node.span.clone(), message);
                return None;
            }
        }
        if let Some(node) = fields.get("expect") {
            for item in reader.items(node, "expect")? {
                let expected = self.expected(reader, item, name, at)?;
                script.expected.push(expected);
            }
        }
        Some(())
    }

    fn fault(
        &self,
        reader: &mut Reader,
        fields: Fields<'_>,
        word: &Node,
        at: Time,
        targets: &Arc<[u32]>,
        script: &mut Script,
    ) -> Option<()> {
        let name = reader.text(word, "fault")?;
        let Some(gives) = self.plan.condition(name) else {
            let message = format!("'{name}' is not a condition of the simulation files");
            let words = self.plan.conditions.iter().map(|c| &**c);
            reader
                .error("scenario-fault", word.span.clone(), message)
                .help = nearest_help(name, words);
            return None;
        };
        let lasts = match fields.get("lasts") {
            Some(node) => Some(reader.span(node, "lasts")?),
            None => None,
        };
        let (times, every) = match fields.get("again") {
            Some(node) => again(reader, node)?,
            None => (1, Span::ZERO),
        };
        for i in 0..times {
            script.faults.push(Planned {
                at: at + Span::from_millis(i * every.millis()),
                lasts,
                gives,
                targets: Arc::clone(targets),
            });
        }
        Some(())
    }

    fn drive(
        &self,
        reader: &mut Reader,
        fields: Fields<'_>,
        field: &Node,
        from: Time,
        targets: &Arc<[u32]>,
        script: &mut Script,
    ) -> Option<()> {
        let through = reader.required(fields, "through", "a drive")?;
        let points = reader.items(through, "through")?;
        for target in targets.iter() {
            let kind = self.city.assets[*target as usize].kind;
            let (plan, kind) = (self.plan.kind(kind)?, self.city.catalog.kind(kind));
            let name = reader.text(field, "drive")?;
            let Some(slot) = plan.fields.iter().position(|f| &*f.name == name) else {
                let message = format!("'{}' does not simulate '{name}'", kind.name);
                let names = plan.fields.iter().map(|f| &*f.name);
                reader
                    .error("scenario-field", field.span.clone(), message)
                    .help = nearest_help(name, names);
                return None;
            };
            let mut drive = Drive {
                field: slot,
                from,
                through: Vec::new(),
            };
            for point in points {
                drive.through.push(self.point(reader, kind, point)?);
            }
            drive.through.sort_by_key(|(at, _)| *at);
            script.drives.entry(*target).or_default().push(drive);
        }
        Some(())
    }

    fn point(
        &self,
        reader: &mut Reader,
        kind: &model::Kind,
        node: &Node,
    ) -> Option<(Time, Target)> {
        let fields = reader.fields(node, "a point", &["at", "to"])?;
        let at = self.time(reader, fields, "at", "a point")?;
        let to = reader.required(fields, "to", "a point")?;
        let target = if to.as_str() == Some("usual") {
            Target::Usual
        } else {
            Target::To(amount(reader, kind, to)?)
        };
        Some((at, target))
    }

    /// `{asset: id}`, `{assets: [..]}`, or `{kind, where: {column: value}, first: n}`.
    fn targets(&self, reader: &mut Reader, node: &Node) -> Option<Arc<[u32]>> {
        let keys = ["asset", "assets", "kind", "where", "first"];
        let fields = reader.fields(node, "on", &keys)?;
        if let Some(node) = fields.get("asset").or_else(|| fields.get("assets")) {
            let mut found = Vec::new();
            for id in reader.texts(node, "an asset")? {
                found.push(self.asset(reader, node, id)?);
            }
            return Some(found.into());
        }
        let mut found = self.selected(reader, fields)?;
        if let Some(node) = fields.get("first") {
            found.truncate(reader.integer(node, "first", 1..100_000)? as usize);
        }
        if found.is_empty() {
            let message = "no asset of the registry is meant by this";
            reader.error("scenario-target", node.span.clone(), message);
            return None;
        }
        Some(found.into())
    }

    fn selected(&self, reader: &mut Reader, fields: Fields<'_>) -> Option<Vec<u32>> {
        let kind = match fields.get("kind") {
            Some(node) => Some(kind_named(reader, &self.city.catalog, node)?),
            None => None,
        };
        let mut wanted = Vec::new();
        if let Some(node) = fields.get("where") {
            for (column, value) in reader.entries(node, "where")? {
                let column = reader.text(column, "a column")?;
                wanted.push((column, reader.text(value, "a value")?));
            }
        }
        let assets = self.city.assets.iter().enumerate();
        let meant = assets.filter(|(_, asset)| {
            let own = self.city.catalog.kind(asset.kind);
            kind.is_none_or(|k| k == asset.kind)
                && wanted
                    .iter()
                    .all(|(column, value)| column_text(own, asset, column) == Some(value))
        });
        Some(meant.map(|(i, _)| i as u32).collect())
    }

    fn asset(&self, reader: &mut Reader, node: &Node, id: &str) -> Option<u32> {
        let assets = &self.city.assets;
        let found = assets.iter().position(|a| a.id.as_str() == id);
        if found.is_none() {
            let message = format!("the registry has no asset '{id}'");
            reader
                .error("scenario-asset", node.span.clone(), message)
                .help = nearest_help(id, assets.iter().map(|a| a.id.as_str()));
        }
        found.map(|i| i as u32)
    }

    /// `{rule, key, severity, from, until, required, during}`.
    fn expected(
        &self,
        reader: &mut Reader,
        node: &Node,
        fault: &str,
        fault_at: Time,
    ) -> Option<Expected> {
        let what = "an expected alert";
        let keys = [
            "rule", "key", "severity", "from", "until", "required", "during",
        ];
        let fields = reader.fields(node, what, &keys)?;
        let rule = reader.required(fields, "rule", what)?;
        let severity = reader.required(fields, "severity", what)?;
        let words: Vec<&str> = Severity::ALL.iter().map(|s| s.as_str()).collect();
        let severity = reader.word(severity, "a severity", &words)?;
        let mut key = Vec::new();
        if let Some(node) = fields.get("key") {
            for (dimension, value) in reader.entries(node, "key")? {
                let dimension = reader.text(dimension, "a dimension")?;
                key.push(format!("{dimension}={}", reader.text(value, "a value")?));
            }
        }
        let latest = self.time(reader, fields, "until", what)?;
        Some(Expected {
            fault: fault.to_owned(),
            fault_at,
            rule: reader.text(rule, "rule")?.to_owned(),
            key: key.join(","),
            severity: Severity::parse(severity)?,
            earliest: self.time(reader, fields, "from", what)?,
            latest,
            required: self.required(reader, fields, fault_at, latest)?,
        })
    }

    /// A rule that watches only during a calendar must fire only where the calendar holds from the fault to the alert.
    fn required(
        &self,
        reader: &mut Reader,
        fields: Fields<'_>,
        fault_at: Time,
        latest: Time,
    ) -> Option<bool> {
        if let Some(node) = fields.get("required") {
            return reader.boolean(node, "required");
        }
        let Some(node) = fields.get("during") else {
            return Some(true);
        };
        let name = reader.text(node, "during")?;
        let Some(calendar) = self.city.calendars.get(name) else {
            let message = format!("the city has no calendar '{name}'");
            let names = self.city.calendars.keys().map(|n| &**n);
            reader
                .error("scenario-calendar", node.span.clone(), message)
                .help = nearest_help(name, names);
            return None;
        };
        Some(calendar.contains(fault_at) && calendar.contains(latest))
    }

    /// Times of a script count from the start of the run.
    fn time(&self, reader: &mut Reader, fields: Fields<'_>, key: &str, what: &str) -> Option<Time> {
        let node = reader.required(fields, key, what)?;
        Some(self.start + reader.span(node, key)?)
    }
}

fn day_begins(reader: &mut Reader, node: &Node) -> Option<u16> {
    match minute_of_day(reader.text(node, "day_begins")?) {
        Ok(minute) => Some(minute),
        Err(error) => {
            reader.error("scenario-day", node.span.clone(), error.to_string());
            None
        }
    }
}

/// `{times: 6, every: 20s}`.
fn again(reader: &mut Reader, node: &Node) -> Option<(i64, Span)> {
    let fields = reader.fields(node, "again", &["times", "every"])?;
    let times = reader.required(fields, "times", "again")?;
    let every = reader.required(fields, "every", "again")?;
    Some((
        reader.integer(times, "times", 1..1000)?,
        reader.span(every, "every")?,
    ))
}
