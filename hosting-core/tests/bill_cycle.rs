//! How many billing cycles lie in a stretch of time, against published tables.
//!
//! The figures are those of Kill Bill's proration tests for billing in advance (its repository, folder
//! `invoice/src/test/java/org/killbill/billing/invoice/tests/inAdvance`); one of them differs here, and says why.

#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a panic is how a test fails"
)]

use chrono::NaiveDate;
use hosting_core::kernel::{
    BillingCycle, Period, Ratio,
    bill_cycle::{Alignment, BillCycleDay, CycleCount, Partial},
};
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn counted(
    cycle: BillingCycle,
    bill_cycle_day: u32,
    start: &str,
    end: Option<&str>,
    target: &str,
) -> CycleCount {
    let of_month = BillCycleDay::new(bill_cycle_day).unwrap();
    let alignment = Alignment::aligned(day(start), cycle, of_month);
    alignment.count(end.map(day), day(target)).unwrap()
}

/// Leading fraction, whole periods, trailing fraction.
type Expected = (Option<(i64, i64)>, u32, Option<(i64, i64)>);

fn ratio(parts: (i64, i64)) -> Ratio {
    Ratio::new(parts.0, parts.1).unwrap()
}

/// Bill-cycle day, start, end, target, expected.
type Row = (u32, &'static str, Option<&'static str>, &'static str, Expected);

fn check(cycle: BillingCycle, rows: &[Row]) {
    for (of_month, start, end, target, (leading, whole, trailing)) in rows {
        let count = counted(cycle, *of_month, start, *end, target);
        let seen = (
            count.leading.map(Partial::fraction),
            count.whole,
            count.trailing.map(Partial::fraction),
        );
        let expected = (leading.map(ratio), *whole, trailing.map(ratio));
        assert_eq!(seen, expected, "{cycle} on the {of_month}th, {start} to {end:?} by {target}");
    }
}

const NONE: Option<(i64, i64)> = None;

#[test]
fn monthly_counts_are_the_published_ones() {
    check(
        BillingCycle::MONTHLY,
        &[
            (10, "2011-02-10", Some("2011-02-24"), "2011-03-06", (NONE, 0, Some((14, 28)))),
            (10, "2011-02-24", None, "2011-03-06", (Some((14, 28)), 0, NONE)),
            (3, "2011-02-03", Some("2011-02-17"), "2011-03-01", (NONE, 0, Some((14, 28)))),
            (3, "2011-02-17", None, "2011-03-01", (Some((14, 28)), 0, NONE)),
            (3, "2011-02-17", None, "2011-03-03", (Some((14, 28)), 1, NONE)),
            (3, "2011-02-17", None, "2011-03-04", (Some((14, 28)), 1, NONE)),
            (1, "2011-02-01", Some("2011-02-15"), "2011-03-01", (NONE, 0, Some((14, 28)))),
            (15, "2011-02-15", None, "2011-03-01", (NONE, 1, NONE)),
            (20, "2011-02-20", Some("2011-03-06"), "2011-03-09", (NONE, 0, Some((14, 28)))),
            (6, "2011-03-06", None, "2011-03-09", (NONE, 1, NONE)),
            (15, "2010-12-15", None, "2011-01-16", (NONE, 2, NONE)),
            (15, "2012-02-15", None, "2012-03-15", (NONE, 2, NONE)),
            (15, "2012-01-15", None, "2012-02-03", (NONE, 1, NONE)),
            (30, "2012-01-30", None, "2012-03-01", (NONE, 2, NONE)),
            (1, "2011-02-01", Some("2011-02-14"), "2011-03-01", (NONE, 0, Some((13, 28)))),
            (27, "2011-02-14", None, "2011-03-01", (Some((13, 31)), 1, NONE)),
            (1, "2012-02-01", Some("2012-02-15"), "2012-02-19", (NONE, 0, Some((14, 29)))),
            (7, "2011-02-07", Some("2011-02-15"), "2011-04-21", (NONE, 0, Some((8, 28)))),
            (15, "2011-02-15", None, "2011-04-21", (NONE, 3, NONE)),
            (7, "2011-02-07", Some("2011-03-07"), "2011-04-21", (NONE, 1, NONE)),
            (15, "2011-03-07", None, "2011-04-21", (Some((8, 28)), 2, NONE)),
            (7, "2011-02-07", Some("2011-03-10"), "2011-04-21", (NONE, 1, Some((3, 31)))),
            (15, "2011-03-10", None, "2011-04-21", (Some((5, 28)), 2, NONE)),
            (7, "2011-01-31", Some("2011-03-10"), "2011-04-21", (Some((7, 31)), 1, Some((3, 31)))),
            (15, "2010-12-15", Some("2011-03-17"), "2011-03-15", (NONE, 3, Some((2, 31)))),
            (13, "2011-02-01", None, "2011-02-01", (Some((12, 31)), 0, NONE)),
            (13, "2011-02-01", None, "2011-02-04", (Some((12, 31)), 0, NONE)),
            (13, "2011-02-01", None, "2011-02-13", (Some((12, 31)), 1, NONE)),
            (13, "2011-02-01", None, "2011-04-13", (Some((12, 31)), 3, NONE)),
            (13, "2011-02-01", Some("2011-04-13"), "2011-02-01", (Some((12, 31)), 0, NONE)),
            (13, "2011-02-01", Some("2011-04-13"), "2011-02-13", (Some((12, 31)), 1, NONE)),
            (13, "2011-02-01", Some("2011-04-13"), "2011-04-10", (Some((12, 31)), 2, NONE)),
            (13, "2011-02-01", Some("2011-04-13"), "2011-04-13", (Some((12, 31)), 2, NONE)),
        ],
    );
}

/// The published table has 14/31: it counts a month back from 28 February, to 28 January. Here the period that
/// ends on 28 February began on 31 January, for the 31st comes back; so what is left of it when a service
/// ends on 14 February and what begins there with another one make a whole.
#[test]
fn a_day_that_a_month_does_not_have_comes_back_in_the_natural_period_too() {
    let row = (31, "2011-02-14", None, "2011-03-01", (Some((14, 28)), 1, NONE));
    check(BillingCycle::MONTHLY, &[row]);
}

#[test]
fn quarterly_counts_are_the_published_ones() {
    let (start, end) = ("2011-01-01", Some("2011-04-27"));
    let (leading, trailing) = (Some((14, 92)), Some((12, 91)));
    check(
        BillingCycle::QUARTERLY,
        &[
            (15, start, end, "2011-01-01", (leading, 0, NONE)),
            (15, start, end, "2011-01-07", (leading, 0, NONE)),
            (15, start, end, "2011-01-15", (leading, 1, NONE)),
            (15, start, end, "2011-01-22", (leading, 1, NONE)),
            (15, start, end, "2011-04-15", (leading, 1, trailing)),
            (15, start, end, "2011-04-26", (leading, 1, trailing)),
            (15, start, end, "2011-04-27", (leading, 1, trailing)),
            (15, start, end, "2011-05-07", (leading, 1, trailing)),
            (15, start, Some("2011-08-27"), "2011-06-26", (leading, 2, NONE)),
        ],
    );
}

#[test]
fn annual_counts_are_the_published_ones() {
    let (start, end) = ("2011-01-01", Some("2012-01-27"));
    let (leading, trailing) = (Some((14, 365)), Some((12, 366)));
    check(
        BillingCycle::ANNUALLY,
        &[
            (15, "2011-01-31", None, "2011-02-24", (Some((349, 365)), 0, NONE)),
            (4, "2010-12-15", None, "2012-01-13", (Some((354, 365)), 1, NONE)),
            (15, start, end, "2011-01-01", (leading, 0, NONE)),
            (15, start, end, "2011-01-15", (leading, 1, NONE)),
            (15, start, end, "2011-01-22", (leading, 1, NONE)),
            (15, start, end, "2012-01-15", (leading, 1, trailing)),
            (15, start, end, "2012-01-17", (leading, 1, trailing)),
            (15, start, end, "2012-01-27", (leading, 1, trailing)),
            (15, start, end, "2012-03-07", (leading, 1, trailing)),
            (15, start, Some("2013-04-27"), "2012-02-26", (leading, 2, NONE)),
        ],
    );
}

#[test]
fn nothing_is_counted_before_the_start_or_when_nothing_is_served() {
    let nothing = CycleCount::default();
    assert_eq!(counted(BillingCycle::MONTHLY, 1, "2026-03-01", None, "2026-02-28"), nothing);
    let never = counted(BillingCycle::MONTHLY, 1, "2026-03-01", Some("2026-03-01"), "2026-04-01");
    assert_eq!(never, nothing);
}

fn any_day() -> impl Strategy<Value = NaiveDate> {
    (0_u64..4000).prop_map(|it| day("2024-01-01") + chrono::Days::new(it))
}

proptest! {
    /// A period that is cut in two is billed as one: what ends and what begins on the day of the cut.
    #[test]
    fn the_parts_of_a_period_make_the_whole(
        start in any_day(),
        cut in 1_u64..800,
        of_month in 1_u32..=31,
        cycle in prop::sample::select(&BillingCycle::SOLD[..]),
    ) {
        let of_month = BillCycleDay::new(of_month).unwrap();
        let cut = start + chrono::Days::new(cut);
        let all = Alignment::aligned(start, cycle, of_month);
        let before = all.count(Some(cut), cut).unwrap();
        prop_assume!(before.trailing.is_some());
        let ended = before.trailing.unwrap();
        // The service goes on from the cut, aligned as before.
        let rest = Period { start: cut, end: ended.natural.end };
        prop_assert_eq!(ended.served.days() + rest.days(), ended.natural.days());
        let monthly = Alignment::aligned(cut, BillingCycle::MONTHLY, of_month);
        let after = monthly.count(None, cut).unwrap();
        if cycle == BillingCycle::MONTHLY {
            let begun = after.leading.unwrap();
            prop_assert_eq!(begun.natural, ended.natural);
            prop_assert_eq!(begun.served, rest);
        }
    }

    /// Every day from the start to the end is in exactly one part.
    #[test]
    fn every_day_is_billed_once(
        start in any_day(),
        length in 1_u64..2000,
        of_month in 1_u32..=31,
        cycle in prop::sample::select(&BillingCycle::SOLD[..]),
    ) {
        let of_month = BillCycleDay::new(of_month).unwrap();
        let end = start + chrono::Days::new(length);
        let alignment = Alignment::aligned(start, cycle, of_month);
        let count = alignment.count(Some(end), end).unwrap();
        let begin = count.leading.map_or(start, |it| it.served.end);
        let stop = count.trailing.map_or(end, |it| it.served.start);
        let mut at = begin;
        for _ in 0..count.whole {
            let one = Alignment::aligned(at, cycle, of_month).count(Some(end), at).unwrap();
            prop_assert!(one.leading.is_none(), "a whole period begins on a boundary");
            at = Alignment::aligned(at, cycle, of_month).boundary(1).unwrap();
        }
        prop_assert_eq!(at, stop);
    }
}
