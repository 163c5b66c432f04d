//! Deadlines and the order of frames, over a pipe and a clock that tests move: nothing here waits for real.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use city::City;
use futures_util::{SinkExt, StreamExt};
use model::{Areas, Catalog, Clock, Lang, Localized, Time};
use tokio::io::{DuplexStream, ReadHalf, WriteHalf};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role as Side;

use super::{Context, Link as Ends, Shared, run};
use crate::edition::Edition;
use crate::hub::{Event, Frame, Outbox};
use crate::stats::Stats;
use crate::{GatewayConfig, Role, Session, Tokens};

struct NoonClock;

impl Clock for NoonClock {
    fn now(&self) -> Time {
        Time::from_millis(0)
    }
}

struct Anybody;

impl Tokens for Anybody {
    fn check(&self, token: &str) -> Option<Session> {
        Some(Session {
            name: token.into(),
            role: Role::Operator,
            expires: Time::MAX,
            areas: None,
        })
    }
}

/// What is shown: a city of nothing, for ever.
fn editions() -> watch::Receiver<Arc<Edition>> {
    let city = City {
        id: "khong".into(),
        name: Localized::same("Không"),
        time_zone: "Asia/Ho_Chi_Minh".into(),
        centre: (21.6, 105.8),
        zoom: 11.0,
        default_lang: Lang::Vi,
        catalog: Catalog::default(),
        areas: Areas::default(),
        assets: Vec::new(),
        calendars: BTreeMap::new(),
        rules: Vec::new(),
        rule_tests: Vec::new(),
        scenarios: Vec::new(),
        simulation: Vec::new(),
        wall: serde_json::Value::Null,
        dir: "nowhere".into(),
    };
    watch::channel(Arc::new(Edition::first(Arc::new(city), "e", "b"))).1
}

/// A client on the other end of a pipe of `pipe` bytes, and the hub's place for the test to sit in.
struct Link {
    client: WebSocketStream<DuplexStream>,
    events: mpsc::Receiver<Event>,
    stats: Arc<Stats>,
    _stop: watch::Sender<bool>,
}

async fn link(pipe: usize) -> Link {
    let (near, far) = tokio::io::duplex(pipe);
    let (events, events_out) = mpsc::channel(64);
    let (stop, closing) = watch::channel(false);
    let stats = Arc::new(Stats::new());
    let context = Context::new(Shared {
        config: Arc::new(GatewayConfig::default()),
        clock: Arc::new(NoonClock),
        tokens: Arc::new(Anybody),
        editions: editions(),
        events,
        stats: Arc::clone(&stats),
        closing,
    });
    tokio::spawn(async move {
        run(&context, ends(near), None).await;
    });
    Link {
        client: WebSocketStream::from_raw_socket(far, Side::Client, None).await,
        events: events_out,
        stats,
        _stop: stop,
    }
}

fn ends(pipe: DuplexStream) -> Ends<ReadHalf<DuplexStream>, WriteHalf<DuplexStream>> {
    let (reading, writing) = tokio::io::split(pipe);
    Ends {
        reading,
        writing,
        early: Vec::new(),
    }
}

impl Link {
    /// Says hello; gives the hub's side of the outbox.
    async fn hello(&mut self) -> Outbox {
        let hello = Message::text(r#"{"op":"hello","token":"an"}"#);
        self.client.send(hello).await.unwrap();
        assert!(self.text().await.starts_with('{'), "welcome");
        match self.events.recv().await {
            Some(Event::Join { outbox, .. }) => outbox,
            _ => panic!("the hub is told of the client first"),
        }
    }

    async fn text(&mut self) -> String {
        loop {
            match self.client.next().await {
                Some(Ok(Message::Text(text))) => return text.as_str().to_owned(),
                Some(Ok(Message::Ping(_))) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    async fn close_code(&mut self) -> u16 {
        loop {
            match self.client.next().await {
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(_)) => {}
                other => panic!("no close: {other:?}"),
            }
        }
    }

    fn frame(&self, letter: &str, length: usize, ticket: u64) -> Frame {
        Frame::with_receipt(letter.repeat(length).into(), ticket, &self.stats)
    }
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_at_first_is_closed() {
    let mut link = link(64 * 1024).await;
    let start = tokio::time::Instant::now();
    assert_eq!(link.close_code().await, 4001);
    assert_eq!(start.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn who_answers_no_ping_is_closed() {
    let mut link = link(64 * 1024).await;
    let _outbox = link.hello().await;
    // A client that is not polled sends no pongs.
    tokio::time::sleep(Duration::from_secs(70)).await;
    assert!(matches!(link.events.try_recv(), Ok(Event::Leave { .. })));
}

#[tokio::test(start_paused = true)]
async fn who_answers_pings_may_be_quiet_for_ever() {
    let mut link = link(64 * 1024).await;
    let _outbox = link.hello().await;
    let quiet = tokio::time::timeout(Duration::from_hours(1), link.close_code()).await;
    assert!(quiet.is_err(), "an hour later it is still there");
}

#[tokio::test(start_paused = true)]
async fn who_takes_nothing_for_thirty_seconds_is_closed_with_a_code() {
    let mut link = link(256).await;
    let outbox = link.hello().await;
    let start = tokio::time::Instant::now();
    outbox.state(link.frame("A", 1_000, 1)).unwrap();
    assert!(matches!(
        link.events.recv().await,
        Some(Event::Leave { .. })
    ));
    assert_eq!(start.elapsed().as_secs(), 30);
    assert_eq!(
        link.close_code().await,
        4008,
        "and when it reads on, it learns why"
    );
}

#[tokio::test(start_paused = true)]
async fn urgent_frames_overtake_state_and_positions_move_when_frames_are_taken() {
    let mut link = link(256).await;
    let outbox = link.hello().await;
    outbox.state(link.frame("A", 1_000, 1)).unwrap();
    // The writer is stuck in the first frame before the others come.
    tokio::task::yield_now().await;
    outbox.state(link.frame("B", 1_000, 2)).unwrap();
    outbox.urgent(link.frame("C", 1_000, 3)).unwrap();
    assert!(link.events.try_recv().is_err(), "nothing is taken yet");
    let mut order = String::new();
    for _ in 0..3 {
        order.push_str(&link.text().await[..1]);
    }
    assert_eq!(order, "ACB");
    let mut tickets = Vec::new();
    for _ in 0..3 {
        if let Some(Event::Taken { taken, .. }) = link.events.recv().await {
            tickets.push(taken.ticket);
        }
    }
    assert_eq!(tickets, [1, 3, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_long_frame_comes_in_fragments_that_make_one_message() {
    let mut link = link(4_096).await;
    let outbox = link.hello().await;
    outbox.state(link.frame("ế", 100_000, 1)).unwrap();
    assert_eq!(link.text().await, "ế".repeat(100_000));
}

#[tokio::test]
async fn a_quiet_connection_is_small() {
    let (near, _far) = tokio::io::duplex(64);
    let (events, _events_out) = mpsc::channel(1);
    let (_stop, closing) = watch::channel(false);
    let context = Context::new(Shared {
        config: Arc::new(GatewayConfig::default()),
        clock: Arc::new(NoonClock),
        tokens: Arc::new(Anybody),
        editions: editions(),
        events,
        stats: Arc::new(Stats::new()),
        closing,
    });
    let size = size_of_val(&run(&context, ends(near), None));
    assert!(size < 4_000, "a connection's task is {size} bytes");
}
