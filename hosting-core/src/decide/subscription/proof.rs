//! No suspension on suspicion (law 7, defect D4).

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::{
    decide::{Books, Context, billing::suspension_due},
    kernel::{Versioned, calendar::later},
    model::{
        Customer, Invoice, InvoiceId, InvoiceStatus, Payment, PaymentId, PaymentStatus,
        Subscription, SubscriptionId,
    },
};

/// Everything that must be looked at before a service is switched off or removed for non-payment.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The unpaid invoice.
    pub invoice: &'a Invoice,
    /// All payments of it.
    pub payments: &'a [Versioned<Payment>],
    /// Who owes.
    pub customer: &'a Customer,
    /// What would be switched off or removed.
    pub subscription: &'a Subscription,
}

/// How many more services may be switched off or removed today before a human is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// The seller's calendar day it is for.
    pub day: NaiveDate,
    /// The cap for the whole day; the commit counts against it.
    pub cap: u32,
    /// How many are left of it.
    pub left: u32,
}

/// Proof that a service may be switched off or removed: it can be built here and nowhere else.
///
/// It says that at one instant the invoice was open and past due and grace, no payment was in flight,
/// the provider had been asked about every attempt within a day, nobody had put a hold on the
/// customer or the service, and the day's cap was not reached.
#[derive(Debug, PartialEq, Eq)]
pub struct ProvenUnpaid {
    invoice_id: InvoiceId,
    subscription_id: SubscriptionId,
    day: NaiveDate,
    cap: u32,
}

/// Which part of the proof is missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotProven {
    /// The invoice is not open and past its due date.
    #[error("the invoice is not overdue")]
    NotOverdue,
    /// Grace has not ended.
    #[error("grace lasts until {0}")]
    InGrace(DateTime<Utc>),
    /// Somebody put a hold on the customer or the service.
    #[error("on hold: {0}")]
    OnHold(String),
    /// Money may be on its way.
    #[error("payment {payment_id} may still arrive")]
    InFlight {
        /// Which payment.
        payment_id: PaymentId,
        /// When its offer ends.
        until: DateTime<Utc>,
    },
    /// These payments were not asked about recently enough.
    #[error("the provider was not asked recently about {} payment(s)", .0.len())]
    NotAsked(Vec<PaymentId>),
    /// The day's cap is reached; a human is asked.
    #[error("the cap of {0} a day is reached")]
    CapReached(u32),
}

/// "Recently asked".
const RECENTLY: TimeDelta = TimeDelta::hours(24);

impl ProvenUnpaid {
    /// Looks at the evidence, and takes one from the day's allowance when the proof is complete.
    ///
    /// # Errors
    /// The first part that is missing.
    pub fn prove(
        context: &Context<'_>,
        books: &Books,
        evidence: &Evidence<'_>,
        allowance: &mut Allowance,
    ) -> Result<Self, NotProven> {
        let now = context.now();
        let Evidence { invoice, payments, customer, subscription } = *evidence;
        if invoice.status != InvoiceStatus::Overdue || !invoice.balance().is_positive() {
            return Err(NotProven::NotOverdue);
        }
        let grace_ends = suspension_due(invoice, books, now);
        if now < grace_ends {
            return Err(NotProven::InGrace(grace_ends));
        }
        if let Some(reason) = customer.hold.as_ref().or(subscription.hold.as_ref()) {
            return Err(NotProven::OnHold(reason.clone()));
        }
        if let Some(payment) = payments.iter().find(|it| it.status.is_in_flight()) {
            return Err(NotProven::InFlight { payment_id: payment.id, until: payment.expires_at });
        }
        let stale: Vec<_> =
            payments.iter().filter(|it| is_stale(it, now)).map(|it| it.id).collect();
        if !stale.is_empty() {
            return Err(NotProven::NotAsked(stale));
        }
        let left = allowance.left.checked_sub(1).ok_or(NotProven::CapReached(allowance.cap))?;
        allowance.left = left;
        Ok(Self {
            invoice_id: invoice.id,
            subscription_id: subscription.id,
            day: allowance.day,
            cap: allowance.cap,
        })
    }

    /// The invoice that is unpaid.
    pub const fn invoice_id(&self) -> InvoiceId {
        self.invoice_id
    }

    /// The service it allows to act on.
    pub const fn subscription_id(&self) -> SubscriptionId {
        self.subscription_id
    }

    /// The day whose cap it counts against.
    pub(super) const fn day(&self) -> NaiveDate {
        self.day
    }

    /// That cap.
    pub(super) fn cap(&self) -> i64 {
        i64::from(self.cap)
    }
}

/// An attempt that ended without money and was not asked about within a day. One that never reached
/// the provider, or that ended more than a month ago, has nothing left to tell.
fn is_stale(payment: &Payment, now: DateTime<Utc>) -> bool {
    let ended = matches!(payment.status, PaymentStatus::Failed | PaymentStatus::Expired);
    let recent = now < later(payment.expires_at, TimeDelta::days(30));
    let reached = payment.provider_ref.is_some();
    let asked = payment.asked_at.is_some_and(|at| now < later(at, RECENTLY));
    ended && recent && reached && !asked
}
