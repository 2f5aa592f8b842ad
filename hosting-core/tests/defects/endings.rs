//! Ending with the term, taking that back, and paying although the end was set.

use hosting_core::{
    decide::subscription::When,
    model::{Actor, InvoiceStatus, SubscriptionStatus},
    service::subscriptions::{cancel, withdraw},
    testing::TestShop,
};

use super::stage::{buy, shop};

async fn end_with_the_term(shop: &TestShop) {
    let id = shop.subscriptions().await[0].id;
    cancel(&shop.ports, &Actor::System, id, When::EndOfTerm, "moving").await.unwrap();
}

/// What is paid for is served to its last day; nothing more is billed; then it ends.
#[tokio::test]
async fn an_end_with_the_term_serves_what_is_paid_and_bills_nothing_more() {
    let shop = shop().await;
    buy(&shop, "nusakopi.com").await;
    shop.live(5).await;
    end_with_the_term(&shop).await;
    shop.live(22).await;
    let service = shop.subscriptions().await.remove(0);
    assert_eq!(service.status, SubscriptionStatus::Active);
    assert!(shop.panel.accounts()[0].1, "it is on to the last day");
    assert_eq!(shop.invoices().await.len(), 1, "nothing more is billed");
    shop.live(2).await;
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Cancelled);
    assert!(!shop.panel.accounts()[0].1);
    shop.live(9).await;
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Terminated);
    assert!(shop.panel.accounts().is_empty());
    shop.check_books().await;
}

/// Taken back in time, the service goes on as if nothing had been said.
#[tokio::test]
async fn an_end_that_is_taken_back_changes_nothing() {
    let shop = shop().await;
    buy(&shop, "nusakopi.com").await;
    let before = shop.subscriptions().await[0].next_renewal_at;
    end_with_the_term(&shop).await;
    let id = shop.subscriptions().await[0].id;
    withdraw(&shop.ports, &Actor::System, id).await.unwrap();
    let service = shop.subscriptions().await.remove(0);
    assert_eq!((service.cancel_at, service.next_renewal_at), (None, before));
    assert!(withdraw(&shop.ports, &Actor::System, id).await.is_err(), "there is nothing left");
    shop.live(26).await;
    let renewal = shop.open_invoice().await.unwrap();
    shop.pay(renewal.id).await;
    shop.live(5).await;
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Active);
}

/// Whoever pays for the next term after setting the end gets that term, and then it ends.
#[tokio::test]
async fn who_pays_after_setting_the_end_gets_the_term_they_paid() {
    let shop = shop().await;
    buy(&shop, "nusakopi.com").await;
    shop.live(24).await;
    let renewal = shop.open_invoice().await.unwrap();
    end_with_the_term(&shop).await;
    let first = shop.subscriptions().await[0].cancel_at.unwrap();
    shop.pay(renewal.id).await;
    let service = shop.subscriptions().await.remove(0);
    assert_eq!(service.paid_until.unwrap().to_string(), "2026-03-31");
    assert!(service.cancel_at.unwrap() > first);
    shop.live(28).await;
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Active);
    shop.live(8).await;
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Cancelled);
    assert!(shop.invoices().await.iter().all(|it| it.status == InvoiceStatus::Paid));
    shop.check_books().await;
}

/// An open invoice of a service that ends is withdrawn with it, and nobody is reminded of it.
#[tokio::test]
async fn an_open_renewal_is_withdrawn_with_the_service() {
    let shop = shop().await;
    buy(&shop, "nusakopi.com").await;
    shop.live(23).await;
    let renewal = shop.open_invoice().await.unwrap();
    end_with_the_term(&shop).await;
    shop.live(8).await;
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Cancelled);
    let renewal = shop.store.invoice(renewal.id).await.unwrap().unwrap();
    assert_eq!(renewal.status, InvoiceStatus::Void);
    let reminded =
        |it: &hosting_core::port::mailer::Mail| it.subject.starts_with("invoice_overdue");
    assert!(!shop.mailer.sent().iter().any(reminded));
    shop.check_books().await;
}
