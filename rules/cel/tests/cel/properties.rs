//! Properties over generated expressions: evaluation agrees with a naive evaluator, and no text breaks the parser.

use std::collections::BTreeMap;

use cel::{Arithmetic, Compare};
use proptest::prelude::*;

use crate::host::{Gauge, Values};

/// A condition the naive evaluator understands.
#[derive(Clone, Debug)]
enum Cond {
    Ok,
    Online,
    Literal(bool),
    Compare(Compare, Num, Num),
    Not(Box<Cond>),
    All(Vec<Cond>),
    Any(Vec<Cond>),
    Choose(Box<[Cond; 3]>),
}

#[derive(Clone, Debug)]
enum Num {
    Height,
    Ratio,
    Literal(i8),
    Calc(Arithmetic, Box<[Num; 2]>),
    Choose(Box<Cond>, Box<[Num; 2]>),
}

/// The four slots the conditions read.
#[derive(Clone, Debug)]
struct Moment {
    ok: Option<bool>,
    online: Option<bool>,
    height: Option<i8>,
    ratio: Option<i8>,
}

impl Moment {
    /// What is known, as CEL values.
    fn bindings(&self) -> BTreeMap<String, cel::Value> {
        let double = |value: i8| cel::Value::Double(f64::from(value));
        let all = [
            ("ok", self.ok.map(cel::Value::Bool)),
            ("online", self.online.map(cel::Value::Bool)),
            ("height", self.height.map(double)),
            ("ratio", self.ratio.map(double)),
        ];
        all.into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect()
    }
}

impl Cond {
    fn source(&self) -> String {
        let join = |parts: &[Self], sign| {
            parts
                .iter()
                .map(Self::source)
                .collect::<Vec<_>>()
                .join(sign)
        };
        match self {
            Self::Ok => "ok".to_owned(),
            Self::Online => "online".to_owned(),
            Self::Literal(value) => value.to_string(),
            Self::Compare(op, a, b) => format!("({} {} {})", a.source(), op.as_str(), b.source()),
            Self::Not(inner) => format!("!{}", inner.source()),
            Self::All(parts) => format!("({})", join(parts, " && ")),
            Self::Any(parts) => format!("({})", join(parts, " || ")),
            Self::Choose(parts) => {
                let [asked, then, otherwise] = parts.each_ref().map(Self::source);
                format!("({asked} ? {then} : {otherwise})")
            }
        }
    }

    /// By the truth tables, part by part.
    fn naive(&self, moment: &Moment) -> Option<bool> {
        match self {
            Self::Ok => moment.ok,
            Self::Online => moment.online,
            Self::Literal(value) => Some(*value),
            Self::Compare(op, a, b) => {
                let (a, b) = (a.naive(moment)?, b.naive(moment)?);
                Some(match op {
                    Compare::Equal => a == b,
                    Compare::NotEqual => a != b,
                    Compare::Less => a < b,
                    Compare::LessOrEqual => a <= b,
                    Compare::Greater => a > b,
                    Compare::GreaterOrEqual => a >= b,
                })
            }
            Self::Not(inner) => inner.naive(moment).map(|value| !value),
            Self::All(parts) => table(parts, moment, false),
            Self::Any(parts) => table(parts, moment, true),
            Self::Choose(parts) => {
                let which = if parts[0].naive(moment)? { 1 } else { 2 };
                parts[which].naive(moment)
            }
        }
    }
}

/// Kleene's truth table over all parts at once.
fn table(parts: &[Cond], moment: &Moment, decisive: bool) -> Option<bool> {
    let found: Vec<_> = parts.iter().map(|part| part.naive(moment)).collect();
    if found.contains(&Some(decisive)) {
        return Some(decisive);
    }
    (!found.contains(&None)).then_some(!decisive)
}

impl Num {
    fn source(&self) -> String {
        match self {
            Self::Height => "height".to_owned(),
            Self::Ratio => "ratio".to_owned(),
            Self::Literal(value) => format!("{value}.0"),
            Self::Calc(op, parts) => format!(
                "({} {} {})",
                parts[0].source(),
                op.as_str(),
                parts[1].source()
            ),
            Self::Choose(asked, parts) => format!(
                "({} ? {} : {})",
                asked.source(),
                parts[0].source(),
                parts[1].source()
            ),
        }
    }

