//! Following state: snapshot, delta, resume, filters, conflation, the roll-up, health.

use model::{AssetHandle, Severity, StateChange};
use serde_json::json;

use crate::city::{firing, reading, registered, resolved, stale};
use crate::support::{Client, Gateway, TestClock, config};

#[tokio::test]
async fn a_snapshot_then_deltas_then_going_on_after_a_lost_connection() {
    let gateway = Gateway::start(config());
    gateway
        .state(vec![
            registered(0, "north"),
            registered(1, "south"),
            reading(0, 100, 5.0),
        ])
        .await;
    let (mut client, welcome) = Client::hello(&gateway, "viewer").await;
    client
        .send(json!({"op": "subscribe", "sub": 1, "topic": "assets", "max_hz": 20}))
        .await;
    let snapshot = client.next().await;
    assert_eq!(
        (&snapshot["op"], &snapshot["last"]),
        (&json!("snapshot"), &json!(true))
    );
    assert_eq!(snapshot["assets"].as_array().unwrap().len(), 2);
    assert_eq!(snapshot["assets"][0]["v"], json!({"clientsConnected": 5}));
    assert_eq!(snapshot["assets"][1]["freshness"], "unseen");

    gateway.state(vec![reading(0, 200, 7.5)]).await;
    let delta = client.next().await;
    assert_eq!(delta["from"], snapshot["seq"], "a gap would show");
    assert_eq!(
        delta["assets"],
        json!({"id": [0], "at": [200], "clientsConnected": [7.5]})
    );
    drop(client);

    gateway
        .state(vec![
            stale(0),
            registered(2, "north"),
            StateChange::Gone {
                asset: AssetHandle(1),
            },
        ])
        .await;
    let (mut client, _) = Client::hello(&gateway, "viewer").await;
    let since = json!({"epoch": welcome["epoch"], "seq": delta["to"], "key": snapshot["key"]});
    client
        .send(json!({"op": "subscribe", "sub": 9, "topic": "assets", "since": since}))
        .await;
    let missed = client.next().await;
    assert_eq!(
        (&missed["op"], &missed["from"]),
        (&json!("delta"), &delta["to"])
    );
    assert_eq!(missed["assets"], json!({"id": [0], "freshness": ["stale"]}));
    assert_eq!(missed["new"][0]["id"], "ap-0002");
    assert_eq!(missed["gone"], json!([1]));
}

#[tokio::test]
async fn a_position_of_another_filter_or_epoch_is_answered_by_a_snapshot() {
    let gateway = Gateway::start(config());
    gateway
        .state(vec![registered(0, "north"), registered(1, "south")])
        .await;
    let (mut client, welcome) = Client::hello(&gateway, "viewer").await;
    client
        .send(json!({"op": "subscribe", "sub": 1, "topic": "assets"}))
        .await;
    let whole = client.next().await;
    let since = json!({"epoch": welcome["epoch"], "seq": whole["seq"], "key": whole["key"]});
    let north = json!({"areas": ["north"]});
    client.send(json!({"op": "subscribe", "sub": 1, "topic": "assets", "filter": north, "since": since})).await;
    let snapshot = client.next().await;
    assert_eq!(
        (
            &snapshot["op"],
            snapshot["assets"].as_array().unwrap().len()
        ),
        (&json!("snapshot"), 1)
    );
    assert_ne!(snapshot["key"], whole["key"]);

    let since = json!({"epoch": "another", "seq": whole["seq"], "key": whole["key"]});
    client
        .send(json!({"op": "subscribe", "sub": 1, "topic": "assets", "since": since}))
        .await;
    assert_eq!(client.next().await["op"], "snapshot");
}

#[tokio::test]
async fn going_on_when_nothing_happened_is_confirmed_at_once() {
    let gateway = Gateway::start(config());
    gateway.state(vec![registered(0, "north")]).await;
    let (mut client, welcome) = Client::hello(&gateway, "viewer").await;
    client
        .send(json!({"op": "subscribe", "sub": 1, "topic": "assets"}))
        .await;
    let whole = client.next().await;
    let since = json!({"epoch": welcome["epoch"], "seq": whole["seq"], "key": whole["key"]});
    client
        .send(json!({"op": "subscribe", "sub": 1, "topic": "assets", "since": since}))
        .await;
    let nothing = client.next().await;
    assert_eq!(
        (&nothing["op"], &nothing["to"]),
        (&json!("delta"), &whole["seq"])
    );
    assert_eq!(nothing["assets"], json!({"id": []}));
}

