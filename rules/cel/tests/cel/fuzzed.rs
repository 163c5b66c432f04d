//! Expressions out of every construct and function there is, put together at random: none breaks the evaluator, and what
//! has a value has a literal that evaluates to it. For a long run: `PROPTEST_CASES=1000000 cargo test --release -p cel fuzzed`.

use std::collections::BTreeMap;

use proptest::prelude::*;

// A package that depends on `rules` is too much to build for these tests.
#[path = "../../../oracles/src/expressions/forms.rs"]
mod forms;

use forms::{ANY, expression};

/// The value's literal, read and evaluated.
fn read_back(value: &cel::Value) -> String {
    let literal = value.to_string();
    let read = cel::parse_up_to(&literal, literal.len()).unwrap();
    read.eval(&BTreeMap::new()).unwrap().to_string()
}

proptest! {
    #[test]
    fn any_expression_has_a_value_or_an_error(choices in prop::collection::vec(0_usize..4096, 0..80)) {
        let source = expression(&ANY, &mut choices.into_iter(), '?', 5);
        let bindings = BTreeMap::from([("x".to_owned(), cel::Value::Int(2))]);
        if let Ok(value) = cel::parse(&source).unwrap().eval(&bindings) {
            prop_assert_eq!(read_back(&value), value.to_string(), "{}", source);
        }
    }

    #[test]
    fn any_text_that_parses_has_a_value_or_an_error(source in r#"[a-cx0-9 .,:?!&|=<>+*/%()\[\]{}'"\\u-]{0,40}"#) {
        if let Ok(expr) = cel::parse(&source)
            && let Ok(value) = expr.eval(&BTreeMap::new())
        {
            prop_assert_eq!(read_back(&value), value.to_string(), "{}", source);
        }
    }
}

#[test]
fn most_of_what_is_put_together_has_a_value() {
    let bindings = BTreeMap::from([("x".to_owned(), cel::Value::Int(2))]);
    let valued = (0..2000_usize).filter(|seed| {
        let mut choices = (0..80).map(|place| (seed * 7919 + place * 104_729) % 4093);
        let source = expression(&ANY, &mut choices, '?', 5);
        cel::parse(&source).unwrap().eval(&bindings).is_ok()
    });
    // Were nearly all of them errors, the properties above would say little.
    let valued = valued.count();
    assert!(valued > 600, "{valued} of 2000");
}
