//! Outcomes of rule tests as `JUnit` XML, for CI.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use rules::testing::Outcome;

/// The document: a suite a file.
pub(super) fn document(outcomes: &[Outcome]) -> Result<String, String> {
    let mut report = Report::new("ioc rules test");
    for of_file in outcomes.chunk_by(|a, b| a.file == b.file) {
        let mut suite = TestSuite::new(of_file.first().map_or("", |outcome| &*outcome.file));
        suite.add_test_cases(of_file.iter().map(case));
        report.add_test_suite(suite);
    }
    report.to_string().map_err(|error| error.to_string())
}

fn case(outcome: &Outcome) -> TestCase {
    let status = match &outcome.failure {
        None => TestCaseStatus::success(),
        Some(failure) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message("other transitions came than were expected");
            status.set_description(failure.as_str());
            status
        }
    };
    let mut case = TestCase::new(outcome.name.as_str(), status);
    case.set_classname(&*outcome.file);
    case
}
