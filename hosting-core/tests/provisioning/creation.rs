//! Making accounts: once, under one name, and never at the cost of a payment.

use chrono::TimeDelta;
use hosting_core::{
    decide::{billing::RefundWish, subscription::When},
    model::{
        Actor, AfterRefund, CartItem, OrderStatus, ProvisioningStatus, RefundStatus, Subscription,
        SubscriptionStatus,
    },
    service::{refunds, subscriptions},
    testing::{PanelMood, TestShop},
};

use super::{
    stage::{buy, edit, facts, shop, watch_panel},
    world::{cancel_now, dead_letters, retry, room, service, the_payment_stands},
};

/// Nothing could be made, the service was suspended, staff cleared the dead letter away, and then
/// the customer paid.
#[tokio::test]
async fn who_pays_after_a_failed_creation_gets_the_account() {
    let shop = shop().await;
    room(&shop, 0).await;
    buy(&shop, "nusakopi.com").await;
    shop.live(46).await;
    assert_eq!(service(&shop).await.provisioning_status, ProvisioningStatus::Failed);
    assert_eq!(service(&shop).await.status, SubscriptionStatus::Suspended);
    let creation = dead_letters(&shop).await.into_iter().find(|it| it.key.starts_with("create/"));
    retry(&shop, &creation.unwrap()).await;
    assert!(shop.panel.accounts().is_empty(), "it is not wanted while it is suspended");
    room(&shop, 100).await;
    let missed = shop.open_invoice().await.unwrap();
    shop.pay(missed.id).await;
    assert_eq!(service(&shop).await.status, SubscriptionStatus::Active);
    assert_eq!(service(&shop).await.provisioning_status, ProvisioningStatus::Done);
    assert!(shop.panel.accounts()[0].1, "made and switched on");
    assert_eq!(shop.panel.created()["nusakopi.com"], 1);
    shop.check_books().await;
}

/// D8: a slow panel makes one account, and it is adopted.
#[tokio::test]
async fn an_account_that_appears_late_is_adopted_by_its_service() {
    for minutes in [1, 3, 8, 14] {
        let shop = shop().await;
        shop.panel.make_slow(shop.clock.clone(), TimeDelta::minutes(minutes));
        buy(&shop, "nusakopi.com").await;
        assert_eq!(shop.panel.created()["nusakopi.com"], 1);
        assert_eq!(shop.panel.accounts().len(), 1);
        assert_eq!(service(&shop).await.provisioning_status, ProvisioningStatus::Done);
        shop.check_books().await;
    }
}

#[tokio::test]
async fn a_panel_that_refuses_for_good_leaves_the_payment() {
    let shop = shop().await;
    shop.panel.set_mood(PanelMood::Refusing);
    buy(&shop, "nusakopi.com").await;
    the_payment_stands(&shop).await;
    assert_eq!(service(&shop).await.provisioning_status, ProvisioningStatus::Failed);
    assert_eq!(facts(&shop, "AccountProvisioningFailed").await, 1);
    assert_eq!(order(&shop).await, OrderStatus::Failed, "paid, and not to be had yet");
    let dead = dead_letters(&shop).await;
    assert_eq!(dead.len(), 1);
    shop.panel.set_mood(PanelMood::Willing);
    retry(&shop, &dead[0]).await;
    assert_eq!(service(&shop).await.provisioning_status, ProvisioningStatus::Done);
    assert_eq!(order(&shop).await, OrderStatus::Paid, "it could be had after all");
    assert_eq!(facts(&shop, "OrderFailed").await, 1);
    assert_eq!(facts(&shop, "OrderFulfilled").await, 1);
    the_payment_stands(&shop).await;
}

async fn order(shop: &TestShop) -> OrderStatus {
    let id = service(shop).await.order_id;
    shop.store.order(id).await.unwrap().unwrap().status
}

/// An order of two, of which one cannot be had: it waits for the other one no longer when that is cancelled.
#[tokio::test]
async fn an_order_does_not_wait_for_a_service_that_is_no_longer_wanted() {
    let shop = shop().await;
    let cart = shop.cart("nusakopi.com", None).await;
    let read = shop.store.cart(cart).await.unwrap().unwrap();
    let second = CartItem { domain: "teh.example".parse().unwrap(), ..read.items[0].clone() };
    edit!(shop, carts, read, |it| it.items.push(second));
    let (_, invoice) = shop.order(cart).await;
    room(&shop, 1).await;
    shop.pay(invoice).await;
    shop.settle_down(TimeDelta::days(5)).await;
    let services = shop.subscriptions().await;
    let failed = |it: &&Subscription| it.provisioning_status == ProvisioningStatus::Failed;
    let missing: Vec<_> = services.iter().filter(failed).collect();
    assert_eq!(missing.len(), 1, "{services:?}");
    assert_eq!(order(&shop).await, OrderStatus::Failed);
    subscriptions::cancel(&shop.ports, &Actor::System, missing[0].id, When::Now, "without it")
        .await
        .unwrap();
    assert_eq!(order(&shop).await, OrderStatus::Paid, "what is still wanted is there");
    assert_eq!(facts(&shop, "OrderFulfilled").await, 1);
}

