//! The city's geography as a tree of official areas.

use std::collections::HashMap;

use crate::{AreaCode, Localized};

/// How high in the tree an area stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum AreaLevel {
    /// The whole.
    Province,
    /// A district-level unit.
    District,
    /// A commune or ward.
    Commune,
}

/// A node of the city's geography.
#[derive(Clone, PartialEq, Debug)]
pub struct Area {
    /// The official code.
    pub code: AreaCode,
    /// The area that contains it; none for the root.
    pub parent: Option<AreaCode>,
    /// Its level.
    pub level: AreaLevel,
    /// Its names.
    pub name: Localized,
    /// A representative point: latitude in degrees north (WGS 84).
    pub lat: f64,
    /// Longitude in degrees east (WGS 84).
    pub lon: f64,
}

/// All areas, findable by code.
#[derive(Clone, Debug, Default)]
pub struct Areas {
    areas: Vec<Area>,
    by_code: HashMap<AreaCode, usize>,
}

impl Areas {
    /// The tree of these areas. The loader has checked that parents exist and form no circle.
    pub fn new(areas: Vec<Area>) -> Self {
        let by_code = areas
            .iter()
            .enumerate()
            .map(|(i, a)| (a.code.clone(), i))
            .collect();
        Self { areas, by_code }
    }

    /// Every area in file order.
    pub fn all(&self) -> &[Area] {
        &self.areas
    }

    /// The area of this code.
    pub fn get(&self, code: &str) -> Option<&Area> {
        self.by_code.get(code).map(|i| &self.areas[*i])
    }

    /// The area and everything above it, lowest first.
    pub fn ancestry<'a>(&'a self, code: &str) -> impl Iterator<Item = &'a Area> {
        std::iter::successors(self.get(code), |area| {
            self.get(area.parent.as_ref()?.as_str())
        })
    }

    /// True when `code` is `ancestor` or lies inside it.
    pub fn within(&self, code: &str, ancestor: &str) -> bool {
        self.ancestry(code)
            .any(|area| area.code.as_str() == ancestor)
    }
}
