//! How units of one dimension relate: a metre is a hundred centimetres, a bar a hundred thousand pascals.
//!
//! Reads the codes of UCUM (ucum.org) that a catalog may use, with its prefixes, and `/s` after any of them. Units with a
//! zero of their own (degrees Celsius) and logarithmic ones (decibels) relate to nothing but themselves: a difference of
//! temperatures would mean something else than a temperature.

/// Exponents of metre, second, gram, kelvin, ampere, bit, radian and lux.
type Dimension = [i8; 8];

const NONE: Dimension = [0; 8];
const LENGTH: Dimension = [1, 0, 0, 0, 0, 0, 0, 0];
const TIME: Dimension = [0, 1, 0, 0, 0, 0, 0, 0];
const MASS: Dimension = [0, 0, 1, 0, 0, 0, 0, 0];
const PRESSURE: Dimension = [-1, -2, 1, 0, 0, 0, 0, 0];
const POWER: Dimension = [2, -3, 1, 0, 0, 0, 0, 0];
const VOLTAGE: Dimension = [2, -3, 1, 0, -1, 0, 0, 0];
const CURRENT: Dimension = [0, 0, 0, 0, 1, 0, 0, 0];
const DATA: Dimension = [0, 0, 0, 0, 0, 1, 0, 0];

/// What a unit is worth in the basic ones. A fraction, so that centimetres become metres without an error in the last digit.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Scale {
    over: f64,
    under: f64,
    dimension: Dimension,
}

/// Code, worth over and under, dimension.
const ATOMS: [(&str, f64, f64, Dimension); 34] = [
    ("1", 1.0, 1.0, NONE),
    ("%", 1.0, 100.0, NONE),
    ("[ppth]", 1.0, 1e3, NONE),
    ("[ppm]", 1.0, 1e6, NONE),
    ("[ppb]", 1.0, 1e9, NONE),
    ("m", 1.0, 1.0, LENGTH),
    ("L", 1.0, 1e3, [3, 0, 0, 0, 0, 0, 0, 0]),
    ("s", 1.0, 1.0, TIME),
    ("min", 60.0, 1.0, TIME),
    ("h", 3_600.0, 1.0, TIME),
    ("d", 86_400.0, 1.0, TIME),
    ("wk", 604_800.0, 1.0, TIME),
    ("mo", 2_629_800.0, 1.0, TIME),
    ("a", 31_557_600.0, 1.0, TIME),
    ("Hz", 1.0, 1.0, [0, -1, 0, 0, 0, 0, 0, 0]),
    ("g", 1.0, 1.0, MASS),
    ("t", 1e6, 1.0, MASS),
    ("Pa", 1e3, 1.0, PRESSURE),
    ("bar", 1e8, 1.0, PRESSURE),
    ("K", 1.0, 1.0, [0, 0, 0, 1, 0, 0, 0, 0]),
    ("A", 1.0, 1.0, CURRENT),
    ("Ah", 3_600.0, 1.0, [0, 1, 0, 0, 1, 0, 0, 0]),
    ("V", 1e3, 1.0, VOLTAGE),
    ("W", 1e3, 1.0, POWER),
    ("VA", 1e3, 1.0, POWER),
    ("J", 1e3, 1.0, [2, -2, 1, 0, 0, 0, 0, 0]),
    ("Ohm", 1e3, 1.0, [2, -3, 1, 0, -2, 0, 0, 0]),
    ("S", 1.0, 1e3, [-2, 3, -1, 0, 2, 0, 0, 0]),
    ("bit", 1.0, 1.0, DATA),
    ("By", 8.0, 1.0, DATA),
    ("Bd", 1.0, 1.0, [0, -1, 0, 0, 0, 0, 0, 0]),
    ("rad", 1.0, 1.0, [0, 0, 0, 0, 0, 0, 1, 0]),
    ("deg", std::f64::consts::PI, 180.0, [0, 0, 0, 0, 0, 0, 1, 0]),
    ("lx", 1.0, 1.0, [0, 0, 0, 0, 0, 0, 0, 1]),
];

/// Prefix, worth over and under.
const PREFIXES: [(&str, f64, f64); 10] = [
    ("n", 1.0, 1e9),
    ("u", 1.0, 1e6),
    ("m", 1.0, 1e3),
    ("c", 1.0, 100.0),
    ("d", 1.0, 10.0),
    ("h", 100.0, 1.0),
    ("k", 1e3, 1.0),
    ("M", 1e6, 1.0),
    ("G", 1e9, 1.0),
    ("T", 1e12, 1.0),
];

/// What people call some dimensions.
const NAMES: [(&str, Dimension); 17] = [
    ("a share", NONE),
    ("a length", LENGTH),
    ("an area", [2, 0, 0, 0, 0, 0, 0, 0]),
    ("a volume", [3, 0, 0, 0, 0, 0, 0, 0]),
    ("a time", TIME),
    ("a frequency", [0, -1, 0, 0, 0, 0, 0, 0]),
    ("a speed", [1, -1, 0, 0, 0, 0, 0, 0]),
    ("a flow", [3, -1, 0, 0, 0, 0, 0, 0]),
    ("a mass", MASS),
    ("a concentration", [-3, 0, 1, 0, 0, 0, 0, 0]),
    ("a pressure", PRESSURE),
    ("a power", POWER),
    ("an energy", [2, -2, 1, 0, 0, 0, 0, 0]),
    ("a voltage", VOLTAGE),
    ("a current", CURRENT),
    ("an amount of data", DATA),
    ("a data rate", [0, -1, 0, 0, 0, 1, 0, 0]),
];

