//! Invoices and payments.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{
    catalog::PlanPriceId,
    charge::Instructions,
    customer::{Address, CustomerId},
    noun::noun,
    order::OrderId,
    subscription::SubscriptionId,
};
use crate::{
    closed_enum, entities,
    kernel::{Currency, Money, Rate, Ratio},
    state_machine,
};

entities! {
    /// A bill.
    InvoiceKind as InvoiceId = "inv";
    /// One line of a bill.
    InvoiceItemKind as InvoiceItemId = "itm";
    /// One attempt to pay.
    PaymentKind as PaymentId = "pay";
}

state_machine! {
    noun "an invoice";
    /// Where an invoice stands. Issued invoices do not change but for this, and what was paid.
    states InvoiceStatus {
        /// Being written; has no number.
        Draft = "draft",
        /// Issued, nothing paid yet.
        Unpaid = "unpaid",
        /// Issued, partly paid.
        Partial = "partial",
        /// Due date passed, not fully paid.
        Overdue = "overdue",
        /// Fully paid.
        Paid = "paid",
        /// Withdrawn before it was fully paid.
        Void = "void",
        /// Paid and given back in full.
        Refunded = "refunded",
    }
    /// What can happen to an invoice.
    triggers InvoiceTrigger {
        /// Given its number and sent.
        Issued = "issued",
        /// Some of it was paid.
        PartlyPaid = "partly_paid",
        /// The rest of it was paid.
        Paid = "paid",
        /// Its due date passed.
        FellDue = "fell_due",
        /// Withdrawn.
        Voided = "voided",
        /// All of it was given back.
        Refunded = "refunded",
        /// The bank took a payment back, or staff give it back while the rest is still owed.
        Reversed = "reversed",
    }
    initial { Draft, Unpaid }
    terminal { Void, Refunded }
    table {
        Draft, Issued => Unpaid;
        Draft, Voided => Void;
        Unpaid, PartlyPaid => Partial;
        Unpaid, Paid => Paid;
        Unpaid, FellDue => Overdue;
        Unpaid, Voided => Void;
        Partial, PartlyPaid => Partial;
        Partial, Paid => Paid;
        Partial, FellDue => Overdue;
        Partial, Voided => Void;
        Partial, Reversed => Unpaid;
        Overdue, PartlyPaid => Overdue;
        Overdue, Paid => Paid;
        Overdue, Voided => Void;
        Overdue, Reversed => Overdue;
        Paid, Refunded => Refunded;
        Paid, Reversed => Unpaid;
    }
}

impl InvoiceStatus {
    /// Whether money is still expected for it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Unpaid | Self::Partial | Self::Overdue)
    }
}

/// Who sells or buys, frozen when the invoice is issued (law 10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Full name or company.
    pub name: String,
    /// Contact at the company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attention: Option<String>,
    /// Postal address.
    pub address: Address,
    /// Tax number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<String>,
    /// Mail address.
    pub email: String,
}

/// The tax of one rule on one document: rounded once, then shared out to the lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxSummary {
    /// What invoices print, e.g. `PPN`.
    pub name: String,
    /// The statutory rate.
    pub rate: Rate,
    /// The part of the price that is taxed.
    pub base_factor: Ratio,
    /// Sum of the lines' net amounts, minor units.
    pub net_minor: i64,
    /// The tax, minor units.
    pub tax_minor: i64,
}

