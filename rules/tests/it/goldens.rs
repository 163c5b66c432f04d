//! `golden/*.yaml`: rules with mistakes, and beside each what its author is told.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use model::{Diagnostic, SourceFile};

#[test]
fn every_mistake_is_told_as_the_golden_says() {
    let pack = crate::support::pack();
    let mut goldens = entries(&Path::new(env!("CARGO_MANIFEST_DIR")).join("golden"));
    goldens.retain(|path| path.extension().is_none_or(|e| e == "yaml"));
    assert!(goldens.len() >= 5, "the goldens are there");
    for path in goldens {
        let sources = sources(&path);
        let (plan, problems) = rules::compile(&sources, 0, &pack.city);
        let failed = problems.iter().any(Diagnostic::is_error);
        assert_eq!(
            plan.is_none(),
            failed,
            "{}: a plan, unless something is wrong",
            path.display()
        );
        expect_file![path.with_extension("expected")].assert_eq(&drawn(&sources, &problems));
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut paths: Vec<_> = entries.map(|e| e.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// A golden is a file, or a folder of files that are compiled together.
fn sources(golden: &Path) -> Vec<SourceFile> {
    let files = if golden.is_dir() {
        entries(golden)
    } else {
        vec![golden.to_owned()]
    };
    let source = |path: &PathBuf| SourceFile {
        path: path.file_name().expect("a name").to_string_lossy().into(),
        text: std::fs::read_to_string(path).expect("a text").into(),
    };
    files.iter().map(source).collect()
}

/// Every problem under its line.
fn drawn(sources: &[SourceFile], problems: &[Diagnostic]) -> String {
    let mut text = String::new();
    let place_of = |file: usize| match sources {
        [_] => String::new(),
        several => format!("{} ", several[file].path),
    };
    for problem in problems {
        let file = problem.labels[0].file;
        let source = &sources[file];
        let span = problem.labels[0].span.clone();
        let start = source.text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let line = source.text[start..].lines().next().unwrap_or_default();
        let number = source.text[..start].lines().count() + 1;
        let before = source.text[start..span.start].chars().count();
        let end = span.end.min(start + line.len()).max(span.start);
        let marked = source.text[span.start..end].chars().count().max(1);
        let margin = " ".repeat(before);
        let marks = "^".repeat(marked);
        let level = if problem.is_error() { "" } else { "warning " };
        let (place, code) = (place_of(file), problem.code);
        let lines = [
            format!("{place}{level}{code}: {}", problem.message),
            format!("{number:>4} | {line}"),
            format!("     | {margin}{marks}"),
        ];
        for line in lines {
            writeln!(text, "{line}").expect("writing to a String");
        }
        for label in &problem.labels[1..] {
            let line = sources[label.file].text[..label.span.start].lines().count();
            let place = place_of(label.file);
            writeln!(text, "     = {place}line {line}: {}", label.text)
                .expect("writing to a String");
        }
        if let Some(help) = &problem.help {
            writeln!(text, "     = help: {help}").expect("writing to a String");
        }
        text.push('\n');
    }
    text
}
