use proptest::prelude::*;

use super::*;

const ZONES: [&str; 5] = [
    "Asia/Ho_Chi_Minh",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Havana",
];

fn zone(name: &str) -> TimeZone {
    zone_named(name).unwrap()
}

fn time(local: &str, zone_name: &str) -> Time {
    let local: DateTime = local.parse().unwrap();
    let zoned = local.to_zoned(zone(zone_name)).unwrap();
    Time::from_millis(zoned.timestamp().as_millisecond())
}

fn workdays(zone_name: &str, from: i16, to: i16) -> Calendar {
    let weekly = std::array::from_fn(|day| {
        if day < 5 {
            vec![Hours { from, to }]
        } else {
            Vec::new()
        }
    });
    Calendar {
        zone: zone(zone_name),
        weekly: Some(weekly),
        days: None,
        except: Vec::new(),
    }
}

#[test]
fn office_hours_end_for_the_weekend() {
    let office = workdays("Asia/Ho_Chi_Minh", 450, 1020);
    let at = |local| time(local, "Asia/Ho_Chi_Minh");
    assert!(office.contains(at("2026-11-20T16:59:59")));
    assert!(!office.contains(at("2026-11-20T17:00")));
    assert_eq!(
        office.next_change(at("2026-11-20T16:59:59")),
        at("2026-11-20T17:00")
    );
    assert_eq!(
        office.next_change(at("2026-11-20T17:00")),
        at("2026-11-23T07:30")
    );
}

#[test]
fn holidays_are_taken_out_and_the_last_date_ends_the_search() {
    let date = |text: &str| text.parse::<Date>().unwrap();
    let holidays = Calendar {
        zone: zone("Asia/Ho_Chi_Minh"),
        weekly: None,
        days: Some(vec![Days::Once {
            from: date("2026-02-16"),
            to: date("2026-02-20"),
        }]),
        except: Vec::new(),
    };
    let at = |local| time(local, "Asia/Ho_Chi_Minh");
    assert_eq!(
        holidays.next_change(at("2025-01-01T00:00")),
        at("2026-02-16T00:00")
    );
    assert_eq!(
        holidays.next_change(at("2026-02-16T00:00")),
        at("2026-02-21T00:00")
    );
    assert_eq!(holidays.next_change(at("2026-02-21T00:00")), Time::MAX);
    let mut office = workdays("Asia/Ho_Chi_Minh", 450, 1020);
    office.except.push(Arc::new(holidays));
    assert!(!office.contains(at("2026-02-18T09:00")));
    assert_eq!(
        office.next_change(at("2026-02-13T17:00")),
        at("2026-02-23T07:30")
    );
}

#[test]
fn a_span_without_year_goes_over_the_new_year() {
    let winter = Calendar {
        zone: zone("Asia/Ho_Chi_Minh"),
        weekly: None,
        days: Some(vec![Days::Yearly {
            from: (12, 15),
            to: (2, 29),
        }]),
        except: Vec::new(),
    };
    let at = |local| time(local, "Asia/Ho_Chi_Minh");
    assert!(winter.contains(at("2027-01-01T00:00")));
    assert_eq!(
        winter.next_change(at("2027-01-01T00:00")),
        at("2027-03-01T00:00")
    );
    assert_eq!(
        winter.next_change(at("2028-01-01T00:00")),
        at("2028-03-01T00:00")
    );
}

#[test]
fn ends_of_time_have_an_answer() {
    let office = workdays("Asia/Ho_Chi_Minh", 450, 1020);
    for at in [
        Time::MIN,
        Time::MAX,
        Time::from_millis(253_402_207_200_000 - 1),
    ] {
        assert!(office.next_change(at) > at || at == Time::MAX);
    }
    let always = Calendar {
        zone: zone("Europe/Berlin"),
        weekly: None,
        days: None,
        except: Vec::new(),
    };
    assert_eq!(
        always.next_change(time("2026-01-01T00:00", "Europe/Berlin")),
        Time::MAX
    );
}

fn any_hours() -> impl Strategy<Value = Vec<Hours>> {
    let one = (0i16..1439).prop_flat_map(|from| (Just(from), from + 1..=1440));
    prop::collection::vec(one.prop_map(|(from, to)| Hours { from, to }), 0..3)
}

fn any_calendar() -> impl Strategy<Value = Calendar> {
    let week = prop::option::of(prop::array::uniform7(any_hours()));
    let date = (0i32..400).prop_map(|d| Date::constant(2026, 1, 1) + jiff::Span::new().days(d));
    let once = (date, 0i32..20).prop_map(|(from, more)| Days::Once {
        from,
        to: from + jiff::Span::new().days(more),
    });
    let yearly = ((1i8..=12, 1i8..=28), (1i8..=12, 1i8..=28))
        .prop_map(|(from, to)| Days::Yearly { from, to });
    let days = prop::option::of(prop::collection::vec(prop_oneof![once, yearly], 0..4));
    (prop::sample::select(&ZONES[..]), week, days).prop_map(|(name, weekly, days)| Calendar {
        zone: zone(name),
        weekly,
        days,
        except: Vec::new(),
    })
}

/// The definition said once more, without boundaries: what the clock on the wall shows, minute by minute.
fn naive_contains(calendar: &Calendar, at: Timestamp) -> bool {
    let local = at.to_zoned(calendar.zone.clone());
    let minute = i16::from(local.hour()) * 60 + i16::from(local.minute());
    let weekday = local.weekday().to_monday_zero_offset() as usize;
    let in_week = match &calendar.weekly {
        None => true,
        Some(week) => week[weekday]
            .iter()
            .any(|h| h.from <= minute && minute < h.to),
    };
    let in_days = match &calendar.days {
        None => true,
        Some(days) => days.iter().any(|span| match span {
            Days::Once { from, to } => *from <= local.date() && local.date() <= *to,
            Days::Yearly { from, to } => {
                let day = (local.month(), local.day());
                if from <= to {
                    *from <= day && day <= *to
                } else {
                    day >= *from || day <= *to
                }
            }
        }),
    };
    in_week
        && in_days
        && !calendar
            .except
            .iter()
            .any(|other| naive_contains(other, at))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Over ten days around any minute of two years, shifts of the zone included, the answers are those of the walk.
    #[test]
    fn a_walk_minute_by_minute_gives_the_same(
        mut calendar in any_calendar(),
        except in prop::option::of(any_calendar()),
        // Half of the walks begin near a shift of most zones.
        start in prop_oneof![0i64..730 * 1440, 66i64 * 1440..70 * 1440, 296i64 * 1440..300 * 1440],
        second in 0i64..60,
    ) {
        calendar.except.extend(except.map(Arc::new));
        let begin: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let first = begin + jiff::SignedDuration::from_secs(start * 60 + second);
        let inside = naive_contains(&calendar, first);
        let as_time = |t: Timestamp| Time::from_millis(t.as_millisecond());
        prop_assert_eq!(calendar.contains(as_time(first)), inside);
        let minute = |n: i64| begin + jiff::SignedDuration::from_mins(start + n);
        let walked = (1..=10 * 1440).map(minute).find(|t| naive_contains(&calendar, *t) != inside);
        let answer = calendar.next_change(as_time(first));
        match walked {
            Some(change) => prop_assert_eq!(answer, as_time(change)),
            None => prop_assert!(answer > as_time(minute(10 * 1440))),
        }
        if answer != Time::MAX {
            let just_before = Time::from_millis(answer.millis() - 1);
            prop_assert_eq!(calendar.contains(just_before), inside);
            prop_assert_eq!(calendar.contains(answer), !inside);
        }
    }
}
