//! D3 and D4: transfers that staff confirm, where there is nobody to ask.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use hosting_core::{
    change::ChangeSet,
    kernel::{Currency, Money},
    model::{
        Actor, Charge, ChargeStatus, ConfirmedBy, Instructions, InvoiceId, InvoiceStatus, Payment,
        PaymentStatus, SubscriptionStatus,
        charge::{Method, Shows},
    },
    port::{
        Clock as _, Descriptor, Failure, PaymentGateway,
        gateway::{ChargeRequest, Notice, RawWebhook, Rejection},
    },
    service::{offers, payments},
    testing::TestShop,
    work::schedule_runs,
};

use super::stage::{buy, mails, shop};

/// The seller's own account: no provider behind it.
#[derive(Debug)]
struct OwnAccount;

static OWN: Descriptor = Descriptor { id: "own", name: "Own account", settings: &[] };
static METHODS: [Method; 1] = [Method {
    id: "transfer",
    name: "Transfer",
    shows: Shows::Transfer,
    currency: None,
    min_minor: 1,
    max_minor: i64::MAX,
}];

fn charge(reference: &str, status: ChargeStatus, amount: Money) -> Charge {
    let accounts = vec!["BCA 1234567890".to_owned()];
    let reference = reference.to_owned();
    Charge {
        provider_ref: reference.clone(),
        instructions: Some(Instructions::Transfer { accounts, reference: reference.clone() }),
        reference,
        status,
        amount,
        given_back: None,
        expires_at: None,
        paid_at: None,
        detail: String::new(),
    }
}

#[async_trait]
impl PaymentGateway for OwnAccount {
    fn descriptor(&self) -> &'static Descriptor {
        &OWN
    }
    fn methods(&self) -> &[Method] {
        &METHODS
    }
    fn is_production(&self) -> bool {
        false
    }
    async fn charge(&self, request: &ChargeRequest) -> Result<Charge, Failure> {
        Ok(charge(&request.reference, ChargeStatus::Pending, request.amount))
    }
    async fn find(&self, _: &str) -> Result<Option<Charge>, Failure> {
        Ok(None)
    }
    async fn cancel(&self, reference: &str) -> Result<Charge, Failure> {
        Ok(charge(reference, ChargeStatus::Failed, Money::zero(Currency::IDR)))
    }
    fn verify(&self, _: &RawWebhook<'_>) -> Result<Notice, Rejection> {
        Err(Rejection::NotSupported)
    }
    fn confirmed_by_staff(&self) -> bool {
        true
    }
}

async fn bank() -> TestShop {
    let mut shop = shop().await;
    shop.ports.gateways.insert("own", Arc::new(OwnAccount));
    shop
}

async fn transfer(shop: &TestShop, invoice: InvoiceId) -> Payment {
    let started = payments::start(&shop.ports, &Actor::Guest, invoice, "own", "transfer").await;
    let id = started.unwrap();
    shop.drain().await;
    read(shop, id).await
}

async fn read(shop: &TestShop, id: hosting_core::model::PaymentId) -> Payment {
    shop.store.payment(id).await.unwrap().unwrap().value
}

async fn service(shop: &TestShop) -> SubscriptionStatus {
    shop.subscriptions().await[0].status
}

/// The renewal that is not paid, a week past its due date, with its service still on.
async fn overdue(shop: &TestShop) -> InvoiceId {
    buy(shop, "nusakopi.com").await;
    shop.live(33).await;
    assert_eq!(service(shop).await, SubscriptionStatus::PastDue);
    shop.open_invoice().await.unwrap().id
}

/// An offer that nobody says they paid stops nobody once it ended: there is nobody to ask about it.
#[tokio::test]
async fn a_transfer_that_nobody_made_does_not_keep_a_service_on() {
    let shop = bank().await;
    let invoice = overdue(&shop).await;
    let offered = transfer(&shop, invoice).await;
    assert_eq!(offered.confirmed_by, ConfirmedBy::Staff);
    shop.live(12).await;
    let ended = read(&shop, offered.id).await;
    assert_eq!((ended.status, ended.next_ask_at), (PaymentStatus::Expired, None));
    assert_eq!(service(&shop).await, SubscriptionStatus::Suspended);
}

