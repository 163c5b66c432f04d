//! The summary of a run in words.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::Span;

use super::difference::{Changed, Difference, Stood};
use super::noise::{Culprit, FLOOD, Noise};
use super::summary::{Summary, severities};

/// Rules told one by one.
const RULES: usize = 40;
/// Differences told one by one.
const DIFFERENCES: usize = 20;

/// The summary, for people, with times on the city's clock.
pub fn text(summary: &Summary, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let mut out = String::new();
    let told = Told { summary, zone };
    // A text takes whatever is written to it.
    match told.write(&mut out) {
        Ok(()) | Err(fmt::Error) => out,
    }
}

struct Told<'a> {
    summary: &'a Summary,
    zone: TimeZone,
}

impl Told<'_> {
    fn write(&self, out: &mut String) -> fmt::Result {
        self.period(out)?;
        self.company(out)?;
        self.inputs(out)?;
        self.alerts(out)?;
        self.load(out)?;
        self.noise(out)?;
        if let Some(difference) = &self.summary.difference {
            self.difference(out, difference)?;
        }
        self.speed(out)
    }

    fn period(&self, out: &mut String) -> fmt::Result {
        let period = &self.summary.period;
        let (from, to) = (self.time(period.from), self.time(period.to));
        let length = span(period.to - period.from);
        writeln!(out, "period     {from} to {to} ({length})")?;
        if period.warm_up == 0 {
            return Ok(());
        }
        let (length, first) = (span(period.warm_up), self.time(period.first_input));
        writeln!(
            out,
            "warm-up    {length}: what the rules look back on; the first input is of {first}"
        )
    }

    fn company(&self, out: &mut String) -> fmt::Result {
        let company = &self.summary.company;
        if company.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "company    run along because the rules need them, their own alerts left out: {}",
            company.join(", ")
        )
    }

    fn inputs(&self, out: &mut String) -> fmt::Result {
        let met = &self.summary.inputs;
        write!(out, "inputs     readings {}", count(met.readings))?;
        for (what, n) in [
            ("operators' commands", met.commands),
            ("sources, wills, restarts", met.others),
            ("a little out of order", met.out_of_order),
            ("before the warm-up and left out", met.before),
            ("UNREADABLE", met.unreadable),
        ] {
            if n > 0 {
                write!(out, "; {what} {}", count(n))?;
            }
        }
        out.push('\n');
        for bad in &met.first_unreadable {
            writeln!(out, "           line {}: {}", bad.line, bad.reason)?;
        }
        let (more, told) = (met.unreadable, met.first_unreadable.len() as u64);
        if told > 0 && more > told {
            writeln!(out, "           … and {} more", count(more - told))?;
        }
        for (name, n) in &met.unknown {
            writeln!(out, "           nobody knows {name} ({})", count(*n))?;
        }
        let set_aside = self.summary.readings.iter();
        let set_aside = set_aside.filter(|(name, n)| **name != "accepted" && **n > 0);
        let words: Vec<_> = set_aside
            .map(|(name, n)| format!("{} {}", count(*n), name.replace('_', " ")))
            .collect();
        if words.is_empty() {
            return Ok(());
        }
        writeln!(out, "           of the readings {}", words.join(", "))
    }

    fn alerts(&self, out: &mut String) -> fmt::Result {
        let alerts = &self.summary.alerts;
        write!(out, "alerts     {} fired", count(alerts.fired as u64))?;
        for severity in severities() {
            if let Some(n) = alerts.by_severity.get(severity) {
                write!(out, ", {} {severity}", count(*n as u64))?;
            }
        }
        let (before, after) = (alerts.at_beginning, alerts.at_end);
        writeln!(out, "; {before} at the beginning, {after} at the end")?;
        if alerts.drafts > 0 {
            let drafts = alerts.drafts;
            writeln!(out, "           {drafts} of drafts, which call nobody")?;
        }
        for rule in alerts.by_rule.iter().take(RULES) {
            let (fired, median, max) = (rule.fired, span(rule.median), span(rule.max));
            let still = match rule.at_end {
                0 => String::new(),
                n => format!(", {n} at the end"),
            };
            let severities = by_severity(&rule.by_severity);
            let name = &rule.rule;
            writeln!(
                out,
                "  {fired:>7}  {name}  {severities}; for {median} (median), {max} (longest){still}"
            )?;
        }
        let more = alerts.by_rule.len().saturating_sub(RULES);
        if more > 0 {
            writeln!(out, "           … and {more} more rules")?;
        }
        Ok(())
    }

    fn load(&self, out: &mut String) -> fmt::Result {
        let load = &self.summary.load;
        let (mean, max, share) = (load.mean, load.max, load.over_10 * 100.0);
        let at = load
            .max_at
            .map_or_else(String::new, |at| format!(" (from {})", self.time(at)));
        writeln!(
            out,
            "load       per operator (of {}) and 10 minutes: {mean:.2} on average, {max:.1} at most{at}; more than {FLOOD:.0} in {share:.1} % of them",
            load.operators
        )
    }

    fn noise(&self, out: &mut String) -> fmt::Result {
        let Noise {
            noisiest,
            chattering,
            chatterers,
            standing,
            longest,
        } = &self.summary.noise;
        if noisiest.is_empty() && longest.is_empty() {
            return Ok(());
        }
        culprits(out, "noisiest", "", noisiest, |n| count(n as u64))?;
        let title = format!("{chattering} chatter: three calls within a minute");
        culprits(out, "chatter", &title, chatterers, |n| count(n as u64))?;
        let title = format!("{standing} fired for more than a day");
        culprits(out, "standing", &title, longest, span)
    }

    fn difference(&self, out: &mut String, difference: &Difference) -> fmt::Result {
        let Difference {
            same,
            appear,
            disappear,
            change,
            by_rule,
            list,
        } = difference;
        writeln!(
            out,
            "difference {appear} alerts appear, {disappear} disappear, {change} change, {same} stay the same"
        )?;
        for (rule, [appear, disappear, change]) in by_rule {
            writeln!(out, "           {rule}: +{appear} −{disappear} ~{change}")?;
        }
        for Changed { rule, key, was, is } in list.iter().take(DIFFERENCES) {
            let sign = match (was, is) {
                (None, _) => '+',
                (_, None) => '−',
                _ => '~',
            };
            write!(out, "  {sign} {rule} {key}")?;
            for (word, stood) in [("was", was), ("is", is)] {
                if let Some(stood) = stood {
                    write!(out, "  {word} {}", self.stood(stood))?;
                }
            }
            out.push('\n');
        }
        let all = appear + disappear + change;
        if all > DIFFERENCES {
            writeln!(out, "           … and {} more", all - DIFFERENCES)?;
        }
        Ok(())
    }

    fn stood(&self, stood: &Stood) -> String {
        let from = self.time(stood.fired_at);
        match stood.resolved_at {
            Some(to) => format!(
                "{} {from} for {}",
                stood.severity,
                span(to - stood.fired_at)
            ),
            None => format!("{} {from}, still firing", stood.severity),
        }
    }

    fn speed(&self, out: &mut String) -> fmt::Result {
        let speed = &self.summary.speed;
        writeln!(
            out,
            "speed      {} readings a second, {} times as fast as life; {:.2} s, CPU {:.2} s reading and {:.2} s rules",
            count(speed.readings_per_s as u64),
            count(speed.times_real_time as u64),
            speed.seconds,
            speed.read_cpu_s,
            speed.rules_cpu_s
        )
    }

    /// On the city's clock.
    fn time(&self, ms: i64) -> String {
        match Timestamp::from_millisecond(ms) {
            Ok(at) => {
                let at = at.to_zoned(self.zone.clone());
                at.strftime("%Y-%m-%d %H:%M:%S").to_string()
            }
            Err(_) => format!("{ms} ms"),
        }
    }
}

fn culprits(
    out: &mut String,
    word: &str,
    title: &str,
    culprits: &[Culprit],
    figure: impl Fn(i64) -> String,
) -> fmt::Result {
    if culprits.is_empty() {
        return Ok(());
    }
    let line = format!("{word:<10} {title}");
    writeln!(out, "{}", line.trim_end())?;
    for culprit in culprits {
        let (figure, rule, key) = (figure(culprit.figure), &culprit.rule, &culprit.key);
        writeln!(out, "  {figure:>7}  {rule} {key}")?;
    }
    Ok(())
}

fn by_severity(counts: &BTreeMap<&'static str, usize>) -> String {
    let words = severities().filter_map(|severity| Some((severity, counts.get(severity)?)));
    let words: Vec<_> = words
        .map(|(severity, n)| format!("{n} {severity}"))
        .collect();
    words.join(", ")
}

/// A length in its two largest units: `2d3h`.
fn span(ms: i64) -> String {
    let coarse = match ms {
        604_800_000.. => 3_600_000,
        86_400_000.. => 60_000,
        60_000.. => 1_000,
        _ => 1,
    };
    Span::from_millis(ms - ms % coarse).to_string()
}

/// A number with its thousands set apart.
fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
