//! A small city, and the words to say what happens in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use city::City;
use model::{
    Alert, AlertId, Annunciation, Area, AreaCode, AreaLevel, Areas, Asset, AssetHandle, AssetId,
    Catalog, Column, Condition, Field, FieldId, Freshness, Key, Kind, KindId, Lang, Lifecycle,
    Localized, Reason, RuleName, Severity, Span, StateChange, Time, Value, ValueType,
};
use ws_gateway::{RuleCosts, RuleFigures};

/// The root `tn` with `north` and `south` inside.
pub(crate) fn city() -> City {
    City {
        id: "thu-nghiem".into(),
        name: Localized::same("Thử nghiệm"),
        time_zone: "Asia/Ho_Chi_Minh".into(),
        centre: (21.6, 105.8),
        zoom: 11.0,
        default_lang: Lang::Vi,
        catalog: Catalog::new(vec![kind(), queue_kind()]),
        areas: Areas::new(vec![
            area("tn", None),
            area("north", Some("tn")),
            area("south", Some("tn")),
        ]),
        assets: vec![
            queue("q-1", "north", "UBND", 21.5),
            queue("q-2", "north", "UBND", 21.7),
            queue("q-3", "south", "Chợ", 21.9),
        ],
        calendars: BTreeMap::new(),
        rules: Vec::new(),
        rule_tests: Vec::new(),
        scenarios: Vec::new(),
        simulation: Vec::new(),
        wall: serde_json::json!({"screens": []}),
        dir: "nowhere".into(),
    }
}

fn area(code: &str, parent: Option<&str>) -> Area {
    Area {
        code: AreaCode::new(code),
        parent: parent.map(AreaCode::new),
        level: AreaLevel::Commune,
        name: Localized::same(code),
        lat: 21.6,
        lon: 105.8,
    }
}

fn kind() -> Kind {
    let field = |id, name: &str, value_type, symbols: &[&str]| Field {
        id: FieldId(id),
        name: name.into(),
        title: Localized::same(name),
        value_type,
        unit: None,
        range: None,
        symbols: symbols.iter().map(|s| Arc::from(*s)).collect(),
        headline: id == 0,
    };
    Kind {
        id: KindId(0),
        name: "wifi/ap".into(),
        title: Localized::same("AP"),
        fields: vec![
            field(0, "apState", ValueType::Symbol, &["up", "down"]),
            field(1, "clientsConnected", ValueType::F64, &[]),
        ],
        report_every: Span::from_secs(10),
        stale_after: Span::from_secs(30),
        auto_register: false,
        columns: Vec::new(),
    }
}

/// Queues, which a registry column puts together by site.
fn queue_kind() -> Kind {
    Kind {
        id: KindId(1),
        name: "queue/line".into(),
        title: Localized::same("Hàng chờ"),
        fields: Vec::new(),
        columns: vec![Column {
            name: "site".into(),
            value_type: ValueType::Text,
            unit: None,
        }],
        ..kind()
    }
}

fn queue(id: &str, area: &str, site: &str, lat: f64) -> Arc<Asset> {
    Arc::new(Asset {
        id: AssetId::new(id),
        kind: KindId(1),
        name: id.into(),
        area: Some(AreaCode::new(area)),
        lat: Some(lat),
        lon: Some(105.8),
        lifecycle: Lifecycle::InService,
        uplink: None,
        columns: vec![Some(Value::Text(site.into()))],
    })
}

/// Registers access point `n` in an area.
pub(crate) fn registered(n: u32, area: &str) -> StateChange {
    let entry = Asset {
        id: AssetId::new(format!("ap-{n:04}")),
        kind: KindId(0),
        name: format!("Điểm {n}").into(),
        area: Some(AreaCode::new(area)),
        lat: Some(21.5),
        lon: Some(105.5),
        lifecycle: Lifecycle::InService,
        uplink: None,
        columns: Vec::new(),
    };
    StateChange::Registered {
        asset: AssetHandle(n),
        entry: Arc::new(entry),
    }
}

/// A live reading of access point `n`.
pub(crate) fn reading(n: u32, at: i64, clients: f64) -> StateChange {
    StateChange::Updated {
        asset: AssetHandle(n),
        at: Time::from_millis(at),
        freshness: Freshness::Live,
        fields: std::iter::once((FieldId(1), Some(Value::F64(clients)))).collect(),
    }
}

pub(crate) fn stale(n: u32) -> StateChange {
    StateChange::Freshness {
        asset: AssetHandle(n),
        freshness: Freshness::Stale,
    }
}

/// A firing alert about access point `n` in an area.
pub(crate) fn firing(n: u32, area: &str, severity: Severity) -> Alert {
    Alert {
        id: AlertId(u128::from(n)),
        rule: RuleName {
            group: "wifi".into(),
            name: "ApDown".into(),
        },
        key: Key::asset(&AssetId::new(format!("ap-{n:04}"))),
        kind: Some("wifi/ap".into()),
        area: Some(AreaCode::new(area)),
        severity,
        condition: Condition::Firing,
        annunciation: Annunciation::Annunciated,
        started_at: Time::from_millis(1_000),
        fired_at: Some(Time::from_millis(2_000)),
        resolved_at: None,
        summary: Localized::same("mất kết nối"),
        guidance: Localized::default(),
        labels: BTreeMap::new(),
        reason: Reason::Condition,
        ack: None,
        shelved: None,
        assignee: None,
        escalated: Vec::new(),
        attention: model::Attention::default(),
        occurrence: 1,
    }
}

/// The same alert, over.
pub(crate) fn resolved(alert: &Alert) -> Alert {
    Alert {
        condition: Condition::Resolved,
        resolved_at: Some(Time::from_millis(9_000)),
        ..alert.clone()
    }
}

/// What the one rule costs.
pub(crate) fn costs() -> RuleCosts {
    let rule = firing(1, "north", Severity::High).rule;
    Arc::new([RuleFigures {
        rule,
        evaluations: 1_000,
        seconds: Some(0.25),
        transitions: 7,
        pending: 2,
        firing: 1,
        state_bytes: 4_096,
    }])
}
