//! What each rule costs is counted exactly, timed with a stopwatch of the caller's, and changes nothing.

use std::cell::Cell;
use std::sync::Arc;

use model::{
    AssetId, FieldId, Input, Lang, Origin, Quality, Reading, RuleName, SourceFile, SourceName,
    Span, Stamped, Time, Value,
};
use rules::{Engine, Output, Plan, RuleCost};

const RULES: &str = "\
version: 1
group: costs
rules:
  - alert: High
    on: env/river
    when: height >= 26.0
    severity: high
  - alert: Rising
    on: env/river
    when: height.max('1h') - height.min('1h') > 5.0
    for: 1h
    severity: low
  - alert: RisingToo
    on: env/river
    when: height.max('1h') > 90.0
    severity: low
  - alert: District
    on: env/river
    by: [district]
    when: max(height) > 27.5
    severity: high
";

const START: Time = Time::from_millis(1_767_574_800_000);

thread_local! {
    static TICKS: Cell<u64> = const { Cell::new(0) };
}

/// A clock that goes on by a microsecond each time it is read.
fn ticking() -> u64 {
    TICKS.set(TICKS.get() + 1_000);
    TICKS.get()
}

fn plan() -> (Arc<Plan>, Arc<city::City>) {
    plan_of(RULES)
}

fn plan_of(rules: &str) -> (Arc<Plan>, Arc<city::City>) {
    let city = crate::support::pack().city;
    let file = SourceFile {
        path: "rules/costs.yaml".into(),
        text: rules.into(),
    };
    let (plan, problems) = rules::compile(&[file], 0, &city);
    assert_eq!(problems, []);
    (Arc::new(plan.expect("a plan")), city)
}

fn engine() -> Engine {
    let (plan, city) = plan();
    Engine::new(plan, city, START)
}

/// Heights of one river, a minute apart, after its source came up.
fn heights(heights: &[f64]) -> Vec<Stamped> {
    heights_every(Span::from_mins(1), heights)
}

fn heights_every(step: Span, heights: &[f64]) -> Vec<Stamped> {
    let city = crate::support::pack().city;
    let kind = city.catalog.find("env/river").expect("the kind").id;
    let source = SourceName::new("script");
    let up = Input::SourceUp {
        source: source.clone(),
    };
    let readings = heights.iter().enumerate().map(|(n, height)| {
        let at = START + Span::from_millis(step.millis() * (n as i64 + 1));
        let reading = Reading {
            asset: AssetId::new("wl-1"),
            kind,
            at,
            received: at,
            seq: None,
            boot: None,
            quality: Quality::Good,
            origin: Origin::Live,
            fields: vec![(FieldId(0), Value::F64(*height))],
        };
        let source = source.clone();
        Stamped {
            stamp: at,
            input: Input::Reading { source, reading },
        }
    });
    let up = Stamped {
        stamp: START,
        input: up,
    };
    std::iter::once(up).chain(readings).collect()
}

fn cost(engine: &Engine, name: &str) -> RuleCost {
    let mut costs = engine.costs().into_iter();
    costs
        .find(|cost| &*cost.rule.name == name)
        .expect("the rule")
}

#[test]
fn evaluations_transitions_and_open_instances_are_each_rule_s_own() {
    let mut engine = engine();
    let inputs = heights(&[24.0, 25.0, 27.0, 27.2, 27.3, 24.0, 30.0]);
    let mut out = Output::default();
    engine.apply(&inputs, &mut out);

    for cost in engine.costs() {
        let told = out.transitions.iter().filter(|t| t.rule == cost.rule);
        assert_eq!(cost.transitions, told.count() as u64, "{}", cost.rule);
        assert_eq!((cost.timed, cost.seconds()), (0, None), "nobody timed");
    }
    let (high, rising) = (cost(&engine, "High"), cost(&engine, "Rising"));
    assert_eq!((high.firing, high.pending), (1, 0));
    assert_eq!((rising.firing, rising.pending), (0, 1));
}

#[test]
fn time_is_that_of_the_stopwatch_while_it_is_lent() {
    let mut engine = engine();
    let inputs = heights(&[24.0, 27.0, 24.0, 27.0, 24.0, 27.0]);
    let (timed, untimed) = inputs.split_at(4);
    let mut out = Output::default();
    engine.time_with(Some(ticking));
    engine.apply(timed, &mut out);
    let then = cost(&engine, "High");
    assert!(then.timed > 0 && then.timed == then.evaluations, "{then:?}");
    assert_eq!(then.nanos, then.timed * 1_000, "a tick each");
    engine.time_with(None);
    engine.apply(untimed, &mut out);
    let now = cost(&engine, "High");
    assert_eq!((now.timed, now.nanos), (then.timed, then.nanos));
    assert!(now.evaluations > then.evaluations);
    let each = now.seconds().expect("timed") / now.evaluations as f64;
    assert!((each - 1e-6).abs() < 1e-12, "{each}");
}

