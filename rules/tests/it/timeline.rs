//! Rules picked and made up, edited while they run: what never changes, and what an alert's life always is.

use oracles::timeline::{self, Timeline};
use proptest::prelude::*;

use crate::support;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(support::cases(100)) })]

    #[test]
    fn any_rules_over_any_time_tell_one_story(line in timeline::timeline()) {
        Timeline::check(&line);
    }
}
