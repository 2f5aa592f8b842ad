//! What staff do to an invoice.

use super::{Ports, ServiceError, decide_again, payments::affected};
use crate::{
    change::ChangeSet,
    decide::{
        Books, Context,
        billing::{Affected, PaidPart},
        subscription::{OpenBill, restore, resume_billing, void as void_bill},
    },
    kernel::{IllegalTransition, Versioned},
    model::{
        Actor, InvoiceId, InvoiceStatus, OrderStatus, Payment, PaymentStatus, SubscriptionStatus,
    },
    port::StoreError,
};

/// Why an invoice was not withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VoidRefusal {
    /// It is not open.
    #[error("only an open invoice can be voided; this one is {0}")]
    NotOpen(InvoiceStatus),
    /// It belongs to an order that waits for payment.
    #[error("this invoice is for an order; cancel the order instead")]
    OfOrder,
    /// Some of it was paid, and nobody has decided what becomes of that.
    #[error("part of this invoice is paid already; give the money back first, or with the voiding")]
    PartlyPaid,
    /// Money may be on its way.
    #[error("a payment may still arrive for this invoice")]
    PaymentInFlight,
    /// A state that does not allow it.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
}

/// Withdraws an open invoice: its periods are given away, offers to pay it are ended, and its services
/// go on — billed for the period after, and switched on again when nothing else is overdue. When part
/// of it is paid, `paid_part` must say what becomes of that.
///
/// # Errors
/// An invoice that is not there; a [`VoidRefusal`].
pub async fn void(
    ports: &Ports,
    actor: &Actor,
    id: InvoiceId,
    paid_part: PaidPart,
    reason: &str,
) -> Result<(), ServiceError<VoidRefusal>> {
    let store = &*ports.store;
    let done: Result<_, StoreError> = decide_again!(store, {
        let invoice = store.invoice(id).await?.ok_or(ServiceError::NotFound("invoice"))?;
        let payments = store.payments_of(id).await?;
        let books = ports.books().await?;
        let affected = affected(store, &books, invoice, ports.now()).await?;
        let context = Context::new(ports.mint(), actor);
        let changes = decide_void(&context, &books, &affected, payments, paid_part, reason)
            .map_err(ServiceError::Refused)?;
        (changes, ())
    });
    done?;
    Ok(())
}

fn decide_void(
    context: &Context<'_>,
    books: &Books,
    affected: &Affected,
    payments: Vec<Versioned<Payment>>,
    paid_part: PaidPart,
    reason: &str,
) -> Result<ChangeSet, VoidRefusal> {
    use SubscriptionStatus as S;
    let invoice = &affected.invoice;
    if !invoice.status.is_open() {
        return Err(VoidRefusal::NotOpen(invoice.status));
    }
    // The invoice of an order that was paid once can be open again: the bank took the money back.
    if affected.order.as_ref().is_some_and(|it| it.status == OrderStatus::Pending) {
        return Err(VoidRefusal::OfOrder);
    }
    if invoice.paid.is_positive() && paid_part == PaidPart::Undecided {
        return Err(VoidRefusal::PartlyPaid);
    }
    let uncertain =
        |it: PaymentStatus| matches!(it, PaymentStatus::Unknown | PaymentStatus::Challenge);
    if payments.iter().any(|it| uncertain(it.status)) {
        return Err(VoidRefusal::PaymentInFlight);
    }
    let mut changes = ChangeSet::default();
    let bill = OpenBill { invoice: invoice.clone(), cycles: affected.cycles.clone(), payments };
    void_bill(context, &bill, reason, &mut changes)?;
    for read in &affected.subscriptions {
        let mut subscription = read.value.clone();
        let ended = matches!(subscription.status, S::Pending | S::Cancelled | S::Terminated);
        if ended {
            continue;
        }
        // The period is given away; the one after it is billed as if this one had been paid.
        resume_billing(context, books, &mut subscription);
        let owes_more = affected.still_overdue.contains(&subscription.id);
        if !owes_more && matches!(subscription.status, S::PastDue | S::Suspended) {
            restore(context, &mut subscription, &mut changes)?;
        }
        if subscription != read.value {
            changes.subscriptions.change(read.with(subscription));
        }
    }
    Ok(changes)
}
