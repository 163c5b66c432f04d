//! `golden/*.yaml`: rules with mistakes, and beside each what its author is told.

use std::fmt::Write as _;
use std::path::Path;

use expect_test::expect_file;
use model::{Diagnostic, SourceFile};

#[test]
fn every_mistake_is_told_as_the_golden_says() {
    let pack = crate::support::pack();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder of goldens")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    files.sort();
    assert!(files.len() >= 5, "the goldens are there");
    for path in files {
        let name = path.file_name().expect("a name").to_string_lossy();
        let source = SourceFile {
            path: name.as_ref().into(),
            text: std::fs::read_to_string(&path).expect("a text").into(),
        };
        let (plan, problems) = rules::compile(std::slice::from_ref(&source), 0, &pack.city);
        let failed = problems.iter().any(Diagnostic::is_error);
        assert_eq!(
            plan.is_none(),
            failed,
            "{name}: a plan, unless something is wrong"
        );
        expect_file![path.with_extension("expected")].assert_eq(&drawn(&source, &problems));
    }
}

/// Every problem under its line.
fn drawn(source: &SourceFile, problems: &[Diagnostic]) -> String {
    let mut text = String::new();
    for problem in problems {
        let span = problem.labels[0].span.clone();
        let start = source.text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let line = source.text[start..].lines().next().unwrap_or_default();
        let number = source.text[..start].lines().count() + 1;
        let before = source.text[start..span.start].chars().count();
        let end = span.end.min(start + line.len()).max(span.start);
        let marked = source.text[span.start..end].chars().count().max(1);
        let margin = " ".repeat(before);
        let marks = "^".repeat(marked);
        let lines = [
            format!("{}: {}", problem.code, problem.message),
            format!("{number:>4} | {line}"),
            format!("     | {margin}{marks}"),
        ];
        for line in lines {
            writeln!(text, "{line}").expect("writing to a String");
        }
        for label in &problem.labels[1..] {
            let line = source.text[..label.span.start].lines().count();
            writeln!(text, "     = line {line}: {}", label.text).expect("writing to a String");
        }
        if let Some(help) = &problem.help {
            writeln!(text, "     = help: {help}").expect("writing to a String");
        }
        text.push('\n');
    }
    text
}
