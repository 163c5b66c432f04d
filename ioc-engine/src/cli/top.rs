//! `ioc rules top`: what the rules of a running engine cost, as a table that refreshes.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use super::{Failure, fetch};

const HELP: &str = "\
Examples:
  ioc rules top --token TOKEN             the token is that of the wall
  IOC_TOKEN=… ioc rules top --sort state  memory first
  ioc rules top --once --format json      for scripts";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// Where the engine answers
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// A token of the engine; any role will do
    #[arg(long, value_name = "TOKEN", env = "IOC_TOKEN", hide_env_values = true)]
    token: String,
    /// What stands first
    #[arg(long, value_enum, default_value_t = Sort::Time)]
    sort: Sort,
    /// Rules shown; 0 for all
    #[arg(long, value_name = "N", default_value_t = 30)]
    limit: usize,
    /// Prints once and ends
    #[arg(long)]
    once: bool,
    /// A table, or one line of JSON each time
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Seconds between two looks
    #[arg(long, value_name = "S", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=3600))]
    every: u64,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Sort {
    /// Time spent on the rule
    Time,
    /// How often it was looked at
    Evaluations,
    /// Memory
    State,
    /// Pending and firing alerts
    Instances,
    /// Transitions
    Transitions,
    /// Its name
    Name,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Format {
    Text,
    Json,
}

/// One rule as `GET /api/v1/rules` tells it.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Row {
    rule: String,
    evaluations: u64,
    seconds: Option<f64>,
    transitions: u64,
    pending: u64,
    firing: u64,
    state_bytes: u64,
}

#[derive(Debug, Deserialize)]
struct Answer {
    rules: Vec<Row>,
}

/// What the rules had done at some time.
struct Look {
    at: Instant,
    rows: Vec<Row>,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let mut before = None;
    loop {
        let look = Look {
            at: Instant::now(),
            rows: rows(options)?,
        };
        let mut shown = shown(&look, before.as_ref());
        sort(&mut shown, options.sort);
        if options.limit > 0 {
            shown.truncate(options.limit);
        }
        if !print(options, &shown, before.is_some())? || options.once {
            return Ok(());
        }
        before = Some(look);
        std::thread::sleep(Duration::from_secs(options.every));
    }
}

fn rows(options: &Options) -> Result<Vec<Row>, Failure> {
    let body = fetch::get(&options.url, "/api/v1/rules", &options.token)?;
    let answer: Answer = serde_json::from_str(&body).map_err(|error| {
        Failure::CannotStart(format!(
            "{} answers something else than an engine of this version does: {error}",
            options.url
        ))
    })?;
    Ok(answer.rules)
}

/// A row, with what it did since the start or, where there was a look before, a second since then.
struct Shown {
    row: Row,
    evaluations: f64,
    seconds: Option<f64>,
    transitions: f64,
}

fn shown(look: &Look, before: Option<&Look>) -> Vec<Shown> {
    let Some(before) = before else {
        let totals = look.rows.iter().map(|row| Shown {
            row: row.clone(),
            evaluations: row.evaluations as f64,
            seconds: row.seconds,
            transitions: row.transitions as f64,
        });
        return totals.collect();
    };
    let elapsed = look.at.duration_since(before.at).as_secs_f64().max(0.001);
    let past: HashMap<&str, &Row> = before.rows.iter().map(|r| (&*r.rule, r)).collect();
    // A rule that is new since, or an engine that started anew, begins at nothing.
    let per_second = |now: u64, then: u64| now.saturating_sub(then) as f64 / elapsed;
    let rates = look.rows.iter().map(|row| {
        let then = past.get(&*row.rule);
        let seconds = then.and_then(|then| then.seconds).unwrap_or(0.0);
        Shown {
            evaluations: per_second(row.evaluations, then.map_or(0, |r| r.evaluations)),
            seconds: row.seconds.map(|now| (now - seconds).max(0.0) / elapsed),
            transitions: per_second(row.transitions, then.map_or(0, |r| r.transitions)),
            row: row.clone(),
        }
    });
    rates.collect()
}

fn sort(shown: &mut [Shown], by: Sort) {
    let weight = |shown: &Shown| match by {
        Sort::Time => shown.seconds.unwrap_or(0.0),
        Sort::Evaluations => shown.evaluations,
        Sort::State => shown.row.state_bytes as f64,
        Sort::Instances => (shown.row.pending + shown.row.firing) as f64,
        Sort::Transitions => shown.transitions,
        Sort::Name => 0.0,
    };
    shown.sort_by(|a, b| {
        let heavier = weight(b).total_cmp(&weight(a));
        heavier.then_with(|| a.row.rule.cmp(&b.row.rule))
    });
}

