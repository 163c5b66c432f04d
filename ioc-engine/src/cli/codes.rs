//! `ioc rules explain-code`: the page of a diagnostic's code, from the guide that is part of the binary.

use clap::Args;

use super::Failure;

/// One file a family of codes.
const PAGES: [&str; 6] = [
    include_str!("../../../docs/diagnostics/rule.md"),
    include_str!("../../../docs/diagnostics/derive.md"),
    include_str!("../../../docs/diagnostics/cel.md"),
    include_str!("../../../docs/diagnostics/yaml.md"),
    include_str!("../../../docs/diagnostics/pack.md"),
    include_str!("../../../docs/diagnostics/test.md"),
];

const HELP: &str = "\
Examples:
  ioc rules explain-code rule-unknown-kind";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// The code, as `ioc check` prints it
    #[arg(value_name = "CODE")]
    code: String,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if let Some((_, text)) = all().find(|(code, _)| *code == options.code) {
        let text = fitted(text.trim(), super::width(&std::io::stdout()));
        let page = format!("{}\n\n{text}\n", options.code);
        return super::write_out(&page).map(|_| ());
    }
    let near = model::nearest(&options.code, all().map(|(code, _)| code));
    let help = near.map_or_else(
        || {
            "; codes are such as rule-unknown-kind, and stand above what ioc rules check prints"
                .to_owned()
        },
        |near| format!("; did you mean '{near}'?"),
    );
    let line = format!("there is no code '{}'{help}", options.code);
    Err(Failure::Wrong(line))
}

/// A page in lines that fit; its examples stay as they are.
fn fitted(page: &str, width: usize) -> String {
    let (mut example, mut lines, mut paragraph) = (false, Vec::new(), String::new());
    for line in page.lines().chain([""]) {
        let fence = line.starts_with("```");
        if example || fence || line.is_empty() {
            lines.extend(super::wrapped(&std::mem::take(&mut paragraph), width));
            lines.push(line.to_owned());
        } else {
            paragraph.push(' ');
            paragraph.push_str(line);
        }
        example ^= fence;
    }
    lines.join("\n").trim_end().to_owned()
}

/// Every code and its page.
fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    PAGES.iter().flat_map(|file| {
        let pages = file.split("\n## ").skip(1);
        pages.filter_map(|page| page.split_once('\n'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_fits_and_examples_stay_as_they_are() {
        let page = "one two\nthree four\n\nWrong:\n\n```yaml\n- a: long line of an example\n```";
        let told = "one two\nthree four\n\nWrong:\n\n```yaml\n- a: long line of an example\n```";
        assert_eq!(fitted(page, 10), told);
        assert_eq!(fitted("one two\nthree four", 80), "one two three four");
    }
}
