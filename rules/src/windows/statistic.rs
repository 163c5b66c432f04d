//! What can be asked of the past of a field: the methods over time, and what each needs.

use jiff::tz::TimeZone;
use model::ValueType;

use super::Shape;
use super::running::Keeps;

/// What is asked of a window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Statistic {
    Avg,
    Min,
    Max,
    Sum,
    Count,
    Stddev,
    Quantile(Share),
    First,
    Last,
    Delta,
    Rate,
    Increase,
    Changes,
    Distinct,
    Slope,
    Ewma,
    Zscore,
    Baseline,
    Prev,
}

/// A share from 0 to 1: the bytes of its bits, so that what holds one, such as every slot, need not be aligned to eight.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Share([u8; 8]);

impl Share {
    pub(crate) fn new(share: f64) -> Option<Self> {
        // −0.0 becomes 0.0, so that equal shares are one.
        (0.0..=1.0)
            .contains(&share)
            .then(|| Self((share + 0.0).to_ne_bytes()))
    }

    pub(crate) fn get(self) -> f64 {
        f64::from_ne_bytes(self.0)
    }
}

/// What a figure is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Figure {
    /// In the field's unit.
    Measured,
    /// In the field's unit a second.
    PerSecond,
    /// A number without a unit.
    Plain,
    /// How many.
    Counted,
    /// A value of the field itself, whatever its type.
    Value,
}

impl Statistic {
    /// The methods over time, as rules write them.
    pub(crate) const METHODS: [&'static str; 19] = [
        "avg", "min", "max", "sum", "count", "stddev", "quantile", "first", "last", "delta",
        "rate", "increase", "changes", "distinct", "slope", "ewma", "zscore", "baseline", "prev",
    ];

    /// The statistic of this method name; `share` is what a quantile is asked at.
    pub(crate) fn parse(method: &str, share: Share) -> Option<Self> {
        Some(match method {
            "avg" => Self::Avg,
            "min" => Self::Min,
            "max" => Self::Max,
            "sum" => Self::Sum,
            "count" => Self::Count,
            "stddev" => Self::Stddev,
            "quantile" => Self::Quantile(share),
            "first" => Self::First,
            "last" => Self::Last,
            "delta" => Self::Delta,
            "rate" => Self::Rate,
            "increase" => Self::Increase,
            "changes" => Self::Changes,
            "distinct" => Self::Distinct,
            "slope" => Self::Slope,
            "ewma" => Self::Ewma,
            "zscore" => Self::Zscore,
            "baseline" => Self::Baseline,
            "prev" => Self::Prev,
            _ => return None,
        })
    }

    /// The method's name.
    pub(crate) fn name(self) -> &'static str {
        let share = match self {
            Self::Quantile(share) => share,
            _ => Share([0; 8]),
        };
        let same = |name: &&str| Self::parse(name, share) == Some(self);
        Self::METHODS
            .into_iter()
            .find(|name| same(name))
            .unwrap_or_default()
    }

    pub(crate) fn figure(self) -> Figure {
        match self {
            Self::Avg | Self::Min | Self::Max | Self::Sum | Self::Stddev | Self::Quantile(_) => {
                Figure::Measured
            }
            Self::Delta | Self::Increase | Self::Ewma | Self::Baseline => Figure::Measured,
            Self::Rate | Self::Slope => Figure::PerSecond,
            Self::Zscore => Figure::Plain,
            Self::Count | Self::Changes | Self::Distinct => Figure::Counted,
            Self::First | Self::Last | Self::Prev => Figure::Value,
        }
    }

    /// Whether it can be asked of a field of this type.
    pub(crate) fn takes(self, value_type: ValueType) -> bool {
        match self.figure() {
            Figure::Measured | Figure::PerSecond | Figure::Plain => value_type == ValueType::F64,
            Figure::Counted => true,
            // A text is remembered by its print only.
            Figure::Value => value_type != ValueType::Text,
        }
    }

    /// What has to be remembered for it; `zone` is the city's.
    pub(crate) fn shape(self, zone: &TimeZone) -> Shape {
        match self {
            Self::Ewma => Shape::Decayed,
            Self::Baseline => Shape::Weekly(zone.clone()),
            Self::Prev => Shape::Pair,
            _ => Shape::Samples(Keeps::for_statistic(self)),
        }
    }
}
