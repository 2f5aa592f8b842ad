//! Billing cycles, periods and the seller's time zone (law 11, defect D7).
//!
//! Periods are counted in calendar days of the seller's time zone. The `n`-th boundary is always
//! computed from the anchor day and never from the boundary before it, so that 31 January bills on
//! 28 February and again on 31 March.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Days, LocalResult, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a cycle is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CycleUnit {
    /// Calendar days.
    Day,
    /// Seven calendar days.
    Week,
    /// Calendar months, with the anchor day kept.
    Month,
    /// Twelve calendar months.
    Year,
}

/// How long one billing period is: `count` × `unit`, at most ten years.
///
/// Its text form is one of `monthly`, `quarterly`, `semiannually`, `annually`, `biennially`,
/// `triennially`, or `<n>_days`, `<n>_weeks`, `<n>_months`, `<n>_years`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BillingCycle {
    count: u16,
    unit: CycleUnit,
}

const NAMED: [(&str, BillingCycle); 6] = [
    ("monthly", BillingCycle::MONTHLY),
    ("quarterly", BillingCycle::QUARTERLY),
    ("semiannually", BillingCycle::SEMIANNUALLY),
    ("annually", BillingCycle::ANNUALLY),
    ("biennially", BillingCycle::BIENNIALLY),
    ("triennially", BillingCycle::TRIENNIALLY),
];

impl BillingCycle {
    /// Every month.
    pub const MONTHLY: Self = Self { count: 1, unit: CycleUnit::Month };
    /// Every three months.
    pub const QUARTERLY: Self = Self { count: 3, unit: CycleUnit::Month };
    /// Every six months.
    pub const SEMIANNUALLY: Self = Self { count: 6, unit: CycleUnit::Month };
    /// Every year.
    pub const ANNUALLY: Self = Self { count: 12, unit: CycleUnit::Month };
    /// Every two years.
    pub const BIENNIALLY: Self = Self { count: 24, unit: CycleUnit::Month };
    /// Every three years.
    pub const TRIENNIALLY: Self = Self { count: 36, unit: CycleUnit::Month };
    /// The six cycles that are sold under a name.
    pub const SOLD: [Self; 6] = [
        Self::MONTHLY,
        Self::QUARTERLY,
        Self::SEMIANNUALLY,
        Self::ANNUALLY,
        Self::BIENNIALLY,
        Self::TRIENNIALLY,
    ];

    /// `count` × `unit`. Twelve months and one year are the same cycle.
    ///
    /// # Errors
    /// When `count` is zero or the whole is longer than ten years.
    pub fn new(count: u16, unit: CycleUnit) -> Result<Self, NotACycle> {
        let (count, unit) = match unit {
            CycleUnit::Year => (count.saturating_mul(12), CycleUnit::Month),
            CycleUnit::Week => (count.saturating_mul(7), CycleUnit::Day),
            other => (count, other),
        };
        let most = if unit == CycleUnit::Month { 120 } else { 3660 };
        if count == 0 || count > most { Err(NotACycle) } else { Ok(Self { count, unit }) }
    }

    /// How many of [`unit`](Self::unit) one period lasts.
    pub const fn count(self) -> u16 {
        self.count
    }

    /// [`CycleUnit::Day`] or [`CycleUnit::Month`]; weeks and years are kept as these.
    pub const fn unit(self) -> CycleUnit {
        self.unit
    }

    /// The day on which period `index` (from 0) begins when period 0 begins on `anchor`.
    ///
    /// `None` beyond the calendar's end.
    pub fn boundary(self, anchor: NaiveDate, index: u32) -> Option<NaiveDate> {
        let steps = index.checked_mul(u32::from(self.count))?;
        match self.unit {
            CycleUnit::Month | CycleUnit::Year => anchor.checked_add_months(Months::new(steps)),
            CycleUnit::Day | CycleUnit::Week => {
                anchor.checked_add_days(Days::new(u64::from(steps)))
            }
        }
    }

    /// Period `index` (from 0) of a subscription anchored at `anchor`.
    ///
    /// `None` beyond the calendar's end.
    pub fn period(self, anchor: NaiveDate, index: u32) -> Option<Period> {
        let start = self.boundary(anchor, index)?;
        let end = self.boundary(anchor, index.checked_add(1)?)?;
        Some(Period { start, end })
    }
}

