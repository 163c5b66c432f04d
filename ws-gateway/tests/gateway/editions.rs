//! The city that is shown is replaced under its clients: rules derive other kinds.

use city::City;
use model::{Catalog, Field, FieldId, Kind, KindId, Localized, Severity, ValueType};
use serde_json::json;

use crate::city::{city, firing, reading, registered};
use crate::http::get;
use crate::support::{Client, Gateway, config};

const VIEWER: &str = "authorization: Bearer viewer\r\n";

/// The city with one kind more, which rules derive.
fn with_derived_kind() -> City {
    let before = city();
    let mut kinds = before.catalog.kinds().to_vec();
    kinds.push(Kind {
        id: KindId(2),
        name: "wifi/area".into(),
        title: Localized::same("Khu vực"),
        fields: vec![Field {
            id: FieldId(0),
            name: "clients".into(),
            title: Localized::same("clients"),
            value_type: ValueType::F64,
            unit: None,
            range: None,
            symbols: Vec::new(),
            headline: true,
        }],
        ..kinds[0].clone()
    });
    City {
        catalog: Catalog::new(kinds),
        ..before
    }
}

#[tokio::test]
async fn clients_come_back_to_another_city_and_alerts_go_on() {
    let gateway = Gateway::start(config());
    gateway
        .state(vec![registered(0, "north"), reading(0, 100, 5.0)])
        .await;
    gateway.alert(1, firing(0, "north", Severity::High)).await;
    let (mut client, before) = Client::hello(&gateway, "viewer").await;
    client
        .send(json!({"op": "subscribe", "sub": 1, "topic": "assets", "filter": {"kinds": ["wifi/ap"]}}))
        .await;
    let snapshot = client.next().await;
    assert_eq!(snapshot["assets"][0]["n"], 0);

    // The same asset has another number, and what waited of the old ones is of no use any more.
    gateway.state(vec![reading(0, 200, 6.0)]).await;
    let whole = vec![registered(1, "north"), reading(1, 200, 6.0)];
    gateway.recast(with_derived_kind(), whole).await;

    let close = client.close().await.expect("a reason");
    let close = (u16::from(close.code), close.reason.to_string());
    assert_eq!(close, (1012, "city_changed".to_owned()));
    let (mut client, after) = Client::hello(&gateway, "viewer").await;
    assert_ne!(before["epoch"], after["epoch"]);
    assert_ne!(
        before["build"], after["build"],
        "walls read the catalog anew"
    );
    let since = json!({"epoch": before["epoch"], "seq": snapshot["seq"], "key": snapshot["key"]});
    client
        .send(json!({"op": "subscribe", "sub": 1, "topic": "assets", "filter": {"kinds": ["wifi/ap"]}, "since": since}))
        .await;
    let snapshot = client.next().await;
    assert_eq!(
        snapshot["op"], "snapshot",
        "a position of the old city is none"
    );
    assert_eq!(snapshot["assets"][0]["n"], 1);
    assert_eq!(snapshot["assets"][0]["v"], json!({"clientsConnected": 6}));
    client
        .send(json!({"op": "subscribe", "sub": 2, "topic": "assets", "filter": {"kinds": ["wifi/area"]}}))
        .await;
    assert_eq!(
        client.next().await["assets"],
        json!([]),
        "the kind is known"
    );
    client
        .send(
            json!({"op": "subscribe", "sub": 3, "topic": "areas", "filter": {"areas": ["north"]}}),
        )
        .await;
    let north = &client.next().await["areas"][0];
    assert_eq!((&north["open"], &north["live"]), (&json!(1), &json!(1)));
    client
        .send(json!({"op": "subscribe", "sub": 4, "topic": "alerts", "since": {"alert_seq": 1}}))
        .await;
    assert_eq!(client.next().await["resumed"], true);
    gateway.alert(2, firing(1, "north", Severity::Low)).await;
    let event = client.next().await;
    assert_eq!(
        (&event["op"], &event["prev"]),
        (&json!("alert"), &json!(1)),
        "{event}"
    );

    let catalog = get(&gateway, "/api/v1/catalog", VIEWER).await;
    assert_eq!(catalog.json()["kinds"][2]["name"], "wifi/area");
}

#[tokio::test]
async fn a_client_that_had_not_said_hello_is_not_disturbed() {
    let gateway = Gateway::start(config());
    let mut early = Client::connect(&gateway).await;
    gateway
        .recast(with_derived_kind(), vec![registered(0, "north")])
        .await;
    // Who asks is answered of what is known now.
    let assets = get(&gateway, "/api/v1/assets", VIEWER).await.json();
    early.send(json!({"op": "hello", "token": "viewer"})).await;
    assert_eq!(early.next().await["epoch"], assets["epoch"]);
    assert_eq!(assets["assets"][0]["id"], "ap-0000");
}
