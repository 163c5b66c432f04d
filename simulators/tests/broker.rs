//! A run against a real broker: everything that is sent arrives and is confirmed.
//! Needs mosquitto; without it the tests say so and pass, except under CI=true.

mod support;

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use model::{Clock, Span, Time};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use simulators::living_city::{self, Config, RunError};
use simulators::load::{self, Load};
use simulators::{Broker, Form};
use support::mosquitto::{Mosquitto, certificate};
use support::{START, hamlet};
use tokio::sync::oneshot;

/// A subscriber that has everything of the city sent to it.
async fn subscriber(broker: &Mosquitto) -> EventLoop {
    let mut options = MqttOptions::new("test-subscriber", "127.0.0.1", broker.port());
    options.set_keep_alive(Duration::from_mins(1));
    let (client, mut events) = AsyncClient::new(options, 10);
    client
        .subscribe("ioc/v1/#", QoS::AtLeastOnce)
        .await
        .expect("room for a subscription");
    while !matches!(
        events.poll().await.expect("a connection"),
        Event::Incoming(Packet::SubAck(_))
    ) {}
    events
}

/// A minute passes in a second.
struct Fast(Instant);

impl Clock for Fast {
    fn now(&self) -> Time {
        Time::from_millis(START.millis() + self.0.elapsed().as_millis() as i64 * 60)
    }
}

fn config(mqtt: Broker) -> Config {
    Config {
        city: hamlet(),
        mqtt,
        seed: 7,
        rate: 1.0,
        scenario: Some("flood".to_owned()),
        ledger: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_arrives_and_is_confirmed() {
    let Some(broker) = Mosquitto::start() else {
        return;
    };
    let mut events = subscriber(&broker).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let run = tokio::spawn(living_city::run(
        config(broker.address()),
        Arc::new(Fast(Instant::now())),
        async {
            // A dropped sender stops the run as well.
            stopped.await.unwrap_or_default();
        },
    ));
    let mut topics = BTreeSet::new();
    let mut received = 0;
    // Enough for the cut at minute 2 and the river that follows.
    while received < 1_500 {
        if let Event::Incoming(Packet::Publish(publish)) = events.poll().await.unwrap() {
            received += 1;
            topics.insert(String::from_utf8(publish.topic.to_vec()).unwrap());
        }
    }
    stop.send(()).unwrap();
    let totals = run.await.unwrap().unwrap();
    let left = totals.traffic.sent - received;
    for _ in 0..left {
        while !matches!(
            events.poll().await.unwrap(),
            Event::Incoming(Packet::Publish(_))
        ) {}
    }
    assert_eq!(totals.traffic.sent, totals.traffic.queued);
    assert_eq!(totals.traffic.acked, totals.traffic.to_confirm);
    assert_eq!(totals.traffic.reconnects, 0);
    assert_eq!(totals.devices, 31);
    for topic in [
        "ioc/v1/hamlet/water/gauge/wl-1/tele",
        "ioc/v1/hamlet/net/ring/ring-a/state",
    ] {
        assert!(topics.contains(topic), "{topic} of {topics:?}");
    }
    assert!(!topics.iter().any(|t| t.contains("/ap-12/")), "planned");
}

/// The real pace of time; tests read it through the monotonic clock.
struct Steady(Instant);

impl Clock for Steady {
    fn now(&self) -> Time {
        Time::from_millis(START.millis() + self.0.elapsed().as_millis() as i64)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_offers_what_was_asked_for_and_every_message_is_confirmed() {
    let Some(broker) = Mosquitto::start() else {
        return;
    };
    let load = Load {
        city: hamlet(),
        mqtt: broker.address(),
        seed: 7,
        assets: 20,
        rate: 400.0,
        duration: Span::from_secs(2),
        connections: 3,
        confirmed: true,
        form: Form::Native,
        live: None,
        // Whether this machine kept the pace is not what is tested.
        most_lag: Span::from_mins(1),
    };
    let clock = Arc::new(Steady(Instant::now()));
    let report = load::run(load, clock, std::future::pending())
        .await
        .unwrap();
    let traffic = report.traffic;
    // Twenty devices, forty reports each, and the state messages.
    assert!((800..900).contains(&traffic.queued), "{traffic:?}");
    assert_eq!(traffic.sent, traffic.queued);
    assert_eq!(traffic.acked, traffic.to_confirm);
    assert_eq!(traffic.to_confirm, traffic.queued);
    assert_eq!(report.own_lag.len(), traffic.queued);
    assert!(!report.lagged);
}

#[tokio::test]
async fn over_tls_only_the_given_authority_is_trusted() {
    let dir = tempfile::tempdir().unwrap();
    let own = certificate(dir.path(), "server") && certificate(dir.path(), "stranger");
    let Some(broker) = own.then(|| Mosquitto::secure(dir.path())).flatten() else {
        return;
    };
    let url = format!("mqtts://127.0.0.1:{}", broker.port());
    let trusting = |name| {
        let ca = dir.path().join(name);
        Broker::parse(&url, None, Some(&ca)).unwrap()
    };
    let run = |mqtt| {
        let clock = Arc::new(Fast(Instant::now()));
        living_city::run(config(mqtt), clock, std::future::ready(()))
    };
    let refused = run(trusting("stranger.pem")).await.unwrap_err();
    assert!(matches!(refused, RunError::Broker(_)), "{refused}");
    run(trusting("server.pem")).await.unwrap();
}

#[tokio::test]
async fn no_broker_is_said_in_one_line_that_helps() {
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|l| l.local_addr())
        .unwrap()
        .port();
    let nobody = Broker::parse(&format!("mqtt://127.0.0.1:{port}"), None, None).unwrap();
    let clock = Arc::new(Fast(Instant::now()));
    let error = living_city::run(config(nobody), clock, std::future::pending())
        .await
        .unwrap_err();
    assert!(matches!(error, RunError::Broker(_)));
    let text = error.to_string();
    assert!(
        !text.contains('\n') && text.contains("start the broker"),
        "{text}"
    );
}
