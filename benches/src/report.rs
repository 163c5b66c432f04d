//! Results as a Markdown page that can be committed and compared.

use crate::measure::Cost;

/// A page of results in the order they were measured.
#[derive(Default)]
pub(crate) struct Report {
    lines: Vec<String>,
}

impl Report {
    /// Starts a table under a heading, with what the workload is.
    pub(crate) fn section(&mut self, title: &str, workload: &str, columns: &[&str]) {
        let rule = vec!["---"; columns.len()].join("|");
        let heads = columns.join(" | ");
        eprintln!("\n{title}: {workload}");
        self.lines.push(format!(
            "\n## {title}\n\n{workload}\n\n| {heads} |\n|{rule}|"
        ));
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: &[String]) {
        eprintln!("  {}", cells.join("  "));
        self.lines.push(format!("| {} |", cells.join(" | ")));
    }

    /// Adds a row for what one operation costs.
    pub(crate) fn cost(&mut self, what: &str, cost: Cost) {
        self.row(&[
            what.to_owned(),
            format!("{:.0}", cost.median),
            format!("{:.0}–{:.0}", cost.least, cost.greatest),
        ]);
    }

    /// The whole page.
    pub(crate) fn finish(self, machine: &str) -> String {
        format!("# Benchmarks\n\n{machine}\n{}\n", self.lines.join("\n"))
    }
}