    fn naive(&self, moment: &Moment) -> Option<f64> {
        match self {
            Self::Height => moment.height.map(f64::from),
            Self::Ratio => moment.ratio.map(f64::from),
            Self::Literal(value) => Some(f64::from(*value)),
            Self::Calc(op, parts) => {
                let (a, b) = (parts[0].naive(moment)?, parts[1].naive(moment)?);
                let value = match op {
                    Arithmetic::Add => a + b,
                    Arithmetic::Subtract => a - b,
                    Arithmetic::Multiply => a * b,
                    Arithmetic::Divide | Arithmetic::Remainder => a / b,
                };
                value.is_finite().then_some(value)
            }
            Self::Choose(asked, parts) => parts[usize::from(!asked.naive(moment)?)].naive(moment),
        }
    }
}

fn comparison() -> impl Strategy<Value = Compare> {
    prop::sample::select(vec![
        Compare::Equal,
        Compare::NotEqual,
        Compare::Less,
        Compare::LessOrEqual,
        Compare::Greater,
        Compare::GreaterOrEqual,
    ])
}

fn arithmetic() -> impl Strategy<Value = Arithmetic> {
    prop::sample::select(vec![
        Arithmetic::Add,
        Arithmetic::Subtract,
        Arithmetic::Multiply,
        Arithmetic::Divide,
    ])
}

fn num(cond: impl Strategy<Value = Cond> + Clone + 'static) -> impl Strategy<Value = Num> + Clone {
    let leaf = prop_oneof![
        Just(Num::Height),
        Just(Num::Ratio),
        (-3_i8..4).prop_map(Num::Literal)
    ];
    leaf.prop_recursive(3, 8, 2, move |inner| {
        let two = (inner.clone(), inner).prop_map(|(a, b)| Box::new([a, b]));
        prop_oneof![
            (arithmetic(), two.clone()).prop_map(|(op, parts)| Num::Calc(op, parts)),
            (cond.clone(), two).prop_map(|(asked, parts)| Num::Choose(Box::new(asked), parts)),
        ]
    })
}

fn cond() -> impl Strategy<Value = Cond> {
    let leaf = prop_oneof![
        Just(Cond::Ok),
        Just(Cond::Online),
        any::<bool>().prop_map(Cond::Literal)
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let number = num(inner.clone());
        prop_oneof![
            (comparison(), number.clone(), number).prop_map(|(op, a, b)| Cond::Compare(op, a, b)),
            inner.clone().prop_map(|part| Cond::Not(Box::new(part))),
            prop::collection::vec(inner.clone(), 2..5).prop_map(Cond::All),
            prop::collection::vec(inner.clone(), 2..5).prop_map(Cond::Any),
            [inner.clone(), inner.clone(), inner].prop_map(|parts| Cond::Choose(Box::new(parts))),
        ]
    })
}

fn moment() -> impl Strategy<Value = Moment> {
    let number = || prop::option::of(-3_i8..4);
    (
        any::<Option<bool>>(),
        any::<Option<bool>>(),
        number(),
        number(),
    )
        .prop_map(|(ok, online, height, ratio)| Moment {
            ok,
            online,
            height,
            ratio,
        })
}

fn values(moment: &Moment) -> Values {
    let mut values = Values::default();
    let mut set = |name, value: Option<String>| {
        if let Some(value) = value {
            values.set(name, &value);
        }
    };
    set("ok", moment.ok.map(|value| value.to_string()));
    set("online", moment.online.map(|value| value.to_string()));
    set("height", moment.height.map(|value| value.to_string()));
    set("ratio", moment.ratio.map(|value| value.to_string()));
    values
}

/// Any value but NaN, which equals nothing.
fn literal() -> impl Strategy<Value = cel::Value> {
    use cel::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<u64>().prop_map(Value::Uint),
        any::<f64>()
            .prop_filter("a number", |n| !n.is_nan())
            .prop_map(Value::Double),
        any::<String>().prop_map(|text| Value::String(text.into())),
        any::<Vec<u8>>().prop_map(|bytes| Value::Bytes(bytes.into())),
        (-62_135_596_800_000_i64..253_402_300_800_000)
            .prop_filter_map("in range", |ms| cel::Timestamp::from_time(
                model::Time::from_millis(ms)
            ))
            .prop_map(Value::Timestamp),
        (-315_576_000_000_i64 + 1..315_576_000_000, 0..1_000_000_000).prop_map(|(secs, nanos)| {
            Value::Duration(jiff::SignedDuration::new(
                secs,
                nanos * secs.signum() as i32,
            ))
        }),
    ];
    let leaf = prop_oneof![
        9 => leaf,
        1 => any::<std::net::Ipv6Addr>().prop_map(|ip| Value::Ip(ip.to_canonical())),
        1 => (any::<std::net::Ipv4Addr>(), 0_u8..33).prop_map(|(ip, prefix)| {
            Value::Cidr(format!("{ip}/{prefix}").parse().unwrap())
        }),
        1 => Just(Value::Optional(None)),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let key = prop_oneof![
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            any::<u64>().prop_map(Value::Uint),
            any::<String>().prop_map(|text| Value::String(text.into())),
        ];
        let key = key.prop_filter_map("a key", |key| cel::MapKey::of(&key));
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(|items| Value::List(items.into())),
            inner
                .clone()
                .prop_map(|value| Value::Optional(Some(value.into()))),
            prop::collection::btree_map(key, inner, 0..6)
                .prop_map(|entries| Value::Map(entries.into())),
        ]
    })
}

