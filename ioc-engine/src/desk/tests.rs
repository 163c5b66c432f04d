//! The operator axis as a table: what is done at which second, and what the alert says after it.

use std::fmt::Write;

use expect_test::{Expect, expect};
use model::{Annunciation, Escalation, Reason, Severity};

use super::*;

mod escalating;

const ALERT: AlertId = AlertId(0xa1);

fn at(seconds: i64) -> Time {
    Time::from_millis(seconds * 1_000)
}

fn step(seconds: i64, to: Condition, severity: Severity) -> Transition {
    Transition {
        alert: ALERT,
        rule: RuleName {
            group: "flood".into(),
            name: "RiverHigh".into(),
        },
        key: Key::default(),
        to,
        severity,
        annunciation: Annunciation::Annunciated,
        at: at(seconds),
        started_at: at(1),
        reason: Reason::Condition,
        summary: Localized::same("nước lên"),
        guidance: Localized::same("gọi trực ban"),
        why: None,
    }
}

fn command(id: &str, action: CommandAction) -> Command {
    Command {
        id: id.into(),
        alert: ALERT,
        by: "lan".into(),
        action,
    }
}

fn shelve(id: &str, until: i64, reason: &str) -> Command {
    let (until, reason) = (at(until), reason.into());
    command(id, CommandAction::Shelve { until, reason })
}

fn ack(id: &str) -> Command {
    command(id, CommandAction::Acknowledge { note: "".into() })
}

enum Step {
    Rule(Transition),
    Operator(i64, Command),
    Time(i64),
}

fn line(change: &AlertChange) -> String {
    let a = &change.alert;
    let secs = |t: Time| t.millis() / 1_000;
    let mut line = format!(
        "{}s {} {}",
        secs(change.at),
        a.condition.as_str(),
        a.severity.as_str()
    );
    if let Some(ack) = &a.ack {
        write!(line, " ack:{}@{}", ack.by, secs(ack.at)).unwrap();
    }
    if let Some(shelved) = &a.shelved {
        write!(line, " shelved<{}:{}", secs(shelved.until), shelved.reason).unwrap();
    }
    if let Some(to) = &a.assignee {
        write!(line, " to:{to}").unwrap();
    }
    for Escalation { to, at, .. } in &a.escalated {
        write!(line, " {to}!{}", secs(*at)).unwrap();
    }
    line
}

fn check(steps: Vec<Step>, expect: &Expect) {
    play(Escalations::default(), steps, expect);
}

fn play(escalations: Escalations, steps: Vec<Step>, expect: &Expect) {
    let mut desk = Desk::new(Span::from_secs(100), escalations, DeskState::default());
    let mut text = String::new();
    for step in steps {
        let mut out = Vec::new();
        let outcome = match step {
            Step::Rule(step) => {
                desk.transition(&step, Facts::default(), &mut out);
                Ok(())
            }
            Step::Operator(seconds, command) => desk.command(&command, at(seconds), &mut out),
            Step::Time(seconds) => {
                desk.advance(at(seconds), &mut out);
                Ok(())
            }
        };
        for change in &out {
            writeln!(text, "{}", line(change)).unwrap();
        }
        if let Err(refusal) = outcome {
            writeln!(text, "refused {}", refusal.code()).unwrap();
        }
    }
    expect.assert_eq(&text);
}

