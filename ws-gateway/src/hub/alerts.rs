//! Following alerts: pages of what is open, then every event in order, a window of frames at a time.

use std::collections::{HashMap, VecDeque};
use std::fmt::Write;
use std::sync::Arc;

use tokio_tungstenite::tungstenite::Utf8Bytes;
use tracing::warn;

use super::board::Board;
use super::client::{Client, Feed};
use super::outbox::Frame;
use super::{ClientId, Event, Hub};
use crate::AlertEvent;
use crate::alert_log::{LoggedEvent, OpenAlert, from_archive};
use crate::alert_view::AlertView;
use crate::archive::ArchiveError;
use crate::encode::{write_alert, write_list};
use crate::protocol::SinceAlert;

/// Alerts on one page.
const PAGE: usize = 100;
/// Events asked of the archive at once.
const FETCH: usize = 500;

/// One alert subscription.
pub(super) struct AlertFeed {
    view: Arc<AlertView>,
    stage: Stage,
    /// Frames on their way.
    out: usize,
}

enum Stage {
    /// It is being told what is open as of `seq`.
    Pages {
        rest: VecDeque<OpenAlert>,
        page: u32,
        seq: u64,
        resumed: bool,
    },
    /// It was sent everything up to `cursor` that concerns it; the last of that was `prev`.
    Following {
        cursor: u64,
        prev: u64,
        /// From the archive, not yet sent.
        fetched: VecDeque<LoggedEvent>,
        fetching: bool,
    },
}

/// What comes next for a subscription.
enum Next {
    Frame(Utf8Bytes),
    /// Nothing for now.
    Nothing,
    /// The archive must be asked for what follows this event.
    Fetch(u64),
}

/// Event frames built in one pass over the clients, for those at the same place of a like view.
#[derive(Default)]
struct Shared(HashMap<(usize, u32, u64, u64), Utf8Bytes>);

impl AlertFeed {
    /// A subscription that begins with what is open, or goes on in the log.
    pub(super) fn new(view: Arc<AlertView>, since: Option<&SinceAlert>, board: &Board) -> Self {
        let key = format!("{:016x}", view.key());
        let known = since.filter(|since| {
            since.alert_seq <= board.log.head() && since.key.as_ref().is_none_or(|k| *k == key)
        });
        let stage = match known {
            Some(since) => Stage::Pages {
                rest: VecDeque::new(),
                page: 0,
                seq: since.alert_seq,
                resumed: true,
            },
            None => Stage::open(&view, board),
        };
        Self {
            view,
            stage,
            out: 0,
        }
    }

    pub(super) fn taken(&mut self, frames: usize) {
        self.out = self.out.saturating_sub(frames);
    }

    /// Up to where everything has been handed over; nothing while frames are on their way.
    pub(super) fn handed_over(&self) -> Option<u64> {
        match self.stage {
            Stage::Following { cursor, .. } if self.out == 0 => Some(cursor),
            _ => None,
        }
    }

    fn next(&mut self, sub: u32, board: &Board, shared: &mut Shared) -> Next {
        match &mut self.stage {
            Stage::Pages { .. } => Next::Frame(self.next_page(sub)),
            Stage::Following { .. } => self.next_event(sub, board, shared),
        }
    }

    fn next_page(&mut self, sub: u32) -> Utf8Bytes {
        let Stage::Pages {
            rest,
            page,
            seq,
            resumed,
        } = &mut self.stage
        else {
            return Utf8Bytes::default();
        };
        let last = rest.len() <= PAGE;
        let mark = if *resumed { "\"resumed\":true," } else { "" };
        let mut text = format!(
            "{{\"op\":\"alerts\",\"sub\":{sub},\"key\":\"{:016x}\",{mark}\"page\":{page},\
             \"last\":{last},\"alert_seq\":{seq},\"alerts\":",
            self.view.key()
        );
        let alerts = rest.drain(..rest.len().min(PAGE));
        write_list(&mut text, alerts, |text, open| {
            write_alert(text, &open.alert, open.durable);
        });
        text.push('}');
        *page += 1;
        if last {
            self.stage = Stage::following(*seq);
        }
        text.into()
    }

    fn next_event(&mut self, sub: u32, board: &Board, shared: &mut Shared) -> Next {
        let Stage::Following {
            cursor,
            prev,
            fetched,
            fetching,
        } = &mut self.stage
        else {
            return Next::Nothing;
        };
        while !*fetching {
            let event = match fetched.pop_front() {
                Some(event) => event,
                None => match board.log.after(*cursor) {
                    Ok(Some(event)) => event.clone(),
                    Ok(None) => return Next::Nothing,
                    Err(_forgotten) => {
                        *fetching = true;
                        return Next::Fetch(*cursor);
                    }
                },
            };
            *cursor = event.seq;
            if self.view.concerns(&board.layout, &event) {
                let before = std::mem::replace(prev, event.seq);
                return Next::Frame(shared.frame(&self.view, sub, before, &event, board));
            }
        }
        Next::Nothing
    }

