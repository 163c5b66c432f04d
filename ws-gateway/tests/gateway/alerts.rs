//! Following alerts and acting on them: nothing is skipped, everybody sees an acknowledgement.

use model::{Acknowledgement, Alert, CommandAction, Severity, Time};
use serde_json::json;
use std::sync::Arc;
use ws_gateway::{AlertEvent, CommandOutcome, GatewayConfig, Opening};

use crate::city::{firing, registered, resolved};
use crate::support::{Client, Gateway, config};

#[tokio::test]
async fn an_acknowledgement_reaches_the_other_screen_as_one_event() {
    let mut gateway = Gateway::start(config());
    let alert = firing(7, "north", Severity::High);
    gateway.alert(41, alert.clone()).await;
    let (mut one, _) = Client::hello(&gateway, "operator").await;
    let (mut other, _) = Client::hello(&gateway, "viewer").await;
    for client in [&mut one, &mut other] {
        client
            .send(json!({"op": "subscribe", "sub": 2, "topic": "alerts"}))
            .await;
        let page = client.next().await;
        assert_eq!(
            (&page["op"], &page["alert_seq"], &page["last"]),
            (&json!("alerts"), &json!(41), &json!(true))
        );
        assert_eq!(page["alerts"][0]["ack"], json!(null));
    }

    one.send(json!({"op": "ack", "ref": "c1", "cmd": "01J", "alert": alert.id.to_string(), "note": "đã gọi"})).await;
    let request = gateway.command().await;
    assert_eq!((&*request.command.id, &*request.command.by), ("01J", "an"));
    assert_eq!(
        request.command.action,
        CommandAction::Acknowledge {
            note: "đã gọi".into()
        }
    );
    let ack = Acknowledgement {
        by: "an".into(),
        at: Time::from_millis(5),
        note: "đã gọi".into(),
    };
    gateway
        .alert(
            42,
            Alert {
                ack: Some(ack),
                ..alert
            },
        )
        .await;
    request.reply.send(CommandOutcome::Done).unwrap();

    let event = other.next().await;
    assert_eq!(
        (&event["op"], &event["prev"], &event["alert_seq"]),
        (&json!("alert"), &json!(41), &json!(42))
    );
    assert_eq!(
        event["alert"]["ack"],
        json!({"by": "an", "at": 5, "note": "đã gọi"})
    );
    let mut seen = [one.next().await, one.next().await];
    seen.sort_by_key(|message| message["op"].to_string());
    assert_eq!(seen[1], json!({"op": "result", "ref": "c1", "ok": true}));
    assert_eq!(seen[0]["alert_seq"], 42);
}

#[tokio::test]
async fn an_event_is_sent_when_the_alert_matched_before_or_after_it() {
    let gateway = Gateway::start(config());
    let (mut client, _) = Client::hello(&gateway, "viewer").await;
    let filter = json!({"min_severity": "high", "states": ["firing"]});
    client
        .send(json!({"op": "subscribe", "sub": 2, "topic": "alerts", "filter": filter}))
        .await;
    assert_eq!(client.next().await["alert_seq"], 0);
    let alert = firing(1, "north", Severity::Low);
    gateway.alert(1, alert.clone()).await;
    gateway
        .alert(
            2,
            Alert {
                severity: Severity::Critical,
                ..alert.clone()
            },
        )
        .await;
    gateway.alert(3, firing(2, "north", Severity::Medium)).await;
    gateway.alert(4, resolved(&alert)).await;
    let risen = client.next().await;
    assert_eq!(
        (&risen["prev"], &risen["alert_seq"], &risen["matches"]),
        (&json!(0), &json!(2), &json!(true))
    );
    let over = client.next().await;
    assert_eq!(
        (&over["prev"], &over["alert_seq"], &over["matches"]),
        (&json!(2), &json!(4), &json!(false))
    );
}

