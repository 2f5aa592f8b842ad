//! Periods and days (law 11, defect D7): month ends, leap years, clock changes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::arithmetic_side_effects, reason = "the dates of these tests are near enough")]

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use hosting_core::kernel::{BillingCycle, CycleUnit, SellerZone};
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn zone(name: &str) -> SellerZone {
    name.parse().unwrap()
}

fn boundaries(cycle: BillingCycle, anchor: &str, count: u32) -> Vec<String> {
    (0..count).map(|n| cycle.boundary(day(anchor), n).unwrap().to_string()).collect()
}

#[test]
fn the_thirty_first_comes_back_after_a_short_month() {
    let monthly = boundaries(BillingCycle::MONTHLY, "2026-01-31", 6);
    assert_eq!(
        monthly,
        ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30"]
    );
    let leap = boundaries(BillingCycle::MONTHLY, "2028-01-31", 3);
    assert_eq!(leap, ["2028-01-31", "2028-02-29", "2028-03-31"]);
}

#[test]
fn every_sold_cycle_keeps_its_anchor_day() {
    let second =
        |cycle, anchor| boundaries(cycle, anchor, 3).into_iter().skip(1).collect::<Vec<_>>();
    assert_eq!(second(BillingCycle::QUARTERLY, "2026-01-31"), ["2026-04-30", "2026-07-31"]);
    assert_eq!(second(BillingCycle::SEMIANNUALLY, "2026-08-31"), ["2027-02-28", "2027-08-31"]);
    assert_eq!(second(BillingCycle::ANNUALLY, "2027-03-31"), ["2028-03-31", "2029-03-31"]);
    assert_eq!(second(BillingCycle::BIENNIALLY, "2026-12-31"), ["2028-12-31", "2030-12-31"]);
    assert_eq!(second(BillingCycle::TRIENNIALLY, "2026-01-30"), ["2029-01-30", "2032-01-30"]);
}

#[test]
fn a_year_from_leap_day_is_the_last_of_february_until_the_next_leap_year() {
    assert_eq!(
        boundaries(BillingCycle::ANNUALLY, "2028-02-29", 5),
        ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]
    );
    // 2100 is no leap year; 2400 is.
    assert_eq!(BillingCycle::MONTHLY.boundary(day("2100-01-31"), 1), Some(day("2100-02-28")));
    assert_eq!(BillingCycle::MONTHLY.boundary(day("2400-01-31"), 1), Some(day("2400-02-29")));
}

#[test]
fn a_period_ends_where_the_next_begins_and_is_printed_with_its_last_day() {
    let february = BillingCycle::MONTHLY.period(day("2026-01-31"), 1).unwrap();
    assert_eq!((february.start, february.end), (day("2026-02-28"), day("2026-03-31")));
    assert_eq!(february.last_day(), day("2026-03-30"));
    assert_eq!(february.days(), 31);
}

#[test]
fn cycles_have_names_and_one_spelling() {
    for (text, months) in [
        ("monthly", 1),
        ("quarterly", 3),
        ("semiannually", 6),
        ("annually", 12),
        ("biennially", 24),
        ("triennially", 36),
    ] {
        let cycle: BillingCycle = text.parse().unwrap();
        assert_eq!(cycle.to_string(), text);
        assert_eq!(cycle, BillingCycle::new(months, CycleUnit::Month).unwrap());
    }
    let same = |a: &str, b: &str| assert_eq!(a.parse::<BillingCycle>(), b.parse::<BillingCycle>());
    same("1_years", "annually");
    same("12_months", "annually");
    same("2_weeks", "14_days");
    assert_eq!("14_days".parse::<BillingCycle>().unwrap().to_string(), "14_days");
    for wrong in
        ["", "0_months", "121_months", "11_years", "3661_days", "-1_days", "1_moons", "yearly"]
    {
        assert!(wrong.parse::<BillingCycle>().is_err(), "{wrong}");
    }
}

#[test]
fn the_calendar_has_an_end_and_says_so() {
    assert_eq!(BillingCycle::MONTHLY.boundary(NaiveDate::MAX, 1), None);
    assert_eq!(BillingCycle::TRIENNIALLY.boundary(day("2026-01-01"), u32::MAX), None);
    assert_eq!(BillingCycle::MONTHLY.period(day("2026-01-01"), u32::MAX), None);
}

#[test]
fn a_day_in_jakarta_begins_at_seventeen_hours_the_day_before() {
    let jakarta = SellerZone::JAKARTA;
    assert_eq!(SellerZone::default(), jakarta);
    assert_eq!(jakarta.name(), "Asia/Jakarta");
    assert_eq!(jakarta.start_of(day("2026-03-01")), at("2026-02-28T17:00:00Z"));
    assert_eq!(jakarta.date_of(at("2026-02-28T16:59:59Z")), day("2026-02-28"));
    assert_eq!(jakarta.date_of(at("2026-02-28T17:00:00Z")), day("2026-03-01"));
}

