//! No suspension on suspicion (law 7, defect D4).

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::trail::MoneyTrail;
use crate::{
    change::{ChangeSet, Guard, Take},
    decide::{Books, Context, billing::suspension_due},
    kernel::{Versioned, calendar::later},
    model::{
        ConfirmedBy, Customer, Cycle, CycleStatus, Invoice, InvoiceId, InvoiceStatus, Payment,
        PaymentId, PaymentStatus, Subscription, SubscriptionId,
    },
};

/// Everything that must be looked at before a service is switched off or removed for non-payment.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The unpaid invoice.
    pub invoice: &'a Versioned<Invoice>,
    /// The billed periods it is for.
    pub cycles: &'a [Versioned<Cycle>],
    /// All that is known of money for it.
    pub trail: &'a MoneyTrail,
    /// Who owes.
    pub customer: &'a Versioned<Customer>,
    /// What would be switched off or removed.
    pub subscription: &'a Versioned<Subscription>,
}

impl Evidence<'_> {
    /// Whether all of it is about one debt. What belongs to something else proves nothing.
    fn check(&self) -> Result<(), NotProven> {
        let Self { invoice, cycles, trail, customer, subscription } = *self;
        let mismatch = |what| Err(NotProven::Mismatch(what));
        if invoice.customer_id != customer.id {
            return mismatch("the customer does not owe the invoice");
        }
        if subscription.customer_id != customer.id {
            return mismatch("the service is somebody else's");
        }
        if !trail.is_of(invoice) {
            return mismatch("the payments are of another invoice, or of an earlier look at it");
        }
        let bills = |it: &Versioned<Cycle>| {
            it.invoice_id == invoice.id
                && it.subscription_id == subscription.id
                && it.status == CycleStatus::Invoiced
        };
        if !cycles.iter().any(bills) {
            return mismatch("the invoice is for no unpaid period of the service");
        }
        if !trail.is_complete() {
            return mismatch("there are more payments than can be looked at");
        }
        Ok(())
    }
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
/// customer or the service, no money of theirs waited to be applied, and the day's cap was not
/// reached. It is good for one act, on that service as it was read, at that instant.
#[derive(Debug, PartialEq, Eq)]
pub struct ProvenUnpaid {
    invoice_id: InvoiceId,
    subscription_id: SubscriptionId,
    subscription_version: i64,
    at: DateTime<Utc>,
    day: NaiveDate,
    cap: u32,
    /// What the act hangs on: the commit refuses when any of it has changed meanwhile.
    hangs_on: Vec<Guard>,
}

/// A proof was held up for something that it does not prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofMisused {
    /// It is about another service, or about an earlier state of it.
    #[error("the proof is for another service")]
    OtherService,
    /// It was made at another instant.
    #[error("the proof was made at another instant")]
    Stale,
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
    /// The evidence is not about one debt: something is wrong with the records or with the program.
    #[error("the evidence does not fit together: {0}")]
    Mismatch(&'static str),
    /// Money of this customer arrived and was applied to nothing: a human must say what it is for.
    #[error("{} payment(s) of this customer arrived and are applied to nothing", .0.len())]
    MoneyWaits(Vec<PaymentId>),
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
        evidence.check()?;
        let now = context.now();
        let Evidence { invoice, trail, customer, subscription, .. } = *evidence;
        if invoice.status != InvoiceStatus::Overdue || !invoice.balance().is_positive() {
            return Err(NotProven::NotOverdue);
        }
        let grace_ends = suspension_due(invoice, books, now);
        if now < grace_ends {
            return Err(NotProven::InGrace(grace_ends));
        }
        if let Some(reason) = on_hold(customer, subscription) {
            return Err(NotProven::OnHold(reason.to_owned()));
        }
        let payments = trail.payments();
        let coming = |it: &&Versioned<Payment>| it.status.is_in_flight() || it.awaits_review();
        if let Some(payment) = payments.iter().find(coming) {
            return Err(NotProven::InFlight { payment_id: payment.id, until: payment.expires_at });
        }
        let stale: Vec<_> =
            payments.iter().filter(|it| is_stale(it, now)).map(|it| it.id).collect();
        if !stale.is_empty() {
            return Err(NotProven::NotAsked(stale));
        }
        if !trail.waiting().is_empty() {
            return Err(NotProven::MoneyWaits(trail.waiting().to_vec()));
        }
        let left = allowance.left.checked_sub(1).ok_or(NotProven::CapReached(allowance.cap))?;
        allowance.left = left;
        Ok(Self {
            invoice_id: invoice.id,
            subscription_id: subscription.id,
            subscription_version: subscription.version,
            at: now,
            day: allowance.day,
            cap: allowance.cap,
            hangs_on: guards(evidence),
        })
    }

    /// Uses the proof up for one act on `read`: answers the unpaid invoice, counts against the day's
    /// cap of `what`, and demands that nothing the proof was made from has changed when the act is
    /// committed — no hold set, no payment begun, no money arrived.
    ///
    /// # Errors
    /// [`ProofMisused`] when it is about something else.
    pub(super) fn spend(
        self,
        context: &Context<'_>,
        read: &Versioned<Subscription>,
        what: &str,
        changes: &mut ChangeSet,
    ) -> Result<InvoiceId, ProofMisused> {
        if self.subscription_id != read.id || self.subscription_version != read.version {
            return Err(ProofMisused::OtherService);
        }
        if self.at != context.now() {
            return Err(ProofMisused::Stale);
        }
        changes.guards.extend(self.hangs_on);
        changes.takes.push(Take {
            expires_at: Some(later(self.at, TimeDelta::days(7))),
            ..Take::one(format!("enforcement/{what}/{}", self.day), Some(i64::from(self.cap)))
        });
        Ok(self.invoice_id)
    }
}

/// Why nothing of this service may be switched off or removed now, if so.
pub(super) fn on_hold<'a>(
    customer: &'a Customer,
    subscription: &'a Subscription,
) -> Option<&'a str> {
    customer.hold.as_deref().or(subscription.hold.as_deref())
}

fn guards(evidence: &Evidence<'_>) -> Vec<Guard> {
    let mut changes = ChangeSet::default();
    changes.guard(evidence.invoice);
    changes.guard(evidence.customer);
    for payment in evidence.trail.payments() {
        changes.guard(payment);
    }
    changes.guards
}

/// An attempt that ended without money and was not asked about within a day. One that never reached
/// the provider, or that ended more than a month ago, has nothing left to tell; nor has one that staff
/// confirm, about which there is nobody to ask. While staff have yet to look for a transfer, it is in flight.
fn is_stale(payment: &Payment, now: DateTime<Utc>) -> bool {
    let ended = matches!(payment.status, PaymentStatus::Failed | PaymentStatus::Expired);
    let recent = now < later(payment.expires_at, TimeDelta::days(30));
    let reached = payment.provider_ref.is_some() && payment.confirmed_by == ConfirmedBy::Provider;
    let asked = payment.asked_at.is_some_and(|at| now < later(at, RECENTLY));
    ended && recent && reached && !asked
}
