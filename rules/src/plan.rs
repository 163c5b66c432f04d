//! Rules as compiled: what the engine runs. Made by `load`, never changed afterwards.

use std::collections::BTreeSet;
use std::sync::Arc;

use cel::Program;
use jiff::tz::TimeZone;
use model::{
    AreaLevel, Areas, Asset, EscalationStep, FieldId, KindId, Localized, RuleName, Severity, Span,
};

use crate::crossings::Crossings;
use crate::derivations::{Derivation, Derived};
use crate::group::Aggregate;
use crate::inhibit::Inhibition;
use crate::ladder::LadderSpec;
use crate::live_state::Silence;
use crate::related::Relation;
use crate::sequences::SequencePlan;
use crate::slots::SlotSource;
use crate::template::Template;
use crate::windows::{Statistic, WindowSpec};

/// A rule's place in its plan. Rules stand in the order of their names, so that the order of places is theirs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct RuleIx(pub(crate) u32);

impl RuleIx {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What others need to know of a rule.
#[derive(Clone, Debug)]
pub struct RuleInfo {
    /// Its group and name.
    pub name: RuleName,
    /// The kind it watches; rules of the engine itself watch none.
    pub kind: Option<Arc<str>>,
    /// The worst of its severities; derivations have none.
    pub worst: Option<Severity>,
    /// A draft: evaluated, never annunciated.
    pub shadow: bool,
    /// The dimensions of its keys.
    pub by: Arc<[Arc<str>]>,
    /// None where nothing of it is said.
    pub(crate) attached: Option<Box<Attached>>,
}

/// What goes with alerts of a rule: nothing that the engine decides by.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attached {
    pub(crate) labels: Box<[(Arc<str>, Arc<str>)]>,
    pub(crate) escalate: Box<[EscalationStep]>,
}

impl RuleInfo {
    /// What the author wants alerts of this rule to carry, in the order of names.
    pub fn labels(&self) -> &[(Arc<str>, Arc<str>)] {
        self.attached.as_deref().map_or(&[], |said| &said.labels)
    }

    /// Who is told when nobody answers; the alert desk's business.
    pub fn escalate(&self) -> &[EscalationStep] {
        self.attached.as_deref().map_or(&[], |said| &said.escalate)
    }
}

/// All rules of a city, compiled against its catalog.
#[derive(Debug)]
pub struct Plan {
    pub(crate) rules: Vec<Rule>,
    /// One a kind of the catalog.
    pub(crate) kinds: Vec<KindPlan>,
    pub(crate) inhibitions: Vec<Inhibition>,
    /// The kinds that rules derive, each after those it is made of.
    pub(crate) derived: Vec<Derived>,
    /// Rules of other files that run along because these need them.
    pub(crate) company: BTreeSet<RuleName>,
    /// What of the clock some rule looks at.
    pub(crate) clocks: Vec<Clock>,
    /// The city's.
    pub(crate) zone: TimeZone,
    pub(crate) builtin: Builtins,
}

/// The rules the engine brings itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Builtins {
    pub(crate) clock_wrong: RuleIx,
    pub(crate) over_limit: RuleIx,
    pub(crate) source_down: RuleIx,
}

/// One rule. There may be ten thousand: what few rules have stands behind a pointer, and no list keeps room to grow.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) info: RuleInfo,
    pub(crate) subject: Subject,
    pub(crate) slots: Box<[SlotSource]>,
    /// How many of the slots its conditions read; the rest belong to its texts.
    pub(crate) condition_slots: u32,
    pub(crate) conditions: Conditions,
    pub(crate) ladder: LadderSpec,
    pub(crate) limit: u32,
    /// None where the author gave none: then it is the rule's name and what the alert is about.
    pub(crate) summary: Option<Box<Template>>,
    /// None where nothing of it is said.
    pub(crate) extras: Option<Box<Extras>>,
    /// Of everything that decides what the condition means: with the same print, instances carry over an edit.
    pub(crate) print: u64,
    /// Of everything that is written: with the same print, a restore has nothing to look at.
    pub(crate) whole: u64,
}