#[test]
fn a_day_lasts_as_long_as_the_clock_changes_let_it() {
    let hours = |zone: SellerZone, date: &str| {
        let begin = zone.start_of(day(date));
        zone.start_of(day(date).succ_opt().unwrap()).signed_duration_since(begin).num_hours()
    };
    let berlin = zone("Europe/Berlin");
    assert_eq!(hours(berlin, "2026-03-28"), 24);
    assert_eq!(hours(berlin, "2026-03-29"), 23);
    assert_eq!(hours(berlin, "2026-10-25"), 25);
    assert_eq!(hours(zone("America/New_York"), "2026-03-08"), 23);
    assert_eq!(hours(SellerZone::JAKARTA, "2026-03-29"), 24);
}

#[test]
fn a_day_without_midnight_begins_after_the_gap() {
    // São Paulo went from 23:59:59 to 01:00 on 4 November 2018.
    let begin = zone("America/Sao_Paulo").start_of(day("2018-11-04"));
    assert_eq!(begin, at("2018-11-04T03:00:00Z"));
    // Cairo does so on the last Friday of April.
    assert_eq!(zone("Africa/Cairo").start_of(day("2024-04-26")), at("2024-04-25T22:00:00Z"));
}

#[test]
fn a_midnight_that_comes_twice_counts_the_first_time() {
    // Havana went back from 01:00 to 00:00 on 4 November 2018.
    assert_eq!(zone("America/Havana").start_of(day("2018-11-04")), at("2018-11-04T04:00:00Z"));
}

#[test]
fn a_day_that_a_whole_country_skipped_begins_with_the_next() {
    // Samoa went from 29 to 31 December 2011.
    let apia = zone("Pacific/Apia");
    assert_eq!(apia.start_of(day("2011-12-30")), apia.start_of(day("2011-12-31")));
    assert_eq!(apia.start_of(day("2011-12-31")), at("2011-12-30T10:00:00Z"));
}

#[test]
fn unknown_zones_are_refused_by_name() {
    let refused = "Asia/Djakarta2".parse::<SellerZone>().unwrap_err().to_string();
    assert!(refused.contains("Asia/Djakarta2") && refused.contains("Asia/Jakarta"), "{refused}");
}

fn dates() -> impl Strategy<Value = NaiveDate> {
    (0_i64..73_000).prop_map(|n| day("2000-01-01") + TimeDelta::days(n))
}

fn cycles() -> impl Strategy<Value = BillingCycle> {
    let months = (1_u16..=120).prop_map(|n| BillingCycle::new(n, CycleUnit::Month).unwrap());
    let days = (1_u16..=3660).prop_map(|n| BillingCycle::new(n, CycleUnit::Day).unwrap());
    prop_oneof![prop::sample::select(BillingCycle::SOLD.to_vec()), months, days]
}

proptest! {
    #[test]
    fn periods_tile_the_calendar(anchor in dates(), cycle in cycles(), count in 1_u32..40) {
        let mut begins = anchor;
        for number in 0..count {
            let period = cycle.period(anchor, number).unwrap();
            prop_assert_eq!(period.start, begins);
            prop_assert!(period.days() > 0);
            begins = period.end;
        }
    }

    #[test]
    fn boundaries_only_go_forward(anchor in dates(), cycle in cycles(), n in 0_u32..200) {
        prop_assert!(cycle.boundary(anchor, n).unwrap() < cycle.boundary(anchor, n + 1).unwrap());
    }

    #[test]
    fn a_month_boundary_is_the_anchor_day_or_the_last_of_a_shorter_month(
        anchor in dates(),
        cycle in prop::sample::select(BillingCycle::SOLD.to_vec()),
        n in 0_u32..60,
    ) {
        let boundary = cycle.boundary(anchor, n).unwrap();
        let is_last = boundary.succ_opt().unwrap().month() != boundary.month();
        prop_assert!(boundary.day() == anchor.day() || (is_last && boundary.day() < anchor.day()));
        let months = i64::from(boundary.year() - anchor.year()) * 12
            + i64::from(boundary.month()) - i64::from(anchor.month());
        prop_assert_eq!(months, i64::from(n) * i64::from(cycle.count()));
    }

    #[test]
    fn cycles_print_and_parse_as_themselves(cycle in cycles()) {
        prop_assert_eq!(cycle.to_string().parse::<BillingCycle>().unwrap(), cycle);
        let json = serde_json::to_string(&cycle).unwrap();
        prop_assert_eq!(serde_json::from_str::<BillingCycle>(&json).unwrap(), cycle);
    }

    #[test]
    fn the_start_of_a_day_is_the_first_instant_that_falls_on_it(
        date in dates(),
        zone in prop::sample::select(vec![
            "Asia/Jakarta", "Asia/Jayapura", "UTC", "Europe/Berlin", "America/New_York",
            "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Chatham",
        ]),
    ) {
        let zone: SellerZone = zone.parse().unwrap();
        let begin = zone.start_of(date);
        prop_assert_eq!(zone.date_of(begin), date);
        prop_assert!(zone.date_of(begin - TimeDelta::milliseconds(1)) < date);
    }
}
