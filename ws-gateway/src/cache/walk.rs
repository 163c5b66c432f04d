//! A snapshot in pages, each as of the moment it is asked for, true as a whole at its last page.
//!
//! Holding a frozen copy for every client that is slow to take its pages would cost a copy of the city each. Instead the
//! walk goes on over what changed behind it until little enough is left for one page.

use super::{Cache, Slot, View};

/// After this many walks over what changed behind it, the last page carries all that is left, however much.
const MOST_PASSES: u8 = 3;

/// Where one client's snapshot stands.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Walk {
    /// Pages given so far.
    pages: u32,
    pass: u8,
    /// The next number to look at.
    next: u32,
    /// Only what changed after this is told in this pass; 0 in the first, which tells everything.
    after: u64,
    /// The head when this pass began: what changed since must be told again.
    began: u64,
}

/// One page of a snapshot. A later page replaces what an earlier one said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// Counted from 0.
    pub(crate) number: u32,
    /// True when the pages so far are the whole state at `seq`.
    pub(crate) last: bool,
    /// The head when this page was made.
    pub(crate) seq: u64,
    /// Assets to be told whole.
    pub(crate) assets: Vec<u32>,
    /// Told on an earlier page, and since gone.
    pub(crate) gone: Vec<u32>,
}

impl Cache {
    /// The next page of a walk, of about `size` assets.
    pub(crate) fn page(&self, view: &View, walk: &mut Walk, size: usize) -> Page {
        let head = self.head();
        if walk.pages == 0 {
            walk.began = head;
        }
        let mut page = Page {
            number: walk.pages,
            last: false,
            seq: head,
            assets: Vec::new(),
            gone: Vec::new(),
        };
        walk.pages += 1;
        let first = walk.next;
        while walk.next < self.len() && page.assets.len() + page.gone.len() < size {
            self.tell(view, walk.next, walk.after, &mut page);
            walk.next += 1;
        }
        if walk.next == self.len() {
            self.finish_pass(view, walk, first, size, &mut page);
        }
        page
    }

    fn finish_pass(&self, view: &View, walk: &mut Walk, first: u32, size: usize, page: &mut Page) {
        let behind = |n: &u32| self.slot(*n).is_some_and(|slot| slot.seq > walk.began);
        let left = (0..first).filter(behind).take(size + 1).count();
        if left <= size || walk.pass >= MOST_PASSES {
            page.last = true;
            for n in (0..first).filter(behind) {
                self.tell(view, n, walk.began, page);
            }
            return;
        }
        *walk = Walk {
            pages: walk.pages,
            pass: walk.pass + 1,
            next: 0,
            after: walk.began,
            began: page.seq,
        };
    }

    fn tell(&self, view: &View, n: u32, after: u64, page: &mut Page) {
        let Some(slot) = self.slot(n).filter(|slot| slot.seq > after) else {
            return;
        };
        if view.matches(slot) {
            page.assets.push(n);
        } else if after > 0 && slot.may_have_been_told(view) {
            page.gone.push(n);
        }
    }
}

impl Slot {
    /// An earlier page may have told it: a walk is short, so its first page is as good as any sequence after birth.
    fn may_have_been_told(&self, view: &View) -> bool {
        self.may_have_matched(view, self.born_seq)
    }
}
