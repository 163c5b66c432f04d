//! Calendars: at which times office hours, holidays or school terms are.
//!
//! Owns the question "inside or not, and until when" in the calendar's own time zone, with bundled zone data. Which rule
//! asks is left to the rules.

mod read;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};
use model::Time;

pub(crate) use read::read;

/// After the last date a calendar names, it repeats by the week; twice that is surely enough to see every change.
const WEEKLY_HORIZON_DAYS: i32 = 15;
/// 29 February comes back within eight years.
const YEARLY_HORIZON_DAYS: i32 = 8 * 366 + WEEKLY_HORIZON_DAYS;

/// The time zone of an IANA name, from the data built into the program and never from the machine.
pub(crate) fn zone_named(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// Times that belong together, such as office hours.
///
/// A time is inside when its local day is one of the calendar's days, its local minute lies in that weekday's hours, and
/// no excepted calendar contains it.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    /// Hours of each weekday, Monday first; without it every hour of every day.
    weekly: Option<[Vec<Hours>; 7]>,
    /// The days it is limited to; without it every day.
    days: Option<Vec<Days>>,
    except: Vec<Arc<Calendar>>,
}

/// Minutes of a local day, from the first to before the last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Hours {
    from: i16,
    /// 1440 is the midnight that ends the day.
    to: i16,
}

/// Days from the first to the last, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Days {
    Once {
        from: Date,
        to: Date,
    },
    /// Month and day; a span whose end comes first in the year goes over the new year.
    Yearly {
        from: (i8, i8),
        to: (i8, i8),
    },
}

impl Days {
    fn contain(self, date: Date) -> bool {
        match self {
            Self::Once { from, to } => (from..=to).contains(&date),
            Self::Yearly { from, to } => {
                let day = (date.month(), date.day());
                if from <= to {
                    (from..=to).contains(&day)
                } else {
                    day >= from || day <= to
                }
            }
        }
    }
}

impl Calendar {
    /// True when the time is inside.
    pub fn contains(&self, at: Time) -> bool {
        Timestamp::from_millisecond(at.millis()).is_ok_and(|at| self.contains_timestamp(at))
    }

    /// The first time after `at` at which [`Self::contains`] changes; [`Time::MAX`] when it never does.
    pub fn next_change(&self, at: Time) -> Time {
        let Ok(start) = Timestamp::from_millisecond(at.millis()) else {
            return Time::MAX;
        };
        let inside = self.contains_timestamp(start);
        let horizon = self.horizon(self.zone.to_datetime(start).date());
        let mut from = start;
        while let Some(next) = self.next_boundary(from) {
            if self.contains_timestamp(next) != inside {
                return Time::from_millis(next.as_millisecond());
            }
            if self.zone.to_datetime(next).date() > horizon {
                break;
            }
            from = next;
        }
        Time::MAX
    }

    fn contains_timestamp(&self, at: Timestamp) -> bool {
        let local = self.zone.to_datetime(at);
        self.is_day(local.date())
            && self.is_minute(local)
            && !self.except.iter().any(|other| other.contains_timestamp(at))
    }

    fn is_day(&self, date: Date) -> bool {
        self.days
            .as_ref()
            .is_none_or(|days| days.iter().any(|d| d.contain(date)))
    }

    fn is_minute(&self, local: DateTime) -> bool {
        let minute = i16::from(local.hour()) * 60 + i16::from(local.minute());
        self.hours_of(local.weekday())
            .is_none_or(|hours| hours.iter().any(|h| (h.from..h.to).contains(&minute)))
    }

    fn hours_of(&self, day: Weekday) -> Option<&[Hours]> {
        let weekly = self.weekly.as_ref()?;
        Some(&weekly[day.to_monday_zero_offset() as usize])
    }

    /// The last day on which something new can still happen, seen from `today`.
    fn horizon(&self, today: Date) -> Date {
        let mut last = today;
        let mut days = WEEKLY_HORIZON_DAYS;
        self.stretch(&mut last, &mut days);
        last.checked_add(jiff::Span::new().days(days))
            .unwrap_or(Date::MAX)
    }

    fn stretch(&self, last: &mut Date, days: &mut i32) {
        for span in self.days.iter().flatten() {
            match span {
                Days::Once { to, .. } => *last = (*last).max(*to),
                Days::Yearly { .. } => *days = YEARLY_HORIZON_DAYS,
            }
        }
        for other in &self.except {
            other.stretch(last, days);
        }
    }

    /// The first time after `from` at which the answer may change: a local midnight, an edge of hours, a shift of the zone.
    fn next_boundary(&self, from: Timestamp) -> Option<Timestamp> {
        let today = self.zone.to_datetime(from).date();
        let mut first = self
            .zone
            .following(from)
            .next()
            .map(|shift| shift.timestamp());
        let mut offer = |candidate: Timestamp| {
            if candidate > from && first.is_none_or(|first| candidate < first) {
                first = Some(candidate);
            }
        };
        // A shift back over midnight makes yesterday's edges come again; one forward can skip a day.
        let mut day = today.yesterday().unwrap_or(today);
        for _ in 0..4 {
            self.edges(day, &mut offer);
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        self.except
            .iter()
            .filter_map(|other| other.next_boundary(from))
            .for_each(offer);
        first
    }

    fn edges(&self, day: Date, offer: &mut impl FnMut(Timestamp)) {
        let mut at_minute = |minute: i16| {
            let (hour, minute) = ((minute / 60) as i8, (minute % 60) as i8);
            self.instants(day.at(hour, minute, 0, 0), offer);
        };
        at_minute(0);
        for hours in self.hours_of(day.weekday()).unwrap_or_default() {
            at_minute(hours.from);
            // The midnight that ends the day begins the next one.
            if hours.to < 24 * 60 {
                at_minute(hours.to);
            }
        }
    }

    /// The instants at which clocks show a local time: none in a gap (the shift itself is a boundary), two in a fold.
    fn instants(&self, local: DateTime, offer: &mut impl FnMut(Timestamp)) {
        let mut with = |offset: Offset| {
            if let Ok(instant) = offset.to_timestamp(local) {
                offer(instant);
            }
        };
        match self.zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => with(offset),
            AmbiguousOffset::Gap { .. } => {}
            AmbiguousOffset::Fold { before, after } => {
                with(before);
                with(after);
            }
        }
    }
}

#[cfg(test)]
mod tests;
