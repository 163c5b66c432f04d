//! The living city: scenarios, faults, load, record and replay.
