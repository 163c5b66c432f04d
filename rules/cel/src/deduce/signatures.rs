//! What every operator and function takes and gives, in the notation of cel-spec's list of definitions.
//! Owns the list. What the functions do is `functions`' business; a test holds the two against each other.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::types::Signature;

/// The overloads of a function, by its name. Operators are named by their form: `_+_`.
pub(super) fn of(name: &str) -> Option<&'static [Signature]> {
    static KNOWN: LazyLock<BTreeMap<&'static str, Vec<Signature>>> = LazyLock::new(|| {
        let mut known = BTreeMap::<_, Vec<_>>::new();
        for (name, signature) in lines() {
            known
                .entry(name)
                .or_default()
                .extend(Signature::read(signature));
        }
        known
    });
    KNOWN.get(name).map(Vec::as_slice)
}

fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = LISTS.iter().flat_map(|list| list.lines());
    lines.filter_map(|line| line.trim().split_once(' '))
}

static LISTS: [&str; 7] = [
    OPERATORS,
    STANDARD,
    TIMES,
    STRINGS,
    NUMBERS,
    COLLECTIONS,
    NETWORKS,
];

const OPERATORS: &str = "
    !_ (bool) -> bool
    -_ (int) -> int
    -_ (double) -> double
    _+_ (int, int) -> int
    _+_ (uint, uint) -> uint
    _+_ (double, double) -> double
    _+_ (string, string) -> string
    _+_ (bytes, bytes) -> bytes
    _+_ (list(A), list(A)) -> list(A)
    _+_ (Timestamp, Duration) -> Timestamp
    _+_ (Duration, Timestamp) -> Timestamp
    _+_ (Duration, Duration) -> Duration
    _-_ (int, int) -> int
    _-_ (uint, uint) -> uint
    _-_ (double, double) -> double
    _-_ (Timestamp, Timestamp) -> Duration
    _-_ (Timestamp, Duration) -> Timestamp
    _-_ (Duration, Duration) -> Duration
    _*_ (int, int) -> int
    _*_ (uint, uint) -> uint
    _*_ (double, double) -> double
    _/_ (int, int) -> int
    _/_ (uint, uint) -> uint
    _/_ (double, double) -> double
    _%_ (int, int) -> int
    _%_ (uint, uint) -> uint
    _==_ (A, A) -> bool
    _<_ (bool, bool) -> bool
    _<_ (int, int) -> bool
    _<_ (int, uint) -> bool
    _<_ (int, double) -> bool
    _<_ (uint, uint) -> bool
    _<_ (uint, int) -> bool
    _<_ (uint, double) -> bool
    _<_ (double, double) -> bool
    _<_ (double, int) -> bool
    _<_ (double, uint) -> bool
    _<_ (string, string) -> bool
    _<_ (bytes, bytes) -> bool
    _<_ (Timestamp, Timestamp) -> bool
    _<_ (Duration, Duration) -> bool
    _in_ (A, list(A)) -> bool
    _in_ (A, map(A, B)) -> bool
    _?_:_ (bool, A, A) -> A
    _[_] (list(A), int) -> A
    _[_] (map(A, B), A) -> B
    _[_] (optional_type(list(A)), int) -> optional_type(A)
    _[_] (optional_type(map(A, B)), A) -> optional_type(B)
    _[?_] (list(A), int) -> optional_type(A)
    _[?_] (map(A, B), A) -> optional_type(B)
    _[?_] (optional_type(list(A)), int) -> optional_type(A)
    _[?_] (optional_type(map(A, B)), A) -> optional_type(B)
";

const STANDARD: &str = "
    bool (bool) -> bool
    bool (string) -> bool
    int (int) -> int
    int (uint) -> int
    int (double) -> int
    int (string) -> int
    int (Timestamp) -> int
    uint (uint) -> uint
    uint (int) -> uint
    uint (double) -> uint
    uint (string) -> uint
    double (double) -> double
    double (int) -> double
    double (uint) -> double
    double (string) -> double
    string (string) -> string
    string (bool) -> string
    string (int) -> string
    string (uint) -> string
    string (double) -> string
    string (bytes) -> string
    string (Timestamp) -> string
    string (Duration) -> string
    bytes (bytes) -> bytes
    bytes (string) -> bytes
    timestamp (Timestamp) -> Timestamp
    timestamp (string) -> Timestamp
    timestamp (int) -> Timestamp
    duration (Duration) -> Duration
    duration (string) -> Duration
    type (A) -> type(A)
    dyn (A) -> dyn
    size (string) -> int
    size (bytes) -> int
    size (list(A)) -> int
    size (map(A, B)) -> int
    size string.() -> int
    size bytes.() -> int
    size list(A).() -> int
    size map(A, B).() -> int
    matches (string, string) -> bool
    matches string.(string) -> bool
    optional.of (A) -> optional_type(A)
    optional.none () -> optional_type(A)
    optional.ofNonZeroValue (A) -> optional_type(A)
    optional.unwrap (list(optional_type(A))) -> list(A)
    unwrapOpt list(optional_type(A)).() -> list(A)
    hasValue optional_type(A).() -> bool
    value optional_type(A).() -> A
    or optional_type(A).(optional_type(A)) -> optional_type(A)
    orValue optional_type(A).(A) -> A
    base64.encode (bytes) -> string
    base64.decode (string) -> bytes
    regex.extract (string, string) -> optional_type(string)
    regex.extractAll (string, string) -> list(string)
    regex.replace (string, string, string) -> string
    regex.replace (string, string, string, int) -> string