#[test]
fn a_stopwatch_changes_nothing_that_comes_out() {
    let (mut plain, mut timed) = (engine(), engine());
    timed.time_with(Some(ticking));
    let inputs = heights(&[24.0, 27.0, 30.0, 24.0]);
    let (mut out, mut out_timed) = (Output::default(), Output::default());
    plain.apply(&inputs, &mut out);
    timed.apply(&inputs, &mut out_timed);
    assert_eq!(out, out_timed);
    assert_eq!(plain.checkpoint(), timed.checkpoint());
}

#[test]
fn memory_grows_with_what_is_kept_and_is_shared_by_those_who_look_at_it() {
    let mut engine = engine();
    let before = cost(&engine, "Rising").state_bytes;
    let many: Vec<f64> = (0..50).map(|n| 20.0 + f64::from(n) / 100.0).collect();
    let inputs = heights(&many);
    engine.apply(&inputs, &mut Output::default());
    let looked = cost(&engine, "High").evaluations;
    // When the source comes up and while the first readings set its gap; then no bound is met.
    assert!(looked < 10, "{looked} looks for fifty readings");
    let [rising, too, high, district] =
        ["Rising", "RisingToo", "High", "District"].map(|name| cost(&engine, name).state_bytes);
    // Fifty samples of sixteen bytes, half of them each's.
    assert!(rising >= before + 400, "{rising}");
    assert_eq!(rising, too, "they share the window");
    assert_eq!(high, 0, "it remembers nothing");
    assert!(district > 0, "it keeps a tally");
}

/// What `explain` says of a rule's window over one asset, in bytes.
fn stated(plan: &Plan, city: &city::City, rule: &RuleName) -> f64 {
    let told = rules::explain(plan, city, rule, Lang::En).expect("a rule of the plan");
    let memory = told.parts.iter().find(|(heading, _)| *heading == "Memory");
    let line = memory.and_then(|(_, lines)| lines.first()).expect("a line");
    let (before, _) = line.split_once(" an asset").expect("of an asset");
    let mut words = before.rsplit(' ');
    let unit = match words.next() {
        Some("B") => 1.0,
        Some("kB") => 1e3,
        other => panic!("{other:?} in {line}"),
    };
    let number: f64 = words.next().and_then(|word| word.parse().ok()).expect(line);
    number * unit
}

/// Memory grows by doubling: what is stated is between half and the whole of what can be held at the usual pace.
#[test]
fn a_full_window_holds_at_most_twice_what_is_explained() {
    let figures = [
        "height.avg('10m')",
        "height.avg('6h')",
        "height.max('6h')",
        "height.stddev('6h')",
        "height.quantile(0.9, '6h')",
        "height.distinct('6h')",
        "height.quantile(0.5, '2d')",
        "height.prev()",
        "height.ewma('1h')",
    ];
    // Twice what the longest of them holds at a reading every five minutes, all different.
    let many: Vec<f64> = (0..1_200)
        .map(|n| f64::from(n * 7_919 % 1_201) / 100.0)
        .collect();
    let inputs = heights_every(Span::from_mins(5), &many);
    for figure in figures {
        let rules = format!(
            "version: 1\ngroup: g\nrules:\n  - {{alert: A, on: env/river, when: \"{figure} > 90.0\", severity: low}}\n"
        );
        let (plan, city) = plan_of(&rules);
        let mut engine = Engine::new(plan.clone(), city.clone(), START);
        engine.apply(&inputs, &mut Output::default());
        let cost = cost(&engine, "A");
        let (holds, says) = (cost.state_bytes as f64, stated(&plan, &city, &cost.rule));
        assert!(holds > 0.0, "{figure}: it holds a window");
        assert!(
            holds <= 2.0 * says,
            "{figure}: {holds} B, explained as {says} B"
        );
        assert!(
            holds >= says / 3.0,
            "{figure}: {holds} B, explained as {says} B"
        );
    }
}

#[test]
fn an_edit_carries_on_what_was_counted() {
    let mut engine = engine();
    let inputs = heights(&[24.0, 27.0, 24.0]);
    engine.apply(&inputs, &mut Output::default());
    let (plan, city) = plan();
    let mut next = Engine::restore(plan, city, &engine.checkpoint()).expect("a restore");
    assert_eq!(cost(&next, "High").evaluations, 0);
    next.carry_costs(&engine);
    assert_eq!(
        cost(&next, "High").evaluations,
        cost(&engine, "High").evaluations
    );
}
