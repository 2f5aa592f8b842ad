//! A customer's whole life, and the same life with the process dying at every point of it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::sync::Arc;

use chrono::TimeDelta;
use hosting_core::{
    model::{Actor, InvoiceStatus, PaymentStatus, ProvisioningStatus, SubscriptionStatus},
    port::Clock as _,
    testing::{Fate, MemoryStore, TestShop, story::whole_life},
};

fn shop_on_memory() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::default())
}

#[tokio::test]
async fn a_customer_lives_a_whole_life() {
    let shop = TestShop::open(shop_on_memory(), Fate::kind()).await;
    whole_life(&shop).await;
    assert!(shop.fate.passed() > 100, "the story passes many points: {}", shop.fate.passed());
}

/// Counts the points K of the story, then lives it K times, dying at another one each time.
#[tokio::test(flavor = "multi_thread")]
async fn dying_at_any_point_changes_nothing() {
    let shop = TestShop::open(shop_on_memory(), Fate::kind()).await;
    whole_life(&shop).await;
    let points = shop.fate.passed();
    let mut halves = tokio::task::JoinSet::new();
    for half in 0..2 {
        halves.spawn(async move {
            for point in (1..=points).filter(|it| it % 2 == half) {
                println!("dying at point {point} of {points}");
                let shop = TestShop::open(shop_on_memory(), Fate::dies_at(point)).await;
                whole_life(&shop).await;
            }
        });
    }
    while let Some(half) = halves.join_next().await {
        half.unwrap();
    }
}

#[tokio::test]
async fn dying_again_and_again_changes_nothing() {
    for seed in 0..60 {
        println!("seed {seed}");
        let shop = TestShop::open(shop_on_memory(), Fate::cruel(seed, 25)).await;
        whole_life(&shop).await;
    }
}

/// D1: the same news from several triggers credits once.
#[tokio::test]
async fn the_same_payment_learned_many_times_is_credited_once() {
    let shop = TestShop::open(shop_on_memory(), Fate::kind()).await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    let payment = shop.ask_to_pay(invoice).await;
    shop.gateway.pay(&payment.reference);
    let gateway = shop.ports.gateways.get("sim").unwrap();
    for repeat in 0..3 {
        for key in ["settlement", "capture"] {
            let notice = hosting_core::port::gateway::Notice {
                event_key: format!("{key}-{}", payment.reference),
                reference: Some(payment.reference.clone()),
            };
            let stored = hosting_core::service::payments::store_webhook(
                &shop.ports,
                &**gateway,
                notice,
                String::new(),
            );
            assert_eq!(stored.await.unwrap().is_some(), repeat == 0, "one webhook is stored once");
        }
    }
    shop.settle_down(TimeDelta::minutes(5)).await;
    let queued = hosting_core::port::store::TaskFilter {
        status: Some(hosting_core::model::TaskStatus::Queued),
        action: Some(hosting_core::model::TaskAction::AskPayment),
    };
    let page = hosting_core::kernel::PageRequest::first(200);
    let tasks = shop.store.tasks(&queued, &page).await.unwrap().items;
    let links = tasks.iter().filter(|it| it.due_at > shop.clock.now()).count();
    assert!(links <= 3, "each message adds no chain of questions of its own: {links}");
    shop.settle_down(TimeDelta::hours(2)).await;
    assert_eq!(shop.store.tasks(&queued, &page).await.unwrap().items.len(), 0);
    let payment = shop.store.payment(payment.id).await.unwrap().unwrap();
    assert_eq!(payment.status, PaymentStatus::Succeeded);
    assert_eq!(payment.applied, payment.amount);
    let subject = hosting_core::model::Subject::from(payment.id);
    let page = hosting_core::kernel::PageRequest::first(200);
    let events = shop.store.events_of(&subject, &page).await.unwrap().items;
    let received = events.iter().filter(|(_, it)| it.body.name() == "PaymentReceived").count();
    assert_eq!(received, 1);
    assert_eq!(shop.panel.created().len(), 1);
    shop.check_books().await;
}

/// D2: nothing that fails after a payment takes the payment back.
#[tokio::test]
async fn a_mail_server_that_is_down_does_not_undo_a_payment() {
    let shop = TestShop::open(shop_on_memory(), Fate::kind()).await;
    shop.mailer.set_down(true);
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    shop.pay(invoice).await;
    assert_eq!(shop.store.invoice(invoice).await.unwrap().unwrap().status, InvoiceStatus::Paid);
    assert_eq!(shop.subscriptions().await[0].provisioning_status, ProvisioningStatus::Done);
    assert!(shop.mailer.sent().is_empty());
    shop.mailer.set_down(false);
    shop.settle_down(TimeDelta::hours(8)).await;
    assert!(shop.mailer.sent().iter().any(|it| it.subject.starts_with("payment_received")));
}

