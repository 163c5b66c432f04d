//! The demo, message by message, through the engine's own decoder and the pack's own rules: every scripted alert comes
//! when the ledger says, and nothing else does. No broker, no clock: a quarter of an hour takes seconds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use city::City;
use ingest::{Arrival, Decoded, Decoder, Limits, QoS};
use model::{Annunciation, Condition, Input, Severity, SourceName, Span, Stamped, Time, Unless};
use rules::{Engine, Output};
use simulators::ledger::{self, Raised};
use simulators::{Message, living_city};

use crate::thai_nguyen;

/// Monday 2026-11-23 14:30 in Hanoi.
const START: Time = Time::from_millis(1_795_419_000_000);

/// The engine's side of a run.
struct Centre {
    decoder: Decoder,
    engine: Engine,
    source: SourceName,
    out: Output,
    /// The worst severity each alert has reached.
    reached: BTreeMap<model::AlertId, Severity>,
    raised: Vec<Raised>,
    annunciated: BTreeSet<String>,
}

impl Centre {
    fn new(city: &Arc<City>, start: Time) -> Self {
        let (plan, problems) = rules::compile(&city.rules, 0, city);
        let plan = plan.unwrap_or_else(|| panic!("{problems:#?}"));
        let mut centre = Self {
            decoder: Decoder::new(&city.id, &city.catalog, &city.assets, Limits::default()),
            engine: Engine::new(Arc::new(plan), Arc::clone(city), start),
            source: SourceName::new("simulated"),
            out: Output::default(),
            reached: BTreeMap::new(),
            raised: Vec::new(),
            annunciated: BTreeSet::new(),
        };
        let source = centre.source.clone();
        centre.admit(start, Input::SourceUp { source });
        centre
    }

    fn admit(&mut self, stamp: Time, input: Input) {
        self.engine
            .apply(&[Stamped { stamp, input }], &mut self.out);
    }

    fn receive(&mut self, message: &Message) {
        let arrival = Arrival {
            source: &self.source,
            topic: &message.topic,
            payload: message.payload.clone(),
            received: message.due,
            qos: QoS::AtLeastOnce,
            retain: false,
        };
        match self.decoder.decode(&arrival) {
            Ok(Decoded::Reading(reading)) => {
                let source = self.source.clone();
                self.admit(message.due, Input::Reading { source, reading });
            }
            Ok(other) => panic!("{}: {other:?}", message.topic),
            Err(dead) => panic!("{}: {}", message.topic, dead.detail),
        }
    }

    /// Takes note of alerts that fired, climbed, or called for attention.
    fn note(&mut self, now: Time) {
        self.engine.advance(now, &mut self.out);
        self.out.changes.clear();
        for step in self.out.transitions.drain(..) {
            if step.to != Condition::Firing {
                continue;
            }
            if step.annunciation == Annunciation::Annunciated {
                self.annunciated
                    .insert(format!("{} {}", step.rule, step.key));
            }
            let before = self.reached.insert(step.alert, step.severity);
            if before.is_none_or(|before| step.severity > before) {
                self.raised.push(Raised {
                    rule: step.rule.to_string(),
                    key: step.key.to_string(),
                    severity: step.severity,
                    at: step.at,
                });
            }
        }
    }
}

fn play(scenario: &str, minutes: i64, seed: u64) -> (Centre, Vec<ledger::Expected>) {
    play_from(START, scenario, minutes, seed)
}

fn play_from(
    start: Time,
    scenario: &str,
    minutes: i64,
    seed: u64,
) -> (Centre, Vec<ledger::Expected>) {
    let loaded = city::load(&thai_nguyen());
    let city = Arc::new(loaded.city.expect("the pack is sound"));
    let mut prepared =
        living_city::prepare(&city, seed, 1.0, Some(scenario), start, 2).expect("a scenario");
    let mut centre = Centre::new(&city, start);
    for second in 1..=minutes * 60 {
        let now = start + Span::from_secs(second);
        for message in prepared.fleet.advance(now) {
            centre.receive(&message);
        }
        centre.note(now);
    }
    (centre, prepared.expected)
}

