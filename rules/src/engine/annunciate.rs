//! Whether an open alert calls for attention: shadow, inhibition, settling, limit, in this order (meaning 8).
//!
//! It holds back annunciation, never evaluation: nothing here changes a condition.

use std::sync::Arc;

use model::{Annunciation, Condition, Time};

use super::Engine;
use crate::instance::Instance;
use crate::plan::RuleIx;

impl Engine {
    /// Decides, and keeps the books of causes, effects and places while the instance begins or ceases to fire.
    pub(super) fn annunciation(
        &mut self,
        rule: RuleIx,
        key: u32,
        instance: &mut Instance,
        condition: Condition,
        now: Time,
    ) -> Annunciation {
        let firing = condition == Condition::Firing;
        if firing != instance.is_firing() {
            self.note_firing(rule, key, instance, firing);
        }
        if self.plan.get(rule).info.shadow {
            // It may have had a place, or waited for one, before it became a draft.
            self.release(rule, key, instance);
            return Annunciation::Shadow;
        }
        match condition {
            Condition::Pending => Annunciation::Settling,
            Condition::Firing => self.call(rule, key, instance, now),
            Condition::Resolved => {
                let last = instance.told.map(|told| told.annunciation);
                self.release(rule, key, instance);
                last.unwrap_or(Annunciation::Settling)
            }
        }
    }

    fn call(&mut self, rule: RuleIx, key: u32, instance: &mut Instance, now: Time) -> Annunciation {
        if let Some(by) = self.cause_of(rule, key) {
            self.release(rule, key, instance);
            // Effects outlive their cause by seconds: once it is gone they settle anew before they call.
            instance.settled_at = None;
            return Annunciation::Inhibited { by };
        }
        let settle = self.plan.get(rule).settle();
        let settled_at = *instance.settled_at.get_or_insert(now + settle);
        if now < settled_at {
            return Annunciation::Settling;
        }
        if !instance.admitted {
            self.ask_for_place(rule, key, instance);
        }
        if instance.admitted {
            Annunciation::Annunciated
        } else {
            Annunciation::OverLimit
        }
    }

    fn ask_for_place(&mut self, rule: RuleIx, key: u32, instance: &mut Instance) {
        let limit = self.plan.get(rule).limit;
        let name = self.key(rule, key);
        let places = &mut self.places[rule.index()];
        let alone = if places.take(limit, instance.started_at, name.clone()) {
            instance.admitted = true;
            instance.is_over_limit() && places.leave(instance.started_at, name)
        } else {
            !instance.is_over_limit() && places.wait(instance.started_at, name, key)
        };
        if alone {
            self.look_at_limit(rule);
        }
    }

    /// Gives back whatever the instance holds under its rule's limit.
    fn release(&mut self, rule: RuleIx, key: u32, instance: &mut Instance) {
        if !instance.admitted && !instance.is_over_limit() {
            return;
        }
        let (limit, name) = (self.plan.get(rule).limit, self.key(rule, key));
        let places = &mut self.places[rule.index()];
        let alone = if std::mem::take(&mut instance.admitted) {
            places.give_back();
            false
        } else {
            places.leave(instance.started_at, name)
        };
        // Also where it only waited: a place may have been meant for it.
        let next = places.next(limit);
        self.todo.extend(next.map(|next| (rule, next)));
        if alone {
            self.look_at_limit(rule);
        }
    }

    fn look_at_limit(&mut self, rule: RuleIx) {
        self.todo.push((self.plan.builtin.over_limit, rule.0));
    }

    /// The alert that explains this one, if one does: by the order in which the rule names its causes.
    fn cause_of(&self, rule: RuleIx, key: u32) -> Option<model::AlertId> {
        let inhibitions = self.plan.inhibitions.iter().enumerate();
        let mut mine = inhibitions.filter(|(_, inhibition)| inhibition.effect == rule);
        mine.find_map(|(place, inhibition)| {
            let shared = self.shared(rule, key, &inhibition.on, false)?;
            self.inhibitors.cause(place, &shared)
        })
    }

    /// An instance begins or ceases to fire: as a cause it takes effects with it, as an effect it wants to hear of causes.
    pub(crate) fn note_firing(
        &mut self,
        rule: RuleIx,
        key: u32,
        instance: &Instance,
        firing: bool,
    ) {
        let plan = Arc::clone(&self.plan);
        let shadow = plan.get(rule).info.shadow;
        for (place, inhibition) in plan.inhibitions.iter().enumerate() {
            if inhibition.effect == rule
                && let Some(shared) = self.shared(rule, key, &inhibition.on, false)
            {
                self.inhibitors.set_effect(place, &shared, key, firing);
            }
            if inhibition.cause == rule
                && !shadow
                && let Some(shared) = self.shared(rule, key, &inhibition.on, true)
            {
                let name = self.key(rule, key);
                let id = firing.then_some(instance.id);
                let effects = self.inhibitors.set_cause(place, &shared, name, id);
                let effects = effects.map(|effect| (inhibition.effect, effect));
                self.todo.extend(effects);
            }
        }
    }
}
