//! Where readings come from, and when each source was connected: silence counts only then.

use std::collections::VecDeque;

use model::{SourceName, Span, Time};

/// A source's place in [`Sources`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SourceIx(u16);

impl SourceIx {
    /// The source of assets never heard of: connected while every known source is.
    pub(crate) const UNHEARD: Self = Self(0);

    pub(crate) fn new(index: usize) -> Self {
        Self(index as u16)
    }

    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// Intervals of connection, oldest first.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Uptime {
    /// Closed intervals `[from, to)` in milliseconds.
    closed: VecDeque<(i64, i64)>,
    /// The interval that is still open.
    since: Option<i64>,
}

/// Beyond this many reconnections the oldest are forgotten; a silence that long has been reported long ago.
const REMEMBERED: usize = 256;

impl Uptime {
    pub(crate) fn is_up(&self) -> bool {
        self.since.is_some()
    }

    pub(crate) fn up(&mut self, at: Time) {
        self.since.get_or_insert(at.millis());
    }

    pub(crate) fn down(&mut self, at: Time) {
        if let Some(since) = self.since.take() {
            self.closed.push_back((since, at.millis().max(since)));
            if self.closed.len() > REMEMBERED {
                self.closed.pop_front();
            }
        }
    }

    /// The parts of `[from, to)` in which the source was connected, oldest first.
    pub(crate) fn within(&self, from: Time, to: Time) -> impl Iterator<Item = (Time, Time)> {
        let open = self.since.map(|since| (since, i64::MAX));
        self.closed
            .iter()
            .copied()
            .chain(open)
            .map(move |(a, b)| (a.max(from.millis()), b.min(to.millis())))
            .filter(|(a, b)| a < b)
            .map(|(a, b)| (Time::from_millis(a), Time::from_millis(b)))
    }

    /// How long of `[from, to)` the source was connected.
    pub(crate) fn length(&self, from: Time, to: Time) -> Span {
        let ms = self
            .within(from, to)
            .map(|(a, b)| b.since(a).millis())
            .sum();
        Span::from_millis(ms)
    }
}

/// One source.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) name: SourceName,
    pub(crate) uptime: Uptime,
}

/// All sources ever heard of. The first is the pretended one of assets never heard of.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    all: Vec<Source>,
}

impl Default for Sources {
    fn default() -> Self {
        let unheard = Source {
            name: SourceName::new(""),
            uptime: Uptime::default(),
        };
        Self { all: vec![unheard] }
    }
}

impl Sources {
    pub(crate) fn restored(all: Vec<Source>) -> Self {
        Self { all }
    }

    /// Every source, the pretended one first.
    pub(crate) fn all(&self) -> &[Source] {
        &self.all
    }

    /// The sources that have a name.
    pub(crate) fn named(&self) -> impl Iterator<Item = (SourceIx, &Source)> {
        let indexed = self.all.iter().enumerate().skip(1);
        indexed.map(|(i, source)| (SourceIx::new(i), source))
    }

    pub(crate) fn get(&self, source: SourceIx) -> &Source {
        &self.all[source.index()]
    }

    /// The source of this name, if it was heard of.
    pub(crate) fn find(&self, name: &SourceName) -> Option<SourceIx> {
        let mut named = self.named();
        named.find(|(_, s)| s.name == *name).map(|(ix, _)| ix)
    }

    /// A source not heard of before is taken to be connected, since it speaks.
    pub(crate) fn add(&mut self, name: &SourceName, now: Time) -> SourceIx {
        let mut uptime = Uptime::default();
        uptime.up(now);
        let name = name.clone();
        self.all.push(Source { name, uptime });
        self.settle_unheard(now);
        SourceIx::new(self.all.len() - 1)
    }

    /// Takes note that a source came or went.
    pub(crate) fn set(&mut self, source: SourceIx, up: bool, at: Time) {
        let uptime = &mut self.all[source.index()].uptime;
        if up {
            uptime.up(at);
        } else {
            uptime.down(at);
        }
        self.settle_unheard(at);
    }

    /// An asset never heard of may belong to any source: while one is lost its silence proves nothing.
    fn settle_unheard(&mut self, at: Time) {
        let all_up = self.all.len() > 1 && self.named().all(|(_, s)| s.uptime.is_up());
        if all_up {
            self.all[0].uptime.up(at);
        } else {
            self.all[0].uptime.down(at);
        }
    }
}
