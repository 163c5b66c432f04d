//! Groups of assets and what is kept up to date about their members, so that no reading ever looks at all of them.
//!
//! A member's contribution is a function of its state alone; the accumulators are exact and independent of order. Both
//! can therefore be rebuilt from the live state, bit for bit, and no checkpoint holds them.

use std::sync::Arc;

use cel::{Program, Slots, Value};
use model::{Areas, Asset, FieldId, Key, KeyPart};

use crate::hashing::FixedMap;
use crate::ordered::Ordered;
use crate::plan::Dimension;
use crate::slots::SlotSource;
use crate::windows::{Distinct, ExactSum, Share, sample_of};

/// What is asked across the members.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Across {
    Count,
    Fraction,
    Any,
    All,
    Avg,
    Sum,
    Min,
    Max,
    Distinct,
    Quantile(Share),
}

impl Across {
    /// The functions across members, as rules write them.
    pub(crate) const FUNCTIONS: [&'static str; 10] = [
        "count", "fraction", "any", "all", "avg", "sum", "min", "max", "distinct", "quantile",
    ];

    /// The function of this name; `share` is what a quantile is asked at.
    pub(crate) fn parse(name: &str, share: Share) -> Option<Self> {
        Some(match name {
            "count" => Self::Count,
            "fraction" => Self::Fraction,
            "any" => Self::Any,
            "all" => Self::All,
            "avg" => Self::Avg,
            "sum" => Self::Sum,
            "min" => Self::Min,
            "max" => Self::Max,
            "distinct" => Self::Distinct,
            "quantile" => Self::Quantile(share),
            _ => return None,
        })
    }

    /// Asks about a condition of the members, not about a number.
    pub(crate) fn takes_condition(self) -> bool {
        matches!(self, Self::Count | Self::Fraction | Self::Any | Self::All)
    }
}

/// What each member contributes.
#[derive(Debug)]
pub(crate) enum Contributes {
    Condition(Program<bool>),
    Number(Program<f64>),
    /// A value of any type, of which only sameness counts.
    Value(Program<Value>),
}

impl Contributes {
    /// The expression as written.
    pub(crate) fn source(&self) -> &str {
        match self {
            Self::Condition(condition) => condition.source(),
            Self::Number(number) => number.source(),
            Self::Value(value) => value.source(),
        }
    }

    /// The field whose value it is, if it is nothing else: what most numbers are.
    pub(crate) fn field(&self, sources: &[SlotSource]) -> Option<FieldId> {
        let Self::Number(number) = self else {
            return None;
        };
        match sources[number.lone_slot()? as usize] {
            SlotSource::Field(field) => Some(field),
            _ => None,
        }
    }

    /// What a member comes to, as a number; conditions as 0 and 1.
    pub(crate) fn eval(&self, slots: &impl Slots) -> Option<f64> {
        match self {
            Self::Condition(condition) => {
                condition.eval(slots).map(|held| f64::from(u8::from(held)))
            }
            Self::Number(number) => number.eval(slots),
            Self::Value(value) => value.eval(slots).map(|value| as_number(&value)),
        }
    }
}

/// A number that equal values share and others do not; of a text its print.
fn as_number(value: &Value) -> f64 {
    match value {
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::Int(value) => *value as f64,
        Value::Uint(value) => *value as f64,
        Value::Double(value) => *value,
        Value::Timestamp(at) => at.to_time().millis() as f64,
        Value::Duration(span) => span.as_millis() as f64,
        other => sample_of(&model::Value::Text(other.to_string().into())),
    }
}

/// One function across the members, as a rule uses it.
#[derive(Debug)]
pub(crate) struct Aggregate {
    pub(crate) across: Across,
    pub(crate) member: Contributes,
}

/// The known contributions of one group to one aggregate. Conditions count as 0 and 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Accumulator {
    known: u32,
    sum: ExactSum,
    /// Kept for `min`, `max` and `quantile` only.
    values: Ordered,
    /// Kept for `distinct` only.
    distinct: Distinct,
}

/// What an aggregate needs beside count and sum.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keeps {
    Nothing,
    Order,
    Distinct,
}

impl Across {
    fn keeps(self) -> Keeps {
        match self {
            Self::Min | Self::Max | Self::Quantile(_) => Keeps::Order,
            Self::Distinct => Keeps::Distinct,
            _ => Keeps::Nothing,
        }
    }
}

impl Accumulator {
    fn add(&mut self, value: f64, keeps: Keeps) {
        self.known += 1;
        self.sum.add(value);
        match keeps {
            Keeps::Nothing => {}
            Keeps::Order => self.values.insert(value),
            Keeps::Distinct => self.distinct.add(value),
        }
    }

    fn remove(&mut self, value: f64, keeps: Keeps) {
        self.known -= 1;
        self.sum.remove(value);
        match keeps {
            Keeps::Nothing => {}
            Keeps::Order => self.values.remove(value),
            Keeps::Distinct => self.distinct.remove(value),
        }
    }
}

