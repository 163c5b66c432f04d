//! Frames of state, encoded once and shared by every client that is at the same place of the same view.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Arc, Weak};

use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::board::Board;
use super::state::{Stage, StateView};
use crate::alert_view::AlertView;
use crate::cache::{AreaView, BeyondHorizon, RowDelta, View, Walk};
use crate::encode::{put, write_area, write_asset, write_delta, write_list};
use crate::stats::Stats;

/// What a client at one stage of one subscription is sent next.
#[derive(Clone)]
pub(super) struct Built {
    /// None when there is nothing to tell.
    pub(super) text: Option<Utf8Bytes>,
    /// Where the client stands when it has taken it.
    pub(super) after: Stage,
    /// Changes that the frame leaves out.
    pub(super) conflated: u64,
}

/// Where a subscription stands. Holding the view keeps its address from being used for another.
#[derive(PartialEq, Eq, Hash)]
struct Place {
    view: StateView,
    sub: u32,
    stage: Stage,
    owed: bool,
}

/// Views in use, by key.
type Views<V> = HashMap<u64, Weak<V>>;

fn share<V>(views: &mut Views<V>, key: u64, view: V, same: impl Fn(&V, &V) -> bool) -> Arc<V> {
    views.retain(|_, view| view.strong_count() > 0);
    let known = views.get(&key).and_then(Weak::upgrade);
    if let Some(known) = known.filter(|known| same(known, &view)) {
        return known;
    }
    let view = Arc::new(view);
    views.insert(key, Arc::downgrade(&view));
    view
}

/// The frames built since the board last changed, and the views in use.
pub(super) struct Frames {
    built: HashMap<Place, Built, foldhash::fast::RandomState>,
    assets: Views<View>,
    areas: Views<AreaView>,
    alerts: Views<AlertView>,
    stats: Arc<Stats>,
}

impl Frames {
    pub(super) fn new(stats: Arc<Stats>) -> Self {
        Self {
            built: HashMap::default(),
            assets: HashMap::new(),
            areas: HashMap::new(),
            alerts: HashMap::new(),
            stats,
        }
    }

    /// The board has changed: nothing built before may be sent.
    pub(super) fn forget(&mut self) {
        self.built.clear();
    }

    /// The same view for all who want the same, so that they share frames.
    pub(super) fn share_assets(&mut self, view: View) -> Arc<View> {
        let key = view.key();
        share(&mut self.assets, key, view, View::same_as)
    }

    pub(super) fn share_areas(&mut self, view: AreaView) -> Arc<AreaView> {
        let key = view.key();
        share(&mut self.areas, key, view, AreaView::eq)
    }

    pub(super) fn share_alerts(&mut self, view: AlertView) -> Arc<AlertView> {
        let key = view.key();
        share(&mut self.alerts, key, view, AlertView::eq)
    }

    /// The next frame of a subscription at `stage`. `owed`: it gets one even when there is nothing to tell.
    pub(super) fn next(
        &mut self,
        board: &mut Board,
        view: &StateView,
        sub: u32,
        stage: &Stage,
        owed: bool,
    ) -> Built {
        let place = Place {
            view: view.clone(),
            sub,
            stage: stage.clone(),
            owed,
        };
        if let Some(built) = self.built.get(&place) {
            return built.clone();
        }
        let built = build(board, &place);
        if built.text.is_some() {
            self.stats.encoded_frames.increment(1);
        }
        self.built.insert(place, built.clone());
        built
    }
}

fn build(board: &mut Board, place: &Place) -> Built {
    if let Stage::Following { position, scanned } = place.stage {
        if let Ok(built) = build_delta(board, place, position, scanned) {
            return built;
        }
        // Too far back: from the beginning.
        return build_page(board, place, Walk::default());
    }
    let walk = match &place.stage {
        Stage::Snapshot(walk) => walk.clone(),
        Stage::Following { .. } => Walk::default(),
    };
    build_page(board, place, walk)
}

