//! Numbers in order, any of which can be put in, taken out and found by its rank without looking at all of them.

/// A run is split where it grows beyond this, and joined with the next where both are small.
const RUN: usize = 512;

/// A bag of numbers in rising order: runs of at most [`RUN`], so that a change moves one run and a rank skips whole ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ordered {
    runs: Vec<Vec<i64>>,
    len: usize,
}

impl Ordered {
    /// Memory behind it.
    pub(crate) fn bytes(&self) -> usize {
        let runs = self
            .runs
            .iter()
            .map(|run| run.capacity() * size_of::<i64>());
        runs.sum::<usize>() + self.runs.capacity() * size_of::<Vec<i64>>()
    }

    pub(crate) fn insert(&mut self, value: f64) {
        let bits = order_bits(value);
        self.len += 1;
        if self.runs.is_empty() {
            self.runs.push(vec![bits]);
            return;
        }
        let place = self.run_of(bits).min(self.runs.len() - 1);
        let run = &mut self.runs[place];
        run.insert(run.partition_point(|other| *other < bits), bits);
        if run.len() > RUN {
            let rest = run.split_off(RUN / 2);
            self.runs.insert(place + 1, rest);
        }
    }

    /// Takes one number out that was put in before.
    pub(crate) fn remove(&mut self, value: f64) {
        let bits = order_bits(value);
        let place = self.run_of(bits);
        let Some(run) = self.runs.get_mut(place) else {
            return;
        };
        let Ok(at) = run.binary_search(&bits) else {
            return;
        };
        run.remove(at);
        self.len -= 1;
        let small = run.len() < RUN / 4;
        if run.is_empty() {
            self.runs.remove(place);
        } else if small
            && self
                .runs
                .get(place + 1)
                .is_some_and(|next| next.len() < RUN / 4)
        {
            let mut next = self.runs.remove(place + 1);
            self.runs[place].append(&mut next);
        }
    }

    pub(crate) fn least(&self) -> Option<f64> {
        self.nth(0)
    }

    pub(crate) fn greatest(&self) -> Option<f64> {
        self.nth(self.len.checked_sub(1)?)
    }

    /// The number below which this share of them lies; between two neighbours in proportion.
    pub(crate) fn quantile(&self, share: f64) -> Option<f64> {
        let last = self.len.checked_sub(1)?;
        let place = share * last as f64;
        let below = place.floor() as usize;
        let (a, b) = (self.nth(below)?, self.nth((below + 1).min(last))?);
        Some(a + (b - a) * (place - place.floor()))
    }

    fn nth(&self, mut rank: usize) -> Option<f64> {
        for run in &self.runs {
            if let Some(bits) = run.get(rank) {
                return Some(from_order_bits(*bits));
            }
            rank -= run.len();
        }
        None
    }

    /// The first run that reaches up to this.
    fn run_of(&self, bits: i64) -> usize {
        self.runs
            .partition_point(|run| run.last().is_some_and(|last| *last < bits))
    }
}

/// Bits whose order as integers is the order of the numbers, and back.
fn order_bits(value: f64) -> i64 {
    let bits = value.to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

fn from_order_bits(bits: i64) -> f64 {
    f64::from_bits((bits ^ (((bits >> 63) as u64) >> 1) as i64) as u64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn order_bits_keep_the_order_of_numbers(a in -1e300..1e300_f64, b in -1e300..1e300_f64) {
            prop_assert_eq!(order_bits(a) < order_bits(b), a < b);
            prop_assert!(from_order_bits(order_bits(a)).to_bits() == a.to_bits());
        }

        #[test]
        fn it_agrees_with_sorting(
            changes in prop::collection::vec((any::<bool>(), 0_u32..400), 1..4_000), share in 0.0..1.0_f64,
        ) {
            let (mut ordered, mut plain) = (Ordered::default(), Vec::new());
            for (put, number) in changes {
                let value = f64::from(number) / 4.0;
                match plain.iter().position(|other: &f64| other.to_bits() == value.to_bits()) {
                    Some(place) if !put => {
                        plain.remove(place);
                        ordered.remove(value);
                    }
                    _ => {
                        plain.push(value);
                        ordered.insert(value);
                    }
                }
            }
            plain.sort_by(f64::total_cmp);
            prop_assert_eq!(ordered.least(), plain.first().copied());
            prop_assert_eq!(ordered.greatest(), plain.last().copied());
            let place = share * plain.len().saturating_sub(1) as f64;
            let at = |place: f64| plain.get(place as usize).copied();
            let between = at(place.floor()).zip(at(place.ceil()));
            let expected = between.map(|(a, b)| a + (b - a) * place.fract());
            prop_assert_eq!(ordered.quantile(share), expected);
        }
    }
}