/// Who says that they paid is not switched off until staff have looked; then they are.
#[tokio::test]
async fn a_transfer_that_waits_for_staff_keeps_the_service_on_until_they_looked() {
    let shop = bank().await;
    let invoice = overdue(&shop).await;
    let offered = transfer(&shop, invoice).await;
    for words in [Some("BCA 12:04, Rani"), None] {
        offers::said_paid(&shop.ports, &Actor::Guest, offered.id, words).await.unwrap();
    }
    shop.live(25).await;
    let waiting = read(&shop, offered.id).await;
    assert_eq!(waiting.status, PaymentStatus::Pending, "an offer under review does not end");
    assert_eq!(waiting.report.as_deref(), Some("BCA 12:04, Rani"));
    assert_eq!(mails(&shop, "transfer_reported"), 1, "staff are told once");
    assert_eq!(service(&shop).await, SubscriptionStatus::PastDue);
    let denied = payments::deny_transfer(&shop.ports, &Actor::System, offered.id, "not there");
    denied.await.unwrap();
    let again = offers::said_paid(&shop.ports, &Actor::Guest, offered.id, None).await;
    assert!(again.is_err(), "what staff looked for is not looked for again");
    shop.live(2).await;
    assert_eq!(service(&shop).await, SubscriptionStatus::Suspended);
}

/// The whole life: offered, reported after its end, confirmed, and never asked about again.
#[tokio::test]
async fn a_transfer_is_offered_reported_confirmed_and_then_left_alone() {
    let shop = bank().await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    let offered = transfer(&shop, invoice).await;
    shop.settle_down(TimeDelta::hours(30)).await;
    assert_eq!(read(&shop, offered.id).await.status, PaymentStatus::Expired);
    offers::said_paid(&shop.ports, &Actor::Guest, offered.id, None).await.unwrap();
    assert!(read(&shop, offered.id).await.awaits_review());
    let confirmed = payments::confirm_transfer(
        &shop.ports,
        &Actor::System,
        offered.id,
        offered.amount,
        "statement of 1 February",
    );
    let paid = confirmed.await.unwrap();
    assert_eq!((paid.status, paid.next_ask_at), (PaymentStatus::Succeeded, None));
    assert!(!paid.awaits_review());
    let bill = shop.store.invoice(invoice).await.unwrap().unwrap();
    assert_eq!(bill.status, InvoiceStatus::Paid);
    shop.live(2).await;
    let later = read(&shop, offered.id).await;
    assert_eq!(later.next_ask_at, None);
    shop.check_books().await;
}

/// D3: transfers that ended do not stand before payments whose chain of questions broke.
#[tokio::test]
async fn payments_that_cannot_be_asked_do_not_hide_those_that_can() {
    let shop = bank().await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    let lost = shop.ask_to_pay(invoice).await;
    shop.gateway.pay(&lost.reference);
    // Its chain of questions broke, and six hundred others of a gateway that is gone are older.
    let read = shop.store.payment(lost.id).await.unwrap().unwrap();
    let mut changes = ChangeSet::default();
    for number in 0..600 {
        let mut other = read.value.clone();
        other.id = shop.ports.mint().id();
        other.gateway = "gone".to_owned();
        other.reference = format!("GONE-{number}");
        other.status = PaymentStatus::Expired;
        other.next_ask_at = Some(shop.clock.now() - TimeDelta::days(1));
        changes.payments.add(other);
    }
    shop.store.commit(changes).await.unwrap();
    shop.clock.advance(TimeDelta::hours(2));
    drop_asks(&shop).await;
    for _ in 0..3 {
        shop.clock.advance(TimeDelta::hours(1));
        schedule_runs(&shop.ports).await.unwrap();
        shop.drain().await;
    }
    let found = shop.store.payment(lost.id).await.unwrap().unwrap();
    assert_eq!(found.status, PaymentStatus::Succeeded, "it was reached");
}

/// Takes every question that waits out of the queue.
async fn drop_asks(shop: &TestShop) {
    use hosting_core::{
        kernel::PageRequest,
        model::{Permission, TaskAction, TaskStatus},
        service::tasks,
    };
    let filter = hosting_core::port::store::TaskFilter {
        status: Some(TaskStatus::Queued),
        action: Some(TaskAction::AskPayment),
        subscription_id: None,
    };
    let waiting = shop.store.tasks(&filter, &PageRequest::first(200)).await.unwrap().items;
    assert!(!waiting.is_empty(), "there was a chain to break");
    for task in waiting {
        let held = Permission::ALL;
        tasks::withdraw(&shop.ports, &Actor::System, held, task.id, "lost").await.unwrap();
    }
}
