//! The embedded broker, seen by real clients on one side and the engine on the other.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod town;

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::{PasswordHasher, SaltString};
use ingest::{
    EmbeddedConfig, Ingest, Password, Role, SourceConfig, SourceState, Store, User, start,
};
use model::SourceName;
use rumqttc::v5::mqttbytes::v5::PubAckReason;
use town::client::{Device, Login, QoS};
use town::engine::{Engine, engine};

const AIR: &str = "ioc/v1/tn/env/air";

fn config() -> EmbeddedConfig {
    let salt = SaltString::encode_b64(b"a salt for tests").unwrap();
    let hash = argon2::Argon2::default()
        .hash_password(b"sensor", &salt)
        .unwrap();
    let users = vec![
        User {
            name: "devices".to_owned(),
            password: Password::Argon2(hash.to_string()),
            role: Role::Device,
        },
        User {
            name: "demo".to_owned(),
            password: Password::Plain("made at random".to_owned()),
            role: Role::Device,
        },
        User {
            name: "screens".to_owned(),
            password: Password::Plain("made at random".to_owned()),
            role: Role::Reader,
        },
    ];
    let mut config =
        EmbeddedConfig::new(SourceName::new("e"), "127.0.0.1:0".parse().unwrap(), users);
    config.will_grace = Duration::from_millis(20);
    config
}

/// The broker at work with so many places to the engine, its word that it is up already heard.
async fn broker(config: EmbeddedConfig, places: usize) -> (Ingest, Engine, u16) {
    let (out, mut engine) = engine(places);
    let sources = vec![SourceConfig::Embedded(config)];
    let ingest = start(sources, town::decoder(), Arc::new(town::StandingClock), out)
        .await
        .unwrap();
    assert_eq!(engine.next().await, "e up");
    let port = ingest.local_addr().unwrap().port();
    (ingest, engine, port)
}

fn login(port: u16, id: &str) -> Login<'_> {
    Login {
        port,
        id,
        user: Some(("demo", "made at random")),
        will: None,
    }
}