proptest! {
    #[test]
    fn programs_agree_with_the_naive_evaluator(cond in cond(), moments in prop::collection::vec(moment(), 8)) {
        let source = cond.source();
        match cel::compile_bool(&source, &mut Gauge) {
            Ok(program) => for moment in moments {
                prop_assert_eq!(program.eval(&values(&moment)), cond.naive(&moment), "{} {:?}", source, moment);
            },
            // Constants are folded, so that a division by zero among them is told at once.
            Err(problems) => prop_assert!(problems.iter().all(|problem| problem.code == cel::codes::ALWAYS_FAILS)),
        }
    }

    #[test]
    fn what_a_program_knows_the_dynamic_evaluator_says_too(cond in cond(), moment in moment()) {
        let source = cond.source();
        let expr = cel::parse(&source).unwrap();
        if let Ok(program) = expr.compile_bool(&mut Gauge)
            && let Some(known) = program.eval(&values(&moment))
        {
            let value = expr.eval(&moment.bindings());
            prop_assert_eq!(value, Ok(cel::Value::Bool(known)), "{} {:?}", source, moment);
        }
    }

    #[test]
    fn a_canonical_literal_evaluates_to_its_value(value in literal()) {
        let source = value.to_string();
        let read = cel::parse(&source).unwrap().eval(&BTreeMap::new());
        prop_assert_eq!(read, Ok(value), "{}", source);
    }

    #[test]
    fn any_text_is_read_or_refused(source in r#"[a-c0-9 .,:?!&|=<>+*/%()\[\]{}'"`\\urbxeE≥ộ-]{0,60}"#) {
        if let Err(problems) = cel::compile_value(&source, &mut Gauge) {
            prop_assert!(!problems.is_empty());
            for problem in &problems {
                prop_assert!(source.get(problem.span.clone()).is_some(), "{:?}", problem);
            }
        }
    }

}

proptest! {
    // Each case is up to the longest text there may be: fewer of them say as much.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nesting_never_overflows_the_stack(
        opening in prop::sample::select(vec!["(", "[", "{1:", "!", "-", "f(", "a.f(", "a[", "1+", "1-(", "ok?1:", "ok?(", "a.", "ok&&", "ok||(", "1<", "1 in[", "not "]),
        second in prop::sample::select(vec!["", "(", "!", "1+", "-"]),
        times in 0_usize..8_000,
    ) {
        let source = format!("{opening}{second}").repeat(times);
        let problems = cel::compile_value(&source, &mut Gauge).unwrap_err();
        prop_assert!(!problems.is_empty());
    }
}

#[test]
fn what_is_allowed_is_allowed_to_the_limit() {
    let nested = format!(
        "{}ok{}",
        "(".repeat(cel::MAX_DEPTH - 1),
        ")".repeat(cel::MAX_DEPTH - 1)
    );
    assert_eq!(
        cel::compile_bool(&nested, &mut Gauge)
            .unwrap()
            .eval(&Values::new("ok=true")),
        Some(true)
    );
    let chain = vec!["ratio"; cel::MAX_DEPTH].join("+");
    assert_eq!(
        cel::compile_number(&chain, &mut Gauge)
            .unwrap()
            .eval(&Values::new("ratio=1")),
        Some(200.0)
    );
    let macros = (0..90).fold("1".to_owned(), |body, i| format!("[1].map(x{i}, {body})"));
    assert!(cel::parse(&macros).unwrap().eval(&BTreeMap::new()).is_ok());
    let long = vec!["ok"; 5_000].join("&&");
    assert_eq!(
        cel::compile_bool(&long, &mut Gauge)
            .unwrap()
            .eval(&Values::new("ok=true")),
        Some(true)
    );
}
