//! For whom, when, until when, and who hears of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Asset, Kind, Lifecycle, Span, Unless};

use super::{About, code, listed, say};
use crate::group::key_of;
use crate::plan::{Clock, Conditions, Dimension, GroupPlan, Level, Subject};

impl About<'_> {
    pub(super) fn subject(&self) -> Vec<String> {
        let title = self.title();
        let mut lines = if let Subject::Group(group) = &self.rule.subject {
            self.groups(group, title)
        } else {
            vec![self.each_asset()]
        };
        lines.extend(self.draft());
        lines
    }

    pub(super) fn each_asset(&self) -> String {
        let (name, title) = (&self.kind.name, self.title());
        let all = self.assets(|_| true);
        let working = self.assets(|life| life == Lifecycle::InService);
        say!(
            self.lang,
            "One alert for each asset of {name} ({title}): {working} of {all} registered are in service.",
            "Một cảnh báo cho mỗi thiết bị {name} ({title}): {working} trên {all} đã đăng ký đang hoạt động."
        )
    }

    pub(super) fn draft(&self) -> Option<String> {
        self.rule.info.shadow.then(|| {
            say!(
                self.lang,
                "A draft (shadow): evaluated, never annunciated.",
                "Bản nháp (shadow): có tính, không báo động."
            )
        })
    }

    /// What operators call the kind.
    pub(super) fn title(&self) -> &str {
        self.titled(self.kind)
    }

    pub(super) fn titled<'k>(&self, kind: &'k Kind) -> &'k str {
        match self.lang {
            model::Lang::En => &kind.title.en,
            model::Lang::Vi => &kind.title.vi,
        }
    }

    fn groups(&self, group: &GroupPlan, title: &str) -> Vec<String> {
        let by = &self.plan.kinds[self.kind.id.index()].groupings[group.grouping];
        let (members, outside) = self.members(group);
        let total: usize = members.values().sum();
        let least = members.values().min().copied().unwrap_or_default();
        let most = members.values().max().copied().unwrap_or_default();
        let size = if least == most {
            most.to_string()
        } else {
            say!(self.lang, "{least} to {most}", "{least} đến {most}")
        };
        let (groups, name) = (members.len(), &self.kind.name);
        let names: Vec<_> = by.iter().map(|d| d.name().to_string()).collect();
        let dimensions = listed(&names, self.lang);
        let mut lines = vec![if names.is_empty() {
            say!(
                self.lang,
                "One alert for the whole city, over {total} assets of {name} ({title}) in service.",
                "Một cảnh báo cho cả thành phố, trên {total} thiết bị {name} ({title}) đang hoạt động."
            )
        } else {
            say!(
                self.lang,
                "One alert for each {dimensions} of {name} ({title}): {groups} groups with {size} members, {total} assets in service.",
                "Một cảnh báo cho mỗi {dimensions} của {name} ({title}): {groups} nhóm, mỗi nhóm {size} thành viên, {total} thiết bị đang hoạt động."
            )
        }];
        if outside > 0 {
            lines.push(say!(
                self.lang,
                "{outside} assets in service have no {dimensions} and belong to no group.",
                "{outside} thiết bị đang hoạt động không có {dimensions} nên không thuộc nhóm nào."
            ));
        }
        lines
    }

    /// How many assets in service each group has, and how many belong to none.
    fn members(&self, group: &GroupPlan) -> (BTreeMap<String, usize>, usize) {
        let by = &self.plan.kinds[self.kind.id.index()].groupings[group.grouping];
        self.members_by(self.kind, by)
    }

    pub(super) fn members_by(
        &self,
        kind: &Kind,
        by: &[Dimension],
    ) -> (BTreeMap<String, usize>, usize) {
        let column = |name: &str| kind.columns.iter().position(|c| &*c.name == name);
        let (mut members, mut outside) = (BTreeMap::new(), 0);
        let assets = self.city.assets.iter();
        let mine = |a: &&Arc<Asset>| a.kind == kind.id && a.lifecycle == Lifecycle::InService;
        for asset in assets.filter(mine) {
            match key_of(asset, by, &self.city.areas, column) {
                Some(key) => *members.entry(format!("{key:?}")).or_default() += 1,
                None => outside += 1,
            }
        }
        (members, outside)
    }

    pub(super) fn assets(&self, wanted: impl Fn(Lifecycle) -> bool) -> usize {
        let assets = self.city.assets.iter();
        let mine = assets.filter(|asset| asset.kind == self.kind.id);
        mine.filter(|asset| wanted(asset.lifecycle)).count()
    }

    /// How many alerts there can be.
    fn keys(&self) -> usize {
        match &self.rule.subject {
            Subject::Group(group) => self.members(group).0.len(),
            Subject::Sequence { asset: None } => {
                let sequence = self.rule.sequence();
                sequence.map_or(0, |sequence| self.sequence_keys(&sequence.by))
            }
            _ => self.assets(|life| life == Lifecycle::InService),
        }
    }

    pub(super) fn fires(&self) -> Vec<String> {
        let timings = &self.rule.ladder.levels;
        let mut lines = match &self.rule.conditions {
            Conditions::Levels(levels) => {
                let levels = levels.iter().zip(timings);
                levels
                    .map(|(level, (severity, hold))| self.level(level, severity.as_str(), *hold))
                    .collect()
            }
            Conditions::Absent { bit } => {
                let silences = &self.plan.kinds[self.kind.id.index()].silences;
                let length = silences[usize::from(*bit)].length;
                let severity = timings
                    .first()
                    .map_or("", |(severity, _)| severity.as_str());
                let inside = self.silence_calendar();
                vec![say!(
                    self.lang,
                    "{severity} after {length} without a sign of life{inside}, counted while the asset's source is connected.",
                    "{severity} sau {length} không có tín hiệu{inside}, chỉ tính khi nguồn của thiết bị đang kết nối."
                )]
            }
            Conditions::Sequence(_) | Conditions::Derives(_) | Conditions::Builtin => Vec::new(),
        };
        if let Some(repeat) = self.rule.ladder.repeat() {
            let (count, within) = (repeat.count, repeat.within);
            lines.push(say!(
                self.lang,
                "Not the first time, but when that came true {count} times within {within}, each time after it was clear; pending from the first. A retained message counts as none.",
                "Không phải ngay lần đầu mà khi điều đó xảy ra {count} lần trong {within}, mỗi lần sau khi đã hết; chờ (pending) từ lần đầu. Bản tin retained không tính."
            ));
        }
        lines.extend(self.inside_calendar());
        if timings.len() > 1 {
            lines.push(say!(
                self.lang,
                "It is one alert that climbs and descends these levels.",
                "Đây là một cảnh báo duy nhất, lên xuống theo các mức này."
            ));
        }
        lines
    }

    pub(super) fn inside_calendar(&self) -> Option<String> {
        let during = self.rule.during()?;
        let Clock::Calendar(name) = &self.plan.clocks[usize::from(during)] else {
            return None;
        };
        let zone = &self.city.time_zone;
        Some(say!(
            self.lang,
            "Only inside the calendar {name} ({zone}); outside it the condition is false.",
            "Chỉ trong lịch {name} ({zone}); ngoài lịch coi như điều kiện sai."
        ))
    }

    fn silence_calendar(&self) -> String {
        let Conditions::Absent { bit } = self.rule.conditions else {
            return String::new();
        };
        let silences = &self.plan.kinds[self.kind.id.index()].silences;
        let during = silences
            .get(usize::from(bit))
            .and_then(|s| s.during.as_ref());
        during.map_or(String::new(), |name| {
            say!(
                self.lang,
                " inside the calendar {name}",
                " trong lịch {name}"
            )
        })
    }

    fn level(&self, level: &Level, severity: &str, hold: Span) -> String {
        let when = code(level.when.source());
        let over = match &level.clear {
            Some(clear) => {
                let clear = code(clear.source());
                say!(self.lang, "over when {clear}", "hết khi {clear}")
            }
            None => say!(
                self.lang,
                "over when that is false",
                "hết khi điều kiện sai"
            ),
        };
        if hold.is_zero() {
            say!(
                self.lang,
                "{severity} at once when {when}; {over}.",
                "{severity} ngay khi {when}; {over}."
            )
        } else {
            say!(
                self.lang,
                "{severity} when {when} has held for {hold}; {over}.",
                "{severity} khi {when} kéo dài {hold}; {over}."
            )
        }
    }

    pub(super) fn ends(&self) -> Vec<String> {
        let keep = self.rule.ladder.keep_firing_for;
        let absent = matches!(self.rule.conditions, Conditions::Absent { .. });
        let line = if absent && keep.is_zero() {
            say!(
                self.lang,
                "It resolves with the next sign of life.",
                "Kết thúc khi có tín hiệu trở lại."
            )
        } else if keep.is_zero() {
            say!(
                self.lang,
                "It resolves at once when that is over.",
                "Kết thúc ngay khi hết."
            )
        } else {
            say!(
                self.lang,
                "It resolves when all of that has been over for {keep}.",
                "Kết thúc khi tất cả đã hết được {keep}."
            )
        };
        let mut lines = vec![line];
        if let Some(repeat) = self.rule.ladder.repeat() {
            let (count, within) = (repeat.count, repeat.within);
            lines.push(say!(
                self.lang,
                "That is over when it is clear and came true less than {count} times in the last {within}.",
                "Coi là hết khi điều kiện đã hết và trong {within} gần nhất xảy ra ít hơn {count} lần."
            ));
        }
        lines
    }

    pub(super) fn calls(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let settle = self.rule.settle();
        if !settle.is_zero() {
            lines.push(say!(
                self.lang,
                "It is shown at once and calls after {settle}: a cause may come later than its effects.",
                "Hiện ngay, báo động sau {settle}: nguyên nhân có thể đến sau hậu quả."
            ));
        }
        for inhibition in self.plan.inhibitions.iter().filter(|i| i.effect == self.ix) {
            let cause = &self.plan.get(inhibition.cause).info.name;
            let shared = self.shared(&inhibition.on);
            lines.push(say!(
                self.lang,
                "Shown without calling while {cause} fires {shared}.",
                "Chỉ hiện, không báo động khi {cause} đang báo {shared}."
            ));
        }
        let effects = self.plan.inhibitions.iter().filter(|i| i.cause == self.ix);
        let effects: Vec<_> = effects
            .map(|i| self.plan.get(i.effect).info.name.told())
            .collect();
        if !effects.is_empty() {
            let effects = listed(&effects, self.lang);
            lines.push(say!(
                self.lang,
                "While it fires, it keeps {effects} from calling.",
                "Khi đang báo, nó giữ cho {effects} không báo động."
            ));
        }
        let (limit, keys) = (self.rule.limit as usize, self.keys());
        lines.push(if keys > limit {
            say!(
                self.lang,
                "At most {limit} of {keys} possible alerts call at once; ioc/OverLimit says when there are more.",
                "Tối đa {limit} trên {keys} cảnh báo có thể có được báo động cùng lúc; vượt quá thì ioc/OverLimit báo."
            )
        } else {
            say!(
                self.lang,
                "All of its {keys} possible alerts may call at once (limit {limit}).",
                "Cả {keys} cảnh báo có thể có đều được báo động cùng lúc (giới hạn {limit})."
            )
        });
        lines.extend(self.escalates());
        lines
    }

    fn escalates(&self) -> Vec<String> {
        let steps = self.rule.info.escalate().iter();
        let mut lines: Vec<_> = steps
            .map(|step| {
                let (after, to) = (step.after, &step.to);
                match step.unless {
                    Some(Unless::Acked) => say!(
                        self.lang,
                        "{to} is told after {after}, unless somebody has acknowledged it.",
                        "Sau {after} thì báo {to}, trừ khi đã có người xác nhận."
                    ),
                    Some(Unless::Assigned) => say!(
                        self.lang,
                        "{to} is told after {after}, unless somebody works on it.",
                        "Sau {after} thì báo {to}, trừ khi đã có người xử lý."
                    ),
                    None => say!(
                        self.lang,
                        "{to} is told after {after}, unless it is over.",
                        "Sau {after} thì báo {to}, trừ khi đã hết."
                    ),
                }
            })
            .collect();
        if !lines.is_empty() {
            lines.push(say!(
                self.lang,
                "That counts only the time for which it calls: firing, annunciated, not shelved.",
                "Chỉ tính thời gian đang báo động: đang báo, không bị nén, không tạm gác."
            ));
        }
        lines
    }

    fn shared(&self, on: &[Dimension]) -> String {
        let on: Vec<_> = on
            .iter()
            .map(|dimension| match dimension {
                Dimension::Asset => say!(self.lang, "on the same asset", "trên cùng thiết bị"),
                Dimension::Uplink => say!(
                    self.lang,
                    "on the asset it depends on (uplink)",
                    "trên thiết bị mà nó phụ thuộc (uplink)"
                ),
                other => {
                    let name = other.name();
                    say!(self.lang, "with the same {name}", "có cùng {name}")
                }
            })
            .collect();
        listed(&on, self.lang)
    }

    /// What a reviewer would ask about.
    pub(super) fn remarks(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Conditions::Levels(levels) = &self.rule.conditions {
            let sharp = levels.iter().any(|level| level.clear.is_none());
            let lasting = self.rule.ladder.keep_firing_for.is_zero();
            if sharp && lasting && self.rule.info.by.len() == 1 && self.compares_numbers() {
                lines.push(say!(
                    self.lang,
                    "It fires and clears at the same value, at once: near that value it flickers. Give it a 'clear' or 'keep_firing_for'.",
                    "Báo và hết ở cùng một giá trị, ngay lập tức: quanh giá trị đó sẽ chập chờn. Thêm 'clear' hoặc 'keep_firing_for'."
                ));
            }
            lines.extend(self.short_holds());
        }
        if self.rule.guidance().is_none() {
            lines.push(say!(
                self.lang,
                "It has no guidance: who sees the alert is not told what to do.",
                "Chưa có guidance: người nhận cảnh báo không được chỉ dẫn phải làm gì."
            ));
        }
        lines
    }

    /// Levels whose `for` ends before a second reading is due.
    fn short_holds(&self) -> Option<String> {
        let every = self.kind.report_every;
        let levels = self.rule.ladder.levels.iter();
        let short = levels.filter(|(_, hold)| !hold.is_zero() && *hold < every);
        let short: Vec<_> = short
            .map(|(severity, hold)| format!("{} ({hold})", severity.as_str()))
            .collect();
        if short.is_empty() {
            return None;
        }
        let short = listed(&short, self.lang);
        Some(say!(
            self.lang,
            "'for' of {short} is shorter than from one reading to the next ({every}): a single reading decides.",
            "'for' của {short} ngắn hơn khoảng giữa hai lần đo ({every}): chỉ một lần đo là đủ."
        ))
    }
}
