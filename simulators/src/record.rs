//! Captures what a broker delivers into a recording.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use model::{Clock, Span, Time};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{
    Filter, Packet, Publish, RetainForwardRule, SubAck, SubscribeReasonCode,
};
use rumqttc::v5::{AsyncClient, Event, EventLoop};
use tokio::time::{Instant, sleep_until};

use crate::broker::{Broker, BrokerError};
use crate::mqtt::run_name;
use crate::recording::{Recorded, write_header, write_message};

/// What was received is on its way to the file after this long, so that even `kill -9` loses little.
const FLUSH_EVERY: Duration = Duration::from_millis(200);
const PAUSE: Duration = Duration::from_secs(1);
/// The largest message that is recorded.
const MAX_PACKET: u32 = 16 << 20;
const REQUESTS: usize = 16;

/// Why there is no recording, or none any more.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The broker.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// It does not let us subscribe.
    #[error(
        "the broker refuses the subscription of '{topic}': {why:?}; choose others with --topic"
    )]
    Refused {
        /// Which.
        topic: String,
        /// What it said.
        why: SubscribeReasonCode,
    },
    /// Not a filter.
    #[error("'{0}' is no topic filter; write it as a/b, a/+/c or a/#")]
    Filter(String),
    /// The file.
    #[error("cannot write the recording: {0}")]
    Write(#[from] std::io::Error),
}

/// What was recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Capture {
    /// Messages.
    pub messages: u64,
    /// Bytes of their payloads.
    pub bytes: u64,
    /// How often the broker was lost and found again; what it did not keep for us meanwhile is missing.
    pub reconnects: u64,
}

/// Writes every message of these topics until `shutdown`. `ready` is told once the subscriptions stand.
pub async fn run(
    broker: &Broker,
    topics: &[String],
    out: &mut impl Write,
    clock: Arc<dyn Clock>,
    ready: impl FnOnce(),
    shutdown: impl Future<Output = ()>,
) -> Result<Capture, RecordError> {
    let began = clock.now();
    if let Some(wrong) = topics.iter().find(|t| !rumqttc::valid_filter(t)) {
        return Err(RecordError::Filter(wrong.clone()));
    }
    let mut options = broker.options(&format!("ioc-sim-{}", run_name("record", began)));
    options.set_max_packet_size(Some(MAX_PACKET));
    let (client, mut events) = AsyncClient::new(options, REQUESTS);
    broker.first_connection(&mut events).await?;
    write_header(out, began.millis())?;
    let mut recorder = Recorder {
        client,
        filters: topics.iter().map(|topic| filter(topic)).collect(),
        clock,
        began,
        capture: Capture::default(),
        ready: Some(ready),
        flush_at: None,
        quiet_until: Instant::now(),
    };
    recorder.subscribe();
    tokio::pin!(shutdown);
    loop {
        // Only with something to flush: a timer that always ran would cut every slow connection attempt short.
        let flush_at = recorder.flush_at;
        tokio::select! {
            () = &mut shutdown => break,
            () = sleep_until(flush_at.unwrap_or(recorder.quiet_until)), if flush_at.is_some() => {
                out.flush()?;
                recorder.flush_at = None;
            }
            heard = recorder.hear(&mut events, out) => heard?,
        }
    }
    out.flush()?;
    Ok(recorder.capture)
}

/// Retained messages once, at the first subscription, and live ones with the flag they were published with.
fn filter(topic: &str) -> Filter {
    Filter {
        path: topic.to_owned(),
        qos: QoS::AtLeastOnce,
        nolocal: false,
        preserve_retain: true,
        retain_forward_rule: RetainForwardRule::OnNewSubscribe,
    }
}

struct Recorder<F> {
    client: AsyncClient,
    filters: Vec<Filter>,
    clock: Arc<dyn Clock>,
    began: Time,
    capture: Capture,
    ready: Option<F>,
    /// When what was written last goes to the file at the latest.
    flush_at: Option<Instant>,
    /// After a loss: not to be tried again before.
    quiet_until: Instant,
}

impl<F: FnOnce()> Recorder<F> {
    /// Takes one event of the connection; after a loss waits a moment, then connects anew.
    async fn hear(
        &mut self,
        events: &mut EventLoop,
        out: &mut impl Write,
    ) -> Result<(), RecordError> {
        sleep_until(self.quiet_until).await;
        match events.poll().await {
            Ok(Event::Incoming(Packet::Publish(publish))) => self.keep(publish, out)?,
            Ok(Event::Incoming(Packet::ConnAck(ack))) => {
                self.capture.reconnects += 1;
                if !ack.session_present {
                    self.subscribe();
                }
            }
            Ok(Event::Incoming(Packet::SubAck(ack))) => self.subscribed(&ack)?,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "lost the broker; what it does not keep for us is missing");
                self.quiet_until = Instant::now() + PAUSE;
            }
        }
        Ok(())
    }

    fn subscribe(&mut self) {
        if let Err(error) = self.client.try_subscribe_many(self.filters.clone()) {
            tracing::warn!(%error, "cannot ask for the subscriptions");
        }
    }

    fn subscribed(&mut self, ack: &SubAck) -> Result<(), RecordError> {
        for (code, filter) in ack.return_codes.iter().zip(&self.filters) {
            if !matches!(code, SubscribeReasonCode::Success(_)) {
                return Err(RecordError::Refused {
                    topic: filter.path.clone(),
                    why: *code,
                });
            }
        }
        if let Some(ready) = self.ready.take() {
            ready();
        }
        Ok(())
    }

    fn keep(&mut self, publish: Publish, out: &mut impl Write) -> Result<(), RecordError> {
        let after = self.clock.now().since(self.began).max(Span::ZERO);
        let Ok(topic) = String::from_utf8(publish.topic.to_vec()) else {
            tracing::warn!(topic = ?publish.topic, "a topic that is not UTF-8 is not recorded");
            return Ok(());
        };
        let message = Recorded {
            after,
            topic,
            payload: publish.payload,
            retain: publish.retain,
            confirmed: publish.qos != QoS::AtMostOnce,
        };
        self.flush_at
            .get_or_insert_with(|| Instant::now() + FLUSH_EVERY);
        self.capture.messages += 1;
        self.capture.bytes += message.payload.len() as u64;
        Ok(write_message(out, &message)?)
    }
}
