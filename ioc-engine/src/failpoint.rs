//! Failpoints: named places where a test makes the process die or the disk fill.
//! Owns the plan read from `IOC_FAILPOINT`; without that variable every place costs one branch and does nothing.

use std::sync::{Mutex, PoisonError};

/// The variable that arms failpoints: `log.synced=abort@3;store.commit=full*5`.
pub const VARIABLE: &str = "IOC_FAILPOINT";

/// Every place that can be armed, in the order a group of inputs meets them.
pub const PLACES: [&str; 9] = [
    "log.append",
    "log.sync",
    "log.synced",
    "log.roll",
    "store.begin",
    "store.commit",
    "store.committed",
    "acks.released",
    "alerts.published",
];

/// The places before something is written, where a full disk can show itself.
const CAN_FAIL: [&str; 4] = ["log.append", "log.sync", "store.begin", "store.commit"];

/// The armed failpoints of one writer; none in production.
#[derive(Debug, Default)]
pub struct Failpoints {
    armed: Mutex<Vec<Armed>>,
}

#[derive(Debug)]
struct Armed {
    place: String,
    action: Action,
    skip: u64,
    times: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Action {
    /// Ends the process at once, as `kill -9` would.
    Abort,
    /// Says that the disk is full.
    Full,
}

/// A failpoint said that the disk is full.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("failpoint '{0}': the disk is full")]
pub struct DiskFull(pub &'static str);

/// Why a text arms nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "'{0}' is not a failpoint; write place=abort@N or place=full*N, with a place of {PLACES:?}"
)]
pub struct BadFailpoint(String);

impl Failpoints {
    /// The failpoints of a text such as `log.synced=abort@3`: the third time that place is met, the process ends.
    /// `store.commit=full*5` says five times that the disk is full.
    pub fn parse(text: &str) -> Result<Self, BadFailpoint> {
        let armed = text
            .split(';')
            .filter(|part| !part.is_empty())
            .map(|part| Armed::parse(part).ok_or_else(|| BadFailpoint(part.to_owned())))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            armed: Mutex::new(armed),
        })
    }

    /// The failpoints of the environment.
    pub fn from_env() -> Result<Self, BadFailpoint> {
        Self::parse(&std::env::var(VARIABLE).unwrap_or_default())
    }

    /// Passes a place; ends the process or fails when it is armed and its turn has come.
    pub fn pass(&self, place: &'static str) -> Result<(), DiskFull> {
        let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
        for point in armed.iter_mut().filter(|p| p.place == place) {
            match point.meet() {
                Some(Action::Abort) => std::process::abort(),
                Some(Action::Full) => return Err(DiskFull(place)),
                None => {}
            }
        }
        Ok(())
    }
}

impl Armed {
    fn parse(text: &str) -> Option<Self> {
        let (place, action) = text.split_once('=')?;
        let known = PLACES.contains(&place);
        let armed = |action, skip, times| Self {
            place: place.to_owned(),
            action,
            skip,
            times,
        };
        let point = if let Some(nth) = action.strip_prefix("abort@") {
            armed(Action::Abort, nth.parse::<u64>().ok()?.checked_sub(1)?, 1)
        } else {
            let times = action.strip_prefix("full*")?.parse().ok()?;
            CAN_FAIL.contains(&place).then_some(())?;
            armed(Action::Full, 0, times)
        };
        known.then_some(point)
    }

    fn meet(&mut self) -> Option<Action> {
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        self.times = self.times.checked_sub(1)?;
        Some(self.action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_lasts_as_often_as_it_says() {
        let points = Failpoints::parse("store.commit=full*2").unwrap();
        assert_eq!(points.pass("log.append"), Ok(()));
        assert_eq!(points.pass("store.commit"), Err(DiskFull("store.commit")));
        assert_eq!(points.pass("store.commit"), Err(DiskFull("store.commit")));
        assert_eq!(points.pass("store.commit"), Ok(()));
    }

    #[test]
    fn what_arms_nothing_is_refused() {
        for text in [
            "nowhere=abort@1",
            "log.append",
            "log.append=abort@0",
            "log.append=explode",
            "log.synced=full*1",
        ] {
            assert_eq!(
                Failpoints::parse(text).map(|_| ()),
                Err(BadFailpoint(text.to_owned()))
            );
        }
    }
}
