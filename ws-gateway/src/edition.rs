//! What is shown: the city with what its rules derive, and the names under which clients know it. Replaced as a whole when
//! rules derive other kinds, fields or assets: numbers of assets and columns of deltas mean something within one edition only.

use std::hash::BuildHasher;
use std::sync::Arc;

use city::City;

use crate::http::catalog_json;

/// One edition of the city.
pub(crate) struct Edition {
    pub(crate) city: Arc<City>,
    /// What `welcome.epoch` says: positions of the state topics are of one epoch.
    pub(crate) epoch: Arc<str>,
    /// What `welcome.build` says: other kinds are another wall.
    pub(crate) build: Arc<str>,
    /// Of this run of the process.
    run: Arc<str>,
    /// Of the wall's files.
    wall: Arc<str>,
    number: u32,
}

impl Edition {
    /// The first of a run.
    pub(crate) fn first(city: Arc<City>, run: &str, wall: &str) -> Self {
        Self {
            build: build_of(wall, &city),
            city,
            epoch: run.into(),
            run: run.into(),
            wall: wall.into(),
            number: 0,
        }
    }

    /// The next one, with another city.
    pub(crate) fn next(&self, city: Arc<City>) -> Self {
        let number = self.number + 1;
        Self {
            build: build_of(&self.wall, &city),
            city,
            epoch: format!("{}-{number}", self.run).into(),
            run: Arc::clone(&self.run),
            wall: Arc::clone(&self.wall),
            number,
        }
    }
}

fn build_of(wall: &str, city: &City) -> Arc<str> {
    let print = foldhash::quality::FixedState::default().hash_one(catalog_json(&city.catalog));
    format!("{wall}.{:08x}", print >> 32).into()
}