/// What few rules say.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    pub(crate) during: Option<u16>,
    pub(crate) clocks: Box<[u16]>,
    pub(crate) settle: Span,
    pub(crate) guidance: Option<Guidance>,
}

impl Extras {
    /// These, if anything of them is said.
    pub(crate) fn said(self) -> Option<Box<Self>> {
        let none = self.during.is_none()
            && self.clocks.is_empty()
            && self.settle.is_zero()
            && self.guidance.is_none();
        (!none).then(|| Box::new(self))
    }
}

impl Rule {
    /// Outside this calendar, by place in [`Plan::clocks`], the condition is false.
    pub(crate) fn during(&self) -> Option<u16> {
        self.extras.as_ref()?.during
    }

    /// Every part of the clock it looks at, by place in [`Plan::clocks`].
    pub(crate) fn clocks(&self) -> &[u16] {
        self.extras.as_ref().map_or(&[], |extras| &extras.clocks)
    }

    /// How long its alerts wait for a cause before they call.
    pub(crate) fn settle(&self) -> Span {
        self.extras
            .as_ref()
            .map_or(Span::ZERO, |extras| extras.settle)
    }

    pub(crate) fn guidance(&self) -> Option<&Guidance> {
        self.extras.as_ref()?.guidance.as_ref()
    }

    pub(crate) fn sequence(&self) -> Option<&SequencePlan> {
        match &self.conditions {
            Conditions::Sequence(sequence) => Some(sequence),
            _ => None,
        }
    }

    /// The slots its conditions read.
    pub(crate) fn asked_slots(&self) -> &[SlotSource] {
        &self.slots[..self.condition_slots as usize]
    }
}

/// What to do about alerts of a rule: cause, consequence, action, deadline.
#[derive(Debug)]
pub(crate) struct Guidance {
    pub(crate) written: Localized,
    /// Where it has places; else it is what is written.
    pub(crate) template: Option<Box<Template>>,
}

/// What an instance of a rule is about.
#[derive(Debug)]
pub(crate) enum Subject {
    /// One asset of a kind.
    Asset(KindId),
    /// The assets of a kind that agree in some dimensions.
    Group(Box<GroupPlan>),
    /// What a sequence is about: assets of any kinds that agree in its dimensions, or one `asset` of a kind.
    Sequence { asset: Option<KindId> },
    /// A source.
    Source,
    /// An asset of any kind.
    AnyAsset,
    /// A rule.
    Rule,
}

impl Subject {
    /// The kind whose assets a rule looks at one by one or in groups.
    pub(crate) fn kind(&self) -> Option<KindId> {
        match self {
            Self::Asset(kind) => Some(*kind),
            Self::Group(group) => Some(group.kind),
            Self::Sequence { .. } | Self::Source | Self::AnyAsset | Self::Rule => None,
        }
    }
}

/// How a group rule looks at its members.
#[derive(Debug)]
pub(crate) struct GroupPlan {
    pub(crate) kind: KindId,
    /// Index into [`KindPlan::groupings`].
    pub(crate) grouping: usize,
    pub(crate) aggregates: Box<[Aggregate]>,
    /// How many of the aggregates its conditions ask for; the rest belong to its texts.
    pub(crate) asked: usize,
    /// Below this share of known members the group is unknown.
    pub(crate) min_known: f64,
}

/// When a rule holds.
#[derive(Debug)]
pub(crate) enum Conditions {
    /// Worst level first.
    Levels(Box<[Level]>),
    /// Silence, by the bit of the kind's silences that watches it.
    Absent { bit: u8 },
    /// Conditions that rise one after the other.
    Sequence(Box<SequencePlan>),
    /// The engine knows by itself.
    Builtin,
    /// Never: it computes readings in place of alerts.
    Derives(Box<Derivation>),
}

/// One level of a ladder.
#[derive(Debug)]
pub(crate) struct Level {
    pub(crate) when: Program<bool>,
    /// Without one, the negation of `when` clears.
    pub(crate) clear: Option<Box<Program<bool>>>,
}

