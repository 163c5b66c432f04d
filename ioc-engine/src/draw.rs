//! Diagnostics as people and programs read them: underlined in the file, or as JSON.

use std::fmt;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity};
use model::{Diagnostic, Label, SourceFile, Sources};

/// Where long lines are broken when nobody watches.
pub const WIDTH: usize = 100;

/// Every diagnostic drawn, one after the other, so many columns wide; in colour for terminals only.
pub fn text(diagnostics: &[Diagnostic], sources: &Sources, colour: bool, width: usize) -> String {
    let theme = if colour {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_width(width);
    let mut drawn = String::new();
    for diagnostic in diagnostics {
        let report = Drawing::of(diagnostic, sources);
        if handler.render_report(&mut drawn, &report).is_err() {
            // A picture that cannot be drawn, such as of a span outside its file, still says what is wrong.
            drawn.push_str(&diagnostic.message);
        }
        drawn.push('\n');
    }
    drawn
}

/// Every diagnostic as one JSON document.
pub fn json(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let entries: Vec<_> = diagnostics
        .iter()
        .map(|d| {
            let labels: Vec<_> = d.labels.iter().map(|l| label_json(l, sources)).collect();
            serde_json::json!({
                "code": d.code,
                "level": if d.is_error() { "error" } else { "warning" },
                "message": d.message,
                "help": d.help,
                "labels": labels,
            })
        })
        .collect();
    format!("{:#}", serde_json::json!({ "diagnostics": entries }))
}

/// The last line: how many of each.
pub fn tally(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|d| d.is_error()).count();
    let warnings = diagnostics.len() - errors;
    format!(
        "{}, {}",
        plural(errors, "error"),
        plural(warnings, "warning")
    )
}

/// `1 error`, `2 errors`.
pub fn plural(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}

fn label_json(label: &Label, sources: &Sources) -> serde_json::Value {
    let (path, line, column) = place(label, sources);
    serde_json::json!({
        "file": path,
        "line": line,
        "column": column,
        "start": label.span.start,
        "end": label.span.end,
        "text": label.text,
    })
}

/// Path, line and column of a label's beginning, both counted from one.
fn place<'a>(label: &Label, sources: &'a Sources) -> (&'a str, usize, usize) {
    let Some(source) = sources.get(label.file) else {
        return ("", 0, 0);
    };
    let before = source.text.get(..label.span.start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    (shown(source), line, column)
}

/// A path as it is typed: without the dot of the folder one stands in.
fn shown(file: &SourceFile) -> &str {
    file.path.strip_prefix("./").unwrap_or(&file.path)
}

#[derive(Debug)]
struct Drawing<'a> {
    diagnostic: &'a Diagnostic,
    source: Option<NamedSource<String>>,
    help: Option<String>,
}

impl<'a> Drawing<'a> {
    fn of(diagnostic: &'a Diagnostic, sources: &Sources) -> Self {
        let file = diagnostic.labels.first().and_then(|l| sources.get(l.file));
        let source = file.map(|f| NamedSource::new(shown(f), f.text.to_string()));
        Self {
            diagnostic,
            source,
            help: help(diagnostic, sources),
        }
    }

    fn file(&self) -> Option<usize> {
        self.diagnostic.labels.first().map(|l| l.file)
    }
}

/// One picture shows one file: what lies in others is told below it.
fn help(diagnostic: &Diagnostic, sources: &Sources) -> Option<String> {
    let first = diagnostic.labels.first().map(|l| l.file);
    let elsewhere = diagnostic.labels.iter().filter(|l| Some(l.file) != first);
    let told = elsewhere.map(|label| {
        let (path, line, column) = place(label, sources);
        format!("see {path}:{line}:{column} {}", label.text)
    });
    let lines: Vec<String> = diagnostic.help.iter().cloned().chain(told).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

impl fmt::Display for Drawing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for Drawing<'_> {}

impl miette::Diagnostic for Drawing<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.diagnostic.code))
    }

    fn severity(&self) -> Option<Severity> {
        let error = self.diagnostic.is_error();
        Some(if error {
            Severity::Error
        } else {
            Severity::Warning
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.help.as_ref()?;
        Some(Box::new(help))
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.source.as_ref().map(|s| s as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let here = self.diagnostic.labels.iter();
        let spans = here.filter(|l| Some(l.file) == self.file()).map(|label| {
            let text = (!label.text.is_empty()).then(|| label.text.clone());
            LabeledSpan::new(text, label.span.start, label.span.len())
        });
        Some(Box::new(spans))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use model::SourceFile;

    use super::*;

    fn sources() -> Sources {
        let file = |path: &str, text: &str| SourceFile {
            path: path.into(),
            text: text.into(),
        };
        vec![
            file(
                "rules/a.yaml",
                "rules:\n  - alert: Mực nước\n    whn: height > 1\n",
            ),
            file("catalog/env.yaml", "kinds:\n  river: {}\n"),
        ]
    }

    fn problems() -> Vec<Diagnostic> {
        let mut unknown =
            Diagnostic::error("rule-unknown-key", "there is no 'whn' in a rule", 0, 36..39)
                .with_label("here")
                .with_help("did you mean 'when'?");
        unknown.labels.push(Label {
            file: 1,
            span: 9..14,
            text: "the kind it watches".to_owned(),
        });
        vec![
            unknown,
            Diagnostic::error("pack-file", "'city.yaml' is missing", 9, 0..0).warning(),
        ]
    }

    #[test]
    fn a_problem_is_underlined_where_it_is() {
        expect![[r"
            rule-unknown-key

              × there is no 'whn' in a rule
               ╭─[rules/a.yaml:3:5]
             2 │   - alert: Mực nước
             3 │     whn: height > 1
               ·     ─┬─
               ·      ╰── here
               ╰────
              help: did you mean 'when'?
                    see catalog/env.yaml:2:3 the kind it watches

            pack-file

              ⚠ 'city.yaml' is missing

        "]]
        .assert_eq(&text(&problems(), &sources(), false, WIDTH));
        assert_eq!(tally(&problems()), "1 error, 1 warning");
    }

    #[test]
    fn programs_get_the_same_with_lines_and_columns() {
        expect![[r#"
            {
              "diagnostics": [
                {
                  "code": "rule-unknown-key",
                  "help": "did you mean 'when'?",
                  "labels": [
                    {
                      "column": 5,
                      "end": 39,
                      "file": "rules/a.yaml",
                      "line": 3,
                      "start": 36,
                      "text": "here"
                    },
                    {
                      "column": 3,
                      "end": 14,
                      "file": "catalog/env.yaml",
                      "line": 2,
                      "start": 9,
                      "text": "the kind it watches"
                    }
                  ],
                  "level": "error",
                  "message": "there is no 'whn' in a rule"
                },
                {
                  "code": "pack-file",
                  "help": null,
                  "labels": [
                    {
                      "column": 0,
                      "end": 0,
                      "file": "",
                      "line": 0,
                      "start": 0,
                      "text": ""
                    }
                  ],
                  "level": "warning",
                  "message": "'city.yaml' is missing"
                }
              ]
            }"#]]
        .assert_eq(&json(&problems(), &sources()));
    }
}
