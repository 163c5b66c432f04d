//! The engine against the naive one of `oracles`, which recomputes everything from the full history.

use oracles::reference::{self, Day};
use proptest::prelude::*;

use crate::support;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(support::cases(150)) })]

    #[test]
    fn the_engine_tells_what_the_full_history_tells(day in reference::day()) {
        Day::check(&day);
    }
}
