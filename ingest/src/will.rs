//! Last wills: what a payload on an `lwt` topic says.
//!
//! `offline` and `online` as plain words or JSON texts, or `{"online":false,"boot":7}`. With `boot`, a will of an
//! earlier run than the one that reports now is known for what it is: a message about a session that is long over.

use serde::Deserialize;

use crate::DeadLetterReason as Reason;
use crate::decoder::{Decoded, Ignored};
use crate::payload::Problem;
use crate::topic::KnownAsset;

#[derive(Deserialize)]
struct Will {
    online: bool,
    boot: Option<u64>,
}

pub(crate) fn read(text: &str, asset: &KnownAsset) -> Result<Decoded, Problem> {
    let will = parse(text)?;
    let earlier = matches!((will.boot, asset.boot()), (Some(of), Some(now)) if of != now);
    Ok(match will.online {
        true => Decoded::Ignored(Ignored::Online),
        false if earlier => Decoded::Ignored(Ignored::EarlierBoot),
        false => Decoded::Offline(asset.id.clone()),
    })
}

fn parse(text: &str) -> Result<Will, Problem> {
    let word = text.trim().trim_matches('"');
    for (name, online) in [("offline", false), ("online", true)] {
        if word.eq_ignore_ascii_case(name) {
            return Ok(Will { online, boot: None });
        }
    }
    serde_json::from_str(text).map_err(|error| Problem {
        reason: if error.is_data() {
            Reason::WrongType
        } else {
            Reason::MalformedJson
        },
        detail: format!(
            "a last will says offline, online or {{\"online\":false,\"boot\":7}}: {error}"
        ),
    })
}