#[tokio::test]
async fn the_log_goes_on_from_memory_and_from_the_archive() {
    let gateway = Gateway::start(GatewayConfig {
        replay_alerts: 3,
        ..config()
    });
    for seq in 1..=10 {
        let alert = firing(seq as u32, "north", Severity::High);
        gateway.archive.0.lock().unwrap().push(AlertEvent {
            seq,
            alert: Arc::new(alert.clone()),
        });
        gateway.alert(seq, alert).await;
    }
    for since in [2, 8, 10] {
        let (mut client, _) = Client::hello(&gateway, "viewer").await;
        // Whoever reads an event knows that the gateway has taken all before it.
        client
            .send(json!({"op": "subscribe", "sub": 1, "topic": "alerts"}))
            .await;
        while client.next().await["alert_seq"] != 10 {}
        client.send(json!({"op": "subscribe", "sub": 2, "topic": "alerts", "since": {"alert_seq": since}})).await;
        let first = client.next().await;
        assert_eq!(
            (&first["resumed"], &first["alert_seq"], &first["alerts"]),
            (&json!(true), &json!(since), &json!([]))
        );
        for seq in since + 1..=10 {
            let event = client.next().await;
            assert_eq!(
                (&event["prev"], &event["alert_seq"]),
                (&json!(seq - 1), &json!(seq))
            );
        }
    }
}

