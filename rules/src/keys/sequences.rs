//! The keys of `sequence` and of its steps.

use super::{Part, Shape, TIMES, key, required};

/// `sequence`.
pub(crate) static SEQUENCE: Part = Part {
    what: "'sequence'",
    says: "Steps that come true one after the other.",
    keys: &[
        required(key(
            "within",
            Shape::While,
            "10m",
            "From the first rise to the last, less than this, in the engine's time.",
        )),
        required(key(
            "steps",
            Shape::Steps(&[&STEP, &NOT]),
            "",
            "What has to come true, one step an entry, at most 16. 'not' between two steps: what must not come true meanwhile; as the last entry, not before 'within' is over.",
        )),
    ],
    forms: &[],
};

/// One entry of `steps` that has to come true.
pub(crate) static STEP: Part = Part {
    what: "a step",
    says: "What has to come true: it was false, and is true.",
    keys: &[
        key(
            "as",
            Shape::StepName,
            "a",
            "A name, for later steps and texts: a.height, a.asset.id, a.at, a.now.",
        ),
        required(key(
            "on",
            Shape::Kind,
            "wifi/ap",
            "The kind of assets that the step watches.",
        )),
        required(key(
            "when",
            Shape::Condition,
            "apState == 'down'",
            "The condition that comes true. Parts of it, joined by &&, may name earlier steps: asset.id != a.asset.id.",
        )),
        key(
            "times",
            Shape::Count(TIMES),
            "3",
            "So many rises, of one asset or several (1).",
        ),
    ],
    forms: &[],
};

/// One entry of `steps` that must not come true.
pub(crate) static NOT: Part = Part {
    what: "a step with 'not'",
    says: "What must not come true while a match waits for the next step or, at the end, for the end of 'within'.",
    keys: &[required(key(
        "not",
        Shape::Map(&NOT_WHEN),
        "",
        "What ends the matches that wait here when it comes true.",
    ))],
    forms: &[],
};

/// What stands under `not`.
pub(crate) static NOT_WHEN: Part = Part {
    what: "'not'",
    says: "What must not come true.",
    keys: &[
        required(key(
            "on",
            Shape::Kind,
            "wifi/ap",
            "The kind of assets that it watches.",
        )),
        required(key(
            "when",
            Shape::Condition,
            "apState == 'up' && asset.id == a.asset.id",
            "The condition whose coming true ends a match. Parts of it may name earlier steps.",
        )),
    ],
    forms: &[],
};
