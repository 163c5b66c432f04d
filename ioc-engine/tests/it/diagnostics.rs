//! `docs/diagnostics`: every code has a page, every page a code, and every example there does what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ioc_engine::pack;

use crate::support::{self, ioc, root, said};

const FAMILIES: [&str; 6] = ["rule", "derive", "cel", "yaml", "pack", "test"];
/// Where codes are given.
const SOURCES: [&str; 4] = [
    "rules/src",
    "rules/cel/src",
    "ioc-engine/city/src",
    "ioc-engine/src/pack.rs",
];

/// Every page by its code.
fn pages() -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    for family in FAMILIES {
        let file = root().join(format!("docs/diagnostics/{family}.md"));
        let text = std::fs::read_to_string(file).unwrap();
        for page in text.split("\n## ").skip(1) {
            let (code, body) = page.split_once('\n').unwrap();
            assert!(code.starts_with(family), "{code} stands in {family}.md");
            let before = pages.insert(code.to_owned(), body.to_owned());
            assert_eq!(before, None, "{code} has two pages");
        }
    }
    pages
}

/// An example: the file of the pack it stands for, and its text.
struct Example<'a> {
    file: &'a str,
    text: String,
}

/// The fenced blocks of a page: what is wrong, and the same mended.
fn examples(page: &str) -> Vec<Example<'_>> {
    let blocks = page.split("\n```").collect::<Vec<_>>();
    let opened = blocks.iter().skip(1).step_by(2);
    opened
        .map(|block| {
            let (info, text) = block.split_once('\n').unwrap();
            match info.split_once(' ') {
                Some((_, file)) => Example {
                    file,
                    text: format!("{text}\n"),
                },
                None => Example {
                    file: "rules/example.yaml",
                    text: rule_file(text),
                },
            }
        })
        .collect()
}

/// Rules without a frame stand in a file that has one.
fn rule_file(text: &str) -> String {
    if text.starts_with("version:") {
        return format!("{text}\n");
    }
    let lines = text.lines().map(|line| format!("  {line}\n"));
    format!(
        "version: 1\ngroup: example\nrules:\n{}",
        lines.collect::<String>()
    )
}

/// The codes of what is told about the pack of the rules' tests with this file in it.
fn told(example: &Example<'_>) -> BTreeSet<String> {
    let town = support::town_of(&root().join("rules/tests/pack"));
    for entry in std::fs::read_dir(town.path().join("rules")).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    if example.file.ends_with(".test.yaml") {
        let rule = "- alert: High\n  on: env/river\n  when: height >= 26.0\n  severity: high";
        std::fs::write(town.path().join("rules/high.yaml"), rule_file(rule)).unwrap();
    }
    std::fs::write(town.path().join(example.file), &example.text).unwrap();
    let reading = pack::read(town.path());
    let mut codes: BTreeSet<String> = reading
        .diagnostics
        .iter()
        .map(|d| d.code.to_owned())
        .collect();
    if let Some(pack) = reading.pack {
        let (_, problems) = rules::testing::run(&pack.city.rule_tests, 0, &pack.plan, &pack.city);
        codes.extend(problems.iter().map(|d| d.code.to_owned()));
    }
    codes
}

#[test]
fn every_example_does_what_its_page_says() {
    let mut wrong = Vec::new();
    for (code, page) in pages() {
        match examples(&page).as_slice() {
            [] => assert!(page.contains("No example:"), "{code} shows nothing"),
            [bad, mended] => {
                let (bad, mended) = (told(bad), told(mended));
                if bad != BTreeSet::from([code.clone()]) || !mended.is_empty() {
                    wrong.push((code, bad, mended));
                }
            }
            more => panic!("{code} has {} examples, not two", more.len()),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let mut codes = BTreeSet::new();
    for source in SOURCES {
        codes_in(&root().join(source), &mut codes);
    }
    assert!(codes.len() > 100, "the sources give codes");
    let pages: BTreeSet<String> = pages().into_keys().collect();
    let lacking: Vec<_> = codes.difference(&pages).collect();
    let left: Vec<_> = pages.difference(&codes).collect();
    assert_eq!(
        (lacking, left),
        (vec![], vec![]),
        "(codes without a page, pages without a code)"
    );
}

/// Every text in quotes that looks like a code.
fn codes_in(path: &Path, codes: &mut BTreeSet<String>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            codes_in(&entry.unwrap().path(), codes);
        }
    } else if path.extension().is_some_and(|e| e == "rs") {
        let text = std::fs::read_to_string(path).unwrap();
        let quoted = text.split('"').filter(|quoted| is_code(quoted));
        codes.extend(quoted.map(str::to_owned));
    }
}

fn is_code(text: &str) -> bool {
    let word = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let parts = text.split_once('-');
    parts.is_some_and(|(family, rest)| FAMILIES.contains(&family) && !rest.is_empty() && word(rest))
}

#[test]
fn a_code_is_explained_by_the_binary() {
    let explain = |code| said(&ioc(&root(), &["rules", "explain-code", code], b""));
    let page = explain("rule-unknown-kind");
    assert!(page.starts_with("exit 0\nrule-unknown-kind\n") && page.contains("env/rivers"));
    let told = explain("rule-unknown-kid");
    assert!(told.starts_with("exit 1\n"), "{told}");
    assert!(told.contains("did you mean 'rule-unknown-kind'?"), "{told}");
}
