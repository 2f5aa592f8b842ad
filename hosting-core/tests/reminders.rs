//! Which mails about an unpaid invoice go out, and when.

#![expect(clippy::expect_used, reason = "a panic is how a test fails")]

use std::sync::Arc;

use hosting_core::{
    model::ShopSettings,
    testing::{Fate, MemoryStore, TestShop},
};

/// How many mails of that kind are about that invoice.
fn sent(shop: &TestShop, kind: &str, number: &str) -> usize {
    let subject = format!("{kind} {number}");
    shop.mailer.sent().iter().filter(|it| it.subject == subject).count()
}

#[tokio::test]
async fn reminders_go_on_while_grace_runs() {
    let days = ShopSettings::default().billing.reminder_days;
    assert_eq!(days, [-3, -1, 1, 3], "the days that this test counts on");
    let shop = TestShop::open(Arc::new(MemoryStore::new()), Fate::kind()).await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, first) = shop.order(cart).await;
    shop.pay(first).await;
    // Until the renewal is out.
    let mut renewal = None;
    for _ in 0..40 {
        shop.live(1).await;
        renewal = shop.open_invoice().await;
        if renewal.is_some() {
            break;
        }
    }
    let renewal = renewal.expect("a month brings an invoice");
    let number = renewal.number.as_deref().expect("it is issued");
    let mut told = Vec::new();
    while shop.ports.now() < renewal.due_at + chrono::TimeDelta::days(6) {
        shop.live(1).await;
        told.push((
            sent(&shop, "invoice_reminder", number),
            sent(&shop, "invoice_overdue", number),
        ));
    }
    assert_eq!(told.last(), Some(&(2, 2)), "day by day: {told:?}");
    assert!(told.contains(&(2, 0)) && told.contains(&(2, 1)), "each on a day of its own: {told:?}");
}
