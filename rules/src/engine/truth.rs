//! What a rule's conditions come to for one instance, and the tree that tells why.

use std::sync::Arc;

use cel::Program;
use model::{AssetHandle, Key, Localized, Time, Why, WhyValue};
use smallvec::SmallVec;

use super::Engine;
use crate::group::GroupView;
use crate::instance::Instance;
use crate::ladder::{LevelTruth, OnMissing};
use crate::live_state::SourceIx;
use crate::plan::{Conditions, GroupPlan, Level, Rule, RuleIx, Subject};
use crate::repeat::Repeats;
use crate::slots::{AssetSlots, GroupSlots, SlotSource};
use crate::template::Template;

/// A truth a level, worst first.
pub(super) type Truths = SmallVec<[LevelTruth; 4]>;

impl Engine {
    /// Whether an instance needs to be looked at: it is open, or something about it holds.
    pub(super) fn is_awake(&self, rule: RuleIx, key: u32) -> bool {
        if self.is_open(rule, key) {
            return true;
        }
        let plan = self.plan.get(rule);
        if let Conditions::Derives(derivation) = &plan.conditions {
            return derivation.form.is_sliding();
        }
        if self.is_missing(plan, key) && plan.ladder.on_missing == OnMissing::Fire {
            return true;
        }
        if self.sequences.state(rule, key).is_some() {
            return true;
        }
        let truths = self.truths(rule, key);
        truths.iter().any(|truth| truth.when == Some(true))
    }

    /// Whether a rule about single assets holds where nothing is open: the question most readings end with.
    pub(super) fn begins(&self, rule: &Rule, asset: AssetHandle, slots: &AssetSlots<'_>) -> bool {
        let fires_silent = rule.ladder.on_missing == OnMissing::Fire;
        if fires_silent && self.is_missing(rule, asset.0) {
            return true;
        }
        match &rule.conditions {
            _ if self.is_shut(rule) => false,
            Conditions::Levels(levels) => {
                let mut levels = levels.iter();
                levels.any(|level| level.when.eval(slots) == Some(true))
            }
            Conditions::Absent { bit } => slots.source_up && slots.state.reached & (1 << bit) != 0,
            Conditions::Derives(derivation) => derivation.form.is_sliding(),
            Conditions::Sequence(_) | Conditions::Builtin => false,
        }
    }

    /// What every level of the rule comes to.
    pub(super) fn truths(&self, rule: RuleIx, key: u32) -> Truths {
        let plan = self.plan.get(rule);
        if self.is_shut(plan) {
            let shut = LevelTruth::plain(Some(false));
            return SmallVec::from_elem(shut, plan.ladder.levels.len());
        }
        match (&plan.conditions, &plan.subject) {
            (Conditions::Levels(levels), Subject::Asset(_)) => {
                let slots = self.asset_slots(&plan.slots, AssetHandle(key));
                levels.iter().map(|level| evaluate(level, &slots)).collect()
            }
            (Conditions::Levels(levels), Subject::Group(group)) => {
                let slots = self.group_slots(rule, group, key);
                if slots.view.known_share(group.asked) < group.min_known {
                    return SmallVec::from_elem(LevelTruth::UNKNOWN, levels.len());
                }
                levels.iter().map(|level| evaluate(level, &slots)).collect()
            }
            (Conditions::Absent { bit }, _) => {
                let slots = self.asset_slots(&[], AssetHandle(key));
                let reached = slots.state.reached & (1 << bit) != 0;
                let proven = slots.source_up.then_some(reached);
                SmallVec::from_elem(LevelTruth::plain(proven), 1)
            }
            (Conditions::Sequence(_), _) => SmallVec::from_elem(self.sequence_truth(rule, key), 1),
            (_, subject) => {
                let truth = self.builtin_truth(subject, key);
                SmallVec::from_elem(LevelTruth::plain(Some(truth)), 1)
            }
        }
    }