#[test]
fn the_demo_raises_what_it_scripts_and_nothing_else() {
    let (centre, expected) = play("demo", 14, 1);
    let reckoning = ledger::check(&expected, &centre.raised);
    assert!(reckoning.is_clean(), "{reckoning:#?}");
    let required = expected.iter().filter(|e| e.required).count();
    assert_eq!(reckoning.found.len(), required);
    // The cut is one call for attention, the river two (rising, and the ladder), the office one.
    let calls: Vec<&str> = centre.annunciated.iter().map(String::as_str).collect();
    assert_eq!(
        calls,
        [
            "flood/RiverHigh asset=wl-gia-bay",
            "flood/RiverRising asset=wl-gia-bay",
            "queue/SiteOverloaded site=Trung tâm phục vụ hành chính công tỉnh",
            "trans/RingSplit asset=ring-171-1",
        ]
    );
}

#[test]
fn other_seeds_tell_the_same_story() {
    for seed in [3, 77, 2026] {
        let (centre, expected) = play("demo", 14, seed);
        let reckoning = ledger::check(&expected, &centre.raised);
        assert!(reckoning.is_clean(), "seed {seed}: {reckoning:#?}");
        let required = expected.iter().filter(|e| e.required).count();
        assert_eq!(reckoning.found.len(), required, "seed {seed}");
    }
}

/// Lamps, noise and office hours follow the real clock: the story must not depend on when somebody starts the demo.
#[test]
fn the_demo_is_the_same_at_dusk_and_before_dawn() {
    for hours in [3, 15] {
        let start = START + Span::from_mins(hours * 60);
        let (centre, expected) = play_from(start, "demo", 14, 1);
        let reckoning = ledger::check(&expected, &centre.raised);
        assert!(reckoning.is_clean(), "{hours} hours later: {reckoning:#?}");
    }
}

/// One fault in every domain, by day and by night: what follows the real clock is required at its own hours.
#[test]
fn a_working_day_raises_what_it_scripts_by_day_and_by_night() {
    for hours in [0, 6] {
        let start = START + Span::from_mins(hours * 60);
        let (centre, expected) = play_from(start, "working-day", 75, 1);
        let reckoning = ledger::check(&expected, &centre.raised);
        assert!(reckoning.is_clean(), "{hours} hours later: {reckoning:#?}");
        let required = expected.iter().filter(|e| e.required).count();
        assert_eq!(reckoning.found.len(), required);
        // One dead switch, one call: none of its twelve cameras.
        let cameras = centre
            .annunciated
            .iter()
            .filter(|call| call.starts_with("cctv/"));
        assert_eq!(
            cameras.collect::<Vec<_>>(),
            ["cctv/CamFrozen asset=cam-0700"]
        );
    }
}

#[test]
fn whatever_is_critical_reaches_the_shift_lead_when_nobody_acknowledges_it() {
    let city = city::load(&thai_nguyen()).city.expect("the pack is sound");
    let (plan, _) = rules::compile(&city.rules, 0, &city);
    let plan = plan.expect("the pack's rules are sound");
    // The rules of the engine itself watch no kind; they are not the pack's to escalate.
    let critical: Vec<_> = plan
        .rules()
        .filter(|rule| rule.kind.is_some() && rule.worst == Some(Severity::Critical))
        .collect();
    assert!(
        critical
            .iter()
            .any(|rule| rule.name.to_string() == "trans/RingSplit")
    );
    for rule in critical {
        let told = rule.escalate().iter().any(|step| {
            step.unless == Some(Unless::Acked)
                && step.after <= Span::from_mins(30)
                && &*step.to == "shift-lead"
        });
        assert!(told, "{}", rule.name);
    }
}
