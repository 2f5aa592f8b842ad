//! Placing an order: one commit with the order, its invoice, its services and what counts against
//! limits.

use chrono::TimeDelta;

use super::{
    quote::{QuoteItem, QuoteRefusal, QuotedCart, quote_cart},
    recurring::recurring_discounts,
};
use crate::{
    change::{ChangeSet, Take},
    decide::{
        Books, Context,
        billing::{Settling, issue, settle_invoice},
        pricing::{BuyerForTax, CouponRefusal},
    },
    kernel::{IllegalTransition, Versioned, calendar::later},
    model::{
        Cart, CartStatus, Coupon, CouponUse, CouponUseStatus, Customer, CustomerId, CustomerStatus,
        DomainEvent, InvoiceId, Job, MailKind, Order, OrderId, OrderStatus, PlanId,
        ProvisioningStatus, RecurringDiscount, Subscription, SubscriptionId, SubscriptionStatus,
        order::CartTrigger,
    },
};

/// Everything an order is decided from.
#[derive(Debug, Clone, Copy)]
pub struct Checkout<'a> {
    /// The cart.
    pub cart: &'a Versioned<Cart>,
    /// Its lines with what they refer to, in the cart's order.
    pub items: &'a [QuoteItem<'a>],
    /// The coupon that was typed, if it exists.
    pub coupon: Option<&'a Versioned<Coupon>>,
    /// Who orders.
    pub customer: &'a Versioned<Customer>,
    /// Whether they have an earlier paid order.
    pub has_paid_order: bool,
}

/// Why an order was not placed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckoutRefusal {
    /// The cart became an order already.
    #[error("this cart has been ordered already")]
    AlreadyOrdered,
    /// The cart is somebody else's.
    #[error("this cart belongs to somebody else")]
    NotYours,
    /// The customer may not order.
    #[error("this account is closed")]
    CustomerClosed,
    /// The coupon that was typed does not count.
    #[error(transparent)]
    Coupon(#[from] CouponRefusal),
    /// The cart has no price.
    #[error(transparent)]
    Quote(#[from] QuoteRefusal),
    /// A state that does not allow it.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
}

/// A placed order.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The order.
    pub order_id: OrderId,
    /// Its invoice.
    pub invoice_id: InvoiceId,
    /// What to commit.
    pub changes: ChangeSet,
}

/// Places an order. What the customer saw last is computed again here by the same function (law 9),
/// and a coupon that does not count any more refuses the order rather than changing its price.
///
/// # Errors
/// A [`CheckoutRefusal`].
pub fn check_out(
    context: &Context<'_>,
    books: &Books,
    checkout: &Checkout<'_>,
) -> Result<Placed, CheckoutRefusal> {
    let Checkout { cart, items, coupon, customer, has_paid_order } = *checkout;
    check(cart, coupon, customer)?;
    let quoted = quote_cart(
        context,
        books,
        cart.currency,
        items,
        coupon.map(|it| &it.value),
        Some(has_paid_order),
        BuyerForTax::from(&customer.value),
    )?;
    if let Some(refusal) = quoted.coupon_refusal {
        return Err(refusal.into());
    }

    let order_id: OrderId = context.id();
    let mut changes = ChangeSet::default();
    // A new version, not a guard: whoever closes the account meanwhile looks again, and so do we.
    changes.customers.change(customer.clone());
    let recurring = recurring_discounts(coupon.map(|it| &it.value), items, &quoted)
        .map_err(QuoteRefusal::from)?;
    let mut subscriptions: Vec<_> = items
        .iter()
        .zip(recurring)
        .map(|(it, discount)| subscription(context, order_id, customer.id, it, discount))
        .collect();
    let QuotedCart { mut quote, item_of_line, .. } = quoted;
    for (line, item) in quote.lines.iter_mut().zip(&item_of_line) {
        line.input.subscription_id = subscriptions.get(*item).map(|it| it.id);
    }
    let due_at = later(context.now(), TimeDelta::days(i64::from(books.policy().order_due_days)));
    let mut issued = issue(context, books, &customer.value, quote, Some(order_id), due_at);
    let mut order = order(context, checkout, order_id, &issued.invoice, &subscriptions);
    record(context, &order, &subscriptions, &mut changes);
    count(context, checkout, order_id, &mut changes);

    if issued.invoice.total.is_zero() {
        let mut settling = Settling {
            invoice: &mut issued.invoice,
            order: Some(&mut order),
            subscriptions: &mut subscriptions,
            cycles: &mut [],
            still_overdue: &[],
            payment_id: None,
        };
        settle_invoice(context, books, &mut settling, &mut changes)?;
    } else {
        let job = Job::MailCustomer {
            kind: MailKind::InvoiceIssued,
            customer_id: customer.id,
            invoice_id: Some(issued.invoice.id),
            subscription_id: None,
        };
        changes.task(context.task(format!("mail/issued/{}", issued.invoice.id.stored()), job));
    }

    let invoice_id = issued.invoice.id;
    let mut ordered = cart.value.clone();
    ordered.status = ordered.status.on(CartTrigger::CheckedOut)?;
    ordered.customer_id = Some(customer.id);
    ordered.updated_at = context.now();
    changes.carts.change(cart.with(ordered));
    changes.orders.add(order);
    changes.subscriptions.new.extend(subscriptions);
    changes.invoices.add(issued.invoice);
    changes.invoice_items.new.extend(issued.items);
    changes.numbers.push(issued.number);
    Ok(Placed { order_id, invoice_id, changes })
}

