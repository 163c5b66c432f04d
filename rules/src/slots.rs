//! Where the values of an expression's slots come from, for one asset and for one group.

use std::sync::Arc;

use cel::Slots;
use model::{Areas, AssetHandle, FieldId, Key, Span, Time, Value};

use crate::group::GroupView;
use crate::held::HeldState;
use crate::live_state::{AssetState, Cell, LiveState};
use crate::local_clock;
use crate::place::{self, Place};
use crate::plan::{Held, Plan};
use crate::sun::Sun;
use crate::windows::{KindWindows, Statistic};

/// What a slot number stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SlotSource {
    /// The latest value, unknown when stale.
    Field(FieldId),
    /// The last good value, however old.
    LastKnown(FieldId),
    /// A figure about a window: its place in the kind's windows.
    Window(u16, Statistic),
    /// A figure about a window that closes: its place among those that the derivation collects.
    Collected(u16),
    /// The time since the field was last measured.
    Age(FieldId),
    /// Whether the asset has been silent for long: a bit of the kind's silences.
    Silent(u8),
    /// Whether a condition has held for long: its place in the kind's helds.
    Held(u16),
    /// `asset.id`
    AssetId,
    /// `asset.name`
    AssetName,
    /// `asset.area`
    AssetArea,
    /// The name of the asset's area, in Vietnamese (false) or English (true).
    AssetAreaName(bool),
    /// A registry column of the asset.
    Column(u16),
    /// A part of the instance's key, by place.
    KeyPart(u8),
    /// The name of the area that a part of the key names, in Vietnamese (false) or English (true).
    KeyAreaName(u8, bool),
    /// A slot of an earlier step of the sequence, by step and place.
    Captured(u8, u16),
    /// An aggregate over the members, by place in the rule.
    Aggregate(u16),
    /// The time it is.
    Now,
    /// When the asset's newest reading was measured.
    At,
    /// Whether a calendar is open: its place in the plan's clocks.
    Open(u16),
    /// The hour of the day on the city's clock.
    LocalHour,
    /// When the sun rises or sets today where the asset is.
    Sun(Sun),
    /// Whether the asset stands in an area: its place in the kind's areas.
    Within(u16),
    /// How far away the asset of this relation is, in metres.
    Distance(u16),
    /// The latest value of the asset of this relation, unknown when stale.
    Related(u16, FieldId),
    /// How many members are known.
    Count,
    /// The share of members that are known.
    KnownFraction,
}

impl SlotSource {
    /// It shows another asset.
    pub(crate) fn is_elsewhere(&self) -> bool {
        matches!(self, Self::Related(..) | Self::Distance(_))
    }
}

/// What is so for all assets.
#[derive(Clone, Copy)]
pub(crate) struct World<'a> {
    pub(crate) now: Time,
    pub(crate) live: &'a LiveState,
    pub(crate) plan: &'a Plan,
    pub(crate) areas: &'a Areas,
    /// By clock of the plan: whether that calendar is open.
    pub(crate) open: &'a [bool],
}

impl World<'_> {
    fn is_open(&self, clock: u16) -> Option<bool> {
        self.open.get(usize::from(clock)).copied()
    }

    fn local_hour(&self) -> Option<i64> {
        local_clock::hour(&self.plan.zone, self.now)
    }

    /// Where an asset is: where it says, or where the registry puts it.
    fn place(&self, asset: &AssetState) -> Option<Place> {
        let Some((lat, lon)) = self.plan.kinds[asset.entry.kind.index()].position else {
            return Some((asset.entry.lat?, asset.entry.lon?));
        };
        let measured = |field| match self.live.cell(asset, field).known()? {
            Value::F64(value) => Some(*value),
            _ => None,
        };
        let known = asset.is_known();
        known.then(|| Some((measured(lat)?, measured(lon)?)))?
    }

    /// When the sun rises or sets today where an asset is; without a place of its own, in its area.
    fn sun(&self, sun: Sun, asset: &AssetState) -> Option<Time> {
        let of_area = || {
            let area = self.areas.get(asset.entry.area.as_ref()?.as_str())?;
            Some((area.lat, area.lon))
        };
        let (lat, lon) = self.place(asset).or_else(of_area)?;
        let today = local_clock::date(&self.plan.zone, self.now)?;
        crate::sun::at(sun, today, lat, lon)
    }
}

/// One asset's values.
#[derive(Clone, Copy)]
pub(crate) struct AssetSlots<'a> {
    pub(crate) sources: &'a [SlotSource],
    pub(crate) state: &'a AssetState,
    pub(crate) row: &'a [Cell],
    pub(crate) windows: &'a KindWindows,
    pub(crate) helds: &'a [Held],
    pub(crate) held_states: &'a [HeldState],
    /// Whether the asset's source is connected: without it, silence proves nothing.
    pub(crate) source_up: bool,
    /// Whom it looks at, relation by relation.
    pub(crate) related: &'a [Option<AssetHandle>],
    pub(crate) world: World<'a>,
}

