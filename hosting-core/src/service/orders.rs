//! Quoting a cart, placing an order, giving one up.

use chrono::TimeDelta;

use super::{
    Ports, ServiceError, decide_again,
    once::{once, skipped, unreadable},
};
use crate::{
    change::Unique,
    decide::{
        Books, Context,
        billing::PaidPart,
        ordering::{
            Checkout, CheckoutRefusal, OrderRefusal, QuoteItem, QuoteRefusal, QuotedCart, Unpaid,
            cancel_order, check_out, quote_cart,
        },
        pricing::{BuyerForTax, CouponRefusal},
        subscription::OpenBill,
    },
    kernel::{Versioned, calendar::earlier},
    model::{
        Actor, Cart, CartId, Coupon, Customer, CustomerId, CustomerKind, DomainEvent, InvoiceId,
        Job, MailKind, Order, OrderId, Plan, PlanPrice, Product, RunKind, order::OrderKind,
    },
    port::{Store, StoreError},
};

/// What a cart's lines refer to, kept alive while it is priced.
struct Loaded {
    cart: Versioned<Cart>,
    lines: Vec<(Plan, Product, PlanPrice)>,
    coupon: Option<Versioned<Coupon>>,
}

impl Loaded {
    fn items(&self) -> Vec<QuoteItem<'_>> {
        self.cart
            .items
            .iter()
            .zip(&self.lines)
            .map(|(item, (plan, product, price))| QuoteItem { item, plan, product, price })
            .collect()
    }
}

async fn load<R: std::error::Error + From<QuoteRefusal> + 'static>(
    ports: &Ports,
    cart_id: CartId,
) -> Result<Loaded, ServiceError<R>> {
    let store = &*ports.store;
    let cart = store.cart(cart_id).await?.ok_or(ServiceError::NotFound("cart"))?;
    let mut lines = Vec::with_capacity(cart.items.len());
    for item in &cart.items {
        let plan = store.plan(item.plan_id).await?.ok_or(ServiceError::NotFound("plan"))?.value;
        let product =
            store.product(plan.product_id).await?.ok_or(ServiceError::NotFound("product"))?.value;
        let price = store.price_at(plan.id, item.cycle, cart.currency, ports.now()).await?;
        let price = price.ok_or_else(|| {
            ServiceError::Refused(
                QuoteRefusal::NoPrice(format!("{} {}", product.name, plan.name)).into(),
            )
        })?;
        lines.push((plan, product, price.value));
    }
    let coupon = match &cart.coupon_code {
        Some(code) => store.coupon_by_code(code).await?,
        None => None,
    };
    Ok(Loaded { cart, lines, coupon })
}

/// What a cart costs now. `customer_id` is who asks; a guest is priced as a person in the seller's
/// country, and says so by the tax line.
///
/// # Errors
/// A cart, plan or customer that is not there; a [`QuoteRefusal`].
pub async fn quote(
    ports: &Ports,
    actor: &Actor,
    cart_id: CartId,
    customer_id: Option<CustomerId>,
) -> Result<(Versioned<Cart>, QuotedCart), ServiceError<QuoteRefusal>> {
    let books = ports.books().await?;
    let loaded = load::<QuoteRefusal>(ports, cart_id).await?;
    let customer = match customer_id {
        Some(id) => Some(customer(&*ports.store, id).await?),
        None => None,
    };
    let has_paid_order = match customer_id {
        Some(id) => Some(ports.store.has_paid_order(id).await?),
        None => None,
    };
    let guest = BuyerForTax {
        country: &books.shop.seller.address.country,
        region: None,
        kind: CustomerKind::Individual,
    };
    let buyer = customer.as_ref().map_or(guest, |it| BuyerForTax::from(&it.value));
    let context = Context::new(ports.mint(), actor);
    let coupon = loaded.coupon.as_ref().map(|it| &it.value);
    let mut quoted = quote_cart(
        &context,
        &books,
        loaded.cart.currency,
        &loaded.items(),
        coupon,
        has_paid_order,
        buyer,
    )
    .map_err(ServiceError::Refused)?;
    if loaded.cart.coupon_code.is_some() && coupon.is_none() {
        quoted.coupon_refusal = Some(CouponRefusal::Unknown);
    }
    Ok((loaded.cart, quoted))
}

