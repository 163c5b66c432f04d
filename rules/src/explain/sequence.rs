//! What a sequence waits for, how long, and what it remembers meanwhile.

use std::collections::BTreeSet;

use model::Lifecycle;

use super::{About, Part, bytes, code, kinds_of, listed, say};
use crate::plan::{Dimension, Subject};
use crate::sequences::{Capture, Edge, Kept, MAX_MATCHES, Match, SequencePlan, Step};

impl About<'_> {
    pub(super) fn of_sequence(&self, sequence: &SequencePlan) -> Vec<Part> {
        let kinds = kinds_of(sequence);
        let woken = self.sequence_woken_by(&kinds);
        vec![
            ("What", "Nội dung", self.whose_steps(sequence)),
            ("Waits for", "Chờ", self.waits_for(sequence)),
            ("Fires", "Báo khi", self.becomes_whole(sequence)),
            ("Ends", "Kết thúc", self.matches_end(sequence)),
            ("Calls", "Báo động", self.calls()),
            ("Unknown", "Không rõ", self.rises_unknown(sequence)),
            ("Late", "Đến muộn", self.rises_late()),
            ("Woken by", "Đánh thức", woken),
            ("Memory", "Bộ nhớ", self.matches_held(sequence)),
            ("Consider", "Xem lại", self.remarks()),
        ]
    }

    fn whose_steps(&self, sequence: &SequencePlan) -> Vec<String> {
        let (Subject::Sequence { asset: None }, by) = (&self.rule.subject, &sequence.by) else {
            let mut lines = vec![self.each_asset()];
            lines.extend(self.draft());
            return lines;
        };
        let kinds = kinds_of(sequence).into_iter().map(|kind| {
            let kind = self.city.catalog.kind(kind);
            format!("{} ({})", kind.name, self.titled(kind))
        });
        let kinds = listed(&kinds.collect::<Vec<_>>(), self.lang);
        let dimensions: Vec<_> = by.iter().map(|d| d.name().to_string()).collect();
        let (dimensions, keys) = (listed(&dimensions, self.lang), self.sequence_keys(by));
        let mut lines = vec![if by.is_empty() {
            say!(
                self.lang,
                "One alert for the whole city, over the assets of {kinds} in service.",
                "Một cảnh báo cho cả thành phố, trên các thiết bị {kinds} đang hoạt động."
            )
        } else {
            say!(
                self.lang,
                "One alert for each {dimensions} that has {kinds} in service: {keys} of them. All assets of a match share it.",
                "Một cảnh báo cho mỗi {dimensions} có {kinds} đang hoạt động: {keys}. Mọi thiết bị trong một chuỗi đều chung giá trị đó."
            )
        }];
        lines.extend(self.draft());
        lines
    }

    /// How many keys have assets in service for every step.
    pub(super) fn sequence_keys(&self, by: &[Dimension]) -> usize {
        let crate::plan::Conditions::Sequence(sequence) = &self.rule.conditions else {
            return 0;
        };
        let kinds = sequence.steps.iter().map(|step| step.watch.kind);
        let keys = kinds.map(|kind| {
            let (members, _) = self.members_by(self.city.catalog.kind(kind), by);
            members.into_keys().collect::<BTreeSet<_>>()
        });
        keys.reduce(|all, other| all.intersection(&other).cloned().collect())
            .map_or(0, |keys| keys.len())
    }

    fn waits_for(&self, sequence: &SequencePlan) -> Vec<String> {
        let mut lines = Vec::new();
        for (place, step) in sequence.steps.iter().enumerate() {
            lines.extend(self.guards(sequence, place));
            lines.push(self.step(place, step));
        }
        lines.extend(self.guards(sequence, sequence.steps.len()));
        let within = sequence.within;
        lines.push(say!(
            self.lang,
            "All of it in this order, less than {within} after the first, in the engine's time. A step rises when it was false and is true: the first reading, a retained message and a backlog are no rise.",
            "Tất cả theo thứ tự đó, trong vòng {within} kể từ bước đầu, theo giờ của bộ máy. Một bước xảy ra khi đang sai rồi thành đúng: số đo đầu tiên, bản tin retained và dữ liệu cũ không tính."
        ));
        lines.extend(self.inside_calendar());
        lines
    }

    fn step(&self, place: usize, step: &Step) -> String {
        let (number, when) = (place + 1, code(step.watch.source()));
        let kind = &self.city.catalog.kind(step.watch.kind).name;
        let name = step.name.as_ref();
        let name = name.map_or(String::new(), |name| format!(" ({name})"));
        let times = match step.times {
            1 => String::new(),
            times => say!(self.lang, ", {times} times", ", {times} lần"),
        };
        say!(
            self.lang,
            "{number}{name}: {when} comes true on an asset of {kind}{times}",
            "{number}{name}: {when} thành đúng ở một thiết bị {kind}{times}"
        )
    }

    /// What must not come true before a step; after the last one, before the end of `within`.
    fn guards(&self, sequence: &SequencePlan, before: usize) -> Vec<String> {
        let guards = sequence.guards.iter().filter(|g| g.before == before);
        let last = before == sequence.steps.len();
        guards
            .map(|guard| {
                let when = code(guard.watch.source());
                let kind = &self.city.catalog.kind(guard.watch.kind).name;
                let within = sequence.within;
                if last {
                    say!(
                        self.lang,
                        "and then not {when} on an asset of {kind}, until {within} are over",
                        "rồi không có {when} ở thiết bị {kind} nào, cho tới hết {within}"
                    )
                } else {
                    say!(
                        self.lang,
                        "in between not {when} on an asset of {kind}: it ends the matches that wait here",
                        "ở giữa không có {when} ở thiết bị {kind} nào: nếu có thì chuỗi đang chờ ở đây kết thúc"
                    )
                }
            })
            .collect()
    }

    fn becomes_whole(&self, sequence: &SequencePlan) -> Vec<String> {
        let severity = self.rule.ladder.levels.first();
        let severity = severity.map_or("", |(severity, _)| severity.as_str());
        let within = sequence.within;
        let when = if sequence.waits_for_the_end() {
            say!(
                self.lang,
                "{severity} when the {within} of the first whole match are over.",
                "{severity} khi hết {within} của chuỗi trọn vẹn đầu tiên."
            )
        } else {
            say!(
                self.lang,
                "{severity} with the last step of the first whole match.",
                "{severity} ngay ở bước cuối của chuỗi trọn vẹn đầu tiên."
            )
        };
        if matches!(self.rule.subject, Subject::Sequence { asset: Some(_) }) {
            return vec![when];
        }
        let every = say!(
            self.lang,
            "Every combination is a match: of three that do a step, any two are a pair. It is one alert for all of them.",
            "Mọi tổ hợp đều là một chuỗi: trong ba thiết bị cùng xảy ra, hai cái bất kỳ là một cặp. Tất cả chung một cảnh báo."
        );
        vec![when, every]
    }

    fn matches_end(&self, sequence: &SequencePlan) -> Vec<String> {
        let each = match &sequence.clear {
            Some(clear) => {
                let clear = code(clear.source());
                say!(
                    self.lang,
                    "A whole match stands until {clear}, of its assets as they are then.",
                    "Chuỗi trọn vẹn còn hiệu lực cho tới khi {clear}, xét thiết bị ở thời điểm đó."
                )
            }
            None => say!(
                self.lang,
                "A whole match stands on those of its steps that still held when it became whole, and ends when one of them is false; one that stands on nothing ends at once.",
                "Chuỗi trọn vẹn dựa trên các bước còn đúng lúc nó trọn vẹn, và hết khi một bước trong đó sai; không dựa trên bước nào thì hết ngay."
            ),
        };
        let keep = self.rule.ladder.keep_firing_for;
        let all = if keep.is_zero() {
            say!(
                self.lang,
                "The alert resolves with the last match that stands.",
                "Cảnh báo kết thúc cùng chuỗi cuối cùng còn hiệu lực."
            )
        } else {
            say!(
                self.lang,
                "The alert resolves when no match has stood for {keep}.",
                "Cảnh báo kết thúc khi {keep} không còn chuỗi nào hiệu lực."
            )
        };
        vec![each, all]
    }

    fn rises_unknown(&self, sequence: &SequencePlan) -> Vec<String> {
        let mut lines = vec![say!(
            self.lang,
            "What is unknown neither rises nor ends anything. An asset that was false, went silent and comes back true has risen.",
            "Điều không rõ không làm bước nào xảy ra cũng không kết thúc gì. Thiết bị đang sai, im lặng rồi trở lại với giá trị đúng là một lần xảy ra."
        )];
        if sequence.waits_for_the_end() {
            lines.push(say!(
                self.lang,
                "While the source of an asset of a match is lost, its end waits: who cannot be heard proves nothing.",
                "Khi mất nguồn của một thiết bị trong chuỗi thì chưa kết luận: không nghe được thì không chứng minh được gì."
            ));
        }
        lines
    }

    fn rises_late(&self) -> Vec<String> {
        vec![say!(
            self.lang,
            "Rises follow one another in the order in which they arrive. A reading older than the asset's newest is no rise.",
            "Các bước nối tiếp theo thứ tự nhận được. Số đo cũ hơn số mới nhất của thiết bị không tính."
        )]
    }

    fn matches_held(&self, sequence: &SequencePlan) -> Vec<String> {
        let mut lines = Vec::new();
        for kind in kinds_of(sequence) {
            let about = self.on_kind(kind);
            let assets = about.assets(|life| life == Lifecycle::InService);
            lines.extend(about.windows_held(assets));
            lines.extend(about.helds_held(assets));
            let watches = sequence.watches().filter(|(_, watch)| watch.kind == kind);
            let each = watches.count() * size_of::<Edge>();
            let (one, all, name) = (bytes(each), bytes(each * assets), &about.kind.name);
            lines.push(say!(
                self.lang,
                "What was last known of its conditions: {one} an asset of {name}; {all} for {assets} assets.",
                "Trạng thái gần nhất của các điều kiện: {one} mỗi thiết bị {name}; {all} cho {assets} thiết bị."
            ));
        }
        let slots = sequence.steps.iter().map(|step| step.watch.slots.len());
        let values = slots.max().unwrap_or_default() * size_of::<Option<Kept>>();
        let of_match = bytes(size_of::<Match>());
        let of_rise = bytes(size_of::<Capture>() + values);
        lines.push(say!(
            self.lang,
            "A match takes about {of_match}, and each of its rises up to {of_rise}. At most {MAX_MATCHES} of a key wait and {MAX_MATCHES} stand; more are not followed, counted in ioc_sequence_matches_refused_total, and the alert's why says so.",
            "Mỗi chuỗi tốn khoảng {of_match}, mỗi lần xảy ra trong đó tối đa {of_rise}. Mỗi khóa tối đa {MAX_MATCHES} chuỗi chờ và {MAX_MATCHES} chuỗi còn hiệu lực; nhiều hơn thì bỏ qua, được đếm trong ioc_sequence_matches_refused_total và cảnh báo nói rõ."
        ));
        lines.push(self.alert_held());
        lines
    }
}
