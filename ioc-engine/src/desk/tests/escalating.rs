//! Nobody answers: who is told when, what keeps it from happening, and that it happens once.

use model::{EscalationStep, Unless};
use proptest::prelude::*;

use super::*;

fn wants(after: i64, unless: Option<Unless>, to: &str) -> EscalationStep {
    EscalationStep {
        after: Span::from_secs(after),
        unless,
        to: to.into(),
    }
}

/// The shift lead after 10 s unless acknowledged, the chief after 20 s unless assigned, the duty officer after 30 s whatever.
fn steps() -> Escalations {
    rules_with(vec![
        wants(10, Some(Unless::Acked), "lead"),
        wants(20, Some(Unless::Assigned), "chief"),
        wants(30, None, "officer"),
    ])
}

fn rules_with(steps: Vec<EscalationStep>) -> Escalations {
    let rule = step(0, Condition::Firing, Severity::Low).rule;
    Escalations::new([(rule, steps.into())])
}

fn fires(seconds: i64) -> Step {
    Step::Rule(step(seconds, Condition::Firing, Severity::High))
}

fn ends(seconds: i64) -> Step {
    Step::Rule(step(seconds, Condition::Resolved, Severity::High))
}

fn held_back(seconds: i64) -> Step {
    let by = AlertId(0xb0);
    Step::Rule(Transition {
        annunciation: Annunciation::Inhibited { by },
        ..step(seconds, Condition::Firing, Severity::High)
    })
}

fn assign(id: &str, to: Option<&str>) -> Command {
    let to = to.map(Into::into);
    command(id, CommandAction::Assign { to })
}

