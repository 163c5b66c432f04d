//! Every figure against its definition read aloud: everything ever measured, filtered by time.

use jiff::tz::TimeZone;
use model::{FieldId, Span, Time, Value};
use proptest::prelude::*;

use super::{Contents, KindWindows, Share, Statistic, WindowSpec};

const WEEK: i64 = 7 * 24 * 3_600_000;

fn share() -> Share {
    Share::new(0.9).expect("a share")
}

/// One window over one asset.
struct Window(KindWindows);

impl Window {
    fn add(&mut self, at: i64, value: f64) {
        let fields = [(FieldId(0), Value::F64(value))];
        self.0.take(0, Time::from_millis(at), &fields, Time::MIN);
    }

    fn statistic(&self, statistic: Statistic) -> Option<f64> {
        self.0.statistic(0, 0, statistic)
    }

    fn contents(&self) -> Option<Contents> {
        self.0.contents(0, 0)
    }

    fn take(&mut self, contents: Contents) {
        self.0.restore(0, &[(0, contents)], Time::MIN);
    }
}

fn window(statistic: Statistic, length: i64) -> Window {
    let spec = WindowSpec {
        field: FieldId(0),
        length: Span::from_millis(length),
        shape: statistic.shape(&TimeZone::fixed(jiff::tz::offset(7))),
    };
    Window(KindWindows::new([spec].into()))
}

/// The hour of the week's clock in a zone seven hours ahead.
fn hour(at: i64) -> i64 {
    (at + 7 * 3_600_000).div_euclid(3_600_000)
}

/// The samples in order of time, and where the window begins.
fn history(samples: &[(i64, f64)]) -> Vec<(i64, f64)> {
    let mut all = samples.to_vec();
    all.sort_by_key(|(at, _)| *at);
    all
}

pub(super) fn naive(samples: &[(i64, f64)], length: i64, statistic: Statistic) -> Option<f64> {
    let all = history(samples);
    let newest = all.last()?.0;
    match statistic {
        Statistic::Ewma => {
            let weight = |at: i64| (-((newest - at) as f64) / length as f64).exp2();
            let weights: f64 = all.iter().map(|(at, _)| weight(*at)).sum();
            Some(all.iter().map(|(at, v)| weight(*at) * v).sum::<f64>() / weights)
        }
        Statistic::Baseline => {
            let weeks = 1..=length / WEEK;
            let is_same = |at| {
                weeks
                    .clone()
                    .any(|week| hour(at) == hour(newest) - week * 168)
            };
            let same = all.iter().filter(|(at, _)| is_same(*at));
            let same: Vec<f64> = same.map(|(_, value)| *value).collect();
            (!same.is_empty()).then(|| same.iter().sum::<f64>() / same.len() as f64)
        }
        Statistic::Prev => all.len().checked_sub(2).map(|place| all[place].1),
        _ => {
            let inside = all.into_iter().filter(|(at, _)| *at > newest - length);
            of_window(&inside.collect::<Vec<_>>(), statistic)
        }
    }
}

