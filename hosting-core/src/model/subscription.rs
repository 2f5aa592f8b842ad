//! Running services and their billed periods.

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    billing::InvoiceId,
    catalog::{PlanId, PlanPriceId, ProductId},
    customer::CustomerId,
    noun::noun,
    order::OrderId,
    promo::RecurringDiscount,
};
use crate::{
    closed_enum, entities,
    kernel::{BillingCycle, Currency, DomainName, Money},
    state_machine,
};

entities! {
    /// A running service.
    SubscriptionKind as SubscriptionId = "sub";
    /// One billed period of a subscription.
    CycleKind as CycleId = "cyc";
}

state_machine! {
    noun "a subscription";
    /// Where a subscription is in its life.
    states SubscriptionStatus {
        /// Ordered, not yet paid for.
        Pending = "pending",
        /// In free use before its first invoice falls due.
        Trialing = "trialing",
        /// In use and paid for.
        Active = "active",
        /// In use, with an invoice past its due date.
        PastDue = "past_due",
        /// Switched off for an unpaid invoice; everything is kept.
        Suspended = "suspended",
        /// Ended by the customer or staff; the account is kept for the retention time.
        Cancelled = "cancelled",
        /// Over; the account is gone.
        Terminated = "terminated",
    }
    /// What can happen to a subscription.
    triggers SubscriptionTrigger {
        /// A free trial began.
        TrialStarted = "trial_started",
        /// An invoice of it was paid.
        Paid = "paid",
        /// An invoice of it passed its due date.
        FellDue = "fell_due",
        /// Switched off for an unpaid invoice, with proof (law 7).
        Suspended = "suspended",
        /// Ended by the customer or staff, or abandoned before it was paid.
        Cancelled = "cancelled",
        /// The account was ordered to be removed.
        Terminated = "terminated",
    }
    initial { Pending }
    terminal { Terminated }
    table {
        Pending, TrialStarted => Trialing;
        Pending, Paid => Active;
        Pending, Cancelled => Cancelled;
        Trialing, Paid => Active;
        Trialing, FellDue => PastDue;
        Trialing, Cancelled => Cancelled;
        Active, Paid => Active;
        Active, FellDue => PastDue;
        Active, Cancelled => Cancelled;
        PastDue, Paid => Active;
        PastDue, FellDue => PastDue;
        PastDue, Suspended => Suspended;
        PastDue, Cancelled => Cancelled;
        Suspended, Paid => Active;
        Suspended, FellDue => Suspended;
        Suspended, Cancelled => Cancelled;
        Suspended, Terminated => Terminated;
        Cancelled, Terminated => Terminated;
    }
}

impl SubscriptionStatus {
    /// Whether the service should be switched on at the panel.
    pub const fn is_served(self) -> bool {
        matches!(self, Self::Trialing | Self::Active | Self::PastDue)
    }
}

closed_enum! {
    /// How far the making of the service is, beside its status.
    pub enum ProvisioningStatus {
        /// Not ordered from the panel yet.
        Pending = "pending",
        /// Ordered; a task is at it.
        InProgress = "in_progress",
        /// Made.
        Done = "done",
        /// Given up; staff must look.
        Failed = "failed",
    }
}

/// A running service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Identifies the subscription.
    pub id: SubscriptionId,
    /// Whose it is.
    pub customer_id: CustomerId,
    /// The order it came from.
    pub order_id: OrderId,
    /// The line of business, for coupons and reports.
    pub product_id: ProductId,
    /// The size.
    pub plan_id: PlanId,
    /// The version of the price that was bought.
    pub plan_price_id: PlanPriceId,
    /// What invoice lines call it, e.g. `Business hosting`; frozen when ordered.
    pub description: String,
    /// The main domain of the account.
    pub domain: DomainName,
    /// Where it is in its life.
    pub status: SubscriptionStatus,
    /// How far the making of the account is.
    pub provisioning_status: ProvisioningStatus,
    /// How often it is billed.
    pub cycle: BillingCycle,
    /// How many.
    pub quantity: i64,
    /// The currency of the price.
    pub currency: Currency,
    /// For each term and unit of quantity.
    pub price: Money,
    /// Whether tax is due on it.
    pub taxable: bool,
    /// What a coupon still does for it.
    pub discount: Option<RecurringDiscount>,
    /// First day of period 0, in the seller's calendar; all periods are counted from it.
    pub anchor_on: Option<NaiveDate>,
    /// The number of the next period to bill.
    pub next_period: i64,
    /// When the next period is to be billed; `None` while an earlier one is unpaid or none is to come.
    pub next_renewal_at: Option<DateTime<Utc>>,
    /// First day that is not paid for.
    pub paid_until: Option<NaiveDate>,
    /// Free days before the first invoice falls due.
    pub trial_days: i64,
    /// When it ends by the customer's wish.
    pub cancel_at: Option<DateTime<Utc>>,
    /// Why it ended, in the words of whoever ended it.
    pub cancel_reason: Option<String>,
    /// When it was switched off.
    pub suspended_at: Option<DateTime<Utc>>,
    /// When the account is to be removed.
    pub terminate_at: Option<DateTime<Utc>>,
    /// Why it must not be suspended or terminated now, if so (law 7).
    pub hold: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

state_machine! {
    noun "a billed period";
    /// Where a billed period stands.
    states CycleStatus {
        /// Its invoice is out.
        Invoiced = "invoiced",
        /// Paid for.
        Paid = "paid",
        /// Its invoice was withdrawn.
        Void = "void",
    }
    /// What can happen to a billed period.
    triggers CycleTrigger {
        /// The invoice was paid.
        Paid = "paid",
        /// The invoice was withdrawn.
        Voided = "voided",
        /// The bank took the payment back.
        Reversed = "reversed",
    }
    initial { Invoiced, Paid }
    terminal { Void }
    table {
        Invoiced, Paid => Paid;
        Invoiced, Voided => Void;
        Paid, Reversed => Invoiced;
    }
}

/// One billed period of a subscription; unique per subscription and first day (law 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// Identifies the period.
    pub id: CycleId,
    /// Of what.
    pub subscription_id: SubscriptionId,
    /// Its number, from 0.
    pub number: i64,
    /// First day.
    pub period_start: NaiveDate,
    /// First day after it.
    pub period_end: NaiveDate,
    /// The bill for it.
    pub invoice_id: InvoiceId,
    /// Where it stands.
    pub status: CycleStatus,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

noun! {
    Subscription as SubscriptionKind in "subscriptions";
    Cycle as CycleKind in "subscription_cycles";
}
