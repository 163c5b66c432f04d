//! A key in a map that does not have it, and that another map has: where it belongs, and what to write here instead.

use city::yaml::{Fields, Instead, Node, Reader};

use super::{
    DERIVATION, ESCALATION, FIELD, FILE, HOP, INHIBITION, LEVEL, NOT, NOT_WHEN, Part, REPEAT, RULE,
    SEQUENCE, STEP, Shape,
};

/// The map of a part; a key that another part has is told where it belongs.
pub(crate) fn fields<'n>(
    node: &'n Node,
    part: &'static Part,
    reader: &mut Reader,
) -> Option<Fields<'n>> {
    let elsewhere = |name: &str| elsewhere(part, name);
    reader.fields_or(node, part.what, &part.names(), elsewhere)
}

/// What to tell of a key that this part has not; none where no part of a rule file has it, and nobody calls one of its
/// keys so.
fn elsewhere(part: &'static Part, name: &str) -> Option<Instead> {
    let told = instead(part, name).map(str::to_owned);
    let told = told
        .or_else(|| place(part, name))
        .map(|help| Instead { help, meant: None });
    told.or_else(|| {
        let own = called_here(part, name)?;
        Some(Instead {
            help: format!("here it is called '{own}'"),
            meant: Some(own.to_owned()),
        })
    })
}

/// What other systems, and people, call the keys of rules.
fn called_here(part: &Part, name: &str) -> Option<&'static str> {
    const NAMES: [(&str, &[&str]); 24] = [
        ("alert", &["name", "id"]),
        ("derive", &["name", "id", "kind"]),
        ("as", &["name", "id", "alias"]),
        ("on", &["kind", "type", "source", "from", "target"]),
        ("by", &["group_by", "groupBy", "per"]),
        (
            "when",
            &["expr", "expression", "condition", "if", "where", "filter"],
        ),
        ("value", &["expr", "expression"]),
        ("clear", &["until", "reset", "recovery", "resolve"]),
        ("severity", &["priority", "level"]),
        ("for", &["duration", "hold", "hold_for", "pending"]),
        ("absent", &["silent", "silence", "no_data", "timeout"]),
        ("during", &["schedule", "calendar", "hours"]),
        ("shadow", &["draft", "dry_run", "disabled"]),
        (
            "summary",
            &["annotations", "description", "message", "text"],
        ),
        ("labels", &["tags"]),
        ("every", &["window", "interval", "period", "step"]),
        ("fields", &["values", "select", "aggregate"]),
        ("within", &["window", "timeout", "duration", "period"]),
        ("steps", &["events", "pattern"]),
        ("times", &["repeat"]),
        ("after", &["delay", "wait"]),
        ("to", &["role", "who", "notify"]),
        ("timeline", &["readings", "inputs", "input", "data"]),
        ("expect", &["expected", "then", "alerts"]),
    ];
    let own = NAMES.iter().filter(|(own, _)| part.has(own));
    let mut called = own.filter(|(_, names)| names.contains(&name));
    called.next().map(|(own, _)| *own)
}

/// Where the key stands, seen from the part.
fn place(part: &'static Part, name: &str) -> Option<String> {
    let line = line_to(part)?;
    let above = line.iter().rev().find(|(above, _)| above.has(name));
    if let Some((above, key)) = above {
        return Some(if above.what == FILE.what {
            format!("'{name}' stands at the top of the file")
        } else {
            format!("'{name}' stands beside '{key}', not in it")
        });
    }
    let below = places_below(part, name);
    if !below.is_empty() {
        return Some(format!(
            "'{name}' stands under {}",
            below.join(", or under ")
        ));
    }
    let top = |top: &'static Part| top.has(name) || !places_below(top, name).is_empty();
    if top(&RULE) {
        return Some(format!(
            "'{name}' belongs to a rule that alerts; {OF_ITS_OWN}"
        ));
    }
    let of_derivation = "belongs to a rule that derives readings (derive: env/area-air)";
    top(&DERIVATION).then(|| format!("'{name}' {of_derivation}"))
}

