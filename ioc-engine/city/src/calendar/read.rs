//! Reads `calendars.yaml`.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use model::{Diagnostic, nearest};

use super::{Calendar, Days, Hours};
use crate::city_file::time_zone;
use crate::files::File;
use crate::yaml::{self, Fields, Node, Reader};

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MINUTES_OF_DAY: i16 = 24 * 60;

/// The calendars of the file; whatever is wrong with it goes to `diagnostics`. `city_zone` is theirs unless they name another.
pub(crate) fn read(
    file: &File,
    city_zone: &TimeZone,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<Arc<str>, Calendar> {
    let root = match yaml::parse(file.index, file.text()) {
        Ok(root) => root,
        Err(mut problems) => {
            diagnostics.append(&mut problems);
            return BTreeMap::new();
        }
    };
    let mut reader = Reader::new(file.index);
    let written = written(&mut reader, &root, city_zone);
    let mut resolver = Resolver {
        reader: &mut reader,
        written: &written,
        done: BTreeMap::new(),
        open: Vec::new(),
    };
    for name in written.keys() {
        resolver.resolve(name);
    }
    let done = resolver.done;
    diagnostics.append(&mut reader.diagnostics);
    done.into_iter()
        .map(|(name, calendar)| (name, Arc::unwrap_or_clone(calendar)))
        .collect()
}

/// A calendar whose exceptions are still names.
struct Written<'n> {
    calendar: Calendar,
    except: Vec<(&'n str, &'n Node)>,
}

fn written<'n>(
    reader: &mut Reader,
    root: &'n Node,
    city_zone: &TimeZone,
) -> BTreeMap<&'n str, Written<'n>> {
    let mut found = BTreeMap::new();
    let Some(fields) = reader.fields(root, "a calendar file", &["version", "calendars"]) else {
        return found;
    };
    reader.version(fields, "a calendar file");
    let entries = reader
        .required(fields, "calendars", "a calendar file")
        .and_then(|node| reader.entries(node, "'calendars'"));
    for (name, node) in entries.unwrap_or_default() {
        let word = name.as_str().unwrap_or_default();
        let what = format!("the calendar '{word}'");
        if let Some(fields) = reader.fields(node, &what, &["zone", "weekly", "dates", "except"]) {
            found.insert(word, calendar(reader, fields, city_zone));
        }
    }
    found
}

fn calendar<'n>(reader: &mut Reader, fields: Fields<'n>, city_zone: &TimeZone) -> Written<'n> {
    let zone = fields
        .get("zone")
        .and_then(|node| time_zone(reader, node))
        .map_or_else(|| city_zone.clone(), |(_, zone)| zone);
    let weekly = fields.get("weekly").and_then(|node| weekly(reader, node));
    let days = fields.get("dates").and_then(|node| {
        let items = reader.items(node, "'dates'")?;
        Some(items.iter().filter_map(|item| days(reader, item)).collect())
    });
    let except = fields.get("except").and_then(|node| {
        let items = reader.items(node, "'except'")?;
        Some(
            items
                .iter()
                .filter_map(|item| Some((reader.text(item, "a calendar")?, item)))
                .collect(),
        )
    });
    Written {
        calendar: Calendar {
            zone,
            weekly,
            days,
            except: Vec::new(),
        },
        except: except.unwrap_or_default(),
    }
}

fn weekly(reader: &mut Reader, node: &Node) -> Option<[Vec<Hours>; 7]> {
    let mut week: [Vec<Hours>; 7] = Default::default();
    for item in reader.items(node, "'weekly'")? {
        let Some(fields) = reader.fields(item, "a line of the week", &["days", "hours"]) else {
            continue;
        };
        let days = reader.required(fields, "days", "a line of the week");
        let days = days
            .and_then(|node| reader.items(node, "'days'"))
            .unwrap_or_default();
        let hours = hours_of_line(reader, fields);
        for day in days {
            let Some(word) = reader.word(day, "a weekday", &WEEKDAYS) else {
                continue;
            };
            for (name, of_day) in WEEKDAYS.iter().zip(&mut week) {
                if *name == word {
                    of_day.extend(&hours);
                }
            }
        }
    }
    Some(week)
}

fn hours_of_line(reader: &mut Reader, fields: Fields<'_>) -> Vec<Hours> {
    let Some(node) = fields.get("hours") else {
        return vec![Hours {
            from: 0,
            to: MINUTES_OF_DAY,
        }];
    };
    let items = reader.items(node, "'hours'").unwrap_or_default();
    items
        .iter()
        .filter_map(|item| hours(reader, item))
        .collect()
}

