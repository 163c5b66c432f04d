//! What is printed. Whoever stops reading has read enough: a closed pipe ends no command.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

use super::Failure;

/// A line of what was asked for.
pub(crate) fn out(line: Arguments<'_>) -> Result<(), Failure> {
    match writeln!(std::io::stdout().lock(), "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::cannot_start(format!("cannot print: {error}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// A line about how it went. Where it cannot be written, nobody is left to be told.
pub(crate) fn err(line: Arguments<'_>) {
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}
