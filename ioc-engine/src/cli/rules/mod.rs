//! `ioc rules`: what the authors of rules work with. Each command has a file of its own.

mod check;
mod explain;
mod fmt;
mod junit;
mod schema;
mod selection;
mod test;

use clap::{Args, Subcommand};

pub(super) use selection::pack_dir;

use super::Failure;

/// From the first line to the city, in this order.
const HELP: &str = "\
A rule from its first line to the city:
  ioc rules check rules/river.yaml           underlines what is wrong
  ioc rules explain-code rule-unknown-kind   what a problem's code means
  ioc rules test rules/river.yaml            plays rules/river.test.yaml
  ioc rules explain river/RiverHigh          what the rule does and costs
  ioc rules backtest --rules . --history D   what would have fired
  ioc rules top --token TOKEN                what it costs where it runs

The pack is the one that a file stands in, or you do; --city names another.
Exit codes: 0 well, 1 wrong is what was looked at, 2 typed wrongly, 3 cannot start.
The language, with a tutorial and examples: docs/rule-language.md";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Underlines every problem of rules and of their tests
    Check(check::Options),
    /// Says what a problem's code means, with an example
    ExplainCode(super::codes::Options),
    /// Plays the tests beside rule files, X.test.yaml of X.yaml
    Test(test::Options),
    /// Says what a rule does, what wakes it and what it costs
    Explain(explain::Options),
    /// Tries an expression: prints its type and its value
    Eval(super::eval::Options),
    /// Brings rule files into their one form
    Fmt(fmt::Options),
    /// Prints the JSON Schema with which editors complete rules
    Schema(schema::Options),
    /// Runs rules over recorded history: what would have fired
    Backtest(super::backtest::Options),
    /// Shows what each rule of a running engine costs, live
    Top(super::top::Options),
}

pub(crate) fn run(options: Options) -> Result<(), Failure> {
    match options.command {
        Command::Check(asked) => check::run(&asked),
        Command::Test(asked) => test::run(&asked),
        Command::Fmt(asked) => fmt::run(&asked),
        Command::Schema(asked) => schema::run(&asked),
        Command::Explain(asked) => explain::run(&asked),
        Command::ExplainCode(asked) => super::codes::run(&asked),
        Command::Eval(asked) => super::eval::run(&asked),
        Command::Top(asked) => super::top::run(&asked),
        Command::Backtest(asked) => super::backtest::run(&asked),
    }
}
