//! The rules of the committed city packs compile, and every `*.test.yaml` beside them holds.

#![expect(clippy::unwrap_used, reason = "a test may fail on the spot")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use city::{City, Loaded};
use model::{Diagnostic, Sources};
use rules::Plan;

/// Every folder under `cities/` that has a `city.yaml`.
fn packs() -> Vec<PathBuf> {
    let cities = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cities");
    let mut packs: Vec<PathBuf> = std::fs::read_dir(cities)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("city.yaml").exists())
        .collect();
    packs.sort();
    assert!(!packs.is_empty());
    packs
}

fn said(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let label = &diagnostic.labels[0];
        let source = &sources[label.file];
        let line = source.text[..label.span.start].matches('\n').count() + 1;
        let there = &source.text[label.span.clone()];
        let Diagnostic { code, message, .. } = diagnostic;
        writeln!(
            out,
            "{}:{line} [{code}] {message}\n  at `{there}`",
            source.path
        )
        .unwrap();
        if let Some(help) = &diagnostic.help {
            writeln!(out, "  help: {help}").unwrap();
        }
    }
    out
}

fn compiled(pack: &Path) -> (Arc<City>, Arc<Plan>) {
    let loaded: Loaded = city::load(pack);
    let pack_problems = said(&loaded.sources, &loaded.diagnostics);
    let city = loaded
        .city
        .as_ref()
        .unwrap_or_else(|| panic!("{pack_problems}"));
    let first = loaded.index_of(&city.rules[0]).unwrap();
    let (plan, diagnostics) = rules::compile(&city.rules, first, city);
    let rule_problems = said(&loaded.sources, &diagnostics);
    assert!(rule_problems.is_empty(), "{rule_problems}");
    (Arc::new(loaded.city.unwrap()), Arc::new(plan.unwrap()))
}

#[test]
fn rules_of_every_pack_compile_without_a_word() {
    for pack in packs() {
        compiled(&pack);
    }
}

#[test]
fn every_rule_of_every_pack_has_a_test() {
    for pack in packs() {
        let (city, plan) = compiled(&pack);
        let tests: String = city.rule_tests.iter().map(|file| &*file.text).collect();
        let own = plan.rules().filter(|rule| rule.kind.is_some());
        let untested: Vec<String> = own
            .map(|rule| rule.name.to_string())
            .filter(|name| {
                let (_, own) = name.split_once('/').unwrap_or_default();
                // A derivation is tested by what an asset of its kind shows, or one that is made of it.
                let derived = format!("{}:", own.replace('/', "-"));
                let ways = [format!(" {own} "), format!(" {name} "), derived];
                !ways.iter().any(|way| tests.contains(way))
            })
            .collect();
        assert!(untested.is_empty(), "{}: {untested:?}", pack.display());
    }
}

#[test]
fn rule_tests_of_every_pack_hold() {
    for pack in packs() {
        let (city, plan) = compiled(&pack);
        let sources: Sources = city.rule_tests.clone();
        let (outcomes, diagnostics) = rules::testing::run(&sources, 0, &plan, &city);
        let problems = said(&sources, &diagnostics);
        assert!(problems.is_empty(), "{problems}");
        assert!(!outcomes.is_empty(), "{}", pack.display());
        let failures: String = outcomes
            .iter()
            .filter_map(|outcome| {
                let failure = outcome.failure.as_ref()?;
                Some(format!("{}: {}\n{failure}\n", outcome.file, outcome.name))
            })
            .collect();
        assert!(failures.is_empty(), "{failures}");
    }
}