    fn builtin_truth(&self, subject: &Subject, key: u32) -> bool {
        match subject {
            Subject::Source => {
                let source = self.live.sources.get(SourceIx::new(key as usize));
                !source.uptime.is_up()
            }
            Subject::Rule => self.places[key as usize].anyone_waits(),
            Subject::AnyAsset | Subject::Asset(_) => self.live.asset(AssetHandle(key)).clock_wrong,
            Subject::Group(_) | Subject::Sequence { .. } => false,
        }
    }

    /// Outside the rule's hours.
    pub(super) fn is_shut(&self, rule: &Rule) -> bool {
        let calendar = rule.during().map(usize::from);
        calendar.is_some_and(|calendar| !self.open[calendar])
    }

    /// Whether the instance's asset is silent by its own fault, so that `on_missing` decides. Outside the rule's hours
    /// nobody misses it.
    pub(super) fn is_missing(&self, rule: &Rule, key: u32) -> bool {
        match (&rule.subject, &rule.conditions) {
            (Subject::Asset(_), Conditions::Levels(_)) if !self.is_shut(rule) => {
                let state = self.live.asset(AssetHandle(key));
                state.missing() && self.live.sources.get(state.source).uptime.is_up()
            }
            _ => false,
        }
    }

    pub(super) fn group_slots<'a>(
        &'a self,
        rule: RuleIx,
        group: &'a GroupPlan,
        key: u32,
    ) -> GroupSlots<'a> {
        let grouping = &self.groupings[group.kind.index()][group.grouping];
        GroupSlots {
            sources: &self.plan.get(rule).slots,
            view: GroupView::new(grouping, self.tallies[rule.index()].as_deref(), key),
            key: &grouping.groups[key as usize].key,
            world: self.world(),
        }
    }

    /// The summary with the values of the moment.
    pub(super) fn summary(&self, rule: RuleIx, key: u32) -> Localized {
        let plan = self.plan.get(rule);
        if let Some(summary) = &plan.summary {
            return self.filled(rule, key, summary);
        }
        let name = &plan.info.name;
        let about = |key: &Key| {
            let subject = key.0.first().map_or("", |part| &part.value);
            Localized::same(format!("{name}: {subject}"))
        };
        match &plan.subject {
            Subject::Asset(_) => {
                let asset = &self.live.asset(AssetHandle(key)).entry.id;
                Localized::same(format!("{name}: {asset}"))
            }
            Subject::Group(group) => about(self.group_key(group, key)),
            _ => about(&self.key(rule, key)),
        }
    }

    /// What to do, with the values of the moment.
    pub(super) fn guidance(&self, rule: RuleIx, key: u32) -> Localized {
        let plan = self.plan.get(rule);
        let Some(guidance) = plan.guidance() else {
            return Localized::default();
        };
        match &guidance.template {
            Some(template) => self.filled(rule, key, template),
            None => guidance.written.clone(),
        }
    }

    fn filled(&self, rule: RuleIx, key: u32, text: &Template) -> Localized {
        let (plan, zone) = (self.plan.get(rule), &self.plan.zone);
        // Only the engine's own texts say what they are about without being asked.
        match &plan.subject {
            Subject::Asset(_) => {
                let slots = self.asset_slots(&plan.slots, AssetHandle(key));
                text.fill("", zone, &slots)
            }
            Subject::Group(group) => text.fill("", zone, &self.group_slots(rule, group, key)),
            Subject::Sequence { .. } => self.sequence_text(rule, key, text),
            Subject::AnyAsset => {
                let name = &self.live.asset(AssetHandle(key)).entry.name;
                text.fill(name, zone, &NoSlots)
            }
            Subject::Source | Subject::Rule => {
                let key = self.key(rule, key);
                let subject = key.0.first().map_or("", |part| &part.value);
                text.fill(subject, zone, &NoSlots)
            }
        }
    }

    /// With `repeat`, how often the level came true, and when; else the tree as it is.
    pub(super) fn repeated(
        &self,
        rule: RuleIx,
        instance: &Instance,
        level: usize,
        why: Why,
    ) -> Why {
        let Some(repeat) = self.plan.get(rule).ladder.repeat() else {
            return why;
        };
        let repeats = instance.ladder.repeats.get(level);
        let came: Vec<_> = repeats.into_iter().flat_map(Repeats::came).collect();
        let times = came.iter().filter_map(|at| cel::Timestamp::from_time(*at));
        let times: Vec<_> = times.map(|at| at.to_string()).collect();
        Why {
            expr: format!("repeat {} within {}", repeat.count, repeat.within).into(),
            value: WhyValue::Number(came.len() as f64, None),
            at: why.at,
            note: (!times.is_empty()).then(|| format!("came true {}", times.join(", ")).into()),
            parts: vec![why],
        }
    }

    /// The condition of one level as a tree with the values of the moment.
    pub(super) fn why(&self, rule: RuleIx, key: u32, level: usize, clearing: bool) -> Option<Why> {
        let plan = self.plan.get(rule);
        match (&plan.conditions, &plan.subject) {
            (Conditions::Levels(levels), Subject::Asset(_)) => {
                let slots = self.asset_slots(&plan.slots, AssetHandle(key));
                let (program, note) = levels.get(level)?.program(clearing);
                Some(noted(explain_asset(program, &slots), note))
            }
            (Conditions::Levels(levels), Subject::Group(group)) => {
                let slots = self.group_slots(rule, group, key);
                let (program, note) = levels.get(level)?.program(clearing);
                Some(noted(explain_group(program, &slots), note))
            }
            (Conditions::Absent { bit }, Subject::Asset(kind)) => {
                let length = self.plan.kinds[kind.index()].silences[usize::from(*bit)].length;
                let asset = AssetHandle(key);
                let silent = self.live.silent_for(asset, self.now);
                Some(Why {
                    expr: format!("absent: {length}").into(),
                    value: WhyValue::Bool(silent >= length),
                    at: self.live.asset(asset).latest_at(),
                    note: Some(
                        format!("silent for {silent} while its source was connected").into(),
                    ),
                    parts: Vec::new(),
                })
            }
            (Conditions::Sequence(_), _) => self.why_sequence(rule, key, clearing),
            _ => None,
        }
    }
}