impl AssetSlots<'_> {
    fn value(&self, slot: u32) -> Option<&Value> {
        match self.sources[slot as usize] {
            SlotSource::Field(field) if self.state.is_known() => self.row[field.index()].known(),
            SlotSource::LastKnown(field) => self.row[field.index()].last.as_ref(),
            SlotSource::Column(column) => {
                self.state.entry.columns.get(usize::from(column))?.as_ref()
            }
            SlotSource::Related(relation, field) => {
                let other = self.related(relation).filter(|other| other.is_known())?;
                self.world.live.cell(other, field).known()
            }
            _ => None,
        }
    }

    fn related(&self, relation: u16) -> Option<&'_ AssetState> {
        let handle = (*self.related.get(usize::from(relation))?)?;
        Some(self.world.live.asset(handle))
    }

    /// When the newest of what a slot shows was measured.
    pub(crate) fn measured_at(&self, slot: u32) -> Option<Time> {
        let at = match self.sources[slot as usize] {
            SlotSource::Field(field) | SlotSource::Age(field) => self.row[field.index()].at,
            SlotSource::LastKnown(field) => self.row[field.index()].good_at,
            SlotSource::Window(..) | SlotSource::Silent(_) | SlotSource::Held(_) => {
                self.state.latest_at
            }
            SlotSource::Related(relation, field) => {
                let other = self.related(relation)?;
                self.world.live.cell(other, field).at
            }
            _ => return None,
        };
        (at != Time::MIN).then_some(at)
    }

    /// A remark on what a slot shows: the contents of its window, the length of its silence.
    pub(crate) fn note(&self, slot: u32) -> Option<Arc<str>> {
        if let SlotSource::Related(relation, _) | SlotSource::Distance(relation) =
            self.sources[slot as usize]
        {
            let other = self.related(relation)?;
            return Some(format!("of {}", other.entry.id).into());
        }
        let SlotSource::Window(spec, _) = self.sources[slot as usize] else {
            return None;
        };
        let note = self.windows.note(self.state.row, usize::from(spec));
        note.map(Into::into)
    }

    /// A figure about a window, unknown with its asset.
    fn figure(&self, slot: u32) -> Option<f64> {
        let SlotSource::Window(spec, statistic) = self.sources[slot as usize] else {
            return None;
        };
        if !self.state.is_known() {
            return None;
        }
        let spec = usize::from(spec);
        let seen = |field: FieldId| self.row[field.index()].at != Time::MIN;
        self.windows.figure(self.state.row, spec, statistic, seen)
    }
}

impl Slots for AssetSlots<'_> {
    fn boolean(&self, slot: u32) -> Option<bool> {
        match self.sources[slot as usize] {
            SlotSource::Silent(bit) if self.source_up => Some(self.state.reached & (1 << bit) != 0),
            SlotSource::Window(..) => self.figure(slot).map(|value| value > 0.5),
            SlotSource::Held(held) => {
                let length = self.helds[usize::from(held)].length;
                self.held_states
                    .get(usize::from(held))?
                    .held(length, self.world.now)
            }
            SlotSource::Open(clock) => self.world.is_open(clock),
            SlotSource::Within(place) => {
                let plan = &self.world.plan.kinds[self.state.entry.kind.index()];
                let area = plan.areas.get(usize::from(place))?;
                let own = self.state.entry.area.as_ref()?;
                Some(self.world.areas.within(own.as_str(), area))
            }
            _ => match self.value(slot)? {
                Value::Bool(value) => Some(*value),
                _ => None,
            },
        }
    }

    fn int(&self, slot: u32) -> Option<i64> {
        match self.sources[slot as usize] {
            SlotSource::LocalHour => self.world.local_hour(),
            _ => self.figure(slot).map(|count| count as i64),
        }
    }

    fn number(&self, slot: u32) -> Option<f64> {
        match self.sources[slot as usize] {
            SlotSource::Window(..) => return self.figure(slot),
            SlotSource::Distance(relation) => {
                let there = self.world.place(self.related(relation)?)?;
                return Some(place::distance_m(self.world.place(self.state)?, there));
            }
            _ => {}
        }
        match self.value(slot)? {
            Value::F64(value) => Some(*value),
            _ => None,
        }
    }

    fn text(&self, slot: u32) -> Option<&str> {
        let entry = &self.state.entry;
        match self.sources[slot as usize] {
            SlotSource::AssetId => Some(entry.id.as_str()),
            SlotSource::AssetName => Some(&entry.name),
            SlotSource::AssetAreaName(english) => {
                let name = &self.world.areas.get(entry.area.as_ref()?.as_str())?.name;
                Some(if english { &name.en } else { &name.vi })
            }
            SlotSource::AssetArea => entry.area.as_ref().map(model::AreaCode::as_str),
            _ => match self.value(slot)? {
                Value::Text(value) => Some(value),
                _ => None,
            },
        }
    }

    fn symbol(&self, slot: u32) -> Option<u16> {
        if let SlotSource::Window(..) = self.sources[slot as usize] {
            return self.figure(slot).map(|word| word as u16);
        }
        match self.value(slot)? {
            Value::Symbol(value) => Some(*value),
            _ => None,
        }
    }

    fn time(&self, slot: u32) -> Option<Time> {
        match self.sources[slot as usize] {
            SlotSource::Window(..) => {
                return self.figure(slot).map(|ms| Time::from_millis(ms as i64));
            }
            SlotSource::Now => return Some(self.world.now),
            SlotSource::At => return self.state.latest_at().filter(|_| self.state.is_known()),
            SlotSource::Sun(sun) => return self.world.sun(sun, self.state),
            _ => {}
        }
        match self.value(slot)? {
            Value::Time(value) => Some(*value),
            _ => None,
        }
    }

    fn span(&self, slot: u32) -> Option<Span> {
        let SlotSource::Age(field) = self.sources[slot as usize] else {
            return None;
        };
        let cell = &self.row[field.index()];
        let known = self.state.is_known() && cell.known().is_some();
        known.then(|| self.world.now.since(cell.at))
    }
}

