//! The rules of one kind that a change concerns, gathered without looking at any other rule.

/// A set of places in [`crate::plan::KindPlan::rules`]. Emptying it costs nothing, however many rules there are.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    list: Vec<u32>,
    /// For each place: the turn in which it was put in last.
    seen: Vec<u32>,
    turn: u32,
}

impl Touched {
    /// Empties it, for places below `rules`.
    pub(crate) fn clear(&mut self, rules: usize) {
        self.list.clear();
        if self.seen.len() < rules {
            self.seen.resize(rules, 0);
        }
        self.turn = self.turn.wrapping_add(1);
        if self.turn == 0 {
            self.seen.fill(0);
            self.turn = 1;
        }
    }

    pub(crate) fn insert(&mut self, place: u32) {
        let seen = &mut self.seen[place as usize];
        if *seen != self.turn {
            *seen = self.turn;
            self.list.push(place);
        }
    }

    pub(crate) fn extend(&mut self, places: &[u32]) {
        for place in places {
            self.insert(*place);
        }
    }

    /// The places in the order in which they were put in.
    pub(crate) fn places(&self) -> &[u32] {
        &self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_is_in_once_and_none_after_it_was_emptied() {
        let mut touched = Touched::default();
        touched.clear(4);
        touched.extend(&[3, 1, 3]);
        assert_eq!(touched.places(), [3, 1]);
        touched.clear(4);
        touched.insert(3);
        assert_eq!(touched.places(), [3]);
    }
}
