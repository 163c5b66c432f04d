//! Totals per area, each area with everything inside it. Rows change one at a time and have their own sequence.

use std::hash::BuildHasher;

use model::{Alert, Annunciation, AreaCode, Condition, Freshness, Severity};

use super::{Applied, AreaIndex, BeyondHorizon, Layout, Recency};

/// Rows that a client that comes back can be told without a snapshot.
const REPLAY_ROWS: usize = 65_536;

/// What one area amounts to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Totals {
    /// Assets by [`Freshness`].
    assets: [u32; 4],
    /// Firing, annunciated, not shelved: by [`Severity`].
    open: [u32; 4],
    pub(crate) unacknowledged: u32,
    pub(crate) shelved: u32,
    pub(crate) suppressed: u32,
    seq: u64,
}

impl Totals {
    pub(crate) fn assets(&self, freshness: Freshness) -> u32 {
        self.assets[freshness as usize]
    }

    pub(crate) fn open(&self) -> u32 {
        self.open.iter().sum()
    }

    pub(crate) fn worst(&self) -> Option<Severity> {
        let open = |severity: &Severity| self.open[*severity as usize] > 0;
        Severity::ALL.into_iter().rev().find(open)
    }
}

/// What one alert adds to the totals of its area.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Share {
    Open(Severity, bool),
    Shelved,
    Suppressed,
}

impl Share {
    fn of(alert: &Alert) -> Option<Self> {
        if alert.condition != Condition::Firing {
            return None;
        }
        match alert.annunciation {
            Annunciation::Shadow => None,
            Annunciation::Settling | Annunciation::Inhibited { .. } | Annunciation::OverLimit => {
                Some(Self::Suppressed)
            }
            Annunciation::Annunciated if alert.shelved.is_some() => Some(Self::Shelved),
            Annunciation::Annunciated => Some(Self::Open(alert.severity, alert.ack.is_some())),
        }
    }
}

/// The totals of every area.
pub(crate) struct Rollup {
    rows: Vec<Totals>,
    recent: Recency,
}

/// Which areas one client sees: its filter and the limits of its session.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct AreaView {
    shown: Box<[bool]>,
}

impl AreaView {
    /// Names this view in `since`.
    pub(crate) fn key(&self) -> u64 {
        foldhash::fast::FixedState::default().hash_one(self)
    }

    /// The rows of these areas and all inside them (none named: all), within a session's areas.
    pub(crate) fn new(layout: &Layout, tops: &[AreaIndex], limit: Option<&[AreaCode]>) -> Self {
        let mut shown: Box<[bool]> = vec![true; layout.area_codes().len()].into();
        let mut keep = |inside: Box<[bool]>| {
            for (shown, inside) in shown.iter_mut().zip(inside) {
                *shown &= inside;
            }
        };
        if !tops.is_empty() {
            keep(layout.inside(tops));
        }
        if let Some(codes) = limit {
            keep(layout.inside_codes(codes));
        }
        Self { shown }
    }
}

/// Rows a client must be told.
pub(crate) struct RowDelta {
    pub(crate) to: u64,
    pub(crate) rows: Vec<AreaIndex>,
    pub(crate) conflated: u64,
}

impl Rollup {
    /// Nothing in any area.
    pub(crate) fn new(layout: &Layout) -> Self {
        Self {
            rows: vec![Totals::default(); layout.area_codes().len()],
            recent: Recency::new(REPLAY_ROWS),
        }
    }

    pub(crate) fn head(&self) -> u64 {
        self.recent.head()
    }

    pub(crate) fn row(&self, area: AreaIndex) -> &Totals {
        &self.rows[usize::from(area)]
    }

    /// An asset came, went, moved or became more or less fresh.
    pub(crate) fn asset(&mut self, layout: &Layout, change: &Applied) {
        if change.before == change.after {
            return;
        }
        if let Some((area, freshness)) = change.before {
            self.each(layout, area, |row| row.assets[freshness as usize] -= 1);
        }
        if let Some((area, freshness)) = change.after {
            self.each(layout, area, |row| row.assets[freshness as usize] += 1);
        }
    }

    /// An alert was `old` and is `new`.
    pub(crate) fn alert(&mut self, layout: &Layout, old: Option<&Alert>, new: Option<&Alert>) {
        let place = |alert: Option<&Alert>| {
            let alert = alert?;
            let area = alert.area.as_ref().and_then(|a| layout.area(a.as_str()));
            Some((area, Share::of(alert)?))
        };
        let (before, after) = (place(old), place(new));
        if before == after {
            return;
        }
        if let Some((area, share)) = before {
            self.each(layout, area, |row| row.count(share, |n| *n -= 1));
        }
        if let Some((area, share)) = after {
            self.each(layout, area, |row| row.count(share, |n| *n += 1));
        }
    }

    fn each(&mut self, layout: &Layout, area: Option<AreaIndex>, change: impl Fn(&mut Totals)) {
        for area in layout.ancestry(area) {
            let row = &mut self.rows[usize::from(*area)];
            change(row);
            row.seq = self.recent.push(u32::from(*area));
        }
    }

    /// Every row the view shows.
    pub(crate) fn all(&self, view: &AreaView) -> RowDelta {
        let rows = (0..self.rows.len() as AreaIndex).filter(|a| view.shown[usize::from(*a)]);
        RowDelta {
            to: self.head(),
            rows: rows.collect(),
            conflated: 0,
        }
    }

    /// The rows that changed after `since`, oldest change first.
    pub(crate) fn delta(&self, view: &AreaView, since: u64) -> Result<RowDelta, BeyondHorizon> {
        let mut delta = RowDelta {
            to: self.head(),
            rows: Vec::new(),
            conflated: 0,
        };
        for (seq, area) in self.recent.back_to(since).ok_or(BeyondHorizon)? {
            let area = area as AreaIndex;
            if !view.shown[usize::from(area)] {
                continue;
            }
            if self.row(area).seq == seq {
                delta.rows.push(area);
            } else {
                delta.conflated += 1;
            }
        }
        delta.rows.reverse();
        Ok(delta)
    }
}

impl Totals {
    fn count(&mut self, share: Share, step: impl Fn(&mut u32)) {
        match share {
            Share::Shelved => step(&mut self.shelved),
            Share::Suppressed => step(&mut self.suppressed),
            Share::Open(severity, acknowledged) => {
                step(&mut self.open[severity as usize]);
                if !acknowledged {
                    step(&mut self.unacknowledged);
                }
            }
        }
    }
}
