//! Draws a failed test: one line a time, with what was fed, and beside it what was expected and what came; then the same as
//! a test would say it. Leaves the layout of the lines to `table`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use city::City;
use model::{KindId, Quality, Span, Transition, Value};

use super::expect::{Expected, describe, key_text};
use super::file::{Event, Test};
use super::table::{Column, Row, table};
use super::timeline::Sample;
use super::values::Wrong;

/// `wrong` are the values that were others than expected, each with its time.
pub(super) fn draw(test: &Test, came: &[Transition], wrong: &[Wrong], city: &City) -> String {
    let columns = columns(test, city);
    let (mut notes, mut moved) = compare(test, came);
    if wrong.is_empty() && notes.iter().all(|(_, note)| note.starts_with('✓')) {
        moved.push("all came, in another order".to_owned());
    }
    for Wrong {
        at,
        expected,
        shown,
    } in wrong
    {
        let at = at.millis();
        notes.push((at, format!("✗ expected {}", without_time(expected))));
        notes.push((at, format!("✗ it was   {}", without_time(shown))));
    }
    let mut rows: BTreeMap<i64, Row> = BTreeMap::new();
    for step in 0..test.steps() {
        let at = test.at_step(step).millis();
        rows.entry(at).or_default().step = Some(step);
    }
    for (at, event) in &test.events {
        let row = rows.entry(at.millis()).or_default();
        row.notes.push(format!("! {}", event_text(event)));
    }
    for (at, note) in notes {
        rows.entry(at).or_default().notes.push(note);
    }
    let rows: Vec<(i64, Row)> = rows.into_iter().collect();
    let mut drawn = table(&columns, &rows);
    for line in moved.into_iter().chain(stale_between(test, city)) {
        let _ = writeln!(drawn, "  {line}"); // Writing to a String does not fail.
    }
    drawn.push_str(&to_paste(test, came, wrong));
    drawn
}

/// Of each kind that is stale before the next step comes: what fails for that looks like a condition that is wrong.
fn stale_between(test: &Test, city: &City) -> impl Iterator<Item = String> {
    let kinds: BTreeSet<KindId> = test.lines.iter().map(|line| line.kind).collect();
    let kinds = kinds.into_iter().map(|kind| city.catalog.kind(kind));
    let stale = kinds.filter(|kind| kind.stale_after < test.every);
    stale.map(|kind| {
        format!(
            "{} is stale after {}, this test's steps are {} apart",
            kind.name, kind.stale_after, test.every
        )
    })
}

fn columns(test: &Test, city: &City) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for line in &test.lines {
        let kind = city.catalog.kind(line.kind);
        for (id, _, samples) in &line.fields {
            let field = &kind.fields[id.index()];
            let cells: Vec<_> = samples
                .iter()
                .map(|sample| sample.as_ref().map_or("·".to_owned(), |s| cell(s, field)))
                .collect();
            let same = |c: &&mut Column| *c.field == *field.name && c.cells == cells;
            match columns.iter_mut().find(same) {
                Some(column) => column.assets.push(line.asset.to_string()),
                None => columns.push(Column {
                    assets: vec![line.asset.to_string()],
                    field: field.name.to_string(),
                    cells,
                }),
            }
        }
    }
    columns
}

