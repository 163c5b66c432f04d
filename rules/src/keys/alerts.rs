//! The keys of a rule file and of its alerts.

use super::{
    DERIVATION, Form, LIMITS, ON_MISSING, Part, REPEATS, SEQUENCE, Shape, UNLESS, key, required,
};

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
            Shape::Free,
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
