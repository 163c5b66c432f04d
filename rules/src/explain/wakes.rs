//! What makes the engine look at a rule: read from the same index that the engine goes by.

use model::{KindId, Lifecycle, Span};

use super::{About, listed, say};
use crate::crossings::Crossings;
use crate::plan::{Clock, KindPlan, Subject};
use crate::related::Via;
use crate::slots::SlotSource;

impl About<'_> {
    fn index(&self) -> &KindPlan {
        &self.plan.kinds[self.kind.id.index()]
    }

    /// The rule's place in its kind's index.
    fn place(&self) -> u32 {
        let rules = &self.index().rules;
        let place = rules.iter().position(|rule| *rule == self.ix);
        place.map_or(u32::MAX, |place| place as u32)
    }

    pub(super) fn compares_numbers(&self) -> bool {
        let (index, place) = (self.index(), self.place());
        let fields = index.fields.iter().map(|field| &field.crossings);
        let mut all = fields.chain(index.statistics.iter().map(|figure| &figure.crossings));
        all.any(|crossings| !crossings.of_rule(place).is_empty())
    }

    pub(super) fn woken_by(&self) -> Vec<String> {
        let mut lines = self.by_fields();
        lines.extend(self.by_windows());
        lines.extend(self.by_silence());
        lines.extend(self.by_neighbours());
        lines.extend(self.by_clocks());
        lines.extend(self.by_timers());
        let always = self.looked_at_always();
        lines.push(match (&self.rule.subject, always) {
            (_, true) => self.pace(),
            (Subject::Group(_), false) => say!(
                self.lang,
                "Each such step of a member is counted in constant time; other readings cost nothing.",
                "Mỗi bước như vậy của một thành viên được cộng dồn trong thời gian hằng; các số đo khác không tốn gì."
            ),
            _ => say!(
                self.lang,
                "Other readings cost nothing.",
                "Các số đo khác không tốn gì."
            ),
        });
        lines
    }

    /// What makes the engine look at a sequence, kind by kind.
    pub(super) fn sequence_woken_by(&self, kinds: &[KindId]) -> Vec<String> {
        let mut lines = Vec::new();
        for kind in kinds {
            let about = self.on_kind(*kind);
            let mut of_kind = about.by_fields();
            of_kind.extend(about.by_windows());
            of_kind.extend(about.by_watched_silence());
            of_kind.extend(about.by_neighbours());
            of_kind.extend(about.by_timers());
            if about.looked_at_always() {
                of_kind.push(about.pace());
            }
            let name = &about.kind.name;
            lines.extend(of_kind.into_iter().map(|line| format!("{name}: {line}")));
        }
        lines.extend(self.by_clocks());
        lines.push(say!(
            self.lang,
            "Other readings cost nothing. What names earlier steps is looked at only when the rest of its step rises.",
            "Các số đo khác không tốn gì. Phần nhắc tới bước trước chỉ được xét khi phần còn lại của bước vừa đúng."
        ));
        lines
    }

    fn by_fields(&self) -> Vec<String> {
        let place = self.place();
        let mut lines = Vec::new();
        for (field, used) in self.kind.fields.iter().zip(&self.index().fields) {
            let name = &*field.name;
            lines.extend(self.met(name, &used.crossings, field.unit.as_deref()));
            let words = field.symbols.iter().zip(&used.words);
            let words: Vec<_> = words
                .filter(|(_, rules)| rules.contains(&place))
                .map(|(word, _)| format!("'{word}'"))
                .collect();
            if !words.is_empty() {
                let words = listed(&words, self.lang);
                lines.push(say!(
                    self.lang,
                    "{name} becomes or leaves {words}",
                    "{name} trở thành hoặc thôi là {words}"
                ));
            }
            if used.others.contains(&place) {
                lines.push(say!(
                    self.lang,
                    "every change of {name}",
                    "mọi thay đổi của {name}"
                ));
            }
        }
        lines
    }

    /// The bounds at which a number wakes the rule.
    fn met(&self, name: &str, crossings: &Crossings, unit: Option<&str>) -> Option<String> {
        let mut bounds = crossings.of_rule(self.place());
        bounds.dedup();
        if bounds.is_empty() {
            return None;
        }
        let unit = unit.map_or(String::new(), |unit| format!(" ({unit})"));
        let bounds = listed(&bounds, self.lang);
        Some(say!(
            self.lang,
            "{name}{unit} reaches, crosses or leaves {bounds}",
            "{name}{unit} chạm, vượt hoặc rời {bounds}"
        ))
    }

    fn by_windows(&self) -> Vec<String> {
        let place = self.place();
        let mut lines = Vec::new();
        for used in &self.index().statistics {
            let figure = self.figure(used.window, used.statistic);
            lines.extend(self.met(&figure, &used.crossings, None));
            if used.others.contains(&place) {
                lines.push(say!(
                    self.lang,
                    "every reading that may move {figure}",
                    "mọi số đo có thể làm đổi {figure}"
                ));
            }
        }
        lines
    }

    fn by_silence(&self) -> Vec<String> {
        let mut lines = self.by_watched_silence();
        if lines.is_empty() {
            let stale = self.kind.stale_after;
            lines.push(say!(
                self.lang,
                "an asset that becomes unknown (after {stale} of silence) or known again",
                "thiết bị trở nên không rõ (im lặng {stale}) hoặc rõ trở lại"
            ));
        }
        lines
    }

    fn by_watched_silence(&self) -> Vec<String> {
        let (index, place) = (self.index(), self.place());
        let silences = index.silences.iter().zip(&index.by_silence);
        let watched = silences.filter(|(_, rules)| rules.contains(&place));
        watched
            .map(|(silence, _)| {
                let length = silence.length;
                say!(
                    self.lang,
                    "{length} of silence, and the sign of life after it (one timer an asset for all rules)",
                    "im lặng {length}, và tín hiệu đầu tiên sau đó (mỗi thiết bị một bộ hẹn giờ cho mọi luật)"
                )
            })
            .collect()
    }

    fn by_neighbours(&self) -> Vec<String> {
        let (index, place) = (self.index(), self.place());
        let relations = index.relations.iter().zip(&index.by_relation);
        let looked = relations.filter(|(_, rules)| rules.contains(&place));
        looked
            .map(|(relation, _)| {
                let via = match &relation.via {
                    Via::Uplink => "uplink".to_owned(),
                    Via::Column { name, .. } => name.to_string(),
                    Via::Asset(id) => id.to_string(),
                };
                say!(
                    self.lang,
                    "a change of the neighbour by {via}",
                    "thay đổi ở thiết bị liên quan theo {via}"
                )
            })
            .collect()
    }

    fn by_clocks(&self) -> Vec<String> {
        let clocks = self
            .rule
            .clocks()
            .iter()
            .map(|clock| &self.plan.clocks[usize::from(*clock)]);
        clocks
            .map(|clock| match clock {
                Clock::Calendar(name) => say!(
                    self.lang,
                    "the calendar {name} opens or closes",
                    "lịch {name} mở hoặc đóng"
                ),
                Clock::Hour => say!(self.lang, "a full hour", "mỗi giờ chẵn"),
                Clock::Day => say!(
                    self.lang,
                    "a new day, for its sunrise and sunset",
                    "ngày mới, để tính giờ mặt trời mọc và lặn"
                ),
            })
            .collect()
    }

    fn by_timers(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.index().timed.contains(&self.place()) {
            let helds = self.slots().into_iter().filter_map(|slot| match slot {
                SlotSource::Held(held) => self.index().helds.get(usize::from(held)),
                _ => None,
            });
            let mut told = false;
            for held in helds {
                told = true;
                let (text, length) = (&held.text, held.length);
                lines.push(say!(
                    self.lang,
                    "`{text}` turns, or has held for {length} (a timer an asset)",
                    "`{text}` đổi, hoặc đã kéo dài {length} (mỗi thiết bị một bộ hẹn giờ)"
                ));
            }
            if !told {
                lines.push(say!(
                    self.lang,
                    "every reading, and a timer at the times its condition turns by itself",
                    "mọi số đo, và bộ hẹn giờ vào lúc điều kiện tự đổi"
                ));
            }
        }
        lines
    }

    /// Whether plain readings wake it.
    fn looked_at_always(&self) -> bool {
        let (index, place) = (self.index(), self.place());
        let fields = index.fields.iter().any(|used| used.others.contains(&place));
        let windows = index
            .statistics
            .iter()
            .any(|used| used.others.contains(&place));
        fields || windows || index.timed.contains(&place)
    }

    /// How often that is, when all report as the catalog says.
    fn pace(&self) -> String {
        let assets = self.assets(|life| life == Lifecycle::InService);
        let every = self.kind.report_every;
        let a_second = assets as f64 / every.max(Span::from_millis(1)).secs_f64();
        let rate = match a_second {
            often if often >= 1.0 => {
                say!(
                    self.lang,
                    "{often:.0} times a second",
                    "{often:.0} lần mỗi giây"
                )
            }
            seldom => {
                let rate = seldom * 60.0;
                say!(
                    self.lang,
                    "{rate:.1} times a minute",
                    "{rate:.1} lần mỗi phút"
                )
            }
        };
        say!(
            self.lang,
            "With {assets} assets that report every {every} it is looked at up to {rate}.",
            "Với {assets} thiết bị báo mỗi {every}, luật được xét tối đa {rate}."
        )
    }
}
