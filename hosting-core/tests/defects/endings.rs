//! Ending with the term, taking that back, and paying although the end was set.

use chrono::TimeDelta;
use hosting_core::{
    decide::subscription::{CancelRefusal, When},
    model::{Actor, ChargeStatus, InvoiceStatus, SubscriptionStatus},
    service::{
        ServiceError,
        subscriptions::{cancel, hold, withdraw},
    },
    testing::TestShop,
};

use super::stage::{buy, edit, facts, shop};

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

async fn hold_customer(shop: &TestShop, why: Option<&str>) {
    let read = shop.store.customer(shop.customer_id).await.unwrap().unwrap();
    edit!(shop, customers, &read, |it| it.hold = why.map(str::to_owned));
}

async fn status(shop: &TestShop) -> SubscriptionStatus {
    shop.subscriptions().await[0].status
}

/// Law 7: a hold on the customer or on the service keeps what ended by wish on, and then its data.
#[tokio::test]
async fn a_hold_keeps_what_was_cancelled_from_being_switched_off_and_removed() {
    for on_customer in [true, false] {
        let shop = shop().await;
        let set = async |why: Option<&'static str>| {
            if on_customer {
                hold_customer(&shop, why).await;
            } else {
                let id = shop.subscriptions().await[0].id;
                hold(&shop.ports, &Actor::System, id, why).await.unwrap();
            }
        };
        buy(&shop, "nusakopi.com").await;
        end_with_the_term(&shop).await;
        set(Some("a court asked")).await;
        shop.live(40).await;
        assert_eq!(status(&shop).await, SubscriptionStatus::Active);
        assert!(shop.panel.accounts()[0].1, "it is on");
        let id = shop.subscriptions().await[0].id;
        let now = cancel(&shop.ports, &Actor::System, id, When::Now, "at once").await;
        assert!(matches!(now, Err(ServiceError::Refused(CancelRefusal::OnHold(_)))), "{now:?}");

        set(None).await;
        shop.live(1).await;
        assert_eq!(status(&shop).await, SubscriptionStatus::Cancelled);
        set(Some("a court asked")).await;
        shop.live(40).await;
        assert_eq!(status(&shop).await, SubscriptionStatus::Cancelled);
        assert_eq!(shop.panel.accounts().len(), 1, "nothing is lost");
        assert_eq!(facts(&shop, "RunSkipped").await, 0, "a hold is no fault");

        set(None).await;
        shop.live(1).await;
        assert_eq!(status(&shop).await, SubscriptionStatus::Terminated);
        assert!(shop.panel.accounts().is_empty());
    }
}

/// Buys a service, and the bank takes the money back within minutes.
async fn reversed(shop: &TestShop) -> hosting_core::model::InvoiceId {
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    let payment = shop.ask_to_pay(invoice).await;
    shop.gateway.pay(&payment.reference);
    shop.settle_down(TimeDelta::minutes(5)).await;
    assert_eq!(shop.subscriptions().await[0].paid_until.unwrap().to_string(), "2026-02-28");
    shop.gateway.set_status(&payment.reference, ChargeStatus::Failed);
    shop.settle_down(TimeDelta::minutes(20)).await;
    invoice
}

/// A term whose money the bank took back is not a term to stay until the end of.
#[tokio::test]
async fn an_end_with_a_term_that_was_taken_back_is_an_end_now() {
    let shop = shop().await;
    let invoice = reversed(&shop).await;
    let service = shop.subscriptions().await.remove(0);
    assert_eq!(service.paid_until.unwrap().to_string(), "2026-01-31", "nothing is paid");
    assert_eq!(service.next_renewal_at, None, "the next period waits for this one");
    shop.live(5).await;
    end_with_the_term(&shop).await;
    shop.drain().await;
    assert_eq!(status(&shop).await, SubscriptionStatus::Cancelled);
    assert!(!shop.panel.accounts()[0].1, "it is off");
    // Five days ran on that money: the bill stays owed, and reminders go on.
    let bill = shop.store.invoice(invoice).await.unwrap().unwrap();
    assert_eq!(bill.status, InvoiceStatus::Unpaid);
    assert!(bill.next_dunning_at.is_some());
    // It can be paid, and staff can give it up.
    let undecided = hosting_core::decide::billing::PaidPart::Undecided;
    let void = hosting_core::service::invoices::void;
    void(&shop.ports, &Actor::System, invoice, undecided, "let it be").await.unwrap();
    shop.check_books().await;
}

/// Paid again, the term is theirs again, and the next invoice comes as if nothing had happened.
#[tokio::test]
async fn a_term_that_was_taken_back_and_paid_again_counts_again() {
    let shop = shop().await;
    let invoice = reversed(&shop).await;
    shop.pay(invoice).await;
    let service = shop.subscriptions().await.remove(0);
    assert_eq!(service.paid_until.unwrap().to_string(), "2026-02-28");
    assert!(service.next_renewal_at.is_some());
    shop.live(24).await;
    assert!(shop.open_invoice().await.is_some(), "the renewal is out");
    shop.check_books().await;
}

