//! What only staff can mend at a gateway: they hear of it once a day, and customers do not pay for it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::TimeDelta;
use hosting_core::{
    kernel::PageRequest,
    model::{
        Actor, Charge, InvoiceStatus, PaymentStatus, Permission, TaskAction, TaskStatus,
        charge::Method,
    },
    port::{
        Descriptor, Failure, PaymentGateway,
        gateway::{ChargeRequest, METHOD_INACTIVE, Notice, RawWebhook, Rejection},
        store::TaskFilter,
    },
    service::{payments, tasks},
    testing::{SimGateway, TestShop},
};

use super::stage::{mails, shop};

/// What stands between us and the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    None,
    WrongKeys,
    NotActive,
}

#[derive(Debug)]
struct Troubled {
    inner: Arc<SimGateway>,
    trouble: Mutex<Trouble>,
}

impl Troubled {
    fn check(&self) -> Result<(), Failure> {
        match *self.trouble.lock().unwrap() {
            Trouble::None => Ok(()),
            Trouble::WrongKeys => Err(Failure::server_wide("charge", "the key is wrong")),
            Trouble::NotActive => {
                Err(Failure::refused("charge", "not active").with_code(METHOD_INACTIVE))
            }
        }
    }
}

#[async_trait]
impl PaymentGateway for Troubled {
    fn descriptor(&self) -> &'static Descriptor {
        self.inner.descriptor()
    }
    fn methods(&self) -> &[Method] {
        self.inner.methods()
    }
    fn is_production(&self) -> bool {
        false
    }
    async fn charge(&self, request: &ChargeRequest) -> Result<Charge, Failure> {
        self.check()?;
        self.inner.charge(request).await
    }
    async fn find(&self, reference: &str) -> Result<Option<Charge>, Failure> {
        if *self.trouble.lock().unwrap() == Trouble::WrongKeys {
            self.check()?;
        }
        self.inner.find(reference).await
    }
    async fn cancel(&self, reference: &str) -> Result<Charge, Failure> {
        self.inner.cancel(reference).await
    }
    fn verify(&self, webhook: &RawWebhook<'_>) -> Result<Notice, Rejection> {
        self.inner.verify(webhook)
    }
}

async fn troubled(trouble: Trouble) -> (TestShop, Arc<Troubled>) {
    let mut shop = shop().await;
    let inner = Arc::clone(&shop.gateway);
    let gateway = Arc::new(Troubled { inner, trouble: Mutex::new(trouble) });
    shop.ports.gateways.insert(SimGateway::NAME, gateway.clone());
    (shop, gateway)
}

/// Wrong keys are no refusal of the payment: it waits, staff are told once, and it goes on by itself.
#[tokio::test]
async fn wrong_keys_let_payments_wait_and_staff_know_once_a_day() {
    let (shop, gateway) = troubled(Trouble::WrongKeys).await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    let started = payments::start(&shop.ports, &Actor::Guest, invoice, SimGateway::NAME, "va");
    let id = started.await.unwrap();
    shop.settle_down(TimeDelta::hours(2)).await;
    let waiting = shop.store.payment(id).await.unwrap().unwrap();
    assert_eq!(waiting.status, PaymentStatus::Pending, "{}", waiting.detail);
    assert_eq!(mails(&shop, "gateway_keys_refused"), 1, "though it was tried many times");
    *gateway.trouble.lock().unwrap() = Trouble::None;
    shop.settle_down(TimeDelta::hours(4)).await;
    let reference = waiting.value.reference;
    assert!(shop.gateway.pay(&reference), "the charge was made once the keys were right");
    shop.settle_down(TimeDelta::hours(6)).await;
    let bill = shop.store.invoice(invoice).await.unwrap().unwrap();
    assert_eq!(bill.status, InvoiceStatus::Paid);
    shop.check_books().await;
}

/// A way to pay that is not active ends the attempt, so that the customer chooses another; staff hear
/// of it once a day, however many try.
#[tokio::test]
async fn a_way_to_pay_that_is_not_active_is_told_to_staff_once_a_day() {
    let (shop, _) = troubled(Trouble::NotActive).await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    for day in 1..=2 {
        for _ in 0..3 {
            let started =
                payments::start(&shop.ports, &Actor::Guest, invoice, SimGateway::NAME, "va");
            let id = started.await.unwrap();
            shop.drain().await;
            let refused = shop.store.payment(id).await.unwrap().unwrap();
            assert_eq!(refused.status, PaymentStatus::Failed);
        }
        assert_eq!(mails(&shop, "gateway_method_inactive"), day);
        shop.clock.advance(TimeDelta::days(1));
    }
}

/// D3: a charge that was given up in the queue is asked about all the same, and ends with its offer.
#[tokio::test]
async fn a_charge_that_was_given_up_does_not_stay_in_flight_for_ever() {
    let (shop, gateway) = troubled(Trouble::WrongKeys).await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    let started = payments::start(&shop.ports, &Actor::Guest, invoice, SimGateway::NAME, "va");
    let id = started.await.unwrap();
    shop.drain().await;
    let queued = TaskFilter {
        status: Some(TaskStatus::Queued),
        action: Some(TaskAction::Charge),
        ..TaskFilter::default()
    };
    let charge = shop.store.tasks(&queued, &PageRequest::first(10)).await.unwrap().items.remove(0);
    let held = Permission::ALL;
    tasks::withdraw(&shop.ports, &Actor::System, held, charge.id, "no keys").await.unwrap();
    *gateway.trouble.lock().unwrap() = Trouble::None;
    shop.live(3).await;
    let ended = shop.store.payment(id).await.unwrap().unwrap();
    assert_eq!(ended.status, PaymentStatus::Expired, "nobody is waited for any more");
}