";

const TIMES: &str = "
    getFullYear Timestamp.() -> int
    getFullYear Timestamp.(string) -> int
    getMonth Timestamp.() -> int
    getMonth Timestamp.(string) -> int
    getDayOfYear Timestamp.() -> int
    getDayOfYear Timestamp.(string) -> int
    getDayOfMonth Timestamp.() -> int
    getDayOfMonth Timestamp.(string) -> int
    getDate Timestamp.() -> int
    getDate Timestamp.(string) -> int
    getDayOfWeek Timestamp.() -> int
    getDayOfWeek Timestamp.(string) -> int
    getHours Timestamp.() -> int
    getHours Timestamp.(string) -> int
    getHours Duration.() -> int
    getMinutes Timestamp.() -> int
    getMinutes Timestamp.(string) -> int
    getMinutes Duration.() -> int
    getSeconds Timestamp.() -> int
    getSeconds Timestamp.(string) -> int
    getSeconds Duration.() -> int
    getMilliseconds Timestamp.() -> int
    getMilliseconds Timestamp.(string) -> int
    getMilliseconds Duration.() -> int
";

const STRINGS: &str = "
    startsWith string.(string) -> bool
    endsWith string.(string) -> bool
    contains string.(string) -> bool
    lowerAscii string.() -> string
    upperAscii string.() -> string
    trim string.() -> string
    reverse string.() -> string
    charAt string.(int) -> string
    substring string.(int) -> string
    substring string.(int, int) -> string
    indexOf string.(string) -> int
    indexOf string.(string, int) -> int
    lastIndexOf string.(string) -> int
    lastIndexOf string.(string, int) -> int
    replace string.(string, string) -> string
    replace string.(string, string, int) -> string
    split string.(string) -> list(string)
    split string.(string, int) -> list(string)
    format string.(list(dyn)) -> string
    join list(string).() -> string
    join list(string).(string) -> string
    strings.quote (string) -> string
";

const NUMBERS: &str = "
    math.abs (int) -> int
    math.abs (uint) -> uint
    math.abs (double) -> double
    math.sign (int) -> int
    math.sign (uint) -> uint
    math.sign (double) -> double
    math.sqrt (int) -> double
    math.sqrt (uint) -> double
    math.sqrt (double) -> double
    math.ceil (double) -> double
    math.floor (double) -> double
    math.round (double) -> double
    math.trunc (double) -> double
    math.isNaN (double) -> bool
    math.isInf (double) -> bool
    math.isFinite (double) -> bool
    math.bitAnd (int, int) -> int
    math.bitAnd (uint, uint) -> uint
    math.bitOr (int, int) -> int
    math.bitOr (uint, uint) -> uint
    math.bitXor (int, int) -> int
    math.bitXor (uint, uint) -> uint
    math.bitNot (int) -> int
    math.bitNot (uint) -> uint
    math.bitShiftLeft (int, int) -> int
    math.bitShiftLeft (uint, int) -> uint
    math.bitShiftRight (int, int) -> int
    math.bitShiftRight (uint, int) -> uint
";

const COLLECTIONS: &str = "
    lists.range (int) -> list(int)
    slice list(A).(int, int) -> list(A)
    flatten list(A).() -> list(dyn)
    flatten list(A).(int) -> list(dyn)
    sort list(A).() -> list(A)
    distinct list(A).() -> list(A)
    reverse list(A).() -> list(A)
    first list(A).() -> optional_type(A)
    last list(A).() -> optional_type(A)
    sets.contains (list(A), list(A)) -> bool
    sets.equivalent (list(A), list(A)) -> bool
    sets.intersects (list(A), list(A)) -> bool