/// One asset's registry columns alone: what its thresholds are made of.
pub(crate) struct Columns<'a> {
    pub(crate) slots: &'a [SlotSource],
    pub(crate) state: &'a AssetState,
}

impl Columns<'_> {
    fn value(&self, slot: u32) -> Option<&Value> {
        match self.slots[slot as usize] {
            SlotSource::Column(column) => {
                self.state.entry.columns.get(usize::from(column))?.as_ref()
            }
            _ => None,
        }
    }
}

impl Slots for Columns<'_> {
    fn boolean(&self, _slot: u32) -> Option<bool> {
        None
    }

    fn int(&self, _slot: u32) -> Option<i64> {
        None
    }

    fn number(&self, slot: u32) -> Option<f64> {
        match self.value(slot)? {
            Value::F64(value) => Some(*value),
            _ => None,
        }
    }

    fn text(&self, slot: u32) -> Option<&str> {
        match self.value(slot)? {
            Value::Text(value) => Some(value),
            _ => None,
        }
    }

    fn symbol(&self, _slot: u32) -> Option<u16> {
        None
    }

    fn time(&self, _slot: u32) -> Option<Time> {
        None
    }

    fn span(&self, _slot: u32) -> Option<Span> {
        None
    }
}

/// One group's values.
pub(crate) struct GroupSlots<'a> {
    pub(crate) sources: &'a [SlotSource],
    pub(crate) view: GroupView<'a>,
    pub(crate) key: &'a Key,
    pub(crate) world: World<'a>,
}

impl Slots for GroupSlots<'_> {
    fn boolean(&self, slot: u32) -> Option<bool> {
        match self.sources[slot as usize] {
            SlotSource::Aggregate(place) => self.view.aggregate(usize::from(place))?.as_bool(),
            SlotSource::Open(clock) => self.world.is_open(clock),
            _ => None,
        }
    }

    fn int(&self, slot: u32) -> Option<i64> {
        match self.sources[slot as usize] {
            SlotSource::Count => Some(i64::from(self.view.known())),
            SlotSource::LocalHour => self.world.local_hour(),
            SlotSource::Aggregate(place) => self.view.aggregate(usize::from(place))?.as_int(),
            _ => None,
        }
    }

    fn number(&self, slot: u32) -> Option<f64> {
        match self.sources[slot as usize] {
            SlotSource::KnownFraction => self.view.known_fraction(),
            SlotSource::Aggregate(place) => self.view.aggregate(usize::from(place))?.as_number(),
            _ => None,
        }
    }

    fn text(&self, slot: u32) -> Option<&str> {
        match self.sources[slot as usize] {
            SlotSource::KeyPart(place) => Some(&self.key.0.get(usize::from(place))?.value),
            SlotSource::KeyAreaName(place, english) => {
                let code = &self.key.0.get(usize::from(place))?.value;
                let name = &self.world.areas.get(code)?.name;
                Some(if english { &name.en } else { &name.vi })
            }
            _ => None,
        }
    }

    fn symbol(&self, _slot: u32) -> Option<u16> {
        None
    }

    fn time(&self, slot: u32) -> Option<Time> {
        (self.sources[slot as usize] == SlotSource::Now).then_some(self.world.now)
    }

    fn span(&self, _slot: u32) -> Option<Span> {
        None
    }
}
