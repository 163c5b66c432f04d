//! What silence, doubt and lateness mean to a rule.

use super::{About, say};
use crate::ladder::OnMissing;
use crate::plan::{Conditions, Subject};
use crate::slots::SlotSource;

impl About<'_> {
    pub(super) fn when_unknown(&self) -> Vec<String> {
        if matches!(self.rule.conditions, Conditions::Absent { .. }) {
            return vec![say!(
                self.lang,
                "An asset never heard of is silent too, from its registration on. While its source is lost no silence counts; ioc/SourceDown tells of that.",
                "Thiết bị chưa từng báo cũng tính là im lặng, kể từ khi đăng ký. Khi mất nguồn thì không tính im lặng; ioc/SourceDown sẽ báo."
            )];
        }
        let stale = self.kind.stale_after;
        let mut lines = vec![say!(
            self.lang,
            "An asset that was never heard of, has been silent for {stale}, lost its source, or measures with doubtful quality is unknown.",
            "Thiết bị chưa từng báo, im lặng {stale}, mất nguồn, hoặc số đo có chất lượng đáng ngờ là không rõ."
        )];
        lines.push(match &self.rule.subject {
            Subject::Group(group) => {
                let share = (group.min_known * 100.0).round();
                say!(
                    self.lang,
                    "Unknown members do not count. With less than {share} % of its members known a group is unknown: it neither fires nor clears, and its counts stand still.",
                    "Thành viên không rõ không được tính. Khi chưa tới {share} % thành viên là rõ thì cả nhóm không rõ: không báo, không hết, bộ đếm đứng yên."
                )
            }
            _ => self.on_missing(),
        });
        let slots = self.slots();
        if slots
            .iter()
            .any(|slot| matches!(slot, SlotSource::Silent(_) | SlotSource::LastKnown(_)))
        {
            lines.push(say!(
                self.lang,
                "It looks past that on purpose: silent() and last_known() stay known.",
                "Luật chủ động nhìn xa hơn: silent() và last_known() vẫn rõ."
            ));
        }
        if slots.iter().any(SlotSource::is_elsewhere) {
            lines.push(say!(
                self.lang,
                "A neighbour that is silent, was never heard of or does not exist is unknown too.",
                "Thiết bị liên quan im lặng, chưa từng báo hoặc không tồn tại cũng là không rõ."
            ));
        }
        lines
    }

    fn on_missing(&self) -> String {
        let mildest = self.rule.ladder.levels.last();
        let mildest = mildest.map_or("", |(severity, _)| severity.as_str());
        match self.rule.ladder.on_missing {
            OnMissing::Hold => say!(
                self.lang,
                "Then it neither fires nor clears, its counts stand still, and an open alert stays as it is (on_missing: hold).",
                "Khi đó không báo, không hết, bộ đếm đứng yên, cảnh báo đang mở giữ nguyên (on_missing: hold)."
            ),
            OnMissing::Fire => say!(
                self.lang,
                "Once silent, it fires as {mildest} (on_missing: fire); with a lost source its counts only stand still.",
                "Khi im lặng thì báo mức {mildest} (on_missing: fire); khi mất nguồn thì bộ đếm chỉ đứng yên."
            ),
            OnMissing::Resolve => say!(
                self.lang,
                "Once silent, an open alert resolves (on_missing: resolve); with a lost source its counts only stand still.",
                "Khi im lặng thì cảnh báo đang mở kết thúc (on_missing: resolve); khi mất nguồn thì bộ đếm chỉ đứng yên."
            ),
        }
    }

    pub(super) fn when_late(&self) -> Vec<String> {
        if matches!(self.rule.conditions, Conditions::Absent { .. }) {
            return vec![say!(
                self.lang,
                "Any reading is a sign of life, whenever it was measured; a retained message is none.",
                "Mọi bản tin đo đều là tín hiệu, dù đo lúc nào; bản tin retained thì không."
            )];
        }
        let stale = self.kind.stale_after;
        let mut lines = vec![say!(
            self.lang,
            "A reading older than the newest goes into windows and history alone; one that is more than {stale} old neither fires nor clears.",
            "Số đo cũ hơn số mới nhất chỉ vào cửa sổ và lịch sử; cũ hơn {stale} thì không báo cũng không hết."
        )];
        let windows = self
            .slots()
            .iter()
            .any(|slot| matches!(slot, SlotSource::Window(..)));
        if windows {
            lines.push(say!(
                self.lang,
                "Windows are measured time up to the asset's newest reading, so a late one lands where it belongs.",
                "Cửa sổ tính theo giờ đo tới số đo mới nhất của thiết bị, nên số đến muộn vẫn vào đúng chỗ."
            ));
        }
        lines
    }
}
