//! How much of the past a plan depends on: what a backtest has to begin with.

use model::{SourceFile, Span};
use rules::LooksBack;

fn of(keys: &str) -> LooksBack {
    whole(&format!("on: env/river; {keys}"))
}

fn whole(keys: &str) -> LooksBack {
    let keys = keys.replace("; ", "\n    ");
    rules(&format!(
        "  - alert: A\n    severity: low\n    summary: {{vi: x, en: x}}\n    {keys}\n"
    ))
}

fn rules(text: &str) -> LooksBack {
    let city = crate::support::pack().city;
    let rule = format!("version: 1\ngroup: g\nrules:\n{text}");
    let file = SourceFile {
        path: "rules.yaml".into(),
        text: rule.into(),
    };
    let (plan, problems) = rules::compile(&[file], 0, &city);
    assert_eq!(problems, []);
    plan.expect("a plan").looks_back()
}

#[test]
fn every_length_that_a_rule_names_counts() {
    // A silence is in every plan: that after which the kind is stale.
    let stale = of("when: height > 1.0").silences;
    assert!(stale > Span::ZERO);
    let back = of(
        "when: height.avg('2h') > height.max('30m'); for: 10m; keep_firing_for: 5m; settle: 20s",
    );
    assert_eq!(back.windows, Span::from_mins(120));
    assert_eq!(back.holds, Span::from_secs(15 * 60 + 20));
    assert_eq!(back.silences, stale);
    assert_eq!(
        back.total(),
        Span::from_millis(back.windows.millis() + back.holds.millis() + stale.millis())
    );
}

#[test]
fn what_fades_and_what_repeats_by_the_week_count_for_longer() {
    assert_eq!(
        of("when: height.ewma('30m') > 1.0").windows,
        Span::from_mins(300)
    );
    assert_eq!(
        of("when: height > height.baseline('14d')").windows,
        Span::from_mins(14 * 24 * 60 + 60)
    );
    // One of the engine's own rules waits a little too.
    let own = of("when: height > 1.0").holds;
    assert_eq!(
        of("when: (height > 1.0).held('40m')").holds,
        Span::from_millis(own.millis() + 40 * 60_000)
    );
    let day = Span::from_mins(24 * 60);
    assert_eq!(of("absent: 1d").silences, day);
    // One that counts inside a calendar only waits for the next week's hours at the worst.
    assert_eq!(
        of("absent: 1d; during: office_hours").silences,
        Span::from_mins(8 * 24 * 60)
    );
}

#[test]
fn what_came_true_before_counts_for_as_long_as_it_is_remembered() {
    assert_eq!(
        of("when: height > 1.0; for: 5m; repeat: {count: 3, within: 50m}; keep_firing_for: 2m")
            .holds,
        Span::from_mins(57)
    );
    let steps = "[{on: env/river, when: height > 1.0}, {on: env/river, when: height > 2.0}]";
    assert_eq!(
        whole(&format!(
            "by: [district]; sequence: {{within: 3h, steps: {steps}}}; keep_firing_for: 10m; settle: 1m"
        ))
        .holds,
        Span::from_mins(191)
    );
}

#[test]
fn what_is_derived_is_as_old_as_all_it_is_made_of() {
    let basin = "  - {derive: env/basin, on: env/river, by: [basin], every: 30m, grace: 1m, fields: {mean: avg(height.avg()), top: max(height.max('2h'))}}\n";
    // Half an hour a value stands, a minute it waited, two hours it looks back.
    assert_eq!(rules(basin).derived, Span::from_mins(151));
    let city = "  - {derive: env/city, on: env/basin, by: [], every: 1h, fields: {mean: avg(mean.avg())}}\n";
    assert_eq!(
        rules(&format!("{city}{basin}")).derived,
        Span::from_mins(151 + 60 + 60 + 1)
    );
    let slow = "  - {derive: env/slow, on: env/river, by: [basin], sliding: 5m, fields: {mean: avg(height.avg('10m'))}}\n";
    assert_eq!(rules(slow).derived, Span::from_mins(15));
    assert_eq!(
        rules(slow).total(),
        Span::from_millis(
            rules(slow).holds.millis()
                + rules(slow).silences.millis()
                + Span::from_mins(10 + 15).millis()
        )
    );
}
