//! Packs with something wrong in each: one run says everything, at its place, with what to do.
//!
//! Every folder of `broken/` is a pack; `expected.txt` in it is what loading says. `UPDATE_EXPECT=1` writes it anew.

#![expect(clippy::unwrap_used, reason = "a test may fail on the spot")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use city::Loaded;
use model::{Diagnostic, Level, SourceFile};

#[test]
fn broken_packs_say_all_that_is_wrong() {
    let broken = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken");
    let mut packs: Vec<PathBuf> = fs::read_dir(&broken)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    packs.sort();
    assert!(packs.len() >= 7, "{packs:?}");
    for pack in packs {
        let loaded = city::load(&pack);
        assert!(loaded.city.is_none(), "{}", pack.display());
        let said = said(&loaded, &pack);
        expect_test::expect_file![pack.join("expected.txt")].assert_eq(&said);
    }
}

fn said(loaded: &Loaded, pack: &Path) -> String {
    let mut out = String::new();
    for diagnostic in &loaded.diagnostics {
        let level = match diagnostic.level {
            Level::Error => "error",
            Level::Warning => "warning",
        };
        let Diagnostic { code, message, .. } = diagnostic;
        for (i, label) in diagnostic.labels.iter().enumerate() {
            let source = &loaded.sources[label.file];
            let place = place(source, label.span.start, pack);
            let there = &source.text[label.span.clone()];
            match i {
                0 => writeln!(out, "{place}: {level}[{code}] {message}\n  at `{there}`").unwrap(),
                _ => writeln!(out, "  and {place}: {} `{there}`", label.text).unwrap(),
            }
        }
        if let Some(help) = &diagnostic.help {
            writeln!(out, "  help: {help}").unwrap();
        }
    }
    out
}

/// File, line and column as an editor counts them.
fn place(source: &SourceFile, at: usize, pack: &Path) -> String {
    let path = Path::new(&*source.path).strip_prefix(pack).unwrap();
    let before = &source.text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or(before).chars().count() + 1;
    format!("{}:{line}:{column}", path.display())
}
