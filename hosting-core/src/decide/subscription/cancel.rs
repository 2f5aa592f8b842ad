//! Ending a service by wish, at once or at the end of what is paid, and taking that back.

use chrono::{DateTime, NaiveDate, Utc};

use super::{proof::on_hold, start::billing_due};
use crate::{
    change::ChangeSet,
    decide::{
        Books, Context,
        billing::{cancel_payment, let_go, next_dunning},
    },
    kernel::{IllegalTransition, Money, Versioned, calendar::shifted},
    model::{
        Customer, Cycle, CycleStatus, DomainEvent, Invoice, Job, MailKind, Payment,
        ProvisioningStatus, Subscription, SubscriptionStatus,
        billing::InvoiceTrigger,
        subscription::{CycleTrigger, SubscriptionTrigger},
    },
};

/// When a service is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At once.
    Now,
    /// When what is paid for is used up.
    EndOfTerm,
}

/// Why a service was not cancelled, or a cancellation not taken back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CancelRefusal {
    /// It never began: the order is what can be cancelled.
    #[error("this service has not begun; cancel its order instead")]
    NotBegun,
    /// It has ended already.
    #[error("this service has ended already")]
    Ended,
    /// It ends by itself already.
    #[error("this service is already set to end")]
    AlreadySet,
    /// The customer is not whose service it is.
    #[error("the service is somebody else's")]
    OtherCustomer,
    /// Somebody put a hold on the customer or the service: nothing may be switched off while it lasts.
    #[error("on hold: {0}")]
    OnHold(String),
    /// There is nothing to take back.
    #[error("this service is not set to end")]
    NotSet,
    /// A state that does not allow it.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
}

/// The open invoices of the service that are for nothing else, with what belongs to them.
#[derive(Debug, Clone)]
pub struct OpenBill {
    /// The invoice.
    pub invoice: Versioned<Invoice>,
    /// The billed periods it is for.
    pub cycles: Vec<Versioned<Cycle>>,
    /// The attempts to pay it.
    pub payments: Vec<Versioned<Payment>>,
}

impl OpenBill {
    /// Whether a period it is for has begun by `day`.
    fn has_begun(&self, day: NaiveDate) -> bool {
        let open = self.cycles.iter().filter(|it| it.status == CycleStatus::Invoiced);
        open.map(|it| it.period_start).min().is_some_and(|it| it <= day)
    }

    /// Whether it stays owed when the service ends on `today`, after it was had until `served`, if at all.
    ///
    /// Hosting is paid ahead, so a renewal that nobody paid is an offer that nobody took: it is withdrawn
    /// although its period runs, and what was served of it meanwhile is the grace that the shop chose to
    /// give. Two bills are for what was had and stay owed: one that was paid, on which the service ran,
    /// and whose money the bank took back; and one for a period that was served to its last day, which
    /// happens when a hold or a stopped enforcement kept the service on.
    fn stays_owed(&self, today: NaiveDate, served: Option<NaiveDate>) -> bool {
        let was_paid = self.invoice.paid_at.is_some() && self.has_begun(shifted(today, -1));
        was_paid || served.is_some_and(|day| self.was_served(day))
    }

    /// Whether every period it is for had ended by `day`.
    fn was_served(&self, day: NaiveDate) -> bool {
        let open = self.cycles.iter().filter(|it| it.status == CycleStatus::Invoiced);
        open.map(|it| it.period_end).max().is_some_and(|it| it <= day)
    }
}

/// Until when a service that ends on `today` was had: not after it was switched off, and not after the
/// end that its customer wished, whatever kept it on since. `None` when it was never made.
fn served_until(books: &Books, read: &Subscription, today: NaiveDate) -> Option<NaiveDate> {
    let ends = [read.suspended_at, read.cancel_at].into_iter().flatten();
    let until = ends.map(|at| books.day_of(at)).fold(today, NaiveDate::min);
    let missing = [ProvisioningStatus::Pending, ProvisioningStatus::Failed];
    (!missing.contains(&read.provisioning_status)).then_some(until)
}

