//! Windows over measured time, `(t − w, t]`, shared by every rule that looks at the same field over the same length.
//!
//! Owns what is remembered of the past and the figures about it, one file a figure. The right edge is the asset's newest
//! reading. A new figure over samples joins `running`; one that needs another memory is a [`Shape`] of its own.

mod about;
mod decayed;
mod digest;
mod distinct;
mod encoding;
mod extremes;
#[cfg(test)]
mod history;
mod layout;
mod pair;
mod row;
mod running;
mod slope;
mod spread;
mod statistic;
mod steps;
mod sum;
#[cfg(test)]
mod tests;
mod total;
mod track;
mod weekly;
mod weight;
mod wide;

use std::sync::Arc;

use digest::Digest;
pub(crate) use distinct::Distinct;
pub(crate) use encoding::sample_of;
use extremes::Extremes;
use jiff::tz::TimeZone;
use layout::{Layout, Memory};
use model::{FieldId, Span, Time, Value};
use row::Figures;
pub(crate) use running::Keeps;
pub(crate) use statistic::{Figure, Share, Statistic};
pub(crate) use sum::ExactSum;
use track::{Sample, Track, kept};
use weekly::Hour;
pub(crate) use weekly::{MAX_WEEKS, WEEK_LENGTH};
pub(crate) use weight::bytes_of;

/// One field of one kind over one length of time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct WindowSpec {
    pub(crate) field: FieldId,
    pub(crate) length: Span,
    pub(crate) shape: Shape,
}

/// What is remembered of the past.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    /// Every sample of the window, and these figures about them.
    Samples(Keeps),
    /// The newest sample and the one before.
    Pair,
    /// An average that fades, by half in the window's length.
    Decayed,
    /// Hours of the week on this clock.
    Weekly(TimeZone),
}

impl Shape {
    /// Makes this memory serve what `other` was wanted for too; false where it cannot.
    pub(crate) fn join(&mut self, other: &Self) -> bool {
        match (self, other) {
            (Self::Samples(keeps), Self::Samples(more)) => {
                keeps.and(*more);
                true
            }
            (mine, other) => mine == other,
        }
    }
}

/// What a checkpoint keeps of a window; figures are worked out again.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) enum Contents {
    /// Oldest first, as (milliseconds, value).
    Samples(Vec<(i64, f64)>),
    Decayed(decayed::Decayed),
    Weekly {
        newest: i64,
        hours: Vec<(i64, Hour)>,
    },
}

/// Enough assets to tell the memory of all of them from.
const LOOKED_AT: usize = 64;

/// The windows of one kind: for each asset samples and figures side by side, so that a reading finds them together.
#[derive(Debug, Default)]
pub(crate) struct KindWindows {
    pub(crate) specs: Arc<[WindowSpec]>,
    layout: Layout,
    /// Row after row, one a track of the layout.
    tracks: Vec<Track>,
    figures: Figures,
    /// Row after row, one a spec that keeps no samples; none before the first.
    digests: Vec<Option<Box<Digest>>>,
}

impl KindWindows {
    pub(crate) fn new(specs: Arc<[WindowSpec]>) -> Self {
        Self {
            layout: Layout::new(&specs),
            specs,
            ..Self::default()
        }
    }

    /// Takes in what a reading says, measured `at`; the right edge of every window is now `edge`, or its newest sample.
    pub(crate) fn take(&mut self, row: u32, at: Time, fields: &[(FieldId, Value)], edge: Time) {
        let tracks = self.layout.tracks.len();
        let digests = self.layout.widths.digests;
        if tracks + digests == 0 {
            return;
        }
        self.make_room(row);
        let row = row as usize;
        let mut figures = self.figures.row(row, self.layout.widths);
        let own = &mut self.tracks[row * tracks..(row + 1) * tracks];
        for (plan, track) in self.layout.tracks.iter().zip(own) {
            let mut sample = Sample::EMPTY;
            for (field, value) in fields {
                if let Some(column) = plan.column(*field) {
                    sample.set(column, sample_of(value));
                }
            }
            let (at, edge) = (kept(at.millis()), kept(edge.millis()));
            figures.take(plan, track, at, &sample, edge);
        }
        if digests > 0 {
            self.take_digests(row, at, fields, edge);
        }
    }

    fn take_digests(&mut self, row: usize, at: Time, fields: &[(FieldId, Value)], edge: Time) {
        let start = row * self.layout.widths.digests;
        for (spec, memory) in self.specs.iter().zip(&self.layout.memories) {
            let Memory::Digest(place) = memory else {
                continue;
            };
            let digest = &mut self.digests[start + place];
            let value = fields.iter().find(|(field, _)| *field == spec.field);
            if let Some((_, value)) = value
                && let Some(digest) = made(digest, spec)
            {
                digest.add(at, sample_of(value));
            }
            if let Some(digest) = digest {
                digest.slide(edge);
            }
        }
    }

