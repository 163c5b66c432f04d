//! Every limit, and what a client is told at it.

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio_tungstenite::tungstenite::{Error, Message};
use ws_gateway::GatewayConfig;

use crate::city::{firing, reading, registered};
use crate::support::{Client, Gateway, config, in_time};

async fn expect_close(client: &mut Client, code: u16, reason: &str) {
    let close = client.close().await.expect("a reason");
    assert_eq!(
        (u16::from(close.code), close.reason.as_str()),
        (code, reason)
    );
}

#[tokio::test]
async fn nobody_gets_in_without_a_good_token() {
    let gateway = Gateway::start(config());
    for hello in [
        json!({"op": "hello"}),
        json!({"op": "hello", "token": "guess"}),
    ] {
        let mut client = Client::connect(&gateway).await;
        client.send(hello).await;
        expect_close(&mut client, 4003, "unauthorized").await;
    }
    let mut client = Client::connect(&gateway).await;
    client
        .send(json!({"op": "subscribe", "sub": 1, "topic": "assets"}))
        .await;
    expect_close(&mut client, 4001, "hello_expected").await;
    assert_eq!(
        gateway.metric("ioc_gateway_closes_total{reason=\"unauthorized\"}"),
        2.0
    );
}

#[tokio::test]
async fn a_cookie_or_a_header_is_as_good_as_a_token_in_the_hello() {
    let gateway = Gateway::start(config());
    for header in [
        ("cookie", "a=b; ioc_token=viewer"),
        ("authorization", "Bearer viewer"),
    ] {
        let mut client = Client::try_connect(&gateway, &[header]).await.unwrap();
        client.send(json!({"op": "hello"})).await;
        assert_eq!(client.next().await["role"], "viewer");
    }
}

#[tokio::test]
async fn an_expired_token_is_renewed_without_losing_the_position() {
    let gateway = Gateway::start(config());
    gateway.clock.set(9_990);
    gateway.state(vec![registered(0, "north")]).await;
    let (mut client, _) = Client::hello(&gateway, "short").await;
    client
        .send(json!({"op": "subscribe", "sub": 1, "topic": "assets"}))
        .await;
    let snapshot = client.next().await;
    gateway.clock.set(10_000);
    assert_eq!(client.next().await["code"], "token_expired");
    gateway.state(vec![reading(0, 100, 1.0)]).await;
    client
        .send(json!({"op": "ack", "ref": "a", "cmd": "c", "alert": "0"}))
        .await;
    assert_eq!(
        client.next().await["code"],
        "token_expired",
        "and nothing was sent meanwhile"
    );
    client
        .send(json!({"op": "hello", "token": "operator"}))
        .await;
    let mut answers = [client.next().await, client.next().await];
    answers.sort_by_key(|answer| answer["op"].to_string());
    assert_eq!(answers[0]["from"], snapshot["seq"]);
    assert_eq!(answers[1]["op"], "welcome");
}

#[tokio::test]
async fn an_expired_token_that_is_not_renewed_ends_the_connection() {
    let renew_timeout = std::time::Duration::from_millis(10);
    let gateway = Gateway::start(GatewayConfig {
        renew_timeout,
        ..config()
    });
    gateway.clock.set(9_990);
    let (mut client, _) = Client::hello(&gateway, "short").await;
    gateway.clock.set(10_000);
    expect_close(&mut client, 4003, "unauthorized").await;
}

#[tokio::test]
async fn a_client_has_so_many_subscriptions() {
    let gateway = Gateway::start(GatewayConfig {
        max_subscriptions: 2,
        ..config()
    });
    let (mut client, _) = Client::hello(&gateway, "viewer").await;
    for sub in [1, 2, 2, 3] {
        client
            .send(json!({"op": "subscribe", "sub": sub, "topic": "health"}))
            .await;
        let answer = client.next().await;
        if sub == 3 {
            assert_eq!(
                (&answer["code"], &answer["sub"]),
                (&json!("too_many_subscriptions"), &json!(3))
            );
        } else {
            assert_eq!(answer["op"], "snapshot");
        }
    }
    client.send(json!({"op": "unsubscribe", "sub": 1})).await;
    client.send(json!({"op": "unsubscribe", "sub": 1})).await;
    assert_eq!(client.next().await["code"], "unknown_sub");
    client
        .send(json!({"op": "subscribe", "sub": 3, "topic": "health"}))
        .await;
    assert_eq!(client.next().await["op"], "snapshot");
}

#[tokio::test]
async fn a_client_says_so_much() {
    let gateway = Gateway::start(GatewayConfig {
        max_messages_per_s: 5,
        ..config()
    });
    let (mut client, _) = Client::hello(&gateway, "viewer").await;
    for _ in 0..20 {
        client.send(json!({"op": "nothing"})).await;
    }
    expect_close(&mut client, 4029, "too_many_messages").await;

    let gateway = Gateway::start(GatewayConfig {
        max_message_bytes: 1_000,
        ..config()
    });
    let (mut client, _) = Client::hello(&gateway, "viewer").await;
    client
        .send(json!({"op": "nothing", "padding": "x".repeat(2_000)}))
        .await;
    expect_close(&mut client, 1009, "too_long").await;
    let (mut client, _) = Client::hello(&gateway, "viewer").await;
    client.0.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    expect_close(&mut client, 1002, "protocol_violation").await;
}

