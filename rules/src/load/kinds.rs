//! Gathers what the rules of one kind share: windows, silences, held conditions, groupings; and who looks at what.

use std::collections::BTreeSet;
use std::sync::Arc;

use cel::{Comparison, Program, Threshold};
use model::{Field, FieldId, Kind, KindId, Span};

use crate::crossings::Crossings;
use crate::derivations::Derivation;
use crate::group::Contributes;
use crate::live_state::Silence;
use crate::plan::{
    Conditions, Dimension, FieldUse, Held, KindPlan, Rule, RuleIx, StatisticUse, Subject, Turning,
};
use crate::related::Relation;
use crate::sequences::SequencePlan;
use crate::slots::SlotSource;
use crate::windows::{Shape, Statistic, WindowSpec};

/// An asset remembers in 64 bits which silences it has reached.
const MAX_SILENCES: usize = 64;

pub(super) struct KindBuilder {
    plan: KindPlan,
    windows: Vec<WindowSpec>,
    /// For each field: the words it can be, once a rule asked for them.
    words: Vec<Option<Arc<[Arc<str>]>>>,
}

impl KindBuilder {
    pub(super) fn new(kind: &Kind) -> Self {
        let field = |field: &Field| FieldUse {
            words: vec![Vec::new(); field.symbols.len()],
            ..FieldUse::default()
        };
        let plan = KindPlan {
            position: position(kind),
            fields: kind.fields.iter().map(field).collect(),
            by_silence: vec![Vec::new()],
            silences: vec![Silence {
                length: kind.stale_after,
                during: None,
            }],
            ..KindPlan::default()
        };
        Self {
            plan,
            windows: Vec::new(),
            words: vec![None; kind.fields.len()],
        }
    }

    /// The words a symbol can be, shared by every rule that asks.
    pub(super) fn words(&mut self, field: &Field) -> Arc<[Arc<str>]> {
        let words = &mut self.words[field.id.index()];
        let words = words.get_or_insert_with(|| field.symbols.as_slice().into());
        Arc::clone(words)
    }

    /// The window over a field, shared with every rule that wants the same.
    pub(super) fn window(&mut self, field: FieldId, length: Span, shape: Shape) -> u16 {
        let mut windows = self.windows.iter_mut();
        let shared =
            windows.position(|w| w.field == field && w.length == length && w.shape.join(&shape));
        let place = shared.unwrap_or_else(|| {
            self.windows.push(WindowSpec {
                field,
                length,
                shape,
            });
            self.windows.len() - 1
        });
        place as u16
    }

    /// The bit of a silence; none when the kind's rules watch too many different ones.
    pub(super) fn silence(&mut self, length: Span, during: Option<Arc<str>>) -> Option<u8> {
        let wanted = Silence { length, during };
        let silences = &mut self.plan.silences;
        let place = silences.iter().position(|silence| *silence == wanted);
        let place = place.unwrap_or_else(|| {
            silences.push(wanted);
            silences.len() - 1
        });
        self.plan
            .by_silence
            .resize(self.plan.silences.len(), Vec::new());
        (place < MAX_SILENCES).then_some(place as u8)
    }

    /// A held condition, shared with every rule that writes the same.
    pub(super) fn held(
        &mut self,
        text: &str,
        condition: Program<bool>,
        slots: Vec<SlotSource>,
        length: Span,
    ) -> u16 {
        let helds = &mut self.plan.helds;
        let same = |held: &Held| *held.text == *text && held.length == length;
        let place = helds.iter().position(same).unwrap_or_else(|| {
            helds.push(Held {
                text: text.into(),
                condition,
                slots: slots.into(),
                length,
            });
            helds.len() - 1
        });
        place as u16
    }

    /// Some condition may turn then.
    pub(super) fn turnings(&mut self, turnings: Vec<Turning>) {
        for turning in turnings {
            if !self.plan.turnings.contains(&turning) {
                self.plan.turnings.push(turning);
            }
        }
    }

