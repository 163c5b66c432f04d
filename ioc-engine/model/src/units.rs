//! The unit codes a catalog and a rule may use: UCUM, case-sensitive.
//!
//! A list and not a grammar: a misspelt unit in a catalog is far likelier than one nobody has used yet, and the list is
//! what lets a problem name the nearest right one.

use crate::nearest;

/// Codes of UCUM (ucum.org) that city sensors report in. `dB[mW]` is ours: UCUM has levels of W and kW, radio has dBm.
const CODES: &[&str] = &[
    "1", "%", "[ppth]", "[ppm]", "[ppb]", "[pH]", // ratios
    "m", "mm", "cm", "km", "um", "m2", "km2", "m3", "L", "mL", // space
    "s", "ms", "us", "min", "h", "d", "a", "wk", "mo", // time
    "m/s", "km/h", "m/h", "mm/h", "mm/d", "m3/s", "m3/h", "L/s", "L/min", // rates
    "/s", "/min", "/h", "/d", "Hz", "kHz", "MHz", "GHz", // frequencies
    "g", "kg", "mg", "t", "ug/m3", "mg/m3", "g/m3", "mg/L", "ug/L", "[NTU]",
    "uS/cm", // amounts in air and water
    "Cel", "K", "Pa", "hPa", "kPa", "bar", "mbar", "lx", "W/m2", // weather
    "V", "mV", "kV", "A", "mA", "W", "kW", "MW", "VA", "kVA", "W.h", "kW.h", "MW.h", "Ohm",
    "Ah", // electricity
    "dB", "dB[SPL]", "dB[W]", "dB[mW]", // levels
    "bit", "bit/s", "kbit/s", "Mbit/s", "Gbit/s", "By", "kBy", "MBy", "GBy", "By/s",
    "MBy/s", // data
    "deg", "rad", // angles
];

/// True for a code of the list, with or without an annotation in braces: `{person}`, `/min{vehicle}`.
pub fn is_unit(code: &str) -> bool {
    let bare = match code.split_once('{') {
        Some((bare, note)) if note.ends_with('}') && note.len() > 1 => bare,
        Some(_) => return false,
        None => code,
    };
    (bare.is_empty() && !code.is_empty()) || CODES.contains(&bare)
}

/// What was most likely meant.
pub fn suggestion(code: &str) -> Option<&'static str> {
    let usual = match code {
        "°C" | "C" | "celsius" | "degC" => "Cel",
        "µg/m³" | "µg/m3" | "ug/m³" => "ug/m3",
        "mg/m³" => "mg/m3",
        "dBm" => "dB[mW]",
        "dB(A)" | "dBA" => "dB[SPL]",
        "kmh" | "kph" => "km/h",
        "kWh" => "kW.h",
        "Mbps" | "Mb/s" => "Mbit/s",
        "B" | "byte" => "By",
        "minute" | "minutes" => "min",
        "sec" | "second" | "seconds" => "s",
        "percent" => "%",
        "meter" | "meters" | "metre" | "metres" => "m",
        "liter" | "liters" | "litre" | "litres" => "L",
        "hour" | "hours" | "hr" => "h",
        "day" | "days" => "d",
        "gram" | "grams" => "g",
        "volt" | "volts" => "V",
        "watt" | "watts" => "W",
        "pascal" => "Pa",
        _ => return nearest(code, CODES.iter().copied()),
    };
    Some(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_spellings_lead_to_the_code() {
        for (written, meant) in [
            ("°C", "Cel"),
            ("dBm", "dB[mW]"),
            ("mm/hr", "mm/h"),
            ("Mbps", "Mbit/s"),
        ] {
            assert!(!is_unit(written), "{written}");
            assert_eq!(suggestion(written), Some(meant));
            assert!(is_unit(meant));
        }
        assert!(is_unit("{person}") && is_unit("/min{vehicle}"));
        assert!(!is_unit("{") && !is_unit("") && !is_unit("xyz{a}"));
    }
}