/// D3: money that comes after the offer ended is credited.
#[tokio::test]
async fn money_after_expiry_is_credited() {
    let shop = TestShop::open(shop_on_memory(), Fate::kind()).await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    let payment = shop.ask_to_pay(invoice).await;
    shop.settle_down(TimeDelta::hours(30)).await;
    let expired = shop.store.payment(payment.id).await.unwrap().unwrap();
    assert_eq!(expired.status, PaymentStatus::Expired);
    assert!(shop.gateway.pay(&payment.reference));
    shop.settle_down(TimeDelta::hours(13)).await;
    assert_eq!(shop.store.invoice(invoice).await.unwrap().unwrap().status, InvoiceStatus::Paid);
    shop.check_books().await;
}

/// D3: money for an order that was given up meanwhile stays on the payment, and staff are told.
#[tokio::test]
async fn money_for_a_cancelled_order_is_kept_and_told_of() {
    let shop = TestShop::open(shop_on_memory(), Fate::kind()).await;
    let cart = shop.cart("nusakopi.com", Some("KOPI10")).await;
    let (order, invoice) = shop.order(cart).await;
    let payment = shop.ask_to_pay(invoice).await;
    hosting_core::service::orders::cancel(&shop.ports, &Actor::System, order, "changed my mind")
        .await
        .unwrap();
    shop.gateway.pay(&payment.reference);
    shop.settle_down(TimeDelta::hours(13)).await;
    let payment = shop.store.payment(payment.id).await.unwrap().unwrap();
    assert_eq!(payment.status, PaymentStatus::Succeeded);
    assert_eq!((payment.received.minor(), payment.applied.minor()), (155_400, 0));
    assert_eq!(shop.store.invoice(invoice).await.unwrap().unwrap().status, InvoiceStatus::Void);
    assert!(shop.mailer.sent().iter().any(|it| it.subject.starts_with("payment_unapplied")));
    let coupon = shop.store.coupon_by_code("KOPI10").await.unwrap().unwrap();
    let used = shop.store.counter(&format!("coupon/{}", coupon.id.stored())).await.unwrap();
    assert_eq!(used, 0, "the coupon was given back");
}

/// D4: a customer who is paying is not suspended.
#[tokio::test]
async fn nobody_is_suspended_while_money_may_be_on_its_way() {
    let shop = TestShop::open(shop_on_memory(), Fate::kind()).await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    shop.pay(invoice).await;
    shop.live(34).await;
    let renewal = shop.open_invoice().await.unwrap();
    let payment = shop.ask_to_pay(renewal.id).await;
    shop.gateway.set_status(&payment.reference, hosting_core::model::ChargeStatus::Challenge);
    shop.live(20).await;
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::PastDue);
    shop.gateway.set_status(&payment.reference, hosting_core::model::ChargeStatus::Failed);
    shop.live(2).await;
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Suspended);
}

/// Law 6: an outage moves enforcement, and no document.
#[tokio::test]
async fn grace_grows_by_our_own_outage() {
    let daily = TestShop::open(shop_on_memory(), Fate::kind()).await;
    let dark = TestShop::open(shop_on_memory(), Fate::kind()).await;
    for shop in [&daily, &dark] {
        let cart = shop.cart("nusakopi.com", None).await;
        let (_, invoice) = shop.order(cart).await;
        shop.pay(invoice).await;
        shop.live(22).await;
    }
    daily.live(16).await;
    dark.clock.advance(TimeDelta::days(16));
    dark.live(1).await;
    let totals = |invoices: Vec<hosting_core::model::Invoice>| {
        invoices.into_iter().map(|it| (it.number, it.total)).collect::<Vec<_>>()
    };
    assert_eq!(totals(daily.invoices().await), totals(dark.invoices().await));
    assert_eq!(daily.subscriptions().await[0].status, SubscriptionStatus::Suspended);
    assert_ne!(dark.subscriptions().await[0].status, SubscriptionStatus::Suspended);
    dark.live(20).await;
    assert_eq!(dark.subscriptions().await[0].status, SubscriptionStatus::Suspended);
    assert!(dark.clock.now() > daily.clock.now());
}