fn of_window(inside: &[(i64, f64)], statistic: Statistic) -> Option<f64> {
    let values: Vec<f64> = inside.iter().map(|(_, value)| *value).collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let (first, last) = (*inside.first()?, *inside.last()?);
    let pairs = || values.windows(2).map(|pair| (pair[0], pair[1]));
    match statistic {
        Statistic::Avg => Some(mean),
        Statistic::Min => sorted.first().copied(),
        Statistic::Max => sorted.last().copied(),
        Statistic::Sum => Some(values.iter().sum()),
        Statistic::Count => Some(n),
        Statistic::Stddev => Some(deviation),
        Statistic::Zscore => (deviation > 1e-9).then(|| (last.1 - mean) / deviation),
        Statistic::Quantile(share) => {
            let place = share.get() * (n - 1.0);
            let (a, b) = (
                sorted[place.floor() as usize],
                sorted[place.ceil() as usize],
            );
            Some(a + (b - a) * place.fract())
        }
        Statistic::First => Some(first.1),
        Statistic::Last => Some(last.1),
        Statistic::Delta => Some(last.1 - first.1),
        Statistic::Rate => {
            let seconds = (last.0 - first.0) as f64 / 1_000.0;
            (seconds > 0.0).then(|| (last.1 - first.1) / seconds)
        }
        Statistic::Increase => Some(pairs().map(|(a, b)| if b >= a { b - a } else { b }).sum()),
        Statistic::Changes => Some(pairs().filter(|(a, b)| a.total_cmp(b).is_ne()).count() as f64),
        Statistic::Distinct => {
            sorted.dedup();
            Some(sorted.len() as f64)
        }
        Statistic::Slope => {
            let time = |at: i64| (at - first.0) as f64 / 1_000.0;
            let middle = inside.iter().map(|(at, _)| time(*at)).sum::<f64>() / n;
            let aside = |at: i64| time(at) - middle;
            let run: f64 = inside.iter().map(|(at, _)| aside(*at).powi(2)).sum();
            let rise: f64 = inside.iter().map(|(at, v)| aside(*at) * (v - mean)).sum();
            (run > 0.0).then(|| rise / run)
        }
        Statistic::Ewma | Statistic::Baseline | Statistic::Prev => None,
    }
}

