//! A city of meters for workloads that no pack is large enough for.

use std::collections::BTreeMap;
use std::sync::Arc;

use city::City;
use model::{
    Areas, Asset, AssetId, Catalog, Column, Field, FieldId, Kind, KindId, Lang, Lifecycle,
    Localized, Span, Value, ValueType,
};

/// The numeric fields of a meter, all of them in every reading where no less is said.
pub(super) const FIELDS: usize = 8;
/// The threshold columns of a meter.
pub(super) const COLUMNS: usize = 10;

fn named(text: &str) -> Localized {
    Localized {
        vi: text.into(),
        en: text.into(),
    }
}

/// So many meters in service of one kind, in so many zones, each with thresholds of its own from 90 to 99.
pub(crate) fn of_meters(assets: usize, zones: usize) -> Arc<City> {
    of_kinds(assets, 1, zones, FIELDS)
}

/// The same of a kind that has one field.
pub(super) fn of_plain_meters(assets: usize, zones: usize) -> Arc<City> {
    of_kinds(assets, 1, zones, 1)
}

/// The same of several kinds, `bench/meter-0` and on, of so many fields each.
pub(super) fn of_kinds(assets: usize, kinds: usize, zones: usize, fields: usize) -> Arc<City> {
    let meters = (0..assets).map(|n| meter(n, n % kinds, zones));
    Arc::new(City {
        id: "bench".into(),
        name: named("Bench"),
        time_zone: "UTC".into(),
        centre: (0.0, 0.0),
        zoom: 1.0,
        default_lang: Lang::default(),
        catalog: Catalog::new((0..kinds).map(|n| kind(n, fields)).collect()),
        areas: Areas::default(),
        assets: meters.map(Arc::new).collect(),
        calendars: BTreeMap::new(),
        rules: Vec::new(),
        rule_tests: Vec::new(),
        scenarios: Vec::new(),
        simulation: Vec::new(),
        wall: serde_json::Value::Null,
        dir: "bench".into(),
    })
}

fn kind(n: usize, fields: usize) -> Kind {
    let number = |name: String| Column {
        name: name.into(),
        value_type: ValueType::F64,
        unit: None,
    };
    let zone = Column {
        name: "zone".into(),
        value_type: ValueType::Text,
        unit: None,
    };
    let columns = (0..COLUMNS).map(|n| number(format!("max{n}")));
    Kind {
        id: KindId(n as u16),
        name: format!("bench/meter-{n}").into(),
        title: named("Meter"),
        fields: (0..fields).map(field).collect(),
        report_every: Span::from_secs(60),
        stale_after: Span::from_mins(60),
        auto_register: false,
        columns: columns.chain([zone]).collect(),
    }
}

fn field(n: usize) -> Field {
    let name = format!("f{n}");
    Field {
        id: FieldId(n as u16),
        title: named(&name),
        name: name.into(),
        value_type: ValueType::F64,
        unit: None,
        range: Some((0.0, 100.0)),
        symbols: Vec::new(),
        headline: false,
    }
}

fn meter(n: usize, kind: usize, zones: usize) -> Asset {
    let thresholds = (0..COLUMNS).map(|column| {
        let own = (n * 7 + column * 13) % 100;
        Some(Value::F64(90.0 + own as f64 / 10.0 * 0.9))
    });
    let zone = Value::Text(format!("zone-{:05}", n % zones).into());
    Asset {
        id: AssetId::new(format!("meter-{n:07}")),
        kind: KindId(kind as u16),
        name: format!("Meter {n}").into(),
        area: None,
        lat: None,
        lon: None,
        lifecycle: Lifecycle::InService,
        uplink: None,
        columns: thresholds.chain([Some(zone)]).collect(),
    }
}
