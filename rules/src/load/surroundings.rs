//! Time, place and neighbours: `now`, `calendar('office_hours')`, `sunset()`, `within(area('164'))`, `uplink.apState`.

use cel::{Expr, Node, Problem, Resolution, Type};
use city::City;
use model::{Field, KindId, ValueType, nearest};

use super::member_scope::{MemberScope, field_type, wrong};
use super::turnings::TimeRead;
use crate::plan::Clock;
use crate::related::{Relation, Via};
use crate::slots::SlotSource;
use crate::sun::Sun;

/// What of the clock the rules of a plan look at.
#[derive(Debug, Default)]
pub(super) struct Clocks {
    pub(super) all: Vec<Clock>,
    /// What the rule being compiled asked for.
    pub(super) asked: Vec<u16>,
}

impl Clocks {
    pub(super) fn ask(&mut self, clock: Clock) -> u16 {
        let place = self.all.iter().position(|c| *c == clock);
        let place = place.unwrap_or_else(|| {
            self.all.push(clock);
            self.all.len() - 1
        }) as u16;
        if !self.asked.contains(&place) {
            self.asked.push(place);
        }
        place
    }
}

/// Why there is no such calendar, and what may have been meant.
pub(super) fn unknown_calendar(city: &City, name: &str) -> (String, String) {
    let known: Vec<_> = city.calendars.keys().map(|name| &**name).collect();
    let help = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean '{near}'?"),
        None if known.is_empty() => "calendars.yaml names calendars".to_owned(),
        None => format!("calendars.yaml has {}", known.join(", ")),
    };
    (format!("there is no calendar '{name}'"), help)
}

/// Functions about the clock that mean the same for an asset and for a group.
pub(super) fn of_the_clock(
    city: &City,
    clocks: &mut Clocks,
    name: &str,
    args: &[Expr],
    expr: &Expr,
) -> Option<Result<(SlotSource, Type), Problem>> {
    Some(match (name, args) {
        ("local_hour", []) => {
            clocks.ask(Clock::Hour);
            Ok((SlotSource::LocalHour, Type::Int))
        }
        ("calendar", [arg]) => match arg.as_str() {
            Some(calendar) if city.calendars.contains_key(calendar) => {
                let clock = clocks.ask(Clock::Calendar(calendar.into()));
                Ok((SlotSource::Open(clock), Type::Bool))
            }
            Some(calendar) => {
                let (message, help) = unknown_calendar(city, calendar);
                let problem = Problem::new("rule-unknown-calendar", arg.span(), message);
                Err(problem.with_help(help))
            }
            None => Err(arguments(expr, "write calendar('office_hours')")),
        },
        ("calendar", _) => Err(arguments(expr, "write calendar('office_hours')")),
        ("local_hour", _) => Err(arguments(expr, "write local_hour()")),
        _ => return None,
    })
}

pub(super) fn arguments(expr: &Expr, help: &str) -> Problem {
    let message = format!("'{}' has other arguments than it takes", expr.text());
    Problem::new("rule-arguments", expr.span(), message).with_help(help)
}

