//! Many expressions over one pair of pipes: a request a line in, an answer a line out, in order.

use std::io::{self, BufRead, Read, Write};

use serde::{Deserialize, Serialize};

use super::on::KindOfCity;
use super::{Bindings, MAX_LENGTH, Question};
use crate::cli::Failure;

/// The longest line: a request may hold an expression and several literals.
const MAX_LINE: u64 = 4 * MAX_LENGTH as u64;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    expr: String,
    #[serde(default)]
    container: String,
    #[serde(default)]
    check: bool,
    #[serde(default)]
    bind: Bindings,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Reply {
    Value {
        #[serde(rename = "type")]
        type_name: String,
        value: Option<String>,
    },
    Error {
        error: String,
    },
}

/// Answers every line of stdin until it ends.
pub(super) fn run(kind: Option<&KindOfCity>) -> Result<(), Failure> {
    let (input, output) = (io::stdin().lock(), io::stdout().lock());
    match answer_all(input, output, kind) {
        // Who closes the pipe has heard enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(Failure::cannot_start),
    }
}

fn answer_all(
    mut input: impl BufRead,
    mut output: impl Write,
    kind: Option<&KindOfCity>,
) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if (&mut input).take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let whole = line.ends_with(b"\n") || (line.len() as u64) < MAX_LINE;
        let reply = if whole {
            reply(&line, kind)
        } else {
            input.skip_until(b'\n')?;
            let error = format!("the line is longer than {MAX_LINE} bytes");
            Reply::Error { error }
        };
        let mut text = serde_json::to_string(&reply)?;
        text.push('\n');
        output.write_all(text.as_bytes())?;
    }
}

fn reply(line: &[u8], kind: Option<&KindOfCity>) -> Reply {
    let request = serde_json::from_slice::<Request>(line).map_err(|error| {
        format!(r#"not a request: {error}; write {{"expr":"x + 1","bind":{{"x":"1u"}}}}"#)
    });
    let answer = request.and_then(|request| {
        let question = Question {
            expr: &request.expr,
            container: &request.container,
            check: request.check,
            bind: &request.bind,
        };
        super::answer(&question, kind)
    });
    match answer {
        Ok(answer) => Reply::Value {
            type_name: answer.type_name,
            value: answer.value,
        },
        Err(error) => Reply::Error { error },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stdout says to these lines.
    fn answers(lines: &str) -> String {
        let mut out = Vec::new();
        answer_all(lines.as_bytes(), &mut out, None).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn an_answer_a_line() {
        let answers = answers(
            "{\"expr\":\"x + 1u\",\"bind\":{\"x\":\"1u\"}}\n{\"expr\":\"type(b'a') == bytes\"}\n{\"expr\":\"timestamp(0)\"}",
        );
        assert_eq!(
            answers,
            "{\"type\":\"uint\",\"value\":\"2u\"}\n\
             {\"type\":\"bool\",\"value\":\"true\"}\n\
             {\"type\":\"google.protobuf.Timestamp\",\"value\":\"timestamp(\\\"1970-01-01T00:00:00Z\\\")\"}\n"
        );
    }

    #[test]
    fn a_name_is_looked_up_from_its_container() {
        let answers = answers(
            "{\"expr\":\"x + .x\",\"container\":\"a.b\",\"bind\":{\"a.x\":\"1\",\"x\":\"20\"}}\n",
        );
        assert_eq!(answers, "{\"type\":\"int\",\"value\":\"21\"}\n");
    }

    #[test]
    fn a_type_is_told_without_evaluating() {
        let answers = answers(
            "{\"expr\":\"x.map(v, v / 0)\",\"check\":true,\"bind\":{\"x\":\"[1]\"}}\n{\"expr\":\"1 + 1u\",\"check\":true}\n",
        );
        assert_eq!(
            answers,
            "{\"type\":\"list(int)\",\"value\":null}\n\
             {\"error\":\"no such overload: _+_(int, uint) (character 1)\"}\n"
        );
    }

    #[test]
    fn a_bad_line_stops_nothing() {
        let answers = answers(
            "\n[\n{\"expr\":\"1 +\"}\n{\"expr\":\"x / 0\",\"bind\":{\"x\":\"1\"}}\n{\"expr\":\"x\",\"bind\":{\"x\":\"1 // 0\"}}\n{\"expression\":\"1\"}\n{\"expr\":\"1\"}\n",
        );
        let lines: Vec<_> = answers.lines().collect();
        assert_eq!(lines.len(), 7);
        assert!(
            lines[..2]
                .iter()
                .all(|line| line.starts_with("{\"error\":\"not a request: "))
        );
        assert_eq!(
            lines[2],
            "{\"error\":\"the expression ends where a value should be (character 4)\"}"
        );
        assert_eq!(lines[3], "{\"error\":\"division by zero\"}");
        assert_eq!(lines[4], "{\"type\":\"int\",\"value\":\"1\"}");
        assert!(
            lines[5].contains("unknown field `expression`"),
            "{}",
            lines[5]
        );
        assert_eq!(lines[6], "{\"type\":\"int\",\"value\":\"1\"}");
    }

    #[test]
    fn a_line_without_end_is_stepped_over() {
        let endless = "x".repeat(usize::try_from(MAX_LINE).unwrap() + 5);
        let answers = answers(&format!("{endless}\n{{\"expr\":\"1\"}}\n"));
        assert_eq!(
            answers,
            "{\"error\":\"the line is longer than 4194304 bytes\"}\n{\"type\":\"int\",\"value\":\"1\"}\n"
        );
    }

    #[test]
    fn an_error_names_the_part_that_failed() {
        let answers = answers(
            "{\"expr\":\"[1, 0].map(x, 4 / x)\"}\n{\"expr\":\"y\",\"bind\":{\"y\":\"int('a')\"}}\n",
        );
        assert_eq!(
            answers,
            "{\"error\":\"division by zero, in `4 / x`\"}\n\
             {\"error\":\"the value of y: \\\"a\\\" cannot be converted to int\"}\n"
        );
    }
}