    /// Makes room up to and with this row.
    fn make_room(&mut self, row: u32) {
        let rows = row as usize + 1;
        let widths = self.layout.widths;
        if self.tracks.len() >= rows * self.layout.tracks.len()
            && self.digests.len() >= rows * widths.digests
        {
            return;
        }
        self.tracks
            .resize_with(rows * self.layout.tracks.len(), Track::default);
        self.digests.resize_with(rows * widths.digests, || None);
        self.figures.make_room(row as usize, widths);
    }

    /// A figure about a window. Where nothing is inside, nothing was counted; of a field never `seen` nothing is known.
    pub(crate) fn figure(
        &self,
        row: u32,
        spec: usize,
        statistic: Statistic,
        seen: impl Fn(FieldId) -> bool,
    ) -> Option<f64> {
        self.statistic(row, spec, statistic).or_else(|| {
            let none_is_none = statistic.figure() == Figure::Counted;
            (none_is_none && seen(self.specs[spec].field)).then_some(0.0)
        })
    }

    /// A figure, finite; none where too little was measured for it.
    pub(crate) fn statistic(&self, row: u32, spec: usize, statistic: Statistic) -> Option<f64> {
        let row = row as usize;
        let widths = self.layout.widths;
        let figure = match &self.layout.memories[spec] {
            Memory::Samples { figure, .. } => {
                let about = self.figures.about(row, widths, figure)?;
                about.statistic(statistic)
            }
            Memory::Digest(place) => self.digest(row, *place)?.statistic(statistic),
        };
        figure.filter(|figure| figure.is_finite())
    }

    fn digest(&self, row: usize, place: usize) -> Option<&Digest> {
        let digests = self.layout.widths.digests;
        self.digests.get(row * digests + place)?.as_deref()
    }

    fn track(&self, row: usize, track: usize) -> Option<&Track> {
        self.tracks.get(row * self.layout.tracks.len() + track)
    }

    /// What a window holds, in words; none of an empty one, for a restart does not bring it back.
    pub(crate) fn note(&self, row: u32, spec: usize) -> Option<String> {
        let (many, what) = match &self.layout.memories[spec] {
            Memory::Samples { .. } => {
                let count = self.statistic(row, spec, Statistic::Count)?;
                (count as usize, "readings")
            }
            Memory::Digest(place) => (self.digest(row as usize, *place)?.hours()?, "hours"),
        };
        let length = self.specs[spec].length;
        (many > 0).then(|| format!("{many} {what} in {length}"))
    }

    /// None of an empty window: it is as if it had never been made.
    pub(crate) fn contents(&self, row: u32, spec: usize) -> Option<Contents> {
        let row = row as usize;
        match &self.layout.memories[spec] {
            Memory::Samples {
                track,
                span,
                figure,
            } => {
                let track = self.track(row, *track)?;
                let samples = track.oldest_first(track.begin(*span), figure.column);
                let samples: Vec<_> = samples.collect();
                (!samples.is_empty()).then_some(Contents::Samples(samples))
            }
            Memory::Digest(place) => self.digest(row, *place)?.contents(),
        }
    }

    /// Takes in what windows over one asset held, of the same or of other shapes; what does not fit is left. Of several over
    /// one field the longest holds what the others do. The right edge of all is `edge`, or the newest sample.
    pub(crate) fn restore(&mut self, row: u32, held: &[(usize, Contents)], edge: Time) {
        self.make_room(row);
        let row = row as usize;
        for (place, plan) in self.layout.tracks.iter().enumerate() {
            let of_column = |field: &FieldId| {
                let of_field = held.iter().filter(|(spec, _)| {
                    let is_kept = matches!(self.layout.memories[*spec], Memory::Samples { .. });
                    is_kept && self.specs[*spec].field == *field
                });
                let samples = of_field.filter_map(|(_, contents)| match contents {
                    Contents::Samples(samples) => Some(samples.as_slice()),
                    Contents::Decayed(_) | Contents::Weekly { .. } => None,
                });
                samples.max_by_key(|samples| samples.len()).unwrap_or(&[])
            };
            let columns: Vec<_> = plan.columns.iter().map(of_column).collect();
            let track = &mut self.tracks[row * self.layout.tracks.len() + place];
            let mut figures = self.figures.row(row, self.layout.widths);
            for (at, sample) in merged(columns) {
                figures.take(plan, track, kept(at), &sample, kept(at));
            }
            // What lies before the right edge of each, whichever window it comes from.
            let edge = kept(edge.millis());
            figures.take(plan, track, edge, &Sample::EMPTY, edge);
        }
        for (spec, contents) in held {
            if let Memory::Digest(place) = self.layout.memories[*spec] {
                let digest = &mut self.digests[row * self.layout.widths.digests + place];
                if let Some(digest) = made(digest, &self.specs[*spec]) {
                    digest.take(contents);
                }
            }
        }
    }

