//! Coupons count under concurrency, are given back, and outlive a trial; nothing costs nothing.

use hosting_core::{
    decide::{
        billing::PaidPart,
        ordering::{CheckoutRefusal, OrderRefusal},
        pricing::CouponRefusal,
    },
    kernel::Rate,
    model::{
        Actor, AppliesTo, Discount, InvoiceStatus, OrderId, OrderStatus, ProvisioningStatus,
        SubscriptionStatus,
    },
    service::{ServiceError, orders},
    testing::TestShop,
};

use super::stage::{another_customer, edit, shop};

async fn uses(shop: &TestShop) -> i64 {
    let coupon = shop.store.coupon_by_code("KOPI10").await.unwrap().unwrap();
    shop.store.counter(&format!("coupon/{}", coupon.id.stored())).await.unwrap()
}

async fn give_up(shop: &TestShop, order: OrderId) -> Result<(), ServiceError<OrderRefusal>> {
    orders::cancel(&shop.ports, &Actor::System, order, PaidPart::Undecided, "no more").await
}

/// Two uses are allowed and twelve people want one at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn a_coupon_for_two_is_used_by_two_however_many_come_at_once() {
    let mut shop = shop().await;
    let mut carts = Vec::new();
    for number in 0..12 {
        let customer = another_customer(&mut shop).await;
        carts.push((shop.cart(&format!("toko{number}.com"), Some("KOPI10")).await, customer));
    }
    let mut placing = tokio::task::JoinSet::new();
    for (cart, customer) in carts.clone() {
        let ports = shop.ports.clone();
        placing
            .spawn(async move { orders::place_order(&ports, &Actor::Guest, cart, customer).await });
    }
    let (mut placed, mut refused) = (Vec::new(), 0);
    while let Some(one) = placing.join_next().await {
        match one.unwrap() {
            Ok((order, _)) => placed.push(order),
            Err(ServiceError::Refused(CheckoutRefusal::Coupon(CouponRefusal::UsedUp))) => {
                refused += 1;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!((placed.len(), refused, uses(&shop).await), (2, 10, 2));

    // Given back with the order, once however often it is cancelled, and then there for the next.
    give_up(&shop, placed[0]).await.unwrap();
    let again = give_up(&shop, placed[0]).await;
    assert!(matches!(again, Err(ServiceError::Refused(_))));
    assert_eq!(uses(&shop).await, 1);
    let mut more = 0;
    for (cart, customer) in carts {
        if shop.store.order_of_cart(cart).await.unwrap().is_none() {
            let placed = orders::place_order(&shop.ports, &Actor::Guest, cart, customer).await;
            more += u32::from(placed.is_ok());
        }
    }
    assert_eq!((more, uses(&shop).await), (1, 2));
}

/// One use for each customer.
#[tokio::test]
async fn a_customer_uses_a_coupon_once() {
    let mut shop = shop().await;
    let cart = shop.cart("satu.com", Some("KOPI10")).await;
    shop.order(cart).await;
    let second = shop.cart("dua.com", Some("KOPI10")).await;
    let refused = orders::place_order(&shop.ports, &Actor::Guest, second, shop.customer_id).await;
    assert!(matches!(refused, Err(ServiceError::Refused(CheckoutRefusal::Coupon(_)))));
    let other = another_customer(&mut shop).await;
    let cart = shop.cart("tiga.com", Some("KOPI10")).await;
    orders::place_order(&shop.ports, &Actor::Guest, cart, other).await.unwrap();
}

/// Sets terms and rate of the coupon, and makes setting up free.
async fn free_setup(shop: &TestShop, trial_days: i64, basis_points: u32, terms: AppliesTo) {
    let read = shop.store.plan_prices(shop.plan_id).await.unwrap().remove(0);
    edit!(shop, plan_prices, &read, |it| {
        it.setup_fee = hosting_core::kernel::Money::zero(it.currency);
    });
    let plan = shop.store.plan(shop.plan_id).await.unwrap().unwrap();
    edit!(shop, plans, &plan, |it| it.trial_days = trial_days);
    let coupon = shop.store.coupon_by_code("KOPI10").await.unwrap().unwrap();
    edit!(shop, coupons, &coupon, |it| {
        it.applies_to = terms;
        it.discount = Discount::Percent { rate: Rate::from_basis_points(basis_points) };
    });
}

/// The first invoice comes at the end of the trial, and the trial used up no term of the coupon.
#[tokio::test]
async fn a_trial_is_free_and_uses_up_no_term_of_the_coupon() {
    let shop = shop().await;
    free_setup(&shop, 14, 1000, AppliesTo::Terms(2)).await;
    let cart = shop.cart("nusakopi.com", Some("KOPI10")).await;
    let (order, first) = shop.order(cart).await;
    shop.drain().await;
    assert_eq!(shop.store.order(order).await.unwrap().unwrap().status, OrderStatus::Paid);
    let service = shop.subscriptions().await.remove(0);
    assert_eq!(service.status, SubscriptionStatus::Trialing);
    assert_eq!(service.provisioning_status, ProvisioningStatus::Done);
    assert_eq!(service.paid_until.unwrap().to_string(), "2026-02-14");
    assert!(shop.store.cycles_of(service.id).await.unwrap().is_empty(), "no period is billed yet");

    let mut totals = Vec::new();
    for _ in 0..3 {
        let mut days = 0;
        let bill = loop {
            shop.live(1).await;
            days += 1;
            assert!(days < 40, "no invoice comes");
            if let Some(bill) = shop.open_invoice().await {
                break bill;
            }
        };
        totals.push(bill.total.minor());
        shop.pay(bill.id).await;
    }
    // Two terms at nine tenths and then the whole price, 11 % on top each.
    assert_eq!(totals, [99_900, 99_900, 111_000]);
    let cycles = shop.store.cycles_of(service.id).await.unwrap();
    assert_eq!(cycles.last().unwrap().period_start.to_string(), "2026-02-14");
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Active);
    assert_eq!(shop.store.invoice(first).await.unwrap().unwrap().status, InvoiceStatus::Paid);
    shop.check_books().await;
}

/// A trial that nobody pays after ends like any other unpaid service.
#[tokio::test]
async fn a_trial_that_nobody_pays_for_is_suspended_after_grace() {
    let shop = shop().await;
    free_setup(&shop, 14, 1000, AppliesTo::First).await;
    let cart = shop.cart("nusakopi.com", None).await;
    shop.order(cart).await;
    shop.drain().await;
    shop.live(15).await;
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::PastDue);
    shop.live(10).await;
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Suspended);
}

/// What costs nothing is paid by itself, at once, the first time and each time.
#[tokio::test]
async fn orders_and_renewals_for_nothing_are_paid_by_themselves() {
    let shop = shop().await;
    free_setup(&shop, 0, 10_000, AppliesTo::Forever).await;
    let cart = shop.cart("nusakopi.com", Some("KOPI10")).await;
    let (order, _) = shop.order(cart).await;
    shop.drain().await;
    assert_eq!(shop.store.order(order).await.unwrap().unwrap().status, OrderStatus::Paid);
    assert_eq!(shop.subscriptions().await[0].provisioning_status, ProvisioningStatus::Done);
    shop.live(100).await;
    let service = shop.subscriptions().await.remove(0);
    assert_eq!(service.status, SubscriptionStatus::Active);
    let invoices = shop.invoices().await;
    assert_eq!(invoices.len(), 4, "the first and three renewals");
    assert!(invoices.iter().all(|it| it.total.is_zero() && it.status == InvoiceStatus::Paid));
    assert!(shop.gateway.charges().is_empty(), "nobody asks for nothing");
    shop.check_books().await;
}