#[tokio::test]
async fn pings_are_answered_with_what_they_carried_and_a_flood_of_them_ends() {
    let gateway = Gateway::start(GatewayConfig {
        max_messages_per_s: 5,
        ..config()
    });
    let (mut client, _) = Client::hello(&gateway, "viewer").await;
    client.0.send(Message::Ping("a".into())).await.unwrap();
    let answer = in_time(async {
        loop {
            match client.0.next().await {
                Some(Ok(Message::Pong(body))) => return body,
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    });
    assert_eq!(&*answer.await, b"a");
    for _ in 0..20 {
        client.0.feed(Message::Ping("b".into())).await.unwrap();
    }
    client.0.flush().await.unwrap();
    expect_close(&mut client, 4029, "too_many_messages").await;
}

#[tokio::test]
async fn a_goodbye_is_answered() {
    let gateway = Gateway::start(config());
    let (mut client, _) = Client::hello(&gateway, "viewer").await;
    client.0.send(Message::Close(None)).await.unwrap();
    expect_close(&mut client, 1000, "left").await;
}

#[tokio::test]
async fn a_session_of_some_areas_is_shown_and_may_do_nothing_outside_them() {
    let gateway = Gateway::start(config());
    gateway
        .state(vec![registered(0, "north"), registered(1, "south")])
        .await;
    let south = firing(1, "south", model::Severity::High);
    gateway.alert(1, south.clone()).await;
    let (mut client, welcome) = Client::hello(&gateway, "north").await;
    assert_eq!(welcome["areas"], json!(["north"]));
    for (topic, list, shown) in [("assets", "assets", 1), ("alerts", "alerts", 0)] {
        for filter in [
            json!({}),
            json!({"areas": ["south"]}),
            json!({"areas": ["tn"]}),
        ] {
            let wish = json!({"op": "subscribe", "sub": 1, "topic": topic, "filter": filter});
            client.send(wish).await;
            let page = client.next().await;
            let shown = if filter["areas"][0] == "south" {
                0
            } else {
                shown
            };
            assert_eq!(
                page[list].as_array().unwrap().len(),
                shown,
                "{topic} {filter}"
            );
        }
    }
    client
        .send(json!({"op": "subscribe", "sub": 1, "topic": "areas"}))
        .await;
    let rows = client.next().await["areas"].clone();
    let codes: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["area"])
        .collect();
    assert_eq!(codes, [&json!("north")]);
    let ack = json!({"op": "ack", "ref": "r", "cmd": "c", "alert": south.id.to_string()});
    client.send(ack).await;
    let refused = client.next().await;
    assert_eq!(
        (&refused["ok"], &refused["code"]),
        (&json!(false), &json!("forbidden"))
    );
}

#[tokio::test]
async fn a_page_of_a_foreign_origin_is_kept_out() {
    let allowed_origins = vec!["https://wall.example".to_owned()];
    let gateway = Gateway::start(GatewayConfig {
        allowed_origins,
        ..config()
    });
    let own = format!("http://{}", gateway.address);
    for (origin, welcome) in [
        (own.as_str(), true),
        ("https://wall.example", true),
        ("https://evil.example", false),
        ("null", false),
    ] {
        let tried = Client::try_connect(&gateway, &[("origin", origin)]).await;
        match tried {
            Ok(_) => assert!(welcome, "{origin}"),
            Err(Error::Http(response)) => assert_eq!(
                (response.status().as_u16(), welcome),
                (403, false),
                "{origin}"
            ),
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(
        gateway.metric("ioc_gateway_refused_total{reason=\"origin\"}"),
        2.0
    );
}

#[tokio::test]
async fn another_subprotocol_is_refused_and_none_is_not() {
    let gateway = Gateway::start(config());
    assert!(Client::try_connect(&gateway, &[]).await.is_ok());
    let other = Client::try_connect(&gateway, &[("sec-websocket-protocol", "mqtt")]).await;
    let Err(Error::Http(response)) = other.map(|_| ()) else {
        panic!("it was let in");
    };
    assert_eq!(response.status().as_u16(), 400);
}

#[tokio::test]
async fn there_are_so_many_connections() {
    let gateway = Gateway::start(GatewayConfig {
        max_connections: 1,
        ..config()
    });
    let (first, _) = Client::hello(&gateway, "viewer").await;
    let second = Client::try_connect(&gateway, &[]).await;
    let Err(Error::Http(response)) = second.map(|_| ()) else {
        panic!("it was let in");
    };
    assert_eq!(response.status().as_u16(), 503);
    drop(first);
    // The place is free as soon as the server has noticed.
    in_time(Box::pin(async {
        while Client::try_connect(&gateway, &[]).await.is_err() {}
    }))
    .await;
}

#[tokio::test]
async fn a_server_that_stops_says_so() {
    let gateway = Gateway::start(config());
    let (mut client, _) = Client::hello(&gateway, "viewer").await;
    let closed = tokio::spawn(async move { client.close().await });
    assert!(gateway.stop().await.is_ok());
    let close = closed.await.unwrap().expect("a reason");
    assert_eq!(
        (u16::from(close.code), close.reason.as_str()),
        (1001, "going_away")
    );
}