/// Ends a service by wish of the customer or staff. When it ends, open invoices for periods that were
/// not used to their end are withdrawn, the running one too; until then nobody is reminded of those
/// that have not begun. What is paid stays paid; what was paid of an invoice that is withdrawn is to be
/// given back, and staff are told. A bill for a period that runs already is never silenced before the
/// end, and one for a period that was served to its last day, or whose money the bank took back, stays
/// owed.
///
/// A hold refuses what would switch the service off at once; an end that was set waits for it.
///
/// # Errors
/// A [`CancelRefusal`].
pub fn cancel(
    context: &Context<'_>,
    books: &Books,
    read: &Versioned<Subscription>,
    customer: &Versioned<Customer>,
    bills: &[OpenBill],
    when: When,
    reason: &str,
) -> Result<ChangeSet, CancelRefusal> {
    use SubscriptionStatus as S;
    if read.customer_id != customer.id {
        return Err(CancelRefusal::OtherCustomer);
    }
    match read.status {
        S::Pending => return Err(CancelRefusal::NotBegun),
        S::Cancelled | S::Terminated => return Err(CancelRefusal::Ended),
        S::Trialing | S::Active | S::PastDue | S::Suspended => {}
    }
    let mut subscription = read.value.clone();
    let mut changes = ChangeSet::default();
    subscription.cancel_reason = Some(reason.to_owned());
    subscription.next_renewal_at = None;
    subscription.updated_at = context.now();
    let today = books.day_of(context.now());
    let term_ends = subscription.paid_until.map(|day| books.start_of(day));
    match (when, term_ends) {
        (When::EndOfTerm, Some(at)) if at > context.now() => {
            if subscription.cancel_at.is_some() {
                return Err(CancelRefusal::AlreadySet);
            }
            subscription.cancel_at = Some(at);
            let body = DomainEvent::SubscriptionCancellationScheduled { at };
            context.record(&mut changes, subscription.id, body);
            for bill in bills.iter().filter(|it| !it.has_begun(today)) {
                set_dunning(context, bill, None, &mut changes);
            }
        }
        _ => {
            if let Some(reason) = on_hold(customer, read) {
                return Err(CancelRefusal::OnHold(reason.to_owned()));
            }
            // A hold that is set while this is decided must undo it.
            changes.guard(customer);
            end_now(context, books, &mut subscription, reason, &mut changes)?;
            let served = served_until(books, read, today);
            for bill in bills.iter().filter(|it| !it.stays_owed(today, served)) {
                void(context, bill, "the service was cancelled", &mut changes)?;
            }
        }
    }
    changes.subscriptions.change(read.with(subscription));
    Ok(changes)
}

/// Carries out a cancellation whose time has come.
///
/// # Errors
/// A [`CancelRefusal`].
pub fn cancellation_due(
    context: &Context<'_>,
    books: &Books,
    read: &Versioned<Subscription>,
    customer: &Versioned<Customer>,
    bills: &[OpenBill],
) -> Result<ChangeSet, CancelRefusal> {
    if read.cancel_at.is_none_or(|at| at > context.now()) {
        return Err(CancelRefusal::NotSet);
    }
    let reason = read.cancel_reason.clone().unwrap_or_default();
    cancel(context, books, read, customer, bills, When::Now, &reason)
}

/// Takes back a cancellation that has not had its effect yet.
///
/// # Errors
/// A [`CancelRefusal`].
pub fn withdraw_cancellation(
    context: &Context<'_>,
    books: &Books,
    read: &Versioned<Subscription>,
    bills: &[OpenBill],
) -> Result<ChangeSet, CancelRefusal> {
    let ended =
        matches!(read.status, SubscriptionStatus::Cancelled | SubscriptionStatus::Terminated);
    if read.cancel_at.is_none() || ended {
        return Err(CancelRefusal::NotSet);
    }
    let mut subscription = read.value.clone();
    subscription.cancel_at = None;
    subscription.cancel_reason = None;
    if bills.is_empty() || books.policy().continuous_invoices {
        subscription.next_renewal_at = billing_due(books, &subscription);
    }
    subscription.updated_at = context.now();
    let mut changes = ChangeSet::default();
    for bill in bills {
        set_dunning(context, bill, next_dunning(&bill.invoice, books), &mut changes);
    }
    context.record(
        &mut changes,
        subscription.id,
        DomainEvent::SubscriptionCancellationWithdrawn {},
    );
    changes.subscriptions.change(read.with(subscription));
    Ok(changes)
}