    /// Touches what a reading of this row will write whatever it says, so that it comes into the cache.
    pub(crate) fn warm(&self, row: u32) -> i64 {
        if self.tracks.is_empty() {
            return 0;
        }
        let row = row as usize;
        let widths = self.layout.widths;
        let tracks = of_row(&self.tracks, row, self.layout.tracks.len());
        let totals = of_row(&self.figures.totals, row, widths.totals);
        let extremes = of_row(&self.figures.extremes, row, widths.extremes);
        let tracks = tracks.iter().map(|track| track.len() as i64);
        let totals = totals.iter().map(|total| i64::from(total.count));
        let extremes = extremes.iter().map(Extremes::warm);
        let all = tracks.chain(totals).chain(extremes);
        all.fold(0, i64::wrapping_add)
    }

    /// The same for both ends of its samples.
    pub(crate) fn warm_ends(&self, row: u32) -> i64 {
        let tracks = of_row(&self.tracks, row as usize, self.layout.tracks.len());
        tracks.iter().map(Track::warm).fold(0, i64::wrapping_add)
    }

    /// How much memory the windows of each spec take, estimated from at most twice [`LOOKED_AT`] assets.
    pub(crate) fn bytes(&self) -> Vec<u64> {
        let width = self.layout.tracks.len() + self.layout.widths.digests;
        let held = self.tracks.len() + self.digests.len();
        let assets = held.checked_div(width).unwrap_or(0);
        let every = (assets / LOOKED_AT).max(1);
        let of_spec = |spec: usize| {
            let looked_at = (0..assets).step_by(every);
            let bytes: usize = looked_at.clone().map(|row| self.bytes_of(row, spec)).sum();
            (bytes * assets / looked_at.count().max(1)) as u64
        };
        (0..self.specs.len()).map(of_spec).collect()
    }

    /// What one asset's window takes: its figures, and of the longest over a field its part of the samples.
    fn bytes_of(&self, row: usize, spec: usize) -> usize {
        match &self.layout.memories[spec] {
            Memory::Samples {
                track,
                span,
                figure,
            } => {
                let columns = self.layout.tracks[*track].columns.len();
                let own = size_of::<Track>() + self.track(row, *track).map_or(0, Track::bytes);
                let samples = if *span == 0 { own / columns } else { 0 };
                let about = self.figures.about(row, self.layout.widths, figure);
                samples + about.map_or(0, |about| about.bytes())
            }
            Memory::Digest(place) => {
                let digest = self.digest(row, *place);
                let made = digest.map_or(0, |digest| size_of::<Digest>() + digest.bytes());
                size_of::<Option<Box<Digest>>>() + made
            }
        }
    }
}

/// A statistic about samples in order of time that nobody keeps, over as much time as they take.
pub(crate) fn statistic_of(
    samples: impl Iterator<Item = (i64, f64)>,
    statistic: Statistic,
    zone: &TimeZone,
) -> Option<f64> {
    let spec = WindowSpec {
        field: FieldId(0),
        length: Span::from_millis(i64::MAX),
        shape: statistic.shape(zone),
    };
    let figure = match Digest::new(&spec) {
        Some(mut digest) => {
            samples.for_each(|(at, value)| digest.add(Time::from_millis(at), value));
            digest.statistic(statistic)
        }
        None => about::of_samples(samples, statistic),
    };
    figure.filter(|figure| figure.is_finite())
}

fn of_row<T>(all: &[T], row: usize, width: usize) -> &[T] {
    all.get(row * width..(row + 1) * width).unwrap_or(&[])
}

/// The memory of a spec that keeps no samples, made if it is not there.
fn made<'a>(digest: &'a mut Option<Box<Digest>>, spec: &WindowSpec) -> Option<&'a mut Digest> {
    if digest.is_none() {
        *digest = Digest::new(spec).map(Box::new);
    }
    digest.as_deref_mut()
}

/// Samples of several columns, each in order of time, as what came at one time together.
fn merged(mut columns: Vec<&[(i64, f64)]>) -> impl Iterator<Item = (i64, Sample)> {
    std::iter::from_fn(move || {
        let heads = columns.iter().filter_map(|column| column.first());
        let next = heads.map(|(at, _)| *at).min()?;
        let mut sample = Sample::EMPTY;
        for (number, column) in columns.iter_mut().enumerate() {
            if let Some(((at, value), rest)) = column.split_first()
                && *at == next
            {
                sample.set(number, *value);
                *column = rest;
            }
        }
        Some((next, sample))
    })
}
