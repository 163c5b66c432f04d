//! Seeded workloads and their results.