impl fmt::Display for BillingCycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((name, _)) = NAMED.iter().find(|(_, it)| it == self) {
            return f.pad(name);
        }
        let unit = match self.unit {
            CycleUnit::Day | CycleUnit::Week => "days",
            CycleUnit::Month | CycleUnit::Year => "months",
        };
        write!(f, "{}_{unit}", self.count)
    }
}
impl fmt::Debug for BillingCycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text or numbers are no billing cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a billing cycle is monthly, quarterly, semiannually, annually, biennially, triennially, or \
     `<n>_days`, `<n>_weeks`, `<n>_months`, `<n>_years` of ten years at most"
)]
pub struct NotACycle;

impl FromStr for BillingCycle {
    type Err = NotACycle;
    fn from_str(text: &str) -> Result<Self, NotACycle> {
        if let Some((_, cycle)) = NAMED.iter().find(|(name, _)| *name == text) {
            return Ok(*cycle);
        }
        let (count, unit) = text.split_once('_').ok_or(NotACycle)?;
        let unit = match unit {
            "days" => CycleUnit::Day,
            "weeks" => CycleUnit::Week,
            "months" => CycleUnit::Month,
            "years" => CycleUnit::Year,
            _ => return Err(NotACycle),
        };
        Self::new(count.parse().map_err(|_| NotACycle)?, unit)
    }
}

impl Serialize for BillingCycle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for BillingCycle {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Days from `start` up to, but not including, `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Period {
    /// The first day.
    pub start: NaiveDate,
    /// The first day after the period.
    pub end: NaiveDate,
}

impl Period {
    /// How many days it has.
    pub fn days(self) -> i64 {
        self.end.signed_duration_since(self.start).num_days()
    }

    /// The last day that belongs to it, as people write it on invoices.
    pub fn last_day(self) -> NaiveDate {
        self.end.pred_opt().unwrap_or(self.end)
    }
}

/// The time zone whose calendar decides what a day is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SellerZone(Tz);

impl SellerZone {
    /// Western Indonesian time, the default.
    pub const JAKARTA: Self = Self(Tz::Asia__Jakarta);

    /// The calendar day that `instant` falls on.
    pub fn date_of(self, instant: DateTime<Utc>) -> NaiveDate {
        instant.with_timezone(&self.0).date_naive()
    }

    /// The first instant of `date`.
    ///
    /// Where a clock change skips midnight, the day begins at the first instant after the gap;
    /// where midnight comes twice, at the earlier one.
    pub fn start_of(self, date: NaiveDate) -> DateTime<Utc> {
        let midnight = date.and_time(NaiveTime::MIN);
        match self.0.from_local_datetime(&midnight) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.with_timezone(&Utc),
            LocalResult::None => {
                // No zone of the tz database has skipped more than a day since 1900.
                let quarters =
                    (1..=96).map(|n: i32| TimeDelta::minutes(i64::from(n).saturating_mul(15)));
                quarters
                    .filter_map(|later| midnight.checked_add_signed(later))
                    .find_map(|later| self.0.from_local_datetime(&later).earliest())
                    .map_or_else(|| midnight.and_utc(), |at| at.with_timezone(&Utc))
            }
        }
    }

    /// The IANA name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }
}

impl Default for SellerZone {
    fn default() -> Self {
        Self::JAKARTA
    }
}

/// The text names no time zone of the tz database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time zone name such as Asia/Jakarta")]
pub struct UnknownZone(String);

impl FromStr for SellerZone {
    type Err = UnknownZone;
    fn from_str(text: &str) -> Result<Self, UnknownZone> {
        text.parse().map(Self).map_err(|_| UnknownZone(text.chars().take(64).collect()))
    }
}
impl fmt::Display for SellerZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
impl Serialize for SellerZone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
impl<'de> Deserialize<'de> for SellerZone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// `instant + by`, or the last representable instant.
pub fn later(instant: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    instant.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// `instant - by`, or the first representable instant.
pub fn earlier(instant: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    instant.checked_sub_signed(by).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// `date` moved by `days`, which may be negative; or the calendar's end.
pub fn shifted(date: NaiveDate, days: i64) -> NaiveDate {
    TimeDelta::try_days(days).and_then(|by| date.checked_add_signed(by)).unwrap_or(date)
}
