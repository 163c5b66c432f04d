//! What a derivation makes, when, and who reads it.

use model::{Kind, Lifecycle, Span};

use super::{About, Part, bytes, code, listed, say};
use crate::derivations::{Derivation, Form, MAX_SAMPLES, Sample, heartbeat};
use crate::plan::{Conditions, Rule, Subject};

impl About<'_> {
    pub(super) fn of_derivation(&self, derivation: &Derivation) -> Vec<Part> {
        let target = self.city.catalog.kind(derivation.target);
        vec![
            ("What", "Nội dung", self.makes(derivation, target)),
            ("Fields", "Trường", Self::made_fields(derivation, target)),
            ("Closes", "Đóng khi", self.closes(derivation, target)),
            ("Read by", "Ai dùng", self.readers(target)),
            ("Unknown", "Không rõ", self.made_unknown(derivation, target)),
            ("Late", "Đến muộn", self.made_late(derivation)),
            (
                "Woken by",
                "Đánh thức",
                self.derivation_woken_by(derivation),
            ),
            ("Memory", "Bộ nhớ", self.derivation_held(derivation)),
        ]
    }

    fn makes(&self, derivation: &Derivation, target: &Kind) -> Vec<String> {
        let (name, title) = (&target.name, self.titled(target));
        let (on, whose) = (&self.kind.name, self.title());
        let mut made = self
            .city
            .assets
            .iter()
            .filter(|a| a.kind == derivation.target);
        let first = made.next();
        let count = usize::from(first.is_some()) + made.count();
        let members = self.assets(|life| life == Lifecycle::InService);
        let each = match &self.rule.subject {
            Subject::Group(_) if self.rule.info.by.is_empty() => {
                say!(self.lang, "for the whole city", "cho cả thành phố")
            }
            Subject::Group(_) => {
                let by: Vec<_> = self.rule.info.by.iter().map(ToString::to_string).collect();
                let by = listed(&by, self.lang);
                say!(self.lang, "for each {by}", "cho mỗi {by}")
            }
            _ => say!(self.lang, "for each asset", "cho mỗi thiết bị"),
        };
        let example = first.map_or(String::new(), |asset| {
            let id = asset.id.as_str();
            say!(self.lang, ", such as {id}", ", ví dụ {id}")
        });
        vec![
            say!(
                self.lang,
                "Computes readings of {name} ({title}) from {on} ({whose}), one derived asset {each}; no alerts.",
                "Tính số đo của {name} ({title}) từ {on} ({whose}), một thiết bị suy ra {each}; không báo động."
            ),
            say!(
                self.lang,
                "{count} derived assets today, made of {members} assets in service{example}.",
                "Hiện có {count} thiết bị suy ra, từ {members} thiết bị đang hoạt động{example}."
            ),
        ]
    }

    fn made_fields(derivation: &Derivation, target: &Kind) -> Vec<String> {
        let fields = derivation.fields.iter().map(|made| {
            let field = &target.fields[made.id.index()];
            let (name, ty) = (&field.name, field.value_type);
            let source = code(made.program.source());
            let unit = field.unit.as_ref().filter(|unit| ***unit != *"1");
            let unit = unit.map_or(String::new(), |unit| format!(", {unit}"));
            format!("{name} = {source} ({ty}{unit})")
        });
        fields.collect()
    }

    fn closes(&self, derivation: &Derivation, target: &Kind) -> Vec<String> {
        let (zone, grace) = (&self.city.time_zone, derivation.grace);
        let window = match derivation.form {
            Form::Tumbling { every } => say!(
                self.lang,
                "A window of {every} after the other, on the city's clock ({zone}).",
                "Cửa sổ {every} nối tiếp nhau, theo giờ thành phố ({zone})."
            ),
            Form::Hopping { size, every } => say!(
                self.lang,
                "The last {size}, every {every} on the city's clock ({zone}).",
                "{size} gần nhất, mỗi {every} theo giờ thành phố ({zone})."
            ),
            Form::Sliding { least } => return self.slides(least, target),
            Form::Session { gap } => say!(
                self.lang,
                "A window ends when no reading of its members came for {gap}; the reading is that of the whole session.",
                "Cửa sổ kết thúc khi {gap} không có số đo nào; kết quả tính trên cả phiên."
            ),
            Form::Count { readings } => say!(
                self.lang,
                "A window ends as soon as it has {readings} readings.",
                "Cửa sổ kết thúc ngay khi đủ {readings} số đo."
            ),
        };
        let mut lines = vec![window];
        if derivation.form.every().is_some() {
            lines.push(say!(
                self.lang,
                "It holds what was measured after its begin and up to its end, and closes {grace} after the end (grace), whatever comes. Its reading is measured at the end.",
                "Gồm những gì đo sau lúc mở tới lúc kết thúc; đóng sau khi kết thúc {grace} (grace) dù có gì đến. Số đo mang giờ kết thúc."
            ));
        }
        lines
    }

    fn slides(&self, least: Span, target: &Kind) -> Vec<String> {
        let beat = heartbeat(target);
        let told = if least.is_zero() {
            say!(
                self.lang,
                "No window: worked out whenever a member changes.",
                "Không có cửa sổ: tính lại mỗi khi một thành viên thay đổi."
            )
        } else {
            say!(
                self.lang,
                "No window: worked out when a member changes, told at most once in {least}.",
                "Không có cửa sổ: tính lại khi một thành viên thay đổi, tối đa một lần mỗi {least}."
            )
        };
        let beats = say!(
            self.lang,
            "While nothing changes it is told again every {beat}, so that silence still means something.",
            "Khi không có gì đổi thì nhắc lại mỗi {beat}, để im lặng vẫn có ý nghĩa."
        );
        vec![told, beats]
    }

    /// The rules that watch its readings, or look at them as a neighbour's.
    fn readers(&self, target: &Kind) -> Vec<String> {
        let watches = |rule: &&Rule| match (&rule.subject, &rule.conditions) {
            (Subject::Asset(kind), _) => *kind == target.id,
            (Subject::Group(group), _) => group.kind == target.id,
            (_, Conditions::Sequence(sequence)) => {
                let mut watches = sequence.watches();
                watches.any(|(_, watch)| watch.kind == target.id)
            }
            _ => false,
        };
        let mut names: Vec<_> = self.plan.rules.iter().filter(watches).collect();
        for kind in &self.plan.kinds {
            let relations = kind.relations.iter().zip(&kind.by_relation);
            let mine = relations.filter(|(relation, _)| relation.kind == Some(target.id));
            for place in mine.flat_map(|(_, rules)| rules) {
                names.push(self.plan.get(kind.rules[*place as usize]));
            }
        }
        let mut names: Vec<_> = names.iter().map(|rule| rule.info.name.told()).collect();
        names.sort();
        names.dedup();
        if names.is_empty() {
            return vec![say!(
                self.lang,
                "No rule; screens show it as any reading.",
                "Chưa có luật nào; màn hình hiển thị như mọi số đo."
            )];
        }
        let names = listed(&names, self.lang);
        vec![say!(
            self.lang,
            "{names}, within the same moment; and screens as any reading.",
            "{names}, trong cùng một thời điểm; màn hình hiển thị như mọi số đo."
        )]
    }

    fn made_unknown(&self, derivation: &Derivation, target: &Kind) -> Vec<String> {
        let mut lines = Vec::new();
        if derivation.form.is_of_speakers() {
            lines.push(say!(
                self.lang,
                "Its windows are made of those who spoke: that a member is silent by then takes nothing back.",
                "Cửa sổ tính trên những thiết bị đã gửi số đo: sau đó có im lặng cũng không rút lại."
            ));
        } else if let Subject::Group(group) = &self.rule.subject {
            let share = (group.min_known * 100.0).round();
            lines.push(say!(
                self.lang,
                "With less than {share} % of its members known the derived asset is unknown: it keeps its last values, stale.",
                "Khi chưa tới {share} % thành viên là rõ thì thiết bị suy ra không rõ: giữ giá trị cũ, đánh dấu quá hạn."
            ));
        }
        if derivation.form.every().is_some() {
            lines.push(say!(
                self.lang,
                "A window that closed while the engine was away or its sources were lost is unknown.",
                "Cửa sổ đóng khi bộ máy không chạy hoặc mất nguồn là không rõ."
            ));
        }
        let stale = target.stale_after;
        lines.push(say!(
            self.lang,
            "After {stale} without a reading the derived asset is unknown.",
            "Sau {stale} không có số đo thì thiết bị suy ra là không rõ."
        ));
        lines
    }

    fn made_late(&self, derivation: &Derivation) -> Vec<String> {
        let line = if derivation.form.every().is_some() {
            say!(
                self.lang,
                "What comes after its window has closed counts in later windows that reach back so far, and in ioc_readings_total{{outcome=\"late_for_window\"}}.",
                "Số đo đến sau khi cửa sổ đã đóng chỉ vào các cửa sổ sau còn bao trùm nó, và được đếm trong ioc_readings_total{{outcome=\"late_for_window\"}}."
            )
        } else if derivation.form.is_of_speakers() {
            say!(
                self.lang,
                "It takes readings in the order in which they come, current ones only.",
                "Nhận số đo theo thứ tự đến, chỉ số đo hiện tại."
            )
        } else {
            say!(
                self.lang,
                "A reading older than its member's newest goes into windows over time and history alone.",
                "Số đo cũ hơn số mới nhất của thành viên chỉ vào cửa sổ theo thời gian và lịch sử."
            )
        };
        vec![line]
    }

    fn derivation_woken_by(&self, derivation: &Derivation) -> Vec<String> {
        let grace = derivation.grace;
        match derivation.form {
            Form::Tumbling { every } | Form::Hopping { every, .. } => vec![say!(
                self.lang,
                "the clock, {grace} after every {every}, once for all its assets; readings are only put aside for it",
                "đồng hồ, {grace} sau mỗi {every}, một lần cho tất cả; số đo chỉ được cất lại"
            )],
            Form::Sliding { .. } => self.woken_by(),
            Form::Session { .. } => vec![say!(
                self.lang,
                "every reading of a member, and a timer for each open session",
                "mọi số đo của thành viên, và một bộ hẹn giờ cho mỗi phiên đang mở"
            )],
            Form::Count { .. } => vec![say!(
                self.lang,
                "every reading of a member",
                "mọi số đo của thành viên"
            )],
        }
    }

    fn derivation_held(&self, derivation: &Derivation) -> Vec<String> {
        let members = self.assets(|life| life == Lifecycle::InService);
        let mut lines: Vec<_> = self.kept(derivation, members).into_iter().collect();
        lines.extend(self.windows_held(members));
        lines.extend(self.helds_held(members));
        lines.extend(self.members_held());
        lines
    }

    /// The readings put aside for windows that are still open.
    fn kept(&self, derivation: &Derivation, members: usize) -> Option<String> {
        let fields = derivation.collects.iter();
        let names = fields.map(|id| self.kind.fields[id.index()].name.to_string());
        let names: Vec<_> = names.collect();
        if names.is_empty() {
            return None;
        }
        let (fields, sample) = (names.len(), size_of::<Sample>());
        let (names, each) = (listed(&names, self.lang), bytes(sample));
        let Some(every) = derivation.form.every() else {
            return Some(say!(
                self.lang,
                "Readings of {names} until the window ends: {each} each, at most {MAX_SAMPLES} a field and member.",
                "Số đo {names} cho tới khi cửa sổ kết thúc: {each} mỗi số, tối đa {MAX_SAMPLES} mỗi trường và thành viên."
            ));
        };
        let back = every.max(derivation.lookback).millis() + derivation.grace.millis();
        let pace = self.kind.report_every.max(Span::from_millis(1));
        let readings = (back / pace.millis()).clamp(1, MAX_SAMPLES as i64) as usize;
        let back = Span::from_millis(back);
        let all = bytes(readings * fields * sample * members);
        Some(say!(
            self.lang,
            "Readings of {names} of the last {back}: {each} each, about {readings} a field and member at the usual pace, {all} for {members} members.",
            "Số đo {names} trong {back} gần nhất: {each} mỗi số, khoảng {readings} mỗi trường và thành viên theo nhịp thường, {all} cho {members} thành viên."
        ))
    }
}