#[test]
fn an_alert_lives_on_two_axes() {
    use Condition::{Firing, Pending, Resolved};
    check(
        vec![
            Step::Rule(step(1, Pending, Severity::High)),
            Step::Rule(step(3, Firing, Severity::High)),
            Step::Operator(4, ack("c1")),
            Step::Operator(
                5,
                command(
                    "c2",
                    CommandAction::Assign {
                        to: Some("tổ 3".into()),
                    },
                ),
            ),
            Step::Rule(step(6, Firing, Severity::Critical)),
            Step::Operator(7, ack("c3")),
            Step::Rule(step(8, Firing, Severity::High)),
            Step::Rule(step(9, Resolved, Severity::High)),
        ],
        &expect![[r"
            1s pending high
            3s firing high
            4s firing high ack:lan@4
            5s firing high ack:lan@4 to:tổ 3
            6s firing critical to:tổ 3
            7s firing critical ack:lan@7 to:tổ 3
            8s firing high ack:lan@7 to:tổ 3
            9s resolved high ack:lan@7 to:tổ 3
        "]],
    );
}

#[test]
fn a_shelving_ends_at_its_own_time_however_late_it_is_noticed() {
    use Condition::{Firing, Resolved};
    check(
        vec![
            Step::Rule(step(1, Firing, Severity::Low)),
            Step::Operator(2, shelve("c1", 10, "bảo trì")),
            Step::Operator(3, shelve("c2", 20, "lâu hơn")),
            Step::Time(19),
            Step::Rule(step(30, Firing, Severity::Medium)),
            Step::Operator(31, shelve("c3", 40, "x")),
            Step::Operator(32, command("c4", CommandAction::Unshelve)),
            Step::Operator(33, shelve("c5", 50, "x")),
            Step::Rule(step(34, Resolved, Severity::Medium)),
            Step::Time(99),
        ],
        &expect![[r"
            1s firing low
            2s firing low shelved<10:bảo trì
            3s firing low shelved<20:lâu hơn
            20s firing low
            30s firing medium
            31s firing medium shelved<40:x
            32s firing medium
            33s firing medium shelved<50:x
            34s resolved medium
        "]],
    );
}

#[test]
fn a_refused_command_says_why_and_a_repeated_one_gets_the_same_answer() {
    use Condition::{Firing, Resolved};
    check(
        vec![
            Step::Operator(1, ack("c0")),
            Step::Rule(step(1, Firing, Severity::Low)),
            Step::Operator(2, shelve("c1", 10, "  ")),
            Step::Operator(2, shelve("c2", 2, "x")),
            Step::Operator(2, shelve("c3", 103, "x")),
            Step::Operator(2, command("c4", CommandAction::Unshelve)),
            Step::Operator(
                2,
                command("c5", CommandAction::Comment { text: " ".into() }),
            ),
            Step::Operator(3, ack("c0")),
            Step::Operator(3, ack("c7")),
            Step::Operator(4, ack("c7")),
            Step::Rule(step(5, Resolved, Severity::Low)),
            Step::Operator(6, shelve("c6", 10, "x")),
        ],
        &expect![[r"
            refused unknown_alert
            1s firing low
            refused reason_required
            refused in_the_past
            refused too_long
            refused not_shelved
            refused empty_comment
            refused unknown_alert
            3s firing low ack:lan@3
            5s resolved low ack:lan@3
            refused resolved
        "]],
    );
}

#[test]
fn a_new_episode_of_the_same_rule_and_key_counts_on_over_a_restart() {
    let mut desk = Desk::new(
        Span::from_secs(9),
        Escalations::default(),
        DeskState::default(),
    );
    let mut out = Vec::new();
    desk.transition(
        &step(1, Condition::Resolved, Severity::Low),
        Facts::default(),
        &mut out,
    );
    let first = Alert::clone(&out[0].alert);
    let state = DeskState {
        occurrences: vec![(first.rule.clone(), first.key.clone(), first.occurrence)],
        alerts: vec![first],
        commands: vec![("c1".into(), None)],
        at: at(1),
    };
    let mut desk = Desk::new(Span::from_secs(9), Escalations::default(), state);
    let mut again = step(2, Condition::Firing, Severity::Low);
    again.alert = AlertId(0xa2);
    desk.transition(&again, Facts::default(), &mut out);
    assert_eq!(out[1].alert.occurrence, 2);
    assert_eq!(desk.command(&ack("c1"), at(3), &mut out), Ok(()));
    assert_eq!(out.len(), 2, "c1 was done before the restart");
    assert_eq!(
        (desk.open().len(), desk.firing(), desk.pending()),
        (1, 1, 0)
    );
}

#[test]
fn an_alert_says_what_to_do_as_its_last_step_does() {
    let mut desk = Desk::new(
        Span::from_secs(100),
        Escalations::default(),
        DeskState::default(),
    );
    let mut out = Vec::new();
    for (seconds, guidance) in [(1, "26 m: gọi trực ban"), (2, "27 m: sơ tán")] {
        let step = Transition {
            guidance: Localized::same(guidance),
            ..step(seconds, Condition::Firing, Severity::High)
        };
        desk.transition(&step, Facts::default(), &mut out);
    }
    let said: Vec<_> = out
        .iter()
        .map(|change| &*change.alert.guidance.vi)
        .collect();
    assert_eq!(said, ["26 m: gọi trực ban", "27 m: sơ tán"]);
}