    /// The place of a relation, shared with every rule that looks the same way.
    pub(super) fn relation(&mut self, relation: Relation) -> u16 {
        let relations = &mut self.plan.relations;
        let place = relations.iter().position(|other| *other == relation);
        let place = place.unwrap_or_else(|| {
            relations.push(relation);
            relations.len() - 1
        });
        let lookers = relations.len();
        self.plan.by_relation.resize(lookers, Vec::new());
        place as u16
    }

    /// The place of an area that some condition asks for.
    pub(super) fn area(&mut self, code: &str) -> u16 {
        let areas = &mut self.plan.areas;
        let place = areas.iter().position(|other| **other == *code);
        place.unwrap_or_else(|| {
            areas.push(code.into());
            areas.len() - 1
        }) as u16
    }

    pub(super) fn grouping(&mut self, by: Vec<Dimension>) -> usize {
        let groupings = &mut self.plan.groupings;
        let place = groupings.iter().position(|grouping| *grouping == by);
        place.unwrap_or_else(|| {
            groupings.push(by);
            groupings.len() - 1
        })
    }

    /// The place of one more condition that a sequence watches.
    pub(super) fn watch(&mut self) -> usize {
        self.plan.watches += 1;
        self.plan.watches - 1
    }

    pub(super) fn groupings(&self) -> &[Vec<Dimension>] {
        &self.plan.groupings
    }

    /// A rule derives the kind's readings.
    pub(super) fn is_derived(&mut self) {
        self.plan.derived = true;
    }

    /// A derivation whose windows close keeps readings of the kind.
    pub(super) fn feeds(&mut self, rule: RuleIx, derivation: &Derivation) {
        if !derivation.form.is_sliding() {
            self.plan.collectors.push(rule);
        }
    }

    /// The kinds whose assets these slots look at beside their own.
    pub(super) fn looked_at(&self, slots: &[SlotSource]) -> Vec<KindId> {
        let helds = slots.iter().filter_map(|slot| match slot {
            SlotSource::Held(held) => Some(&self.plan.helds[usize::from(*held)].slots),
            _ => None,
        });
        let inner = helds.flatten().copied();
        let relations = slots.iter().copied().chain(inner);
        let kinds = relations.filter_map(|slot| match slot {
            SlotSource::Related(relation, _) | SlotSource::Distance(relation) => {
                self.plan.relations[usize::from(relation)].kind
            }
            _ => None,
        });
        kinds.collect()
    }

    /// Notes which changes concern the rule. Slots of its texts come after `condition_slots` and concern nobody.
    pub(super) fn add_rule(&mut self, rule: RuleIx, compiled: &Rule) {
        let place = self.plan.rules.len() as u32;
        self.plan.rules.push(rule);
        if let Conditions::Absent { bit } = compiled.conditions {
            note(&mut self.plan.by_silence[usize::from(bit)], place);
        }
        let slots = compiled.asked_slots();
        // A group remembers what a window of a member came to even while readings of the past fill it, and fires with
        // whichever member reports next: its rules are touched by every reading.
        let grouped = matches!(compiled.subject, Subject::Group(_));
        let conditions = conditions_of(compiled);
        if let Conditions::Derives(_) = compiled.conditions {
            // A window that closes looks at what has held; somebody has to count it.
            let helds = compiled.slots.iter().copied();
            for held in helds.filter(|slot| matches!(slot, SlotSource::Held(_))) {
                self.note_slot(held, place);
            }
        }
        self.add_uses(
            place,
            slots,
            0..slots.len(),
            conditions.as_deref(),
            !grouped,
        );
    }

