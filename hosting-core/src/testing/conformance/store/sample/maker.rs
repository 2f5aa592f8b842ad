//! The maker of rows, and the small values they are made of.

use crate::{
    change::NewTask,
    kernel::{Mint, Money},
    model::{Address, Job, MailKind, Party, RunKind},
    port::{Clock as _, Entropy as _},
    testing::{SeededEntropy, TestClock},
};
use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone as _, Utc};

/// Makes rows. Each one is made a millisecond after the one before, so that ids sort as they came.
#[derive(Debug)]
pub struct Sample {
    clock: TestClock,
    dice: SeededEntropy,
}

impl Sample {
    /// The rows of `seed`; its clock begins at 03:00 UTC (10:00 in Jakarta) on 2 March 2026.
    pub fn new(seed: u64) -> Self {
        Self { clock: TestClock::at(instant(2026, 3, 2, 3)), dice: SeededEntropy::new(seed) }
    }

    /// The present instant, in whole milliseconds.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
    }

    /// A mint for the next millisecond.
    pub fn mint(&self) -> Mint<'_> {
        self.clock.advance(TimeDelta::milliseconds(1));
        Mint::at(self.now(), &self.dice)
    }

    /// Eight letters and digits that occur nowhere else.
    pub fn word(&self) -> String {
        format!("{:08x}", self.dice.next_u64() >> 32)
    }

    /// 64 hexadecimal digits that occur nowhere else.
    pub fn hex64(&self) -> String {
        format!("{:032x}{:032x}", self.dice.next(), self.dice.next())
    }

    /// A task for now, under `key`, in the lane of runs.
    pub fn run_task(&self, key: &str) -> NewTask {
        let date = day(2026, 3, 2);
        NewTask::new(&self.mint(), key, Job::Run { run: RunKind::Dunning, date, resume: None })
    }

    /// A task for now, under `key`, in the mail lane.
    pub fn task(&self, key: &str) -> NewTask {
        let job =
            Job::MailStaff { kind: MailKind::PaymentUnapplied, payment_id: None, refund_id: None };
        NewTask::new(&self.mint(), key, job)
    }
}

/// `hour` o'clock UTC on a day.
pub fn instant(year: i32, month: u32, day: u32, hour: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(year, month, day, hour, 0, 0).unwrap()
}

/// A day.
pub fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// So many rupiah.
pub const fn idr(minor: i64) -> Money {
    Money::from_minor(minor, crate::kernel::Currency::IDR)
}

/// An address in Bandung.
pub fn address() -> Address {
    Address {
        line1: "Jalan Braga 10".to_owned(),
        line2: None,
        city: "Bandung".to_owned(),
        region: None,
        postcode: None,
        country: "ID".parse().unwrap(),
    }
}

/// A party to an invoice.
pub fn party(name: &str) -> Party {
    Party {
        name: name.to_owned(),
        attention: None,
        address: address(),
        tax_id: None,
        email: "billing@example.com".to_owned(),
    }
}
