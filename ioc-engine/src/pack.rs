//! A city pack and its rules, read and compiled together, with every problem of both.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use city::{City, Loaded};
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
    /// The same as long as no file beside the rules changes.
    pub city_print: Arc<str>,
}

/// What came of reading a pack.
#[derive(Debug)]
pub struct Reading {
    /// The pack; none when any diagnostic is an error.
    pub pack: Option<Pack>,
    /// The city of a pack of which nothing but its rules is wrong, without what they derive.
    pub city: Option<Arc<City>>,
    /// Everything that is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that diagnostics point into.
    pub sources: Sources,
}

/// The rules of a pack with which nothing is wrong.
#[derive(Debug)]
pub struct SoundPart {
    /// The city, with what they derive.
    pub city: Arc<City>,
    /// They.
    pub plan: Arc<Plan>,
    /// The rule files that are wrong, and those that cannot do without them.
    pub left_out: Vec<SourceFile>,
}

impl Reading {
    /// What is right of the rules. None where something else of the pack is wrong.
    pub fn sound_part(&self) -> Option<SoundPart> {
        if let Some(Pack { city, plan, .. }) = &self.pack {
            let (city, plan) = (Arc::clone(city), Arc::clone(plan));
            let left_out = Vec::new();
            return Some(SoundPart {
                city,
                plan,
                left_out,
            });
        }
        let mut city = City::clone(self.city.as_ref()?);
        let mut left_out = Vec::new();
        loop {
            let (plan, problems) = rules::compile(&city.rules, 0, &city);
            if let Some(plan) = plan {
                return Some(SoundPart {
                    city: plan.complete(Arc::new(city)),
                    plan: Arc::new(plan),
                    left_out,
                });
            }
            let errors = problems.iter().filter(|problem| problem.is_error());
            let places = errors.filter_map(|problem| Some(problem.labels.first()?.file));
            let wrong: BTreeSet<usize> = places.collect();
            if wrong.is_empty() {
                return None;
            }
            // From the last, so that places before it stay what they are.
            for place in wrong.into_iter().rev() {
                left_out.push(city.rules.remove(place));
            }
        }
    }
}

/// Reads a pack. Rules are compiled against what could be read of the city, so that their problems are told with its own.
pub fn read(dir: &Path) -> Reading {
    read_with(dir, &[])
}

/// As [`read`], with rule files that stand outside the pack: each in place of the pack's files of its group.
pub fn read_with(dir: &Path, drafts: &[PathBuf]) -> Reading {
    let mut loaded = city::load(dir);
    if !drafts.is_empty() {
        stand_in(drafts, &mut loaded);
    }
    let mut diagnostics = std::mem::take(&mut loaded.diagnostics);
    let print = fingerprint(&loaded.sources, |_| true);
    let sound = !diagnostics.iter().any(Diagnostic::is_error);
    let city = loaded.city.take().or_else(|| loaded.draft.take());
    let mut alone = None;
    let pack = city.and_then(|city| {
        let first = place_of(&city.rules, &loaded.sources);
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
        let city = Arc::new(city);
        let Some(plan) = plan else {
            alone = Some(city).filter(|_| sound);
            return None;
        };
        Some(Pack {
            // Whoever shows or groups assets finds the derived ones among them.
            city: plan.complete(city),
            plan: Arc::new(plan),
            print,
            city_print,
        })
    });
    Reading {
        pack: pack.filter(|_| !diagnostics.iter().any(Diagnostic::is_error)),
        city: alone,
        diagnostics,
        sources: loaded.sources,
    }
}

/// Where the rule files stand in the sources, next to each other: the last such place, where drafts came in.
fn place_of(rules: &[SourceFile], sources: &Sources) -> usize {
    let many = rules.len();
    let place = sources
        .windows(many.max(1))
        .rposition(|these| these == rules);
    place.unwrap_or_default()
}

/// Puts rule files in the place of those of their groups, and tests beside the others.
fn stand_in(drafts: &[PathBuf], loaded: &mut Loaded) {
    let (mut tests, mut rules) = (Vec::new(), Vec::new());
    for path in drafts {
        let is_test = path.to_string_lossy().ends_with(".test.yaml");
        if let Some(draft) = read_draft(path, loaded) {
            if is_test { &mut tests } else { &mut rules }.push(draft);
        }
    }
    let groups: BTreeSet<_> = rules.iter().filter_map(group_of).collect();
    let replaced = |file: &SourceFile| group_of(file).is_some_and(|group| groups.contains(&group));
    for city in loaded.city.iter_mut().chain(&mut loaded.draft) {
        city.rule_tests.extend(tests.iter().cloned());
        city.rules.retain(|file| !replaced(file));
        city.rules.extend(rules.iter().cloned());
        // Rule files stand next to each other in the sources.
        loaded.sources.extend(city.rules.iter().cloned());
    }
}

fn read_draft(path: &Path, loaded: &mut Loaded) -> Option<SourceFile> {
    let read = std::fs::read_to_string(path);
    let file = |text: &str| SourceFile {
        path: path.display().to_string().into(),
        text: text.into(),
    };
    match read {
        Ok(text) => Some(file(&text)),
        Err(error) => {
            let place = loaded.sources.len();
            loaded.sources.push(file(""));
            let message = format!("cannot be read: {error}");
            let problem = Diagnostic::error("pack-unreadable", message, place, 0..0);
            loaded.diagnostics.push(problem);
            None
        }
    }
}

/// The group that a rule file declares.
pub(crate) fn group_of(file: &SourceFile) -> Option<String> {
    let root = city::yaml::parse(0, &file.text).ok()?;
    Some(root.get("group")?.as_str()?.to_owned())
}

/// Whether a problem lies where the words of rules come from: kinds, fields, calendars.
fn defines_words(problem: &Diagnostic, sources: &Sources) -> bool {
    let file = problem.labels.first().and_then(|l| sources.get(l.file));
    file.is_none_or(|file| file.path.contains("catalog/") || file.path.ends_with("calendars.yaml"))
}

fn fingerprint(sources: &Sources, counts: impl Fn(&SourceFile) -> bool) -> Arc<str> {
    let mut hash = Sha256::new();
    // A file that nothing reads has no text here: an editor's copy beside the rules makes no other pack.
    let read = sources.iter().filter(|source| !source.text.is_empty());
    for source in read.filter(|source| counts(source)) {
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
