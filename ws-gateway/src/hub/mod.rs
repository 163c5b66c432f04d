//! The hub: one task that owns what is true and who follows it.
//!
//! Engine updates, clients' wishes, time and HTTP reads meet here as a closed set of events. Sockets are left to `live`:
//! the hub never waits for a client, it puts a frame into a bounded outbox or does not.

mod alerts;
mod board;
mod client;
mod event;
mod frames;
mod outbox;
mod query;
mod state;
mod subscribe;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use city::City;
use model::Clock;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior};
use tracing::warn;

pub(crate) use self::event::{Event, Taken};
pub(crate) use self::outbox::{Frame, Outbox, Outgoing};
pub(crate) use self::query::{AssetPage, OpenAlerts, Query};

use self::board::Board;
use self::client::{Beat, Client};
use self::frames::Frames;
use crate::edition::Edition;
use crate::protocol::{Failure, error};
use crate::stats::Stats;
use crate::{
    Archive, CommandOutcome, CommandRequest, GatewayConfig, GatewayError, Opening, Session,
    StateNews, StateReceiver, Update,
};

/// State frames are built together at most this often, so that clients with the same view share them.
const PUMP_EVERY: Duration = Duration::from_millis(20);
/// Updates taken at once before clients are served.
const MOST_UPDATES: usize = 256;

/// Names a connection for the life of the process.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct ClientId(pub(crate) u64);

/// What the hub is wired to.
pub(crate) struct HubWiring {
    pub(crate) config: Arc<GatewayConfig>,
    pub(crate) clock: Arc<dyn Clock>,
    /// The city as it is shown.
    pub(crate) editions: watch::Sender<Arc<Edition>>,
    pub(crate) archive: Arc<dyn Archive>,
    pub(crate) state: StateReceiver,
    pub(crate) commands: mpsc::Sender<CommandRequest>,
    pub(crate) events: mpsc::Sender<Event>,
    pub(crate) stats: Arc<Stats>,
}

/// The one owner of cache, alert log and subscriptions.
pub(crate) struct Hub {
    wiring: HubWiring,
    board: Board,
    frames: Frames,
    clients: HashMap<ClientId, Client>,
    next_ticket: u64,
    started: Instant,
    last_pump: Instant,
    pump_at: Option<Instant>,
}

impl Hub {
    /// The hub at its start, knowing what the engine knows.
    pub(crate) fn new(wiring: HubWiring, opening: Opening) -> Self {
        let board = Board::new(&wiring, opening);
        let now = Instant::now();
        Self {
            frames: Frames::new(Arc::clone(&wiring.stats)),
            wiring,
            board,
            clients: HashMap::new(),
            next_ticket: 0,
            started: now,
            last_pump: now,
            pump_at: None,
        }
    }