async fn customer<R: std::error::Error + 'static>(
    store: &dyn Store,
    id: CustomerId,
) -> Result<Versioned<Customer>, ServiceError<R>> {
    let found = store.customer(id).await?.filter(|it| it.deleted_at.is_none());
    found.ok_or(ServiceError::NotFound("customer"))
}

/// Places an order for a cart. Doing it twice answers the same order: one cart is one order.
///
/// # Errors
/// A cart, plan or customer that is not there; a [`CheckoutRefusal`].
pub async fn place_order(
    ports: &Ports,
    actor: &Actor,
    cart_id: CartId,
    customer_id: CustomerId,
) -> Result<(OrderId, InvoiceId), ServiceError<CheckoutRefusal>> {
    let store = &*ports.store;
    let committed = decide_again!(store, {
        if let Some(order) = store.order_of_cart(cart_id).await? {
            return existing(&order, customer_id);
        }
        let books = ports.books().await?;
        let loaded = load::<CheckoutRefusal>(ports, cart_id).await?;
        let customer = customer(store, customer_id).await?;
        let has_paid_order = store.has_paid_order(customer_id).await?;
        let items = loaded.items();
        let checkout = Checkout {
            cart: &loaded.cart,
            items: &items,
            coupon: loaded.coupon.as_ref(),
            customer: &customer,
            has_paid_order,
        };
        let context = Context::new(ports.mint(), actor);
        let placed = match check_out(&context, &books, &checkout) {
            Ok(placed) => placed,
            // Somebody ordered this cart between the two looks: that order is the answer.
            Err(CheckoutRefusal::AlreadyOrdered) => {
                let order =
                    store.order_of_cart(cart_id).await?.ok_or(ServiceError::NotFound("order"))?;
                return existing(&order, customer_id);
            }
            Err(refusal) => return Err(ServiceError::Refused(refusal)),
        };
        (placed.changes, (placed.order_id, placed.invoice_id))
    });
    match committed {
        Ok((_, placed)) => Ok(placed),
        Err(StoreError::Duplicate(Unique::OrderCart)) => {
            let order =
                store.order_of_cart(cart_id).await?.ok_or(ServiceError::NotFound("order"))?;
            existing(&order, customer_id)
        }
        Err(StoreError::LimitReached { counter }) => Err(ServiceError::Refused(limit(&counter))),
        Err(error) => Err(error.into()),
    }
}

fn existing(
    order: &Order,
    customer_id: CustomerId,
) -> Result<(OrderId, InvoiceId), ServiceError<CheckoutRefusal>> {
    if order.customer_id == customer_id {
        Ok((order.id, order.invoice_id))
    } else {
        Err(ServiceError::NotFound("cart"))
    }
}

fn limit(counter: &str) -> CheckoutRefusal {
    if counter.starts_with("coupon/") {
        CouponRefusal::UsedUp.into()
    } else {
        QuoteRefusal::NotForSale("a plan in the cart (sold out)".to_owned()).into()
    }
}

/// Cancels an order that was not fully paid. When part of it is paid, `paid_part` must say what becomes
/// of that.
///
/// # Errors
/// An order that is not there; an [`OrderRefusal`].
pub async fn cancel(
    ports: &Ports,
    actor: &Actor,
    order_id: OrderId,
    paid_part: PaidPart,
    reason: &str,
) -> Result<(), ServiceError<OrderRefusal>> {
    let store = &*ports.store;
    decide_again!(store, {
        let order = store.order(order_id).await?.ok_or(ServiceError::NotFound("order"))?;
        let unpaid = unpaid(store, order).await?;
        let context = Context::new(ports.mint(), actor);
        (cancel_order(&context, &unpaid, paid_part, reason).map_err(ServiceError::Refused)?, ())
    })?;
    Ok(())
}

