//! A city pack and its rules, read and compiled together, with every problem of both.

use std::path::Path;
use std::sync::Arc;

use city::City;
use model::{Diagnostic, SourceFile, Sources};
use rules::Plan;
use sha2::{Digest, Sha256};

/// What a pack says, ready to run.
#[derive(Debug, Clone)]
pub struct Pack {
    /// The city.
    pub city: Arc<City>,
    /// Its rules.
    pub plan: Arc<Plan>,
    /// The same as long as no file of the pack changes.
    pub print: Arc<str>,
    /// The same as long as no file beside the rules changes, and the rules derive the same kinds of the same assets.
    pub city_print: Arc<str>,
}

/// What came of reading a pack.
#[derive(Debug)]
pub struct Reading {
    /// The pack; none when any diagnostic is an error.
    pub pack: Option<Pack>,
    /// Everything that is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that diagnostics point into.
    pub sources: Sources,
}

/// Reads a pack. Rules are compiled against what could be read of the city, so that their problems are told with its own.
pub fn read(dir: &Path) -> Reading {
    let mut loaded = city::load(dir);
    let mut diagnostics = std::mem::take(&mut loaded.diagnostics);
    let print = fingerprint(&loaded.sources, |_| true);
    let city = loaded.city.take().or_else(|| loaded.draft.take());
    let pack = city.and_then(|city| {
        let first = city
            .rules
            .first()
            .and_then(|file| loaded.index_of(file))
            .unwrap_or_default();
        let is_rule = |file: &SourceFile| {
            [&city.rules, &city.rule_tests]
                .iter()
                .any(|l| l.contains(file))
        };
        let city_print = fingerprint(&loaded.sources, |file| !is_rule(file));
        let (plan, mut problems) = rules::compile(&city.rules, first, &city);
        if diagnostics
            .iter()
            .any(|d| d.is_error() && defines_words(d, &loaded.sources))
        {
            // What the pack failed to define is told where it fails, not wherever it is used.
            problems.retain(|problem| !problem.code.contains("unknown"));
        }
        diagnostics.extend(problems);
        let plan = plan?;
        let derived = plan.derived_print();
        Some(Pack {
            // Whoever shows or groups assets finds the derived ones among them.
            city: plan.complete(Arc::new(city)),
            plan: Arc::new(plan),
            print,
            city_print: format!("{city_print}{derived:016x}").into(),
        })
    });
    Reading {
        pack: pack.filter(|_| !diagnostics.iter().any(Diagnostic::is_error)),
        diagnostics,
        sources: loaded.sources,
    }
}

/// Whether a problem lies where the words of rules come from: kinds, fields, calendars.
fn defines_words(problem: &Diagnostic, sources: &Sources) -> bool {
    let file = problem.labels.first().and_then(|l| sources.get(l.file));
    file.is_none_or(|file| file.path.contains("catalog/") || file.path.ends_with("calendars.yaml"))
}

fn fingerprint(sources: &Sources, counts: impl Fn(&SourceFile) -> bool) -> Arc<str> {
    let mut hash = Sha256::new();
    for source in sources.iter().filter(|source| counts(source)) {
        // Lengths, so that no text can pass for the end of one and the beginning of another.
        for text in [&source.path, &source.text] {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        }
    }
    let digest: [u8; 32] = hash.finalize().into();
    let (half, _) = digest.split_at(16);
    let number = half
        .iter()
        .fold(0_u128, |n, byte| n << 8 | u128::from(*byte));
    format!("{number:032x}").into()
}
