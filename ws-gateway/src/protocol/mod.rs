//! The messages of the live protocol, `docs/live-protocol.md`: what clients may say, what they are answered, how links end.

mod close;
mod request;
mod response;

pub(crate) use close::End;
pub(crate) use request::{
    AreaFilter, Asked, Hello, NoFilter, Request, Since, SinceAlert, Subscribe, Topic,
};
pub(crate) use response::{Failure, Welcome, error, result};