/// The groups of one kind by some dimensions.
#[derive(Debug, Default)]
pub(crate) struct Grouping {
    pub(crate) groups: Vec<Group>,
    by_key: FixedMap<Key, u32>,
    /// For each row of the kind: its group; none for an asset that lacks a dimension or is not in service.
    of_row: Vec<Option<u32>>,
    /// For each row: whether it counts as known.
    known: Vec<bool>,
}

/// One group.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) key: Key,
    members: u32,
    known: u32,
}

impl Grouping {
    /// Puts the asset of the next row into its group.
    pub(crate) fn add(
        &mut self,
        asset: &Asset,
        in_service: bool,
        by: &[Dimension],
        areas: &Areas,
        column: impl Fn(&str) -> Option<usize>,
    ) {
        let key = in_service
            .then(|| key_of(asset, by, areas, column))
            .flatten();
        let group = key.map(|key| self.intern(key));
        if let Some(group) = group {
            self.groups[group as usize].members += 1;
        }
        self.of_row.push(group);
        self.known.push(false);
    }

    fn intern(&mut self, key: Key) -> u32 {
        let next = self.groups.len() as u32;
        let group = *self.by_key.entry(key.clone()).or_insert(next);
        if group == next {
            self.groups.push(Group {
                key,
                members: 0,
                known: 0,
            });
        }
        group
    }

    /// The group of this key, if an asset is in it.
    pub(crate) fn find(&self, key: &Key) -> Option<u32> {
        self.by_key.get(key).copied()
    }

    /// The group an asset's row belongs to.
    pub(crate) fn group_of(&self, row: u32) -> Option<u32> {
        self.of_row.get(row as usize).copied().flatten()
    }

    /// Takes note whether a member is known; nearly always it was and is.
    pub(crate) fn set_known(&mut self, row: u32, known: bool) {
        if self.known[row as usize] == known {
            return;
        }
        let Some(group) = self.group_of(row) else {
            return;
        };
        self.known[row as usize] = known;
        let group = &mut self.groups[group as usize];
        if known {
            group.known += 1;
        } else {
            group.known -= 1;
        }
    }
}

/// The group an asset belongs to; none where it lacks a dimension.
pub(crate) fn key_of(
    asset: &Asset,
    by: &[Dimension],
    areas: &Areas,
    column: impl Fn(&str) -> Option<usize>,
) -> Option<Key> {
    let parts = by.iter().map(|dimension| {
        Some(KeyPart {
            dimension: dimension.name(),
            value: dimension.of_asset(asset, areas, &column)?,
        })
    });
    parts.collect::<Option<Vec<_>>>().map(Key)
}

/// The aggregates of one rule: contributions by row, accumulators by group.
#[derive(Debug)]
pub(crate) struct Tally {
    functions: Arc<[Across]>,
    contributions: Vec<Option<f64>>,
    accumulators: Vec<Accumulator>,
}

impl Tally {
    pub(crate) fn new(aggregates: &[Aggregate]) -> Self {
        Self {
            functions: aggregates.iter().map(|a| a.across).collect(),
            contributions: Vec::new(),
            accumulators: Vec::new(),
        }
    }

    /// How much memory it takes.
    pub(crate) fn bytes(&self) -> u64 {
        let contributions = self.contributions.capacity() * size_of::<Option<f64>>();
        let accumulators = self.accumulators.capacity() * size_of::<Accumulator>();
        let values = self.accumulators.iter();
        let values = values.map(|a| a.values.bytes() + a.distinct.bytes());
        (contributions + accumulators + values.sum::<usize>()) as u64
    }

    /// What so many aggregates take for each member and for each group.
    pub(crate) fn bytes_each(aggregates: usize) -> (usize, usize) {
        let member = aggregates * size_of::<Option<f64>>();
        (member, aggregates * size_of::<Accumulator>())
    }

    /// Replaces what a member contributes to one aggregate.
    pub(crate) fn contribute(&mut self, row: u32, group: u32, place: usize, value: Option<f64>) {
        let width = self.functions.len();
        let keeps = self.functions[place].keeps();
        let value = value.map(|v| v + 0.0); // −0.0 becomes 0.0: what compares equal must be taken out where it was put in.
        let mine = row as usize * width + place;
        let theirs = group as usize * width + place;
        if self.contributions.len() <= mine {
            self.contributions.resize((row as usize + 1) * width, None);
        }
        if self.accumulators.len() <= theirs {
            let groups = (group as usize + 1) * width;
            self.accumulators.resize_with(groups, Accumulator::default);
        }
        let before = std::mem::replace(&mut self.contributions[mine], value);
        if before == value {
            return;
        }
        let accumulator = &mut self.accumulators[theirs];
        if let Some(before) = before {
            accumulator.remove(before, keeps);
        }
        if let Some(value) = value {
            accumulator.add(value, keeps);
        }
    }
}

/// What an aggregate came to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Figure {
    Bool(bool),
    Int(i64),
    Number(f64),
}

impl Figure {
    pub(crate) fn as_bool(self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(value),
            Self::Int(_) | Self::Number(_) => None,
        }
    }

    pub(crate) fn as_int(self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(value),
            Self::Bool(_) | Self::Number(_) => None,
        }
    }

    pub(crate) fn as_number(self) -> Option<f64> {
        match self {
            Self::Number(value) => Some(value),
            Self::Bool(_) | Self::Int(_) => None,
        }
    }
}

