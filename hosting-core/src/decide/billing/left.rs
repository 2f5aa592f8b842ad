//! Money leaves again: what that means for its invoice, order and services.

use super::{
    apply::{Affected, ApplyError},
    dunning::next_dunning,
};
use crate::{
    change::ChangeSet,
    decide::{Books, Context},
    kernel::{Money, MoneyError, Versioned},
    model::{
        AfterRefund, Charge, ChargeStatus, DomainEvent, Invoice, InvoiceStatus, Job, MailKind,
        Order, OrderStatus, Payment, PaymentId, Refund, RefundId, RefundStatus, RefundWay, RunKind,
        Subscription, SubscriptionStatus, billing::InvoiceTrigger, order::OrderTrigger,
    },
};

/// What left a charge by now, as the provider counts it. `None` when it says that some of the money
/// left and not how much.
pub(super) fn left_at_provider(charge: &Charge) -> Option<Money> {
    use ChargeStatus as S;
    let nothing = Money::zero(charge.amount.currency());
    match charge.status {
        S::Refunded | S::ChargedBack => Some(charge.given_back.unwrap_or(charge.amount)),
        S::PartiallyRefunded | S::PartiallyChargedBack => charge.given_back,
        S::Succeeded => Some(charge.given_back.unwrap_or(nothing)),
        S::Pending | S::Challenge | S::Failed | S::Expired => Some(nothing),
    }
}

/// Writes down what left `payment` at the provider without our order: somebody gave money back in
/// the provider's own pages, or the bank took it back. Staff are told, once: what was written down is
/// not news any more.
///
/// # Errors
/// An [`ApplyError`] when records are broken.
pub(super) fn found_left(
    context: &Context<'_>,
    books: &Books,
    payment: &mut Payment,
    affected: &Affected,
    charge: &Charge,
    changes: &mut ChangeSet,
) -> Result<(), ApplyError> {
    let Some(theirs) = left_at_provider(charge) else { return Ok(()) };
    let known = affected.refunds.iter().filter(|it| {
        let counts = it.way.is_seen_by_provider() && it.status != RefundStatus::Failed;
        it.payment_id == payment.id && counts
    });
    let news = theirs.minus(Money::sum(payment.currency, known.map(|it| it.amount))?)?;
    if !news.is_positive() {
        return Ok(());
    }
    let way = match charge.status {
        ChargeStatus::ChargedBack | ChargeStatus::PartiallyChargedBack => RefundWay::ChargedBack,
        _ => RefundWay::AtProvider,
    };
    let refund = Refund {
        id: context.id(),
        payment_id: payment.id,
        invoice_id: payment.invoice_id,
        currency: payment.currency,
        amount: news,
        reason: "not ordered here".to_owned(),
        way,
        // Nobody chose, so nothing is switched off: staff are told and decide.
        services: AfterRefund::Keep,
        status: RefundStatus::Succeeded,
        provider_ref: None,
        detail: charge.detail.clone(),
        created_at: context.now(),
        updated_at: context.now(),
    };
    let (kind, body) = if way == RefundWay::ChargedBack {
        (MailKind::PaymentChargedBack, DomainEvent::PaymentChargedBack { amount: news })
    } else {
        let body = DomainEvent::RefundFound { payment_id: payment.id, amount: news };
        (MailKind::RefundedAtProvider, body)
    };
    context.record(changes, refund.id, body);
    tell_staff(context, kind, payment.id, Some(refund.id), changes);
    money_left(context, books, payment, affected, &refund, changes)?;
    changes.refunds.add(refund);
    Ok(())
}

/// Takes `refund`, whose money has left, off `payment`, and decides what that means.
///
/// * An invoice that is still open holds no more as paid than what is left of the payment.
/// * A paid invoice stays paid when a part is given back. When nothing of what paid it is left, it is
///   refunded, its order with it, and its services end or stay as the refund says.
/// * What the bank took back for the customer changes no invoice: staff decide.
///
/// # Errors
/// An [`ApplyError`] when records are broken.
pub(super) fn money_left(
    context: &Context<'_>,
    books: &Books,
    payment: &mut Payment,
    affected: &Affected,
    refund: &Refund,
    changes: &mut ChangeSet,
) -> Result<(), ApplyError> {
    payment.given_back = payment.given_back.plus(refund.amount)?;
    let left = payment.received.minus(payment.given_back)?;
    if affected.invoice.status.is_open() {
        return release(context, books, payment, left, &affected.invoice, changes);
    }
    let paid = affected.invoice.status == InvoiceStatus::Paid && payment.applied.is_positive();
    if paid && refund.way != RefundWay::ChargedBack && nothing_is_left(payment, affected)? {
        refunded(context, books, affected, refund, changes)?;
    }
    Ok(())
}