async fn unpaid(
    store: &dyn Store,
    order: Versioned<Order>,
) -> Result<Unpaid, ServiceError<OrderRefusal>> {
    let invoice =
        store.invoice(order.invoice_id).await?.ok_or(ServiceError::NotFound("invoice"))?;
    let payments = store.payments_of(order.invoice_id).await?;
    let subscriptions = store.subscriptions_of_invoice(order.invoice_id).await?;
    let coupon_use = store.coupon_use(order.id).await?;
    let mut stock = Vec::new();
    for subscription in &subscriptions {
        let plan = store.plan(subscription.plan_id).await?;
        if plan.is_some_and(|it| it.stock.is_some()) {
            stock.push((subscription.plan_id, subscription.quantity));
        }
    }
    let bill = OpenBill { invoice, cycles: Vec::new(), payments };
    Ok(Unpaid { order, bill, subscriptions, coupon_use, stock })
}

/// Cancels orders left unpaid for longer than the shop waits; at most `limit`. Answers how many.
///
/// # Errors
/// A store that failed.
pub async fn abandon_stale(
    ports: &Ports,
    actor: &Actor,
    books: &Books,
    limit: u32,
) -> Result<u32, StoreError> {
    let days = i64::from(books.policy().abandon_after_days);
    let before = earlier(ports.now(), TimeDelta::days(days));
    let (mut after, mut cancelled, mut looked) = (None, 0_u32, 0_u32);
    while looked < limit {
        let page = ports.store.stale_orders(before, after, 100).await?;
        let Some(last) = page.last else { break };
        after = Some(last);
        unreadable::<OrderKind>(ports, actor, RunKind::Housekeeping, page.unreadable).await?;
        for order in page.rows {
            looked = looked.saturating_add(1);
            let undecided = PaidPart::Undecided;
            match cancel(ports, actor, order.id, undecided, "not paid in time").await {
                Ok(()) => cancelled = cancelled.saturating_add(1),
                Err(ServiceError::Store(error)) if error.is_transient() => return Err(error),
                Err(ServiceError::Refused(OrderRefusal::PartlyPaid)) => {
                    partly_paid(ports, actor, &order).await?;
                }
                // Money may be on its way, or somebody was faster: the next run looks again.
                Err(ServiceError::Refused(_)) => {}
                Err(ServiceError::Store(error)) if error.is_conflict() => {}
                Err(error) => {
                    let (id, due, why) = (order.id, order.created_at, error.to_string());
                    skipped(ports, actor, RunKind::Housekeeping, id, due, why).await?;
                }
            }
        }
    }
    Ok(cancelled)
}

/// Staff are told once that an order was left with part of it paid: whether the money is given back or
/// waited for is theirs to say.
async fn partly_paid(ports: &Ports, actor: &Actor, order: &Order) -> Result<(), StoreError> {
    let payments = ports.store.payments_of(order.invoice_id).await?;
    let id = order.id;
    once(ports, actor, format!("partly-paid/{}", id.stored()), |context, changes| {
        let detail = "part of it is paid and the rest was not paid in time".to_owned();
        let body = DomainEvent::RunSkipped { run: RunKind::Housekeeping, detail };
        context.record(changes, id, body);
        for payment in payments.iter().filter(|it| it.applied.is_positive()) {
            let kind = MailKind::OrderPartlyPaid;
            let job = Job::MailStaff { kind, payment_id: Some(payment.id), refund_id: None };
            let key = format!("mail/staff/partly-paid/{}", payment.id.stored());
            changes.task(context.task(key, job).unless_there());
        }
    })
    .await
    .map(drop)
}