#[tokio::test]
async fn a_log_that_cannot_go_on_begins_anew() {
    let opening = Opening {
        open_alerts: vec![Arc::new(firing(1, "north", Severity::High))],
        alert_seq: 900,
        state: vec![registered(1, "north")],
    };
    let gateway = Gateway::start_with(config(), opening);
    let (mut client, _) = Client::hello(&gateway, "viewer").await;
    client
        .send(json!({"op": "subscribe", "sub": 2, "topic": "alerts", "since": {"alert_seq": 5}}))
        .await;
    assert_eq!(client.next().await["resumed"], true);
    let anew = client.next().await;
    assert_eq!(
        (&anew["page"], &anew["resumed"], &anew["alert_seq"]),
        (&json!(0), &json!(null), &json!(900))
    );
    assert_eq!(anew["alerts"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_raise_and_its_clear_both_arrive_however_many_there_are() {
    let gateway = Gateway::start(GatewayConfig {
        alert_window: 2,
        ..config()
    });
    let (mut client, _) = Client::hello(&gateway, "viewer").await;
    client
        .send(json!({"op": "subscribe", "sub": 2, "topic": "alerts"}))
        .await;
    client.next().await;
    for i in 0..100 {
        let alert = firing(i, "north", Severity::High);
        gateway.alert(u64::from(2 * i + 1), alert.clone()).await;
        gateway.alert(u64::from(2 * i + 2), resolved(&alert)).await;
    }
    for seq in 1..=200 {
        let event = client.next().await;
        assert_eq!(
            (&event["prev"], &event["alert_seq"]),
            (&json!(seq - 1), &json!(seq))
        );
        let state = if seq % 2 == 1 { "firing" } else { "resolved" };
        assert_eq!(event["alert"]["state"], state);
    }
}

#[tokio::test]
async fn who_may_not_act_is_told_so() {
    let mut gateway = Gateway::start(config());
    gateway.alert(1, firing(1, "south", Severity::High)).await;
    let act =
        |alert: u32| json!({"op": "ack", "ref": "r", "cmd": "x", "alert": format!("{alert:032x}")});
    let (mut viewer, _) = Client::hello(&gateway, "viewer").await;
    viewer.send(act(1)).await;
    assert_eq!(viewer.next().await["code"], "forbidden");
    let (mut north, _) = Client::hello(&gateway, "north").await;
    north.send(act(1)).await;
    assert_eq!(north.next().await["code"], "forbidden");
    north.send(act(99)).await;
    assert_eq!(north.next().await["code"], "unknown_alert");
    assert!(
        gateway.commands.try_recv().is_err(),
        "nothing of it reached the engine"
    );
}

#[tokio::test]
async fn a_full_engine_answers_busy_and_a_bad_command_is_explained() {
    let gateway = Gateway::start(config());
    let (mut client, _) = Client::hello(&gateway, "operator").await;
    let alert = format!("{:032x}", 1);
    for i in 0..5 {
        client.send(json!({"op": "unshelve", "ref": format!("r{i}"), "cmd": format!("c{i}"), "alert": alert})).await;
    }
    let busy = client.next().await;
    assert_eq!(
        (&busy["ref"], &busy["code"]),
        (&json!("r4"), &json!("busy")),
        "the engine's queue holds four"
    );
    for (bad, hint) in [
        (
            json!({"op": "shelve", "cmd": "x", "alert": alert, "reason": "r"}),
            "until",
        ),
        (
            json!({"op": "shelve", "cmd": "x", "alert": alert, "until": 5, "reason": " "}),
            "reason",
        ),
        (json!({"op": "ack", "cmd": "x", "alert": "zz"}), "zz"),
        (json!({"op": "ack", "cmd": "", "alert": alert}), "cmd"),
        (json!({"op": "dance"}), "dance"),
    ] {
        client.send(bad).await;
        let error = client.next().await;
        assert_eq!(error["code"], "bad_message");
        assert!(error["message"].as_str().unwrap().contains(hint), "{error}");
    }
    client.send(json!({"op": "silence", "ref": "s"})).await;
    assert_eq!(client.next().await["code"], "not_yet");
}

#[tokio::test]
async fn areas_limit_every_topic() {
    let gateway = Gateway::start(config());
    gateway
        .state(vec![registered(0, "north"), registered(1, "south")])
        .await;
    gateway.alert(1, firing(0, "north", Severity::High)).await;
    gateway.alert(2, firing(1, "south", Severity::High)).await;
    let (mut client, welcome) = Client::hello(&gateway, "north").await;
    assert_eq!(welcome["areas"], json!(["north"]));
    client
        .send(json!({"op": "subscribe", "sub": 1, "topic": "assets"}))
        .await;
    let assets = client.next().await;
    assert_eq!(
        (
            assets["assets"].as_array().unwrap().len(),
            &assets["assets"][0]["area"]
        ),
        (1, &json!("north"))
    );
    client
        .send(json!({"op": "subscribe", "sub": 2, "topic": "alerts"}))
        .await;
    assert_eq!(client.next().await["alerts"].as_array().unwrap().len(), 1);
    client
        .send(json!({"op": "subscribe", "sub": 3, "topic": "areas"}))
        .await;
    let areas = client.next().await;
    assert_eq!(
        (
            areas["areas"].as_array().unwrap().len(),
            &areas["areas"][0]["area"]
        ),
        (1, &json!("north"))
    );
}

/// The next heartbeat that says this much is committed.
async fn committed_up_to(client: &mut Client, seq: u64) {
    while client.heartbeat().await["durable_seq"] != seq {}
}

#[tokio::test]
async fn an_alert_that_the_disk_refuses_is_marked_until_it_is_committed() {
    let gateway = Gateway::start(config());
    gateway.alert(1, firing(1, "north", Severity::Low)).await;
    let (mut client, _) = Client::hello(&gateway, "viewer").await;
    let subscribe = json!({"op": "subscribe", "sub": 1, "topic": "alerts"});
    client.send(subscribe.clone()).await;
    assert_eq!(client.next().await["alerts"][0]["durable"], true);
    gateway
        .undurable_alert(2, firing(2, "north", Severity::High))
        .await;
    let shown = client.next().await;
    assert_eq!(
        (&shown["alert_seq"], &shown["alert"]["durable"]),
        (&json!(2), &json!(false))
    );
    committed_up_to(&mut client, 1).await;

    // Who comes meanwhile is told the same.
    let (mut late, _) = Client::hello(&gateway, "viewer").await;
    late.send(subscribe.clone()).await;
    let page = late.next().await;
    let durable = |i: usize| &page["alerts"][i]["durable"];
    assert_eq!((durable(0), durable(1)), (&json!(true), &json!(false)));
    let open = crate::http::get(
        &gateway,
        "/api/v1/alerts",
        "authorization: Bearer viewer\r\n",
    )
    .await;
    assert_eq!(open.json()["alerts"][1]["durable"], false);

    gateway.durable().await;
    gateway.alert(3, firing(3, "north", Severity::Low)).await;
    committed_up_to(&mut client, 3).await;
    // Who goes on from before reads the event as it is now.
    late.send(json!({"op": "subscribe", "sub": 2, "topic": "alerts", "since": {"alert_seq": 1}}))
        .await;
    let replayed = loop {
        let frame = late.next().await;
        if frame["sub"] == 2 && frame["alert_seq"] == 2 {
            break frame;
        }
    };
    assert_eq!(replayed["alert"]["durable"], true);
}