    /// Notes what some conditions do with some of their slots.
    fn add_uses(
        &mut self,
        place: u32,
        all: &[SlotSource],
        numbers: impl IntoIterator<Item = usize>,
        conditions: Option<&[&Program<bool>]>,
        index_windows: bool,
    ) {
        let mut slots = Vec::new();
        for number in numbers {
            let slot = &all[number];
            let uses = conditions.and_then(|all_of| Uses::of(all_of, all, number as u32));
            match slot {
                SlotSource::Field(field) => {
                    self.plan.fields[field.index()].add(uses, all, place);
                }
                SlotSource::Window(window, statistic) => {
                    let uses = uses.filter(|_| index_windows);
                    let figure = self.statistic(usize::from(*window), *statistic);
                    figure.add(uses, all, place);
                }
                SlotSource::Held(held) => {
                    // What a held condition looks at elsewhere concerns the rule too; what the asset says does by `timed`.
                    let inner = &self.plan.helds[usize::from(*held)].slots;
                    slots.extend(inner.iter().copied().filter(SlotSource::is_elsewhere));
                    slots.push(*slot);
                }
                _ => slots.push(*slot),
            }
        }
        for slot in slots {
            self.note_slot(slot, place);
        }
    }

    /// Notes which changes concern a sequence that watches assets of the kind.
    fn add_sequence(&mut self, kind: KindId, rule: RuleIx, compiled: &Rule, plan: &SequencePlan) {
        let place = self.plan.rules.len() as u32;
        self.plan.rules.push(rule);
        for (_, watch) in plan.watches().filter(|(_, watch)| watch.kind == kind) {
            let own: Vec<_> = watch.own().collect();
            // Slots that only filters and texts read are looked at when something rises.
            let rising: BTreeSet<_> = own.iter().flat_map(|part| part.slots()).collect();
            let numbers = rising.into_iter().map(|slot| slot as usize);
            self.add_uses(place, &watch.slots, numbers, Some(&own), true);
        }
        let Some(clear) = &plan.clear else { return };
        // What ends a match compares assets as they are: any change of what it reads of one concerns it.
        for slot in clear.slots() {
            if let SlotSource::Captured(step, slot) = compiled.slots[slot as usize] {
                let watch = &plan.steps[usize::from(step)].watch;
                if watch.kind == kind {
                    let number = usize::from(slot);
                    self.add_uses(place, &watch.slots, [number], None, false);
                }
            }
        }
    }

    /// Notes what concerns a rule whatever it does with the slot.
    fn note_slot(&mut self, slot: SlotSource, place: u32) {
        let plan = &mut self.plan;
        match slot {
            SlotSource::LastKnown(field) => note(&mut plan.fields[field.index()].others, place),
            SlotSource::At | SlotSource::Now | SlotSource::Age(_) | SlotSource::Held(_) => {
                note(&mut plan.timed, place);
            }
            SlotSource::Related(relation, _) => {
                note(&mut plan.by_relation[usize::from(relation)], place);
            }
            SlotSource::Distance(relation) => {
                note(&mut plan.by_relation[usize::from(relation)], place);
                for field in plan.position.iter().flat_map(|(lat, lon)| [lat, lon]) {
                    note(&mut plan.fields[field.index()].others, place);
                }
            }
            SlotSource::Silent(bit) => note(&mut plan.by_silence[usize::from(bit)], place),
            _ => {}
        }
    }

    fn statistic(&mut self, window: usize, statistic: Statistic) -> &mut StatisticUse {
        let all = &mut self.plan.statistics;
        let same = |used: &StatisticUse| (used.window, used.statistic) == (window, statistic);
        let place = all.iter().position(same).unwrap_or_else(|| {
            all.push(StatisticUse {
                window,
                statistic,
                crossings: Crossings::default(),
                gap: 0,
                others: Vec::new(),
            });
            all.len() - 1
        });
        &mut all[place]
    }

    pub(super) fn finish(mut self) -> KindPlan {
        let plan = &mut self.plan;
        let of_fields = plan.fields.iter_mut().map(|f| (&f.crossings, &mut f.gap));
        let of_windows = plan
            .statistics
            .iter_mut()
            .map(|s| (&s.crossings, &mut s.gap));
        let crossed = of_fields.chain(of_windows);
        for (_, gap) in crossed.filter(|(crossings, _)| !crossings.is_empty()) {
            *gap = plan.gaps;
            plan.gaps += 1;
        }
        plan.leave_no_room_to_grow();
        KindPlan {
            windows: self.windows.into(),
            ..self.plan
        }
    }
}

