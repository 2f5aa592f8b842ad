//! A customer's whole life, to be played on any store and under any fate.

use std::collections::BTreeSet;

use super::TestShop;
use crate::{
    decide::subscription::When,
    model::{Actor, InvoiceStatus, OrderStatus, ProvisioningStatus, SubscriptionStatus},
    service::subscriptions,
};

/// Orders with a coupon, pays, renews, misses a payment, is suspended, pays late, cancels, is removed.
pub async fn whole_life(shop: &TestShop) {
    // Order with coupon and PPN: (100 000 − 10 %) + 50 000 = 140 000, and 11 % on top.
    let cart = shop.cart("nusakopi.com", Some("KOPI10")).await;
    let (order, invoice) = shop.order(cart).await;
    let bill = shop.store.invoice(invoice).await.unwrap().unwrap();
    assert_eq!((bill.subtotal.minor(), bill.discount.minor()), (150_000, 10_000));
    assert_eq!((bill.tax.minor(), bill.total.minor()), (15_400, 155_400));
    shop.check_books().await;

    // Pay, though the webhook is lost; the account is made, once.
    shop.pay(invoice).await;
    assert_eq!(shop.store.order(order).await.unwrap().unwrap().status, OrderStatus::Paid);
    let service = shop.subscriptions().await.remove(0);
    assert_eq!(service.status, SubscriptionStatus::Active);
    assert_eq!(service.provisioning_status, ProvisioningStatus::Done);
    assert_eq!(shop.panel.accounts().len(), 1);
    // A mail may be handed over twice after a crash, but under one key, by which receivers know it.
    let welcomes = shop.mailer.sent().into_iter().filter(|it| it.subject.starts_with("welcome"));
    assert_eq!(welcomes.map(|it| it.key).collect::<BTreeSet<_>>().len(), 1);
    shop.check_books().await;

    // A month later it renews; the anchor day is kept although February has no 31st.
    shop.skip(20);
    shop.live(2).await;
    let renewal = shop.open_invoice().await.expect("one renewal is out");
    assert_eq!(renewal.total.minor(), 111_000);
    shop.pay(renewal.id).await;
    let paid_until = shop.subscriptions().await[0].paid_until.unwrap();
    assert_eq!(paid_until.to_string(), "2026-03-31");

    // The next one is not paid: reminders, overdue, grace, suspended.
    shop.skip(28);
    shop.live(11).await;
    let missed = shop.open_invoice().await.expect("one renewal is out");
    assert_eq!(missed.status, InvoiceStatus::Overdue);
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::PastDue);
    shop.live(10).await;
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Suspended);
    assert!(shop.panel.accounts().iter().all(|(_, on)| !on), "the panel switched it off");
    shop.check_books().await;

    // Paid late, restored at once.
    shop.pay(missed.id).await;
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Active);
    assert!(shop.panel.accounts().iter().all(|(_, on)| *on), "the panel switched it on");

    // Cancelled and, after the retention time, removed.
    let id = shop.subscriptions().await[0].id;
    shop.insist(|| async {
        let done =
            subscriptions::cancel(&shop.ports, &Actor::System, id, When::Now, "moving away").await;
        let status = shop.store.subscription(id).await.unwrap().unwrap().status;
        if status == SubscriptionStatus::Cancelled { Ok(()) } else { done }
    })
    .await;
    shop.live(9).await;
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Terminated);
    assert!(shop.panel.accounts().is_empty(), "the panel removed it");
    shop.check_books().await;
    let open = shop.invoices().await.into_iter().filter(|it| it.status.is_open()).count();
    assert_eq!(open, 0, "nothing is left to pay");
}
