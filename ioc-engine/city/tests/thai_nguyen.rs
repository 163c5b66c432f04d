//! The committed pack of Thai Nguyen: whole, and with the province's own counts.

#![expect(clippy::unwrap_used, reason = "a test may fail on the spot")]

use std::path::Path;

use city::City;
use model::Lifecycle;

fn pack() -> City {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cities/thai-nguyen");
    let loaded = city::load(&dir);
    let said: Vec<_> = loaded
        .diagnostics
        .iter()
        .map(|d| {
            let label = &d.labels[0];
            let source = &loaded.sources[label.file];
            format!("{} {:?}: {} {}", source.path, label.span, d.code, d.message)
        })
        .collect();
    assert!(said.is_empty(), "{}", said.join("\n"));
    loaded.city.unwrap()
}

#[test]
fn counts_are_those_of_the_province() {
    let city = pack();
    let counts: Vec<(&str, usize)> = city
        .catalog
        .kinds()
        .iter()
        .map(|kind| {
            let of_kind = city.assets.iter().filter(|a| a.kind == kind.id);
            (&*kind.name, of_kind.count())
        })
        .collect();
    assert_eq!(
        counts,
        [
            ("cctv/cam", 1500),
            ("dc/point", 100),
            ("doc/gateway", 765),
            ("edu/db", 10),
            ("env/river", 12),
            ("env/rain", 60),
            ("env/air", 50),
            ("env/noise", 30),
            ("health/sync", 213),
            ("health/tele", 60),
            ("light/cabinet", 400),
            ("net/node", 424),
            ("pharm/sync", 1260),
            ("post/run", 60),
            ("post/vehicle", 40),
            ("queue/line", 1200),
            ("road/flow", 60),
            ("trans/link", 2500),
            ("trans/ring", 150),
            ("trans/hop", 200),
            ("web/probe", 30),
            ("wifi/ap", 600),
        ]
    );
    assert_eq!(city.areas.all().len(), 1 + 9 + 54);
}

/// The distinct values of a registry column among the assets of a kind that a filter keeps.
fn distinct(city: &City, kind: &str, column: &str, keep: impl Fn(&str) -> bool) -> usize {
    let kind = city.catalog.find(kind).unwrap();
    let at = kind
        .columns
        .iter()
        .position(|c| &*c.name == column)
        .unwrap();
    let mut values: Vec<&str> = city
        .assets
        .iter()
        .filter(|a| a.kind == kind.id)
        .filter_map(|a| match &a.columns[at] {
            Some(model::Value::Text(text)) => Some(&**text),
            _ => None,
        })
        .filter(|text| keep(text))
        .collect();
    values.sort_unstable();
    values.dedup();
    values.len()
}

#[test]
fn health_stations_are_the_178_of_2021() {
    let city = pack();
    let stations = |site: &str| site.starts_with("Trạm y tế");
    assert_eq!(distinct(&city, "queue/line", "site", stations), 178);
    assert_eq!(distinct(&city, "queue/line", "site", |_| true), 397);
}

#[test]
fn schools_health_facilities_and_pharmacies_are_those_of_2021() {
    let city = pack();
    let of = |kind: &str, keep: &dyn Fn(&model::Asset) -> bool| {
        let kind = city.catalog.find(kind).unwrap().id;
        let assets = city.assets.iter();
        assets.filter(|a| a.kind == kind && keep(a)).count()
    };
    let linked = |a: &model::Asset| a.lifecycle == Lifecycle::InService;
    let planned = |a: &model::Asset| a.lifecycle == Lifecycle::Planned;
    assert_eq!(of("health/sync", &linked), 203);
    assert_eq!(of("health/sync", &planned), 10);
    assert_eq!(of("pharm/sync", &linked), 1260);
    let role = |a: &model::Asset| a.columns[0] == Some(model::Value::Text("school".into()));
    assert_eq!(of("doc/gateway", &role), 685);
}

#[test]
fn every_camera_hangs_on_the_node_of_its_column() {
    let city = pack();
    let kind = city.catalog.find("cctv/cam").unwrap();
    let at = kind
        .columns
        .iter()
        .position(|c| &*c.name == "node")
        .unwrap();
    for camera in city.assets.iter().filter(|a| a.kind == kind.id) {
        let node = Some(model::Value::Text(
            camera.uplink.as_ref().unwrap().as_str().into(),
        ));
        assert_eq!(camera.columns[at], node, "{}", camera.id);
    }
}

#[test]
fn every_link_and_everything_behind_it_finds_its_ring() {
    let city = pack();
    assert_eq!(distinct(&city, "trans/link", "ring", |_| true), 150);
    let by_id = |id: &str| city.assets.iter().find(|a| a.id.as_str() == id);
    for asset in city.assets.iter().filter(|a| a.uplink.is_some()) {
        let path = std::iter::successors(Some(asset), |a| by_id(a.uplink.as_ref()?.as_str()));
        let top = path.last().unwrap();
        assert!(
            top.id.as_str().starts_with("ring-core-"),
            "{} ends at {}",
            asset.id,
            top.id
        );
    }
}

#[test]
fn gia_bay_has_the_levels_of_the_province() {
    let city = pack();
    let gauge = city
        .assets
        .iter()
        .find(|a| a.id.as_str() == "wl-gia-bay")
        .unwrap();
    let kind = city.catalog.kind(gauge.kind);
    let level = |name: &str| {
        let at = kind.columns.iter().position(|c| &*c.name == name).unwrap();
        gauge.columns[at].clone().unwrap()
    };
    let levels = ["bd1", "bd2", "bd3"].map(level);
    assert_eq!(levels, [25.0, 26.0, 27.0].map(model::Value::F64));
    assert_eq!(gauge.lifecycle, Lifecycle::InService);
}
