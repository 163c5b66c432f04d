//! What the city pack says: the city, its kinds, its areas, its rules; and for admins, what could not be read.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use model::{Area, AreaLevel, Catalog, Field, Kind, Lang, Localized};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::access::{Admin, Reader};
use super::input::Members;
use super::router::json_text;
use super::{App, Problem};
use crate::RuleFigures;

fn localized(text: &Localized) -> Json {
    json!({"vi": &*text.vi, "en": &*text.en})
}

/// `GET /api/v1/city`
pub(super) async fn city(State(app): State<App>, _reader: Reader) -> Response {
    let city = &app.city();
    let lang = match city.default_lang {
        Lang::Vi => "vi",
        Lang::En => "en",
    };
    let (lat, lon) = city.centre;
    let answer = json!({
        "id": &*city.id,
        "name": localized(&city.name),
        "time_zone": &*city.time_zone,
        "centre": {"lat": lat, "lon": lon},
        "zoom": city.zoom,
        "default_lang": lang,
        "wall": city.wall,
    });
    json_text(answer.to_string())
}

/// `GET /api/v1/catalog`
pub(super) async fn catalog(State(app): State<App>, _reader: Reader) -> Response {
    json_text(catalog_json(&app.city().catalog))
}

/// What the catalog says of its kinds.
pub(crate) fn catalog_json(catalog: &Catalog) -> String {
    let kinds: Vec<Json> = catalog.kinds().iter().map(kind).collect();
    json!({"kinds": kinds}).to_string()
}

fn kind(kind: &Kind) -> Json {
    let columns: Vec<Json> = kind
        .columns
        .iter()
        .map(|c| json!({"name": &*c.name, "type": c.value_type.to_string(), "unit": c.unit.as_deref()}))
        .collect();
    json!({
        "name": &*kind.name,
        "title": localized(&kind.title),
        "report_every_ms": kind.report_every.millis(),
        "stale_after_ms": kind.stale_after.millis(),
        "auto_register": kind.auto_register,
        "fields": kind.fields.iter().map(field).collect::<Vec<_>>(),
        "columns": columns,
    })
}

fn field(field: &Field) -> Json {
    json!({
        "name": &*field.name,
        "title": localized(&field.title),
        "type": field.value_type.to_string(),
        "unit": field.unit.as_deref(),
        "range": field.range.map(|(lo, hi)| [lo, hi]),
        "symbols": field.symbols.iter().map(|s| &**s).collect::<Vec<_>>(),
        "headline": field.headline,
    })
}

/// One area of the tree.
pub(super) fn area_json(area: &Area) -> Json {
    let level = match area.level {
        AreaLevel::Province => "province",
        AreaLevel::District => "district",
        AreaLevel::Commune => "commune",
    };
    json!({
        "code": area.code.as_str(),
        "parent": area.parent.as_ref().map(model::AreaCode::as_str),
        "level": level,
        "name": localized(&area.name),
        "lat": area.lat,
        "lon": area.lon,
    })
}

/// `GET /api/v1/rules`: the rules in force, as authored, and what each costs.
pub(super) async fn rules(State(app): State<App>, _reader: Reader) -> Response {
    let texts = Arc::clone(&app.rules.borrow());
    let files: Vec<Json> = texts
        .iter()
        .map(|file| json!({"path": &*file.path, "text": &*file.text}))
        .collect();
    let costs = Arc::clone(&app.costs.borrow());
    let rules: Vec<Json> = costs.iter().map(rule_figures).collect();
    json_text(json!({"files": files, "rules": rules}).to_string())
}

fn rule_figures(figures: &RuleFigures) -> Json {
    json!({
        "rule": figures.rule.to_string(),
        "evaluations": figures.evaluations,
        "seconds": figures.seconds,
        "transitions": figures.transitions,
        "pending": figures.pending,
        "firing": figures.firing,
        "state_bytes": figures.state_bytes,
    })
}

/// `?before=&limit=`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    before: Option<u64>,
    limit: Option<usize>,
}

/// `GET /api/v1/dead-letters`: for admins, because payloads may name people.
pub(super) async fn dead_letters(
    State(app): State<App>,
    _admin: Admin,
    Members(wanted): Members<Wanted>,
) -> Result<Response, Problem> {
    let limit = wanted.limit.unwrap_or(100).clamp(1, 1_000);
    let found = app.ask_archive(move |archive| archive.dead_letters(wanted.before, limit));
    let letters: Vec<Json> = found
        .await?
        .iter()
        .map(|letter| {
            json!({
                "id": letter.id,
                "source": &*letter.source,
                "topic": &*letter.topic,
                "reason": &*letter.reason,
                "detail": letter.detail,
                "received": letter.received.millis(),
                "payload": letter.payload,
                "size": letter.size,
            })
        })
        .collect();
    Ok(json_text(json!({"dead_letters": letters}).to_string()))
}
