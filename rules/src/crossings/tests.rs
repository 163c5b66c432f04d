use cel::{Expr, Reference, Resolution, Scope, Slots, Type};
use model::{Span, Time};
use proptest::prelude::*;

use super::*;

/// `x` is slot 0, a column `own` slot 1.
struct Names;

impl Scope for Names {
    fn resolve(&mut self, reference: Reference<'_>, _expr: &Expr) -> Resolution {
        let slot = match reference {
            Reference::Name("x") => 0,
            Reference::Name("own") => 1,
            _ => return Resolution::NotMine,
        };
        Resolution::Slot {
            slot,
            ty: Type::Double,
            unit: None,
        }
    }

    fn candidates(&self, _reference: Reference<'_>) -> Vec<String> {
        Vec::new()
    }
}

/// What `x` and `own` are.
struct Numbers(Option<f64>, Option<f64>);

impl Slots for Numbers {
    fn number(&self, slot: u32) -> Option<f64> {
        if slot == 0 { self.0 } else { self.1 }
    }
    fn boolean(&self, _slot: u32) -> Option<bool> {
        None
    }
    fn int(&self, _slot: u32) -> Option<i64> {
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
    fn span(&self, _slot: u32) -> Option<Span> {
        None
    }
}

/// A rule: an operator and a bound, its own or one relative to the column.
#[derive(Clone, Debug)]
struct Rule {
    op: &'static str,
    bound: i8,
    own: bool,
}

impl Rule {
    fn condition(&self) -> String {
        let bound = f64::from(self.bound) / 2.0;
        if self.own {
            format!("x {} own + {bound:?}", self.op)
        } else {
            format!("x {} {bound:?}", self.op)
        }
    }

    fn bound(&self, own: Option<f64>) -> Option<f64> {
        let bound = f64::from(self.bound) / 2.0;
        if self.own {
            Some(own? + bound)
        } else {
            Some(bound)
        }
    }
}

fn compiled(rules: &[Rule]) -> (Crossings, Vec<cel::Program<bool>>) {
    let (mut crossings, mut programs) = (Crossings::default(), Vec::new());
    for (place, rule) in rules.iter().enumerate() {
        let program = cel::compile_bool(&rule.condition(), &mut Names).expect("a condition");
        let atoms = program.atoms_beside(&|slot| slot == 1);
        assert!(
            atoms.others.is_empty(),
            "nothing is left to look at every time"
        );
        for comparison in atoms.comparisons {
            if let cel::Comparison::Number { bound, .. } = comparison {
                crossings.insert(bound, place as u32);
            }
        }
        for threshold in atoms.thresholds {
            crossings.insert_own(threshold, &[], place as u32);
        }
        programs.push(program);
    }
    (crossings, programs)
}

fn rule() -> impl Strategy<Value = Rule> {
    let op = prop::sample::select(vec![">", ">=", "<", "<=", "==", "!="]);
    (op, -8_i8..8, any::<bool>()).prop_map(|(op, bound, own)| Rule { op, bound, own })
}

/// A number, mostly on or between the bounds; unknown; or a reload, which forgets the gap.
#[derive(Clone, Debug)]
enum Step {
    Number(Option<f64>),
    Reload,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (-20_i32..20).prop_map(|n| Step::Number(Some(f64::from(n) / 4.0))),
        2 => (-1e9..1e9).prop_map(|n| Step::Number(Some(n))),
        2 => Just(Step::Number(None)),
        1 => Just(Step::Reload),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// The naive way is to ask every rule before and after.
    #[test]
    fn every_rule_that_turns_is_touched_and_no_other_than_those_whose_bound_was_met(
        rules in prop::collection::vec(rule(), 1..40),
        own in prop::option::of((-4_i32..4).prop_map(f64::from)),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let (crossings, programs) = compiled(&rules);
        let mut touched = Touched::default();
        let (mut gap, mut before, mut told) = (Gap::UNSEEN, None, false);
        for step in steps {
            let Step::Number(now) = step else {
                (gap, told) = (Gap::UNSEEN, false);
                continue;
            };
            touched.clear(rules.len());
            crossings.follow(&mut gap, now, |bound| bound.threshold.eval(&Numbers(None, own)), &mut touched);
            for (place, (rule, program)) in rules.iter().zip(&programs).enumerate() {
                let is_touched = touched.places().contains(&(place as u32));
                let truth = |x| program.eval(&Numbers(x, own));
                let turned = truth(before) != truth(now);
                prop_assert!(!turned || is_touched, "{rule:?} turned from {before:?} to {now:?}");
                if let (true, Some(from), Some(to), Some(bound)) = (told, before, now, rule.bound(own)) {
                    let (least, greatest) = (from.min(to), from.max(to));
                    let met = least < greatest && least <= bound && bound <= greatest;
                    prop_assert_eq!(is_touched, met, "{:?} from {} to {}", rule, from, to);
                }
            }
            (before, told) = (now, true);
        }
    }
}
