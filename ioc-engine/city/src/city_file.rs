//! Reads `city.yaml`: who the city is.

use std::sync::Arc;

use jiff::tz::TimeZone;
use model::{Diagnostic, Lang, Localized, nearest};

use crate::calendar::zone_named;
use crate::files::File;
use crate::yaml::{self, Fields, Node, Reader};

const KEYS: [&str; 8] = [
    "version",
    "id",
    "name",
    "time_zone",
    "centre",
    "zoom",
    "default_lang",
    "bounds",
];

/// What `city.yaml` says.
pub(crate) struct CityFile {
    pub(crate) id: Arc<str>,
    pub(crate) name: Localized,
    pub(crate) time_zone: Arc<str>,
    pub(crate) zone: TimeZone,
    pub(crate) centre: (f64, f64),
    pub(crate) zoom: f64,
    pub(crate) default_lang: Lang,
    pub(crate) bounds: Option<Bounds>,
}

/// The box the city's assets stand in, in degrees (WGS 84).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    south: f64,
    west: f64,
    north: f64,
    east: f64,
}

impl Bounds {
    pub(crate) fn contains(self, lat: f64, lon: f64) -> bool {
        (self.south..=self.north).contains(&lat) && (self.west..=self.east).contains(&lon)
    }
}

impl CityFile {
    /// Stands in for a file that cannot be read, so that rules are checked against the rest of the pack all the same.
    pub(crate) fn unread() -> Self {
        Self {
            id: "".into(),
            name: Localized::default(),
            time_zone: "UTC".into(),
            zone: TimeZone::UTC,
            centre: (0.0, 0.0),
            zoom: 0.0,
            default_lang: Lang::Vi,
            bounds: None,
        }
    }
}

/// The city of the file; whatever is wrong with it goes to `diagnostics`.
pub(crate) fn read(file: &File, diagnostics: &mut Vec<Diagnostic>) -> Option<CityFile> {
    let mut reader = Reader::new(file.index);
    let city = match yaml::parse(file.index, file.text()) {
        Ok(root) => city(&mut reader, &root),
        Err(mut problems) => {
            diagnostics.append(&mut problems);
            None
        }
    };
    diagnostics.append(&mut reader.diagnostics);
    city
}

fn city(reader: &mut Reader, root: &Node) -> Option<CityFile> {
    const WHAT: &str = "a city";
    let fields = reader.fields(root, WHAT, &KEYS)?;
    reader.version(fields, WHAT);
    let id = reader
        .required(fields, "id", WHAT)
        .and_then(|node| id(reader, node));
    let name = reader
        .required(fields, "name", WHAT)
        .and_then(|node| reader.localized(node, "a name"));
    let zone = reader
        .required(fields, "time_zone", WHAT)
        .and_then(|node| time_zone(reader, node));
    let centre = reader
        .required(fields, "centre", WHAT)
        .and_then(|node| numbers::<2>(reader, node, "'centre' is [latitude, longitude]"));
    let zoom = reader
        .required(fields, "zoom", WHAT)
        .and_then(|node| reader.number(node, "'zoom'"));
    let default_lang = fields
        .get("default_lang")
        .and_then(|node| reader.word(node, "a language", &["vi", "en"]));
    let bounds = bounds(reader, fields);
    let (time_zone, zone) = zone?;
    let [lat, lon] = centre?;
    Some(CityFile {
        id: id?,
        name: name?,
        time_zone,
        zone,
        centre: (lat, lon),
        zoom: zoom?,
        default_lang: if default_lang == Some("en") {
            Lang::En
        } else {
            Lang::Vi
        },
        bounds,
    })
}

/// The id is a level of MQTT topics and a part of file names.
fn id(reader: &mut Reader, node: &Node) -> Option<Arc<str>> {
    let id = reader.text(node, "'id'")?;
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !id.chars().all(good) {
        reader
            .error(
                "pack-name",
                node.span.clone(),
                format!("'{id}' cannot be the id of a city"),
            )
            .help = Some("small letters without accents, digits and hyphens".to_owned());
        return None;
    }
    Some(id.into())
}

/// A time zone by its IANA name, from the bundled data.
pub(crate) fn time_zone(reader: &mut Reader, node: &Node) -> Option<(Arc<str>, TimeZone)> {
    let name = reader.text(node, "a time zone")?;
    let found = zone_named(name);
    if found.is_none() {
        let names: Vec<String> = jiff::tz::db().available().map(|n| n.to_string()).collect();
        let near = nearest(name, names.iter().map(String::as_str));
        // A zone's names share their continent: only the place tells whether a slip was meant or another city.
        let near = near.filter(|near| nearest(place(name), [place(near)]).is_some());
        let help = match near {
            Some(near) => format!("did you mean '{near}'?"),
            None => "a name of the IANA time zone database, where a zone has the name of one of its cities: all of \
                     Vietnam is Asia/Ho_Chi_Minh"
                .to_owned(),
        };
        reader
            .error(
                "pack-time-zone",
                node.span.clone(),
                format!("there is no time zone '{name}'"),
            )
            .help = Some(help);
    }
    found.map(|zone| (name.into(), zone))
}

/// What a zone's name says after the continent.
fn place(zone: &str) -> &str {
    zone.rsplit_once('/').map_or(zone, |(_, place)| place)
}

fn bounds(reader: &mut Reader, fields: Fields<'_>) -> Option<Bounds> {
    let node = fields.get("bounds")?;
    let [south, west, north, east] =
        numbers::<4>(reader, node, "'bounds' is [south, west, north, east]")?;
    if south >= north || west >= east {
        reader
            .error("pack-bounds", node.span.clone(), "the bounds hold nothing")
            .help = Some("they are [south, west, north, east]".to_owned());
        return None;
    }
    Some(Bounds {
        south,
        west,
        north,
        east,
    })
}

fn numbers<const N: usize>(reader: &mut Reader, node: &Node, what: &str) -> Option<[f64; N]> {
    let items = reader.items(node, what)?;
    if items.len() != N {
        reader.error(
            "yaml-type",
            node.span.clone(),
            format!("{what}; here are {} values", items.len()),
        );
        return None;
    }
    let mut found = [0.0; N];
    for (slot, item) in found.iter_mut().zip(items) {
        *slot = reader.number(item, "a degree")?;
    }
    Some(found)
}