/// A later period is paid and an earlier one was taken back: the end of the term is the later one's, and
/// the bill for the earlier one is dunned all the same.
#[tokio::test]
async fn a_bill_for_a_period_that_runs_is_not_silenced_by_an_end_that_was_set() {
    let mut settings = hosting_core::model::ShopSettings::default();
    settings.billing.continuous_invoices = true;
    let shop = super::stage::shop_with(settings).await;
    buy(&shop, "nusakopi.com").await;
    shop.live(30).await;
    // The renewal is unpaid, its period runs, and by mistake of the bank the one after it is paid.
    let due = shop.open_invoice().await.unwrap();
    let service = shop.subscriptions().await.remove(0);
    let read = shop.store.subscription(service.id).await.unwrap().unwrap();
    edit!(shop, subscriptions, &read, |it| it.paid_until = "2026-04-30".parse().ok());
    end_with_the_term(&shop).await;
    let service = shop.subscriptions().await.remove(0);
    assert!(service.cancel_at.is_some() && service.status != SubscriptionStatus::Cancelled);
    let bill = shop.store.invoice(due.id).await.unwrap().unwrap();
    assert!(bill.next_dunning_at.is_some(), "its period runs");
    shop.live(12).await;
    assert_eq!(status(&shop).await, SubscriptionStatus::Suspended);
}

/// Lives through the whole of the next period without paying for it, and ends the service then: the
/// bill for that period.
async fn unpaid_to_the_end(shop: &TestShop, on_hold: bool) -> hosting_core::model::Invoice {
    buy(shop, "nusakopi.com").await;
    shop.live(24).await;
    let renewal = shop.open_invoice().await.unwrap();
    let id = shop.subscriptions().await[0].id;
    if on_hold {
        hold(&shop.ports, &Actor::System, id, Some("a court asked")).await.unwrap();
    }
    shop.live(40).await;
    if on_hold {
        hold(&shop.ports, &Actor::System, id, None).await.unwrap();
    }
    cancel(&shop.ports, &Actor::System, id, When::Now, "moving").await.unwrap();
    shop.store.invoice(renewal.id).await.unwrap().unwrap().value
}

/// Hosting is paid ahead: a term that nobody took and that was not had is not owed by who leaves.
#[tokio::test]
async fn a_running_renewal_that_nobody_paid_is_withdrawn_with_the_service() {
    let shop = shop().await;
    buy(&shop, "nusakopi.com").await;
    shop.live(31).await;
    let renewal = shop.open_invoice().await.unwrap();
    let service = shop.subscriptions().await.remove(0);
    assert_eq!(service.status, SubscriptionStatus::PastDue, "the period runs, and it is on");
    cancel(&shop.ports, &Actor::System, service.id, When::Now, "moving").await.unwrap();
    let renewal = shop.store.invoice(renewal.id).await.unwrap().unwrap();
    assert_eq!(renewal.status, InvoiceStatus::Void);
    shop.check_books().await;
}

/// A period that was had to its last day is a debt, whoever ends the service.
#[tokio::test]
async fn a_period_that_was_served_to_its_end_stays_owed() {
    let shop = shop().await;
    let bill = unpaid_to_the_end(&shop, true).await;
    assert_eq!(bill.status, InvoiceStatus::Overdue);
    assert!(bill.next_dunning_at.is_some(), "and is asked for");
    assert_eq!(status(&shop).await, SubscriptionStatus::Cancelled);
    shop.pay(bill.id).await;
    let bill = shop.store.invoice(bill.id).await.unwrap().unwrap();
    assert_eq!(bill.status, InvoiceStatus::Paid);
    assert_eq!(status(&shop).await, SubscriptionStatus::Cancelled, "paying it begins nothing");
    shop.check_books().await;
}

/// A hold that the shop set keeps a service on beyond the end that its customer wished: at our cost.
#[tokio::test]
async fn a_period_after_the_end_that_was_wished_is_not_owed() {
    let shop = shop().await;
    buy(&shop, "nusakopi.com").await;
    shop.live(24).await;
    let renewal = shop.open_invoice().await.unwrap();
    end_with_the_term(&shop).await;
    let id = shop.subscriptions().await[0].id;
    hold(&shop.ports, &Actor::System, id, Some("a court asked")).await.unwrap();
    shop.live(40).await;
    assert_eq!(status(&shop).await, SubscriptionStatus::Active, "the hold keeps it on");
    hold(&shop.ports, &Actor::System, id, None).await.unwrap();
    shop.live(1).await;
    assert_eq!(status(&shop).await, SubscriptionStatus::Cancelled);
    let renewal = shop.store.invoice(renewal.id).await.unwrap().unwrap();
    assert_eq!(renewal.status, InvoiceStatus::Void);
    shop.check_books().await;
}

/// Switched off for most of its period, the service was not had.
#[tokio::test]
async fn a_period_that_was_spent_switched_off_is_not_owed() {
    let mut settings = hosting_core::model::ShopSettings::default();
    settings.billing.retention_days = 90;
    let shop = super::stage::shop_with(settings).await;
    let bill = unpaid_to_the_end(&shop, false).await;
    assert_eq!(bill.status, InvoiceStatus::Void);
    assert_eq!(status(&shop).await, SubscriptionStatus::Cancelled);
    shop.check_books().await;
}