/// A reading as the timeline writes it.
fn cell(sample: &Sample, field: &model::Field) -> String {
    let mut text = match &sample.value {
        Value::F64(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Text(text) => text.to_string(),
        Value::Symbol(symbol) => field
            .symbols
            .get(usize::from(*symbol))
            .map_or("?", |s| s)
            .to_owned(),
        Value::Time(at) => jiff::Timestamp::from_millisecond(at.millis())
            .map_or_else(|_| at.millis().to_string(), |at| at.to_string()),
    };
    if sample.quality != Quality::Good {
        let quality = format!("{:?}", sample.quality).to_lowercase();
        let _ = write!(text, "!{quality}");
    }
    if sample.origin == model::Origin::Retained {
        text.push_str("!retained");
    }
    match sample.behind.millis() {
        0 => {}
        ms if ms > 0 => {
            let _ = write!(text, "@-{}", sample.behind);
        }
        ms => {
            let _ = write!(text, "@+{}", Span::from_millis(-ms));
        }
    }
    text
}

fn event_text(event: &Event) -> String {
    match event {
        Event::SourceUp => "source up".to_owned(),
        Event::SourceDown => "source down".to_owned(),
        Event::Offline(asset) => format!("{asset} says it goes offline"),
        Event::Shed(asset) => format!("a reading of {asset} is shed"),
        Event::Restart(length) => format!("the engine is away for {length}"),
    }
}

/// The transitions with their marks, by time; and what came at another time than expected.
fn compare(test: &Test, came: &[Transition]) -> (Vec<(i64, String)>, Vec<String>) {
    let mut missing: Vec<&Expected> = test.expected.iter().collect();
    let mut extra: Vec<&Transition> = Vec::new();
    let (mut notes, mut moved) = (Vec::new(), Vec::new());
    for transition in came {
        let found = missing
            .iter()
            .position(|e| e.agrees(transition, test.start));
        if let Some(place) = found {
            let after = transition.at.since(test.start).millis();
            notes.push((
                after,
                format!("✓ {}", without_time(&missing.remove(place).line)),
            ));
        } else {
            extra.push(transition);
        }
    }
    for expected in &missing {
        let line = without_time(&expected.line);
        notes.push((expected.at.millis(), format!("✗ expected {line}")));
    }
    for transition in extra {
        let after = transition.at.since(test.start);
        let told = describe(transition, test.start);
        notes.push((
            after.millis(),
            format!("✗ came     {}", without_time(&told)),
        ));
        let alike = |e: &&Expected| {
            e.rule == transition.rule
                && e.key == key_text(&transition.key)
                && e.condition == transition.to
                && e.severity == transition.severity
        };
        if let Some(place) = missing.iter().position(alike) {
            moved.push(shift(missing.remove(place), after));
        }
    }
    // At one time: what was expected, then what came.
    notes.sort_by(|(a, one), (b, other)| (a, rank(one)).cmp(&(b, rank(other))));
    (notes, moved)
}

fn rank(note: &str) -> u8 {
    u8::from(note.starts_with("✗ came"))
}

fn shift(expected: &Expected, after: Span) -> String {
    let line = without_time(&expected.line);
    let late = after.millis() - expected.at.millis();
    let by = Span::from_millis(late.abs());
    let how = match late {
        0 => "with another annunciation or reason".to_owned(),
        late if late > 0 => format!("{by} later"),
        _ => format!("{by} earlier"),
    };
    format!(
        "{line}: expected at {}, came at {after}, {how}",
        expected.at
    )
}

fn without_time(line: &str) -> &str {
    line.split_once(' ').map_or(line, |(_, rest)| rest)
}

/// What came, in the words of a test: an author who agrees with it puts it there.
fn to_paste(test: &Test, came: &[Transition], wrong: &[Wrong]) -> String {
    if came.is_empty() && wrong.is_empty() {
        return "  nothing came: `expect: []`\n".to_owned();
    }
    let with_annunciation = test.expected.iter().any(|e| e.annunciation.is_some());
    let with_reason = test.expected.iter().any(|e| e.reason.is_some());
    let mut lines = "  what came, as a test would say it:\n    expect:\n".to_owned();
    for transition in came {
        let told = describe(transition, test.start);
        let words: Vec<_> = told.split(' ').collect();
        let kept = words.iter().enumerate().filter(|(place, _)| match place {
            0..=4 => true,
            5 => with_annunciation,
            _ => with_reason,
        });
        let words: Vec<_> = kept.map(|(_, word)| *word).collect();
        let _ = writeln!(lines, "      - {}", words.join(" "));
    }
    for values in wrong {
        let _ = writeln!(lines, "      - {}", values.shown);
    }
    lines
}