    fn fetched(&mut self, answer: Result<Option<Vec<AlertEvent>>, ArchiveError>, board: &Board) {
        let Stage::Following {
            cursor,
            fetched,
            fetching,
            ..
        } = &mut self.stage
        else {
            return;
        };
        *fetching = false;
        let complaint = match answer {
            Ok(Some(events)) if !events.is_empty() => {
                fetched.extend(from_archive(events).filter(|event| event.seq > *cursor));
                if !fetched.is_empty() {
                    return;
                }
                "the archive gave other events than were asked for".to_owned()
            }
            Ok(_) => "the events are no longer kept".to_owned(),
            Err(error) => error.to_string(),
        };
        // The log cannot go on without a gap: begin anew with what is open.
        warn!(
            after = *cursor,
            complaint, "an alert subscription begins anew"
        );
        self.stage = Stage::open(&self.view, board);
    }
}

impl Stage {
    fn open(view: &AlertView, board: &Board) -> Self {
        let open = board
            .log
            .open()
            .filter(|open| view.matches(&board.layout, &open.alert));
        Self::Pages {
            rest: open.cloned().collect(),
            page: 0,
            seq: board.log.head(),
            resumed: false,
        }
    }

    fn following(seq: u64) -> Self {
        Self::Following {
            cursor: seq,
            prev: seq,
            fetched: VecDeque::new(),
            fetching: false,
        }
    }
}

impl Shared {
    fn frame(
        &mut self,
        view: &Arc<AlertView>,
        sub: u32,
        prev: u64,
        event: &LoggedEvent,
        board: &Board,
    ) -> Utf8Bytes {
        let place = (Arc::as_ptr(view) as usize, sub, prev, event.seq);
        let build = || {
            let matches = view.matches(&board.layout, &event.alert);
            let mut text = String::with_capacity(event.json.len() + 96);
            // Writing to a String cannot fail.
            let _infallible = write!(
                text,
                "{{\"op\":\"alert\",\"sub\":{sub},\"prev\":{prev},\"alert_seq\":{},\
                 \"matches\":{matches},\"alert\":{}}}",
                event.seq, event.json
            );
            text.into()
        };
        self.0.entry(place).or_insert_with(build).clone()
    }
}

impl Hub {
    /// Sends every alert subscription what its window has room for.
    pub(super) fn pump_alerts(&mut self) {
        let mut shared = Shared::default();
        let mut fetches = Vec::new();
        for (id, client) in &mut self.clients {
            client.pump_alerts(
                None,
                &self.board,
                &self.wiring,
                &mut shared,
                |ticket, seq| {
                    fetches.push((*id, ticket, seq));
                },
            );
        }
        for (id, ticket, seq) in fetches {
            self.fetch(id, ticket, seq);
        }
    }

    pub(super) fn pump_alerts_of(&mut self, id: ClientId, ticket: u64) {
        let Some(client) = self.clients.get_mut(&id) else {
            return;
        };
        let mut fetch = None;
        let mut shared = Shared::default();
        client.pump_alerts(
            Some(ticket),
            &self.board,
            &self.wiring,
            &mut shared,
            |_, seq| {
                fetch = Some(seq);
            },
        );
        if let Some(seq) = fetch {
            self.fetch(id, ticket, seq);
        }
    }

    /// Asks the archive on a thread made for it.
    fn fetch(&self, client: ClientId, ticket: u64, seq: u64) {
        let archive = Arc::clone(&self.wiring.archive);
        let events = self.wiring.events.clone();
        tokio::spawn(async move {
            let asked = tokio::task::spawn_blocking(move || archive.events_since(seq, FETCH));
            let answer = asked
                .await
                .unwrap_or_else(|died| Err(ArchiveError(died.into())));
            // When the hub is gone, so is who asked.
            let _hub_gone = events
                .send(Event::Fetched {
                    client,
                    ticket,
                    answer,
                })
                .await;
        });
    }

    pub(super) fn fetched(
        &mut self,
        id: ClientId,
        ticket: u64,
        answer: Result<Option<Vec<AlertEvent>>, ArchiveError>,
    ) {
        if answer.is_err() {
            self.wiring.stats.archive_errors.increment(1);
        }
        let client = self.clients.get_mut(&id);
        let subscription =
            client.and_then(|c| c.subscriptions.iter_mut().find(|s| s.ticket == ticket));
        if let Some(Feed::Alerts(feed)) = subscription.map(|s| &mut s.feed) {
            feed.fetched(answer, &self.board);
            self.pump_alerts_of(id, ticket);
        }
    }
}

impl Client {
    fn pump_alerts(
        &mut self,
        only: Option<u64>,
        board: &Board,
        wiring: &super::HubWiring,
        shared: &mut Shared,
        mut fetch: impl FnMut(u64, u64),
    ) {
        if self.suspended {
            return;
        }
        for subscription in &mut self.subscriptions {
            let Feed::Alerts(feed) = &mut subscription.feed else {
                continue;
            };
            if only.is_some_and(|ticket| ticket != subscription.ticket) {
                continue;
            }
            // A place in the outbox is taken before the log moves on, so that nothing is ever skipped.
            while feed.out < wiring.config.alert_window {
                let Ok(place) = self.outbox.place() else {
                    break;
                };
                match feed.next(subscription.sub, board, shared) {
                    Next::Frame(text) => {
                        place.send(Frame::with_receipt(
                            text,
                            subscription.ticket,
                            &wiring.stats,
                        ));
                        feed.out += 1;
                    }
                    Next::Fetch(seq) => {
                        fetch(subscription.ticket, seq);
                        break;
                    }
                    Next::Nothing => break,
                }
            }
        }
    }
}
