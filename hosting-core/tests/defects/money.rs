//! D1 and D3: money that comes twice in words, late, in parts, too much, or is taken back.

use chrono::TimeDelta;
use hosting_core::{
    kernel::{Currency, Money},
    model::{
        Actor, ChargeStatus, InvoiceStatus, OrderStatus, PaymentStatus, SubscriptionStatus,
        WebhookStatus,
    },
    port::gateway::Notice,
    service::payments,
    testing::{SimGateway, TestShop},
};

use super::stage::{buy, facts, mails, shop};

fn rupiah(minor: i64) -> Money {
    Money::from_minor(minor, Currency::IDR)
}

async fn status(shop: &TestShop, invoice: hosting_core::model::InvoiceId) -> InvoiceStatus {
    shop.store.invoice(invoice).await.unwrap().unwrap().status
}

/// D1: a message that is sent again after it was dealt with is known and changes nothing.
#[tokio::test]
async fn a_webhook_that_comes_again_after_it_was_dealt_with_changes_nothing() {
    let shop = shop().await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    let payment = shop.ask_to_pay(invoice).await;
    shop.gateway.pay(&payment.reference);
    let gateway = shop.ports.gateways.get(SimGateway::NAME).unwrap();
    let tell = |key: &str| {
        let notice =
            Notice { event_key: key.to_owned(), reference: Some(payment.reference.clone()) };
        payments::store_webhook(&shop.ports, &**gateway, notice, String::new())
    };
    let first = tell("settlement").await.unwrap().unwrap();
    shop.drain().await;
    let stored = shop.store.webhook_event(first).await.unwrap().unwrap();
    assert_eq!(stored.status, WebhookStatus::Processed);
    assert_eq!(status(&shop, invoice).await, InvoiceStatus::Paid);
    assert_eq!(tell("settlement").await.unwrap(), None, "it is known");
    // Another message about the same money is stored, looked into, and no news.
    assert!(tell("settlement-again").await.unwrap().is_some());
    shop.settle_down(TimeDelta::hours(2)).await;
    assert_eq!(facts(&shop, "PaymentReceived").await, 1);
    assert_eq!(facts(&shop, "InvoicePaid").await, 1);
    assert_eq!(shop.panel.created()["nusakopi.com"], 1);
    shop.check_books().await;
}

/// D3: an order was given up by the shop itself, and then the money comes.
#[tokio::test]
async fn money_for_an_order_given_up_by_time_is_kept_and_told_of() {
    let shop = shop().await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (order, invoice) = shop.order(cart).await;
    shop.live(13).await;
    let payment = shop.ask_to_pay(invoice).await;
    shop.live(2).await;
    assert_eq!(shop.store.order(order).await.unwrap().unwrap().status, OrderStatus::Cancelled);
    assert_eq!(status(&shop, invoice).await, InvoiceStatus::Void);
    // Whatever our side says: the bank took the transfer.
    shop.gateway.set_status(&payment.reference, ChargeStatus::Succeeded);
    shop.settle_down(TimeDelta::days(2)).await;
    let payment = shop.store.payment(payment.id).await.unwrap().unwrap();
    assert_eq!(payment.status, PaymentStatus::Succeeded);
    assert_eq!((payment.received.minor(), payment.applied.minor()), (166_500, 0));
    assert_eq!(mails(&shop, "payment_unapplied"), 1);
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Cancelled);
    assert!(shop.panel.created().is_empty());
    shop.check_books().await;
}

/// Part of the money is credited, does not begin the service, and the rest completes it.
#[tokio::test]
async fn a_part_is_credited_and_the_rest_completes_it() {
    let shop = shop().await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (order, invoice) = shop.order(cart).await;
    let payment = shop.ask_to_pay(invoice).await;
    shop.gateway.pay_amount(&payment.reference, rupiah(100_000));
    shop.settle_down(TimeDelta::hours(2)).await;
    let bill = shop.store.invoice(invoice).await.unwrap().unwrap();
    assert_eq!((bill.status, bill.balance().minor()), (InvoiceStatus::Partial, 66_500));
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Pending);
    shop.check_books().await;
    let rest = shop.ask_to_pay(invoice).await;
    assert_ne!(rest.id, payment.id);
    assert_eq!(rest.amount.minor(), 66_500, "only what is owed is asked for");
    shop.gateway.pay(&rest.reference);
    shop.settle_down(TimeDelta::hours(2)).await;
    assert_eq!(shop.store.order(order).await.unwrap().unwrap().status, OrderStatus::Paid);
    assert_eq!(status(&shop, invoice).await, InvoiceStatus::Paid);
    assert_eq!(shop.panel.created()["nusakopi.com"], 1);
    shop.check_books().await;
}

