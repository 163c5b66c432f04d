//! The composition root: config, serve, demo and the command line.
