//! Alerts as the workloads raise them, about as long as those of a real pack.

use std::collections::BTreeMap;

use model::{
    Alert, AlertId, Annunciation, AssetId, Condition, Key, Localized, Reason, RuleName, Severity,
    Time,
};

/// The `n`-th alert, firing. `stamp` is a label, which readers find in its frame.
pub(crate) fn firing(n: u64, stamp: &str) -> Alert {
    let at = Time::from_millis(1_764_000_000_000);
    Alert {
        id: AlertId(u128::from(n) << 64 | 0x5eed),
        rule: RuleName {
            group: "wifi".into(),
            name: "AccessPointDown".into(),
        },
        key: Key::asset(&AssetId::new(format!("ap-{n:04}"))),
        kind: Some("wifi/ap".into()),
        area: None,
        severity: Severity::High,
        condition: Condition::Firing,
        annunciation: Annunciation::Annunciated,
        started_at: at,
        fired_at: Some(at),
        resolved_at: None,
        summary: Localized {
            vi: "Điểm phát Wi-Fi mất kết nối đã một phút".into(),
            en: "An access point has been unreachable for a minute".into(),
        },
        guidance: Localized {
            vi: "Kiểm tra nguồn điện của tủ, rồi đường cáp lên thiết bị chuyển mạch".into(),
            en: "Check the cabinet's power, then the cable up to its switch".into(),
        },
        labels: BTreeMap::from([
            ("stamp".into(), stamp.into()),
            ("team".into(), "network".into()),
        ]),
        reason: Reason::Condition,
        ack: None,
        shelved: None,
        assignee: None,
        escalated: Vec::new(),
        attention: model::Attention::default(),
        occurrence: 3,
    }
}
