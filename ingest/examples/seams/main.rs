//! What the two ways in can carry when acknowledgements are late: rates and CPU per message.
//!
//! `cargo run --release -p ingest --example seams` runs the whole table in about two minutes. Devices run in a process
//! of their own, so that the CPU shown is the engine's (and, with mosquitto, the broker's beside it).

mod devices;
mod run;
mod usage;

use run::{Case, Way};

/// The table: the ways in × connections × QoS, then what a slower disk and more sessions change.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for way in [Way::Embedded, Way::Mosquitto { sessions: 1 }] {
        for qos in [0, 1] {
            for connections in [1, 16, 1_000] {
                cases.push(Case {
                    way,
                    qos,
                    connections,
                    commit_ms: 2,
                });
            }
        }
    }
    for (way, connections, commit_ms) in [
        (Way::Embedded, 1_000, 20),
        (Way::Mosquitto { sessions: 1 }, 16, 20),
        (Way::Mosquitto { sessions: 4 }, 16, 2),
    ] {
        cases.push(Case {
            way,
            qos: 1,
            connections,
            commit_ms,
        });
    }
    cases
}

fn main() {
    let mut args = std::env::args().skip(1);
    if args.next().as_deref() == Some("devices") {
        devices::main(args);
        return;
    }
    println!(
        "| way in | QoS | device connections | commit | messages/s | shed/s | CPU µs/message: engine | broker |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for case in cases() {
        println!("{}", run::measure(&case));
    }
}
