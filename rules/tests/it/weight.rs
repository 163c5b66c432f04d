//! What a rule weighs in memory while it waits: the plan's share and the engine's, in bytes asked of the allocator.

use std::fmt::Write;
use std::sync::Arc;

use model::{
    Catalog, Field, FieldId, Input, Kind, KindId, Origin, Quality, Reading, SourceFile, SourceName,
    Span, Stamped, Time, Value,
};
use rules::{Engine, Output, Plan};

use crate::support::{Pack, pack};

const RULES: usize = 500;
const START: Time = Time::from_millis(1_767_574_800_000);

/// What a rule of an ordinary form may weigh by itself, texts included.
const KILOBYTE: i64 = 1_024;

/// Sorts of rules by name, the most that one may weigh in a city without assets and the most that the first asset adds to
/// it, and how it is written, with `#` for what tells one from the next. None of them ever holds.
///
/// Three are no ordinary rules. A sequence is a rule a step: each has a condition, slots and what a match keeps of them. A
/// derivation that makes its kind adds a kind to the catalog, with columns, windows and indexes of its own, in plan, city and
/// engine: that is most of it. The last says in both languages what fills a third of its weight.
const SORTS: [(&str, i64, i64, &str); 12] = [
    (
        "threshold",
        KILOBYTE,
        16,
        "
  - alert: R#
    on: env/river
    when: height > 40.#
    severity: low
    summary: {vi: 'Mực nước cao', en: Water is high}",
    ),
    (
        "threshold, no summary",
        KILOBYTE,
        16,
        "
  - alert: R#
    on: env/river
    when: height > 40.#
    severity: low",
    ),
    (
        "column",
        KILOBYTE,
        16,
        "
  - alert: R#
    on: env/river
    when: height > asset.bd1 + 20.#
    severity: low",
    ),
    (
        "word",
        KILOBYTE,
        16,
        "
  - alert: R#
    on: env/river
    when: gate == 'open'
    for: 10m
    severity: low",
    ),
    (
        "ladder",
        KILOBYTE,
        16,
        "
  - alert: R#
    on: env/river
    levels:
      - {when: height > 40.#, severity: critical}
      - {when: height > 30.#, clear: height < 29.#, severity: high}
      - {when: height > 20.#, severity: low}
    keep_firing_for: 10m
    summary: {vi: 'Mực nước {{height}} m', en: 'Water at {{height}} m'}",
    ),
    (
        "window",
        KILOBYTE,
        16,
        "
  - alert: R#
    on: env/river
    when: height.avg('1h') > 40.#
    severity: low
    summary: {vi: 'Trung bình {{height.avg(''1h'')}} m', en: 'On average {{height.avg(''1h'')}} m'}",
    ),
    (
        "absence",
        KILOBYTE,
        16,
        "
  - alert: R#
    on: env/river
    absent: 90m
    severity: low
    summary: {vi: 'Trạm im lặng', en: The gauge is silent}",
    ),
    (
        "group",
        KILOBYTE,
        480,
        "
  - alert: R#
    on: env/river
    by: [basin]
    when: count(height > 40.#) >= 3
    severity: low
    summary: {vi: 'Lưu vực {{basin}}', en: 'Basin {{basin}}'}",
    ),
    (
        "sequence",
        1_700,
        16,
        "
  - alert: R#
    by: [basin]
    sequence:
      within: 10m
      steps:
        - {as: a, on: env/river, when: height > 40.#}
        - {on: env/river, when: height > 40.# && asset.id != a.asset.id}
    severity: low
    summary: {vi: 'Hai trạm', en: Two gauges}",
    ),
    (
        "derivation",
        KILOBYTE,
        1_800,
        "
  - derive: env/d#
    on: env/river
    by: [basin]
    every: 30m
    fields: {mean: avg(height.avg())}",
    ),
    (
        "derivation that makes its kind",
        3_200,
        1_600,
        "
  - derive: env/new#
    on: env/river
    by: [basin]
    every: 30m
    title: {vi: Lưu vực, en: Basin}
    fields: {mean: avg(height.avg())}",
    ),
    (
        "all that may be said",
        1_500,
        16,
        "
  - alert: R#
    on: env/river
    when: height >= 40.# && gate == 'shut'
    for: 10m
    severity: critical
    limit: 20
    labels: {team: flood, page: duty}
    summary:
      vi: 'Mực nước {{height}} m tại {{asset.name}}, cửa cống đóng'
      en: 'Water at {{height}} m at {{asset.name}}, the gate is shut'
    guidance:
      vi: 'Nguyên nhân: cống đóng khi nước lên. Mở cống, báo đội trực và theo dõi trong 30 phút.'
      en: 'Cause: the gate is shut while water rises. Open it, tell the crew on duty and watch for 30 minutes.'",
    ),
];

/// A river of one gauge or none. Its catalog declares what the derivations of the first sort derive.
fn river(gauges: usize) -> Pack {
    let mut pack = pack();
    let city = Arc::make_mut(&mut pack.city);
    city.assets.retain(|asset| asset.id.as_str() == "wl-1");
    city.assets.truncate(gauges);
    let mut kinds = city.catalog.kinds().to_vec();
    let river = city.catalog.find("env/river").expect("a kind");
    let mean = Field {
        id: FieldId(0),
        name: "mean".into(),
        ..river.field("height").expect("a height").clone()
    };
    for n in 0..RULES {
        kinds.push(Kind {
            id: KindId(kinds.len() as u16),
            name: format!("env/d{n:03}").into(),
            fields: vec![mean.clone()],
            columns: Vec::new(),
            ..river.clone()
        });
    }
    city.catalog = Catalog::new(kinds);
    pack
}

fn file(sort: &str, rules: usize) -> SourceFile {
    let mut text = "version: 1\ngroup: weight\nrules:".to_owned();
    for n in 0..rules {
        text.push_str(&sort.replace('#', &format!("{n:03}")));
    }
    SourceFile {
        path: "rules/weight.yaml".into(),
        text: text.into(),
    }
}

/// An hour of readings that concern nobody, where there is a gauge.
fn readings(pack: &Pack) -> Vec<Stamped> {
    let Some(gauge) = pack.city.assets.first() else {
        return Vec::new();
    };
    let kind = pack.city.catalog.kind(gauge.kind);
    let (height, gate) = (kind.field("height"), kind.field("gate"));
    let (height, gate) = (height.expect("a height").id, gate.expect("a gate").id);
    let source = SourceName::new("script");
    let readings = (1..=60).map(|minute| {
        let at = START + Span::from_mins(minute);
        let reading = Reading {
            asset: gauge.id.clone(),
            kind: gauge.kind,
            at,
            received: at,
            seq: None,
            boot: None,
            quality: Quality::Good,
            origin: Origin::Live,
            fields: vec![
                (height, Value::F64(minute as f64 / 10.0)),
                (gate, Value::Symbol(1)),
            ],
        };
        let source = source.clone();
        let input = Input::Reading { source, reading };
        Stamped { stamp: at, input }
    });
    let up = Stamped {
        stamp: START,
        input: Input::SourceUp {
            source: source.clone(),
        },
    };
    std::iter::once(up).chain(readings).collect()
}

/// Bytes that the plan and then the engine hold.
fn held(pack: &Pack, sort: &str, rules: usize) -> (i64, i64) {
    let files = [file(sort, rules)];
    let (mut plan, mut engine): (Option<Arc<Plan>>, _) = (None, None);
    let of_plan = allocation_counter::measure(|| {
        let files = if rules == 0 { &[][..] } else { &files[..] };
        let (compiled, problems) = rules::compile(files, 0, &pack.city);
        assert_eq!(problems, []);
        plan = compiled.map(Arc::new);
    });
    let plan = plan.expect("a plan");
    let inputs = readings(pack);
    let of_engine = allocation_counter::measure(|| {
        let mut made = Engine::new(plan, Arc::clone(&pack.city), START);
        let mut out = Output::default();
        made.apply(&inputs, &mut out);
        made.advance(START + Span::from_mins(60), &mut out);
        assert_eq!(out.transitions, []);
        engine = Some(made);
    });
    (of_plan.bytes_current, of_engine.bytes_current)
}

/// Bytes of plan and engine that one more rule of a sort takes.
fn weight(pack: &Pack, sort: &str) -> (i64, i64) {
    let (none, some) = (held(pack, "", 0), held(pack, sort, RULES));
    let share = |some: i64, none: i64| (some - none) / RULES as i64;
    (share(some.0, none.0), share(some.1, none.1))
}

#[test]
fn an_idle_rule_weighs_less_than_a_kilobyte_unless_it_says_much() {
    let (dry, river) = (river(0), river(1));
    let mut table = String::new();
    let mut too_heavy = Vec::new();
    for (name, most, most_of_asset, sort) in SORTS {
        let (plan, engine) = weight(&dry, sort);
        let (plan_of_asset, engine_of_asset) = weight(&river, sort);
        let of_asset = plan_of_asset + engine_of_asset - plan - engine;
        writeln!(
            table,
            "{name}: plan {plan}, engine {engine}, of its first asset {of_asset}"
        )
        .expect("a string");
        if plan + engine >= most || of_asset > most_of_asset {
            too_heavy.push(name);
        }
    }
    assert_eq!(too_heavy, Vec::<&str>::new(), "\n{table}");
}
