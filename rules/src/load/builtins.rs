//! The rules the engine brings itself, under the group `ioc`: what is wrong with the watching is shown like the watched.

use std::sync::Arc;

use model::{Localized, RuleName, Severity, Span};

use crate::ladder::{LadderSpec, OnMissing};
use crate::plan::{Conditions, Extras, Guidance, Rule, RuleInfo, Subject};
use crate::template::{Template, Text};

/// The group no author may use.
pub(crate) const GROUP: &str = "ioc";
pub(crate) const CLOCK_WRONG: &str = "ClockWrong";
pub(crate) const OVER_LIMIT: &str = "OverLimit";
pub(crate) const SOURCE_DOWN: &str = "SourceDown";

/// A source may be away this long, to restart, before it is an alert.
const SOURCE_HOLD: Span = Span::from_secs(10);

pub(crate) fn rules() -> Vec<Rule> {
    vec![
        builtin(
            CLOCK_WRONG,
            Subject::AnyAsset,
            Severity::Low,
            Span::ZERO,
            (
                ": đồng hồ thiết bị sai giờ",
                ": the device's clock is wrong",
            ),
            (
                "Thời điểm nhận được dùng thay cho giờ của thiết bị. Kiểm tra nguồn thời gian (NTP) và pin đồng hồ.",
                "The time of receipt is used in place of the device's. Check its time source (NTP) and clock battery.",
            ),
        ),
        builtin(
            OVER_LIMIT,
            Subject::Rule,
            Severity::Medium,
            Span::ZERO,
            (
                ": vượt quá giới hạn cảnh báo",
                ": more alerts than its limit annunciates",
            ),
            (
                "Các cảnh báo vượt giới hạn vẫn được theo dõi và liệt kê, nhưng không báo động. Tìm nguyên nhân chung.",
                "Those beyond the limit are still watched and listed, but do not call. Look for a common cause.",
            ),
        ),
        builtin(
            SOURCE_DOWN,
            Subject::Source,
            Severity::High,
            SOURCE_HOLD,
            (": mất kết nối nguồn dữ liệu", ": the data source is lost"),
            (
                "Mọi thiết bị của nguồn này tạm thời không rõ trạng thái. Kiểm tra máy chủ MQTT và đường truyền.",
                "All its assets are unknown until it is back. Check the MQTT broker and the way to it.",
            ),
        ),
    ]
}

fn builtin(
    name: &str,
    subject: Subject,
    severity: Severity,
    hold: Span,
    (after_vi, after_en): (&str, &str),
    (vi, en): (&str, &str),
) -> Rule {
    let dimension = match subject {
        Subject::Source => "source",
        Subject::Rule => "rule",
        Subject::Asset(_) | Subject::AnyAsset | Subject::Group(_) | Subject::Sequence { .. } => {
            "asset"
        }
    };
    Rule {
        info: RuleInfo {
            name: RuleName {
                group: GROUP.into(),
                name: name.into(),
            },
            kind: None,
            worst: Some(severity),
            shadow: false,
            by: [Arc::from(dimension)].into(),
            attached: None,
        },
        subject,
        slots: [].into(),
        condition_slots: 0,
        conditions: Conditions::Builtin,
        ladder: LadderSpec {
            levels: [(severity, hold)].into(),
            keep_firing_for: Span::ZERO,
            on_missing: OnMissing::Hold,
            repeat: None,
        },
        limit: u32::MAX,
        summary: Some(Box::new(Template {
            vi: Text::about(after_vi),
            en: Text::about(after_en),
        })),
        extras: Extras {
            guidance: Some(Guidance {
                written: Localized {
                    vi: vi.into(),
                    en: en.into(),
                },
                template: None,
            }),
            ..Extras::default()
        }
        .said(),
        print: 0,
        whole: 0,
    }
}
