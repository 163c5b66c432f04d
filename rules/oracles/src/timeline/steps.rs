//! What happens, one thing after the other: readings good and bad, late and early, sources, losses, an engine that was down.

use std::sync::Arc;

use model::{
    AlertId, AssetId, Command, CommandAction, Input, Origin, Quality, Reading, SourceName, Span,
    Stamped, Time, Value, ValueType,
};
use proptest::prelude::*;

use crate::pack::PACK;

/// A Monday morning, an hour before the office opens.
pub const START: Time = Time::from_millis(1_767_574_800_000);

/// What happens next, and how long after what was before.
#[derive(Clone, Debug)]
pub enum Step {
    /// An asset reports.
    Reading {
        /// Which of [`ASSETS`].
        asset: usize,
        /// What its fields are made from.
        values: Vec<u16>,
        /// How long ago it measured, by its own clock.
        behind_s: i64,
        /// What it says of its measurement.
        quality: Quality,
        /// Retained messages come before live ones.
        origin: Origin,
        /// Whether it counts its readings.
        with_seq: bool,
    },
    /// The same once more.
    Again,
    /// A source is there.
    SourceUp(usize),
    /// A source is lost.
    SourceDown(usize),
    /// An asset's last will.
    Offline(usize),
    /// An asset's readings were shed.
    Shed(usize),
    /// The engine was down since what was before.
    Resumed,
    /// An operator does something, which no rule sees.
    Command,
}

/// Gauges, access points, a site's power, a bus; `pw-new` registers itself, `wl-lost` may not.
const ASSETS: [&str; 12] = [
    "wl-1", "wl-2", "wl-3", "ap-1", "ap-2", "ap-3", "ap-4", "ap-5", "pw-1", "pw-new", "bus-1",
    "wl-lost",
];

fn source(n: usize) -> SourceName {
    SourceName::new(["mosquitto", "embedded"][n % 2])
}

/// Any step and the milliseconds before it.
pub fn step() -> impl Strategy<Value = (i64, Step)> {
    let asset = 0..ASSETS.len();
    let what = prop_oneof![
        30 => heard(),
        2 => Just(Step::Again),
        1 => (0_usize..2).prop_map(Step::SourceUp),
        1 => (0_usize..2).prop_map(Step::SourceDown),
        1 => asset.clone().prop_map(Step::Offline),
        1 => asset.prop_map(Step::Shed),
        1 => Just(Step::Resumed),
        1 => Just(Step::Command),
    ];
    let gap =
        prop_oneof![4 => 0_i64..60_000, 2 => 60_000_i64..400_000, 1 => 400_000_i64..8_000_000];
    (gap, what)
}

fn heard() -> impl Strategy<Value = Step> {
    let quality = prop_oneof![
        12 => Just(Quality::Good),
        1 => Just(Quality::Fault),
        1 => Just(Quality::Backfill),
    ];
    let origin = prop_oneof![12 => Just(Origin::Live), 1 => Just(Origin::Retained)];
    let behind =
        prop_oneof![10 => Just(0_i64), 2 => 0_i64..2_000, 1 => -900_i64..0, 1 => Just(4_000_000)];
    let reading = (
        0..ASSETS.len(),
        prop::collection::vec(0_u16..12, 3),
        behind,
        quality,
        origin,
        any::<bool>(),
    );
    reading.prop_map(
        |(asset, values, behind_s, quality, origin, with_seq)| Step::Reading {
            asset,
            values,
            behind_s,
            quality,
            origin,
            with_seq,
        },
    )
}

