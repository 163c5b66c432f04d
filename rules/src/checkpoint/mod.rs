//! The engine's whole state as bytes, and back, onto the same plan or another (meaning 9 and 10).
//!
//! The format is postcard's, which is specified and stable: small, and without names of fields, so that [`record`] and its
//! version are the format.

mod derived;
mod read;
mod record;
mod sequences;
mod words;
mod write;

use std::sync::Arc;

use city::City;

use crate::engine::Engine;
use crate::hashing::Fingerprint;
use crate::plan::Plan;
use record::{Record, VERSION};

/// Why a checkpoint cannot be used. The inputs since the beginning of the log still can.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The bytes are not a checkpoint, or not a whole one.
    #[error("the checkpoint cannot be read")]
    Damaged(#[source] postcard::Error),
    /// Written by a build with another form of checkpoints.
    #[error("the checkpoint has form {found}; this build reads form {VERSION}")]
    OtherForm {
        /// Its form.
        found: u32,
    },
}

impl Engine {
    /// Everything the engine remembers, keyed by names.
    pub fn checkpoint(&self) -> Vec<u8> {
        let record = write::record(self);
        // Writing to memory fails for no record; an empty checkpoint would be refused as damaged, and the log replayed.
        postcard::to_stdvec(&record).unwrap_or_default()
    }

    /// The engine as it was, on the same plan and city or on edited ones.
    ///
    /// On the same plan it goes on as if nothing had happened. On another, rules whose condition is the same carry their
    /// instances over; of changed and new ones every instance is looked at at once, with reason `reload`; alerts of rules
    /// that are gone, and of assets that left, resolve. These transitions come with the next output.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "as `Engine::new`: the engine keeps both"
    )]
    pub fn restore(plan: Arc<Plan>, city: Arc<City>, bytes: &[u8]) -> Result<Self, RestoreError> {
        // The version stands first, so that another form is told apart from damage.
        let (found, _) = postcard::take_from_bytes::<u32>(bytes).map_err(RestoreError::Damaged)?;
        if found != VERSION {
            return Err(RestoreError::OtherForm { found });
        }
        let record: Record = postcard::from_bytes(bytes).map_err(RestoreError::Damaged)?;
        let city = plan.complete(city);
        Ok(read::engine(&plan, &city, record))
    }
}

/// A print of the registry: of everything in it that rules can see.
fn registry_print(city: &City) -> u64 {
    let mut print = Fingerprint::default();
    for asset in &city.assets {
        print = print.text(asset.id.as_str()).number(asset.lifecycle as u64);
        print = print.text(city.catalog.kind(asset.kind).name.as_ref());
        print = print.text(asset.area.as_ref().map_or("", |area| area.as_str()));
        print = print.text(asset.uplink.as_ref().map_or("", |id| id.as_str()));
        for degrees in [asset.lat, asset.lon] {
            print = print.number(degrees.map_or(0, f64::to_bits));
        }
        for column in &asset.columns {
            print = column.iter().fold(print.number(0), Fingerprint::value);
        }
    }
    print.finish()
}