/// Notes a sequence with every kind that one of its steps watches.
pub(super) fn add_sequence(
    kinds: &mut [KindBuilder],
    rule: RuleIx,
    compiled: &Rule,
    plan: &SequencePlan,
) {
    let watched: BTreeSet<_> = plan.watches().map(|(_, watch)| watch.kind.0).collect();
    for kind in watched.into_iter().map(KindId) {
        kinds[kind.index()].add_sequence(kind, rule, compiled, plan);
    }
}

/// Things that move measure where they are.
fn position(kind: &Kind) -> Option<(FieldId, FieldId)> {
    let number = |name: &str| {
        let field = kind.field(name)?;
        (field.value_type == model::ValueType::F64).then_some(field.id)
    };
    Some((number("lat")?, number("lon")?))
}

/// Adds a rule to a list that has it once, rules coming in order.
fn note(list: &mut Vec<u32>, place: u32) {
    if list.last() != Some(&place) {
        list.push(place);
    }
}

impl FieldUse {
    fn add(&mut self, uses: Option<Uses>, slots: &[SlotSource], place: u32) {
        let Some(uses) = uses else {
            return note(&mut self.others, place);
        };
        for word in &uses.words {
            note(&mut self.words[usize::from(*word)], place);
        }
        uses.cross(&mut self.crossings, slots, place);
    }
}

impl StatisticUse {
    fn add(&mut self, uses: Option<Uses>, slots: &[SlotSource], place: u32) {
        // The oldest word of a window is a figure too; words are not indexed here.
        match uses.filter(|uses| uses.words.is_empty()) {
            Some(uses) => uses.cross(&mut self.crossings, slots, place),
            None => note(&mut self.others, place),
        }
    }
}

/// What a rule does with one of its slots, if an index can hold all of it.
#[derive(Default)]
struct Uses {
    bounds: Vec<f64>,
    own: Vec<Threshold>,
    words: Vec<u16>,
}

impl Uses {
    /// None where the rule does anything else with the slot.
    fn of(conditions: &[&Program<bool>], slots: &[SlotSource], number: u32) -> Option<Self> {
        let mut uses = Self::default();
        for condition in conditions {
            if !condition.slots().contains(&number) {
                continue;
            }
            let still = |slot: u32| matches!(slots[slot as usize], SlotSource::Column(_));
            let atoms = condition.atoms_beside(&still);
            if atoms.others.contains(&number) {
                return None;
            }
            for comparison in atoms.comparisons {
                match comparison {
                    Comparison::Number { slot, bound, .. } if slot == number => {
                        uses.bounds.push(bound);
                    }
                    Comparison::Symbol { slot, word, .. } if slot == number => {
                        uses.words.push(word);
                    }
                    other if other.reads(number) => return None,
                    _ => {}
                }
            }
            let own = atoms.thresholds.into_iter();
            uses.own.extend(own.filter(|own| own.slot == number));
        }
        Some(uses)
    }

    fn cross(self, crossings: &mut Crossings, slots: &[SlotSource], place: u32) {
        for bound in self.bounds {
            crossings.insert(bound, place);
        }
        for own in self.own {
            crossings.insert_own(own, slots, place);
        }
    }
}

/// Every condition whose turning concerns the rule; none where it asks its members for numbers, which turn all the time.
fn conditions_of(rule: &Rule) -> Option<Vec<&Program<bool>>> {
    match (&rule.subject, &rule.conditions) {
        (Subject::Group(group), _) => {
            let members = group.aggregates.iter();
            members
                .map(|aggregate| match &aggregate.member {
                    Contributes::Condition(condition) => Some(condition),
                    Contributes::Number(_) | Contributes::Value(_) => None,
                })
                .collect()
        }
        (_, Conditions::Levels(levels)) => {
            let conditions = levels
                .iter()
                .flat_map(|level| std::iter::once(&level.when).chain(level.clear.as_deref()));
            Some(conditions.collect())
        }
        // It tells a value, whatever it is.
        (_, Conditions::Derives(_)) => None,
        _ => Some(Vec::new()),
    }
}
