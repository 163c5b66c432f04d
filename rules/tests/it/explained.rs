//! Rules in plain words, as an author pastes them into a review.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use model::{Lang, RuleName, SourceFile};
use rules::Plan;

#[track_caller]
fn check(name: &str, lang: Lang, expected: &Expect) {
    let pack = crate::support::pack();
    check_in(&pack.plan, &pack.city, name, lang, expected);
}

#[track_caller]
fn check_in(plan: &Plan, city: &city::City, name: &str, lang: Lang, expected: &Expect) {
    let (group, alone) = name.split_once('/').expect("group/name");
    let name = RuleName {
        group: group.into(),
        name: alone.into(),
    };
    let told = rules::explain(plan, city, &name, lang).expect("a rule of the pack");
    let mut text = String::new();
    for (heading, lines) in &told.parts {
        writeln!(text, "{heading}").expect("writing to a String");
        for line in lines {
            writeln!(text, "  {line}").expect("writing to a String");
        }
    }
    expected.assert_eq(&text);
}

#[test]
fn a_ladder_over_one_asset() {
    check(
        "flood/RiverHigh",
        Lang::En,
        &expect![[r"
            What
              One alert for each asset of env/river (River gauge): 2 of 3 registered are in service.
            Fires
              critical when `height >= asset.bd2` has held for 10m; over when `height < asset.bd2 - 0.2`.
              high when `height >= asset.bd1` has held for 10m; over when `height < asset.bd1 - 0.2`.
              It is one alert that climbs and descends these levels.
            Ends
              It resolves when all of that has been over for 10m.
            Calls
              All of its 2 possible alerts may call at once (limit 500).
            Unknown
              An asset that was never heard of, has been silent for 15m, lost its source, or measures with doubtful quality is unknown.
              Then it neither fires nor clears, its counts stand still, and an open alert stays as it is (on_missing: hold).
            Late
              A reading older than the newest goes into windows and history alone; one that is more than 15m old neither fires nor clears.
            Woken by
              height (m) reaches, crosses or leaves asset.bd2, asset.bd2 - 0.2, asset.bd1 and asset.bd1 - 0.2
              an asset that becomes unknown (after 15m of silence) or known again
              Other readings cost nothing.
            Memory
              An open or pending alert takes about 256 B; where nothing is wrong, it keeps nothing.
            Consider
              It has no guidance: who sees the alert is not told what to do.
        "]],
    );
}

#[test]
fn a_group_with_its_causes() {
    check(
        "wifi/AreaDown",
        Lang::En,
        &expect![[r"
            What
              One alert for each area of wifi/ap (Access point): 2 groups with 2 members, 4 assets in service.
            Fires
              high at once when `fraction(apState == 'down') > 0.4 && count() >= 2`; over when that is false.
            Ends
              It resolves at once when that is over.
            Calls
              All of its 2 possible alerts may call at once (limit 500).
            Unknown
              An asset that was never heard of, has been silent for 3m, lost its source, or measures with doubtful quality is unknown.
              Unknown members do not count. With less than 50 % of its members known a group is unknown: it neither fires nor clears, and its counts stand still.
            Late
              A reading older than the newest goes into windows and history alone; one that is more than 3m old neither fires nor clears.
            Woken by
              apState becomes or leaves 'down'
              an asset that becomes unknown (after 3m of silence) or known again
              Each such step of a member is counted in constant time; other readings cost nothing.
            Memory
              What its members contribute: 16 B a member and 96 B a group.
              An open or pending alert takes about 208 B; where nothing is wrong, it keeps nothing.
            Consider
              It has no guidance: who sees the alert is not told what to do.
        "]],
    );
}

#[test]
fn an_effect_of_other_rules_in_vietnamese() {
    check(
        "wifi/ApDown",
        Lang::Vi,
        &expect![[r"
            Nội dung
              Một cảnh báo cho mỗi thiết bị wifi/ap (Điểm Wi-Fi): 4 trên 5 đã đăng ký đang hoạt động.
            Báo khi
              medium khi `apState == 'down'` kéo dài 2m; hết khi điều kiện sai.
            Kết thúc
              Kết thúc ngay khi hết.
            Báo động
              Hiện ngay, báo động sau 1m: nguyên nhân có thể đến sau hậu quả.
              Chỉ hiện, không báo động khi wifi/SiteDark đang báo có cùng site.
              Tối đa 2 trên 4 cảnh báo có thể có được báo động cùng lúc; vượt quá thì ioc/OverLimit báo.
            Không rõ
              Thiết bị chưa từng báo, im lặng 3m, mất nguồn, hoặc số đo có chất lượng đáng ngờ là không rõ.
              Khi đó không báo, không hết, bộ đếm đứng yên, cảnh báo đang mở giữ nguyên (on_missing: hold).
            Đến muộn
              Số đo cũ hơn số mới nhất chỉ vào cửa sổ và lịch sử; cũ hơn 3m thì không báo cũng không hết.
            Đánh thức
              apState trở thành hoặc thôi là 'down'
              thiết bị trở nên không rõ (im lặng 3m) hoặc rõ trở lại
              Các số đo khác không tốn gì.
            Bộ nhớ
              Mỗi cảnh báo đang mở hoặc đang chờ tốn khoảng 208 B; nơi bình thường không tốn gì.
            Xem lại
              Chưa có guidance: người nhận cảnh báo không được chỉ dẫn phải làm gì.
        "]],
    );
}

#[test]
fn silence_and_windows() {
    check(
        "over-time/Quantile",
        Lang::En,
        &expect![[r"
            What
              One alert for each asset of env/river (River gauge): 2 of 3 registered are in service.
            Fires
              low at once when `height.quantile(0.5, '30m') >= 25.0`; over when that is false.
            Ends
              It resolves at once when that is over.
            Calls
              All of its 2 possible alerts may call at once (limit 500).
            Unknown
              An asset that was never heard of, has been silent for 15m, lost its source, or measures with doubtful quality is unknown.
              Then it neither fires nor clears, its counts stand still, and an open alert stays as it is (on_missing: hold).
            Late
              A reading older than the newest goes into windows and history alone; one that is more than 15m old neither fires nor clears.
              Windows are measured time up to the asset's newest reading, so a late one lands where it belongs.
            Woken by
              `height.quantile(0.5, '30m')` reaches, crosses or leaves 25
              an asset that becomes unknown (after 15m of silence) or known again
              Other readings cost nothing.
            Memory
              `height.quantile(0.5, '30m')`: 664 B an asset, about 6 readings at the usual pace; 1328 B for 2 assets, shared with flood/RiverRising, over-time/Count, over-time/FirstLast, over-time/Slope, over-time/Stddev and over-time/Sum.
              An open or pending alert takes about 208 B; where nothing is wrong, it keeps nothing.
            Consider
              It fires and clears at the same value, at once: near that value it flickers. Give it a 'clear' or 'keep_firing_for'.
              It has no guidance: who sees the alert is not told what to do.
        "]],
    );
}

#[test]
fn time_place_and_neighbours() {
    check(
        "surroundings/OpenForLong",
        Lang::En,
        &expect![[r"
            What
              One alert for each asset of env/river (River gauge): 2 of 3 registered are in service.
            Fires
              low at once when `(pump && calendar('office_hours')).held('5m')`; over when that is false.
            Ends
              It resolves at once when that is over.
            Calls
              All of its 2 possible alerts may call at once (limit 500).
            Unknown
              An asset that was never heard of, has been silent for 15m, lost its source, or measures with doubtful quality is unknown.
              Then it neither fires nor clears, its counts stand still, and an open alert stays as it is (on_missing: hold).
            Late
              A reading older than the newest goes into windows and history alone; one that is more than 15m old neither fires nor clears.
            Woken by
              an asset that becomes unknown (after 15m of silence) or known again
              the calendar office_hours opens or closes
              `(pump && calendar('office_hours'))` turns, or has held for 5m (a timer an asset)
              With 2 assets that report every 5m it is looked at up to 0.4 times a minute.
            Memory
              held(): 32 B an asset; 64 B for 2 assets.
              An open or pending alert takes about 208 B; where nothing is wrong, it keeps nothing.
            Consider
              It has no guidance: who sees the alert is not told what to do.
        "]],
    );
    check(
        "surroundings/DarkByUplink",
        Lang::En,
        &expect![[r"
            What
              One alert for each asset of wifi/ap (Access point): 4 of 5 registered are in service.
            Fires
              low at once when `apState == 'down' && !uplink.mains`; over when that is false.
            Ends
              It resolves at once when that is over.
            Calls
              All of its 4 possible alerts may call at once (limit 500).
            Unknown
              An asset that was never heard of, has been silent for 3m, lost its source, or measures with doubtful quality is unknown.
              Then it neither fires nor clears, its counts stand still, and an open alert stays as it is (on_missing: hold).
              A neighbour that is silent, was never heard of or does not exist is unknown too.
            Late
              A reading older than the newest goes into windows and history alone; one that is more than 3m old neither fires nor clears.
            Woken by
              apState becomes or leaves 'down'
              an asset that becomes unknown (after 3m of silence) or known again
              a change of the neighbour by uplink
              Other readings cost nothing.
            Memory
              An open or pending alert takes about 208 B; where nothing is wrong, it keeps nothing.
            Consider
              It has no guidance: who sees the alert is not told what to do.
        "]],
    );
}

/// What is told of silence about a rule with this condition.
#[track_caller]
fn unknown(on: &str, when: &str, expected: &Expect) {
    let pack = crate::support::pack();
    let text = format!(
        "version: 1\ngroup: g\nrules:\n  - alert: R\n    on: {on}\n    when: {when:?}\n    severity: low\n"
    );
    let file = SourceFile {
        path: "g.yaml".into(),
        text: text.into(),
    };
    let (plan, problems) = rules::compile(&[file], 0, &pack.city);
    let plan = plan.unwrap_or_else(|| panic!("{problems:?}"));
    let name = RuleName {
        group: "g".into(),
        name: "R".into(),
    };
    let told = rules::explain(&plan, &pack.city, &name, Lang::En).expect("a rule of the plan");
    let part = told.parts.iter().find(|(heading, _)| *heading == "Unknown");
    let lines = part.map_or(&[][..], |(_, lines)| lines);
    // The first two are the same for every rule.
    let lines = lines.iter().skip(2).flat_map(|line| [&**line, "\n"]);
    expected.assert_eq(&lines.collect::<String>());
}

#[test]
fn what_is_known_of_assets_never_heard_of() {
    unknown("env/river", "height > 1.0", &expect![[""]]);
    unknown(
        "env/river",
        "!has(height)",
        &expect![[r"
        Not so what it asks with has(): that is known, and false of a value that is not. A rule with !has(…) fires for an asset that was never heard of, too.
    "]],
    );
    unknown(
        "env/river",
        "distance_m(asset('bus-1')) < 500.0",
        &expect![[r"
            Where the asset itself stands the registry says, so that its distance is known before it is heard of.
            Where bus-1 is it says itself: silent or never heard of, its distance is unknown.
        "]],
    );
    unknown(
        "city/bus",
        "distance_m(asset('wl-1')) < 500.0",
        &expect![[r"
            Where wl-1 stands the registry says, be it heard of or not.
        "]],
    );
    unknown(
        "wifi/ap",
        "!uplink.mains",
        &expect![[r"
        A neighbour that is silent, was never heard of or does not exist is unknown too.
    "]],
    );
}

#[test]
fn a_sequence_over_several_kinds() {
    check(
        "sequences/DarkThenDown",
        Lang::En,
        &expect![[r"
            What
              One alert for each site that has wifi/site (Site power) and wifi/ap (Access point) in service: 1 of them. All assets of a match share it.
              A draft (shadow): evaluated, never annunciated.
            Waits for
              1 (power): `!mains` comes true on an asset of wifi/site
              in between not `mains` on an asset of wifi/site: it ends the matches that wait here
              2 (ap): `apState == 'down'` comes true on an asset of wifi/ap
              All of it in this order, less than 5m after the first, in the engine's time. A step rises when it was false and is true: the first reading, a retained message and a backlog are no rise.
            Fires
              medium with the last step of the first whole match.
              Every combination is a match: of three that do a step, any two are a pair. It is one alert for all of them.
            Ends
              A whole match stands on those of its steps that still held when it became whole, and ends when one of them is false; one that stands on nothing ends at once.
              The alert resolves with the last match that stands.
            Calls
              All of its 1 possible alerts may call at once (limit 500).
            Unknown
              What is unknown neither rises nor ends anything. An asset that was false, went silent and comes back true has risen.
            Late
              Rises follow one another in the order in which they arrive. A reading older than the asset's newest is no rise.
            Woken by
              wifi/site: every change of mains
              wifi/site: With 1 assets that report every 1m it is looked at up to 1.0 times a minute.
              wifi/ap: apState becomes or leaves 'down'
              Other readings cost nothing. What names earlier steps is looked at only when the rest of its step rises.
            Memory
              What was last known of its conditions: 2 B an asset of wifi/site; 2 B for 1 assets.
              What was last known of its conditions: 1 B an asset of wifi/ap; 4 B for 4 assets.
              A match takes about 64 B, and each of its rises up to 72 B. At most 256 of a key wait and 256 stand; more are not followed, counted in ioc_sequence_matches_refused_total, and the alert's why says so.
              An open or pending alert takes about 208 B; where nothing is wrong, it keeps nothing.
            Consider
              It has no guidance: who sees the alert is not told what to do.
        "]],
    );
}

#[test]
fn a_sequence_that_waits_for_the_end() {
    check(
        "sequences/StaysDown",
        Lang::En,
        &expect![[r"
            What
              One alert for each site that has wifi/ap (Access point) in service: 2 of them. All assets of a match share it.
            Waits for
              1 (a): `apState == 'down'` comes true on an asset of wifi/ap
              2 (b): `apState == 'down' && asset.id != a.asset.id` comes true on an asset of wifi/ap
              and then not `apState == 'up'` on an asset of wifi/ap, until 10m are over
              All of it in this order, less than 10m after the first, in the engine's time. A step rises when it was false and is true: the first reading, a retained message and a backlog are no rise.
            Fires
              critical when the 10m of the first whole match are over.
              Every combination is a match: of three that do a step, any two are a pair. It is one alert for all of them.
            Ends
              A whole match stands on those of its steps that still held when it became whole, and ends when one of them is false; one that stands on nothing ends at once.
              The alert resolves with the last match that stands.
            Calls
              All of its 2 possible alerts may call at once (limit 500).
            Unknown
              What is unknown neither rises nor ends anything. An asset that was false, went silent and comes back true has risen.
              While the source of an asset of a match is lost, its end waits: who cannot be heard proves nothing.
            Late
              Rises follow one another in the order in which they arrive. A reading older than the asset's newest is no rise.
            Woken by
              wifi/ap: apState becomes or leaves 'up' and 'down'
              Other readings cost nothing. What names earlier steps is looked at only when the rest of its step rises.
            Memory
              What was last known of its conditions: 3 B an asset of wifi/ap; 12 B for 4 assets.
              A match takes about 64 B, and each of its rises up to 120 B. At most 256 of a key wait and 256 stand; more are not followed, counted in ioc_sequence_matches_refused_total, and the alert's why says so.
              An open or pending alert takes about 208 B; where nothing is wrong, it keeps nothing.
            Consider
              It has no guidance: who sees the alert is not told what to do.
        "]],
    );
}

#[test]
fn a_sequence_on_one_asset_in_vietnamese() {
    check(
        "sequences/Rising",
        Lang::Vi,
        &expect![[r"
            Nội dung
              Một cảnh báo cho mỗi thiết bị env/river (Trạm thủy văn): 2 trên 3 đã đăng ký đang hoạt động.
            Chờ
              1 (first): `height >= 24.0` thành đúng ở một thiết bị env/river
              2 (second): `height >= 25.0 && height > first.height + 1.5` thành đúng ở một thiết bị env/river
              Tất cả theo thứ tự đó, trong vòng 1h kể từ bước đầu, theo giờ của bộ máy. Một bước xảy ra khi đang sai rồi thành đúng: số đo đầu tiên, bản tin retained và dữ liệu cũ không tính.
            Báo khi
              medium ngay ở bước cuối của chuỗi trọn vẹn đầu tiên.
            Kết thúc
              Chuỗi trọn vẹn còn hiệu lực cho tới khi `second.height < 23.0`, xét thiết bị ở thời điểm đó.
              Cảnh báo kết thúc cùng chuỗi cuối cùng còn hiệu lực.
            Báo động
              Cả 2 cảnh báo có thể có đều được báo động cùng lúc (giới hạn 500).
            Không rõ
              Điều không rõ không làm bước nào xảy ra cũng không kết thúc gì. Thiết bị đang sai, im lặng rồi trở lại với giá trị đúng là một lần xảy ra.
            Đến muộn
              Các bước nối tiếp theo thứ tự nhận được. Số đo cũ hơn số mới nhất của thiết bị không tính.
            Đánh thức
              env/river: height (m) chạm, vượt hoặc rời 24 và 25
              env/river: mọi thay đổi của height
              env/river: Với 2 thiết bị báo mỗi 5m, luật được xét tối đa 0.4 lần mỗi phút.
              Các số đo khác không tốn gì. Phần nhắc tới bước trước chỉ được xét khi phần còn lại của bước vừa đúng.
            Bộ nhớ
              Trạng thái gần nhất của các điều kiện: 2 B mỗi thiết bị env/river; 4 B cho 2 thiết bị.
              Mỗi chuỗi tốn khoảng 64 B, mỗi lần xảy ra trong đó tối đa 96 B. Mỗi khóa tối đa 256 chuỗi chờ và 256 chuỗi còn hiệu lực; nhiều hơn thì bỏ qua, được đếm trong ioc_sequence_matches_refused_total và cảnh báo nói rõ.
              Mỗi cảnh báo đang mở hoặc đang chờ tốn khoảng 208 B; nơi bình thường không tốn gì.
            Xem lại
              Chưa có guidance: người nhận cảnh báo không được chỉ dẫn phải làm gì.
        "]],
    );
}

#[test]
fn a_repetition_and_who_hears_of_it() {
    let text = "
version: 1
group: g
rules:
  - alert: Unstable
    on: wifi/ap
    when: apState == 'down'
    repeat: {count: 3, within: 10m}
    severity: low
    escalate:
      - {after: 10m, unless: acked, to: shift-lead}
      - {after: 2h, to: director}
";
    let source = SourceFile {
        path: "a.yaml".into(),
        text: text.into(),
    };
    let city = crate::support::pack().city;
    let (plan, problems) = rules::compile(&[source], 0, &city);
    assert_eq!(problems, []);
    let plan = plan.expect("a plan");
    check_in(
        &plan,
        &city,
        "g/Unstable",
        Lang::En,
        &expect![[r"
        What
          One alert for each asset of wifi/ap (Access point): 4 of 5 registered are in service.
        Fires
          low at once when `apState == 'down'`; over when that is false.
          Not the first time, but when that came true 3 times within 10m, each time after it was clear; pending from the first. A retained message counts as none.
        Ends
          It resolves at once when that is over.
          That is over when it is clear and came true less than 3 times in the last 10m.
        Calls
          All of its 4 possible alerts may call at once (limit 500).
          shift-lead is told after 10m, unless somebody has acknowledged it.
          director is told after 2h, unless it is over.
          That counts only the time for which it calls: firing, annunciated, not shelved.
        Unknown
          An asset that was never heard of, has been silent for 3m, lost its source, or measures with doubtful quality is unknown.
          Then it neither fires nor clears, its counts stand still, and an open alert stays as it is (on_missing: hold).
        Late
          A reading older than the newest goes into windows and history alone; one that is more than 3m old neither fires nor clears.
        Woken by
          apState becomes or leaves 'down'
          an asset that becomes unknown (after 3m of silence) or known again
          Other readings cost nothing.
        Memory
          An open or pending alert takes about 208 B; where nothing is wrong, it keeps nothing.
        Consider
          It has no guidance: who sees the alert is not told what to do.
    "]],
    );
}

#[test]
fn windows_on_the_clock_and_who_reads_them() {
    check(
        "derived/env/basin",
        Lang::En,
        &expect![[r#"
        What
          Computes readings of env/basin (Basin) from env/river (River gauge), one derived asset for each basin; no alerts.
          1 derived assets today, made of 2 assets in service, such as env-basin:cau.
        Fields
          mean = `avg(height.avg())` (number, m)
          top = `max(height.max('2h'))` (number, m)
          now = `max(height)` (number, m)
          opened = `any(gate == 'open')` (bool)
          stations = `count()` (number)
        Closes
          A window of 30m after the other, on the city's clock (Asia/Ho_Chi_Minh).
          It holds what was measured after its begin and up to its end, and closes 1m after the end (grace), whatever comes. Its reading is measured at the end.
        Read by
          derived/BasinRising, derived/MeanHigh and env/city, within the same moment; and screens as any reading.
        Unknown
          With less than 50 % of its members known the derived asset is unknown: it keeps its last values, stale.
          A window that closed while the engine was away or its sources were lost is unknown.
          After 1h30m without a reading the derived asset is unknown.
        Late
          What comes after its window has closed counts in later windows that reach back so far, and in ioc_readings_total{outcome="late_for_window"}.
        Woken by
          the clock, 1m after every 30m, once for all its assets; readings are only put aside for it
        Memory
          Readings of height of the last 2h1m: 16 B each, about 24 a field and member at the usual pace, 768 B for 2 members.
          What its members contribute: 64 B a member and 384 B a group.
    "#]],
    );
    check(
        "derived/env/gauge",
        Lang::Vi,
        &expect![[r#"
        Nội dung
          Tính số đo của env/gauge (env/gauge) từ env/river (Trạm thủy văn), một thiết bị suy ra cho mỗi thiết bị; không báo động.
          Hiện có 2 thiết bị suy ra, từ 2 thiết bị đang hoạt động, ví dụ env-gauge:wl-1.
        Trường
          level = `height.avg()` (number, m)
          rise = `height.slope('2h')` (number, m/s)
          moves = `gate.changes()` (number)
          gate = `gate.last()` (symbol)
          calm = `gate == 'shut' && !pump.last()` (bool)
        Đóng khi
          1h gần nhất, mỗi 10m theo giờ thành phố (Asia/Ho_Chi_Minh).
          Gồm những gì đo sau lúc mở tới lúc kết thúc; đóng sau khi kết thúc 10s (grace) dù có gì đến. Số đo mang giờ kết thúc.
        Ai dùng
          derived/GaugeSteep, trong cùng một thời điểm; màn hình hiển thị như mọi số đo.
        Không rõ
          Cửa sổ đóng khi bộ máy không chạy hoặc mất nguồn là không rõ.
          Sau 30m không có số đo thì thiết bị suy ra là không rõ.
        Đến muộn
          Số đo đến sau khi cửa sổ đã đóng chỉ vào các cửa sổ sau còn bao trùm nó, và được đếm trong ioc_readings_total{outcome="late_for_window"}.
        Đánh thức
          đồng hồ, 10s sau mỗi 10m, một lần cho tất cả; số đo chỉ được cất lại
        Bộ nhớ
          Số đo height, gate và pump trong 2h10s gần nhất: 16 B mỗi số, khoảng 24 mỗi trường và thành viên theo nhịp thường, 2304 B cho 2 thành viên.
    "#]],
    );
}

#[test]
fn windows_that_the_clock_does_not_end() {
    check(
        "derived/wifi/slow",
        Lang::En,
        &expect![[r"
            What
              Computes readings of wifi/slow (wifi/slow) from wifi/ap (Access point), one derived asset for each site; no alerts.
              2 derived assets today, made of 4 assets in service, such as wifi-slow:s1.
            Fields
              clients = `avg(clientsConnected.avg('10m'))` (number)
              site = `site` (text)
            Closes
              No window: worked out when a member changes, told at most once in 5m.
              While nothing changes it is told again every 7m30s, so that silence still means something.
            Read by
              derived/SlowBusy, within the same moment; and screens as any reading.
            Unknown
              With less than 90 % of its members known the derived asset is unknown: it keeps its last values, stale.
              After 15m without a reading the derived asset is unknown.
            Late
              A reading older than its member's newest goes into windows over time and history alone.
            Woken by
              every reading that may move `clientsConnected.avg('10m')`
              an asset that becomes unknown (after 3m of silence) or known again
              With 4 assets that report every 1m it is looked at up to 4.0 times a minute.
            Memory
              `clientsConnected.avg('10m')`: 376 B an asset, about 10 readings at the usual pace; 1504 B for 4 assets.
              What its members contribute: 16 B a member and 96 B a group.
        "]],
    );
}

#[test]
fn windows_of_those_who_spoke() {
    check(
        "derived/wifi/visit",
        Lang::En,
        &expect![[r"
            What
              Computes readings of wifi/visit (wifi/visit) from wifi/ap (Access point), one derived asset for each area; no alerts.
              2 derived assets today, made of 4 assets in service, such as wifi-visit:w1.
            Fields
              most = `max(clientsConnected.max())` (number)
              readings = `sum(clientsConnected.count())` (number)
            Closes
              A window ends when no reading of its members came for 10m; the reading is that of the whole session.
            Read by
              derived/Visited, within the same moment; and screens as any reading.
            Unknown
              Its windows are made of those who spoke: that a member is silent by then takes nothing back.
              After 1d without a reading the derived asset is unknown.
            Late
              It takes readings in the order in which they come, current ones only.
            Woken by
              every reading of a member, and a timer for each open session
            Memory
              Readings of clientsConnected until the window ends: 16 B each, at most 100000 a field and member.
              What its members contribute: 32 B a member and 192 B a group.
        "]],
    );
    check(
        "derived/env/fives",
        Lang::En,
        &expect![[r"
            What
              Computes readings of env/fives (env/fives) from env/river (River gauge), one derived asset for each asset; no alerts.
              2 derived assets today, made of 2 assets in service, such as env-fives:wl-1.
            Fields
              spread = `height.stddev()` (number, m)
              before = `height.prev()` (number, m)
            Closes
              A window ends as soon as it has 5 readings.
            Read by
              derived/Unsteady, within the same moment; and screens as any reading.
            Unknown
              Its windows are made of those who spoke: that a member is silent by then takes nothing back.
              After 1d without a reading the derived asset is unknown.
            Late
              It takes readings in the order in which they come, current ones only.
            Woken by
              every reading of a member
            Memory
              Readings of height until the window ends: 16 B each, at most 100000 a field and member.
              `height.prev()`: 64 B an asset; 128 B for 2 assets, shared with over-time/Prev.
        "]],
    );
}

#[test]
fn a_rule_of_the_engine_itself() {
    check(
        "ioc/SourceDown",
        Lang::En,
        &expect![[r"
        What
          The engine's own rule; no file has it.
          All its assets are unknown until it is back. Check the MQTT broker and the way to it.
    "]],
    );
}

#[test]
fn every_rule_is_explained_in_both_languages() {
    let pack = crate::support::pack();
    for rule in pack.plan.rules() {
        for lang in [Lang::En, Lang::Vi] {
            let told = rules::explain(&pack.plan, &pack.city, &rule.name, lang).expect("told");
            let lines = told.parts.iter().flat_map(|(_, lines)| lines);
            assert!(lines.clone().count() > 1, "{}", rule.name);
            assert!(lines.clone().all(|line| !line.is_empty()), "{}", rule.name);
        }
    }
}
