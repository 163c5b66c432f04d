//! Gathers what the rules of one kind share: windows, silences, held conditions, groupings; and who looks at what.

use std::sync::Arc;

use cel::{Comparison, Program};
use model::{FieldId, Kind, Span};

use crate::bounds::Bounds;
use crate::group::Contributes;
use crate::live_state::Silence;
use crate::plan::{Conditions, Dimension, Held, KindPlan, Rule, RuleIx, RuleSet, Subject, Turning};
use crate::related::Relation;
use crate::slots::SlotSource;
use crate::windows::{Shape, WindowSpec};

/// An asset remembers in 64 bits which silences it has reached.
const MAX_SILENCES: usize = 64;

pub(super) struct KindBuilder {
    plan: KindPlan,
    windows: Vec<WindowSpec>,
}

impl KindBuilder {
    pub(super) fn new(kind: &Kind) -> Self {
        let plan = KindPlan {
            by_field: vec![RuleSet::default(); kind.fields.len()],
            bounds: vec![Bounds::default(); kind.fields.len()],
            by_silence: vec![RuleSet::default()],
            silences: vec![Silence {
                length: kind.stale_after,
                during: None,
            }],
            position: position(kind),
            ..KindPlan::default()
        };
        Self {
            plan,
            windows: Vec::new(),
        }
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
            .resize(self.plan.silences.len(), RuleSet::default());
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
                slots,
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
        self.plan.by_relation.resize(lookers, RuleSet::default());
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

    pub(super) fn groupings(&self) -> &[Vec<Dimension>] {
        &self.plan.groupings
    }

    /// Notes which changes concern the rule. Slots of its texts come after `condition_slots` and concern nobody.
    pub(super) fn add_rule(&mut self, rule: RuleIx, compiled: &Rule) {
        let plan = &mut self.plan;
        let place = plan.rules.len();
        plan.rules.push(rule);
        if let Conditions::Absent { bit, .. } = compiled.conditions {
            plan.by_silence[usize::from(bit)].insert(place);
        }
        let mut slots = compiled.slots[..compiled.condition_slots].to_vec();
        let held = |slot: &SlotSource| match slot {
            SlotSource::Held(held) => plan.helds[usize::from(*held)].slots.clone(),
            _ => Vec::new(),
        };
        // What a held condition looks at elsewhere concerns the rule too; what the asset says does by `timed`.
        let inner: Vec<_> = slots.iter().flat_map(held).collect();
        slots.extend(inner.into_iter().filter(SlotSource::is_elsewhere));
        for slot in &slots {
            match slot {
                SlotSource::Field(field) => match bounds_of(compiled, *slot) {
                    Some(bounds) => {
                        for bound in bounds {
                            plan.bounds[field.index()].insert(bound, place);
                        }
                    }
                    None => plan.by_field[field.index()].insert(place),
                },
                SlotSource::LastKnown(field) => plan.by_field[field.index()].insert(place),
                SlotSource::Window(..) | SlotSource::At => plan.windowed.insert(place),
                SlotSource::Age(_) | SlotSource::Now | SlotSource::Held(_) => {
                    plan.timed.insert(place);
                }
                SlotSource::Related(relation, _) => {
                    plan.by_relation[usize::from(*relation)].insert(place);
                }
                SlotSource::Distance(relation) => {
                    plan.by_relation[usize::from(*relation)].insert(place);
                    for field in plan.position.iter().flat_map(|(lat, lon)| [lat, lon]) {
                        plan.by_field[field.index()].insert(place);
                    }
                }
                SlotSource::Silent(bit) => plan.by_silence[usize::from(*bit)].insert(place),
                _ => {}
            }
        }
    }

    pub(super) fn finish(self) -> KindPlan {
        KindPlan {
            windows: self.windows.into(),
            ..self.plan
        }
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

/// The constants the rule compares a slot with, if it does nothing else with it.
///
/// `clear` is left out: an open instance is looked at with every reading anyway.
fn bounds_of(rule: &Rule, slot: SlotSource) -> Option<Vec<f64>> {
    let number = rule.slots.iter().position(|other| *other == slot)? as u32;
    let mut bounds = Vec::new();
    for condition in conditions_of(rule)? {
        if !condition.slots().contains(&number) {
            continue;
        }
        let atoms = condition.atoms();
        if atoms.others.contains(&number) {
            return None;
        }
        for comparison in atoms.comparisons {
            match comparison {
                Comparison::Number { slot, bound, .. } if slot == number => bounds.push(bound),
                other if other.reads(number) => return None,
                _ => {}
            }
        }
    }
    Some(bounds)
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
        (_, Conditions::Levels(levels)) => Some(levels.iter().map(|level| &level.when).collect()),
        _ => Some(Vec::new()),
    }
}
