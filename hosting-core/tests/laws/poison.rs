//! Laws 8 and 13: an overflow is refused and stops nobody else; everything that acts is named.

use chrono::TimeDelta;
use hosting_core::{
    kernel::{Currency, Money, PageRequest},
    model::{Actor, DomainEvent, RunKind, Subject},
    service::renewals::{self, Slice},
    testing::story::whole_life,
};

use super::stage::{buy, edit, journal, shop};

/// A row whose amount cannot be computed is recorded once; the others go through.
#[tokio::test]
async fn a_poisoned_service_does_not_stop_the_others() {
    let shop = shop().await;
    for number in 0..7 {
        buy(&shop, &format!("toko{number}.com")).await;
    }
    let poisoned = shop.subscriptions().await[3].id;
    let read = shop.store.subscription(poisoned).await.unwrap().unwrap();
    edit!(shop, subscriptions, &read, |it| {
        it.price = Money::from_minor(i64::MAX, Currency::IDR);
        it.quantity = 3;
    });
    shop.clock.advance(TimeDelta::days(25));
    let done = renewals::run(&shop.ports, &Actor::System, None, Slice::default()).await.unwrap();
    assert_eq!((done.billed, done.skipped), (6, 1));
    for subscription in shop.subscriptions().await {
        let billed = shop.store.cycles_of(subscription.id).await.unwrap().len();
        assert_eq!(billed, if subscription.id == poisoned { 1 } else { 2 });
    }
    let subject = Subject::from(poisoned);
    let page = shop.store.events_of(&subject, &PageRequest::first(200)).await.unwrap();
    let skipped =
        |it: &DomainEvent| matches!(it, DomainEvent::RunSkipped { run: RunKind::Renewals, .. });
    assert_eq!(page.items.iter().filter(|(_, it)| skipped(&it.body)).count(), 1);
    shop.check_books().await;
}

/// Law 13: every fact says who made it true, and what the queue does it does in its own name.
#[tokio::test]
async fn every_fact_names_who_made_it_true() {
    let shop = shop().await;
    whole_life(&shop).await;
    let journal = journal(&shop).await;
    assert!(journal.len() > 20, "a life leaves traces: {}", journal.len());
    for event in &journal {
        let by_task = matches!(event.actor, Actor::Task { .. });
        match event.body.name() {
            "OrderPlaced" | "PaymentStarted" => assert_eq!(event.actor, Actor::Guest),
            "PaymentReceived"
            | "InvoicePaid"
            | "AccountProvisioned"
            | "SubscriptionSuspended"
            | "SubscriptionRenewed"
            | "AccountTerminated" => {
                assert!(by_task, "{event:?}");
            }
            _ => {}
        }
    }
}