    /// Works until the engine goes away.
    pub(crate) async fn run(
        mut self,
        mut updates: mpsc::Receiver<Update>,
        mut events: mpsc::Receiver<Event>,
    ) -> GatewayError {
        let mut heartbeat = tokio::time::interval(self.wiring.config.heartbeat);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let pump_at = self.pump_at;
            tokio::select! {
                _ = heartbeat.tick() => self.beat(),
                () = sleep_until(pump_at) => self.pump_states(),
                () = self.wiring.state.came(), if pump_at.is_none() => self.schedule_pump(),
                update = updates.recv() => match update {
                    Some(update) => self.take_updates(update, &mut updates),
                    None => return GatewayError::EngineGone,
                },
                Some(event) = events.recv() => self.take_event(event),
            }
        }
    }

    fn take_updates(&mut self, first: Update, updates: &mut mpsc::Receiver<Update>) {
        // An alert never overtakes the state it speaks of.
        self.take_state();
        let mut alerts = false;
        let mut next = Some(first);
        for _ in 0..MOST_UPDATES {
            let Some(update) = next else {
                break;
            };
            match update {
                Update::Health(health) => self.board.apply_health(&health),
                Update::Alerts(events) => {
                    self.board.apply_alerts(events, true);
                    alerts = true;
                }
                Update::Undurable(events) => {
                    self.board.apply_alerts(events, false);
                    alerts = true;
                }
                Update::Durable => self.board.log.commit(),
            }
            next = updates.try_recv().ok();
        }
        // What was built before is of an older head.
        self.frames.forget();
        if alerts {
            self.pump_alerts();
        }
        self.schedule_pump();
    }

    /// Takes what the engine has shown since; true when that was anything.
    fn take_state(&mut self) -> bool {
        let StateNews { city, changes } = self.wiring.state.take();
        if city.is_none() && changes.is_empty() {
            return false;
        }
        if let Some(city) = city {
            self.recast(city);
        }
        self.board.apply_state(&changes, &self.wiring.stats);
        self.frames.forget();
        self.schedule_pump();
        true
    }

    /// Shows another city from here on. Positions and views of clients are of the old one: their connections end by
    /// themselves, and they come back to this. Alerts and their log go on.
    fn recast(&mut self, city: Arc<City>) {
        let edition = Arc::new(self.wiring.editions.borrow().next(city));
        self.board.recast(&edition, &self.wiring.config);
        self.frames = Frames::new(Arc::clone(&self.wiring.stats));
        for client in self.clients.keys().copied().collect::<Vec<_>>() {
            self.leave(client);
        }
        self.wiring.editions.send_replace(edition);
    }

    fn schedule_pump(&mut self) {
        if self.pump_at.is_none() {
            self.pump_at = Some(Instant::now().max(self.last_pump + PUMP_EVERY));
        }
    }

    fn take_event(&mut self, event: Event) {
        // Whoever asks is answered from what is known now.
        self.take_state();
        match event {
            Event::Join {
                client,
                session,
                outbox,
            } => {
                self.clients.insert(client, Client::new(session, outbox));
                self.wiring.stats.joined();
            }
            Event::Leave { client } => self.leave(client),
            Event::Suspend { client } => {
                if let Some(client) = self.clients.get_mut(&client) {
                    client.suspended = true;
                }
            }
            Event::Renew { client, session } => self.renew(client, session),
            Event::Subscribe { client, request } => {
                if let Err(failure) = self.subscribe(client, &request) {
                    let sub = Some(u64::from(request.sub));
                    self.tell(client, &failure.about(None, sub));
                }
            }
            Event::Unsubscribe { client, sub } => self.unsubscribe(client, sub),
            Event::Taken { client, taken } => self.taken(client, taken),
            Event::Fetched {
                client,
                ticket,
                answer,
            } => self.fetched(client, ticket, answer),
            Event::Act { session, request } => self.act(&session, request),
            Event::Read(query) => self.board.answer(query),
        }
    }

    fn leave(&mut self, client: ClientId) {
        if let Some(client) = self.clients.remove(&client) {
            self.wiring.stats.left();
            self.wiring
                .stats
                .subscriptions
                .decrement(client.subscriptions.len() as f64);
        }
    }

    fn renew(&mut self, id: ClientId, session: Session) {
        if let Some(client) = self.clients.get_mut(&id) {
            client.session = session;
            client.suspended = false;
            self.schedule_pump();
            self.pump_alerts();
        }
    }

    fn unsubscribe(&mut self, id: ClientId, sub: u32) {
        let found = self
            .clients
            .get_mut(&id)
            .is_some_and(|client| client.remove(sub));
        if found {
            self.wiring.stats.subscriptions.decrement(1.0);
        } else {
            let failure = Failure::new("unknown_sub", format!("{sub} is not subscribed"));
            self.tell(id, &failure.about(None, Some(u64::from(sub))));
        }
    }

    /// An error that the client should see; a client whose outbox is full has worse troubles.
    fn tell(&mut self, client: ClientId, failure: &Failure) {
        let stats = &self.wiring.stats;
        if let Some(client) = self.clients.get(&client) {
            let told = client.outbox.urgent(Frame::plain(error(failure), stats));
            if told.is_err() {
                warn!(
                    code = failure.code,
                    "an error did not fit into a client's outbox"
                );
            }
        }
    }

    fn act(&mut self, session: &Session, request: CommandRequest) {
        let refused = self.refuse(session, &request);
        let (code, request) = match refused {
            Some(refused) => (refused, request),
            None => match self.wiring.commands.try_send(request) {
                Ok(()) => return Stats::command("sent"),
                Err(mpsc::error::TrySendError::Full(request)) => (
                    ("busy", "the engine's queue is full; send it again"),
                    request,
                ),
                Err(mpsc::error::TrySendError::Closed(request)) => {
                    (("unavailable", "the engine is not running"), request)
                }
            },
        };
        let (code, message) = code;
        Stats::command(code);
        let refused = CommandOutcome::Refused {
            code,
            message: message.to_owned(),
        };
        // The asker may have left meanwhile; then nobody is to be told.
        let _nobody_waits = request.reply.send(refused);
    }

    /// A session limited to areas acts on the open alerts there; who sees the whole city may act on any.
    fn refuse(
        &self,
        session: &Session,
        request: &CommandRequest,
    ) -> Option<(&'static str, &'static str)> {
        session.areas.as_ref()?;
        let Some(alert) = self.board.log.get(request.command.alert) else {
            return Some((
                "unknown_alert",
                "there is no open alert of this id in your areas",
            ));
        };
        let city = Arc::clone(&self.wiring.editions.borrow().city);
        let may = session.may_see(&city.areas, alert.area.as_ref());
        (!may).then_some(("forbidden", "this alert is outside your areas"))
    }

    fn beat(&mut self) {
        self.pump_states();
        // Also wakes a log that found its outbox full of other things.
        self.pump_alerts();
        let beat = Beat {
            now: self.wiring.clock.now(),
            machine: self.wiring.clock.machine(),
            durable_seq: self.board.log.durable_seq(),
        };
        let stats = &self.wiring.stats;
        let mut lag = 0;
        for client in self.clients.values_mut() {
            lag = lag.max(client.lag(&self.board));
            client.beat(&beat, stats);
        }
        stats.lag.set(lag as f64);
        self.frames.forget();
    }
}

/// Returns at once when it is time already: the timer counts whole milliseconds and rounds up, so that a frame that is due
/// would wait for its next tick.
async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) if at <= Instant::now() => {}
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn is_time(at: Option<Instant>) -> bool {
        let sleep = std::pin::pin!(sleep_until(at));
        let mut nobody = Context::from_waker(Waker::noop());
        sleep.poll(&mut nobody) == Poll::Ready(())
    }

    /// The clock stands still: whatever waits here would wait for ever.
    #[tokio::test(start_paused = true)]
    async fn what_is_due_does_not_wait_for_the_timer_s_next_millisecond() {
        tokio::time::advance(Duration::from_micros(100)).await;
        let now = Instant::now();
        assert!(is_time(Some(now)));
        assert!(is_time(Some(now - Duration::from_micros(50))));
        assert!(!is_time(Some(now + PUMP_EVERY)));
        assert!(!is_time(None));
    }
}