/// What is too much is not credited to anything and not lost: it stays on the payment, and staff know.
#[tokio::test]
async fn what_is_too_much_stays_on_the_payment_and_staff_are_told() {
    let shop = shop().await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    let payment = shop.ask_to_pay(invoice).await;
    shop.gateway.pay_amount(&payment.reference, rupiah(200_000));
    shop.settle_down(TimeDelta::hours(2)).await;
    let payment = shop.store.payment(payment.id).await.unwrap().unwrap();
    assert_eq!((payment.received.minor(), payment.applied.minor()), (200_000, 166_500));
    assert_eq!(status(&shop, invoice).await, InvoiceStatus::Paid);
    assert_eq!(mails(&shop, "payment_unapplied"), 1);
    shop.check_books().await;
}

/// The bank takes a settlement back: the invoice is open again, and nothing is switched off on the
/// spot; dunning does that, with proof, if it stays unpaid.
#[tokio::test]
async fn a_reversal_by_the_bank_opens_the_invoice_again() {
    let shop = shop().await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    let payment = shop.ask_to_pay(invoice).await;
    shop.gateway.pay(&payment.reference);
    shop.settle_down(TimeDelta::minutes(5)).await;
    assert_eq!(status(&shop, invoice).await, InvoiceStatus::Paid);
    shop.gateway.set_status(&payment.reference, ChargeStatus::Failed);
    shop.settle_down(TimeDelta::minutes(20)).await;
    let taken = shop.store.payment(payment.id).await.unwrap().unwrap();
    assert_eq!(taken.status, PaymentStatus::Failed);
    assert_eq!((taken.received.minor(), taken.applied.minor()), (0, 0));
    let bill = shop.store.invoice(invoice).await.unwrap().unwrap();
    assert_eq!((bill.status, bill.balance()), (InvoiceStatus::Unpaid, bill.total));
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Active);
    assert!(shop.panel.accounts()[0].1, "it stays on");
    assert_eq!((mails(&shop, "payment_reversed"), mails(&shop, "payment_unapplied")), (1, 0));
    shop.check_books().await;
    shop.live(20).await;
    // The proof asks the provider once more, and the next hour's run has the answer.
    shop.clock.advance(TimeDelta::hours(1));
    hosting_core::work::schedule_runs(&shop.ports).await.unwrap();
    shop.drain().await;
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Suspended);
    shop.pay(invoice).await;
    assert_eq!(status(&shop, invoice).await, InvoiceStatus::Paid);
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Active);
    assert!(shop.panel.accounts()[0].1, "it is on again");
    shop.check_books().await;
}

/// D1: workers of two processes and a customer's impatience, all at once.
#[tokio::test(flavor = "multi_thread")]
async fn many_workers_at_once_do_everything_once() {
    let shop = shop().await;
    let mut references = Vec::new();
    for number in 0..8 {
        let cart = shop.cart(&format!("toko{number}.com"), None).await;
        let (_, invoice) = shop.order(cart).await;
        references.push(shop.ask_to_pay(invoice).await.reference);
    }
    for reference in &references {
        shop.gateway.pay(reference);
    }
    shop.clock.advance(TimeDelta::hours(1));
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let ports = shop.ports.clone();
        workers.spawn(async move {
            for _ in 0..60 {
                hosting_core::work::tick(&ports, None, 2).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker.unwrap();
    }
    shop.settle_down(TimeDelta::hours(1)).await;
    assert_eq!(facts(&shop, "PaymentReceived").await, 8);
    assert_eq!(shop.panel.created().into_values().collect::<Vec<_>>(), [1; 8]);
    shop.check_books().await;
}

/// D3: the money comes after the service was suspended, and it is on again at once.
#[tokio::test]
async fn money_after_suspension_switches_the_service_on() {
    let shop = shop().await;
    buy(&shop, "nusakopi.com").await;
    shop.live(45).await;
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Suspended);
    assert!(!shop.panel.accounts()[0].1);
    let missed = shop.open_invoice().await.unwrap();
    let asked = payments::start(&shop.ports, &Actor::Guest, missed.id, SimGateway::NAME, "va");
    let id = asked.await.unwrap();
    shop.drain().await;
    let reference = shop.store.payment(id).await.unwrap().unwrap().value.reference;
    shop.gateway.pay(&reference);
    shop.settle_down(TimeDelta::minutes(10)).await;
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Active);
    assert!(shop.panel.accounts()[0].1);
}
