//! A rule in plain words: what it does, for whom, what it remembers, what wakes it. From the plan that runs, not from the text.
//!
//! `does` tells what alerts do, `sequence` and `derived` what is theirs alone, `unknown` what silence and lateness mean, `wakes` what it costs, `memory` what it holds.

mod derived;
mod does;
mod memory;
mod sequence;
mod unknown;
mod wakes;

use std::sync::Arc;

use city::City;
use model::{Kind, KindId, Lang, RuleName};

use crate::plan::{Conditions, Plan, Rule, RuleIx, Subject};
use crate::sequences::SequencePlan;
use crate::slots::SlotSource;
use crate::windows::{Statistic, WindowSpec};

/// A sentence in the language asked for.
macro_rules! say {
    ($lang:expr, $en:literal, $vi:literal) => {
        match $lang {
            model::Lang::En => format!($en),
            model::Lang::Vi => format!($vi),
        }
    };
}
use say;

/// What a rule is, in plain words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Explanation {
    /// The rule.
    pub name: RuleName,
    /// What it is about: a heading and its sentences or points.
    pub parts: Vec<(&'static str, Vec<String>)>,
}

/// Explains a rule of the plan; none where it has no such rule.
pub fn explain(plan: &Plan, city: &City, name: &RuleName, lang: Lang) -> Option<Explanation> {
    let ix = plan.find(name)?;
    let rule = plan.get(ix);
    // What rules derive is as much part of the city as what the registry lists.
    let whole = (!plan.derived.is_empty()).then(|| plan.complete(Arc::new(city.clone())));
    let city = whole.as_deref().unwrap_or(city);
    let kind = match (&rule.subject, &rule.conditions) {
        (Subject::Asset(kind), _) => Some(*kind),
        (Subject::Group(group), _) => Some(group.kind),
        (_, Conditions::Sequence(sequence)) => kinds_of(sequence).first().copied(),
        _ => None,
    };
    let parts = match kind {
        None => vec![(heading(lang, "What", "Nội dung"), built_in(rule, lang))],
        Some(kind) => {
            let about = About {
                plan,
                city,
                ix,
                rule,
                kind: city.catalog.kind(kind),
                lang,
            };
            about.parts()
        }
    };
    Some(Explanation {
        name: name.clone(),
        parts,
    })
}

/// A heading in both languages and its lines.
type Part = (&'static str, &'static str, Vec<String>);

fn heading(lang: Lang, en: &'static str, vi: &'static str) -> &'static str {
    match lang {
        Lang::En => en,
        Lang::Vi => vi,
    }
}

fn built_in(rule: &Rule, lang: Lang) -> Vec<String> {
    let own = say!(
        lang,
        "The engine's own rule; no file has it.",
        "Luật có sẵn của bộ máy, không nằm trong tệp nào."
    );
    let guidance = rule
        .guidance()
        .map(|guidance| guidance.written.get(lang).to_owned());
    std::iter::once(own).chain(guidance).collect()
}

/// The kinds that a sequence watches, in the order of its steps.
fn kinds_of(sequence: &SequencePlan) -> Vec<KindId> {
    let mut kinds = Vec::new();
    for (_, watch) in sequence.watches() {
        if !kinds.contains(&watch.kind) {
            kinds.push(watch.kind);
        }
    }
    kinds
}

/// A rule and all that is known around it.
#[derive(Clone, Copy)]
struct About<'a> {
    plan: &'a Plan,
    city: &'a City,
    ix: RuleIx,
    rule: &'a Rule,
    kind: &'a Kind,
    lang: Lang,
}

impl About<'_> {
    fn parts(&self) -> Vec<(&'static str, Vec<String>)> {
        let parts = match &self.rule.conditions {
            Conditions::Sequence(sequence) => self.of_sequence(sequence),
            Conditions::Derives(derivation) => self.of_derivation(derivation),
            _ => self.of_alert(),
        };
        let parts = parts.into_iter().filter(|(.., lines)| !lines.is_empty());
        parts
            .map(|(en, vi, lines)| (heading(self.lang, en, vi), lines))
            .collect()
    }

    fn of_alert(&self) -> Vec<Part> {
        vec![
            ("What", "Nội dung", self.subject()),
            ("Fires", "Báo khi", self.fires()),
            ("Ends", "Kết thúc", self.ends()),
            ("Calls", "Báo động", self.calls()),
            ("Unknown", "Không rõ", self.when_unknown()),
            ("Late", "Đến muộn", self.when_late()),
            ("Woken by", "Đánh thức", self.woken_by()),
            ("Memory", "Bộ nhớ", self.memory()),
            ("Consider", "Xem lại", self.remarks()),
        ]
    }

    /// The same rule, as it looks at assets of another kind.
    fn on_kind(&self, kind: KindId) -> About<'_> {
        About {
            kind: self.city.catalog.kind(kind),
            ..*self
        }
    }

    /// Every slot of its conditions, those of held conditions included.
    fn slots(&self) -> Vec<SlotSource> {
        slots_of(self.plan, self.kind, self.rule)
    }

    fn windows(&self) -> &[WindowSpec] {
        &self.plan.kinds[self.kind.id.index()].windows
    }

    /// `pm25.avg('1h')`, as rules write it.
    fn figure(&self, window: usize, statistic: Statistic) -> String {
        let spec = &self.windows()[window];
        let field = &self.kind.fields[spec.field.index()].name;
        let (name, length) = (statistic.name(), spec.length);
        code(&match statistic {
            Statistic::Quantile(share) => format!("{field}.{name}({}, '{length}')", share.get()),
            Statistic::Prev => format!("{field}.{name}()"),
            _ => format!("{field}.{name}('{length}')"),
        })
    }
}

fn slots_of(plan: &Plan, kind: &Kind, rule: &Rule) -> Vec<SlotSource> {
    let helds = &plan.kinds[kind.id.index()].helds;
    let mut slots = match &rule.conditions {
        Conditions::Sequence(sequence) => {
            let watches = sequence.watches().map(|(_, watch)| watch);
            let mine = watches.filter(|watch| watch.kind == kind.id);
            mine.flat_map(|watch| watch.slots.iter().copied()).collect()
        }
        // Windows that close look when they close.
        Conditions::Derives(_) => rule.slots.to_vec(),
        _ => rule.asked_slots().to_vec(),
    };
    let held = slots.clone().into_iter().filter_map(|slot| match slot {
        SlotSource::Held(held) => helds.get(usize::from(held)),
        _ => None,
    });
    slots.extend(held.flat_map(|held| held.slots.iter().copied()));
    slots
}

/// An expression, set apart from the words around it.
fn code(text: &str) -> String {
    format!("`{text}`")
}

/// A list as people say it.
fn listed(items: &[String], lang: Lang) -> String {
    let and = say!(lang, " and ", " và ");
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{}{and}{last}", all.join(", ")),
    }
}

/// Bytes as people read them.
fn bytes(count: usize) -> String {
    match count {
        0..=9_999 => format!("{count} B"),
        10_000..=9_999_999 => format!("{} kB", (count + 500) / 1_000),
        _ => format!("{} MB", (count + 500_000) / 1_000_000),
    }
}
