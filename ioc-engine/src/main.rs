//! The `ioc` binary: the checklist from arguments to exit code.

fn main() {}
