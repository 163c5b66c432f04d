//! A reading enters the windows of one asset: its samples, and every figure about them.

use super::about::About;
use super::extremes::Extremes;
use super::layout::{FigurePlan, SpanPlan, TrackPlan, Widths};
use super::running::{Neighbours, Running};
use super::total::Total;
use super::track::{Place, Sample, Track};

/// More samples of a field than this push out the oldest of its track: a device that floods must not eat the machine.
pub(super) const MAX_SAMPLES: usize = 100_000;

/// The figures of assets: row after row, of each sort as many as the layout says.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) totals: Vec<Total>,
    pub(super) extremes: Vec<Extremes>,
    pub(super) runnings: Vec<Option<Box<Running>>>,
}

/// Those of one asset.
pub(super) struct Row<'a> {
    pub(super) totals: &'a mut [Total],
    pub(super) extremes: &'a mut [Extremes],
    pub(super) runnings: &'a mut [Option<Box<Running>>],
}

impl Figures {
    /// Makes room up to and with this row.
    pub(super) fn make_room(&mut self, row: usize, widths: Widths) {
        let rows = row + 1;
        self.totals.resize(rows * widths.totals, Total::default());
        self.extremes
            .resize_with(rows * widths.extremes, Extremes::default);
        self.runnings.resize_with(rows * widths.runnings, || None);
    }

    pub(super) fn row(&mut self, row: usize, widths: Widths) -> Row<'_> {
        fn of<T>(all: &mut [T], row: usize, width: usize) -> &mut [T] {
            &mut all[row * width..(row + 1) * width]
        }
        Row {
            totals: of(&mut self.totals, row, widths.totals),
            extremes: of(&mut self.extremes, row, widths.extremes),
            runnings: of(&mut self.runnings, row, widths.runnings),
        }
    }

    /// The figures about one window of an asset.
    pub(super) fn about(
        &self,
        row: usize,
        widths: Widths,
        figure: &FigurePlan,
    ) -> Option<About<'_>> {
        let extremes = figure.extremes.map(|at| row * widths.extremes + at);
        let running = figure.running.map(|at| row * widths.runnings + at);
        Some(About {
            total: self.totals.get(row * widths.totals + figure.total)?,
            extremes: extremes.and_then(|at| self.extremes.get(at)),
            running: running.and_then(|at| self.runnings.get(at)?.as_deref()),
        })
    }
}

