//! Sessions with a real broker: what is kept, what comes again, and what the engine is told.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod town;

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use ingest::{
    BrokerAddress, Credentials, Ingest, MqttVersion, RemoteConfig, SourceConfig, SourceState,
    TlsFiles, start,
};
use model::SourceName;
use town::broker::{Mosquitto, installed, mosquitto};
use town::client::{Device, Login, QoS};
use town::engine::{Engine, engine};

const AIR: &str = "ioc/v1/tn/env/air";

fn config(port: u16, version: MqttVersion) -> RemoteConfig {
    let address = BrokerAddress {
        host: "127.0.0.1".to_owned(),
        port,
        tls: false,
    };
    let topics = vec!["ioc/v1/tn/#".to_owned()];
    let mut config = RemoteConfig::new(SourceName::new("m"), address, "ioc-test", topics);
    config.version = version;
    config.first_pause = Duration::from_millis(20);
    config.longest_pause = Duration::from_millis(200);
    config
}

async fn ingest(config: RemoteConfig, places: usize) -> (Ingest, Engine) {
    let (out, engine) = engine(places);
    let sources = vec![SourceConfig::Remote(config)];
    let ingest = start(sources, town::decoder(), Arc::new(town::StandingClock), out)
        .await
        .unwrap();
    (ingest, engine)
}

async fn device(broker: &Mosquitto) -> Device {
    let login = Login {
        port: broker.port,
        id: "device",
        user: None,
        will: None,
    };
    Device::connect(&login).await.unwrap()
}

/// Publishes so many readings of QoS 1, the broker having taken them all.
async fn publish(device: &mut Device, range: std::ops::Range<u32>) {
    for n in range.clone() {
        device
            .publish(
                &format!("{AIR}/a-{n}/tele"),
                QoS::AtLeastOnce,
                format!(r#"{{"pm25":{n}}}"#),
            )
            .await;
    }
    for _ in range {
        device.acknowledged().await;
    }
}

fn reading(n: u32) -> String {
    format!("m a-{n} pm25=F64({n}.0)")
}

/// Waits for an outcome that no message announces.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let waited = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(town::client::PATIENCE, waited)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"));
}

const BOTH: [MqttVersion; 2] = [MqttVersion::V5, MqttVersion::V311];