/// False when nobody reads any more.
fn print(options: &Options, shown: &[Shown], rates: bool) -> Result<bool, Failure> {
    let text = match options.format {
        Format::Json => {
            let rows: Vec<&Row> = shown.iter().map(|shown| &shown.row).collect();
            serde_json::json!({ "rules": rows }).to_string() + "\n"
        }
        // The table takes the place of the one before.
        Format::Text if rates && std::io::stdout().is_terminal() => {
            format!("\x1b[H\x1b[2J{}", table(shown, rates))
        }
        Format::Text => table(shown, rates),
    };
    super::write_out(&text)
}

fn table(shown: &[Shown], rates: bool) -> String {
    let wide = shown.iter().map(|s| s.row.rule.chars().count());
    let wide = wide.max().unwrap_or(0).max(4);
    let [evaluations, time, transitions] = if rates {
        ["eval/s", "ms/s", "trans/s"]
    } else {
        ["evals", "ms", "trans"]
    };
    let mut text = format!(
        "{:<wide$} {evaluations:>12} {time:>10} {:>8} {:>10} {:>8} {:>8} {transitions:>8}\n",
        "rule", "ns/eval", "state", "pending", "firing"
    );
    for Shown {
        row,
        evaluations,
        seconds,
        transitions,
    } in shown
    {
        let each = row.seconds.map(|s| s * 1e9 / row.evaluations.max(1) as f64);
        let decimals = usize::from(rates);
        // Writing to a String cannot fail.
        let _written = writeln!(
            text,
            "{:<wide$} {evaluations:>12.decimals$} {:>10} {:>8} {:>10} {:>8} {:>8} {transitions:>8.decimals$}",
            row.rule,
            known(seconds.map(|s| s * 1e3), 3),
            known(each, 0),
            bytes(row.state_bytes),
            row.pending,
            row.firing,
        );
    }
    text
}

/// What was never measured is not 0.
fn known(number: Option<f64>, decimals: usize) -> String {
    number.map_or_else(|| "-".to_owned(), |n| format!("{n:.decimals$}"))
}

fn bytes(bytes: u64) -> String {
    match bytes {
        0..10_240 => format!("{bytes} B"),
        10_240..10_485_760 => format!("{} KiB", bytes >> 10),
        _ => format!("{} MiB", bytes >> 20),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn row(rule: &str, evaluations: u64, seconds: Option<f64>) -> Row {
        Row {
            rule: rule.to_owned(),
            evaluations,
            seconds,
            transitions: evaluations / 100,
            pending: 2,
            firing: 1,
            state_bytes: evaluations * 100,
        }
    }

    #[test]
    fn totals_first_and_rates_from_the_second_look_on() {
        let at = Instant::now();
        let first = Look {
            at,
            rows: vec![
                row("flood/RiverHigh", 1_000, Some(0.001)),
                row("wifi/ApDown", 4_000, Some(0.002)),
                row("ioc/SourceDown", 0, None),
            ],
        };
        let second = Look {
            at: at + Duration::from_secs(2),
            rows: vec![
                row("flood/RiverHigh", 3_000, Some(0.005)),
                row("wifi/ApDown", 4_200, Some(0.0021)),
                row("new/Rule", 200, None),
            ],
        };
        let mut text = String::new();
        for (look, before) in [(&first, None), (&second, Some(&first))] {
            let mut shown = shown(look, before);
            sort(&mut shown, Sort::Time);
            text += &table(&shown, before.is_some());
        }
        expect![[r"
            rule                   evals         ms  ns/eval      state  pending   firing    trans
            wifi/ApDown             4000      2.000      500    390 KiB        2        1       40
            flood/RiverHigh         1000      1.000     1000     97 KiB        2        1       10
            ioc/SourceDown             0          -        -        0 B        2        1        0
            rule                  eval/s       ms/s  ns/eval      state  pending   firing  trans/s
            flood/RiverHigh       1000.0      2.000     1667    292 KiB        2        1     10.0
            wifi/ApDown            100.0      0.050      500    410 KiB        2        1      1.0
            new/Rule               100.0          -        -     19 KiB        2        1      1.0
        "]]
        .assert_eq(&text);
    }
}
