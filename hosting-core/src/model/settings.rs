//! What an operator decides: the seller, the calendar, numbering, dunning.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{billing::Party, customer::Address, noun::noun};
use crate::{
    entities,
    kernel::{Currency, SellerZone, text},
};

entities! {
    /// One stored setting.
    SettingKind as SettingId = "set";
}

/// One stored setting: a name and a JSON document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Identifies the row.
    pub id: SettingId,
    /// The setting's name; unique.
    pub key: String,
    /// Its value.
    pub value: serde_json::Value,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

noun! {
    Setting as SettingKind in "settings";
}

/// When invoices go out, and what happens when they are not paid. Days are calendar days of the
/// seller's time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BillingPolicy {
    /// How many days before a period begins its invoice goes out; 0 to 60.
    pub renewal_lead_days: u32,
    /// How many days a new order has to be paid; 1 to 90.
    pub order_due_days: u32,
    /// How long an offer to pay (VA, QRIS) is open, hours; 1 to 168.
    pub payment_window_hours: u32,
    /// Reminders, in days from the due date: negative is before it. Ascending, at most 20.
    pub reminder_days: Vec<i32>,
    /// Days after the due date before anything is switched off.
    pub grace_days: u32,
    /// Days between switching off for non-payment and removing the account.
    pub retention_days: u32,
    /// Days between a cancellation's effect and removing the account.
    pub cancelled_retention_days: u32,
    /// Days after which an order left unpaid is cancelled.
    pub abandon_after_days: u32,
    /// How many services may be suspended in one calendar day before a human is asked.
    pub max_suspensions_per_day: u32,
    /// How many accounts may be removed in one calendar day before a human is asked.
    pub max_terminations_per_day: u32,
    /// Whether a period is billed although an earlier one is still unpaid.
    pub continuous_invoices: bool,
}

impl Default for BillingPolicy {
    fn default() -> Self {
        Self {
            renewal_lead_days: 7,
            order_due_days: 7,
            payment_window_hours: 24,
            reminder_days: vec![-3, -1, 1, 3],
            grace_days: 7,
            retention_days: 30,
            cancelled_retention_days: 7,
            abandon_after_days: 14,
            max_suspensions_per_day: 100,
            max_terminations_per_day: 50,
            continuous_invoices: false,
        }
    }
}

/// A time during which this installation did not run; grace grows by it (law 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// The last sign of life before it.
    pub from: DateTime<Utc>,
    /// The first sign of life after it.
    pub until: DateTime<Utc>,
}

impl Outage {
    /// How much of it lies in `from..until`.
    pub fn overlap(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> TimeDelta {
        let (start, end) = (self.from.max(from), self.until.min(until));
        if end > start { end.signed_duration_since(start) } else { TimeDelta::zero() }
    }
}

/// How long work that is done is kept. What carries business history (orders, invoices, payments, the
/// journal) and dead letters are kept for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keeping {
    /// Days for which a task that succeeded is kept; 1 to 3650.
    pub succeeded_task_days: u32,
    /// Days for which a gateway's message that was dealt with is kept; 30 to 3650.
    pub processed_webhook_days: u32,
}

impl Default for Keeping {
    fn default() -> Self {
        Self { succeeded_task_days: 30, processed_webhook_days: 180 }
    }
}

/// All settings, read together at the start of a use case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShopSettings {
    /// Who sells, as printed on invoices.
    pub seller: Party,
    /// Whose calendar counts.
    pub zone: SellerZone,
    /// What prices are shown in first.
    pub currency: Currency,
    /// The pattern of invoice numbers: `{yyyy}`, `{mm}` and `{seq:N}` (N digits at least). A series
    /// begins anew whenever the text around `{seq}` changes, i.e. each year with `{yyyy}`.
    pub invoice_number: String,
    /// When invoices go out, and what happens when they are not paid.
    pub billing: BillingPolicy,
    /// How long work that is done is kept.
    pub keeping: Keeping,
}

/// When this installation ran and when it did not, stored under `heartbeat`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Heartbeat {
    /// When it last gave a sign of life.
    pub alive_at: Option<DateTime<Utc>>,
    /// When it did not run; the last hundred.
    pub outages: Vec<Outage>,
}

impl Heartbeat {
    /// A silence shorter than this is not an outage: runs are due each hour, and a day's reminder
    /// or grace is not shifted by a restart.
    pub const SILENCE: TimeDelta = TimeDelta::hours(25);
    const KEPT: usize = 100;

    /// A sign of life at `now`. After a long silence the outage is remembered.
    pub fn beat(&mut self, now: DateTime<Utc>) {
        if let Some(from) = self.alive_at
            && now.signed_duration_since(from) > Self::SILENCE
        {
            self.outages.push(Outage { from, until: now });
            let excess = self.outages.len().saturating_sub(Self::KEPT);
            self.outages.drain(..excess);
        }
        self.alive_at = self.alive_at.max(Some(now));
    }
}

impl Default for ShopSettings {
    fn default() -> Self {
        Self {
            seller: Party {
                name: "Your company".to_owned(),
                attention: None,
                address: Address {
                    line1: "Street and number".to_owned(),
                    line2: None,
                    city: "Jakarta".to_owned(),
                    region: None,
                    postcode: None,
                    country: text::indonesia(),
                },
                tax_id: None,
                email: "billing@example.com".to_owned(),
            },
            zone: SellerZone::JAKARTA,
            currency: Currency::IDR,
            invoice_number: "INV/{yyyy}/{seq:5}".to_owned(),
            billing: BillingPolicy::default(),
            keeping: Keeping::default(),
        }
    }
}
