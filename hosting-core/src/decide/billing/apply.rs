//! Money meets an invoice: what is paid for is switched on.

use chrono::{NaiveDate, TimeDelta};

use super::{dunning::next_dunning, pay::cancel_payment};
use crate::{
    change::ChangeSet,
    decide::{
        Books, Context,
        subscription::{activate, restore, resume_billing},
    },
    kernel::{IllegalTransition, Money, MoneyError, Versioned},
    model::{
        Cycle, CycleStatus, DomainEvent, Invoice, Job, MailKind, Order, Payment, PaymentId, Refund,
        Subscription, SubscriptionId, SubscriptionStatus,
        billing::InvoiceTrigger,
        order::{OrderStatus, OrderTrigger},
        subscription::CycleTrigger,
    },
};

/// Everything that a paid invoice changes, as it was read.
#[derive(Debug, Clone)]
pub struct Affected {
    /// The invoice.
    pub invoice: Versioned<Invoice>,
    /// The order it is for.
    pub order: Option<Versioned<Order>>,
    /// The services its lines pay for.
    pub subscriptions: Vec<Versioned<Subscription>>,
    /// The billed periods it is for.
    pub cycles: Vec<Versioned<Cycle>>,
    /// Every attempt to pay it.
    pub payments: Vec<Versioned<Payment>>,
    /// Everything that left those payments again.
    pub refunds: Vec<Versioned<Refund>>,
    /// Services of those that have another invoice past its due date: they stay as they are.
    pub still_overdue: Vec<SubscriptionId>,
    /// For services of those with paid periods of other invoices: the end of the last of them.
    pub paid_elsewhere: Vec<(SubscriptionId, NaiveDate)>,
}

/// Why money could not be applied. Money that arrived is never refused: these are broken records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// Amounts in different currencies, or out of range.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A state that does not allow it.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
}

/// Applies `received` to the invoice as far as it is open. Answers the part that was applied.
///
/// Other offers that ask for more than is owed after it are ended at their gateways, so that nobody
/// pays twice; should one be paid in that moment, the money is kept and staff are told.
///
/// # Errors
/// An [`ApplyError`].
pub fn apply_money(
    context: &Context<'_>,
    books: &Books,
    affected: &Affected,
    payment_id: PaymentId,
    received: Money,
    changes: &mut ChangeSet,
) -> Result<Money, ApplyError> {
    let mut invoice = affected.invoice.value.clone();
    let applied = received.at_most(invoice.balance())?;
    if !applied.is_positive() {
        return Ok(Money::zero(received.currency()));
    }
    invoice.paid = invoice.paid.plus(applied)?;
    invoice.updated_at = context.now();
    let owed = invoice.total.minus(invoice.paid)?;
    let others = affected.payments.iter().filter(|it| it.id != payment_id && !it.awaits_review());
    for other in others.filter(|it| it.amount.minor() > owed.minor()) {
        cancel_payment(context, other, changes);
    }
    if invoice.paid.minor() < invoice.total.minor() {
        invoice.status = invoice.status.on(InvoiceTrigger::PartlyPaid)?;
        invoice.next_dunning_at = next_dunning(&invoice, books);
        changes.invoices.change(affected.invoice.with(invoice));
        return Ok(applied);
    }
    let mut order = affected.order.as_ref().map(|it| it.value.clone());
    let mut subscriptions: Vec<_> =
        affected.subscriptions.iter().map(|it| it.value.clone()).collect();
    let mut cycles: Vec<_> = affected.cycles.iter().map(|it| it.value.clone()).collect();
    settle_invoice(
        context,
        books,
        &mut Settling {
            invoice: &mut invoice,
            order: order.as_mut(),
            subscriptions: &mut subscriptions,
            cycles: &mut cycles,
            still_overdue: &affected.still_overdue,
            payment_id: Some(payment_id),
        },
        changes,
    )?;
    changes.invoices.change(affected.invoice.with(invoice));
    if let (Some(read), Some(order)) = (&affected.order, order) {
        changes.orders.change(read.with(order));
    }
    for (read, value) in affected.subscriptions.iter().zip(subscriptions) {
        if read.value != value {
            changes.subscriptions.change(read.with(value));
        }
    }
    for (read, value) in affected.cycles.iter().zip(cycles) {
        if read.value != value {
            changes.subscription_cycles.change(read.with(value));
        }
    }
    Ok(applied)
}