pub(super) fn close(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-7 * (1.0 + a.abs()),
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// Halves, so that values come again; far apart, so that the last digits of the definition do not decide.
pub(super) fn value() -> impl Strategy<Value = f64> {
    (-40_i32..40).prop_map(|n| f64::from(n) / 2.0)
}

/// Compares after every sample, and once more after the window went through a checkpoint.
fn agree(
    samples: &[(i64, f64)],
    length: i64,
    stop: usize,
    statistic: Statistic,
) -> Result<(), TestCaseError> {
    let mut window = window(statistic, length);
    for (i, (at, value)) in samples.iter().enumerate() {
        window.add(*at, *value);
        if i == stop {
            let contents = window.contents().expect("it is not empty");
            let mut fresh = self::window(statistic, length);
            fresh.take(contents);
            prop_assert_eq!(
                window.statistic(statistic),
                fresh.statistic(statistic),
                "bit for bit"
            );
            window = fresh;
        }
        let (ours, expected) = (
            window.statistic(statistic),
            naive(&samples[..=i], length, statistic),
        );
        prop_assert!(
            close(ours, expected),
            "{:?}: {:?}, expected {:?} of {:?}",
            statistic,
            ours,
            expected,
            &samples[..=i]
        );
    }
    Ok(())
}

/// Compares every window after every reading, and once more after all went through a checkpoint.
fn agree_together(
    specs: &[WindowSpec],
    readings: &[(i64, Option<f64>, Option<f64>)],
    stop: usize,
    statistic: Statistic,
) -> Result<(), TestCaseError> {
    let mut windows = KindWindows::new(specs.into());
    let mut edge = i64::MIN;
    for (i, (at, first, second)) in readings.iter().enumerate() {
        edge = edge.max(*at);
        let values = [(0, first), (1, second)];
        let fields = values
            .into_iter()
            .filter_map(|(field, value)| Some((FieldId(field), Value::F64((*value)?))));
        let fields: Vec<_> = fields.collect();
        windows.take(0, Time::from_millis(*at), &fields, Time::from_millis(edge));
        if i == stop {
            let held = (0..specs.len()).filter_map(|spec| Some((spec, windows.contents(0, spec)?)));
            let held: Vec<_> = held.collect();
            windows = KindWindows::new(specs.into());
            windows.restore(0, &held, Time::from_millis(edge));
        }
        for (place, spec) in specs.iter().enumerate() {
            let of_field = readings[..=i].iter().filter_map(|(at, first, second)| {
                let value = if spec.field == FieldId(0) {
                    first
                } else {
                    second
                };
                Some((*at, (*value)?))
            });
            let inside = of_field.filter(|(at, _)| *at > edge - spec.length.millis());
            let inside = history(&inside.collect::<Vec<_>>());
            let expected = if inside.is_empty() {
                None
            } else {
                of_window(&inside, statistic)
            };
            let ours = windows.statistic(0, place, statistic);
            prop_assert!(
                close(ours, expected),
                "{:?} of {:?}: {:?}, expected {:?} of {:?}",
                statistic,
                spec,
                ours,
                expected,
                &readings[..=i]
            );
        }
    }
    Ok(())
}

#[test]
fn a_flood_pushes_out_the_oldest() {
    let mut window = window(Statistic::Min, i64::MAX);
    for at in 0..100_007 {
        window.add(at, at as f64);
    }
    assert_eq!(window.statistic(Statistic::Count), Some(100_000.0));
    assert_eq!(window.statistic(Statistic::Min), Some(7.0));
}

proptest! {
    #[test]
    fn a_window_agrees_with_its_definition(
        samples in prop::collection::vec((0_i64..60_000, value()), 1..60),
        length in 1_i64..40_000,
        stop in 0_usize..60,
    ) {
        for method in Statistic::METHODS {
            let statistic = Statistic::parse(method, share()).expect("a method");
            if statistic != Statistic::Baseline {
                agree(&samples, length, stop, statistic)?;
            }
        }
    }

    #[test]
    fn a_baseline_agrees_with_its_definition(
        samples in prop::collection::vec((0_i64..5 * 168, 0_i64..4, value()), 1..200),
        weeks in 1_i64..4,
        stop in 0_usize..200,
    ) {
        let samples: Vec<_> = samples.into_iter().map(|(hour, quarter, value)| (hour * 3_600_000 + quarter * 900_000, value)).collect();
        agree(&samples, weeks * WEEK, stop, Statistic::Baseline)?;
    }

    /// Two fields, looked back on for two lengths each; one reading may say something of either or of both.
    #[test]
    fn windows_that_share_samples_agree_with_their_definitions(
        readings in prop::collection::vec((0_i64..60_000, prop::option::of(value()), prop::option::of(value())), 1..60),
        lengths in (1_i64..40_000, 1_i64..40_000, 1_i64..40_000),
        same in any::<bool>(),
        stop in 0_usize..60,
    ) {
        // Of equal longest lengths the fields share a track.
        let b = if same { lengths.0.max(lengths.1) } else { lengths.2 };
        for method in Statistic::METHODS {
            let statistic = Statistic::parse(method, share()).expect("a method");
            if matches!(statistic, Statistic::Baseline | Statistic::Ewma | Statistic::Prev) {
                continue;
            }
            let wanted = [(0, lengths.0), (1, b), (0, lengths.1), (1, lengths.0.min(b - 1).max(1))];
            let mut specs: Vec<WindowSpec> = Vec::new();
            for (field, length) in wanted {
                let spec = WindowSpec { field: FieldId(field), length: Span::from_millis(length), shape: statistic.shape(&TimeZone::UTC) };
                if !specs.contains(&spec) {
                    specs.push(spec);
                }
            }
            agree_together(&specs, &readings, stop, statistic)?;
        }
    }

    #[test]
    fn what_fell_out_of_a_window_leaves_no_trace(
        before in prop::collection::vec((0_i64..1_000, -1e12..1e12_f64), 1..40),
        after in prop::collection::vec((10_000_i64..11_000, value()), 1..40),
    ) {
        for method in Statistic::METHODS {
            let statistic = Statistic::parse(method, share()).expect("a method");
            if matches!(statistic, Statistic::Ewma | Statistic::Baseline | Statistic::Prev) {
                continue;
            }
            let (mut used, mut fresh) = (window(statistic, 5_000), window(statistic, 5_000));
            for (at, value) in &before {
                used.add(*at, *value);
            }
            for (at, value) in &after {
                used.add(*at, *value);
                fresh.add(*at, *value);
                prop_assert_eq!(used.statistic(statistic), fresh.statistic(statistic), "{:?}", statistic);
            }
        }
    }
}
