//! Parts of points in time and of durations, for typed programs and for values alike.

use jiff::SignedDuration;
use jiff::civil::DateTime;

use crate::operators::Fault;
use crate::timestamp::Zone;
use crate::{Timestamp, Value};

/// A part of a date and time of day.
///
/// CEL counts months, days of the month and days of the year from 0; only `getDate` counts from 1. Sunday is 0.
#[derive(Clone, Copy, Debug)]
pub enum TimePart {
    FullYear,
    Month,
    DayOfYear,
    DayOfMonth,
    Date,
    DayOfWeek,
    Hours,
    Minutes,
    Seconds,
    Milliseconds,
}

impl TimePart {
    /// The part this method asks for.
    pub(crate) fn named(method: &str) -> Option<Self> {
        Some(match method {
            "getFullYear" => Self::FullYear,
            "getMonth" => Self::Month,
            "getDayOfYear" => Self::DayOfYear,
            "getDayOfMonth" => Self::DayOfMonth,
            "getDate" => Self::Date,
            "getDayOfWeek" => Self::DayOfWeek,
            "getHours" => Self::Hours,
            "getMinutes" => Self::Minutes,
            "getSeconds" => Self::Seconds,
            "getMilliseconds" => Self::Milliseconds,
            _ => return None,
        })
    }

    pub(crate) fn of(self, local: DateTime) -> i64 {
        match self {
            Self::FullYear => i64::from(local.year()),
            Self::Month => i64::from(local.month()) - 1,
            Self::DayOfYear => i64::from(local.day_of_year()) - 1,
            Self::DayOfMonth => i64::from(local.day()) - 1,
            Self::Date => i64::from(local.day()),
            Self::DayOfWeek => i64::from(local.weekday().to_sunday_zero_offset()),
            Self::Hours => i64::from(local.hour()),
            Self::Minutes => i64::from(local.minute()),
            Self::Seconds => i64::from(local.second()),
            Self::Milliseconds => i64::from(local.millisecond()),
        }
    }
}

/// A duration in whole units, towards zero.
#[derive(Clone, Copy, Debug)]
pub enum SpanPart {
    Hours,
    Minutes,
    Seconds,
    /// Only those past the last whole second.
    Milliseconds,
}

impl SpanPart {
    /// The part this method asks for.
    pub(crate) fn named(method: &str) -> Option<Self> {
        Some(match method {
            "getHours" => Self::Hours,
            "getMinutes" => Self::Minutes,
            "getSeconds" => Self::Seconds,
            "getMilliseconds" => Self::Milliseconds,
            _ => return None,
        })
    }

    pub(crate) fn of(self, millis: i64) -> i64 {
        match self {
            Self::Hours => millis / 3_600_000,
            Self::Minutes => millis / 60_000,
            Self::Seconds => millis / 1_000,
            Self::Milliseconds => millis % 1_000,
        }
    }
}

/// A method of a point in time, in UTC or in the zone of the argument; none where it has no such method.
pub(super) fn field(at: Timestamp, name: &str, args: &[Value]) -> Option<Result<Value, Fault>> {
    let part = TimePart::named(name)?;
    let (zone, named) = match args {
        [] => (Some(Zone::UTC), "UTC"),
        [Value::String(named)] => (Zone::named(named), &**named),
        _ => return None,
    };
    let local = zone.and_then(|zone| at.in_zone(&zone));
    let found = local.map(|local| Value::Int(part.of(local)));
    Some(found.ok_or_else(|| {
        Fault::Argument(format!(
            "there is no time zone '{named}'; write an IANA name or an offset: 'Asia/Ho_Chi_Minh', '+07:00'"
        ))
    }))
}

/// A method of a duration; none where it has no such method.
pub(super) fn whole_units(
    span: SignedDuration,
    name: &str,
    args: &[Value],
) -> Option<Result<Value, Fault>> {
    let part = SpanPart::named(name).filter(|_| args.is_empty())?;
    let millis = i64::try_from(span.as_millis());
    Some(
        millis
            .map(|millis| Value::Int(part.of(millis)))
            .map_err(|_| Fault::Overflow("duration")),
    )
}