/// What cannot be had is paid back, and then the order is over.
#[tokio::test]
async fn a_failed_order_is_refunded_when_its_money_is_given_back() {
    let shop = shop().await;
    shop.panel.set_mood(PanelMood::Refusing);
    buy(&shop, "nusakopi.com").await;
    assert_eq!(order(&shop).await, OrderStatus::Failed);
    let invoice = shop.invoices().await.remove(0);
    let payment = shop.store.payments_of(invoice.id).await.unwrap().remove(0);
    let wish = RefundWish {
        amount: payment.received,
        reason: "it cannot be had",
        services: AfterRefund::End,
    };
    let refund = refunds::start(&shop.ports, &Actor::System, payment.id, &wish).await.unwrap();
    shop.drain().await;
    if shop.store.refund(refund).await.unwrap().unwrap().status != RefundStatus::Succeeded {
        refunds::paid_out(&shop.ports, &Actor::System, refund, "TRX-1").await.unwrap();
        shop.drain().await;
    }
    assert_eq!(order(&shop).await, OrderStatus::Refunded);
    shop.check_books().await;
}

#[tokio::test]
async fn a_panel_that_stays_down_ends_in_a_failed_provisioning_and_a_dead_letter() {
    let shop = shop().await;
    shop.panel.set_mood(PanelMood::Down);
    buy(&shop, "nusakopi.com").await;
    shop.settle_down(TimeDelta::days(5)).await;
    assert_eq!(service(&shop).await.provisioning_status, ProvisioningStatus::Failed);
    assert_eq!(facts(&shop, "AccountProvisioningFailed").await, 1);
    assert_eq!(dead_letters(&shop).await.len(), 1);
    the_payment_stands(&shop).await;
}

/// A name that is too much like another one is nobody's: another one is stored and then tried.
#[tokio::test]
async fn a_name_too_much_like_another_is_replaced_before_the_next_call() {
    let mut shop = shop().await;
    let panel = watch_panel(&mut shop);
    panel.too_alike(1);
    buy(&shop, "nusakopi.com").await;
    assert_eq!(panel.calls(), ["create", "find", "find", "create"]);
    let asked = panel.names();
    assert_ne!(asked[0][..8], asked[1][..8], "unique in the first eight characters");
    assert!(asked.iter().all(|it| it.len() <= 8));
    let id = service(&shop).await.id;
    let account = shop.store.account_of(id).await.unwrap().unwrap();
    assert_eq!(account.username, asked[1]);
    assert_eq!(shop.panel.accounts(), [(asked[1].clone(), true)]);
    assert_eq!(service(&shop).await.provisioning_status, ProvisioningStatus::Done);
}

/// While an earlier call may still have an effect, the name stays, whatever the panel says.
#[tokio::test]
async fn a_name_is_not_replaced_while_an_earlier_call_may_have_an_effect() {
    let mut shop = shop().await;
    let panel = watch_panel(&mut shop);
    shop.panel.make_slow(shop.clock.clone(), TimeDelta::minutes(12));
    panel.too_alike_after(1, 5);
    buy(&shop, "nusakopi.com").await;
    let names: std::collections::BTreeSet<_> = panel.names().into_iter().collect();
    assert_eq!(names.len(), 1, "{names:?}");
    assert_eq!(shop.panel.created()["nusakopi.com"], 1);
    assert_eq!(shop.panel.accounts().len(), 1);
}

/// The service ended between the decision to make its account and the call.
#[tokio::test]
async fn what_ends_before_the_call_is_never_called_for() {
    let mut shop = shop().await;
    let panel = watch_panel(&mut shop);
    room(&shop, 0).await;
    buy(&shop, "nusakopi.com").await;
    cancel_now(&shop).await;
    room(&shop, 100).await;
    shop.live(10).await;
    assert_eq!(panel.calls(), Vec::<&str>::new());
    assert!(shop.panel.accounts().is_empty());
    assert!(dead_letters(&shop).await.iter().all(|it| !it.key.starts_with("terminate/")));
}
