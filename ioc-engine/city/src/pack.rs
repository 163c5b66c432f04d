//! A city as its pack describes it, and the way there: every file read, every problem found in one run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;
use model::{Areas, Asset, Catalog, Diagnostic, Lang, Localized, SourceFile, Sources};

use crate::calendar::{self, Calendar};
use crate::city_file::CityFile;
use crate::files::{File, Files};
use crate::{areas, assets, catalog, city_file, wall_file};

/// A city: everything the engine knows of it is data of its pack.
#[derive(Clone, Debug)]
pub struct City {
    /// Its name in MQTT topics and stored data.
    pub id: Arc<str>,
    /// What people call it.
    pub name: Localized,
    /// The IANA name of its time zone.
    pub time_zone: Arc<str>,
    /// Where a map begins: latitude and longitude in degrees (WGS 84).
    pub centre: (f64, f64),
    /// The zoom level a map begins with.
    pub zoom: f64,
    /// The language of its walls unless a screen asks for another.
    pub default_lang: Lang,
    /// The kinds of assets and what they measure.
    pub catalog: Catalog,
    /// Its geography.
    pub areas: Areas,
    /// The registry. Whoever keeps an asset shares it: there may be a million.
    pub assets: Vec<Arc<Asset>>,
    /// Calendars by name.
    pub calendars: BTreeMap<Arc<str>, Calendar>,
    /// `rules/*.yaml` without the tests; they stand next to each other in [`Loaded::sources`].
    pub rules: Vec<SourceFile>,
    /// `rules/*.test.yaml`.
    pub rule_tests: Vec<SourceFile>,
    /// `scenarios/*.yaml`.
    pub scenarios: Vec<SourceFile>,
    /// `simulation/*.yaml`.
    pub simulation: Vec<SourceFile>,
    /// `wall.yaml` as JSON; null where the pack has none.
    pub wall: serde_json::Value,
    /// The pack's folder.
    pub dir: PathBuf,
}

/// What came of loading a pack.
#[derive(Debug)]
pub struct Loaded {
    /// The city; none when any diagnostic is an error.
    pub city: Option<City>,
    /// What could be read of a city that has errors, for who looks for more of them.
    pub draft: Option<City>,
    /// Every problem of every file, in the order of the sources and the places in them.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that diagnostics point into.
    pub sources: Sources,
}

impl Loaded {
    /// The place of a file in [`Self::sources`], for who compiles it and reports problems in it.
    pub fn index_of(&self, file: &SourceFile) -> Option<usize> {
        self.sources
            .iter()
            .position(|source| source.path == file.path)
    }
}

/// Loads and validates the pack in a folder.
pub fn load(dir: &Path) -> Loaded {
    let mut files = Files::new(dir);
    let (city, is_named) = read(&mut files, dir);
    files.warn_of_strangers();
    let Files {
        sources,
        mut diagnostics,
        ..
    } = files;
    // Stable: what one place has several of stays in the order it was found.
    diagnostics.sort_by_key(|d| d.labels.first().map(|l| (l.file, l.span.start)));
    let failed = !is_named || diagnostics.iter().any(Diagnostic::is_error);
    let (city, draft) = if failed {
        (None, Some(city))
    } else {
        (Some(city), None)
    };
    Loaded {
        city,
        draft,
        diagnostics,
        sources,
    }
}

/// Reads on past every problem; false where city.yaml does not say which city it is.
fn read(files: &mut Files, dir: &Path) -> (City, bool) {
    let mut problems = Vec::new();
    let city_yaml = files.required("city.yaml");
    let head = city_yaml.and_then(|file| city_file::read(&file, &mut problems));
    let areas_csv = files.required("areas.csv");
    let areas = areas_csv.map_or_else(Areas::default, |file| areas::read(&file, &mut problems));
    let kinds = files.all("catalog", ".yaml");
    let catalog = catalog::read(&kinds, &mut problems);
    if kinds.is_empty() {
        files.required("catalog/*.yaml");
    }
    let zone = head
        .as_ref()
        .map_or(TimeZone::UTC, |head| head.zone.clone());
    let calendars = files
        .optional("calendars.yaml")
        .map_or_else(BTreeMap::new, |file| {
            calendar::read(&file, &zone, &mut problems)
        });
    let wall = files
        .optional("wall.yaml")
        .map_or(serde_json::Value::Null, |file| {
            wall_file::read(&file, &catalog, &mut problems)
        });
    let tables = files.all("assets", ".csv");
    let bounds = head.as_ref().and_then(|head| head.bounds);
    let registry = assets::Registry::new(&catalog, &areas, bounds, &mut problems).read(&tables);
    let assets = registry.into_iter().map(Arc::new).collect();
    let (rule_tests, rules) = rule_files(files);
    let scenarios = texts(files.all("scenarios", ".yaml"));
    let simulation = texts(files.all("simulation", ".yaml"));
    files.diagnostics.append(&mut problems);
    let is_named = head.is_some();
    let head = head.unwrap_or_else(CityFile::unread);
    let city = City {
        id: head.id,
        name: head.name,
        time_zone: head.time_zone,
        centre: head.centre,
        zoom: head.zoom,
        default_lang: head.default_lang,
        catalog,
        areas,
        assets,
        calendars,
        rules,
        rule_tests,
        scenarios,
        simulation,
        wall,
        dir: dir.to_owned(),
    };
    (city, is_named)
}

/// Tests, then rules. Each group stands together in the sources.
fn rule_files(files: &mut Files) -> (Vec<SourceFile>, Vec<SourceFile>) {
    let tests = texts(files.all("rules", ".test.yaml"));
    let rules = texts(files.all_but("rules", ".yaml", ".test.yaml"));
    (tests, rules)
}

fn texts(files: Vec<File>) -> Vec<SourceFile> {
    files.into_iter().map(|file| file.source).collect()
}