async fn device(port: u16, id: &str) -> Device {
    Device::connect(&login(port, id)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_puback_follows_the_release_and_never_comes_before() {
    let (ingest, mut engine, port) = broker(config(), 16).await;
    let mut one = device(port, "one").await;
    let mut other = device(port, "other").await;
    one.publish(
        &format!("{AIR}/a-1/tele"),
        QoS::AtLeastOnce,
        r#"{"pm25":1}"#,
    )
    .await;
    let (text, ack) = engine.receive().await;
    assert_eq!(text, "e a-1 pm25=F64(1.0)");

    // Another device's whole round trip passes in the meantime.
    other
        .publish(
            &format!("{AIR}/a-2/tele"),
            QoS::AtLeastOnce,
            r#"{"pm25":2}"#,
        )
        .await;
    assert_eq!(engine.next().await, "e a-2 pm25=F64(2.0)");
    assert_eq!(other.acknowledged().await, PubAckReason::Success);
    assert!(!one.has_acknowledgement());

    ack.unwrap().release();
    assert_eq!(one.acknowledged().await, PubAckReason::Success);
    assert_eq!(ingest.status()[0].counts.acks, 2);
    ingest.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_dropped_unreleased_is_never_acknowledged() {
    let (ingest, mut engine, port) = broker(config(), 16).await;
    let mut one = device(port, "one").await;
    one.publish(
        &format!("{AIR}/a-1/tele"),
        QoS::AtLeastOnce,
        r#"{"pm25":1}"#,
    )
    .await;
    drop(engine.receive().await);
    ingest.stop().await;
    one.closed().await;
    assert!(!one.has_acknowledgement());
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_acknowledged_after_they_are_durable_too() {
    let (ingest, mut engine, port) = broker(config(), 16).await;
    let mut one = device(port, "one").await;
    one.publish(&format!("{AIR}/a-1/tele"), QoS::AtLeastOnce, "{")
        .await;
    let (text, ack) = engine.receive().await;
    assert_eq!(
        text,
        "e dead: malformed_json: EOF while parsing an object at line 1 column 1"
    );
    assert!(!one.has_acknowledgement());
    ack.unwrap().release();
    assert_eq!(one.acknowledged().await, PubAckReason::Success);
    assert_eq!(
        ingest.status()[0].counts.dead_letters,
        [(ingest::DeadLetterReason::MalformedJson, 1)]
    );
    ingest.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_proves_it_comes_in() {
    let (ingest, _engine, port) = broker(config(), 16).await;
    let attempt = |user: Option<(&'static str, &'static str)>| async move {
        let login = Login {
            user,
            ..login(port, "who")
        };
        Device::connect(&login)
            .await
            .map(|_| ())
            .map_err(|why| why.contains("BadUserNamePassword"))
    };
    assert_eq!(attempt(None).await, Err(true), "nobody is anonymous");
    assert_eq!(attempt(Some(("devices", "guess"))).await, Err(true));
    assert_eq!(attempt(Some(("nobody", "sensor"))).await, Err(true));
    assert_eq!(attempt(Some(("demo", "sensor"))).await, Err(true));
    assert_eq!(attempt(Some(("devices", "sensor"))).await, Ok(()));
    assert_eq!(attempt(Some(("demo", "made at random"))).await, Ok(()));
    assert_eq!(ingest.status()[0].counts.refused, 4);
    ingest.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_locked_out_but_devices_with_the_right_password_are_not() {
    let (ingest, _engine, port) = broker(config(), 16).await;
    let attempt = |password: &'static str| async move {
        let login = Login {
            user: Some(("devices", password)),
            ..login(port, "who")
        };
        Device::connect(&login).await.map(|_| ())
    };
    attempt("sensor").await.expect("the right password");
    for _ in 0..10 {
        let why = attempt("guess").await.unwrap_err();
        assert!(why.contains("BadUserNamePassword"), "{why}");
    }
    let why = attempt("guess").await.unwrap_err();
    assert!(why.contains("ConnectionRateExceeded"), "{why}");
    attempt("sensor")
        .await
        .expect("known from before, from the same address");
    ingest.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_publishes_below_its_own_city_only() {
    let (ingest, mut engine, port) = broker(config(), 16).await;
    let mut one = device(port, "one").await;
    for topic in [
        "ioc/v1/hanoi/env/air/a-1/tele",
        "$SYS/broker/uptime",
        "ioc/v1/tnx/env/air/a-1/tele",
    ] {
        one.publish(topic, QoS::AtLeastOnce, r#"{"pm25":1}"#).await;
        assert_eq!(
            one.acknowledged().await,
            PubAckReason::NotAuthorized,
            "{topic}"
        );
    }
    let screens = Login {
        user: Some(("screens", "made at random")),
        ..login(port, "screen")
    };
    let mut screen = Device::connect(&screens).await.unwrap();
    screen
        .publish(
            &format!("{AIR}/a-1/tele"),
            QoS::AtLeastOnce,
            r#"{"pm25":1}"#,
        )
        .await;
    assert_eq!(screen.acknowledged().await, PubAckReason::NotAuthorized);

    one.publish(&format!("{AIR}/a-1/tele"), QoS::AtMostOnce, r#"{"pm25":4}"#)
        .await;
    assert_eq!(engine.next().await, "e a-1 pm25=F64(4.0)");
    assert_eq!(engine.waiting(), [""; 0]);
    assert_eq!(ingest.status()[0].counts.refused, 4);
    ingest.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_device_is_offline_and_one_that_says_goodbye_is_not() {
    let (ingest, mut engine, port) = broker(config(), 16).await;
    let topic = format!("{AIR}/a-1/lwt");
    let with_will = || Login {
        will: Some((&topic, "offline")),
        ..login(port, "a-1")
    };
    Device::connect(&with_will())
        .await
        .unwrap()
        .disconnect()
        .await;
    Device::connect(&with_will()).await.unwrap().vanish().await;
    assert_eq!(engine.next().await, "a-1 offline");
    assert_eq!(engine.waiting(), [""; 0]);
    ingest.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_takes_its_own_session_over_was_never_gone() {
    let mut config = config();
    // Long enough that only a wrong count, never a slow machine, could let the first will out.
    config.will_grace = Duration::from_millis(200);
    let (ingest, mut engine, port) = broker(config, 16).await;
    let topic = format!("{AIR}/a-1/lwt");
    let with_will = || Login {
        will: Some((&topic, "offline")),
        ..login(port, "a-1")
    };
    let mut before = Device::connect(&with_will()).await.unwrap();
    let after = Device::connect(&with_will()).await.unwrap();
    before.closed().await;
    after
        .publish(&format!("{AIR}/a-1/tele"), QoS::AtMostOnce, r#"{"pm25":1}"#)
        .await;
    assert_eq!(engine.next().await, "e a-1 pm25=F64(1.0)");
    after.vanish().await;
    assert_eq!(engine.next().await, "a-1 offline");
    ingest.stop().await;
    assert_eq!(
        engine.waiting(),
        [""; 0],
        "one will, for the one session that was lost"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn overload_sheds_qos_0_to_the_message_and_names_whose() {
    let (ingest, mut engine, port) = broker(config(), 4).await;
    let mut one = device(port, "one").await;
    for n in 0..10 {
        one.publish(
            &format!("{AIR}/a-{n}/tele"),
            QoS::AtMostOnce,
            r#"{"pm25":1}"#,
        )
        .await;
    }
    one.publish(
        &format!("{AIR}/a-9/event"),
        QoS::AtMostOnce,
        r#"{"pm25":1}"#,
    )
    .await;
    // Refused by the access rules, behind all the others: its PUBACK says that they have been judged.
    one.publish("elsewhere", QoS::AtLeastOnce, "").await;
    assert_eq!(one.acknowledged().await, PubAckReason::NotAuthorized);

    let counts = ingest.status()[0].counts.clone();
    assert_eq!(counts.arrivals, 11);
    assert_eq!(counts.shed, [("tele", 6), ("event", 1)]);
    for n in 0..4 {
        assert_eq!(engine.next().await, format!("e a-{n} pm25=F64(1.0)"));
    }
    assert_eq!(engine.next().await, "shed a-4 a-5 a-6 a-7 a-8 a-9");
    assert_eq!(engine.waiting(), [""; 0]);
    ingest.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn overload_holds_qos_1_back_and_loses_none() {
    let (ingest, mut engine, port) = broker(config(), 1).await;
    let mut devices = Vec::new();
    for n in 0..8 {
        let device = device(port, &format!("d-{n}")).await;
        device
            .publish(
                &format!("{AIR}/a-{n}/tele"),
                QoS::AtLeastOnce,
                r#"{"pm25":1}"#,
            )
            .await;
        devices.push(device);
    }
    let heard = engine.next_sorted(8).await;
    let wanted: Vec<String> = (0..8).map(|n| format!("e a-{n} pm25=F64(1.0)")).collect();
    assert_eq!(heard, wanted);
    for device in &mut devices {
        assert_eq!(device.acknowledged().await, PubAckReason::Success);
    }
    assert_eq!(ingest.status()[0].counts.shed, []);
    ingest.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_that_speak_3_1_1_and_qos_2_are_served() {
    let (ingest, mut engine, port) = broker(config(), 16).await;
    let mut options = rumqttc::MqttOptions::new("old", "127.0.0.1", port);
    options.set_credentials("demo", "made at random");
    let (client, mut events) = rumqttc::AsyncClient::new(options, 10);
    let topic = format!("{AIR}/a-1/tele");
    for (qos, payload) in [
        (rumqttc::QoS::AtLeastOnce, r#"{"pm25":1}"#),
        (rumqttc::QoS::ExactlyOnce, r#"{"pm25":2}"#),
    ] {
        client.publish(&topic, qos, false, payload).await.unwrap();
    }
    let driver = tokio::spawn(async move {
        let mut confirmed = Vec::new();
        while confirmed.len() < 2 {
            match events.poll().await.unwrap() {
                rumqttc::Event::Incoming(rumqttc::Packet::PubAck(_)) => confirmed.push("PUBACK"),
                rumqttc::Event::Incoming(rumqttc::Packet::PubComp(_)) => confirmed.push("PUBCOMP"),
                _ => {}
            }
        }
        confirmed
    });
    assert_eq!(engine.next().await, "e a-1 pm25=F64(1.0)");
    assert_eq!(engine.next().await, "e a-1 pm25=F64(2.0)");
    assert_eq!(driver.await.unwrap(), ["PUBACK", "PUBCOMP"]);
    assert_eq!(engine.waiting(), [""; 0], "each once");
    ingest.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_giant_packet_costs_its_sender_the_connection_and_nobody_else() {
    let (ingest, mut engine, port) = broker(config(), 16).await;
    let mut giant = device(port, "giant").await;
    let other = device(port, "other").await;
    giant
        .publish(
            &format!("{AIR}/a-1/tele"),
            QoS::AtLeastOnce,
            vec![b'x'; 10_000_000],
        )
        .await;
    giant.closed().await;
    other
        .publish(&format!("{AIR}/a-2/tele"), QoS::AtMostOnce, r#"{"pm25":1}"#)
        .await;
    assert_eq!(engine.next().await, "e a-2 pm25=F64(1.0)");
    ingest.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn retained_states_outlive_a_restart_and_come_before_up() {
    let dir = tempfile::tempdir().unwrap();
    let mut kept = config();
    kept.store = Store::Folder(dir.path().to_owned());
    let (ingest, mut engine, port) = broker(kept.clone(), 16).await;
    let mut one = device(port, "one").await;
    one.publish_retained(&format!("{AIR}/a-1/state"), r#"{"pm25":7}"#)
        .await;
    assert_eq!(
        engine.next().await,
        "e a-1 pm25=F64(7.0)",
        "published now: no snapshot"
    );
    assert_eq!(one.acknowledged().await, PubAckReason::Success);
    one.disconnect().await;
    ingest.stop().await;

    let (out, mut engine) = town::engine::engine(16);
    let sources = vec![SourceConfig::Embedded(kept)];
    let again = start(sources, town::decoder(), Arc::new(town::StandingClock), out)
        .await
        .unwrap();
    assert_eq!(engine.next().await, "e a-1 pm25=F64(7.0) retained");
    assert_eq!(engine.next().await, "e up");
    assert_eq!(again.status()[0].state, SourceState::Up);
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_one_asset_speaks_for_that_asset_alone() {
    let mut config = config();
    config.users.push(User {
        name: "a-1".to_owned(),
        password: Password::Plain("its own".to_owned()),
        role: Role::Asset,
    });
    let (ingest, mut engine, port) = broker(config, 16).await;
    let login = |will| Login {
        port,
        id: "sensor",
        user: Some(("a-1", "its own")),
        will,
    };
    let theirs = format!("{AIR}/a-2/lwt");
    let refused = Device::connect(&login(Some((&theirs, "offline")))).await;
    assert!(refused.is_err(), "a will for another asset");

    let own = format!("{AIR}/a-1/lwt");
    let mut one = Device::connect(&login(Some((&own, "offline"))))
        .await
        .unwrap();
    for topic in [
        format!("{AIR}/a-2/tele"),
        format!("{AIR}/a-11/tele"),
        "ioc/v1/hn/env/air/a-1/tele".to_owned(),
    ] {
        one.publish(&topic, QoS::AtLeastOnce, r#"{"pm25":1}"#).await;
        assert_eq!(
            one.acknowledged().await,
            PubAckReason::NotAuthorized,
            "{topic}"
        );
    }
    one.publish(
        &format!("{AIR}/a-1/tele"),
        QoS::AtLeastOnce,
        r#"{"pm25":2}"#,
    )
    .await;
    assert_eq!(engine.next().await, "e a-1 pm25=F64(2.0)");
    assert_eq!(one.acknowledged().await, PubAckReason::Success);
    one.vanish().await;
    assert_eq!(engine.next().await, "a-1 offline");
    assert_eq!(ingest.status()[0].counts.refused, 4);
    ingest.stop().await;
}
