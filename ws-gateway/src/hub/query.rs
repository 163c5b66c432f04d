//! Reads of HTTP handlers, answered from the board in one step.

use std::sync::Arc;

use model::AreaCode;
use tokio::sync::oneshot;

use super::board::Board;
use crate::alert_log::OpenAlert;
use crate::alert_view::{AlertFilter, AlertView};
use crate::cache::{AreaView, AssetFilter, View, ViewError};
use crate::encode::{write_area, write_asset, write_list};

/// The areas a reader is limited to.
pub(crate) type Limit = Option<Arc<[AreaCode]>>;

/// One read. Who asked may have left before the answer.
pub(crate) enum Query {
    /// Assets from number `from` on, about `size` of them.
    Assets {
        filter: AssetFilter,
        limit: Limit,
        from: u32,
        size: usize,
        reply: oneshot::Sender<Result<AssetPage, ViewError>>,
    },
    /// One asset as JSON.
    Asset {
        id: String,
        limit: Limit,
        reply: oneshot::Sender<Option<String>>,
    },
    /// The roll-up as a JSON list.
    Areas {
        limit: Limit,
        reply: oneshot::Sender<String>,
    },
    /// Open alerts and the log's head.
    Alerts {
        filter: AlertFilter,
        limit: Limit,
        reply: oneshot::Sender<Result<OpenAlerts, ViewError>>,
    },
}

/// What is open.
pub(crate) struct OpenAlerts {
    /// As of this event.
    pub(crate) seq: u64,
    pub(crate) alerts: Vec<OpenAlert>,
}

/// Some assets, written.
pub(crate) struct AssetPage {
    /// Without brackets, commas between.
    pub(crate) json: String,
    /// Where the next page begins; none after the last.
    pub(crate) next: Option<u32>,
    /// The head when this was written.
    pub(crate) seq: u64,
}

impl Board {
    /// Answers; a reader that has left meanwhile wants no answer.
    pub(super) fn answer(&self, query: Query) {
        match query {
            Query::Assets {
                filter,
                limit,
                from,
                size,
                reply,
            } => drop(reply.send(self.assets(&filter, limit.as_deref(), from, size))),
            Query::Asset { id, limit, reply } => {
                drop(reply.send(self.asset(&id, limit.as_deref())));
            }
            Query::Areas { limit, reply } => drop(reply.send(self.areas(limit.as_deref()))),
            Query::Alerts {
                filter,
                limit,
                reply,
            } => drop(reply.send(self.alerts(&filter, limit.as_deref()))),
        }
    }

    fn assets(
        &self,
        filter: &AssetFilter,
        limit: Option<&[AreaCode]>,
        from: u32,
        size: usize,
    ) -> Result<AssetPage, ViewError> {
        let view = View::new(&self.layout, filter, None, limit)?;
        let mut json = String::new();
        let (mut n, mut written) = (from, 0);
        while n < self.cache.len() && written < size {
            if let Some(slot) = self.cache.slot(n).filter(|slot| view.matches(slot)) {
                if written > 0 {
                    json.push(',');
                }
                write_asset(&mut json, &self.layout, &view, n, slot);
                written += 1;
            }
            n += 1;
        }
        Ok(AssetPage {
            json,
            next: (n < self.cache.len()).then_some(n),
            seq: self.cache.head(),
        })
    }

    fn asset(&self, id: &str, limit: Option<&[AreaCode]>) -> Option<String> {
        let view = View::new(&self.layout, &AssetFilter::default(), None, limit).ok()?;
        let n = self.cache.number(id)?;
        let slot = self.cache.slot(n).filter(|slot| view.matches(slot))?;
        let mut json = String::new();
        write_asset(&mut json, &self.layout, &view, n, slot);
        Some(json)
    }

    fn areas(&self, limit: Option<&[AreaCode]>) -> String {
        let view = AreaView::new(&self.layout, &[], limit);
        let mut json = String::new();
        write_list(&mut json, self.rollup.all(&view).rows, |json, area| {
            write_area(json, &self.layout, &self.rollup, area);
        });
        json
    }

    fn alerts(
        &self,
        filter: &AlertFilter,
        limit: Option<&[AreaCode]>,
    ) -> Result<OpenAlerts, ViewError> {
        let view = AlertView::new(&self.layout, filter, limit)?;
        let open = self
            .log
            .open()
            .filter(|open| view.matches(&self.layout, &open.alert));
        Ok(OpenAlerts {
            seq: self.log.head(),
            alerts: open.cloned().collect(),
        })
    }
}
