//! What silence, doubt and lateness mean to a rule.

use model::AssetId;

use super::{About, say};
use crate::ladder::OnMissing;
use crate::plan::{Conditions, Subject};
use crate::related::Via;
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
        if self.asks_whether_known() {
            lines.push(say!(
                self.lang,
                "Not so what it asks with has(): that is known, and false of a value that is not. A rule with !has(…) fires for an asset that was never heard of, too.",
                "Riêng has() luôn rõ: sai khi giá trị không rõ. Luật có !has(…) vì thế cũng báo cho thiết bị chưa từng báo."
            ));
        }
        if slots
            .iter()
            .any(|slot| matches!(slot, SlotSource::Related(..)))
        {
            lines.push(say!(
                self.lang,
                "A neighbour that is silent, was never heard of or does not exist is unknown too.",
                "Thiết bị liên quan im lặng, chưa từng báo hoặc không tồn tại cũng là không rõ."
            ));
        }
        lines.extend(self.far_ends(&slots));
        lines
    }

    /// One asset's conditions ask whether values are known.
    fn asks_whether_known(&self) -> bool {
        let (Conditions::Levels(levels), Subject::Asset(_)) =
            (&self.rule.conditions, &self.rule.subject)
        else {
            return false;
        };
        let sources = levels.iter().flat_map(|level| {
            let clear = level.clear.as_ref().map(|clear| clear.source());
            std::iter::once(level.when.source()).chain(clear)
        });
        let mut asked = sources.filter_map(|source| cel::parse(source).ok());
        asked.any(|expr| expr.calls("has"))
    }

    /// Of assets whose distance it asks for: those that move say themselves where they are, the registry knows of the others.
    fn far_ends(&self, slots: &[SlotSource]) -> Vec<String> {
        let relations = &self.plan.kinds[self.kind.id.index()].relations;
        let ids = slots.iter().filter_map(|slot| match slot {
            SlotSource::Distance(relation) => match &relations[usize::from(*relation)].via {
                Via::Asset(id) => Some(id),
                Via::Uplink | Via::Column { .. } => None,
            },
            _ => None,
        });
        let mut ids: Vec<_> = ids.collect();
        ids.sort();
        ids.dedup();
        let stands = !ids.is_empty() && self.plan.kinds[self.kind.id.index()].position.is_none();
        let own = stands.then(|| {
            say!(
                self.lang,
                "Where the asset itself stands the registry says, so that its distance is known before it is heard of.",
                "Vị trí của chính thiết bị lấy từ danh mục, nên khoảng cách rõ cả khi chưa từng báo."
            )
        });
        let far = ids.into_iter().filter_map(|id| self.far_end(id));
        own.into_iter().chain(far).collect()
    }

    fn far_end(&self, id: &AssetId) -> Option<String> {
        let asset = self.city.assets.iter().find(|asset| asset.id == *id)?;
        let moves = self.plan.kinds[asset.kind.index()].position.is_some();
        Some(if moves {
            say!(
                self.lang,
                "Where {id} is it says itself: silent or never heard of, its distance is unknown.",
                "{id} tự báo vị trí: khi im lặng hoặc chưa từng báo thì khoảng cách là không rõ."
            )
        } else if asset.lat.is_some() && asset.lon.is_some() {
            say!(
                self.lang,
                "Where {id} stands the registry says, be it heard of or not.",
                "Vị trí của {id} lấy từ danh mục, dù đã báo hay chưa."
            )
        } else {
            say!(
                self.lang,
                "Where {id} stands the registry does not say: its distance is unknown.",
                "Danh mục không ghi vị trí của {id}: khoảng cách là không rõ."
            )
        })
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
