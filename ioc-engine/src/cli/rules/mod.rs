//! `ioc rules`: what the authors of rules work with. Each command has a file of its own.

mod check;
mod explain;
mod fmt;
mod junit;
mod schema;
mod selection;
mod test;

use clap::{Args, Subcommand};

use super::Failure;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prints every problem of rules and their tests, underlined in their files
    Check(check::Options),
    /// Plays the pack's *.test.yaml on the production engine
    Test(test::Options),
    /// Writes rule files in their one form; comments, order and meaning stay
    Fmt(fmt::Options),
    /// Prints the JSON Schema of rule files, for editors
    Schema(schema::Options),
    /// Says in plain words what rules do, what they hold in memory and what they cost
    Explain(explain::Options),
    /// Says what a diagnostic's code means, with a wrong example and the mended one
    ExplainCode(super::codes::Options),
    /// Evaluates an expression with the engine's own evaluator and prints its type and value
    Eval(super::eval::Options),
    /// What each rule of a running engine costs, as a table that refreshes
    Top(super::top::Options),
    /// Runs rules over recorded history: which alerts would have fired, for how long, how many an operator
    Backtest(super::backtest::Options),
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
