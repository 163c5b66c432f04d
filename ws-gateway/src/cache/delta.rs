//! What a client that knows everything up to one sequence must learn to know everything now.

use super::{Cache, Slot, View};

/// The difference between two sequences, for one view. Rows are numbers of slots, in the order of their last change.
#[derive(Debug, PartialEq, Eq, Default)]
pub(crate) struct Delta {
    /// The head when this was made.
    pub(crate) to: u64,
    /// Known to the client, with some part changed.
    pub(crate) changed: Vec<u32>,
    /// To be told whole: they came in, or what the registry says of them changed.
    pub(crate) new: Vec<u32>,
    /// They were let through and no longer are.
    pub(crate) gone: Vec<u32>,
    /// Changes of the assets above that a later one of the same asset has replaced.
    pub(crate) conflated: u64,
}

impl Delta {
    /// True when the client would learn nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.new.is_empty() && self.gone.is_empty()
    }
}

/// Some change after the sequence is forgotten: only a snapshot can answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BeyondHorizon;

/// Which slots one walk has met, without clearing a table for each walk.
#[derive(Default)]
pub(super) struct Marks {
    walk: u64,
    slots: Vec<(u64, bool)>,
}

impl Marks {
    fn begin(&mut self, slots: usize) {
        self.walk += 1;
        self.slots.resize(slots, (0, false));
    }

    fn met(&self, n: u32) -> Option<bool> {
        let (walk, told) = self.slots[n as usize];
        (walk == self.walk).then_some(told)
    }

    fn meet(&mut self, n: u32, told: bool) {
        self.slots[n as usize] = (self.walk, told);
    }
}

/// What has become of one asset, for one view.
enum Step {
    Untold,
    Changed,
    New,
    Gone,
}

impl Cache {
    /// Everything `view` must be told after `since`.
    pub(crate) fn delta(&mut self, view: &View, since: u64) -> Result<Delta, BeyondHorizon> {
        let changes = self.recent.back_to(since).ok_or(BeyondHorizon)?;
        let marks = &mut self.marks;
        marks.begin(self.slots.len());
        let mut delta = Delta {
            to: self.recent.head(),
            ..Delta::default()
        };
        for (_, n) in changes {
            // Newest first: an asset met again is one whose older change was replaced.
            if let Some(told) = marks.met(n) {
                delta.conflated += u64::from(told);
                continue;
            }
            let step = self.slots[n as usize]
                .as_ref()
                .map_or(Step::Untold, |slot| slot.step(&self.layout, view, since));
            marks.meet(n, !matches!(step, Step::Untold));
            match step {
                Step::Untold => {}
                Step::Changed => delta.changed.push(n),
                Step::New => delta.new.push(n),
                Step::Gone => delta.gone.push(n),
            }
        }
        for rows in [&mut delta.changed, &mut delta.new, &mut delta.gone] {
            rows.reverse();
        }
        Ok(delta)
    }
}

impl Slot {
    fn step(&self, layout: &super::Layout, view: &View, since: u64) -> Step {
        let matches = view.matches(self);
        if !self.may_have_crossed(view, since) {
            let tells = matches && self.tells(layout, view, since);
            return if tells { Step::Changed } else { Step::Untold };
        }
        if matches {
            Step::New
        } else if self.may_have_matched(view, since) {
            Step::Gone
        } else {
            Step::Untold
        }
    }

    /// True when something that filters look at changed after `since`.
    fn may_have_crossed(&self, view: &View, since: u64) -> bool {
        self.placed_seq > since
            || self.left_seq > since
            || (view.watches_freshness() && self.freshness_seq > since)
    }

    /// True unless it is certain that the client did not have this asset at `since`.
    pub(super) fn may_have_matched(&self, view: &View, since: u64) -> bool {
        self.born_seq <= since && (self.placed_seq > since || view.matches_place(self))
    }

    /// True when a part that the view shows changed after `since`.
    fn tells(&self, layout: &super::Layout, view: &View, since: u64) -> bool {
        let fields = layout.fields(self.entry.kind).iter();
        self.at_seq > since
            || self.freshness_seq > since
            || fields
                .zip(&*self.value_seqs)
                .any(|(field, seq)| *seq > since && view.wants(field.column))
    }
}
