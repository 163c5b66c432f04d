//! The city pack: loads and validates catalog, registry, areas and calendars.
