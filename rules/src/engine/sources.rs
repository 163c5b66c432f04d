//! Inputs about sources: while one is lost its assets are unknown, and their silence proves nothing (meaning 5).

use model::{AssetHandle, SourceName, Time};

use super::{Engine, Moment, Output};
use crate::live_state::{Presence, SourceIx};

impl Engine {
    /// The number of a source, or of one not heard of before. With a new one, silence begins to count for assets never heard of.
    pub(super) fn source(&mut self, now: Time, name: &SourceName, out: &mut Output) -> SourceIx {
        match self.live.sources.find(name) {
            Some(source) => source,
            None => self.new_source(now, name, out),
        }
    }

    #[cold]
    fn new_source(&mut self, now: Time, name: &SourceName, out: &mut Output) -> SourceIx {
        let source = self.live.sources.add(name, now);
        self.look_at_unheard(now, out);
        self.work_off(&Moment::input(now), out);
        source
    }

    pub(super) fn source_up(&mut self, stamp: Time, name: &SourceName, out: &mut Output) {
        let source = self.source(stamp, name, out);
        self.live.sources.set(source, true, stamp);
        for asset in self.assets_of(source) {
            let state = self.live.asset(asset);
            let silent = stamp.since(state.heard_at);
            let fresh = silent < self.live.stale_after(state.entry.kind);
            // Its backlog is through and brought nothing newer: what was known before the loss still is.
            if state.presence == Presence::SourceLost && fresh {
                self.live.turn(asset, Presence::Live, &mut out.changes);
            }
            self.follow_all(asset, stamp);
        }
        self.watch_assets_of(source, stamp, out);
        self.look_at_unheard(stamp, out);
        self.look_at_sources(stamp, out);
    }

    pub(super) fn source_down(&mut self, stamp: Time, name: &SourceName, out: &mut Output) {
        let source = self.source(stamp, name, out);
        self.lose(&[source], stamp, out);
        self.look_at_sources(stamp, out);
    }

    /// The engine was away since `from`: whatever happened meanwhile, no source could tell.
    pub(super) fn lose_every_source(&mut self, from: Time, out: &mut Output) {
        let sources: Vec<_> = self.live.sources.named().map(|(ix, _)| ix).collect();
        self.lose(&sources, from, out);
    }

    /// Loses them all before any rule looks: a group with members behind two of them is not seen with one half lost.
    fn lose(&mut self, sources: &[SourceIx], at: Time, out: &mut Output) {
        for source in sources {
            self.live.sources.set(*source, false, at);
        }
        let assets = sources.iter().flat_map(|source| self.assets_of(*source));
        for asset in assets.collect::<Vec<_>>() {
            if self.live.asset(asset).is_known() {
                self.live
                    .turn(asset, Presence::SourceLost, &mut out.changes);
            }
            self.follow_all(asset, at);
        }
        self.look_at_unheard(at, out);
        self.work_off(&Moment::input(at), out);
    }

    /// A source came or went: the silence of assets never heard of may begin or cease to prove something.
    fn look_at_unheard(&mut self, now: Time, out: &mut Output) {
        for asset in self.assets_of(SourceIx::UNHEARD) {
            self.follow_all(asset, now);
            self.look_at_silence(asset, now, out);
        }
    }

    /// Looks at the alerts about sources.
    pub(super) fn look_at_sources(&mut self, stamp: Time, out: &mut Output) {
        let rule = self.plan.builtin.source_down;
        let sources = self.live.sources.named();
        self.todo
            .extend(sources.map(|(source, _)| (rule, source.index() as u32)));
        self.work_off(&Moment::input(stamp), out);
    }

    fn watch_assets_of(&mut self, source: SourceIx, now: Time, out: &mut Output) {
        for asset in self.assets_of(source) {
            self.look_at_silence(asset, now, out);
        }
    }

    /// In the order of ids, so that what is told of them has an order of its own.
    fn assets_of(&self, source: SourceIx) -> Vec<AssetHandle> {
        let assets = self.live.assets();
        let theirs = assets.filter(|(_, state)| state.source == source);
        let mut theirs: Vec<_> = theirs.map(|(asset, _)| asset).collect();
        theirs.sort_by_key(|asset| &self.live.asset(*asset).entry.id);
        theirs
    }
}
