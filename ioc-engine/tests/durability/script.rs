//! The river that rises and falls: the same inputs at the same script times in every run.

use model::{
    AlertId, AssetId, Command, CommandAction, FieldId, Input, KindId, Origin, Quality, Reading,
    SourceName, Time, Value,
};

/// Script time zero.
const START_MS: i64 = 1_800_000_000_000;
/// Inputs of the whole script, commands included.
pub(crate) const INPUTS: u64 = 600;
const STATIONS: u64 = 5;
/// Every so many inputs one is a command.
const COMMAND_EVERY: u64 = 25;

/// When an input of the script happens.
pub(crate) fn time(i: u64) -> Time {
    Time::from_millis(START_MS + i as i64 * 250)
}

/// The input of this place. Commands act on the alerts of `known`, in turn.
pub(crate) fn input(i: u64, known: &[AlertId]) -> Input {
    let place = (i / COMMAND_EVERY) as usize;
    if i % COMMAND_EVERY == COMMAND_EVERY - 1 && place < known.len() {
        return Input::Command(Command {
            id: format!("command-{i}").into(),
            alert: known[place],
            by: "lan".into(),
            action: CommandAction::Acknowledge { note: "".into() },
        });
    }
    reading(i)
}

/// The one source of the script is connected.
pub(crate) fn source_up() -> Input {
    Input::SourceUp {
        source: SourceName::new("script"),
    }
}

fn reading(i: u64) -> Input {
    // Each station has a wave of its own length, crossing both levels.
    let station = i % STATIONS;
    let phase = (i / STATIONS) as f64 / (2.5 + station as f64 / 2.0);
    let height = 10.0 + 6.0 * (phase.sin() + 0.3 * (phase * 3.7).sin());
    Input::Reading {
        source: SourceName::new("script"),
        reading: Reading {
            asset: AssetId::new(format!("wl-{station}")),
            kind: KindId(0),
            at: time(i),
            received: time(i),
            seq: Some(i),
            boot: None,
            quality: Quality::Good,
            origin: Origin::Live,
            fields: vec![(FieldId(0), Value::F64((height * 100.0).round() / 100.0))],
        },
    }
}
