//! The input log of an engine, which may be running on it.

use std::path::Path;

use model::{Catalog, Stamped, Time};

use super::feed::{BacktestError, Batch, Feed, Met, Period};
use crate::log::{LogHistory, LogReader};
use crate::store::StoreArchive;

/// Logged inputs on their way into batches.
pub(super) struct HistoryFeed<'a> {
    reader: LogReader<'a>,
    period: Period,
    /// Every timer due up to here has fired in the engine.
    engine_time: Time,
    met: Met,
}

impl<'a> HistoryFeed<'a> {
    /// The inputs in the data folder of an engine, as far as they are logged by now.
    pub(super) fn open(
        data: &Path,
        catalog: &'a Catalog,
        period: Period,
    ) -> Result<Self, BacktestError> {
        let log = LogHistory::open(&data.join("log"))?;
        // First how far the engine was, then the log: what is committed was logged before.
        let store = StoreArchive::open(&data.join("ioc.db"))?;
        let engine_time = store.committed()?.engine_time;
        Ok(Self {
            reader: log.read(period.start, catalog)?,
            period,
            engine_time,
            met: Met::default(),
        })
    }

    /// Takes of logged inputs what lies in the period. False when some lie after it.
    fn take(&mut self, inputs: &mut Vec<Stamped>, from: usize) -> bool {
        let logged = inputs.len();
        let early = inputs[from..].partition_point(|s| s.stamp < self.period.start);
        inputs.drain(from..from + early);
        self.met.before += early as u64;
        let inside = inputs[from..].partition_point(|s| s.stamp <= self.period.to);
        inputs.truncate(from + inside);
        for stamped in &inputs[from..] {
            self.met.count(&stamped.input);
        }
        from + early + inside == logged
    }
}

impl Feed for HistoryFeed<'_> {
    fn fill(&mut self, batch: &mut Batch) -> Result<bool, BacktestError> {
        while !batch.is_full() {
            let from = batch.inputs().len();
            let goes_on = batch.lend(|onto| {
                let Some(unreadable) = self.reader.next_onto(onto)? else {
                    return Ok(false);
                };
                self.met.unreadable += unreadable as u64;
                Ok::<_, BacktestError>(self.take(&mut onto.inputs, from))
            })?;
            if !goes_on {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Nobody knows what happens after the engine's own time.
    fn known_until(&self, last: Time) -> Time {
        self.engine_time.min(self.period.to).max(last)
    }

    fn met(&self) -> Met {
        self.met.clone()
    }
}