const OF_ITS_OWN: &str =
    "write one of its own, on the kind that is derived here: alert: …, on: …, when: …";

/// What to write where the place alone would not help.
fn instead(part: &Part, name: &str) -> Option<&'static str> {
    let is = |other: &Part| part.what == other.what;
    let of_rule = is(&RULE);
    let of_step = is(&STEP) || is(&NOT) || is(&NOT_WHEN);
    Some(match name {
        "alert" if is(&DERIVATION) => {
            "a rule derives or alerts: make it two, the second on the kind that the first derives"
        }
        "when" if is(&DERIVATION) => {
            "a derivation is made of every reading: choose in its fields, as in count(pm25 > 50.0); to alert, write a rule on the kind that is derived here"
        }
        "during" if is(&DERIVATION) => {
            "ask in the fields, as in calendar('office_hours') ? avg(pm25) : 0.0; or write 'during' in a rule on the kind that is derived here"
        }
        "absent" if is(&DERIVATION) => {
            "what is derived turns unknown by itself, after 'stale_after'; to alert, write a rule on the kind that is derived here"
        }
        "every" | "hop" | "sliding" | "session" if of_rule => {
            "windows belong to a rule that derives readings; a condition is looked at with every reading, and looks back with pm25.avg('5m')"
        }
        "count" if of_rule => {
            "write repeat: {count: 3, within: 10m} for what comes true again and again, or 'count()' in a condition"
        }
        "title" if of_rule => "what people read is under 'summary'",
        "for" if is(&SEQUENCE) || of_step => {
            "in the condition of a step, write (height > 27.0).held('2m')"
        }
        "repeat" | "count" if is(&SEQUENCE) || is(&STEP) => {
            "a step that comes true several times has times: 3"
        }
        "absent" if is(&SEQUENCE) || of_step => "in the condition of a step, write silent('15m')",
        "levels" if is(&SEQUENCE) || of_step => "a sequence has one 'severity', beside 'sequence'",
        "on_missing" | "min_known" if is(&SEQUENCE) || of_step => {
            "leave it out: a step waits for what comes true, and what is not known does not"
        }
        "on" | "when" if is(&NOT) => "write it under 'not': not: {on: …, when: …}",
        "as" if is(&NOT) || is(&NOT_WHEN) => "what must not happen needs no name; leave it out",
        "times" if is(&NOT) || is(&NOT_WHEN) => {
            "once is enough to end what waits here; leave it out"
        }
        "times" if is(&REPEAT) => "write count: 3",
        "by" if is(&INHIBITION) => "write on: [site] for what both have in common",
        "by" if is(&ESCALATION) => "write to: shift-lead for who is told",
        "for" | "within" if is(&ESCALATION) => "write after: 10m",
        "size" if is(&DERIVATION) => "write hop: {size: 1h, every: 5m}",
        "value" | "unit" if is(&DERIVATION) => {
            "write fields: {pm25: {value: avg(pm25), unit: ug/m3}}"
        }
        "when" if is(&FIELD) => "write 'value'; choose in it, as in count(pm25 > 50.0)",
        "on" | "absent" | "sequence" | "repeat" if is(&LEVEL) => {
            "levels differ in 'when' alone; what else decides stands beside 'levels', for all of them"
        }
        "grace" if is(&HOP) => "'grace' stands beside 'hop', not in it",
        _ => return None,
    })
}

/// From the file to a part: each map on the way, with the key that leads on.
fn line_to(wanted: &'static Part) -> Option<Vec<(&'static Part, &'static str)>> {
    fn seek(
        part: &'static Part,
        wanted: &'static Part,
        line: &mut Vec<(&'static Part, &'static str)>,
    ) -> bool {
        if std::ptr::eq(part, wanted) {
            return true;
        }
        for key in part.keys {
            line.push((part, key.name));
            if key.shape.parts().any(|part| seek(part, wanted, line)) {
                return true;
            }
            line.pop();
        }
        false
    }
    let mut line = Vec::new();
    seek(&FILE, wanted, &mut line).then_some(line)
}