/// A bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// Identifies the invoice.
    pub id: InvoiceId,
    /// Who owes.
    pub customer_id: CustomerId,
    /// The order it is for, if it is for one.
    pub order_id: Option<OrderId>,
    /// The number people use; gap-free in its series, assigned by the issuing commit; unique.
    pub number: Option<String>,
    /// Where it stands.
    pub status: InvoiceStatus,
    /// The currency of all amounts.
    pub currency: Currency,
    /// Sum of list prices.
    pub subtotal: Money,
    /// What coupons took off; not negative.
    pub discount: Money,
    /// Tax, contained in the total.
    pub tax: Money,
    /// What is owed.
    pub total: Money,
    /// What was paid and applied so far.
    pub paid: Money,
    /// The seller as of issue.
    pub seller: Party,
    /// The buyer as of issue.
    pub buyer: Party,
    /// Tax by rule.
    pub taxes: Vec<TaxSummary>,
    /// When it was issued.
    pub issued_at: Option<DateTime<Utc>>,
    /// When it must be paid.
    pub due_at: DateTime<Utc>,
    /// When it was last fully paid; kept when the bank takes a payment back.
    pub paid_at: Option<DateTime<Utc>>,
    /// How many dunning steps were taken.
    pub dunning_step: i64,
    /// When the next dunning step is due; `None` when nothing is to be done.
    pub next_dunning_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl Invoice {
    /// What is still owed; zero when it is not open.
    pub fn balance(&self) -> Money {
        if self.status.is_open() {
            self.total.minus(self.paid).unwrap_or(Money::zero(self.currency))
        } else {
            Money::zero(self.currency)
        }
    }
}

closed_enum! {
    /// What a line is for.
    pub enum LineKind {
        /// One term of a plan.
        Plan = "plan",
        /// Setting it up, once.
        SetupFee = "setup_fee",
    }
}

/// One line of a bill. Never changed once stored. `net + tax = gross` on every line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceItem {
    /// Identifies the line.
    pub id: InvoiceItemId,
    /// The bill.
    pub invoice_id: InvoiceId,
    /// Place on the bill, from 1.
    pub position: i64,
    /// What it is for.
    pub kind: LineKind,
    /// The service it pays for.
    pub subscription_id: Option<SubscriptionId>,
    /// What people read.
    pub description: String,
    /// How many.
    pub quantity: i64,
    /// The currency of all amounts.
    pub currency: Currency,
    /// For one.
    pub unit_price: Money,
    /// What coupons took off this line; not negative.
    pub discount: Money,
    /// Without tax.
    pub net: Money,
    /// Its share of the tax.
    pub tax: Money,
    /// With tax.
    pub gross: Money,
    /// First day it pays for; `None` for a first term, which begins when it is paid.
    pub period_start: Option<NaiveDate>,
    /// First day it no longer pays for.
    pub period_end: Option<NaiveDate>,
    /// How the amounts came about.
    pub derivation: Derivation,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// How a line's amounts came about (law 9), complete enough to recompute and to explain them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derivation {
    /// The version of the price.
    pub price_id: PlanPriceId,
    /// The part of the price that is charged.
    pub ratio: Ratio,
    /// The coupon's code and how it was shared out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<String>,
    /// The tax rule's name, or `None` when no tax is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<String>,
    /// The rounding of every product named above.
    pub rounding: crate::kernel::Rounding,
}

state_machine! {
    noun "a payment";
    /// Where an attempt to pay stands. Refunds and chargebacks are their own rows.
    states PaymentStatus {
        /// Asked for; no money yet.
        Pending = "pending",
        /// The provider suspects fraud and asks staff.
        Challenge = "challenge",
        /// A call's outcome is not known; being looked up.
        Unknown = "unknown",
        /// The money is ours.
        Succeeded = "succeeded",
        /// Refused or cancelled; no money.
        Failed = "failed",
        /// The offer ended unpaid.
        Expired = "expired",
    }
    /// What can be learned about a payment, always from the provider or from staff (law 4).
    triggers PaymentTrigger {
        /// The provider waits for the customer.
        Waiting = "waiting",
        /// The provider asks for a decision.
        Challenged = "challenged",
        /// No answer came; nobody knows.
        Lost = "lost",
        /// The money arrived. Also after expiry or failure: late money is still money (D3).
        Arrived = "arrived",
        /// It was refused or cancelled.
        Refused = "refused",
        /// The offer ended.
        Expired = "expired",
        /// The bank took it back within minutes of settling.
        Reversed = "reversed",
    }
    initial { Pending }
    terminal { }
    table {
        Pending, Waiting => Pending;
        Pending, Challenged => Challenge;
        Pending, Lost => Unknown;
        Pending, Arrived => Succeeded;
        Pending, Refused => Failed;
        Pending, Expired => Expired;
        Unknown, Waiting => Pending;
        Unknown, Challenged => Challenge;
        Unknown, Lost => Unknown;
        Unknown, Arrived => Succeeded;
        Unknown, Refused => Failed;
        Unknown, Expired => Expired;
        Challenge, Challenged => Challenge;
        Challenge, Lost => Unknown;
        Challenge, Arrived => Succeeded;
        Challenge, Refused => Failed;
        Challenge, Expired => Expired;
        Expired, Arrived => Succeeded;
        Expired, Refused => Failed;
        Failed, Arrived => Succeeded;
        Succeeded, Reversed => Failed;
    }
}