/// Lowers what an open invoice holds as paid by `payment` to at most `left`.
///
/// # Errors
/// An [`ApplyError`] when records are broken.
pub(super) fn release(
    context: &Context<'_>,
    books: &Books,
    payment: &mut Payment,
    left: Money,
    read: &Versioned<Invoice>,
    changes: &mut ChangeSet,
) -> Result<(), ApplyError> {
    let nothing = Money::zero(payment.currency);
    let kept = if left.is_negative() { nothing } else { left };
    let released = payment.applied.minus(kept)?;
    if !released.is_positive() {
        return Ok(());
    }
    let mut invoice = read.value.clone();
    payment.applied = kept;
    invoice.paid = invoice.paid.minus(released)?;
    invoice.status = invoice.status.on(InvoiceTrigger::Reversed)?;
    if invoice.paid.is_positive() {
        invoice.status = invoice.status.on(InvoiceTrigger::PartlyPaid)?;
    }
    invoice.updated_at = context.now();
    invoice.next_dunning_at = next_dunning(&invoice, books);
    changes.invoices.change(read.with(invoice));
    Ok(())
}

/// Whether all that ever paid the invoice has left again.
fn nothing_is_left(payment: &Payment, affected: &Affected) -> Result<bool, MoneyError> {
    let kept = |it: &Payment| it.received.minus(it.given_back).map(Money::is_positive);
    let others = affected.payments.iter().map(|it| &it.value).filter(|it| it.id != payment.id);
    for other in others.filter(|it| it.applied.is_positive()).chain([payment]) {
        if kept(other)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn refunded(
    context: &Context<'_>,
    books: &Books,
    affected: &Affected,
    refund: &Refund,
    changes: &mut ChangeSet,
) -> Result<(), ApplyError> {
    let mut invoice = affected.invoice.value.clone();
    invoice.status = invoice.status.on(InvoiceTrigger::Refunded)?;
    invoice.next_dunning_at = None;
    invoice.updated_at = context.now();
    context.record(changes, invoice.id, DomainEvent::InvoiceRefunded {});
    changes.invoices.change(affected.invoice.with(invoice));
    if let Some(read) = affected.order.as_ref().filter(|it| was_paid(it)) {
        let mut order = read.value.clone();
        order.status = order.status.on(OrderTrigger::Refunded)?;
        order.updated_at = context.now();
        context.record(changes, order.id, DomainEvent::OrderRefunded {});
        changes.orders.change(read.with(order));
    }
    if refund.services == AfterRefund::End {
        let mut ending = false;
        for read in affected.subscriptions.iter().filter(|it| can_end(it)) {
            let subscription = ended(context, read, refund, changes);
            changes.subscriptions.change(read.with(subscription));
            ending = true;
        }
        if ending {
            // The run that carries out cancellations checks holds and open bills; it comes now
            // rather than within the hour.
            let date = books.day_of(context.now());
            let job = Job::Run { run: RunKind::Endings, date, resume: None };
            let key = format!("run/{}/refund/{}", RunKind::Endings, refund.id.stored());
            changes.task(context.task(key, job).unless_there());
        }
    }
    Ok(())
}

fn was_paid(order: &Order) -> bool {
    matches!(order.status, OrderStatus::Paid | OrderStatus::Failed)
}

fn can_end(subscription: &Subscription) -> bool {
    use SubscriptionStatus as S;
    !matches!(subscription.status, S::Pending | S::Cancelled | S::Terminated)
}

/// The service, to be ended now by the run that carries out cancellations.
fn ended(
    context: &Context<'_>,
    read: &Subscription,
    refund: &Refund,
    changes: &mut ChangeSet,
) -> Subscription {
    let mut subscription = read.clone();
    let at = context.now();
    subscription.cancel_at = Some(at);
    subscription.cancel_reason = Some(format!("refunded: {}", refund.reason));
    subscription.next_renewal_at = None;
    subscription.updated_at = at;
    let body = DomainEvent::SubscriptionCancellationScheduled { at };
    context.record(changes, subscription.id, body);
    subscription
}

/// A mail to the shop's own address about a payment, and perhaps about one refund of it.
pub(super) fn tell_staff(
    context: &Context<'_>,
    kind: MailKind,
    payment_id: PaymentId,
    refund_id: Option<RefundId>,
    changes: &mut ChangeSet,
) {
    let about = refund_id.map_or_else(|| payment_id.stored(), RefundId::stored);
    let job = Job::MailStaff { kind, payment_id: Some(payment_id), refund_id };
    changes.task(context.task(format!("mail/staff/{kind}/{about}"), job).unless_there());
}