impl MemberScope<'_> {
    /// `now`
    pub(super) fn now(&mut self, expr: &Expr) -> Resolution {
        let found = self.slot(SlotSource::Now, Type::Timestamp, None);
        self.note_time_read(&found, expr);
        found
    }

    /// Takes note that a condition reads the time that passes; texts are only read when something else happens.
    pub(super) fn note_time_read(&mut self, found: &Resolution, expr: &Expr) {
        if let (Resolution::Slot { slot, .. }, None) = (found, self.english) {
            self.reads.push(TimeRead::new(*slot, expr));
        }
    }

    /// Functions about time and place; none where the name is no such function.
    pub(super) fn surroundings(
        &mut self,
        name: &str,
        args: &[Expr],
        expr: &Expr,
    ) -> Option<Resolution> {
        if let Some(found) = of_the_clock(self.city, self.clocks, name, args, expr) {
            return Some(match found {
                Ok((source, ty)) => self.slot(source, ty, None),
                Err(problem) => wrong(problem),
            });
        }
        Some(match (name, args) {
            ("sunrise", []) => self.sun(Sun::Rises),
            ("sunset", []) => self.sun(Sun::Sets),
            ("within", [arg]) => self.within(arg, expr),
            ("distance_m", [arg]) => self.distance(arg, expr),
            ("sunrise" | "sunset", _) => wrong(arguments(expr, &format!("write {name}()"))),
            ("within" | "area", _) => wrong(arguments(expr, WITHIN_HELP)),
            ("distance_m" | "asset", _) => wrong(arguments(expr, DISTANCE_HELP)),
            _ => return None,
        })
    }

    fn sun(&mut self, sun: Sun) -> Resolution {
        self.clocks.ask(Clock::Day);
        self.slot(SlotSource::Sun(sun), Type::Timestamp, None)
    }

    fn within(&mut self, arg: &Expr, expr: &Expr) -> Resolution {
        let Some((code, at)) = named(arg, "area") else {
            return wrong(arguments(expr, WITHIN_HELP));
        };
        if self.city.areas.get(code).is_none() {
            let areas = self.city.areas.all().iter();
            let help = match nearest(code, areas.map(|area| area.code.as_str())) {
                Some(near) => format!("did you mean '{near}'?"),
                None => "areas.csv has the codes".to_owned(),
            };
            let message = format!("there is no area '{code}'");
            let problem = Problem::new("rule-unknown-area", at.span(), message);
            return wrong(problem.with_help(help));
        }
        let place = self.builder.area(code);
        self.slot(SlotSource::Within(place), Type::Bool, None)
    }

    fn distance(&mut self, arg: &Expr, expr: &Expr) -> Resolution {
        let Some((id, at)) = named(arg, "asset") else {
            return wrong(arguments(expr, DISTANCE_HELP));
        };
        let assets = &self.city.assets;
        let Some(target) = assets.iter().find(|asset| asset.id.as_str() == id) else {
            let message = format!("the registry has no asset '{id}'");
            let mut problem = Problem::new("rule-unknown-asset", at.span(), message);
            let near = nearest(id, assets.iter().map(|asset| asset.id.as_str()));
            problem.help = near.map(|near| format!("did you mean '{near}'?"));
            return wrong(problem);
        };
        let relation = self.builder.relation(Relation {
            via: Via::Asset(target.id.clone()),
            kind: None,
        });
        self.slot(
            SlotSource::Distance(relation),
            Type::Double,
            Some("m".into()),
        )
    }

    /// `uplink.apState`, `site.powerState`: a field of the asset this one leads to; none where the first name leads nowhere.
    pub(super) fn neighbour(
        &mut self,
        first: &str,
        field: &str,
        expr: &Expr,
    ) -> Option<Resolution> {
        let columns = &self.kind.columns;
        let place = columns
            .iter()
            .position(|c| *c.name == *first && c.value_type == ValueType::Text);
        let via = match (first, place) {
            ("uplink", _) => Via::Uplink,
            (_, Some(place)) => Via::Column {
                place: place as u16,
                name: first.into(),
            },
            _ => return None,
        };
        let (kind, field) = match self.neighbour_field(&via, first, field, expr) {
            Ok(found) => found,
            Err(problem) => return Some(wrong(problem)),
        };
        let (ty, unit) = (field_type(&field), field.unit.clone());
        let kind = Some(kind);
        let relation = self.builder.relation(Relation { via, kind });
        Some(self.slot(SlotSource::Related(relation, field.id), ty, unit))
    }

    /// The one kind among those that assets of this kind lead to that has the field.
    fn neighbour_field(
        &self,
        via: &Via,
        first: &str,
        field: &str,
        expr: &Expr,
    ) -> Result<(KindId, Field), Problem> {
        let kinds = self.neighbour_kinds(via);
        let catalog = &self.city.catalog;
        let found: Vec<_> = kinds
            .iter()
            .filter_map(|kind| Some((*kind, catalog.kind(*kind).field(field)?)))
            .collect();
        match found.as_slice() {
            [(kind, field)] => return Ok((*kind, (*field).clone())),
            [(a, _), (b, _), ..] => {
                let names = [a, b].map(|kind| &catalog.kind(*kind).name);
                let message = format!(
                    "'{first}' leads to {} and to {}, and both have '{field}'",
                    names[0], names[1]
                );
                let problem = Problem::new("rule-related-kinds", expr.span(), message);
                return Err(
                    problem.with_help("lead to one of them by a registry column of its own")
                );
            }
            [] => {}
        }
        let own = &self.kind.name;
        if kinds.is_empty() {
            let message = format!("'{first}' of {own} leads to no asset of the registry");
            let help = match via {
                Via::Uplink => "fill the column 'uplink' with ids of assets",
                _ => {
                    "the column holds the id of an asset, or a value that assets of another kind have in theirs"
                }
            };
            return Err(Problem::new("rule-related", expr.span(), message).with_help(help));
        }
        let fields = kinds.iter().flat_map(|kind| &catalog.kind(*kind).fields);
        let names = kinds.iter().map(|kind| &*catalog.kind(*kind).name);
        let names = names.collect::<Vec<_>>().join(", ");
        let help = match nearest(field, fields.map(|field| &*field.name)) {
            Some(near) => format!("did you mean {first}.{near}?"),
            None => format!("'{first}' leads to {names}"),
        };
        let message = format!("what '{first}' of {own} leads to has no field '{field}'");
        Err(Problem::new("rule-related", expr.span(), message).with_help(help))
    }

    /// The kinds of assets that the registry's assets of this kind lead to.
    fn neighbour_kinds(&self, via: &Via) -> Vec<KindId> {
        let city = self.city;
        let ids: std::collections::BTreeMap<&str, KindId> = city
            .assets
            .iter()
            .map(|a| (a.id.as_str(), a.kind))
            .collect();
        let mine = city
            .assets
            .iter()
            .filter(|asset| asset.kind == self.kind.id);
        let mut kinds = Vec::new();
        match via {
            Via::Uplink => {
                let uplinks = mine.filter_map(|asset| asset.uplink.as_ref());
                kinds.extend(uplinks.filter_map(|id| ids.get(id.as_str())));
            }
            Via::Column { place, name } => {
                let values =
                    mine.filter_map(|asset| asset.columns.get(usize::from(*place))?.as_ref());
                let named = values.filter_map(|value| match value {
                    model::Value::Text(id) => ids.get(&**id).copied(),
                    _ => None,
                });
                kinds.extend(named);
                // Without ids, the kinds that have the same column.
                if kinds.is_empty() {
                    let others = city.catalog.kinds().iter();
                    let others = others.filter(|kind| kind.id != self.kind.id);
                    let shared = others.filter(|kind| kind.column(name).is_some());
                    kinds.extend(shared.map(|kind| kind.id));
                }
            }
            Via::Asset(_) => {}
        }
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }
}

const WITHIN_HELP: &str = "write within(area('…')) with a code of areas.csv";
const DISTANCE_HELP: &str = "write distance_m(asset('…')) with an id of the registry";

/// The text of `area('…')`, and where it stands.
fn named<'e>(arg: &'e Expr, function: &str) -> Option<(&'e str, &'e Expr)> {
    let Node::Call {
        receiver: None,
        function: called,
        args,
    } = arg.node()
    else {
        return None;
    };
    match args.as_slice() {
        [text] if **called == *function => Some((text.as_str()?, text)),
        _ => None,
    }
}

/// The rule's own group has no time that passes: only its members have readings.
pub(super) fn now_of_group(expr: &Expr) -> Problem {
    let message = "'now' cannot be compared with anything of a group";
    Problem::new("rule-now", expr.span(), message).with_help(
        "write it inside a condition of the members, such as count(now - at > duration('10m')), or ask local_hour() or calendar('…')",
    )
}

/// Whether a path that begins so is about a neighbour.
pub(super) fn is_neighbour(columns: &[model::Column], first: &str) -> bool {
    let column = |c: &model::Column| *c.name == *first && c.value_type == ValueType::Text;
    first == "uplink" || columns.iter().any(column)
}