fn build_delta(
    board: &mut Board,
    place: &Place,
    position: u64,
    scanned: u64,
) -> Result<Built, BeyondHorizon> {
    let mut text = String::new();
    let (to, empty, conflated) = match &place.view {
        StateView::Assets(view) => {
            let delta = board.cache.delta(view, scanned)?;
            if !delta.is_empty() || place.owed {
                begin_delta(&mut text, place, position, delta.to);
                write_delta(&mut text, &board.cache, view, scanned, &delta);
            }
            (delta.to, delta.is_empty(), delta.conflated)
        }
        StateView::Areas(view) => {
            let delta = board.rollup.delta(view, scanned)?;
            if !delta.rows.is_empty() || place.owed {
                begin_delta(&mut text, place, position, delta.to);
                write_rows(&mut text, board, &delta);
                put(
                    &mut text,
                    format_args!(",\"conflated\":{}", delta.conflated),
                );
            }
            (delta.to, delta.rows.is_empty(), delta.conflated)
        }
        StateView::Health => {
            let reports = board.health.seq.checked_sub(scanned).ok_or(BeyondHorizon)?;
            let conflated = reports.saturating_sub(1);
            begin_delta(&mut text, place, position, board.health.seq);
            write_health(&mut text, board);
            put(&mut text, format_args!(",\"conflated\":{conflated}"));
            (board.health.seq, reports == 0, conflated)
        }
    };
    let told = !empty || place.owed;
    text.push('}');
    Ok(Built {
        text: told.then(|| text.into()),
        after: Stage::Following {
            position: if told { to } else { position },
            scanned: to,
        },
        conflated,
    })
}

fn begin_delta(text: &mut String, place: &Place, position: u64, to: u64) {
    let (sub, topic) = (place.sub, place.view.topic());
    put(
        text,
        format_args!(
            "{{\"op\":\"delta\",\"sub\":{sub},\"topic\":\"{topic}\",\"from\":{position},\"to\":{to},"
        ),
    );
}

fn build_page(board: &Board, place: &Place, mut walk: Walk) -> Built {
    let mut text = String::new();
    let mut last = true;
    let seq = match &place.view {
        StateView::Assets(view) => {
            let page = board.cache.page(view, &mut walk, board.page_assets);
            begin_page(&mut text, place, page.number, page.last, page.seq);
            text.push_str("\"assets\":");
            let assets = page
                .assets
                .iter()
                .filter_map(|n| Some((*n, board.cache.slot(*n)?)));
            write_list(&mut text, assets, |text, (n, slot)| {
                write_asset(text, &board.layout, view, n, slot);
            });
            text.push_str(",\"gone\":");
            write_list(&mut text, &page.gone, |text, n| {
                put(text, format_args!("{n}"));
            });
            last = page.last;
            page.seq
        }
        StateView::Areas(view) => {
            let rows = board.rollup.all(view);
            begin_page(&mut text, place, 0, true, rows.to);
            write_rows(&mut text, board, &rows);
            rows.to
        }
        StateView::Health => {
            begin_page(&mut text, place, 0, true, board.health.seq);
            write_health(&mut text, board);
            board.health.seq
        }
    };
    text.push('}');
    let after = if last {
        Stage::Following {
            position: seq,
            scanned: seq,
        }
    } else {
        Stage::Snapshot(walk)
    };
    Built {
        text: Some(text.into()),
        after,
        conflated: 0,
    }
}

fn begin_page(text: &mut String, place: &Place, page: u32, last: bool, seq: u64) {
    let (sub, topic, key) = (place.sub, place.view.topic(), place.view.key());
    // Writing to a String cannot fail.
    let _infallible = write!(
        text,
        "{{\"op\":\"snapshot\",\"sub\":{sub},\"topic\":\"{topic}\",\"key\":\"{key:016x}\",\
         \"page\":{page},\"last\":{last},\"seq\":{seq},"
    );
}

fn write_rows(text: &mut String, board: &Board, delta: &RowDelta) {
    text.push_str("\"areas\":");
    write_list(text, &delta.rows, |text, area| {
        write_area(text, &board.layout, &board.rollup, *area);
    });
}

fn write_health(text: &mut String, board: &Board) {
    text.push_str("\"health\":");
    text.push_str(board.health.json.as_deref().unwrap_or("null"));
}