impl Row<'_> {
    /// Takes in what a reading says of a track's columns, if anything, and has the windows end at `edge` or at the newest
    /// sample. A sample too old for the longest of them is left out.
    pub(super) fn take(
        &mut self,
        plan: &TrackPlan,
        track: &mut Track,
        at: i64,
        sample: &Sample,
        edge: i64,
    ) {
        let newest = track.newest();
        let is_late = newest.is_some_and(|newest| at < newest);
        if !sample.is_empty() && !is_late {
            self.enter(plan, track, at, sample);
        }
        let Some(newest) = track.newest() else { return };
        let edge = edge.max(newest);
        self.slide(plan, track, edge);
        if !sample.is_empty() && is_late && at > edge.saturating_sub(plan.longest()) {
            self.enter_late(plan, track, at, sample, edge);
        }
        if track.len() > MAX_SAMPLES {
            self.forget_excess(plan, track, edge);
        }
    }

    /// A sample at least as new as every other of the track.
    fn enter(&mut self, plan: &TrackPlan, track: &mut Track, at: i64, sample: &Sample) {
        track.push(at, sample);
        for figure in plan.spans.iter().flat_map(|span| &span.figures) {
            if let Some(value) = sample.get(figure.column) {
                self.enter_newest(figure, at, value);
            }
        }
    }

    /// A sample at least as new as every other of its column.
    fn enter_newest(&mut self, figure: &FigurePlan, at: i64, value: f64) {
        let total = &mut self.totals[figure.total];
        let was_empty = total.count == 0;
        total.enter(value);
        if let Some(extremes) = figure.extremes {
            self.extremes[extremes].push(value);
        }
        if let Some(running) = figure.running {
            let fresh = || Box::new(Running::new(figure.keeps));
            let running = self.runnings[running].get_or_insert_with(fresh);
            running.enter(Neighbours {
                before: (!was_empty).then_some(running.last.1),
                at,
                value,
                after: None,
            });
        }
    }

    fn enter_late(
        &mut self,
        plan: &TrackPlan,
        track: &mut Track,
        at: i64,
        sample: &Sample,
        edge: i64,
    ) {
        let (place, later) = track.place_for(at);
        let is_inside = |span: &SpanPlan| at > edge.saturating_sub(span.length);
        track.insert(place, at, sample, plan.spans.iter().map(is_inside));
        let spans = plan.spans.iter().enumerate();
        for (number, span) in spans.filter(|(_, span)| is_inside(span)) {
            for figure in &span.figures {
                let Some(value) = sample.get(figure.column) else {
                    continue;
                };
                if later.has(figure.column) {
                    self.enter_between(figure, track, (number, place), (at, value));
                } else {
                    self.enter_newest(figure, at, value);
                }
            }
        }
    }

    /// A sample that later ones of its column were taken in before; it lies at `place` by now.
    fn enter_between(
        &mut self,
        figure: &FigurePlan,
        track: &Track,
        (span, place): (usize, Place),
        (at, value): (i64, f64),
    ) {
        self.totals[figure.total].enter(value);
        let (begin, column) = (track.begin(span), figure.column);
        if let Some(extremes) = figure.extremes {
            self.extremes[extremes].begin_anew(track.newest_first(begin, track.end(), column));
        }
        let running = figure.running.and_then(|at| self.runnings[at].as_mut());
        if let (Some(running), Some(own)) = (running, track.record(place)) {
            let before = track.newest_first(begin, place, column).next();
            let after = track.oldest_first(own.end(), column).next();
            running.enter(Neighbours {
                before: before.map(|(_, value)| value),
                at,
                value,
                after: after.map(|(_, value)| value),
            });
        }
    }

    /// Moves the right edge on: of each length, what lies before leaves.
    fn slide(&mut self, plan: &TrackPlan, track: &mut Track, edge: i64) {
        // The shorter ones first: what the longest leaves is gone.
        for (number, span) in plan.spans.iter().enumerate().rev() {
            self.forget(track, (number, span), edge.saturating_sub(span.length));
        }
    }

    /// Forgets what was measured at this time or before.
    pub(super) fn forget(
        &mut self,
        track: &mut Track,
        (number, span): (usize, &SpanPlan),
        through: i64,
    ) {
        let begin = track.begin(number);
        let mut place = begin;
        while let Some(record) = track.record(place).filter(|r| r.at() <= through) {
            place = record.end();
            for figure in &span.figures {
                let Some(value) = track.value(record, figure.column) else {
                    continue;
                };
                let total = &mut self.totals[figure.total];
                total.leave(value);
                let running = figure.running.and_then(|at| self.runnings[at].as_mut());
                if let Some(running) = running {
                    let rest = total.count > 0;
                    let mut after = track.oldest_first(place, figure.column);
                    let after = if rest { after.next() } else { None };
                    running.leave(record.at(), value, after);
                }
            }
        }
        if place == begin {
            return;
        }
        for figure in &span.figures {
            if let Some(extremes) = figure.extremes {
                let rest = || track.newest_first(place, track.end(), figure.column);
                self.extremes[extremes].forget(through, rest);
            }
        }
        track.begin_at(number, place);
    }

    /// While a column holds too many samples, the oldest of the track leave.
    fn forget_excess(&mut self, plan: &TrackPlan, track: &mut Track, edge: i64) {
        let Some(longest) = plan.spans.first() else {
            return;
        };
        let is_full = |figure: &FigurePlan, totals: &[Total]| {
            totals[figure.total].count as usize > MAX_SAMPLES
        };
        while longest.figures.iter().any(|f| is_full(f, self.totals)) {
            let Some(oldest) = track.oldest() else { return };
            for (number, span) in plan.spans.iter().enumerate().rev() {
                let through = edge.saturating_sub(span.length).max(oldest);
                self.forget(track, (number, span), through);
            }
        }
    }
}
