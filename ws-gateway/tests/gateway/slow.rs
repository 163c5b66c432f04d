//! A frozen client harms no other: real TCP that stops reading, and what it costs.

use std::time::Duration;

use serde_json::json;
use ws_gateway::GatewayConfig;

use crate::city::{reading, registered};
use crate::support::{Client, Gateway, config};

/// Enough assets for a frame to be longer than a fragment.
const ASSETS: u32 = 2_000;

#[tokio::test]
async fn a_frozen_client_costs_one_frame_and_is_closed_and_the_others_notice_nothing() {
    let stall_timeout = Duration::from_millis(500);
    let gateway = Gateway::start(GatewayConfig {
        stall_timeout,
        ..config()
    });
    gateway
        .state((0..ASSETS).map(|n| registered(n, "north")).collect())
        .await;
    let (mut healthy, _) = Client::hello(&gateway, "viewer").await;
    let (mut frozen, _) = Client::hello(&gateway, "viewer").await;
    for client in [&mut healthy, &mut frozen] {
        client
            .send(json!({"op": "subscribe", "sub": 1, "topic": "assets", "max_hz": 20}))
            .await;
        while client.next().await["last"] != true {}
    }

    let too_slow = "ioc_gateway_closes_total{reason=\"too_slow\"}";
    let (mut most_held, mut longest, mut round) = (0.0_f64, 0, 0_i64);
    while gateway.metric(too_slow) < 1.0 {
        round += 1;
        gateway
            .state(
                (0..ASSETS)
                    .map(|n| reading(n, round, round as f64))
                    .collect(),
            )
            .await;
        let delta = healthy.next().await;
        assert_eq!(
            delta["assets"]["id"].as_array().unwrap().len(),
            ASSETS as usize
        );
        assert_eq!(
            delta["assets"]["at"][0], round,
            "the healthy one gets every round"
        );
        assert_eq!(delta["conflated"], 0);
        longest = longest.max(delta.to_string().len());
        most_held = most_held.max(gateway.metric("ioc_gateway_held_bytes"));
    }
    assert!(
        most_held < 2.5 * longest as f64,
        "{most_held} bytes held, frames of {longest}"
    );
    assert_eq!(gateway.metric("ioc_gateway_clients"), 1.0);
    drop(frozen);
}

#[tokio::test]
async fn commands_are_answered_while_data_flows() {
    let mut gateway = Gateway::start(config());
    gateway
        .state((0..ASSETS).map(|n| registered(n, "north")).collect())
        .await;
    let (mut client, _) = Client::hello(&gateway, "operator").await;
    client
        .send(json!({"op": "subscribe", "sub": 1, "topic": "assets", "max_hz": 20}))
        .await;
    while client.next().await["last"] != true {}
    for round in 1..=5 {
        gateway
            .state((0..ASSETS).map(|n| reading(n, round, 1.0)).collect())
            .await;
        client
            .send(json!({"op": "unshelve", "ref": "r", "cmd": round.to_string(), "alert": "1"}))
            .await;
        let request = gateway.command().await;
        request
            .reply
            .send(ws_gateway::CommandOutcome::Done)
            .unwrap();
        let (mut result, mut delta) = (false, false);
        while !(result && delta) {
            let message = client.next().await;
            result |= message["op"] == "result";
            delta |= message["op"] == "delta";
        }
    }
}