/// `07:30-11:30`.
fn hours(reader: &mut Reader, node: &Node) -> Option<Hours> {
    let text = reader.text(node, "hours")?;
    let parsed = text.split_once('-').and_then(|(from, to)| {
        Some(Hours {
            from: minute_of_day(from)?,
            to: minute_of_day(to)?,
        })
    });
    let Some(hours) = parsed else {
        let message = format!("'{text}' are not hours");
        reader.error("pack-hours", node.span.clone(), message).help =
            Some("write them like 07:30-11:30".to_owned());
        return None;
    };
    if hours.from >= hours.to {
        let message = format!("the hours '{text}' end before they begin");
        reader.error("pack-hours", node.span.clone(), message).help = Some(
            "over midnight there are two: 22:00-24:00 and, of the next day, 00:00-06:00".to_owned(),
        );
        return None;
    }
    Some(hours)
}

fn minute_of_day(text: &str) -> Option<i16> {
    let (hour, minute) = text.trim().split_once(':')?;
    if hour.len() != 2 || minute.len() != 2 {
        return None;
    }
    let (hour, minute) = (hour.parse::<i16>().ok()?, minute.parse::<i16>().ok()?);
    let total = hour * 60 + minute;
    ((0..60).contains(&minute) && (0..=MINUTES_OF_DAY).contains(&total)).then_some(total)
}

/// `{on: 2026-01-01}`, `{from: 2026-02-16, to: 2026-02-20}`; without the year, every year.
fn days(reader: &mut Reader, node: &Node) -> Option<Days> {
    let fields = reader.fields(node, "a date", &["on", "from", "to"])?;
    let (first, last) = match (fields.get("on"), fields.get("from"), fields.get("to")) {
        (Some(on), None, None) => (on, on),
        (None, Some(from), Some(to)) => (from, to),
        _ => {
            reader
                .error(
                    "pack-date",
                    node.span.clone(),
                    "a date is either 'on' a day or 'from' one 'to' another",
                )
                .help = Some("{on: 2026-01-01}, or {from: 2026-02-16, to: 2026-02-20}".to_owned());
            return None;
        }
    };
    match (day(reader, first)?, day(reader, last)?) {
        (Day::Once(from), Day::Once(to)) if from <= to => Some(Days::Once { from, to }),
        (Day::Yearly(from), Day::Yearly(to)) => Some(Days::Yearly { from, to }),
        (Day::Once(from), Day::Once(to)) => {
            let message = format!("the days end on {to}, before they begin on {from}");
            reader.error("pack-date", node.span.clone(), message);
            None
        }
        _ => {
            reader.error(
                "pack-date",
                node.span.clone(),
                "one of the two days has a year, the other has none",
            );
            None
        }
    }
}

enum Day {
    Once(Date),
    Yearly((i8, i8)),
}

fn day(reader: &mut Reader, node: &Node) -> Option<Day> {
    let text = reader.text(node, "a day")?;
    if let Ok(date) = text.parse::<Date>() {
        return Some(Day::Once(date));
    }
    // A leap year admits 29 February.
    if let Ok(date) = format!("2000-{text}").parse::<Date>() {
        return Some(Day::Yearly((date.month(), date.day())));
    }
    reader
        .error(
            "pack-date",
            node.span.clone(),
            format!("'{text}' is not a day"),
        )
        .help = Some("write 2026-02-16, or 02-16 for every year".to_owned());
    None
}

/// Replaces names of exceptions by their calendars, depth first.
struct Resolver<'r, 'n> {
    reader: &'r mut Reader,
    written: &'r BTreeMap<&'n str, Written<'n>>,
    done: BTreeMap<Arc<str>, Arc<Calendar>>,
    /// The calendars being resolved; meeting one again is a circle.
    open: Vec<&'n str>,
}

impl<'n> Resolver<'_, 'n> {
    fn resolve(&mut self, name: &'n str) -> Option<Arc<Calendar>> {
        if let Some(done) = self.done.get(name) {
            return Some(Arc::clone(done));
        }
        let written = self.written.get(name)?;
        self.open.push(name);
        let mut calendar = written.calendar.clone();
        for (other, place) in &written.except {
            calendar.except.extend(self.exception(other, place));
        }
        self.open.pop();
        let calendar = Arc::new(calendar);
        self.done.insert(name.into(), Arc::clone(&calendar));
        Some(calendar)
    }

    fn exception(&mut self, name: &str, place: &Node) -> Option<Arc<Calendar>> {
        let Some((&name, _)) = self.written.get_key_value(name) else {
            let near = nearest(name, self.written.keys().copied());
            self.reader
                .error(
                    "pack-unknown-calendar",
                    place.span.clone(),
                    format!("there is no calendar '{name}'"),
                )
                .help = near.map(|near| format!("did you mean '{near}'?"));
            return None;
        };
        if self.open.contains(&name) {
            let message = format!("the exceptions of '{name}' lead back to it");
            self.reader
                .error("pack-calendar-circle", place.span.clone(), message);
            return None;
        }
        self.resolve(name)
    }
}
