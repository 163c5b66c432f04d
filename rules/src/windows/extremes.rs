//! The least and the greatest of a sliding window in O(1) amortised: of two parts, one that fills and one that empties.
//!
//! Of what has come since, the best is enough to know. Of what was there before, each sample that beats all after it is a
//! stair, and the oldest stair is the best that is left. When the last stair has gone, all there is becomes stairs anew, in
//! one pass from the newest sample back. So a sample costs a comparison, and memory no more than its own line.

/// The least of one window.
#[derive(Clone, Debug)]
struct Least {
    /// Of what came after the stairs were made.
    newer: f64,
    /// Of what was there then and still is.
    older: f64,
    /// When that was measured; it leaves with this time.
    until: i64,
    /// Those after it, the next one last.
    stairs: Vec<(i64, f64)>,
}

impl Default for Least {
    fn default() -> Self {
        Self {
            newer: f64::INFINITY,
            older: f64::INFINITY,
            until: i64::MIN,
            stairs: Vec::new(),
        }
    }
}

impl Least {
    fn push(&mut self, value: f64) {
        if value < self.newer {
            self.newer = value;
        }
    }

    /// Samples up to and at this time have left. False where no stair is left.
    fn forget(&mut self, through: i64) -> bool {
        while self.until <= through {
            let Some((at, value)) = self.stairs.pop() else {
                return false;
            };
            (self.until, self.older) = (at, value);
        }
        true
    }

    fn clear(&mut self) {
        self.newer = f64::INFINITY;
        self.older = f64::INFINITY;
        self.until = i64::MIN;
        self.stairs.clear();
    }

    /// One more sample, before all there were: a stair if it beats them.
    fn before(&mut self, at: i64, value: f64) {
        if value < self.older {
            if self.until != i64::MIN {
                self.stairs.push((self.until, self.older));
            }
            (self.until, self.older) = (at, value);
        }
    }

    fn best(&self) -> f64 {
        if self.newer < self.older {
            self.newer
        } else {
            self.older
        }
    }
}

/// Both extremes of one window. The greatest is the least of what lies mirrored at zero.
#[derive(Clone, Debug, Default)]
pub(super) struct Extremes {
    least: Least,
    greatest: Least,
}

impl Extremes {
    /// Memory behind it.
    pub(super) fn bytes(&self) -> usize {
        let stairs = self.least.stairs.capacity() + self.greatest.stairs.capacity();
        stairs * size_of::<(i64, f64)>()
    }

    /// Touches what a new sample will read and write.
    pub(super) fn warm(&self) -> i64 {
        self.least.until ^ self.greatest.until
    }

    /// The newest sample. Both zeros are one.
    pub(super) fn push(&mut self, value: f64) {
        self.least.push(value + 0.0);
        self.greatest.push(0.0 - value);
    }

    /// Samples up to and at this time have left the window; `rest` is what is in it, newest first.
    pub(super) fn forget<I: Iterator<Item = (i64, f64)>>(
        &mut self,
        through: i64,
        rest: impl FnOnce() -> I,
    ) {
        // Both end with the same sample: the newest of those the stairs were made of.
        if !(self.least.forget(through) & self.greatest.forget(through)) {
            self.begin_anew(rest());
        }
    }

    /// Of all samples of the window, newest first.
    pub(super) fn begin_anew(&mut self, samples: impl Iterator<Item = (i64, f64)>) {
        self.least.clear();
        self.greatest.clear();
        for (at, value) in samples {
            self.least.before(at, value + 0.0);
            self.greatest.before(at, 0.0 - value);
        }
    }

    /// Of a window that holds something.
    pub(super) fn least(&self) -> f64 {
        self.least.best()
    }

    /// The same.
    pub(super) fn greatest(&self) -> f64 {
        0.0 - self.greatest.best()
    }
}