#[tokio::test]
async fn many_pages_make_one_snapshot() {
    let gateway = Gateway::start(ws_gateway::GatewayConfig {
        page_assets: 10,
        ..config()
    });
    gateway
        .state((0..35).map(|n| registered(n, "north")).collect())
        .await;
    let (mut client, _) = Client::hello(&gateway, "viewer").await;
    client
        .send(json!({"op": "subscribe", "sub": 1, "topic": "assets", "fields": []}))
        .await;
    let mut seen = Vec::new();
    for page in 0.. {
        let snapshot = client.next().await;
        assert_eq!(snapshot["page"], page);
        seen.extend(
            snapshot["assets"]
                .as_array()
                .unwrap()
                .iter()
                .map(|a| a["n"].as_u64().unwrap()),
        );
        if snapshot["last"] == true {
            break;
        }
    }
    assert_eq!(seen, (0..35).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_heartbeat_moves_the_position_past_what_is_of_no_concern() {
    let gateway = Gateway::start(config());
    gateway
        .state(vec![registered(0, "north"), registered(1, "south")])
        .await;
    let (mut client, _) = Client::hello(&gateway, "viewer").await;
    let filter = json!({"areas": ["north"]});
    client
        .send(
            json!({"op": "subscribe", "sub": 4, "topic": "assets", "filter": filter, "max_hz": 20}),
        )
        .await;
    let snapshot = client.next().await;
    gateway.state(vec![reading(1, 100, 1.0)]).await;
    let position = loop {
        let heartbeat = client.heartbeat().await;
        if heartbeat["subs"]["4"].as_u64() > snapshot["seq"].as_u64() {
            break heartbeat["subs"]["4"].clone();
        }
    };
    gateway.state(vec![reading(0, 100, 1.0)]).await;
    assert_eq!(client.next().await["from"], position);
}

#[tokio::test]
async fn what_is_skipped_is_counted() {
    let gateway = Gateway::start(config());
    gateway.state(vec![registered(0, "north")]).await;
    let (mut client, _) = Client::hello(&gateway, "viewer").await;
    client
        .send(json!({"op": "subscribe", "sub": 1, "topic": "assets"}))
        .await;
    client.next().await;
    gateway
        .state((1..=10).map(|i| reading(0, i, i as f64)).collect())
        .await;
    let delta = client.next().await;
    assert_eq!(delta["assets"]["at"], json!([10]));
    assert_eq!(delta["conflated"], 9);
    assert_eq!(gateway.metric("ioc_gateway_conflated_total"), 9.0);
}

#[tokio::test]
async fn clients_of_one_view_share_one_encoding() {
    let gateway = Gateway::start(config());
    gateway.state(vec![registered(0, "north")]).await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        let (mut client, _) = Client::hello(&gateway, "viewer").await;
        client
            .send(json!({"op": "subscribe", "sub": 1, "topic": "assets"}))
            .await;
        client.next().await;
        clients.push(client);
    }
    let before = gateway.metric("ioc_gateway_encoded_frames_total");
    gateway.state(vec![reading(0, 100, 1.0)]).await;
    for client in &mut clients {
        assert_eq!(client.next().await["op"], "delta");
    }
    assert_eq!(
        gateway.metric("ioc_gateway_encoded_frames_total") - before,
        1.0
    );
}

#[tokio::test]
async fn areas_add_up_with_everything_inside() {
    let gateway = Gateway::start(config());
    gateway
        .state(vec![
            registered(0, "north"),
            registered(1, "south"),
            reading(0, 1, 1.0),
        ])
        .await;
    gateway.alert(1, firing(0, "north", Severity::High)).await;
    let (mut client, _) = Client::hello(&gateway, "viewer").await;
    client
        .send(json!({"op": "subscribe", "sub": 1, "topic": "areas", "max_hz": 20}))
        .await;
    let snapshot = client.next().await;
    let rows = &snapshot["areas"];
    assert_eq!(
        rows[0],
        json!({"area": "tn", "worst": "high", "open": 1, "unacknowledged": 1,
        "shelved": 0, "suppressed": 0, "live": 1, "stale": 0, "unseen": 1, "offline": 0})
    );
    assert_eq!(
        (&rows[1]["worst"], &rows[2]["worst"]),
        (&json!("high"), &json!(null))
    );

    gateway
        .alert(2, resolved(&firing(0, "north", Severity::High)))
        .await;
    let delta = client.next().await;
    assert_eq!(delta["from"], snapshot["seq"]);
    let changed: Vec<_> = delta["areas"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["area"].clone(), r["open"].clone()))
        .collect();
    assert_eq!(
        changed,
        [(json!("north"), json!(0)), (json!("tn"), json!(0))]
    );
}

