//! Giving up an order that was not paid: everything it held is given back.

use super::checkout::stock_counter;
use crate::{
    change::{ChangeSet, Take},
    decide::{
        Context,
        billing::PaidPart,
        subscription::{OpenBill, void},
    },
    kernel::{IllegalTransition, Versioned},
    model::{
        CouponUse, CouponUseStatus, DomainEvent, Order, OrderStatus, PaymentStatus, PlanId,
        Subscription, order::OrderTrigger, promo::CouponUseTrigger,
        subscription::SubscriptionTrigger,
    },
};

/// An unpaid order with everything that hangs on it.
#[derive(Debug, Clone)]
pub struct Unpaid {
    /// The order.
    pub order: Versioned<Order>,
    /// Its invoice, with the attempts to pay it.
    pub bill: OpenBill,
    /// Its services.
    pub subscriptions: Vec<Versioned<Subscription>>,
    /// Its use of a coupon.
    pub coupon_use: Option<Versioned<CouponUse>>,
    /// Plans of limited stock and how many of each were taken.
    pub stock: Vec<(PlanId, i64)>,
}

/// Why an order was not cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OrderRefusal {
    /// It is not waiting for payment.
    #[error("only an order that waits for payment can be cancelled; this one is {0}")]
    NotPending(OrderStatus),
    /// Money may be on its way.
    #[error("a payment may still arrive for this order")]
    PaymentInFlight,
    /// Some of it was paid, and nobody has decided what becomes of that.
    #[error(
        "part of this order is paid already; give the money back first, or with the cancellation"
    )]
    PartlyPaid,
    /// A state that does not allow it.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
}

/// Cancels an order that is not fully paid. Offers to pay it are ended at their gateways; should one of them be paid
/// in that moment, the money is kept on the payment and staff are told (defect D3).
///
/// # Errors
/// An [`OrderRefusal`].
pub fn cancel_order(
    context: &Context<'_>,
    unpaid: &Unpaid,
    paid_part: PaidPart,
    reason: &str,
) -> Result<ChangeSet, OrderRefusal> {
    let now = context.now();
    if unpaid.order.status != OrderStatus::Pending {
        return Err(OrderRefusal::NotPending(unpaid.order.status));
    }
    if unpaid.bill.invoice.paid.is_positive() && paid_part == PaidPart::Undecided {
        return Err(OrderRefusal::PartlyPaid);
    }
    let uncertain =
        |it: PaymentStatus| matches!(it, PaymentStatus::Unknown | PaymentStatus::Challenge);
    if unpaid.bill.payments.iter().any(|it| uncertain(it.status)) {
        return Err(OrderRefusal::PaymentInFlight);
    }
    let mut changes = ChangeSet::default();
    let mut order = unpaid.order.value.clone();
    order.status = order.status.on(OrderTrigger::Cancelled)?;
    order.updated_at = now;
    context.record(
        &mut changes,
        order.id,
        DomainEvent::OrderCancelled { reason: reason.to_owned() },
    );
    changes.orders.change(unpaid.order.with(order));
    void(context, &unpaid.bill, reason, &mut changes)?;
    for read in &unpaid.subscriptions {
        let mut subscription = read.value.clone();
        subscription.status = subscription.status.on(SubscriptionTrigger::Cancelled)?;
        subscription.cancel_reason = Some(reason.to_owned());
        subscription.updated_at = now;
        changes.subscriptions.change(read.with(subscription));
    }
    if let Some(read) =
        unpaid.coupon_use.as_ref().filter(|it| it.status == CouponUseStatus::Counted)
    {
        let mut used = read.value.clone();
        used.status = used.status.on(CouponUseTrigger::OrderCancelled)?;
        used.updated_at = now;
        let id = used.coupon_id.stored();
        changes.takes.push(Take::give_back(format!("coupon/{id}")));
        changes.takes.push(Take::give_back(format!("coupon/{id}/{}", used.customer_id.stored())));
        changes.coupon_uses.change(read.with(used));
    }
    for (plan_id, quantity) in &unpaid.stock {
        changes.takes.push(Take {
            amount: quantity.saturating_neg(),
            ..Take::give_back(stock_counter(*plan_id))
        });
    }
    Ok(changes)
}
