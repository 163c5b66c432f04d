//! The `ioc-sim` binary: simulated devices and screens.

fn main() {}