impl Level {
    /// What is asked now, and a word on it where that is not the condition to fire.
    fn program(&self, clearing: bool) -> (&Program<bool>, Option<&'static str>) {
        match &self.clear {
            Some(clear) if clearing => (clear, Some("what clears the alert")),
            _ => (&self.when, None),
        }
    }
}

fn noted(mut why: Why, note: Option<&'static str>) -> Why {
    why.note = note.map(Into::into).or(why.note);
    why
}

fn evaluate(level: &Level, slots: &impl cel::Slots) -> LevelTruth {
    let when = level.when.eval(slots);
    match &level.clear {
        Some(clear) => LevelTruth {
            when,
            clear: clear.eval(slots),
        },
        None => LevelTruth::plain(when),
    }
}

fn explain_asset(program: &Program<bool>, slots: &AssetSlots<'_>) -> Why {
    program.explain(slots, &mut |slot, why| {
        why.at = slots.measured_at(slot);
        if let Some(note) = slots.note(slot) {
            why.note = Some(note);
        }
    })
}

fn explain_group(program: &Program<bool>, slots: &GroupSlots<'_>) -> Why {
    program.explain(slots, &mut |slot, why| {
        let known = match slots.sources[slot as usize] {
            SlotSource::Aggregate(place) => slots.view.contributors(usize::from(place)),
            SlotSource::Count | SlotSource::KnownFraction => slots.view.known(),
            _ => return,
        };
        let members = slots.view.members();
        let note: Arc<str> = format!("{known} of {members} members known").into();
        why.note = Some(note);
    })
}

/// The engine's own rules have no slots.
struct NoSlots;

impl cel::Slots for NoSlots {
    fn boolean(&self, _slot: u32) -> Option<bool> {
        None
    }
    fn int(&self, _slot: u32) -> Option<i64> {
        None
    }
    fn number(&self, _slot: u32) -> Option<f64> {
        None
    }
    fn text(&self, _slot: u32) -> Option<&str> {
        None
    }
    fn symbol(&self, _slot: u32) -> Option<u16> {
        None
    }
    fn time(&self, _slot: u32) -> Option<Time> {
        None
    }
    fn span(&self, _slot: u32) -> Option<model::Span> {
        None
    }
}
