//! What the store forgets: alerts that never fired soon after they ended, alerts that fired when they are old.
//! Never what a restart compares with, and never the newest events, from which screens go on where they were.

use model::Time;
use rusqlite::{Transaction, params};

use super::{Store, StoreError};

/// The newest events stay whole, so that a screen that was away for a while goes on without beginning anew.
const EVENTS_KEPT: u64 = 10_000;
/// Alerts deleted in one transaction, so that no commit waits long behind it.
const DELETED_AT_ONCE: i64 = 2_000;

/// Ended alerts whose last event came at or before ?1: all that never fired, and those that fired and ended before ?2.
const PAST: &str = "
    SELECT id FROM (
        SELECT id FROM alert
        WHERE open = 0 AND json_extract(body, '$.fired_at') IS NULL AND seq <= ?1
        LIMIT ?3)
    UNION
    SELECT id FROM (
        SELECT id FROM alert
        WHERE open = 0 AND started_at < ?2 AND json_extract(body, '$.resolved_at') < ?2 AND seq <= ?1
        LIMIT ?3)";

impl Store {
    /// Deletes what need not be kept: alerts that never fired, and alerts that ended before `oldest`.
    /// Returns how many alerts are gone.
    pub fn forget(&mut self, oldest: Time) -> Result<usize, StoreError> {
        let horizon = self.horizon()?;
        let transaction = self.connection.transaction()?;
        transaction.execute_batch("CREATE TEMP TABLE IF NOT EXISTS past (id BLOB PRIMARY KEY)")?;
        let past = transaction.execute(
            &format!("INSERT INTO past {PAST}"),
            params![horizon as i64, oldest.millis(), DELETED_AT_ONCE],
        )?;
        if past > 0 {
            delete(&transaction)?;
        }
        transaction.execute("DELETE FROM past", [])?;
        transaction.commit()?;
        Ok(past)
    }

    /// Events after this one stay whole.
    fn horizon(&self) -> Result<u64, StoreError> {
        let compared: Option<i64> =
            self.connection
                .query_row("SELECT min(alert_seq) FROM checkpoint", [], |row| {
                    row.get(0)
                })?;
        let newest = self.committed()?.alert_seq;
        let compared = compared.unwrap_or(0) as u64;
        Ok(compared.min(newest.saturating_sub(EVENTS_KEPT)))
    }
}

/// Deletes the alerts of the table `past`; how often their rules and keys raised them is kept.
fn delete(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute_batch(
        "INSERT INTO occurrence
             SELECT grp, rule, key, max(occurrence) FROM alert WHERE id IN past GROUP BY grp, rule, key
             ON CONFLICT DO UPDATE SET count = max(count, excluded.count);
         UPDATE deleted SET seq = max(seq, (SELECT max(seq) FROM alert WHERE id IN past));
         DELETE FROM alert_event WHERE alert IN past;
         DELETE FROM alert WHERE id IN past;",
    )
}