/// Sets or lifts a hold: nothing is switched off or removed while it lasts (law 7).
pub fn hold(
    context: &Context<'_>,
    read: &Versioned<Subscription>,
    reason: Option<&str>,
) -> ChangeSet {
    let mut subscription = read.value.clone();
    subscription.hold = reason.map(str::to_owned);
    subscription.updated_at = context.now();
    let mut changes = ChangeSet::default();
    let body = DomainEvent::HoldChanged { reason: subscription.hold.clone() };
    context.record(&mut changes, subscription.id, body);
    changes.subscriptions.change(read.with(subscription));
    changes
}

fn end_now(
    context: &Context<'_>,
    books: &Books,
    subscription: &mut Subscription,
    reason: &str,
    changes: &mut ChangeSet,
) -> Result<(), IllegalTransition> {
    let now = context.now();
    subscription.status = subscription.status.on(SubscriptionTrigger::Cancelled)?;
    subscription.cancel_at = Some(now);
    let gone = shifted(books.day_of(now), i64::from(books.policy().cancelled_retention_days));
    subscription.terminate_at = Some(books.start_of(gone));
    let id = subscription.id;
    context.record(changes, id, DomainEvent::SubscriptionCancelled { reason: reason.to_owned() });
    let job = Job::SuspendAccount { subscription_id: id };
    changes.task(context.task(format!("suspend/{}/cancelled", id.stored()), job));
    let mail = Job::MailCustomer {
        kind: MailKind::Cancelled,
        customer_id: subscription.customer_id,
        invoice_id: None,
        subscription_id: Some(id),
    };
    changes.task(context.task(format!("mail/cancelled/{}", id.stored()), mail));
    Ok(())
}

fn set_dunning(
    context: &Context<'_>,
    bill: &OpenBill,
    at: Option<DateTime<Utc>>,
    changes: &mut ChangeSet,
) {
    let mut invoice = bill.invoice.value.clone();
    invoice.next_dunning_at = at;
    invoice.updated_at = context.now();
    changes.invoices.change(bill.invoice.with(invoice));
}

/// Withdraws an open invoice, its periods, and the offers to pay it. What was paid of it is let go: it
/// stays on its payments as to be given back, and staff are told.
pub(crate) fn void(
    context: &Context<'_>,
    bill: &OpenBill,
    reason: &str,
    changes: &mut ChangeSet,
) -> Result<(), IllegalTransition> {
    let now = context.now();
    let mut invoice = bill.invoice.value.clone();
    invoice.status = invoice.status.on(InvoiceTrigger::Voided)?;
    invoice.paid = Money::zero(invoice.currency);
    invoice.next_dunning_at = None;
    invoice.updated_at = now;
    context.record(changes, invoice.id, DomainEvent::InvoiceVoided { reason: reason.to_owned() });
    changes.invoices.change(bill.invoice.with(invoice));
    for read in bill.cycles.iter().filter(|it| it.status == CycleStatus::Invoiced) {
        let mut cycle = read.value.clone();
        cycle.status = cycle.status.on(CycleTrigger::Voided)?;
        cycle.updated_at = now;
        changes.subscription_cycles.change(read.with(cycle));
    }
    for payment in &bill.payments {
        cancel_payment(context, payment, changes);
        if payment.applied.is_positive() {
            let_go(context, payment, changes);
        } else {
            // Whether money may be on its way was decided by this state of it.
            changes.guard(payment);
        }
    }
    Ok(())
}
