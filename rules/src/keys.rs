//! The keys of rule files: one table, which the loader, the formatter, the schema and the guide go by.
//!
//! A new key is one entry here. Where it stands is where the formatter puts it; what it says is what an editor shows.

use std::ops::Range;

/// A map of a rule file: what it is called in messages, and its keys.
#[derive(Debug)]
pub(crate) struct Part {
    /// In messages and in the schema: "a rule".
    pub(crate) what: &'static str,
    pub(crate) says: &'static str,
    /// In the order in which the formatter writes them.
    pub(crate) keys: &'static [Key],
    /// The ways to say it, of which each map takes one; none where there is only one.
    pub(crate) forms: &'static [Form],
}

/// One key of a [`Part`].
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) required: bool,
    pub(crate) says: &'static str,
    /// A value that an editor offers and the guide may show.
    pub(crate) example: &'static str,
}

/// One way to say a [`Part`], told by the key that only it has.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) key: &'static str,
    pub(crate) needs: &'static [&'static str],
    pub(crate) refuses: &'static [&'static str],
}

/// What stands under a key.
#[derive(Debug)]
pub(crate) enum Shape {
    /// The version of the form of these files.
    Version,
    /// The name of a group of rules.
    Group,
    /// The name of a rule, without its group.
    Name,
    /// A kind of the catalog.
    Kind,
    /// Dimensions: one, or a list.
    Dimensions,
    /// An expression that is true or false.
    Condition,
    /// A length of time.
    Length,
    /// A calendar of the pack.
    Calendar,
    Severity,
    Words(&'static [&'static str]),
    /// A share from 0 to 1.
    Share,
    Count(Range<i64>),
    Flag,
    /// Names and values of the author's choice.
    Labels,
    /// A text for people, one for all languages or one each, with `{{…}}` places.
    Text,
    /// Another rule: `group/Name`, or `Name` of the same group.
    Rule,
    /// A list of maps, each one of these parts, told by the first key of the part; at least so many.
    List(&'static [&'static Part], usize),
    /// The steps of a sequence: maps like those of a list, of which the second part does not come first.
    Steps(&'static [&'static Part]),
    /// A map with the keys of this part.
    Map(&'static Part),
    /// A length of time above zero.
    While,
    /// A length of time, or this word.
    LengthOr(&'static str),
    /// What an expression calls a step.
    StepName,
    /// The kind that a rule derives: a domain and a kind.
    Derived,
    /// An expression of any type.
    Expression,
    /// Names of the author's choice, each with an expression or a map with the keys of this part.
    Fields(&'static Part),
    /// A unit by its code.
    Unit,
    /// A role or person.
    Someone,
}

/// The range that `limit` can have.
pub(crate) const LIMITS: Range<i64> = 1..1_000_001;
/// The range that `count` of a repetition can have.
pub(crate) const REPEATS: Range<i64> = 2..1_001;
/// The range that `times` of a step can have: each rise of a repetition is kept with its match.
pub(crate) const TIMES: Range<i64> = 1..101;
/// More steps of a sequence than anyone reads; each costs a byte an asset.
pub(crate) const MOST_STEPS: usize = 16;
/// The range that `count` of a derivation can have.
pub(crate) const WINDOW_READINGS: Range<i64> = 1..100_001;
/// What `sliding` can be beside a length of time.
pub(crate) const ON_CHANGE: &str = "change";
/// What `unless` of an escalation can be.
pub(crate) const UNLESS: [&str; 2] = ["acked", "assigned"];
/// What `on_missing` can be.
pub(crate) const ON_MISSING: [&str; 3] = ["hold", "fire", "resolve"];

const fn key(name: &'static str, shape: Shape, example: &'static str, says: &'static str) -> Key {
    Key {
        name,
        shape,
        required: false,
        says,
        example,
    }
}

const fn required(key: Key) -> Key {
    Key {
        required: true,
        ..key
    }
}

/// A rule file.
pub(crate) static FILE: Part = Part {
    what: "a rule file",
    says: "Rules of one group: alerts, and readings that are computed.",
    keys: &[
        required(key(
            "version",
            Shape::Version,
            "1",
            "The form of this file: 1.",
        )),
        required(key(
            "group",
            Shape::Group,
            "flood",
            "The group of these rules, such as 'flood' or 'wifi'. A rule is its group and its name: state is kept by both. 'ioc' is the engine's own.",
        )),
        required(key(
            "rules",
            Shape::List(&[&RULE, &DERIVATION], 0),
            "",
            "The rules, in any order.",
        )),
    ],
    forms: &[],
};

/// A rule that raises alerts.
pub(crate) static RULE: Part = Part {
    what: "a rule",
    says: "A rule: on what, when, for how long, how bad, and what people are told.",
    keys: &[
        required(key(
            "alert",
            Shape::Name,
            "RiverHigh",
            "The rule's name. State is kept by group and name: renaming a rule ends its alerts.",
        )),
        key(
            "on",
            Shape::Kind,
            "env/river",
            "The kind of assets it watches: of the catalog, or one that a rule derives. Steps of a sequence name theirs.",
        ),
        key(
            "by",
            Shape::Dimensions,
            "[area]",
            "One alert for each: [asset] (the default); or coarser, one for all members that agree: [area], [commune], [district], [province], a text column of the registry such as [ring], several of them, or [] for the whole city.",
        ),
        key(
            "sequence",
            Shape::Map(&SEQUENCE),
            "",
            "In place of 'when': what comes true after what, on one asset or on assets that agree in 'by'.",
        ),
        key(
            "when",
            Shape::Condition,
            "height >= asset.bd1",
            "The condition, in CEL, typed against the catalog: fields, asset.column, over time pm25.avg('1h'), across members fraction(apState == 'down'). Numbers are written with a point: 5.0. What is not known neither fires nor clears.",
        ),
        key(
            "clear",
            Shape::Condition,
            "height < asset.bd1 - 0.2",
            "When it is over. Without it, when 'when' is false. A gap between the two keeps an alert from flickering.",
        ),
        key(
            "levels",
            Shape::List(&[&LEVEL], 1),
            "",
            "In place of 'when' and 'severity': several severities, worst first. One alert climbs and descends them.",
        ),
        key(
            "absent",
            Shape::Length,
            "15m",
            "In place of 'when': fires after so long a silence. It counts only while the asset's source is connected, and inside 'during'. An asset never heard of is silent too.",
        ),
        key(
            "repeat",
            Shape::Map(&REPEAT),
            "",
            "Fires when it came true so often within so long, and not before.",
        ),
        key(
            "for",
            Shape::Length,
            "2m",
            "How long the condition must hold before it fires. What is not known stops the count.",
        ),
        key(
            "keep_firing_for",
            Shape::Length,
            "10m",
            "How long it must be clear before it resolves.",
        ),
        key(
            "during",
            Shape::Calendar,
            "office_hours",
            "A calendar: outside it the condition is false, and silence does not count.",
        ),
        key(
            "on_missing",
            Shape::Words(&ON_MISSING),
            "hold",
            "What a silent asset means to this rule: hold (stay as it is; the default), fire (at the mildest level) or resolve.",
        ),
        key(
            "min_known",
            Shape::Share,
            "0.5",
            "For groups: below this share of known members the group itself is unknown (0.5).",
        ),
        key(
            "shadow",
            Shape::Flag,
            "true",
            "true for a draft: evaluated on live data, never annunciated.",
        ),
        key(
            "settle",
            Shape::Length,
            "20s",
            "Shown at once, annunciated after so long: a cause may arrive later than its effects.",
        ),
        key("severity", Shape::Severity, "high", "How bad it is."),
        key(
            "inhibited_by",
            Shape::List(&[&INHIBITION], 0),
            "",
            "Causes: while one of them fires, alerts of this rule are shown and do not call.",
        ),
        key(
            "limit",
            Shape::Count(LIMITS),
            "500",
            "So many alerts of this rule are annunciated at once (500); one alert says when there are more.",
        ),
        key(
            "escalate",
            Shape::List(&[&ESCALATION], 0),
            "",
            "Who is told when nobody answers: steps, each after a while of its own.",
        ),
        key(
            "labels",
            Shape::Labels,
            "{team: pccc}",
            "What its alerts carry, to find and to route them.",
        ),
        key(
            "summary",
            Shape::Text,
            "",
            "One line: what, where, how much. {{…}} takes any expression: {{asset.name}}, {{height}}. It is filled in anew with every step of the alert.",
        ),
        key(
            "guidance",
            Shape::Text,
            "",
            "What to do: cause, consequence, action, deadline. Takes {{…}} places too.",
        ),
    ],
    forms: &[
        Form {
            key: "when",
            needs: &["on", "severity"],
            refuses: &[],
        },
        Form {
            key: "levels",
            needs: &["on"],
            refuses: &["severity", "clear"],
        },
        Form {
            key: "absent",
            needs: &["on", "severity"],
            refuses: &["clear", "for", "on_missing"],
        },
        Form {
            key: "sequence",
            needs: &["severity"],
            refuses: &["on", "for", "repeat", "on_missing", "min_known"],
        },
    ],
};

/// One entry of `levels`.
pub(crate) static LEVEL: Part = Part {
    what: "a level",
    says: "One severity of the ladder.",
    keys: &[
        required(key(
            "severity",
            Shape::Severity,
            "high",
            "How bad it is; below those that are worse.",
        )),
        required(key(
            "when",
            Shape::Condition,
            "height >= asset.bd1",
            "When this severity holds, in CEL.",
        )),
        key(
            "clear",
            Shape::Condition,
            "height < asset.bd1 - 0.2",
            "When this severity is over. Without it, when 'when' is false.",
        ),
        key(
            "for",
            Shape::Length,
            "2m",
            "How long this severity must hold, in place of the rule's 'for'.",
        ),
    ],
    forms: &[],
};

/// One entry of `inhibited_by`.
pub(crate) static INHIBITION: Part = Part {
    what: "an entry of 'inhibited_by'",
    says: "A cause, and what it shares with its effects.",
    keys: &[
        required(key(
            "rule",
            Shape::Rule,
            "power/SiteDown",
            "The cause: group/Name, or Name of the same group.",
        )),
        required(key(
            "on",
            Shape::Dimensions,
            "[site]",
            "Both have the same value here. [uplink]: the cause fires on the asset that this one depends on.",
        )),
    ],
    forms: &[],
};

/// One entry of `escalate`.
pub(crate) static ESCALATION: Part = Part {
    what: "a step of 'escalate'",
    says: "Who is told after how long without an answer.",
    keys: &[
        required(key(
            "after",
            Shape::Length,
            "10m",
            "How long the alert may go unanswered.",
        )),
        key(
            "unless",
            Shape::Words(&UNLESS),
            "acked",
            "What counts as an answer.",
        ),
        required(key(
            "to",
            Shape::Someone,
            "shift-lead",
            "The role or person that is told.",
        )),
    ],
    forms: &[],
};

/// `repeat`.
pub(crate) static REPEAT: Part = Part {
    what: "'repeat'",
    says: "How often, within how long.",
    keys: &[
        required(key(
            "count",
            Shape::Count(REPEATS),
            "3",
            "So often it has to come true, each time after it was clear.",
        )),
        required(key(
            "within",
            Shape::While,
            "10m",
            "From the first of these times to the last, less than this.",
        )),
    ],
    forms: &[],
};

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

impl Part {
    /// The names of the keys.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.keys.iter().map(|key| key.name).collect()
    }
}

/// Which of these parts a map with such keys is; the first where none shows.
pub(crate) fn pick(parts: &[&'static Part], has: impl Fn(&str) -> bool) -> Option<&'static Part> {
    let shown = |part: &&&'static Part| part.keys.first().is_some_and(|key| has(key.name));
    parts.iter().find(shown).or(parts.first()).copied()
}

/// A map as written, but for the blanks of its expressions: formatting a file edits no rule.
pub(crate) fn spaced(json: &mut serde_json::Value, part: &'static Part) {
    for key in part.keys {
        if let Some(value) = json.get_mut(key.name) {
            spaced_value(value, &key.shape);
        }
    }
}

fn spaced_value(value: &mut serde_json::Value, shape: &Shape) {
    use serde_json::Value;
    match (shape, value) {
        (Shape::Condition | Shape::Expression, Value::String(text)) => {
            *text = spaced_text(text);
        }
        (Shape::Map(part), value) => spaced(value, part),
        (Shape::List(parts, _) | Shape::Steps(parts), Value::Array(items)) => {
            for item in items {
                if let Some(part) = pick(parts, |key| item.get(key).is_some()) {
                    spaced(item, part);
                }
            }
        }
        (Shape::Fields(part), Value::Object(fields)) => {
            for value in fields.values_mut() {
                match value {
                    Value::String(text) => *text = spaced_text(text),
                    other => spaced(other, part),
                }
            }
        }
        _ => {}
    }
}

/// An expression with canonical blanks; as it is, where it cannot have them.
pub(crate) fn spaced_text(text: &str) -> String {
    cel::spaced(text).unwrap_or_else(|| text.to_owned())
}
