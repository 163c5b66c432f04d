//! Draws a failed test: the timeline, then what was expected and what came, side by side in time.

use std::fmt::Write as _;

use model::Transition;

use super::expect::describe;
use super::file::Test;

pub(super) fn draw(test: &Test, came: &[Transition], wrong: &[String]) -> String {
    let mut drawn = String::from("timeline, one step every ");
    let _ = writeln!(drawn, "{}:", test.every); // Writing to a String does not fail.
    for line in &test.lines {
        for (_, notation, _) in &line.fields {
            let _ = writeln!(drawn, "  {}: {notation}", line.asset);
        }
    }
    for (at, event) in &test.events {
        let _ = writeln!(drawn, "  {at}: {event:?}");
    }
    if !wrong.is_empty() {
        drawn.push_str("values:\n");
    }
    for line in wrong {
        let _ = writeln!(drawn, "  {line}");
    }
    let mut missing: Vec<_> = test.expected.iter().collect();
    let mut rows: Vec<(i64, char, String)> = Vec::new();
    for transition in came {
        let found = missing
            .iter()
            .position(|expected| expected.agrees(transition, test.start));
        let mark = if let Some(place) = found {
            missing.remove(place);
            ' '
        } else {
            '+'
        };
        let after = transition.at.since(test.start).millis();
        rows.push((after, mark, describe(transition, test.start)));
    }
    for expected in missing {
        rows.push((expected.at.millis(), '-', expected.line.clone()));
    }
    rows.sort_by_key(|(at, mark, _)| (*at, *mark != '-'));
    drawn.push_str("transitions (- expected and missing, + came and not expected):\n");
    for (_, mark, row) in rows {
        let _ = writeln!(drawn, "{mark} {row}");
    }
    drawn
}