/// The nearest places below a part that have the key: "'steps' of 'sequence'".
fn places_below(part: &'static Part, name: &str) -> Vec<String> {
    let mut level: Vec<(&'static Part, String)> = vec![(part, String::new())];
    while !level.is_empty() {
        let mut below = Vec::new();
        for (part, place) in &level {
            for key in part.keys {
                let place = match place.as_str() {
                    "" => format!("'{}'", key.name),
                    above => format!("'{}' of {above}", key.name),
                };
                below.extend(key.shape.parts().map(|part| (part, place.clone())));
            }
        }
        let has = below.iter().filter(|(part, _)| part.has(name));
        let mut found: Vec<String> = has.map(|(_, place)| place.clone()).collect();
        found.dedup();
        if !found.is_empty() {
            return found;
        }
        level = below;
    }
    Vec::new()
}

impl Part {
    fn has(&self, name: &str) -> bool {
        self.keys.iter().any(|key| key.name == name)
    }
}

impl Shape {
    /// The maps that can stand here.
    fn parts(&self) -> impl Iterator<Item = &'static Part> {
        let (many, one): (&'static [&'static Part], Option<&'static Part>) = match self {
            Self::List(parts, _) | Self::Steps(parts) => (parts, None),
            Self::Map(part) | Self::Fields(part) => (&[], Some(part)),
            _ => (&[], None),
        };
        many.iter().copied().chain(one)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every map of a rule file.
    fn parts() -> Vec<&'static Part> {
        fn gather(part: &'static Part, found: &mut Vec<&'static Part>) {
            if !found.iter().any(|other| std::ptr::eq(*other, part)) {
                found.push(part);
                for below in part.keys.iter().flat_map(|key| key.shape.parts()) {
                    gather(below, found);
                }
            }
        }
        let mut found = Vec::new();
        gather(&FILE, &mut found);
        found
    }

    #[test]
    fn every_key_in_every_wrong_map_is_told_where_it_belongs() {
        let parts = parts();
        assert_eq!(parts.len(), 13, "every map of a rule file");
        for part in &parts {
            for name in parts.iter().flat_map(|other| other.names()) {
                let told = elsewhere(part, name);
                assert!(
                    part.has(name) || told.is_some(),
                    "{} has no {name}",
                    part.what
                );
            }
        }
    }

    #[test]
    fn a_key_that_nothing_has_is_left_to_the_nearest_name() {
        assert!(elsewhere(&RULE, "severty").is_none());
    }

    #[test]
    fn what_others_call_a_key_counts_as_the_key() {
        for (part, name, own) in [
            (&RULE, "expr", "when"),
            (&RULE, "annotations", "summary"),
            (&DERIVATION, "window", "every"),
            (&SEQUENCE, "window", "within"),
            (&LEVEL, "level", "severity"),
        ] {
            let instead = elsewhere(part, name);
            assert_eq!(
                instead.and_then(|i| i.meant).as_deref(),
                Some(own),
                "{name}"
            );
        }
    }

    #[test]
    fn a_key_is_told_from_where_it_stands() {
        let told = |part: &'static Part, name: &str| {
            elsewhere(part, name).map_or(String::new(), |instead| instead.help)
        };
        assert_eq!(
            told(&SEQUENCE, "clear"),
            "'clear' stands beside 'sequence', not in it"
        );
        assert_eq!(
            told(&STEP, "within"),
            "'within' stands beside 'steps', not in it"
        );
        assert_eq!(
            told(&RULE, "within"),
            "'within' stands under 'sequence', or under 'repeat'"
        );
        assert_eq!(
            told(&RULE, "times"),
            "'times' stands under 'steps' of 'sequence'"
        );
        assert_eq!(
            told(&LEVEL, "group"),
            "'group' stands at the top of the file"
        );
        assert!(told(&DERIVATION, "clear").starts_with("'clear' belongs to a rule that alerts"));
    }
}