/// A dimension by which assets are grouped or causes found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Dimension {
    Asset,
    /// The asset's own area.
    Area,
    /// The area of this level that contains it.
    AreaAt(AreaLevel),
    /// A registry column.
    Column(Arc<str>),
    /// Of a cause the asset itself, of an effect the asset it depends on.
    Uplink,
}

impl Dimension {
    /// Whether its values are codes of areas, which have names.
    pub(crate) fn is_area(&self) -> bool {
        matches!(self, Self::Area | Self::AreaAt(_))
    }

    /// As rules write it.
    pub(crate) fn name(&self) -> Arc<str> {
        match self {
            Self::Asset => "asset".into(),
            Self::Area => "area".into(),
            Self::AreaAt(AreaLevel::Province) => "province".into(),
            Self::AreaAt(AreaLevel::District) => "district".into(),
            Self::AreaAt(AreaLevel::Commune) => "commune".into(),
            Self::Column(name) => Arc::clone(name),
            Self::Uplink => "uplink".into(),
        }
    }

    /// An asset's value in it; none where the registry has none. `column` finds a registry column of the asset's kind.
    pub(crate) fn of_asset(
        &self,
        asset: &Asset,
        areas: &Areas,
        column: impl Fn(&str) -> Option<usize>,
    ) -> Option<Arc<str>> {
        match self {
            Self::Asset => Some(asset.id.as_str().into()),
            Self::Area => asset.area.as_ref().map(|area| area.as_str().into()),
            Self::AreaAt(level) => area_at(areas, asset.area.as_ref()?.as_str(), *level),
            Self::Column(name) => match asset.columns.get(column(name)?)?.as_ref()? {
                model::Value::Text(text) => Some(Arc::clone(text)),
                model::Value::F64(number) => Some(number.to_string().into()),
                model::Value::Bool(flag) => Some(flag.to_string().into()),
                model::Value::Symbol(_) | model::Value::Time(_) => None,
            },
            Self::Uplink => asset.uplink.as_ref().map(|id| id.as_str().into()),
        }
    }
}

/// The code of the area of this level that contains an area.
pub(crate) fn area_at(areas: &Areas, code: &str, level: AreaLevel) -> Option<Arc<str>> {
    let found = areas.ancestry(code).find(|area| area.level == level);
    found.map(|area| area.code.as_str().into())
}

/// What one kind's readings touch. A rule is named by its place in `rules`.
#[derive(Debug, Default)]
pub(crate) struct KindPlan {
    /// Every rule on the kind, in order.
    pub(crate) rules: Vec<RuleIx>,
    /// For each field: who looks at its value.
    pub(crate) fields: Vec<FieldUse>,
    /// Who looks at windows.
    pub(crate) statistics: Vec<StatisticUse>,
    /// How many gaps an asset has: one a number that some rule compares with bounds.
    pub(crate) gaps: usize,
    /// For each silence: which of `rules` look at it.
    pub(crate) by_silence: Vec<Vec<u32>>,
    /// Which of `rules` may turn by the mere passing of time.
    pub(crate) timed: Vec<u32>,
    pub(crate) windows: Arc<[WindowSpec]>,
    pub(crate) silences: Vec<Silence>,
    pub(crate) helds: Vec<Held>,
    /// How many conditions the sequences watch on each asset.
    pub(crate) watches: usize,
    /// Its readings are computed by a rule; none may come from outside.
    pub(crate) derived: bool,
    /// The rules that keep readings of the kind for windows of their own.
    pub(crate) collectors: Vec<RuleIx>,
    /// Times at which some condition turns by itself: revisit the asset then.
    pub(crate) turnings: Vec<Turning>,
    /// Whom assets of the kind look at.
    pub(crate) relations: Vec<Relation>,
    /// For each relation: which of `rules` look at the other.
    pub(crate) by_relation: Vec<Vec<u32>>,
    /// Areas that some condition asks whether the asset is within.
    pub(crate) areas: Vec<Arc<str>>,
    /// The fields with which the kind says where it is: latitude and longitude.
    pub(crate) position: Option<(FieldId, FieldId)>,
    pub(crate) groupings: Vec<Vec<Dimension>>,
}

