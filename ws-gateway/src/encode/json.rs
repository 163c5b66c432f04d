//! The smallest parts: texts, numbers, lists.

use std::fmt::Write;

/// A text in quotes.
pub(crate) fn write_text(out: &mut String, text: &str) {
    out.push('"');
    let mut from = 0;
    for (i, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..0x20 => "",
            _ => continue,
        };
        out.push_str(&text[from..i]);
        if escape.is_empty() {
            put(out, format_args!("\\u{byte:04x}"));
        } else {
            out.push_str(escape);
        }
        from = i + 1;
    }
    out.push_str(&text[from..]);
    out.push('"');
}

/// A number as JSON can hold it: the shortest text that reads back the same; `null` for what is none.
pub(crate) fn write_number(out: &mut String, number: f64) {
    if !number.is_finite() {
        out.push_str("null");
    } else if number.fract() == 0.0 && number.abs() < 9e15 {
        // Whole numbers without a fraction, as people write them.
        put(out, format_args!("{}", number as i64));
    } else {
        put(out, format_args!("{number}"));
    }
}

/// A list of what `write` writes.
pub(crate) fn write_list<T>(
    out: &mut String,
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut String, T),
) {
    out.push('[');
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(']');
}

/// A whole number or anything else that prints as JSON.
pub(crate) fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _infallible = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_read_back_as_they_were() {
        for text in ["", "Sông Cầu", "a\"b\\c", "\n\r\t\u{1}\u{1f}\u{7f}", "😀"] {
            let mut json = String::new();
            write_text(&mut json, text);
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }

    #[test]
    fn numbers_read_back_as_they_were() {
        for number in [
            0.0, 1.0, -17.0, 0.1, 26.4, 1e-9, 9.1e15, 1.797e308, -2.5e-300,
        ] {
            let mut json = String::new();
            write_number(&mut json, number);
            assert_eq!(json.parse(), Ok(number));
        }
        let mut json = String::new();
        write_number(&mut json, f64::NAN);
        assert_eq!(json, "null");
    }
}
