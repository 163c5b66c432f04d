//! From a client's wish to a subscription: topic, filter, limits, position.

use std::sync::Arc;

use super::alerts::AlertFeed;
use super::client::{Feed, Subscription};
use super::state::{StateFeed, StateView};
use super::{ClientId, Hub};
use crate::Session;
use crate::alert_view::AlertView;
use crate::cache::{AreaView, View, ViewError};
use crate::protocol::{AreaFilter, Failure, NoFilter, Subscribe, Topic};

impl From<ViewError> for Failure {
    fn from(error: ViewError) -> Self {
        Self::new("bad_filter", error.to_string())
    }
}

impl Hub {
    /// Begins a subscription, in place of one of the same number.
    pub(super) fn subscribe(&mut self, id: ClientId, request: &Subscribe) -> Result<(), Failure> {
        let Some(client) = self.clients.get(&id) else {
            return Ok(());
        };
        let session = client.session.clone();
        let replaced = client.subscriptions.iter().any(|s| s.sub == request.sub);
        let most = self.wiring.config.max_subscriptions;
        if client.subscriptions.len() >= most && !replaced {
            let message = format!("a client has at most {most} subscriptions");
            return Err(Failure::new("too_many_subscriptions", message));
        }
        let feed = self.feed(&session, request)?;
        self.next_ticket += 1;
        let ticket = self.next_ticket;
        if let Some(client) = self.clients.get_mut(&id) {
            client.remove(request.sub);
            client.subscriptions.push(Subscription {
                sub: request.sub,
                ticket,
                feed,
            });
        }
        if !replaced {
            self.wiring.stats.subscriptions.increment(1.0);
        }
        self.pump_state(id, ticket);
        self.pump_alerts_of(id, ticket);
        Ok(())
    }

    fn feed(&mut self, session: &Session, request: &Subscribe) -> Result<Feed, Failure> {
        let layout = Arc::clone(&self.board.layout);
        let limit = session.areas.as_deref();
        let topic = request.topic()?;
        let view = match topic {
            Topic::Alerts => {
                let view = AlertView::new(&layout, &request.read_filter()?, limit)?;
                let since = request.read_since()?;
                let view = self.frames.share_alerts(view);
                return Ok(Feed::Alerts(AlertFeed::new(
                    view,
                    since.as_ref(),
                    &self.board,
                )));
            }
            Topic::Assets => {
                let view = View::new(
                    &layout,
                    &request.read_filter()?,
                    request.fields.as_deref(),
                    limit,
                )?;
                StateView::Assets(self.frames.share_assets(view))
            }
            Topic::Areas => {
                let filter: AreaFilter = request.read_filter()?;
                let tops = layout.find_areas(&filter.areas)?;
                StateView::Areas(
                    self.frames
                        .share_areas(AreaView::new(&layout, &tops, limit)),
                )
            }
            Topic::Health => {
                let NoFilter {} = request.read_filter()?;
                StateView::Health
            }
        };
        let since = request.read_since()?;
        let feed = StateFeed::new(
            view,
            self.window_ms(request.max_hz)?,
            since.as_ref(),
            &self.board,
        );
        Ok(Feed::State(feed))
    }

    fn window_ms(&self, hz: Option<f64>) -> Result<u64, Failure> {
        let config = &self.wiring.config;
        let hz = hz.unwrap_or(config.default_hz);
        if !hz.is_finite() || hz <= 0.0 {
            return Err(Failure::new("bad_message", "'max_hz' is a number above 0"));
        }
        Ok((1_000.0 / hz.min(config.max_hz)).ceil().min(86_400_000.0) as u64)
    }
}
