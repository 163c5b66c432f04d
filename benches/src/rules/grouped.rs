//! `sum(x) group by key`: the query of Esper's published benchmark, in the forms it has here.

use anyhow::Result;

use super::city::{self, FIELDS};
use super::drive::{Meters, Values};
use crate::report::Report;

const READINGS: usize = 100_000;
/// So many that every window is full and every asset remembers as many readings as it ever will.
const WARM: usize = 70;
const KEYS: usize = 1_000;
const MEMBERS: usize = 10;

/// A query, and over how many meters in as many zones as there are keys.
struct Query {
    what: &'static str,
    meters: usize,
    rules: &'static str,
}

const QUERIES: [Query; 7] = [
    Query {
        what: "no rule, 1,000 meters",
        meters: KEYS,
        rules: "",
    },
    Query {
        what: "alert: f0.sum('1m') of each of 1,000 meters, with every reading",
        meters: KEYS,
        rules: "  - {alert: Sum, on: bench/meter-0, when: \"f0.sum('1m') > 5000.0\", severity: low, summary: {vi: x, en: x}}\n",
    },
    Query {
        what: "derive: f0.sum() of each of 1,000 meters, every minute",
        meters: KEYS,
        rules: "  - {derive: bench/sum, on: bench/meter-0, by: [asset], every: 1m, fields: {sum: f0.sum()}}\n",
    },
    Query {
        what: "derive: f0.sum() of each of 1,000 meters, every 100 readings",
        meters: KEYS,
        rules: "  - {derive: bench/sum, on: bench/meter-0, by: [asset], count: 100, fields: {sum: f0.sum()}}\n",
    },
    Query {
        what: "derive: sum(f0.sum()) of 1,000 zones of one meter, every minute",
        meters: KEYS,
        rules: "  - {derive: bench/sum, on: bench/meter-0, by: [zone], every: 1m, fields: {sum: sum(f0.sum())}}\n",
    },
    Query {
        what: "alert: sum(f0) of 1,000 zones of one meter, with every reading",
        meters: KEYS,
        rules: ZONES,
    },
    Query {
        what: "alert: sum(f0) of 1,000 zones of ten meters, with every reading",
        meters: KEYS * MEMBERS,
        rules: ZONES,
    },
];

const ZONES: &str = "  - {alert: Sum, on: bench/meter-0, by: [zone], when: sum(f0) > 5000.0, severity: low, summary: {vi: x, en: x}}\n";

pub(super) fn run(report: &mut Report) -> Result<()> {
    by_key(report, true)?;
    by_key(report, false)?;
    of_many_fields(report)
}

/// An event is a key and a number.
fn by_key(report: &mut Report, told: bool) -> Result<()> {
    report.section(
        if told {
            "Rules: sum(x) group by key, new values told too"
        } else {
            "Rules: sum(x) group by key"
        },
        "Esper's published query over 1,000 keys, one thread: an event is a meter and its one number, a millisecond apart, every meter in its turn; finding the meter, knowing duplicates, order, freshness, the latest value and the query all in; CPU nanoseconds a reading",
        &["query", "median", "range"],
    );
    for Query {
        what,
        meters,
        rules,
    } in QUERIES
    {
        let city = city::of_plain_meters(meters, KEYS);
        let mut meters = Meters::new(&city, Values::Between(10.0, 60.0)).of_fields(1);
        let mut engine = meters.engine(rules)?;
        if !told {
            engine = engine.unwatched();
        }
        meters.warm(&mut engine, WARM * city.assets.len());
        let cost = meters.cost(&mut engine, READINGS);
        report.cost(what, cost);
    }
    Ok(())
}

/// The same of meters that have more to say.
fn of_many_fields(report: &mut Report) -> Result<()> {
    report.section(
        "Rules: sums across groups",
        "10,000 meters of 8 fields in 1,000 zones, new values told; CPU nanoseconds a reading",
        &["fields and rules", "median", "range"],
    );
    for fields in [1, FIELDS] {
        for (what, rules) in [("no rule", ""), ("sum(f0) by zone", ZONES)] {
            let city = city::of_meters(KEYS * MEMBERS, KEYS);
            let mut meters = Meters::new(&city, Values::Between(10.0, 60.0)).of_fields(fields);
            let mut engine = meters.engine(rules)?;
            meters.warm(&mut engine, WARM * city.assets.len());
            let cost = meters.cost(&mut engine, READINGS);
            report.cost(&format!("{fields}, {what}"), cost);
        }
    }
    Ok(())
}