#[tokio::test(flavor = "multi_thread")]
async fn a_source_is_up_after_its_retained_messages() {
    for version in BOTH {
        let Some(broker) = mosquitto("") else { return };
        let mut device = device(&broker).await;
        device
            .publish_retained(&format!("{AIR}/a-7/state"), r#"{"pm25":7}"#)
            .await;
        device.acknowledged().await;
        let (ingest, mut engine) = ingest(config(broker.port, version), 100).await;
        assert_eq!(engine.next().await, "m a-7 pm25=F64(7.0) retained");
        assert_eq!(engine.next().await, "m up");
        publish(&mut device, 1..2).await;
        assert_eq!(engine.next().await, reading(1));
        assert_eq!(ingest.status()[0].state, SourceState::Up);
        ingest.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_while_we_were_away_is_through_before_up() {
    for version in BOTH {
        let Some(broker) = mosquitto("") else { return };
        let (first, mut engine) = ingest(config(broker.port, version), 100).await;
        assert_eq!(engine.next().await, "m up");
        first.stop().await;
        publish(&mut device(&broker).await, 0..200).await;

        let (again, mut engine) = ingest(config(broker.port, version), 1_000).await;
        for n in 0..200 {
            assert_eq!(engine.next().await, reading(n), "{version:?}");
        }
        assert_eq!(engine.next().await, "m up");
        again.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_city_that_never_falls_silent_is_up_once_its_backlog_is_through() {
    const WINDOW: usize = 20; // mosquitto's own
    let Some(broker) = mosquitto("") else { return };
    let mut config = config(broker.port, MqttVersion::V5);
    config.catch_up_limit = Duration::from_hours(1);
    let (first, mut engine) = ingest(config.clone(), 1_000).await;
    assert_eq!(engine.next().await, "m up");
    first.stop().await;
    let mut device = device(&broker).await;
    publish(&mut device, 0..115).await;

    let (again, mut engine) = ingest(config, 1_000).await;
    // Commits of a window each, until fifteen are left.
    for _ in 0..5 {
        let mut commit = Vec::new();
        while commit.len() < WINDOW {
            let (text, ack) = engine.receive().await;
            assert_ne!(text, "m up", "the backlog is not through");
            commit.extend(ack);
        }
        commit.into_iter().for_each(ingest::Ack::release);
    }
    // From now on fifteen are on their way at any time: for each that is committed another one comes.
    let mut held = Vec::new();
    loop {
        let (text, ack) = engine.receive().await;
        if text == "m up" {
            break;
        }
        held.extend(ack);
        if held.len() == 15 {
            held.drain(..).for_each(ingest::Ack::release);
            publish(&mut device, 0..15).await;
        }
    }
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_broker_sends_the_unacknowledged_again_and_no_old_acknowledgement_reaches_it() {
    for version in BOTH {
        let Some(mut broker) = mosquitto("") else {
            return;
        };
        let (ingest, mut engine) = ingest(config(broker.port, version), 100).await;
        assert_eq!(engine.next().await, "m up");
        publish(&mut device(&broker).await, 1..3).await;
        let (text, first) = engine.receive().await;
        assert_eq!(text, reading(1));
        let (text, second) = engine.receive().await;
        assert_eq!(text, reading(2));

        broker.stop();
        assert_eq!(engine.next().await, "m down");
        broker.start();
        let (text, again) = engine.receive().await;
        assert_eq!(text, reading(1), "{version:?}");
        // The old acknowledgements carry packet ids that mean these messages again: they must not count.
        first.unwrap().release();
        second.unwrap().release();
        assert_eq!(ingest.status()[0].counts.stale_acks, 2);
        again.unwrap().release();
        let (text, never) = engine.receive().await;
        assert_eq!(text, reading(2));
        until("the acknowledgement leaves", || {
            ingest.status()[0].counts.acks == 1
        })
        .await;
        ingest.stop().await;

        // Only the one that was never acknowledged comes a third time.
        drop(never);
        let (last, mut engine) = self::ingest(config(broker.port, version), 100).await;
        assert_eq!(engine.next().await, reading(2), "{version:?}");
        assert_eq!(engine.next().await, "m up");
        last.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_lost_every_session_gets_the_subscriptions_again() {
    for version in BOTH {
        let Some(mut broker) = mosquitto("") else {
            return;
        };
        let (ingest, mut engine) = ingest(config(broker.port, version), 100).await;
        assert_eq!(engine.next().await, "m up");
        for n in 0..3 {
            broker.kill();
            assert_eq!(engine.next().await, "m down", "{version:?}");
            broker.start();
            assert_eq!(engine.next().await, "m up", "{version:?}");
            publish(&mut device(&broker).await, n..n + 1).await;
            assert_eq!(engine.next().await, reading(n), "{version:?}");
        }
        let status = &ingest.status()[0];
        assert_eq!((status.counts.connects, status.counts.losses), (4, 3));
        ingest.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_not_there_is_down_once_and_up_when_it_comes() {
    let Some(mut broker) = mosquitto("") else {
        return;
    };
    broker.kill();
    let (ingest, mut engine) = ingest(config(broker.port, MqttVersion::V5), 100).await;
    assert_eq!(engine.next().await, "m down");
    until("another try", || {
        matches!(ingest.status()[0].state, SourceState::Down(_))
    })
    .await;
    broker.start();
    assert_eq!(engine.next().await, "m up");
    ingest.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_engine_holds_qos_1_at_the_broker_and_loses_none() {
    for version in BOTH {
        let Some(broker) = mosquitto("") else { return };
        let mut slow = config(broker.port, version);
        slow.receive_maximum = 50;
        let (ingest, mut engine) = ingest(slow, 2).await;
        assert_eq!(engine.next().await, "m up");
        publish(&mut device(&broker).await, 0..500).await;
        until("the queue is full", || engine.depth() == 2).await;
        for n in 0..500 {
            assert_eq!(engine.next().await, reading(n), "{version:?}");
        }
        assert_eq!(ingest.status()[0].counts.shed, []);
        ingest.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_megabytes_do_not_break_the_session() {
    for version in BOTH {
        let Some(broker) = mosquitto("") else { return };
        let (ingest, mut engine) = ingest(config(broker.port, version), 100).await;
        assert_eq!(engine.next().await, "m up");
        let mut device = device(&broker).await;
        device
            .publish(
                &format!("{AIR}/a-0/tele"),
                QoS::AtLeastOnce,
                vec![b'x'; 10_000_000],
            )
            .await;
        device.acknowledged().await;
        publish(&mut device, 1..2).await;
        if version == MqttVersion::V311 {
            // MQTT 5 announces the limit and the broker keeps the message to itself; 3.1.1 cannot.
            let told = "m dead: too_large: 10000000 bytes; at most 65536 are allowed";
            assert_eq!(engine.next().await, told);
        }
        assert_eq!(engine.next().await, reading(1), "{version:?}");
        assert_eq!(ingest.status()[0].counts.losses, 0);
        ingest.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_login_is_named_and_the_right_one_comes_in() {
    let Some(mut broker) = mosquitto("") else {
        return;
    };
    broker.kill();
    let file = broker.dir().join("passwords");
    let made = Command::new("mosquitto_passwd")
        .arg("-b")
        .arg("-c")
        .args([file.as_os_str(), "ioc".as_ref(), "right".as_ref()])
        .status();
    assert!(made.unwrap().success());
    broker.configure(&format!("password_file {}", file.display()));
    broker.start();
    let mut login = config(broker.port, MqttVersion::V5);
    login.credentials = Some(Credentials {
        user: "ioc".to_owned(),
        password: "wrong".to_owned(),
    });
    let (refused, mut engine) = ingest(login.clone(), 10).await;
    assert_eq!(engine.next().await, "m down");
    let state = refused.status()[0].state.clone();
    assert!(
        matches!(&state, SourceState::Down(why) if why.contains("NotAuthorized")),
        "{state:?}"
    );
    refused.stop().await;

    login.credentials = Some(Credentials {
        user: "ioc".to_owned(),
        password: "right".to_owned(),
    });
    let (ingest, mut engine) = ingest(login, 10).await;
    assert_eq!(engine.next().await, "m up");
    ingest.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_trusts_the_given_authority_and_no_other() {
    let Some(plain) = mosquitto("") else { return };
    if installed("openssl").is_none() {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "openssl must be installed in CI"
        );
        eprintln!("skipped: openssl is not installed");
        return;
    }
    for name in ["server", "stranger"] {
        certificate(plain.dir(), name);
    }
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let dir = plain.dir().display();
    let extra =
        format!("listener {port} 127.0.0.1\ncertfile {dir}/server.pem\nkeyfile {dir}/server.key");
    let Some(_broker) = mosquitto(&extra) else {
        return;
    };
    for (authority, heard) in [("stranger", "m down"), ("server", "m up")] {
        for version in BOTH {
            let mut secure = config(port, version);
            secure.address.tls = true;
            secure.tls = Some(TlsFiles {
                ca: plain.dir().join(format!("{authority}.pem")),
                identity: None,
            });
            let (ingest, mut engine) = ingest(secure, 10).await;
            assert_eq!(engine.next().await, heard, "{version:?}");
            ingest.stop().await;
        }
    }
}

/// A certificate for 127.0.0.1 that is its own authority.
fn certificate(dir: &std::path::Path, name: &str) {
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
        ])
        .args([
            "-subj",
            "/CN=127.0.0.1",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
        ])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args([
            "-keyout",
            &format!("{name}.key"),
            "-out",
            &format!("{name}.pem"),
        ])
        .current_dir(dir)
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
}