#[tokio::test]
async fn health_comes_as_the_engine_reports_it() {
    let gateway = Gateway::start(config());
    let (mut client, _) = Client::hello(&gateway, "viewer").await;
    client
        .send(json!({"op": "subscribe", "sub": 1, "topic": "health"}))
        .await;
    assert_eq!(client.next().await["health"], json!(null));
    gateway
        .health(ws_gateway::Health {
            duplicates: 17,
            ..Default::default()
        })
        .await;
    let delta = client.next().await;
    assert_eq!(
        (&delta["op"], &delta["health"]["duplicates"]),
        (&json!("delta"), &json!(17))
    );
}

#[tokio::test]
async fn a_bad_filter_says_what_would_be_right() {
    let gateway = Gateway::start(config());
    let (mut client, _) = Client::hello(&gateway, "viewer").await;
    for (request, code, hint) in [
        (
            json!({"topic": "assets", "filter": {"kinds": ["wifi/app"]}}),
            "bad_filter",
            "did you mean 'wifi/ap'",
        ),
        (
            json!({"topic": "assets", "fields": ["apstate"]}),
            "bad_filter",
            "did you mean 'apState'",
        ),
        (
            json!({"topic": "assets", "filter": {"bbox": [2, 0, 1, 1]}}),
            "bad_filter",
            "west",
        ),
        (
            json!({"topic": "assets", "filter": {"area": "north"}}),
            "bad_filter",
            "unknown field",
        ),
        (
            json!({"topic": "alerts", "filter": {"min_severity": "hi"}}),
            "bad_filter",
            "severity 'hi'",
        ),
        (json!({"topic": "weather"}), "bad_topic", "weather"),
        (json!({"topic": "incidents"}), "not_yet", "incidents"),
        (
            json!({"topic": "assets", "max_hz": 0}),
            "bad_message",
            "max_hz",
        ),
    ] {
        let mut request = request;
        request["op"] = json!("subscribe");
        request["sub"] = json!(3);
        client.send(request).await;
        let error = client.next().await;
        assert_eq!(
            (&error["op"], &error["code"], &error["sub"]),
            (&json!("error"), &json!(code), &json!(3))
        );
        assert!(error["message"].as_str().unwrap().contains(hint), "{error}");
    }
}

#[tokio::test]
async fn the_welcome_names_the_version_the_wall_that_is_built_in_and_the_catalog() {
    let build = async |version: &str| {
        let gateway = Gateway::start(ws_gateway::GatewayConfig {
            build: version.to_owned(),
            ..config()
        });
        let (_client, welcome) = Client::hello(&gateway, "viewer").await;
        welcome["build"].as_str().unwrap().to_owned()
    };
    let (old, new) = (build("1.0").await, build("1.1").await);
    let print = old.strip_prefix("1.0+").unwrap();
    assert_eq!(print.len(), "9f86d081884c7d65.5a3c91e0".len(), "{old}");
    assert_eq!(new, format!("1.1+{print}"), "the wall is the same");
}

#[tokio::test]
async fn a_demo_s_clock_tells_its_speed_and_the_machine_s_time_with_its_own() {
    let gateway = Gateway::start(config());
    gateway.clock.set(7_200_000);
    let (mut client, welcome) = Client::hello(&gateway, "viewer").await;
    let machine = 7_200_000 - TestClock::AHEAD.millis();
    assert_eq!(welcome["speed"], TestClock::SPEED);
    for told in [welcome, client.heartbeat().await] {
        assert_eq!(told["server_time"], 7_200_000);
        assert_eq!(told["machine_time"], machine);
    }
}
