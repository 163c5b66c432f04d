//! Where the memory of each window of a kind lies: which fields share their samples, and which figures belong to a sample.
//!
//! Fields that are looked back on for equally long share a track, so that what one reading brings lies together. A shorter
//! window over the same field is a span of the same track: it begins later, and keeps figures of its own but no samples.

use model::FieldId;

use super::running::Keeps;
use super::track::COLUMNS;
use super::{Shape, WindowSpec};

/// What each spec of a kind is kept in.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// By spec.
    pub(super) memories: Vec<Memory>,
    pub(super) tracks: Vec<TrackPlan>,
    /// How many of each an asset has.
    pub(super) widths: Widths,
}

/// How many figures and digests an asset has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Widths {
    pub(super) totals: usize,
    pub(super) extremes: usize,
    pub(super) runnings: usize,
    pub(super) digests: usize,
}

/// What remembers the past for one spec.
#[derive(Clone, Copy, Debug)]
pub(super) enum Memory {
    /// A column of a span of a track.
    Samples {
        track: usize,
        span: usize,
        figure: FigurePlan,
    },
    Digest(usize),
}

/// Fields whose samples are kept together.
#[derive(Debug)]
pub(super) struct TrackPlan {
    /// The field of each column.
    pub(super) columns: Vec<FieldId>,
    /// How long they are looked back on: the longest first.
    pub(super) spans: Vec<SpanPlan>,
}

/// One length, and what is asked about it.
#[derive(Debug)]
pub(super) struct SpanPlan {
    pub(super) length: i64,
    pub(super) figures: Vec<FigurePlan>,
}

/// Where the figures about one column of one span lie, among those of an asset.
#[derive(Clone, Copy, Debug)]
pub(super) struct FigurePlan {
    pub(super) column: usize,
    pub(super) keeps: Keeps,
    pub(super) total: usize,
    pub(super) extremes: Option<usize>,
    pub(super) running: Option<usize>,
}

impl TrackPlan {
    /// The column of a field.
    pub(super) fn column(&self, field: FieldId) -> Option<usize> {
        self.columns.iter().position(|other| *other == field)
    }

    pub(super) fn longest(&self) -> i64 {
        self.spans.first().map_or(0, |span| span.length)
    }
}

impl Layout {
    pub(super) fn new(specs: &[WindowSpec]) -> Self {
        let mut layout = Self::default();
        for spec in specs {
            let memory = match &spec.shape {
                Shape::Samples(keeps) => layout.sampled(specs, spec, *keeps),
                Shape::Pair | Shape::Decayed | Shape::Weekly(_) => {
                    layout.widths.digests += 1;
                    Memory::Digest(layout.widths.digests - 1)
                }
            };
            layout.memories.push(memory);
        }
        layout
    }

    fn sampled(&mut self, specs: &[WindowSpec], spec: &WindowSpec, keeps: Keeps) -> Memory {
        let track = self.track(spec.field, longest(specs, spec.field));
        let column = self.column(track, spec.field);
        let spans = &mut self.tracks[track].spans;
        let length = spec.length.millis();
        let span = spans.iter().position(|span| span.length == length);
        let span = span.unwrap_or_else(|| {
            spans.push(SpanPlan {
                length,
                figures: Vec::new(),
            });
            spans.len() - 1
        });
        let figure = self.widths.figure(column, keeps);
        self.tracks[track].spans[span].figures.push(figure);
        Memory::Samples {
            track,
            span,
            figure,
        }
    }

    /// The track of a field, or one of its length with room for it.
    fn track(&mut self, field: FieldId, longest: i64) -> usize {
        let mut tracks = self.tracks.iter();
        let fits = |track: &TrackPlan| track.longest() == longest && track.columns.len() < COLUMNS;
        let of_field = tracks.position(|track| track.column(field).is_some());
        let found = of_field.or_else(|| self.tracks.iter().position(fits));
        found.unwrap_or_else(|| {
            self.tracks.push(TrackPlan {
                columns: Vec::new(),
                // What is looked back on for longest comes first, whoever asks first.
                spans: vec![SpanPlan {
                    length: longest,
                    figures: Vec::new(),
                }],
            });
            self.tracks.len() - 1
        })
    }

    fn column(&mut self, track: usize, field: FieldId) -> usize {
        let track = &mut self.tracks[track];
        track.column(field).unwrap_or_else(|| {
            track.columns.push(field);
            track.columns.len() - 1
        })
    }
}

impl Widths {
    fn figure(&mut self, column: usize, keeps: Keeps) -> FigurePlan {
        let next = |count: &mut usize| {
            *count += 1;
            *count - 1
        };
        FigurePlan {
            column,
            keeps,
            total: next(&mut self.totals),
            extremes: keeps.has(Keeps::EXTREMES).then(|| next(&mut self.extremes)),
            running: keeps.runs().then(|| next(&mut self.runnings)),
        }
    }
}

/// How long a field is looked back on with its samples.
fn longest(specs: &[WindowSpec], field: FieldId) -> i64 {
    let of_field = specs.iter().filter(|spec| spec.field == field);
    let sampled = of_field.filter(|spec| matches!(spec.shape, Shape::Samples(_)));
    let lengths = sampled.map(|spec| spec.length.millis());
    lengths.max().unwrap_or(0)
}
