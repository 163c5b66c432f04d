//! The assets an alert is about: what its key means on the ground. An alert of a site or a district carries no asset, yet
//! a map has to show it somewhere and an operator has to see what stands behind it.

use model::{Alert, AreaLevel, Asset, Kind, Value};
use serde_json::{Value as Json, json};

use super::App;
use crate::Session;

/// More than anybody reads; `count` says how many there are.
const MOST: usize = 200;

/// The registered assets of the alert's kind that its key covers, as far as the session may see them, the lowest area
/// that holds them all, and the middle of those that have a place.
pub(super) fn members(app: &App, session: &Session, alert: &Alert) -> Json {
    let city = &app.city();
    let found: Vec<&Asset> = city
        .assets
        .iter()
        .map(|asset| &**asset)
        .filter(|asset| session.may_see(&city.areas, asset.area.as_ref()))
        .filter(|asset| {
            let kind = city.catalog.kind(asset.kind);
            alert.kind.as_ref().is_none_or(|name| *name == kind.name)
                && covers(app, alert, asset, kind)
        })
        .collect();
    let places: Vec<(f64, f64)> = found.iter().filter_map(|a| a.lat.zip(a.lon)).collect();
    let middle = |of: fn(&(f64, f64)) -> f64| {
        (!places.is_empty()).then(|| places.iter().map(of).sum::<f64>() / places.len() as f64)
    };
    json!({
        "count": found.len(),
        "assets": found.iter().take(MOST).map(|asset| asset.id.as_str()).collect::<Vec<_>>(),
        "area": common_area(app, &found),
        "lat": middle(|(lat, _)| *lat),
        "lon": middle(|(_, lon)| *lon),
    })
}

fn covers(app: &App, alert: &Alert, asset: &Asset, kind: &Kind) -> bool {
    alert.key.0.iter().all(|part| {
        let wanted = &*part.value;
        match &*part.dimension {
            "asset" => asset.id.as_str() == wanted,
            "area" => asset
                .area
                .as_ref()
                .is_some_and(|area| area.as_str() == wanted),
            "commune" => at_level(app, asset, AreaLevel::Commune, wanted),
            "district" => at_level(app, asset, AreaLevel::District, wanted),
            "province" => at_level(app, asset, AreaLevel::Province, wanted),
            "uplink" => asset
                .uplink
                .as_ref()
                .is_some_and(|uplink| uplink.as_str() == wanted),
            column => {
                let place = kind.columns.iter().position(|c| &*c.name == column);
                place
                    .and_then(|place| asset.columns.get(place)?.as_ref())
                    .is_some_and(|value| is(value, wanted))
            }
        }
    })
}

fn at_level(app: &App, asset: &Asset, level: AreaLevel, wanted: &str) -> bool {
    let Some(code) = &asset.area else {
        return false;
    };
    let areas = &app.city().areas;
    areas
        .ancestry(code.as_str())
        .any(|area| area.level == level && area.code.as_str() == wanted)
}

/// As rules write a value in a key.
fn is(value: &Value, wanted: &str) -> bool {
    match value {
        Value::Text(text) => &**text == wanted,
        Value::F64(number) => number.to_string() == wanted,
        Value::Bool(flag) => flag.to_string() == wanted,
        // Neither can be a dimension.
        Value::Symbol(_) | Value::Time(_) => false,
    }
}

/// The lowest area that all of them lie in.
fn common_area(app: &App, assets: &[&Asset]) -> Option<String> {
    let areas = &app.city().areas;
    let first = assets.first()?.area.as_ref()?;
    let holds_all = |code: &str| {
        assets.iter().all(|asset| {
            asset
                .area
                .as_ref()
                .is_some_and(|area| areas.within(area.as_str(), code))
        })
    };
    let found = areas
        .ancestry(first.as_str())
        .find(|area| holds_all(area.code.as_str()));
    found.map(|area| area.code.as_str().to_owned())
}
