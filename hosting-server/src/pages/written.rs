//! How amounts, days, times and terms are written.

use std::fmt;

use chrono::{DateTime, NaiveDate, Timelike, Utc};
use hosting_core::kernel::{BillingCycle, Money};

use super::frame::Frame;
use crate::view::{amount, letters::dates};

/// A small value or a reference to one: templates hand over the one or the other, by how they name it.
pub(super) trait Plain<T> {
    /// The value.
    fn plain(self) -> T;
}

impl<T: Copy> Plain<T> for T {
    fn plain(self) -> T {
        self
    }
}

impl<T: Copy> Plain<T> for &T {
    fn plain(self) -> T {
        *self
    }
}

impl<T: Copy> Plain<T> for &&T {
    fn plain(self) -> T {
        **self
    }
}

impl<T: Copy> Plain<T> for &&&T {
    fn plain(self) -> T {
        ***self
    }
}

impl Frame {
    /// An amount.
    pub(super) fn money(&self, money: impl Plain<Money>) -> String {
        amount(money.plain(), self.lang).replace(' ', "\u{a0}")
    }

    /// A day.
    pub(super) fn day(&self, instant: impl Plain<DateTime<Utc>>) -> String {
        dates::day(self.shop.zone.date_of(instant.plain()), self.lang)
    }

    /// A day, if there is one.
    #[expect(clippy::ref_option, reason = "templates hand over references")]
    pub(super) fn day_if(&self, instant: &Option<DateTime<Utc>>) -> String {
        instant.map_or_else(|| "–".to_owned(), |it| self.day(it))
    }

    /// A calendar day.
    pub(super) fn date(&self, date: impl Plain<NaiveDate>) -> String {
        dates::day(date.plain(), self.lang)
    }

    /// A day and the time of day with the zone's name.
    pub(super) fn time(&self, instant: impl Plain<DateTime<Utc>>) -> String {
        let instant = instant.plain();
        let zone = self.shop.zone.name().parse::<chrono_tz::Tz>().unwrap_or(chrono_tz::Tz::UTC);
        let local = instant.with_timezone(&zone);
        let name = local.format("%Z");
        format!("{}, {:02}:{:02} {name}", self.day(instant), local.hour(), local.minute())
    }

    /// How long until `instant`, in the largest unit that fits, rounded down.
    pub(super) fn left(&self, instant: impl Plain<DateTime<Utc>>) -> String {
        let minutes = instant.plain().signed_duration_since(self.now).num_minutes().max(0);
        let t = &self.t.time;
        let (number, unit) = match minutes {
            0..120 => (minutes, t.minutes),
            120..2880 => (minutes / 60, t.hours),
            _ => (minutes / 1440, t.days),
        };
        // A number and its unit stay on one line.
        format!("{number}\u{a0}{unit}")
    }

    /// How often something is billed.
    pub(super) fn cycle(&self, cycle: impl Plain<BillingCycle>) -> String {
        self.t.time.cycle(cycle.plain())
    }

    /// `text` with `{name}` replaced.
    #[expect(clippy::unused_self, reason = "templates reach everything through the frame")]
    pub(super) fn with(
        &self,
        text: impl AsRef<str>,
        name: &str,
        value: impl fmt::Display,
    ) -> String {
        text.as_ref().replace(&format!("{{{name}}}"), &value.to_string())
    }
}