impl KindPlan {
    /// Nothing is added to a finished plan.
    pub(crate) fn leave_no_room_to_grow(&mut self) {
        self.rules.shrink_to_fit();
        self.timed.shrink_to_fit();
        for list in self.by_silence.iter_mut().chain(&mut self.by_relation) {
            list.shrink_to_fit();
        }
        for field in &mut self.fields {
            field.crossings.leave_no_room_to_grow();
            field.others.shrink_to_fit();
            field.words.iter_mut().for_each(Vec::shrink_to_fit);
        }
        for figure in &mut self.statistics {
            figure.crossings.leave_no_room_to_grow();
            figure.others.shrink_to_fit();
        }
    }
}

/// What turns by the city's clock for all assets at once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Clock {
    /// The calendar of this name opens and closes.
    Calendar(Arc<str>),
    /// The hour of the day.
    Hour,
    /// The day, and with it when the sun rises and sets.
    Day,
}

/// A time at which a condition may turn: this long after a time that the asset has, or after 1970.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Turning {
    pub(crate) from: Option<SlotSource>,
    pub(crate) plus: Span,
}

/// The rules that look at one field.
#[derive(Debug, Default)]
pub(crate) struct FieldUse {
    /// Those that only compare it with bounds.
    pub(crate) crossings: Crossings,
    /// The place of its gap in an asset's row of gaps; without meaning where nobody crosses.
    pub(crate) gap: usize,
    /// For each word of a symbol: those that only ask whether it is this word.
    pub(crate) words: Vec<Vec<u32>>,
    /// All others: any change concerns them.
    pub(crate) others: Vec<u32>,
}

/// The rules that look at one figure about one window.
#[derive(Debug)]
pub(crate) struct StatisticUse {
    /// Index into [`KindPlan::windows`].
    pub(crate) window: usize,
    pub(crate) statistic: Statistic,
    /// Those that only compare it with bounds.
    pub(crate) crossings: Crossings,
    /// As [`FieldUse::gap`].
    pub(crate) gap: usize,
    /// All others: every reading that may move the window concerns them.
    pub(crate) others: Vec<u32>,
}

/// A condition that must have held for a while: `(apState == 'down').held('5m')`.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) text: Arc<str>,
    pub(crate) condition: Program<bool>,
    pub(crate) slots: Box<[SlotSource]>,
    pub(crate) length: Span,
}

impl Plan {
    /// What is known of a rule of this name.
    pub fn rule(&self, name: &RuleName) -> Option<&RuleInfo> {
        self.find(name).map(|ix| &self.rules[ix.index()].info)
    }

    /// Every rule in the order of names, the engine's own included.
    pub fn rules(&self) -> impl Iterator<Item = &RuleInfo> {
        self.rules.iter().map(|rule| &rule.info)
    }

    /// The rules that were not asked for and run along because others need them: see [`crate::compile_with`].
    pub fn company(&self) -> &BTreeSet<RuleName> {
        &self.company
    }

    /// Every rule with a fingerprint of all that is written of it, in the order of names.
    pub fn prints(&self) -> impl Iterator<Item = (&RuleName, u64)> {
        self.rules.iter().map(|rule| (&rule.info.name, rule.whole))
    }

    pub(crate) fn find(&self, name: &RuleName) -> Option<RuleIx> {
        let order = |rule: &Rule| name_order(&rule.info.name).cmp(&name_order(name));
        self.rules
            .binary_search_by(order)
            .ok()
            .map(|i| RuleIx(i as u32))
    }

    pub(crate) fn get(&self, rule: RuleIx) -> &Rule {
        &self.rules[rule.index()]
    }
}

/// The order in which rules stand and their timers fire.
pub(crate) fn name_order(name: &RuleName) -> (&str, &str) {
    (&name.group, &name.name)
}
