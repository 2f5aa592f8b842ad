//! Bill-cycle days: billing on one day of the month, with partial periods before the first and after the
//! last whole one.
//!
//! A service that starts on the 1st and is billed on the 15th has a leading partial period of 14 days. How much
//! of a period that is depends on the days of the *natural* period it is a part of: the one that would have
//! ended on that 15th. The natural periods tile the calendar, so the two parts of one that is cut anywhere
//! always make the whole.

use std::{fmt, str::FromStr};

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    calendar::{BillingCycle, CycleUnit, Period},
    rate::Ratio,
};

/// The day of the month on which a customer is billed, 1 to 31. In a shorter month it is the last day, and in
/// the next one it comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BillCycleDay(u32);

/// The number or text is no bill-cycle day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a bill-cycle day is a day of the month from 1 to 31")]
pub struct NotABillCycleDay;

impl BillCycleDay {
    /// The `day`-th of every month.
    ///
    /// # Errors
    /// A day that no month has.
    pub const fn new(day: u32) -> Result<Self, NotABillCycleDay> {
        if day >= 1 && day <= 31 { Ok(Self(day)) } else { Err(NotABillCycleDay) }
    }

    /// The number of the day.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The day on which it falls in the month of `date`.
    pub fn in_month_of(self, date: NaiveDate) -> NaiveDate {
        (1..=self.0).rev().find_map(|day| date.with_day(day)).unwrap_or(date)
    }
}

impl fmt::Display for BillCycleDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for BillCycleDay {
    type Err = NotABillCycleDay;
    fn from_str(text: &str) -> Result<Self, NotABillCycleDay> {
        text.parse().map_err(|_| NotABillCycleDay).and_then(Self::new)
    }
}

impl Serialize for BillCycleDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.0)
    }
}

impl<'de> Deserialize<'de> for BillCycleDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(u32::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Where the periods of a service lie: anchored on the day it started, or aligned to a bill-cycle day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alignment {
    start: NaiveDate,
    cycle: BillingCycle,
    day: Option<BillCycleDay>,
}

impl Alignment {
    /// Periods of `cycle` that are counted from the day of the start.
    pub const fn anchored(start: NaiveDate, cycle: BillingCycle) -> Self {
        Self { start, cycle, day: None }
    }

    /// Periods of `cycle` that begin on `day`. The first is the one that begins on that day of the month of
    /// the start, or, when the start is later in its month, one cycle after that. A cycle of days has no
    /// months to align to and stays anchored.
    pub const fn aligned(start: NaiveDate, cycle: BillingCycle, day: BillCycleDay) -> Self {
        let day = match cycle.unit() {
            CycleUnit::Month | CycleUnit::Year => Some(day),
            CycleUnit::Day | CycleUnit::Week => None,
        };
        Self { start, cycle, day }
    }

    /// The first day of natural period `index`; 0 is the one in the month of the start, and there is one
    /// before it. `None` beyond the calendar's ends.
    pub fn boundary(&self, index: i64) -> Option<NaiveDate> {
        let Some(day) = self.day else {
            return self.cycle.boundary(self.start, u32::try_from(index).ok()?);
        };
        let first = self.start.with_day(1)?;
        let months = index.checked_mul(i64::from(self.cycle.count()))?;
        let by = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
        let month =
            if months < 0 { first.checked_sub_months(by) } else { first.checked_add_months(by) };
        month.map(|it| day.in_month_of(it))
    }

    /// Natural period `index`.
    fn natural(&self, index: i64) -> Option<Period> {
        let (start, end) = (self.boundary(index)?, self.boundary(index.checked_add(1)?)?);
        Some(Period { start, end })
    }

    /// The first whole natural period.
    fn first(&self) -> Option<i64> {
        if self.boundary(0)? >= self.start { Some(0) } else { Some(1) }
    }

    /// What is to be billed in advance by `target`: every period that has begun by then and not after `end`,
    /// the first day that is not served any more.
    ///
    /// `None` when `target` lies so far ahead that there are more periods than can be counted, or beyond the
    /// calendar's end.
    pub fn count(&self, end: Option<NaiveDate>, target: NaiveDate) -> Option<CycleCount> {
        let mut count = CycleCount::default();
        let is_served = |day: NaiveDate| end.is_none_or(|end| day < end);
        if target < self.start || !is_served(self.start) {
            return Some(count);
        }
        let mut index = self.first()?;
        let begin = self.boundary(index)?;
        if self.start < begin {
            let served = Period { start: self.start, end: end.map_or(begin, |it| it.min(begin)) };
            let natural = self.natural(index.checked_sub(1)?)?;
            count.leading = Some(Partial { served, natural });
        }
        while count.trailing.is_none() {
            let natural = self.natural(index)?;
            if natural.start > target || !is_served(natural.start) {
                break;
            }
            match end.filter(|it| *it < natural.end) {
                Some(end) => {
                    let served = Period { start: natural.start, end };
                    count.trailing = Some(Partial { served, natural });
                }
                None => count.whole = count.whole.checked_add(1)?,
            }
            index = index.checked_add(1)?;
        }
        Some(count)
    }
}

/// A part of a natural period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partial {
    /// The days that are billed.
    pub served: Period,
    /// The whole that they are a part of.
    pub natural: Period,
}

impl Partial {
    /// The days that are billed over the days of the natural period.
    pub fn fraction(self) -> Ratio {
        Ratio::new(self.served.days(), self.natural.days()).unwrap_or(Ratio::ZERO)
    }
}

/// How many billing cycles lie in a stretch of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CycleCount {
    /// The days before the first whole period, if the start is not on a boundary.
    pub leading: Option<Partial>,
    /// Whole periods.
    pub whole: u32,
    /// The days after the last whole period, if the end is not on a boundary.
    pub trailing: Option<Partial>,
}