";

const NETWORKS: &str = "
    ip (string) -> net.IP
    ip (net.IP) -> net.IP
    ip net.CIDR.() -> net.IP
    ip.isCanonical (string) -> bool
    isIP (string) -> bool
    cidr (string) -> net.CIDR
    cidr (net.CIDR) -> net.CIDR
    isCIDR (string) -> bool
    string (net.IP) -> string
    string (net.CIDR) -> string
    family net.IP.() -> int
    isUnspecified net.IP.() -> bool
    isLoopback net.IP.() -> bool
    isLinkLocalUnicast net.IP.() -> bool
    isLinkLocalMulticast net.IP.() -> bool
    isGlobalUnicast net.IP.() -> bool
    containsIP net.CIDR.(net.IP) -> bool
    containsIP net.CIDR.(string) -> bool
    containsCIDR net.CIDR.(net.CIDR) -> bool
    containsCIDR net.CIDR.(string) -> bool
    masked net.CIDR.() -> net.CIDR
    prefixLength net.CIDR.() -> int
";

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::deduce::StaticType;
    use crate::{Fault, Value};

    /// Some value of a type; a letter is a string.
    fn some(ty: &StaticType) -> Value {
        let literal = |text: &str| crate::parse(text).unwrap().eval(&BTreeMap::new()).unwrap();
        let StaticType::Of(name, parameters) = ty else {
            return literal("'a'");
        };
        let inner: Vec<_> = parameters.iter().map(|ty| some(ty).to_string()).collect();
        literal(&match (&**name, inner.as_slice()) {
            ("bool", []) => "true".to_owned(),
            ("int", []) => "0".to_owned(),
            ("uint", []) => "2u".to_owned(),
            ("double", []) => "2.5".to_owned(),
            ("string", []) => "'a'".to_owned(),
            ("bytes", []) => "b'a'".to_owned(),
            ("google.protobuf.Timestamp", []) => "timestamp(0)".to_owned(),
            ("google.protobuf.Duration", []) => "duration('1h')".to_owned(),
            ("net.IP", []) => "ip('10.0.0.1')".to_owned(),
            ("net.CIDR", []) => "cidr('10.0.0.0/8')".to_owned(),
            ("list", [item]) => format!("[{item}]"),
            ("map", [key, value]) => format!("{{{key}: {value}}}"),
            ("optional_type", [value]) => format!("optional.of({value})"),
            other => panic!("no value of {other:?}"),
        })
    }

    /// How a function is called with x0, x1 …
    fn call(name: &str, method: bool, arguments: usize) -> String {
        let names: Vec<_> = (0..arguments).map(|n| format!(" x{n} ")).collect();
        match (name.contains('_'), method) {
            (true, _) => {
                let between = name
                    .split('_')
                    .zip(names.iter().map(String::as_str).chain([""]));
                let between: Vec<_> = between.flat_map(|(sign, name)| [sign, name]).collect();
                between.concat().trim().to_owned()
            }
            (false, true) => format!("x0.{name}({})", names[1..].join(",")),
            (false, false) => format!("{name}({})", names.join(",")),
        }
    }

    #[test]
    fn every_overload_is_there_and_gives_what_is_written() {
        for (name, written) in lines() {
            let signature = Signature::read(written).unwrap();
            let source = call(name, signature.method, signature.arguments.len());
            let values = signature.arguments.iter().map(some);
            let names = (0..).map(|n| format!("x{n}"));
            let bindings: BTreeMap<_, _> = names.zip(values).collect();
            let types = bindings
                .iter()
                .map(|(name, value)| (name.clone(), StaticType::of_value(value)));
            let expr = crate::parse(&source).unwrap();
            let deduced = expr.deduce("", &types.collect());
            let deduced = deduced.unwrap_or_else(|problems| panic!("{source}: {problems:?}"));
            match expr.eval(&bindings) {
                Ok(value) => {
                    if let StaticType::Of(of, _) = &deduced {
                        assert_eq!(&**of, value.type_name(), "{source} {written}");
                    }
                }
                Err(error) => assert!(
                    !matches!(error.fault, Fault::NoOverload(_) | Fault::Unknown(_)),
                    "{source} {written}: {error}"
                ),
            }
        }
    }

    #[test]
    fn every_line_is_a_signature() {
        for (name, signature) in lines() {
            assert!(Signature::read(signature).is_some(), "{name} {signature}");
        }
        let written = LISTS.iter().flat_map(|list| list.lines());
        let written = written.filter(|line| !line.trim().is_empty());
        assert_eq!(lines().count(), written.count());
    }
}
