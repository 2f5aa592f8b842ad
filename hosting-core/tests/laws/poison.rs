//! Laws 8 and 13: an overflow is refused and stops nobody else; everything that acts is named.

use std::sync::Arc;

use chrono::TimeDelta;
use hosting_core::{
    decide::subscription::When,
    kernel::{Currency, Money, PageRequest},
    model::{Actor, DomainEvent, RunKind, ShopSettings, Subject, SubscriptionStatus},
    service::{
        renewals::{self, Slice},
        subscriptions,
    },
    testing::{Fate, MemoryStore, TestShop, story::whole_life},
};

use super::stage::{another_customer, buy, edit, facts, journal, shop};

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
    // The hour after, and the day after: it is still so, and has been said.
    for hours in [1, 24] {
        shop.clock.advance(TimeDelta::hours(hours));
        let done = renewals::run(&shop.ports, &Actor::System, None, Slice::default()).await;
        assert_eq!(done.unwrap().skipped, 1);
    }
    assert_eq!(facts(&shop, "RunSkipped").await, 1);
}

/// Two customers: what one of them owes cannot be read; what the other owes takes its course in every
/// run, and the first is recorded once for each run that met them.
#[tokio::test]
async fn what_cannot_be_read_stops_no_run_and_is_recorded_once() {
    let store = Arc::new(MemoryStore::new());
    let settings = ShopSettings::default();
    let mut shop = TestShop::open_with(store.clone(), Fate::kind(), settings).await;
    buy(&shop, "rusak.com").await;
    let broken = shop.subscriptions().await.remove(0);
    another_customer(&mut shop).await;
    buy(&shop, "utuh.com").await;
    buy(&shop, "pindah.com").await;
    let moving = shop.subscriptions().await[1].id;
    let wish = subscriptions::cancel;
    for id in [broken.id, moving] {
        wish(&shop.ports, &Actor::System, id, When::EndOfTerm, "moving").await.unwrap();
    }
    store.spoil("customers", &broken.customer_id.stored());
    shop.live(40).await;
    let mut now: Vec<_> = shop.subscriptions().await.into_iter().map(|it| it.status).collect();
    now.sort_by_key(|it| it.as_str());
    assert_eq!(now, [SubscriptionStatus::Suspended, SubscriptionStatus::Terminated]);
    let left = shop.store.subscription(broken.id).await.unwrap().unwrap();
    assert_eq!(left.status, SubscriptionStatus::Active, "nothing is decided blindly");
    assert_eq!(skips(&shop, broken.id).await, [RunKind::Endings]);

    store.heal("customers", &broken.customer_id.stored());
    shop.live(1).await;
    let left = shop.store.subscription(broken.id).await.unwrap().unwrap();
    assert_eq!(left.status, SubscriptionStatus::Cancelled);
}

/// A bill, an order and a service that cannot be read themselves.
#[tokio::test]
async fn rows_that_cannot_be_read_are_recorded_once_by_each_run() {
    let store = Arc::new(MemoryStore::new());
    let settings = ShopSettings::default();
    let shop = TestShop::open_with(store.clone(), Fate::kind(), settings).await;
    for domain in ["satu.com", "dua.com", "tiga.com"] {
        buy(&shop, domain).await;
    }
    let (order, _) = shop.order(shop.cart("empat.com", None).await).await;
    let services = shop.subscriptions().await;
    store.spoil("subscriptions", &services[0].id.stored());
    store.spoil("orders", &order.stored());
    shop.live(24).await;
    let bill = shop.store.cycles_of(services[1].id).await.unwrap()[0].invoice_id;
    store.spoil("invoices", &bill.stored());
    shop.live(26).await;
    assert_eq!(skips(&shop, services[0].id).await, [RunKind::Renewals]);
    assert_eq!(skips(&shop, bill).await, [RunKind::Dunning]);
    assert_eq!(skips(&shop, order).await, [RunKind::Housekeeping]);
    let third = shop.store.subscription(services[2].id).await.unwrap().unwrap();
    assert_eq!(third.status, SubscriptionStatus::Suspended, "the others take their course");
}

/// In which runs `subject` was left out, one entry a record.
async fn skips(shop: &TestShop, subject: impl Into<Subject>) -> Vec<RunKind> {
    let subject = subject.into();
    let mut found = Vec::new();
    for event in journal(shop).await.into_iter().filter(|it| it.subject == subject) {
        if let DomainEvent::RunSkipped { run, .. } = event.body {
            found.push(run);
        }
    }
    found
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
