//! The keys of a rule that computes readings.

use super::{Form, ON_CHANGE, Part, Shape, WINDOW_READINGS, key, required};

/// A rule that computes readings.
pub(crate) static DERIVATION: Part = Part {
    what: "a derivation",
    says: "A rule that computes readings of a kind of its own: of what, in which windows, which fields.",
    keys: &[
        required(key(
            "derive",
            Shape::Derived,
            "env/area-air",
            "The kind it makes, a domain and a kind. Screens show its readings and other rules watch them as any other.",
        )),
        required(key(
            "on",
            Shape::Kind,
            "env/air",
            "The kind of assets that it is made of.",
        )),
        key(
            "by",
            Shape::Dimensions,
            "[area]",
            "One derived asset for each: [asset] (the default), or coarser as of alerts; [] for the whole city.",
        ),
        key(
            "every",
            Shape::Length,
            "15m",
            "Windows one after the other on the city's clock: a length that divides the day, or whole days.",
        ),
        key(
            "hop",
            Shape::Map(&HOP),
            "",
            "Windows that overlap, on the city's clock: the last hour, every five minutes.",
        ),
        key(
            "sliding",
            Shape::LengthOr(ON_CHANGE),
            "change",
            "No window: worked out whenever a member changes. With a length, told at most so often.",
        ),
        key(
            "session",
            Shape::While,
            "10m",
            "A window that ends when no reading came for so long.",
        ),
        key(
            "count",
            Shape::Count(WINDOW_READINGS),
            "100",
            "A window that ends with so many readings.",
        ),
        key(
            "grace",
            Shape::Length,
            "10s",
            "With 'every' and 'hop': how long after its end a window waits for what comes late (10s).",
        ),
        key(
            "min_known",
            Shape::Share,
            "0.5",
            "For groups: below this share of known members the derived asset is unknown (0.5).",
        ),
        key(
            "stale_after",
            Shape::Length,
            "45m",
            "After so long without a reading it is unknown: of a kind that the catalog does not declare.",
        ),
        key(
            "title",
            Shape::Text,
            "",
            "What people call the kind, if the catalog does not declare it.",
        ),
        required(key(
            "fields",
            Shape::Fields(&FIELD),
            "",
            "The fields and their expressions; the first is the headline. Without a length a method is about the window: avg(pm25.avg()).",
        )),
        key(
            "labels",
            Shape::Labels,
            "{team: env}",
            "What others know it by; as of alerts.",
        ),
    ],
    forms: &[
        Form {
            key: "every",
            needs: &[],
            refuses: &[],
        },
        Form {
            key: "hop",
            needs: &[],
            refuses: &[],
        },
        Form {
            key: "sliding",
            needs: &[],
            refuses: &["grace"],
        },
        Form {
            key: "session",
            needs: &[],
            refuses: &["grace", "min_known"],
        },
        Form {
            key: "count",
            needs: &[],
            refuses: &["grace", "min_known"],
        },
    ],
};

/// `hop`.
pub(crate) static HOP: Part = Part {
    what: "'hop'",
    says: "Windows of one length that overlap.",
    keys: &[
        required(key(
            "size",
            Shape::Length,
            "1h",
            "How long a window is: at least as long as 'every'.",
        )),
        required(key(
            "every",
            Shape::Length,
            "5m",
            "How far apart they end: a length that divides the day, or whole days.",
        )),
    ],
    forms: &[],
};

/// A derived field with more than its expression.
pub(crate) static FIELD: Part = Part {
    what: "a derived field",
    says: "A field's expression, its unit and its title.",
    keys: &[
        required(key(
            "value",
            Shape::Expression,
            "avg(pm25.avg())",
            "The expression. Type and unit of the field follow from it.",
        )),
        key(
            "unit",
            Shape::Unit,
            "ug/m3",
            "Checks the unit that follows, or gives one where none does.",
        ),
        key("title", Shape::Text, "", "What people call the field."),
    ],
    forms: &[],
};