/// One group as a rule's expression sees it.
#[derive(Clone, Copy)]
pub(crate) struct GroupView<'a> {
    grouping: &'a Grouping,
    tally: Option<&'a Tally>,
    group: u32,
}

impl<'a> GroupView<'a> {
    pub(crate) fn new(grouping: &'a Grouping, tally: Option<&'a Tally>, group: u32) -> Self {
        Self {
            grouping,
            tally,
            group,
        }
    }

    fn group(&self) -> &'a Group {
        &self.grouping.groups[self.group as usize]
    }

    /// How many members are in service and known.
    pub(crate) fn known(&self) -> u32 {
        self.group().known
    }

    /// How many members are in service.
    pub(crate) fn members(&self) -> u32 {
        self.group().members
    }

    /// The share of members that are known; none of an empty group.
    pub(crate) fn known_fraction(&self) -> Option<f64> {
        let Group { members, known, .. } = self.group();
        (*members > 0).then(|| f64::from(*known) / f64::from(*members))
    }

    /// What an aggregate comes to over the members whose contribution is known; none when there are none.
    pub(crate) fn aggregate(&self, place: usize) -> Option<Figure> {
        let across = *self.tally?.functions.get(place)?;
        let accumulator = self.accumulator(place).filter(|a| a.known > 0)?;
        let known = f64::from(accumulator.known);
        let sum = accumulator.sum.value();
        Some(match across {
            Across::Count => Figure::Int(sum as i64),
            Across::Any => Figure::Bool(sum > 0.0),
            Across::All => Figure::Bool(sum >= known),
            Across::Fraction | Across::Avg => Figure::Number(sum / known),
            Across::Sum => Figure::Number(sum),
            Across::Min => Figure::Number(accumulator.values.least()?),
            Across::Max => Figure::Number(accumulator.values.greatest()?),
            Across::Distinct => Figure::Int(accumulator.distinct.value() as i64),
            Across::Quantile(share) => Figure::Number(accumulator.values.quantile(share.get())?),
        })
    }

    /// The share of members whose part is known in each of the first `asked` aggregates.
    pub(crate) fn known_share(&self, asked: usize) -> f64 {
        let members = f64::from(self.group().members.max(1));
        let least = (0..asked).map(|place| self.contributors(place)).min();
        f64::from(least.unwrap_or(self.group().known)) / members
    }

    /// How many members contributed to an aggregate.
    pub(crate) fn contributors(&self, place: usize) -> u32 {
        self.accumulator(place).map_or(0, |a| a.known)
    }

    fn accumulator(&self, place: usize) -> Option<&'a Accumulator> {
        let tally = self.tally?;
        let width = tally.functions.len();
        tally.accumulators.get(self.group as usize * width + place)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn accumulators_agree_with_a_fresh_look_at_all_members(
            changes in prop::collection::vec((0_u32..6, prop::option::of((-9_i32..9).prop_map(|n| f64::from(n) * 2.5))), 1..80),
        ) {
            let median = Across::Quantile(Share::new(0.5).expect("a share"));
            let functions = [Across::Avg, Across::Sum, Across::Min, Across::Max, median, Across::Distinct];
            let mut tally = Tally { functions: functions.into(), contributions: Vec::new(), accumulators: Vec::new() };
            let mut grouping = Grouping::default();
            grouping.intern(Key::default());
            let mut members: BTreeMap<u32, f64> = BTreeMap::new();
            for (row, value) in changes {
                for place in 0..functions.len() {
                    tally.contribute(row, 0, place, value);
                }
                match value {
                    Some(value) => members.insert(row, value),
                    None => members.remove(&row),
                };
                let view = GroupView::new(&grouping, Some(&tally), 0);
                let figures: Vec<_> = (0..5).map(|p| view.aggregate(p).and_then(Figure::as_number)).collect();
                let values = || members.values().copied();
                let sum = (!members.is_empty()).then(|| values().sum::<f64>());
                let mut sorted: Vec<_> = values().collect();
                sorted.sort_by(f64::total_cmp);
                let middle = sorted.len().checked_sub(1).map(|last| {
                    let (a, b) = (sorted[last / 2], sorted[last.div_ceil(2)]);
                    a + (b - a) * (last as f64 / 2.0).fract()
                });
                prop_assert_eq!(figures[4], middle);
                sorted.dedup();
                let distinct = view.aggregate(5).and_then(Figure::as_int);
                prop_assert_eq!(distinct, (!sorted.is_empty()).then_some(sorted.len() as i64));
                prop_assert_eq!(figures[2], values().reduce(f64::min));
                prop_assert_eq!(figures[3], values().reduce(f64::max));
                prop_assert_eq!(figures[1].is_some(), sum.is_some());
                if let (Some(a), Some(b)) = (figures[1], sum) {
                    prop_assert!((a - b).abs() < 1e-9);
                }
            }
        }
    }
}
