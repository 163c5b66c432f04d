//! `docs/rule-language.md` as an author works through it: its files are written as they stand, its commands typed, and what
//! they say compared.
//!
//! Every fenced block says in a comment above it what it is: `<!-- file: PATH -->`, `<!-- run -->` or, with the reason,
//! `<!-- not run: … -->`. With `UPDATE_EXPECT=1` the page is rewritten with what the commands say.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::support::{IOC, copy, ioc, root, said};

const PAGE: &str = "docs/rule-language.md";

/// A fenced block.
struct Block<'a> {
    /// What the comment above it says.
    mark: Option<&'a str>,
    body: &'a str,
    /// Where the body stands in the page.
    at: std::ops::Range<usize>,
}

/// Every fenced block of a page.
fn blocks(page: &str) -> Vec<Block<'_>> {
    let (mut blocks, mut at, mut above) = (Vec::new(), 0, "");
    // The fence that is open, the mark above it, and where its body begins.
    let mut open: Option<(&str, Option<&str>, usize)> = None;
    for line in page.split_inclusive('\n') {
        let (start, text) = (at, line.trim_end());
        at += line.len();
        let ticks = text.len() - text.trim_start_matches('`').len();
        match open {
            Some((fence, mark, begin)) if text == fence => {
                let (body, at) = (&page[begin..start], begin..start);
                blocks.push(Block { mark, body, at });
                open = None;
            }
            None if ticks >= 3 => {
                let mark = above.strip_prefix("<!-- ");
                let mark = mark.and_then(|rest| rest.strip_suffix(" -->"));
                open = Some((&text[..ticks], mark, at));
            }
            _ => {}
        }
        above = text;
    }
    assert!(open.is_none(), "a block does not end");
    blocks
}

/// Types the commands of a block, one after the other; they and what they say.
fn typed(block: &str, pack: &Path) -> String {
    let commands = block.lines().filter_map(|line| line.strip_prefix("$ "));
    let said = commands.map(|command| {
        let bin = Path::new(IOC).parent().unwrap().display();
        let path = format!("{bin}:{}", std::env::var("PATH").unwrap_or_default());
        let output = Command::new("sh")
            .args(["-c", &format!("exec 2>&1\n{command}")])
            .current_dir(pack)
            .env("PATH", path)
            .output()
            .unwrap();
        format!("$ {command}\n{}", String::from_utf8(output.stdout).unwrap())
    });
    said.collect()
}

/// A text without its sizes in memory: they are the machine's, and change with every field. Lines may break elsewhere then.
fn without_sizes(text: &str) -> String {
    let is_unit = |word: &str| ["B", "kB", "MB"].contains(&word.trim_end_matches([';', '.', ',']));
    let words: Vec<&str> = text.split_whitespace().collect();
    if !words.iter().any(|word| is_unit(word)) {
        return text.to_owned();
    }
    let sizes = words.windows(2).map(|pair| is_unit(pair[1]));
    let sizes: Vec<bool> = sizes.chain([false]).collect();
    let kept = words.iter().zip(sizes);
    let kept = kept.filter(|(word, is_size)| !is_size && !is_unit(word));
    let kept: Vec<&str> = kept.map(|(word, _)| *word).collect();
    kept.join(" ")
}

#[test]
fn every_example_of_the_guide_does_what_the_guide_says() {
    let page = std::fs::read_to_string(root().join(PAGE)).unwrap();
    let desk = tempfile::tempdir().unwrap();
    // A folder of its own in the desk: what commands write may stand beside the pack.
    let pack = desk.path().join("pack");
    copy(&root().join("cities/thai-nguyen"), &pack);
    let (mut files, mut wrong) = (BTreeSet::new(), Vec::new());
    let (mut told, mut done) = (String::new(), 0);
    for block in blocks(&page) {
        let Block { mark, body, at } = block;
        told.push_str(&page[done..at.start]);
        done = at.end;
        let mut now = body.to_owned();
        match mark.map(|mark| mark.split_once(": ").unwrap_or((mark, ""))) {
            Some(("file", path)) => {
                std::fs::write(pack.join(path), body).unwrap();
                files.insert(path);
            }
            Some(("run", _)) => now = typed(body, &pack),
            Some(("not run", why)) if !why.is_empty() => {}
            _ => wrong.push(format!("nothing above this block says what it is:\n{body}")),
        }
        if without_sizes(&now) != without_sizes(body) {
            wrong.push(format!("the page says\n{body}and what comes is\n{now}"));
        }
        told.push_str(&now);
    }
    told.push_str(&page[done..]);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(root().join(PAGE), told).unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    whole(&pack, files.into_iter().filter(|file| is_yaml(file)));
}

