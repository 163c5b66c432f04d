//! Random conditions.

use proptest::prelude::*;
use proptest::sample::select;

use crate::reference::Tick;
use crate::reference::basin::{Across, GroupCond};
use crate::reference::conditions::{Cond, Op};
use crate::reference::figures::{Method, Number, Whole};

fn op() -> impl Strategy<Value = Op> {
    select(vec![Op::Above, Op::AtLeast, Op::Below, Op::AtMost])
}

/// Shorter and longer than the fifteen minutes after which a gauge is stale.
pub(super) fn length() -> impl Strategy<Value = Tick> {
    select(vec![1, 3, 6, 18, 30, 60, 120])
}

pub(super) fn hold() -> impl Strategy<Value = Tick> {
    select(vec![0, 0, 1, 6, 12, 45, 120])
}

fn method() -> impl Strategy<Value = Method> {
    select(vec![
        Method::Avg,
        Method::Min,
        Method::Max,
        Method::Sum,
        Method::Stddev,
        Method::Median,
        Method::First,
        Method::Last,
        Method::Delta,
        Method::Rate,
        Method::Increase,
        Method::Slope,
        Method::Zscore,
        Method::Ewma,
    ])
}

/// A number with a bound it may lie on either side of; bounds of what is divided lie beside the grid of heights, for the
/// last digit of a quotient is nobody's promise.
fn bounded() -> impl Strategy<Value = (Number, f64)> {
    let height = (0_i32..12).prop_map(|n| 22.0 + f64::from(n) / 2.0);
    let plain = select(vec![
        Number::Height,
        Number::LastKnown,
        Number::Prev,
        Number::Uplink,
    ]);
    let over =
        (method(), length(), height.clone(), -4_i32..5).prop_map(|(method, length, height, n)| {
            let n = f64::from(n);
            let bound = match method {
                Method::Avg | Method::Median | Method::Ewma => height + 0.013,
                Method::Min | Method::Max | Method::First | Method::Last => height,
                Method::Sum => height * (n + 5.0) + 0.013,
                Method::Delta => n,
                Method::Increase => n.abs() * 8.0 + 0.013,
                Method::Stddev => n.abs() / 3.0 + 0.013,
                Method::Zscore => n / 3.0 + 0.013,
                Method::Rate | Method::Slope => n / 50.0 + 0.001_3,
            };
            (Number::Over(method, length), bound)
        });
    prop_oneof![2 => (plain, height), 3 => over]
}

fn simple() -> impl Strategy<Value = Cond> {
    let whole = select(vec![Whole::Count, Whole::Changes, Whole::Distinct]);
    prop_oneof![
        6 => (bounded(), op()).prop_map(|((number, bound), op)| Cond::Is(number, op, bound)),
        2 => (any::<bool>(), whole, length(), op(), 0_i64..5)
            .prop_map(|(of_gate, whole, length, op, n)| Cond::Many(of_gate, whole, length, op, n)),
        2 => (0_u16..3).prop_map(Cond::Gate),
        1 => (0_u16..3).prop_map(Cond::UplinkGate),
    ]
}

/// What may have to be held: whatever turns with a reading, with time or with silence.
fn held() -> impl Strategy<Value = Cond> {
    prop_oneof![
        8 => simple(),
        2 => length().prop_map(Cond::Silent),
        1 => Just(Cond::Shift),
        1 => simple().prop_map(|inner| Cond::And(Box::new([inner, Cond::Shift]))),
    ]
}

/// A condition of a member.
fn member() -> impl Strategy<Value = Cond> {
    prop_oneof![
        8 => simple(),
        1 => length().prop_map(Cond::Silent),
        1 => length().prop_map(Cond::NotHeard),
        1 => (simple(), length()).prop_map(|(inner, length)| Cond::Held(Box::new(inner), length)),
    ]
}

pub(super) fn cond() -> impl Strategy<Value = Cond> {
    let leaf = prop_oneof![
        12 => simple(),
        2 => length().prop_map(Cond::Silent),
        1 => length().prop_map(Cond::Aged),
        1 => length().prop_map(Cond::NotHeard),
        1 => Just(Cond::Shift),
        1 => (op(), 8_i64..11).prop_map(|(op, hour)| Cond::Hour(op, hour)),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            (held(), length()).prop_map(|(inner, length)| Cond::Held(Box::new(inner), length)),
            inner.prop_map(|inner| Cond::Not(Box::new(inner))),
            two.clone().prop_map(|(a, b)| Cond::And(Box::new([a, b]))),
            two.prop_map(|(a, b)| Cond::Or(Box::new([a, b]))),
        ]
    })
}

pub(super) fn group_cond() -> impl Strategy<Value = GroupCond> {
    let across = select(vec![
        Across::Avg,
        Across::Min,
        Across::Max,
        Across::Sum,
        Across::Median,
    ]);
    let height = (0_i32..12).prop_map(|n| 22.0 + f64::from(n) / 2.0);
    let leaf = prop_oneof![
        (member(), op(), 0_i64..3).prop_map(|(cond, op, n)| GroupCond::Count(cond, op, n)),
        (member(), op(), select(vec![0.0, 0.3, 0.5, 0.9]))
            .prop_map(|(cond, op, share)| GroupCond::Fraction(cond, op, share)),
        (across, op(), height).prop_map(|(across, op, height)| {
            let bound = if across == Across::Sum {
                height * 1.5
            } else {
                height
            };
            GroupCond::Across(across, Number::Height, op, bound + 0.013)
        }),
        member().prop_map(GroupCond::Any),
        member().prop_map(GroupCond::All),
        (op(), 0_i64..3).prop_map(|(op, n)| GroupCond::Positions(op, n)),
        (op(), 0_i64..3).prop_map(|(op, n)| GroupCond::Known(op, n)),
        (op(), select(vec![0.0, 0.5, 1.0]))
            .prop_map(|(op, share)| GroupCond::KnownShare(op, share)),
        Just(GroupCond::Shift),
        (op(), 8_i64..11).prop_map(|(op, hour)| GroupCond::Hour(op, hour)),
    ];
    leaf.prop_recursive(1, 3, 2, |inner| {
        let two = (inner.clone(), inner);
        prop_oneof![
            two.clone()
                .prop_map(|(a, b)| GroupCond::And(Box::new([a, b]))),
            two.prop_map(|(a, b)| GroupCond::Or(Box::new([a, b]))),
        ]
    })
}