/// The values that paying an invoice in full changes.
pub(crate) struct Settling<'a> {
    pub(crate) invoice: &'a mut Invoice,
    pub(crate) order: Option<&'a mut Order>,
    pub(crate) subscriptions: &'a mut [Subscription],
    pub(crate) cycles: &'a mut [Cycle],
    pub(crate) still_overdue: &'a [SubscriptionId],
    pub(crate) payment_id: Option<PaymentId>,
}

/// Marks the invoice paid and everything it pays for with it. New rows and facts go to `changes`;
/// writing the given values back is the caller's, who knows whether they are new.
pub(crate) fn settle_invoice(
    context: &Context<'_>,
    books: &Books,
    settling: &mut Settling<'_>,
    changes: &mut ChangeSet,
) -> Result<(), IllegalTransition> {
    let now = context.now();
    let invoice = &mut *settling.invoice;
    invoice.status = invoice.status.on(InvoiceTrigger::Paid)?;
    invoice.paid = invoice.total;
    invoice.paid_at = Some(now);
    invoice.updated_at = now;
    invoice.next_dunning_at = None;
    context.record(
        changes,
        invoice.id,
        DomainEvent::InvoicePaid { payment_id: settling.payment_id },
    );
    if invoice.total.is_positive() {
        let job = Job::MailCustomer {
            kind: MailKind::PaymentReceived,
            customer_id: invoice.customer_id,
            invoice_id: Some(invoice.id),
            subscription_id: None,
        };
        // A reversal can be followed by another payment: each is told of.
        changes.task(
            context
                .task(format!("mail/paid/{}/{}", invoice.id.stored(), now.timestamp_millis()), job),
        );
    }
    if let Some(order) =
        settling.order.as_deref_mut().filter(|it| it.status == OrderStatus::Pending)
    {
        order.status = order.status.on(OrderTrigger::Paid)?;
        order.updated_at = now;
        context.record(changes, order.id, DomainEvent::OrderPaid {});
    }
    for cycle in settling.cycles.iter_mut().filter(|it| it.status == CycleStatus::Invoiced) {
        cycle.status = cycle.status.on(CycleTrigger::Paid)?;
        cycle.updated_at = now;
    }
    for subscription in settling.subscriptions.iter_mut() {
        let paid = settling.cycles.iter().filter(|it| it.subscription_id == subscription.id);
        let paid_until = paid.map(|it| it.period_end).max();
        if let Some(until) = paid_until {
            subscription.paid_until = subscription.paid_until.max(Some(until));
        }
        paid_for(context, books, invoice, subscription, settling.still_overdue, changes)?;
    }
    Ok(())
}

fn paid_for(
    context: &Context<'_>,
    books: &Books,
    invoice: &Invoice,
    subscription: &mut Subscription,
    still_overdue: &[SubscriptionId],
    changes: &mut ChangeSet,
) -> Result<(), IllegalTransition> {
    use SubscriptionStatus as S;
    match subscription.status {
        S::Pending => activate(context, books, invoice.id, subscription, changes)?,
        S::Trialing | S::Active | S::PastDue | S::Suspended
            if still_overdue.contains(&subscription.id) =>
        {
            resume_billing(context, books, subscription);
        }
        S::Trialing | S::Active | S::PastDue | S::Suspended => {
            resume_billing(context, books, subscription);
            restore(context, subscription, changes)?;
        }
        // The service is over; the money is booked and staff see both in the journal.
        S::Cancelled | S::Terminated => {}
    }
    Ok(())
}

/// How long after money arrived the provider is asked once more, because some banks take a
/// settlement back within five minutes
/// (`docs/providers/midtrans.md`, "Late settlement and reversal").
pub(super) const REVERSAL_WINDOW: TimeDelta = TimeDelta::minutes(10);