fn is_yaml(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|end| end == "yaml")
}

/// All files of the page together are sound, hold their tests, and stand in their one form.
fn whole<'a>(pack: &Path, files: impl Iterator<Item = &'a str>) {
    let files: Vec<_> = files.collect();
    let rules: Vec<_> = files
        .iter()
        .filter(|file| !file.ends_with(".test.yaml"))
        .copied()
        .collect();
    let run = |words: &[&str], files: &[&str]| said(&ioc(pack, &[words, files].concat(), b""));
    let checked = run(&["rules", "check"], &files);
    assert!(
        checked.starts_with("exit 0\n") && !checked.contains("note:"),
        "{checked}"
    );
    let tested = run(&["rules", "test"], &files);
    assert!(tested.starts_with("exit 0\n"), "{tested}");
    assert!(
        tested.matches("\nok ").count() > 20,
        "the tests are there: {tested}"
    );
    let formatted = run(&["rules", "fmt", "--check"], &rules);
    assert!(formatted.starts_with("exit 0\n"), "{formatted}");
}

/// Words of the language that stand before a bracket, or after a point before one.
const WORDS: &str = ".avg( .min( .max( .sum( .count( .stddev( .quantile( .first( .last( .prev( .delta( .rate( .slope( \
    .increase( .changes( .distinct( .zscore( .ewma( .baseline( .age( .held( count( known_fraction( fraction( any( all( avg( \
    sum( min( max( quantile( distinct( last_known( silent( calendar( local_hour( sunrise( sunset( within( distance_m( unit( \
    now at asset. uplink. duration(";

#[test]
fn every_word_of_the_language_is_tried_in_an_example() {
    let page = std::fs::read_to_string(root().join(PAGE)).unwrap();
    let of_files = blocks(&page).into_iter();
    let of_files = of_files.filter(|block| block.mark.is_some_and(is_yaml));
    let examples: String = of_files.map(|block| block.body).collect();
    let schemas = [rules::schema(None, None), rules::test_schema(None, None)];
    let mut keys = BTreeSet::new();
    for schema in &schemas {
        keys_of(schema, &mut keys);
    }
    assert!(keys.len() > 50, "the schemas have keys: {keys:?}");
    let keys = keys.into_iter().map(|key| format!("{key}:"));
    let words = WORDS.split_whitespace().map(str::to_owned);
    let untried: Vec<_> = keys
        .chain(words)
        .filter(|word| !uses(&examples, word))
        .collect();
    assert_eq!(untried, Vec::<String>::new());
}

/// Whether a word stands there as a whole: `count(` is not in `x.count(`, `at` not in `that`.
fn uses(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        let begins = word.starts_with('.') || !before.is_some_and(part);
        let ends = !word.ends_with(char::is_alphanumeric) || !after.is_some_and(part);
        begins && ends
    })
}

/// The names of all properties of a schema, at whatever depth.
fn keys_of(schema: &serde_json::Value, keys: &mut BTreeSet<String>) {
    if let Some(properties) = schema["properties"].as_object() {
        keys.extend(
            properties
                .iter()
                .filter(|(_, says)| says["description"].is_string())
                .map(|(key, _)| key.clone()),
        );
    }
    let parts = schema
        .as_object()
        .into_iter()
        .flat_map(serde_json::Map::values);
    let items = schema.as_array().into_iter().flatten();
    for part in parts.chain(items) {
        keys_of(part, keys);
    }
}
