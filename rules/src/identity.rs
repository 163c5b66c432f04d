//! The identity of an alert: hash(rule, key, origin), the same on every node and in every replay (meaning 7).

use model::{AlertId, AssetId, Key, RuleName, Time};

use crate::hashing::Identity;

/// The input, or the timer, that began an episode.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Origin {
    /// A reading. Without a `seq` of the device, the stamp tells two readings of one measured time apart.
    Reading {
        asset: AssetId,
        at: Time,
        seq: Option<u64>,
        stamp: Time,
    },
    /// A timer, by its due time.
    Due(Time),
    /// Any other input, by its stamp.
    Input(Time),
}

/// SipHash-2-4 with 128 bits and the key 0, over rule, key and origin; texts with their length, numbers little-endian.
pub(crate) fn alert_id(rule: &RuleName, key: &Key, origin: &Origin) -> AlertId {
    let mut id = Identity::default().text(&rule.group).text(&rule.name);
    id = id.number(key.0.len() as u64);
    for part in &key.0 {
        id = id.text(&part.dimension).text(&part.value);
    }
    let ms = |time: &Time| time.millis() as u64;
    id = match origin {
        Origin::Reading {
            asset,
            at,
            seq: Some(seq),
            ..
        } => id
            .number(0)
            .text(asset.as_str())
            .number(ms(at))
            .number(*seq),
        Origin::Reading {
            asset, at, stamp, ..
        } => id
            .number(1)
            .text(asset.as_str())
            .number(ms(at))
            .number(ms(stamp)),
        Origin::Due(due) => id.number(2).number(ms(due)),
        Origin::Input(stamp) => id.number(3).number(ms(stamp)),
    };
    AlertId(id.finish())
}

/// The id of a further alert with the same rule, key and origin.
pub(crate) fn next_id(id: AlertId) -> AlertId {
    let (high, low) = ((id.0 >> 64) as u64, id.0 as u64);
    AlertId(Identity::default().number(high).number(low).finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_same_for_ever() {
        let rule = RuleName {
            group: "flood".into(),
            name: "RiverHigh".into(),
        };
        let asset = AssetId::new("wl-gia-bay");
        let origin = Origin::Reading {
            asset: asset.clone(),
            at: Time::from_millis(1_732_320_000_123),
            seq: Some(7),
            stamp: Time::MIN,
        };
        let id = alert_id(&rule, &Key::asset(&asset), &origin);
        assert_eq!(id.to_string(), "d0577b5f31726ceee2ec264c1c1fb6fa");
    }
}