#[test]
fn each_step_has_its_time_and_the_end_of_the_alert_ends_them() {
    play(
        steps(),
        vec![
            Step::Rule(step(1, Condition::Pending, Severity::High)),
            fires(3),
            Step::Time(12),
            Step::Time(60),
            ends(61),
            Step::Time(99),
        ],
        &expect![[r"
            1s pending high
            3s firing high
            13s firing high lead!13
            23s firing high lead!13 chief!23
            33s firing high lead!13 chief!23 officer!33
            61s resolved high lead!13 chief!23 officer!33
        "]],
    );
}

#[test]
fn who_answers_in_time_is_answered_for() {
    play(
        steps(),
        vec![
            fires(0),
            Step::Operator(9, ack("c1")),
            Step::Operator(19, assign("c2", Some("tổ 3"))),
            Step::Time(29),
            ends(30),
            Step::Time(99),
        ],
        // At one time what is due comes before what happens: the officer is told of it at the last moment.
        &expect![[r"
            0s firing high
            9s firing high ack:lan@9
            19s firing high ack:lan@9 to:tổ 3
            30s firing high ack:lan@9 to:tổ 3 officer!30
            30s resolved high ack:lan@9 to:tổ 3 officer!30
        "]],
    );
}

#[test]
fn what_does_not_call_does_not_count() {
    play(
        steps(),
        vec![
            fires(0),
            Step::Operator(4, shelve("c1", 50, "bảo trì")),
            Step::Time(52),
            held_back(53),
            fires(70),
            Step::Time(80),
            ends(81),
        ],
        // 4 s before it was shelved, 3 s until it was inhibited, 3 s after.
        &expect![[r"
            0s firing high
            4s firing high shelved<50:bảo trì
            50s firing high
            53s firing high
            70s firing high
            73s firing high lead!73
            81s resolved high lead!73
        "]],
    );
}

#[test]
fn an_assignment_taken_back_too_late_is_told_at_once() {
    play(
        rules_with(vec![wants(20, Some(Unless::Assigned), "chief")]),
        vec![
            fires(0),
            Step::Operator(5, assign("c1", Some("tổ 3"))),
            Step::Time(40),
            Step::Operator(45, assign("c2", None)),
            Step::Time(46),
        ],
        &expect![[r"
            0s firing high
            5s firing high to:tổ 3
            45s firing high
            45s firing high chief!45
        "]],
    );
}

#[test]
fn a_worse_alert_asks_again_and_may_go_unanswered_as_long_again() {
    play(
        steps(),
        vec![
            fires(0),
            Step::Operator(9, ack("c1")),
            Step::Rule(step(15, Condition::Firing, Severity::Critical)),
            Step::Time(26),
            Step::Operator(27, ack("c2")),
            Step::Operator(28, assign("c3", Some("tổ 3"))),
            ends(40),
        ],
        &expect![[r"
            0s firing high
            9s firing high ack:lan@9
            15s firing critical
            25s firing critical lead!25
            27s firing critical ack:lan@27 lead!25
            28s firing critical ack:lan@27 to:tổ 3 lead!25
            40s resolved high ack:lan@27 to:tổ 3 lead!25
        "]],
    );
}

#[test]
fn a_draft_or_settling_alert_is_nobodys_concern() {
    for annunciation in [
        Annunciation::Shadow,
        Annunciation::Settling,
        Annunciation::OverLimit,
    ] {
        let quiet = Transition {
            annunciation,
            ..step(0, Condition::Firing, Severity::High)
        };
        play(
            steps(),
            vec![Step::Rule(quiet), Step::Time(99)],
            &expect![[r"
                0s firing high
            "]],
        );
    }
}

#[test]
fn an_edit_that_makes_steps_due_long_ago_makes_them_happen_now() {
    let mut desk = Desk::new(
        Span::from_secs(100),
        Escalations::default(),
        DeskState::default(),
    );
    let mut out = Vec::new();
    let firing = step(0, Condition::Firing, Severity::High);
    desk.transition(&firing, Facts::default(), &mut out);
    desk.advance(at(25), &mut out);
    for _ in 0..2 {
        desk.exchange(steps());
        desk.advance(at(26), &mut out);
    }
    let told: Vec<_> = out.iter().map(line).collect();
    assert_eq!(
        told,
        [
            "0s firing high",
            "25s firing high lead!25",
            "25s firing high lead!25 chief!25"
        ]
    );
}

/// Something that happens, so many seconds after what happened before it.
fn anything() -> impl Strategy<Value = (i64, u8)> {
    (0..15_i64, 0..9_u8)
}

fn act(desk: &mut Desk, seconds: i64, what: u8, out: &mut Vec<AlertChange>) {
    let id = format!("c{seconds}-{what}-{}", out.len());
    let command = match what {
        0..=3 => {
            let rule = match what {
                2 => held_back(seconds),
                3 => Step::Rule(step(seconds, Condition::Firing, Severity::Critical)),
                _ => fires(seconds),
            };
            let Step::Rule(step) = rule else { return };
            return desk.transition(&step, Facts::default(), out);
        }
        4 => ack(&id),
        5 => shelve(&id, seconds + 7, "x"),
        6 => assign(&id, Some("tổ 3")),
        7 => assign(&id, None),
        _ => return desk.advance(at(seconds), out),
    };
    // Before the first transition there is nothing to act on; what is refused changes nothing.
    let _refused = desk.command(&command, at(seconds), out);
}

/// A desk of which nothing is left but what the store keeps.
fn made_anew(desk: &Desk) -> Desk {
    let state = DeskState {
        alerts: desk.alerts.values().map(|a| Alert::clone(a)).collect(),
        at: desk.now,
        ..DeskState::default()
    };
    Desk::new(Span::from_secs(100), steps(), state)
}

/// Each step at most once an episode, in order of time, and never while it is answered or does not call.
fn check_told(told: &[AlertChange]) {
    for pair in told.windows(2) {
        let (before, after) = (&pair[0], &pair[1]);
        assert!(before.at <= after.at);
        let new = &after.alert.escalated[before.alert.escalated.len()..];
        assert!(new.len() <= 1);
        for step in new {
            assert!(before.alert.calls());
            assert!(&*step.to != "lead" || before.alert.ack.is_none());
            assert!(&*step.to != "chief" || before.alert.assignee.is_none());
            let times = after.alert.escalated.iter().filter(|e| e.to == step.to);
            assert_eq!(times.count(), 1);
        }
    }
}

proptest! {
    /// A desk that is thrown away and made anew after every event, and one that looks at the clock every second, tell the same.
    #[test]
    fn each_step_happens_once_an_episode_whatever_happens(script in prop::collection::vec(anything(), 1..40)) {
        let mut whole = Desk::new(Span::from_secs(100), steps(), DeskState::default());
        let (mut restarted, mut ticking) = (made_anew(&whole), made_anew(&whole));
        let [mut told, mut told_restarted, mut told_ticking] = [const { Vec::new() }; 3];
        let mut now = 1;
        for (later, what) in script.into_iter().chain([(99, 8)]) {
            for second in now..now + later {
                ticking.advance(at(second), &mut told_ticking);
            }
            now += later;
            act(&mut whole, now, what, &mut told);
            act(&mut ticking, now, what, &mut told_ticking);
            act(&mut restarted, now, what, &mut told_restarted);
            restarted = made_anew(&restarted);
        }
        let lines = |told: &[AlertChange]| told.iter().map(line).collect::<Vec<_>>();
        prop_assert_eq!(lines(&told), lines(&told_restarted));
        prop_assert_eq!(lines(&told), lines(&told_ticking));
        check_told(&told);
    }
}
