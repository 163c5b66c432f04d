//! Any text as a rule file and as a file of tests: it is read or refused with places, and the formatter changes its form alone.

use std::sync::Arc;

use model::{Diagnostic, Lang, RuleName, SourceFile, Span, Stamped};
use rules::{Engine, Output, Plan};

use crate::pack::PACK;
use crate::timeline::{self, START};

/// Where the file stands among the caller's: places must name it and no other.
const FILE: usize = 7;

/// What a file says apart from its form: its problems by code, and what its rules come to.
type Meaning = (Vec<&'static str>, Vec<(RuleName, u64)>);

/// Reads the bytes as a rule file, formats it, and runs its rules where it has some; then reads them as a file of tests.
///
/// # Panics
/// Where something does not hold.
pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let plan = check_rules(&text);
    if let Some(plan) = plan {
        explained(&plan);
        run(Arc::new(plan));
    }
    check_tests(&text);
}

fn source(path: &str, text: &str) -> SourceFile {
    SourceFile {
        path: path.into(),
        text: text.into(),
    }
}

fn compile(text: &str) -> (Option<Plan>, Vec<Diagnostic>) {
    rules::compile(&[source("any.yaml", text)], FILE, &PACK.city)
}

fn check_rules(text: &str) -> Option<Plan> {
    let (plan, problems) = compile(text);
    places_are_in(text, &problems);
    let refused = problems.iter().any(Diagnostic::is_error);
    assert_eq!(plan.is_none(), refused, "{problems:?}");
    let before = meaning(plan.as_ref(), &problems);
    if let Some(formatted) = formatted("any.yaml", text, refused) {
        let (plan, problems) = compile(&formatted);
        let after = meaning(plan.as_ref(), &problems);
        assert_eq!(after, before, "formatted, it says\n{formatted}");
    }
    plan
}

fn check_tests(text: &str) {
    let file = source("any.test.yaml", text);
    let problems = rules::testing::check(&[file], FILE, &PACK.plan, &PACK.city);
    places_are_in(text, &problems);
    let refused = !problems.is_empty();
    if let Some(formatted) = formatted("any.test.yaml", text, refused) {
        let file = source("any.test.yaml", &formatted);
        let after = rules::testing::check(&[file], FILE, &PACK.plan, &PACK.city);
        assert_eq!(codes(&after), codes(&problems), "{formatted}");
    }
}

/// Every problem can be underlined: its places lie in the text, between characters.
fn places_are_in(text: &str, problems: &[Diagnostic]) {
    for problem in problems {
        assert!(!problem.labels.is_empty(), "no place: {problem:?}");
        assert!(!problem.message.is_empty(), "no words: {problem:?}");
        for label in &problem.labels {
            let found = text.get(label.span.clone());
            assert!(label.file == FILE && found.is_some(), "{problem:?}");
        }
    }
}

/// The file in its one form, in which it stays; none where it is left as it is, which only a refused one may be.
fn formatted(path: &str, text: &str, refused: bool) -> Option<String> {
    let once = match rules::format(FILE, &source(path, text)) {
        Ok(once) => once,
        Err(problems) => {
            places_are_in(text, &problems);
            assert!(refused, "{problems:?}");
            return None;
        }
    };
    let twice = rules::format(FILE, &source(path, &once));
    assert_eq!(twice.as_ref(), Ok(&once), "a second time");
    Some(once)
}

fn codes(problems: &[Diagnostic]) -> Vec<&'static str> {
    let mut codes: Vec<_> = problems.iter().map(|problem| problem.code).collect();
    codes.sort_unstable();
    codes
}

fn meaning(plan: Option<&Plan>, problems: &[Diagnostic]) -> Meaning {
    let prints = plan.into_iter().flat_map(Plan::prints);
    let prints = prints.map(|(name, print)| (name.clone(), print));
    (codes(problems), prints.collect())
}

/// Whatever compiles can be said in words.
fn explained(plan: &Plan) {
    for rule in plan.rules() {
        for lang in [Lang::En, Lang::Vi] {
            let told = rules::explain(plan, &PACK.city, &rule.name, lang);
            let told = told.expect("a rule of the plan");
            assert!(!told.parts.is_empty(), "{}", rule.name);
        }
    }
}

/// Whatever compiles runs, and goes on after a restart.
fn run(plan: Arc<Plan>) {
    let city = || Arc::clone(&PACK.city);
    let inputs: Vec<Stamped> = timeline::usual_day();
    let (before, after) = inputs.split_at(inputs.len() / 2);
    let mut out = Output::default();
    let mut engine = Engine::new(Arc::clone(&plan), city(), START);
    engine.apply(before, &mut out);
    let bytes = engine.checkpoint();
    let mut engine = Engine::restore(plan, city(), &bytes).expect("its own checkpoint");
    engine.apply(after, &mut out);
    engine.advance(timeline::end(&inputs) + Span::from_mins(1), &mut out);
    timeline::lives(&out.transitions);
}
