//! `ioc-sim record` and `replay` against real brokers: what was published comes out again, the same and in the same order.

mod support;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Filter, Packet};
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use support::mosquitto::{Mosquitto, PATIENCE};

const IOC_SIM: &str = env!("CARGO_BIN_EXE_ioc-sim");

/// Topic, payload, retained, `QoS`.
type Told = (String, Vec<u8>, bool, u8);

fn told(topic: &str, payload: &[u8], retain: bool, qos: u8) -> Told {
    (topic.to_owned(), payload.to_vec(), retain, qos)
}

/// What a town says: native readings, another's binary, a state that is kept and then deleted, an empty payload.
fn traffic() -> Vec<Told> {
    let mut traffic = vec![
        told(
            "ioc/v1/hamlet/net/ap/ap-1/state",
            br#"{"apState":"up"}"#,
            true,
            1,
        ),
        told("đèn/đường 7", b"b\xe1\xba\xadt", false, 0),
        told("foreign/binary", b"\x00\xff\xfe\n\r\"", false, 1),
        told("foreign/empty", b"", false, 1),
    ];
    for n in 0..300 {
        let payload = format!(r#"{{"seq":{n},"v":{{"height":20.5}}}}"#);
        let qos = u8::from(n % 3 != 0);
        traffic.push(told(
            "ioc/v1/hamlet/water/gauge/wl-1/tele",
            payload.as_bytes(),
            false,
            qos,
        ));
    }
    traffic.push(told("ioc/v1/hamlet/net/ap/ap-1/state", b"", true, 1));
    traffic
}

/// A file name in a folder of the test's own, which goes away with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("ioc-sim-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a temporary folder");
        Self(dir)
    }

    fn file(&self) -> PathBuf {
        self.0.join("traffic.jsonl")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("{}: {error}", self.0.display());
        }
    }
}

/// `ioc-sim record` as a process.
struct Recorder {
    child: Child,
    file: PathBuf,
}

impl Recorder {
    /// Returns once its subscription stands.
    fn start(broker: &Mosquitto, file: &Path) -> Self {
        let mut child = Command::new(IOC_SIM)
            .args(["record", "--mqtt", &url(broker)])
            .arg(file)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let out = child.stdout.as_mut().expect("its output");
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).expect("a line");
        assert!(line.starts_with("recording to "), "{line}");
        let file = file.to_owned();
        Self { child, file }
    }

    /// Waits until so many messages are in the file.
    fn until(&self, messages: usize) {
        let deadline = Instant::now() + PATIENCE;
        while lines(&self.file).len() < messages + 1 {
            assert!(
                Instant::now() < deadline,
                "{} lines",
                lines(&self.file).len()
            );
            std::thread::yield_now();
        }
    }

    fn interrupt(mut self) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status();
        assert!(sent.is_ok_and(|status| status.success()));
        assert!(self.child.wait().expect("its end").success());
    }

    fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("its end");
    }
}

