//! The same seed gives the same messages, whatever the number of threads and however time is cut up.

mod support;

use model::Span;
use support::{START, digest, fleet, hamlet};

const DAY: Span = Span::from_mins(24 * 60);

#[test]
fn one_worker_and_four_send_the_same_bytes() {
    let (one, messages) = digest(fleet(&hamlet(), 7, None, 1), &[DAY]);
    let (four, _) = digest(fleet(&hamlet(), 7, None, 4), &[DAY]);
    assert_eq!(one, four);
    // Some thirty devices, once a minute, a day long.
    assert!(messages > 40_000, "{messages}");
    let (other_seed, _) = digest(fleet(&hamlet(), 8, None, 1), &[DAY]);
    assert_ne!(one, other_seed);
}

#[test]
fn time_cut_into_pieces_gives_the_same_bytes() {
    let whole = digest(
        fleet(&hamlet(), 7, Some("flood"), 1),
        &[Span::from_mins(12)],
    );
    let pieces: Vec<Span> = (1..=720)
        .map(|i| Span::from_millis(i * 1_000 + i * 7 % 500))
        .chain([Span::from_mins(12)])
        .filter(|s| *s <= Span::from_mins(12))
        .collect();
    let cut = digest(fleet(&hamlet(), 7, Some("flood"), 3), &pieces);
    assert_eq!(whole, cut);
}

#[test]
fn the_schedule_does_not_drift() {
    let mut fleet = fleet(&hamlet(), 7, None, 1);
    let week = Span::from_mins(7 * 24 * 60);
    let messages = fleet.advance(START + week);
    let tele = messages
        .iter()
        .filter(|m| &*m.topic == "ioc/v1/hamlet/water/gauge/wl-1/tele");
    let dues: Vec<i64> = tele.map(|m| m.due.since(START).millis()).collect();
    assert_eq!(dues.len(), 7 * 24 * 60);
    let phase = dues[0];
    assert!((0..60_000).contains(&phase));
    for (n, due) in dues.iter().enumerate() {
        assert_eq!(*due, phase + n as i64 * 60_000);
    }
}

#[test]
fn devices_spread_over_the_period() {
    let mut fleet = fleet(&hamlet(), 7, None, 1);
    let first = fleet.advance(START + Span::from_secs(60));
    let tele = first.iter().filter(|m| m.topic.ends_with("/tele"));
    let early = tele.clone().filter(|m| m.due < START + Span::from_secs(30));
    let (all, early) = (tele.count(), early.count());
    assert_eq!(all, fleet.len());
    assert!(early > all / 4 && early < all * 3 / 4, "{early} of {all}");
}
