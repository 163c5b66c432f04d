//! Plays a recording back to a broker: the same messages in the same order, at their times or faster.

use std::io::BufRead;
use std::sync::Arc;
use std::time::Duration;

use model::{Clock, Span, Time};
use tokio::time::sleep;

use crate::broker::{Broker, BrokerError};
use crate::message::Message;
use crate::mqtt::{Lanes, Traffic, run_name};
use crate::recording::{Recorded, Recording, RecordingError};

const GOODBYE: Duration = Duration::from_secs(10);

/// Why nothing was played, or not all of it.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The broker.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// The connection's task ended early.
    #[error("the connection to the broker is gone: {0}")]
    Gone(Box<rumqttc::v5::ClientError>),
}

/// What was played.
#[derive(Debug)]
pub struct Played {
    /// What the broker got.
    pub traffic: Traffic,
    /// The longest a message left after its time.
    pub longest_lag: Span,
    /// What ended it before the end of the recording; everything before was played.
    pub stopped_by: Option<RecordingError>,
}

/// Plays until the end, until something in the recording cannot be played, or until `shutdown`.
pub async fn run(
    mut recording: Recording<impl BufRead>,
    broker: &Broker,
    speed: f64,
    clock: Arc<dyn Clock>,
    shutdown: impl Future<Output = ()>,
) -> Result<Played, ReplayError> {
    let start = clock.now();
    // One connection: on two, messages could overtake each other.
    let mut lanes = Lanes::open(broker, &run_name("replay", start), 1).await?;
    let mut longest_lag = Span::ZERO;
    let mut stopped_by = None;
    tokio::pin!(shutdown);
    loop {
        let message = match recording.next_message() {
            Ok(Some(message)) => message,
            Ok(None) => break,
            Err(error) => {
                stopped_by = Some(error);
                break;
            }
        };
        let due = due(start, message.after, speed);
        let waiting = due.since(clock.now()).millis().max(0).unsigned_abs();
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            () = sleep(Duration::from_millis(waiting)), if waiting > 0 => {}
            () = std::future::ready(()), if waiting == 0 => {}
        }
        tokio::select! {
            () = &mut shutdown => break,
            sent = lanes.send(as_sent(message, due)) => {
                sent.map_err(|error| ReplayError::Gone(Box::new(error)))?;
            }
        }
        longest_lag = longest_lag.max(clock.now().since(due));
    }
    Ok(Played {
        traffic: lanes.close(GOODBYE).await,
        longest_lag,
        stopped_by,
    })
}

/// Counted from the start and never from the message before: lateness does not add up.
fn due(start: Time, after: Span, speed: f64) -> Time {
    start + Span::from_millis((after.millis() as f64 / speed).round() as i64)
}

fn as_sent(message: Recorded, due: Time) -> Message {
    Message {
        due,
        device: 0,
        topic: message.topic.into(),
        payload: message.payload,
        retain: message.retain,
        confirmed: message.confirmed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_kept_to_the_millisecond_and_scaled_from_the_start() {
        let at = |ms, speed| due(Time::from_millis(1_000), Span::from_millis(ms), speed).millis();
        assert_eq!(at(12_345, 1.0), 13_345);
        assert_eq!(at(12_345, 10.0), 2_235);
        assert_eq!(at(12_345, 0.5), 25_690);
        assert_eq!(at(0, 3.0), 1_000);
    }
}