fn lines(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn url(broker: &Mosquitto) -> String {
    format!("mqtt://127.0.0.1:{}", broker.port())
}

fn replay(broker: &Mosquitto, file: &Path, speed: &str) -> Output {
    Command::new(IOC_SIM)
        .args(["replay", "--speed", speed, "--mqtt", &url(broker)])
        .arg(file)
        .output()
        .expect("the binary runs")
}

fn client(broker: &Mosquitto, name: &str) -> (AsyncClient, EventLoop) {
    let mut options = MqttOptions::new(name, "127.0.0.1", broker.port());
    options.set_keep_alive(Duration::from_mins(1));
    AsyncClient::new(options, 1_000)
}

/// A subscriber that sees the retained flag messages were published with.
async fn subscriber(broker: &Mosquitto) -> EventLoop {
    let (client, mut events) = client(broker, "test-subscriber");
    let mut all = Filter::new("#", QoS::AtLeastOnce);
    all.preserve_retain = true;
    client.subscribe_many([all]).await.expect("room for it");
    while !matches!(
        events.poll().await.expect("a connection"),
        Event::Incoming(Packet::SubAck(_))
    ) {}
    events
}

async fn receive(events: &mut EventLoop, count: usize) -> Vec<Told> {
    let mut received = Vec::new();
    while received.len() < count {
        let event = tokio::time::timeout(PATIENCE, events.poll()).await;
        if let Event::Incoming(Packet::Publish(p)) =
            event.expect("a message").expect("a connection")
        {
            let topic = String::from_utf8(p.topic.to_vec()).expect("UTF-8");
            received.push((topic, p.payload.to_vec(), p.retain, p.qos as u8));
        }
    }
    received
}

/// Message for message. A broker whose window is full holds `QoS` 1 back and lets `QoS` 0 pass, so each has its own order.
fn assert_same_order(received: &[Told], sent: &[Told]) {
    for qos in [0, 1] {
        let of = |messages: &[Told]| -> Vec<Told> {
            messages.iter().filter(|m| m.3 == qos).cloned().collect()
        };
        assert_eq!(of(received), of(sent), "QoS {qos}");
    }
}

/// Publishes in order, and returns when everything with `QoS` 1 is confirmed.
async fn publish(broker: &Mosquitto, messages: &[Told]) {
    let (client, mut events) = client(broker, "test-publisher");
    for (topic, payload, retain, qos) in messages {
        let qos = if *qos == 1 {
            QoS::AtLeastOnce
        } else {
            QoS::AtMostOnce
        };
        client
            .try_publish(topic, qos, *retain, payload.clone())
            .expect("room for a message");
    }
    let mut open = messages.iter().filter(|m| m.3 == 1).count();
    while open > 0 {
        if let Event::Incoming(Packet::PubAck(_)) = events.poll().await.expect("a connection") {
            open -= 1;
        }
    }
}

#[tokio::test]
async fn what_was_recorded_comes_out_again_the_same_and_in_the_same_order() {
    let (Some(one), Some(other)) = (Mosquitto::start(), Mosquitto::start()) else {
        return;
    };
    let scratch = Scratch::new("replay");
    let recorder = Recorder::start(&one, &scratch.file());
    publish(&one, &traffic()).await;
    recorder.until(traffic().len());
    recorder.interrupt();

    let mut screen = subscriber(&other).await;
    let output = replay(&other, &scratch.file(), "50");

    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(
        text.starts_with(&format!("played {} ", traffic().len())),
        "{text}"
    );
    assert_same_order(&receive(&mut screen, traffic().len()).await, &traffic());
}

#[tokio::test]
async fn a_killed_recorder_leaves_good_lines_and_half_a_line_is_said_and_left_out() {
    let Some(broker) = Mosquitto::start() else {
        return;
    };
    let scratch = Scratch::new("cut");
    let recorder = Recorder::start(&broker, &scratch.file());
    publish(&broker, &traffic()).await;
    recorder.until(traffic().len());
    recorder.kill();
    let text = std::fs::read(scratch.file()).expect("the recording");
    std::fs::write(scratch.file(), &text[..text.len() - 5]).expect("the recording");

    let mut screen = subscriber(&broker).await;
    let output = replay(&broker, &scratch.file(), "50");

    let complaint = String::from_utf8_lossy(&output.stderr);
    let line = traffic().len() + 1;
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert!(
        complaint.contains(&format!("line {line} is cut off")),
        "{complaint}"
    );
    // The last to come is the last that was sent: `QoS` 1 keeps its order, and nothing else is held back.
    let good = &traffic()[..traffic().len() - 1];
    assert_same_order(&receive(&mut screen, good.len()).await, good);
}

#[tokio::test]
async fn a_replay_keeps_the_times_and_speed_shortens_them() {
    let Some(broker) = Mosquitto::start() else {
        return;
    };
    let scratch = Scratch::new("speed");
    let recording = "{\"recording\":\"ioc-sim\",\"version\":1,\"began\":0}\n\
        {\"at\":0,\"topic\":\"a\",\"qos\":1,\"text\":\"\"}\n\
        {\"at\":3000,\"topic\":\"b\",\"qos\":1,\"text\":\"\"}\n";
    std::fs::write(scratch.file(), recording).expect("a recording");
    let mut screen = subscriber(&broker).await;
    let file = scratch.file();
    let begun = Instant::now();

    let output = tokio::task::spawn_blocking(move || replay(&broker, &file, "10"));
    receive(&mut screen, 1).await;
    let first = begun.elapsed();
    receive(&mut screen, 1).await;
    let second = begun.elapsed();

    assert!(output.await.expect("its end").status.success());
    // Never early, whatever the machine does.
    assert!(second >= Duration::from_millis(300), "{second:?}");
    assert!(first < second);
}

#[test]
fn what_stands_in_the_way_is_said_in_one_line() {
    let scratch = Scratch::new("usage");
    let check = |arguments: &[&str], code: i32, says: &str| {
        let output = Command::new(IOC_SIM)
            .args(arguments)
            .arg(scratch.file())
            .output()
            .expect("the binary runs");
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(text.contains(says), "{arguments:?}: {text}");
    };
    let nobody = "mqtt://127.0.0.1:1";
    check(&["replay", "--mqtt", nobody], 2, "cannot read");
    check(&["record", "--mqtt", nobody], 3, "start the broker");
    assert!(!scratch.file().exists(), "what never began leaves no file");
    check(
        &["record", "--mqtt", nobody, "--topic", "a/#/b"],
        2,
        "'a/#/b' is no topic filter",
    );
    std::fs::write(scratch.file(), "something else\n").expect("a file");
    check(&["record", "--mqtt", nobody], 3, "choose another name");
    check(
        &["replay", "--mqtt", nobody],
        1,
        "line 1: this is no recording",
    );
}
