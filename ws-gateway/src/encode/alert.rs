//! An alert whole: both axes of its life, and what the rule says about it.

use model::{Acknowledgement, Alert, Annunciation, Escalation, Localized, Shelving, Time};

use super::asset::write_optional_text;
use super::json::{put, write_text};

/// The alert as the protocol and the HTTP API write it.
/// `durable` is whether its last step is committed.
pub(crate) fn write_alert(out: &mut String, alert: &Alert, durable: bool) {
    put(out, format_args!("{{\"id\":\"{}\",\"rule\":", alert.id));
    write_text(out, &alert.rule.to_string());
    out.push_str(",\"key\":");
    let key = alert.key.0.iter();
    write_map(out, key.map(|part| (&*part.dimension, &*part.value)));
    out.push_str(",\"kind\":");
    write_optional_text(out, alert.kind.as_deref());
    out.push_str(",\"area\":");
    write_optional_text(out, alert.area.as_ref().map(model::AreaCode::as_str));
    put(
        out,
        format_args!(
            ",\"severity\":\"{}\",\"state\":\"{}\"",
            alert.severity.as_str(),
            alert.condition.as_str()
        ),
    );
    write_annunciation(out, alert.annunciation);
    put(
        out,
        format_args!(",\"started_at\":{}", alert.started_at.millis()),
    );
    write_time(out, ",\"fired_at\":", alert.fired_at);
    write_time(out, ",\"resolved_at\":", alert.resolved_at);
    write_localized(out, ",\"summary\":", &alert.summary);
    write_localized(out, ",\"guidance\":", &alert.guidance);
    write_ack(out, alert.ack.as_ref());
    write_shelving(out, alert.shelved.as_ref());
    out.push_str(",\"assignee\":");
    write_optional_text(out, alert.assignee.as_deref());
    write_escalations(out, &alert.escalated);
    // Incidents are not built yet; the place is kept so that clients need not change.
    out.push_str(",\"incident\":null");
    put(
        out,
        format_args!(
            ",\"reason\":\"{}\",\"occurrence\":{},\"labels\":",
            alert.reason.as_str(),
            alert.occurrence
        ),
    );
    write_map(
        out,
        alert.labels.iter().map(|(name, value)| (&**name, &**value)),
    );
    put(out, format_args!(",\"durable\":{durable}}}"));
}

fn write_annunciation(out: &mut String, annunciation: Annunciation) {
    let (word, by) = match annunciation {
        Annunciation::Settling => ("settling", None),
        Annunciation::Annunciated => ("annunciated", None),
        Annunciation::Inhibited { by } => ("inhibited", Some(by)),
        Annunciation::OverLimit => ("over_limit", None),
        Annunciation::Shadow => ("shadow", None),
    };
    put(
        out,
        format_args!(",\"annunciation\":\"{word}\",\"inhibited_by\":"),
    );
    match by {
        Some(cause) => put(out, format_args!("\"{cause}\"")),
        None => out.push_str("null"),
    }
}

fn write_ack(out: &mut String, ack: Option<&Acknowledgement>) {
    out.push_str(",\"ack\":");
    let Some(ack) = ack else {
        return out.push_str("null");
    };
    out.push_str("{\"by\":");
    write_text(out, &ack.by);
    put(out, format_args!(",\"at\":{},\"note\":", ack.at.millis()));
    write_text(out, &ack.note);
    out.push('}');
}

fn write_shelving(out: &mut String, shelved: Option<&Shelving>) {
    out.push_str(",\"shelved\":");
    let Some(shelved) = shelved else {
        return out.push_str("null");
    };
    put(
        out,
        format_args!("{{\"until\":{},\"by\":", shelved.until.millis()),
    );
    write_text(out, &shelved.by);
    out.push_str(",\"reason\":");
    write_text(out, &shelved.reason);
    out.push('}');
}

fn write_escalations(out: &mut String, escalated: &[Escalation]) {
    out.push_str(",\"escalated\":[");
    for (i, Escalation { to, after, at }) in escalated.iter().enumerate() {
        out.push_str(if i == 0 { "{\"to\":" } else { ",{\"to\":" });
        write_text(out, to);
        put(
            out,
            format_args!(",\"after_ms\":{},\"at\":{}}}", after.millis(), at.millis()),
        );
    }
    out.push(']');
}

fn write_time(out: &mut String, name: &str, time: Option<Time>) {
    out.push_str(name);
    match time {
        Some(time) => put(out, format_args!("{}", time.millis())),
        None => out.push_str("null"),
    }
}

fn write_localized(out: &mut String, name: &str, text: &Localized) {
    out.push_str(name);
    write_map(out, [("vi", &*text.vi), ("en", &*text.en)].into_iter());
}

fn write_map<'a>(out: &mut String, entries: impl Iterator<Item = (&'a str, &'a str)>) {
    out.push('{');
    for (i, (name, value)) in entries.enumerate() {
        if i > 0 {
            out.push(',');
        }
        write_text(out, name);
        out.push(':');
        write_text(out, value);
    }
    out.push('}');
}