/// The steps as what the engine admits.
pub fn inputs(steps: &[(i64, Step)]) -> Vec<Stamped> {
    let mut at = START;
    let mut inputs: Vec<Stamped> = Vec::new();
    for (n, (gap, step)) in steps.iter().enumerate() {
        let before = at;
        at = at + Span::from_millis(*gap);
        let input = match step {
            Step::Reading { asset, .. } => Input::Reading {
                source: source(*asset / 8),
                reading: reading(n, at, step, ASSETS[*asset]),
            },
            Step::Again => match inputs.last() {
                // A Resumed of before would claim a downtime in which the engine was up.
                Some(last) if !matches!(last.input, Input::Resumed { .. }) => last.input.clone(),
                _ => continue,
            },
            Step::SourceUp(n) => Input::SourceUp { source: source(*n) },
            Step::SourceDown(n) => Input::SourceDown { source: source(*n) },
            Step::Offline(n) => Input::Offline {
                asset: AssetId::new(ASSETS[*n]),
            },
            Step::Shed(n) => Input::Shed {
                assets: vec![AssetId::new(ASSETS[*n])],
            },
            Step::Resumed => Input::Resumed {
                from: before,
                to: at,
            },
            Step::Command => Input::Command(command()),
        };
        inputs.push(Stamped { stamp: at, input });
    }
    inputs
}

/// Twenty good readings of every asset, a minute apart, up and down.
pub(crate) fn usual_day() -> Vec<Stamped> {
    let reading = |minute: usize, asset: usize| Step::Reading {
        asset,
        values: vec![(minute * 5 + asset) as u16 % 12, (minute / 3) as u16, 3],
        behind_s: 0,
        quality: Quality::Good,
        origin: Origin::Live,
        with_seq: true,
    };
    let steps = (0..20).flat_map(|minute| {
        let gap = move |asset| if asset == 0 { 60_000 } else { 0 };
        (0..ASSETS.len()).map(move |asset| (gap(asset), reading(minute, asset)))
    });
    let up = [(0, Step::SourceUp(0)), (0, Step::SourceUp(1))];
    inputs(&up.into_iter().chain(steps).collect::<Vec<_>>())
}

fn command() -> Command {
    Command {
        id: "c-1".into(),
        alert: AlertId(1),
        by: "shift-lead".into(),
        action: CommandAction::Acknowledge {
            note: Arc::from(""),
        },
    }
}

fn reading(n: usize, at: Time, step: &Step, asset: &str) -> Reading {
    let Step::Reading {
        values,
        behind_s,
        quality,
        origin,
        with_seq,
        ..
    } = step
    else {
        unreachable!("only readings come here");
    };
    let kind = match asset.split('-').next() {
        Some("wl") => "env/river",
        Some("ap") => "wifi/ap",
        Some("bus") => "city/bus",
        _ => "wifi/site",
    };
    let kind = PACK.city.catalog.find(kind).expect("a kind of the pack");
    let fields = kind.fields.iter().zip(values).map(|(field, value)| {
        let steps = f64::from(*value);
        let value = match (field.value_type, &*field.name) {
            (ValueType::F64, "height") => Value::F64(steps / 2.0 + 22.0),
            (ValueType::F64, "lat") => Value::F64(steps / 500.0 + 21.59),
            (ValueType::F64, "lon") => Value::F64(steps / 500.0 + 105.79),
            (ValueType::F64, _) => Value::F64(steps * 40.0),
            (ValueType::Bool, _) => Value::Bool(*value % 2 == 0),
            _ => Value::Symbol(*value % field.symbols.len() as u16),
        };
        (field.id, value)
    });
    Reading {
        asset: AssetId::new(asset),
        kind: kind.id,
        at: at - Span::from_secs(*behind_s),
        received: at,
        seq: with_seq.then_some(n as u64),
        boot: None,
        quality: *quality,
        origin: *origin,
        fields: fields.collect(),
    }
}

/// A day after the last, so that everything pending comes to its end.
pub fn end(inputs: &[Stamped]) -> Time {
    inputs.last().map_or(START, |last| last.stamp) + Span::from_mins(24 * 60)
}

/// Up to when ticks may come before an input: at any time, but not after the engine stopped.
pub fn tick_limit(next: &Stamped) -> Time {
    match next.input {
        Input::Resumed { from, .. } => from,
        _ => next.stamp,
    }
}