/// What a number in the first unit has to be multiplied with and divided by to be in the second; none where they are of
/// different dimensions, or relate to nothing.
pub(crate) fn between(from: &str, to: &str) -> Option<(f64, f64)> {
    let (from, to) = (scale(from)?, scale(to)?);
    let factor = (from.over * to.under, from.under * to.over);
    (from.dimension == to.dimension).then_some(factor)
}

/// What a unit measures: `a length`.
pub(crate) fn name(unit: &str) -> Option<&'static str> {
    let dimension = scale(unit)?.dimension;
    let named = NAMES.iter().find(|(_, known)| *known == dimension);
    named.map(|(name, _)| *name)
}

/// Whether a code can be read.
pub(crate) fn is_read(unit: &str) -> bool {
    scale(unit).is_some()
}

fn scale(unit: &str) -> Option<Scale> {
    let mut whole = Scale {
        over: 1.0,
        under: 1.0,
        dimension: NONE,
    };
    let (mut rest, mut divides) = (unit, false);
    loop {
        let end = rest.find(['/', '.']).unwrap_or(rest.len());
        let (term, tail) = rest.split_at(end);
        // Only the first term may be missing: `/s`.
        if !(term.is_empty() && !tail.is_empty() && rest.len() == unit.len()) {
            whole = whole.joined(term_scale(term)?, divides)?;
        }
        let Some(sign) = tail.chars().next() else {
            return Some(whole);
        };
        divides = sign == '/';
        rest = &tail[1..];
    }
}

impl Scale {
    fn joined(self, term: Self, divides: bool) -> Option<Self> {
        let (over, under, sign) = if divides {
            (term.under, term.over, -1)
        } else {
            (term.over, term.under, 1)
        };
        let mut dimension = self.dimension;
        for (mine, theirs) in dimension.iter_mut().zip(term.dimension) {
            *mine = mine.checked_add(theirs.checked_mul(sign)?)?;
        }
        Some(Self {
            over: self.over * over,
            under: self.under * under,
            dimension,
        })
    }
}

/// `m`, `cm`, `m3`, `min{vehicle}`
fn term_scale(term: &str) -> Option<Scale> {
    let bare = term.split('{').next().unwrap_or_default();
    if bare.is_empty() {
        // An annotation alone counts things: `{person}`.
        return term.starts_with('{').then_some(Scale {
            over: 1.0,
            under: 1.0,
            dimension: NONE,
        });
    }
    if let Some(atom) = prefixed(bare) {
        return Some(atom);
    }
    let digit = bare.find(|c: char| c.is_ascii_digit())?;
    let (atom, power) = bare.split_at(digit);
    let (atom, power) = (prefixed(atom)?, power.parse::<i8>().ok()?);
    let mut scale = atom;
    for _ in 1..power {
        scale = scale.joined(atom, false)?;
    }
    (power > 0).then_some(scale)
}

/// An atom as it is, or after a prefix; `min` is no milli-inch.
fn prefixed(code: &str) -> Option<Scale> {
    let atom = |code: &str| ATOMS.iter().find(|(known, ..)| *known == code);
    let scaled = |(_, over, under, dimension): &(&str, f64, f64, Dimension), times, parts| Scale {
        over: over * times,
        under: under * parts,
        dimension: *dimension,
    };
    if let Some(found) = atom(code) {
        return Some(scaled(found, 1.0, 1.0));
    }
    PREFIXES.iter().find_map(|(prefix, over, under)| {
        let found = atom(code.strip_prefix(prefix)?)?;
        Some(scaled(found, *over, *under))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_one_dimension_convert() {
        let convert = |value: f64, from, to| {
            let (over, under) = between(from, to).expect("one dimension");
            value * over / under
        };
        for (value, from, to, expected) in [
            (2_700.0, "cm", "m", 27.0),
            (1.5, "bar", "hPa", 1_500.0),
            (36.0, "km/h", "m/s", 10.0),
            (50.0, "mm/h", "m/s", 50.0 / 3.6e6),
            (3.6, "m3/h", "L/s", 1.0),
            (1.0, "kW.h", "J", 3.6e6),
            (0.25, "mg/m3", "ug/m3", 250.0),
            (1.0, "mg/L", "g/m3", 1.0),
            (8.0, "Mbit/s", "MBy/s", 1.0),
            (15.0, "min", "s", 900.0),
            (30.0, "%", "1", 0.3),
            (1.0, "m/h/s", "m/s/h", 1.0),
            (120.0, "/min{vehicle}", "Hz", 2.0),
            (1.0, "km2", "m2", 1e6),
            (180.0, "deg", "rad", std::f64::consts::PI),
        ] {
            let found = convert(value, from, to);
            assert!(
                (found - expected).abs() <= expected * 1e-12,
                "{value} {from}: {found} {to}"
            );
        }
    }

    #[test]
    fn what_has_no_common_measure_does_not_convert() {
        for (a, b) in [
            ("m", "bar"),
            ("m", "s"),
            ("Cel", "K"),
            ("dB[mW]", "W"),
            ("dB", "1"),
            ("m/s", "m"),
            ("xyz", "m"),
            ("m//s", "m/s"),
            ("", "1"),
        ] {
            assert_eq!(between(a, b), None, "{a} {b}");
        }
        assert_eq!(
            (name("hPa"), name("cm"), name("Cel")),
            (Some("a pressure"), Some("a length"), None)
        );
    }
}
