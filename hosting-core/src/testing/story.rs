//! A customer's whole life, to be played on any store and under any fate.

use std::collections::{BTreeMap, BTreeSet};

use super::TestShop;
use crate::{
    kernel::PageRequest,
    model::{
        ChargeStatus, Invoice, InvoiceStatus, OrderStatus, PaymentStatus, ProvisioningStatus,
        SubscriptionStatus, TaskStatus, WebhookStatus,
    },
    port::store::{PaymentFilter, TaskFilter},
};

/// Orders with a coupon, pays, renews, misses a payment, is suspended, pays late, cancels, is removed.
///
/// Panics with the sentence that does not hold.
pub async fn whole_life(shop: &TestShop) {
    begins(shop).await;
    renews(shop).await;
    let missed = is_suspended(shop).await;

    // Paid late, restored at once; the gateway tells us.
    shop.pay_and_hear(missed.id).await;
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Active);
    assert!(shop.panel.accounts().iter().all(|(_, on)| *on), "the panel switched it on");

    // Cancelled and, after the retention time, removed.
    let id = shop.subscriptions().await[0].id;
    shop.cancel(id).await;
    shop.live(9).await;
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Terminated);
    assert!(shop.panel.accounts().is_empty(), "the panel removed it");
    shop.check_books().await;
    nothing_is_left(shop).await;
    money_agrees(shop).await;
    everybody_was_told(shop).await;
}

async fn begins(shop: &TestShop) {
    // Order with coupon and PPN: (100 000 − 10 %) + 50 000 = 140 000, and 11 % on top.
    let cart = shop.cart("nusakopi.com", Some("KOPI10")).await;
    let (order, invoice) = shop.order(cart).await;
    let bill = shop.store.invoice(invoice).await.unwrap().unwrap();
    assert_eq!((bill.subtotal.minor(), bill.discount.minor()), (150_000, 10_000));
    assert_eq!((bill.tax.minor(), bill.total.minor()), (15_400, 155_400));
    shop.check_books().await;

    // Pay, though the webhook is lost; the account is made, once.
    shop.pay(invoice).await;
    shop.gateway.take_news();
    assert_eq!(shop.store.order(order).await.unwrap().unwrap().status, OrderStatus::Paid);
    let service = shop.subscriptions().await.remove(0);
    assert_eq!(service.status, SubscriptionStatus::Active);
    assert_eq!(service.provisioning_status, ProvisioningStatus::Done);
    assert_eq!(shop.panel.accounts().len(), 1);
    shop.check_books().await;
}

/// A month later it renews; the anchor day is kept although February has no 31st.
async fn renews(shop: &TestShop) {
    shop.skip(20);
    shop.live(2).await;
    let renewal = shop.open_invoice().await.expect("one renewal is out");
    assert_eq!(renewal.total.minor(), 111_000);
    shop.pay_and_hear(renewal.id).await;
    let paid_until = shop.subscriptions().await[0].paid_until.unwrap();
    assert_eq!(paid_until.to_string(), "2026-03-31");
}

/// The next one is not paid: reminders, overdue, grace, suspended.
async fn is_suspended(shop: &TestShop) -> Invoice {
    shop.skip(28);
    shop.live(11).await;
    let missed = shop.open_invoice().await.expect("one renewal is out");
    assert_eq!(missed.status, InvoiceStatus::Overdue);
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::PastDue);
    shop.live(10).await;
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Suspended);
    assert!(shop.panel.accounts().iter().all(|(_, on)| !on), "the panel switched it off");
    shop.check_books().await;
    missed
}

/// No invoice is open, no message waits, no task was given up.
async fn nothing_is_left(shop: &TestShop) {
    let open = shop.invoices().await.into_iter().filter(|it| it.status.is_open()).count();
    assert_eq!(open, 0, "nothing is left to pay");
    let page = PageRequest::first(PageRequest::MAX);
    let inbox = shop.store.webhook_events(&page).await.unwrap().items;
    let waiting = inbox.iter().filter(|it| it.status == WebhookStatus::Received).count();
    assert_eq!(waiting, 0, "every message was dealt with");
    let keys: BTreeSet<_> = inbox.iter().map(|it| &it.event_key).collect();
    assert_eq!(keys.len(), inbox.len(), "a message is stored once");
    let failed = TaskFilter { status: Some(TaskStatus::Failed), ..TaskFilter::default() };
    let failed = shop.store.tasks(&failed, &page).await.unwrap().items;
    assert!(failed.is_empty(), "nothing was given up: {failed:?}");
}

/// What arrived at the gateway is what the books say, charge by charge.
async fn money_agrees(shop: &TestShop) {
    let page = PageRequest::first(PageRequest::MAX);
    let payments = shop.store.payments(&PaymentFilter::default(), &page).await.unwrap().items;
    let received = payments.iter().filter(|it| it.status == PaymentStatus::Succeeded);
    let received: BTreeMap<_, _> =
        received.map(|it| (it.reference.clone(), it.received.minor())).collect();
    let charges = shop.gateway.charges();
    let paid = charges.iter().filter(|it| it.status == ChargeStatus::Succeeded);
    let paid: BTreeMap<_, _> = paid.map(|it| (it.reference.clone(), it.amount.minor())).collect();
    assert_eq!(received, paid, "the books say what the gateway says");
    assert_eq!(paid.len(), 3, "three times somebody paid");
}

/// What a customer must be told in this life, and how often. There may be other letters.
const LETTERS: [(&str, usize); 7] = [
    ("invoice_issued", 3),
    ("payment_received", 3),
    ("welcome", 1),
    ("suspended", 1),
    ("restored", 1),
    ("cancelled", 1),
    ("terminated", 1),
];

/// A mail may be handed over twice after a crash, but under one key, by which receivers know it.
async fn everybody_was_told(shop: &TestShop) {
    let mut told = BTreeMap::<String, BTreeSet<_>>::new();
    for mail in shop.mailer.sent() {
        let kind = mail.subject.split(' ').next().unwrap_or_default().to_owned();
        told.entry(kind).or_default().insert(mail.key);
    }
    let keys = |kind: &str| told.get(kind).map_or(0, BTreeSet::len);
    for (kind, times) in LETTERS {
        assert_eq!(keys(kind), times, "so many letters of the kind {kind} were sent");
    }
    // One bill was not paid in time: each of its days brings a reminder, which is one of the two by
    // whether the bill was overdue when it was written. Whoever is struck again and again loses hours,
    // and may lose such a day with them.
    let days = shop.store.shop().await.unwrap().billing.reminder_days.len();
    let reminders = keys("invoice_reminder") + keys("invoice_overdue");
    let late = shop.fate.blows() > 1 || shop.abroad.is_some();
    let least = if late { days / 2 } else { days };
    assert!((least..=days).contains(&reminders), "{reminders} reminders were sent");
}
