//! The keys of files of tests. The notation of what stands under them is `testing`'s.

use super::{Part, Shape, key, required};

/// What `lifecycle` of a test's asset can be.
pub(crate) const LIFECYCLES: [&str; 4] = ["planned", "in_service", "maintenance", "retired"];

/// A file of tests.
pub(crate) static TESTS: Part = Part {
    what: "a file of rule tests",
    says: "Tests of rules: what comes in, and which alerts come of it.",
    keys: &[
        required(key(
            "version",
            Shape::Version,
            "1",
            "The form of this file: 1.",
        )),
        key(
            "rules",
            Shape::Rules,
            "[RiverHigh]",
            "Only the transitions of these rules are compared, in every test that does not say its own.",
        ),
        required(key(
            "tests",
            Shape::List(&[&TEST], 0),
            "",
            "The tests, in any order: none knows of another.",
        )),
    ],
    forms: &[],
};

/// One test.
pub(crate) static TEST: Part = Part {
    what: "a test",
    says: "A timeline of readings, and what is expected of it.",
    keys: &[
        required(key(
            "name",
            Shape::Free,
            "a short peak is no alert",
            "What it shows, in a few words.",
        )),
        key(
            "start",
            Shape::Moment,
            "2026-01-05T08:00:00+07:00",
            "When the timeline begins, with its offset. Matters with calendars and the sun; otherwise a Monday at midnight UTC.",
        ),
        required(key(
            "every",
            Shape::While,
            "1m",
            "How long one step of the timeline is.",
        )),
        key(
            "assets",
            Shape::List(&[&ASSET], 0),
            "",
            "The assets of this test, in place of those of the registry that the timeline names.",
        ),
        required(key(
            "timeline",
            Shape::Timeline,
            "",
            "By asset (one, several or a range: ap-{1..12}) and by field what comes, a step a token: 24.0 +0.2x10 _ stale 25.1!fault 24.9@-10m.",
        )),
        key(
            "events",
            Shape::Events,
            "",
            "What else happens: 10m source down, 20m source up, 10m offline ASSET, 10m shed ASSET, 10m restart 2m.",
        ),
        key(
            "rules",
            Shape::Rules,
            "[RiverHigh]",
            "Only the transitions of these rules are compared.",
        ),
        required(key(
            "expect",
            Shape::Expected,
            "",
            "What comes of it, all of it and in order: 3m RiverHigh wl-gia-bay firing high; or what an asset shows: 10m env-area-air:w1 pm25=40.5.",
        )),
    ],
    forms: &[],
};

/// One asset of a test; the columns of its kind stand beside these keys.
pub(crate) static ASSET: Part = Part {
    what: "an asset",
    says: "An asset, or as many as its id expands to.",
    keys: &[
        required(key(
            "id",
            Shape::Ids,
            "ap-{1..12}",
            "Its id; several, or a range, register so many assets alike.",
        )),
        required(key(
            "kind",
            Shape::Kind,
            "wifi/ap",
            "Its kind; the columns of the kind are keys here.",
        )),
        key(
            "name",
            Shape::Scalar,
            "Gauge",
            "What people call it; its id, unless written.",
        ),
        key(
            "area",
            Shape::Scalar,
            "05443",
            "The code of the area it stands in.",
        ),
        key(
            "lifecycle",
            Shape::Words(&LIFECYCLES),
            "in_service",
            "Only what is in service alarms: planned, in_service (the default), maintenance or retired.",
        ),
        key(
            "uplink",
            Shape::Scalar,
            "ring-1",
            "The id of the asset it depends on.",
        ),
    ],
    forms: &[],
};