impl PaymentStatus {
    /// Whether money may still be on its way, so that nobody is suspended over it (law 7).
    pub const fn is_in_flight(self) -> bool {
        matches!(self, Self::Pending | Self::Challenge | Self::Unknown)
    }
}

closed_enum! {
    /// Who knows whether the money of a payment came.
    pub enum ConfirmedBy {
        /// The provider, who can be asked at any time.
        Provider = "provider",
        /// Staff, who see it on the account statement; there is nobody to ask.
        Staff = "staff",
    }
}

/// One attempt to pay an invoice through a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Identifies the attempt.
    pub id: PaymentId,
    /// What is paid.
    pub invoice_id: InvoiceId,
    /// Who pays.
    pub customer_id: CustomerId,
    /// The gateway's name.
    pub gateway: String,
    /// The method's name within the gateway.
    pub method: String,
    /// Our reference at the gateway; unique per gateway, never used again.
    pub reference: String,
    /// The provider's own id, once known.
    pub provider_ref: Option<String>,
    /// Who knows whether money came.
    pub confirmed_by: ConfirmedBy,
    /// The currency of all four amounts.
    pub currency: Currency,
    /// What was asked for.
    pub amount: Money,
    /// What arrived, as the provider says; zero before.
    pub received: Money,
    /// How much of that went towards the invoice; the rest waits for staff.
    pub applied: Money,
    /// How much of what arrived has left again: given back, or taken back by the bank.
    pub given_back: Money,
    /// Where it stands.
    pub status: PaymentStatus,
    /// What the customer needs to pay, once known.
    pub instructions: Option<Instructions>,
    /// When the offer ends.
    pub expires_at: DateTime<Utc>,
    /// When the provider was last asked.
    pub asked_at: Option<DateTime<Utc>>,
    /// When to ask next; `None` when there is nothing more to learn.
    pub next_ask_at: Option<DateTime<Utc>>,
    /// How often it was asked.
    pub asks: i64,
    /// When the customer said that they transferred, which staff have yet to check; only where staff
    /// confirm.
    pub reported_at: Option<DateTime<Utc>>,
    /// What they wrote with it, e.g. the reference of their bank.
    pub report: Option<String>,
    /// When the money arrived.
    pub succeeded_at: Option<DateTime<Utc>>,
    /// The provider's words for the state, for staff.
    pub detail: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl Payment {
    /// Whether the customer says that they transferred and staff have not decided yet: money that
    /// may be theirs, so nobody is suspended over it (law 7).
    pub const fn awaits_review(&self) -> bool {
        self.reported_at.is_some() && !matches!(self.status, PaymentStatus::Succeeded)
    }

    /// What arrived and neither pays the invoice nor has left again: it waits for staff. Not
    /// negative.
    pub fn unapplied(&self) -> Money {
        let nothing = Money::zero(self.currency);
        let kept = self.received.minus(self.given_back).and_then(|it| it.minus(self.applied));
        kept.ok().filter(|it| it.is_positive()).unwrap_or(nothing)
    }
}

noun! {
    Invoice as InvoiceKind in "invoices";
    InvoiceItem as InvoiceItemKind in "invoice_items";
    Payment as PaymentKind in "payments";
}
