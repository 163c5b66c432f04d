//! Which rules a changing number concerns: only those with a bound between where it was and where it is.
//!
//! A comparison of a field with a constant turns at its constant and nowhere else. A rule made of nothing but such
//! comparisons, and of which nothing is open, need not be looked at until one of them turns.

use crate::plan::RuleSet;

/// The constants some rules compare one field of one kind with, in rising order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bounds {
    sorted: Vec<(f64, u32)>,
}

impl Bounds {
    /// A rule, by its place in its kind's plan, compares the field with this.
    pub(crate) fn insert(&mut self, bound: f64, place: usize) {
        let at = self.sorted.partition_point(|(other, _)| *other < bound);
        self.sorted.insert(at, (bound, place as u32));
    }

    /// Adds the rules whose bound the field reached, left or crossed on its way.
    pub(crate) fn crossed(&self, from: f64, to: f64, touched: &mut RuleSet) {
        let (least, greatest) = if from < to { (from, to) } else { (to, from) };
        let first = self.sorted.partition_point(|(bound, _)| *bound < least);
        for (bound, place) in &self.sorted[first..] {
            if *bound > greatest {
                break;
            }
            touched.insert(*place as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_crossed_from_either_side_and_reached_at_its_edge() {
        let mut bounds = Bounds::default();
        for (place, bound) in [25.0, 10.0, 26.0, 25.0].into_iter().enumerate() {
            bounds.insert(bound, place);
        }
        let crossed = |from, to| {
            let mut touched = RuleSet::default();
            bounds.crossed(from, to, &mut touched);
            touched.iter().collect::<Vec<_>>()
        };
        assert_eq!(crossed(24.0, 25.5), [0, 3]);
        assert_eq!(crossed(25.5, 24.0), [0, 3]);
        assert_eq!(
            crossed(25.0, 25.1),
            [0, 3],
            "leaving the bound turns > and <="
        );
        assert_eq!(crossed(24.0, 25.0), [0, 3], "reaching it turns >= and <");
        assert_eq!(crossed(11.0, 24.9), [0_usize; 0]);
        assert_eq!(crossed(0.0, 30.0), [0, 1, 2, 3]);
    }
}
