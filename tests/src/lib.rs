//! The harness of the whole-system scenarios.