fn check(
    cart: &Cart,
    coupon: Option<&Versioned<Coupon>>,
    customer: &Customer,
) -> Result<(), CheckoutRefusal> {
    if cart.status != CartStatus::Open {
        return Err(CheckoutRefusal::AlreadyOrdered);
    }
    if cart.customer_id.is_some_and(|it| it != customer.id) {
        return Err(CheckoutRefusal::NotYours);
    }
    if customer.status != CustomerStatus::Active || customer.deleted_at.is_some() {
        return Err(CheckoutRefusal::CustomerClosed);
    }
    if cart.coupon_code.is_some() && coupon.is_none() {
        return Err(CouponRefusal::Unknown.into());
    }
    Ok(())
}

fn subscription(
    context: &Context<'_>,
    order_id: OrderId,
    customer_id: CustomerId,
    item: &QuoteItem<'_>,
    discount: Option<RecurringDiscount>,
) -> Subscription {
    let QuoteItem { item: cart, plan, product, price } = *item;
    Subscription {
        id: context.id(),
        customer_id,
        order_id,
        product_id: product.id,
        plan_id: plan.id,
        plan_price_id: price.id,
        description: format!("{} {}", product.name, plan.name),
        domain: cart.domain.clone(),
        status: SubscriptionStatus::Pending,
        provisioning_status: ProvisioningStatus::Pending,
        cycle: price.cycle,
        quantity: i64::from(cart.quantity),
        currency: price.currency,
        price: price.price,
        taxable: product.taxable,
        discount,
        anchor_on: None,
        next_period: 0,
        next_renewal_at: None,
        paid_until: None,
        trial_days: plan.trial_days,
        cancel_at: None,
        cancel_reason: None,
        suspended_at: None,
        terminate_at: None,
        hold: None,
        created_at: context.now(),
        updated_at: context.now(),
    }
}

fn order(
    context: &Context<'_>,
    checkout: &Checkout<'_>,
    order_id: OrderId,
    invoice: &crate::model::Invoice,
    subscriptions: &[Subscription],
) -> Order {
    Order {
        id: order_id,
        customer_id: checkout.customer.id,
        cart_id: checkout.cart.id,
        invoice_id: invoice.id,
        subscription_ids: subscriptions.iter().map(|it| it.id).collect(),
        coupon_id: checkout.coupon.map(|it| it.id),
        currency: invoice.currency,
        total: invoice.total,
        status: OrderStatus::Pending,
        created_at: context.now(),
        updated_at: context.now(),
    }
}

fn record(
    context: &Context<'_>,
    order: &Order,
    subscriptions: &[Subscription],
    changes: &mut ChangeSet,
) {
    let customer_id = order.customer_id;
    context.record(changes, order.id, DomainEvent::OrderPlaced { customer_id, total: order.total });
    let issued = DomainEvent::InvoiceIssued { customer_id, total: order.total };
    context.record(changes, order.invoice_id, issued);
    for subscription in subscriptions {
        let id: SubscriptionId = subscription.id;
        context.record(changes, id, DomainEvent::SubscriptionCreated { customer_id });
    }
}

/// Counts the coupon and the stock, and demands that what was quoted is still so.
fn count(
    context: &Context<'_>,
    checkout: &Checkout<'_>,
    order_id: OrderId,
    changes: &mut ChangeSet,
) {
    if let Some(coupon) = checkout.coupon {
        changes.guard(coupon);
        let (total, own) = coupon_counters(coupon, checkout.customer.id);
        changes.takes.push(Take::one(total, coupon.max_uses));
        changes.takes.push(Take::one(own, coupon.max_uses_per_customer));
        changes.coupon_uses.add(CouponUse {
            id: context.id(),
            coupon_id: coupon.id,
            customer_id: checkout.customer.id,
            order_id,
            status: CouponUseStatus::Counted,
            created_at: context.now(),
            updated_at: context.now(),
        });
    }
    for item in checkout.items {
        if item.plan.stock.is_some() {
            changes.takes.push(Take {
                amount: i64::from(item.item.quantity),
                ..Take::one(stock_counter(item.plan.id), item.plan.stock)
            });
        }
    }
}

/// The counters of a coupon: for everybody, and for one customer.
pub(super) fn coupon_counters(coupon: &Coupon, customer_id: CustomerId) -> (String, String) {
    let id = coupon.id.stored();
    (format!("coupon/{id}"), format!("coupon/{id}/{}", customer_id.stored()))
}

/// The counter of a plan's stock.
pub(super) fn stock_counter(plan_id: PlanId) -> String {
    format!("stock/{}", plan_id.stored())
}
