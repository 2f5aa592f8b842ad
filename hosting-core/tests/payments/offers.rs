//! Several offers for one bill, and gateways that are asked again.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use hosting_core::{
    kernel::{Currency, Money},
    model::{
        Actor, Charge, ChargeStatus, InvoiceId, InvoiceStatus, Payment, PaymentStatus,
        charge::Method,
    },
    port::{
        Clock as _, Descriptor, Failure, PaymentGateway,
        gateway::{ChargeRequest, Notice, RawWebhook, Rejection},
    },
    service::payments,
    testing::{SimGateway, TestShop},
};

use super::stage::{mails, shop, watch_gateway};

async fn offer(shop: &TestShop, invoice: InvoiceId, method: &str) -> Payment {
    let started = payments::start(&shop.ports, &Actor::Guest, invoice, SimGateway::NAME, method);
    let id = started.await.unwrap();
    shop.drain().await;
    shop.store.payment(id).await.unwrap().unwrap().value
}

fn at_provider(shop: &TestShop, payment: &Payment) -> Option<ChargeStatus> {
    let all = shop.gateway.charges().into_iter();
    all.filter(|it| it.reference == payment.reference).map(|it| it.status).next()
}

async fn status(shop: &TestShop, payment: &Payment) -> PaymentStatus {
    shop.store.payment(payment.id).await.unwrap().unwrap().status
}

/// D3: what is paid by wallet must not be payable by virtual account too; its money has no way back.
#[tokio::test]
async fn paying_one_offer_ends_the_others_at_the_provider() {
    let shop = shop().await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    let account = offer(&shop, invoice, SimGateway::ACCOUNT).await;
    let wallet = offer(&shop, invoice, SimGateway::WALLET).await;
    assert_eq!(at_provider(&shop, &account), Some(ChargeStatus::Pending));
    assert!(shop.gateway.pay(&wallet.reference));
    shop.settle_down(TimeDelta::minutes(10)).await;
    assert_eq!(status(&shop, &wallet).await, PaymentStatus::Succeeded);
    assert_eq!(at_provider(&shop, &account), Some(ChargeStatus::Failed), "it cannot be paid");
    assert_eq!(status(&shop, &account).await, PaymentStatus::Failed);
    assert!(!shop.gateway.pay(&account.reference));
    shop.check_books().await;
}

/// An offer for the whole is ended when a part was paid otherwise: paying it would be too much.
#[tokio::test]
async fn paying_a_part_ends_the_offers_that_ask_for_more_than_is_left() {
    let shop = shop().await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    let account = offer(&shop, invoice, SimGateway::ACCOUNT).await;
    let wallet = offer(&shop, invoice, SimGateway::WALLET).await;
    shop.gateway.pay_amount(&wallet.reference, Money::from_minor(66_500, Currency::IDR));
    shop.settle_down(TimeDelta::minutes(10)).await;
    assert_eq!(at_provider(&shop, &account), Some(ChargeStatus::Failed));
    let rest = offer(&shop, invoice, SimGateway::ACCOUNT).await;
    assert_eq!(rest.amount.minor(), 100_000);
    assert_eq!(at_provider(&shop, &rest), Some(ChargeStatus::Pending), "what fits stays open");
    shop.check_books().await;
}

/// An offer that waited in the queue while the bill was paid never reaches the provider.
#[tokio::test]
async fn a_charge_that_waited_while_the_bill_was_paid_is_not_made() {
    let mut shop = shop().await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    let wallet = offer(&shop, invoice, SimGateway::WALLET).await;
    let watch = watch_gateway(&mut shop);
    let late =
        payments::start(&shop.ports, &Actor::Guest, invoice, SimGateway::NAME, SimGateway::ACCOUNT);
    let late = late.await.unwrap();
    // Before a worker takes it, the webhook of the other one is acted on.
    let paid = Charge {
        status: ChargeStatus::Succeeded,
        ..shop.gateway.find(&wallet.reference).await.unwrap().unwrap()
    };
    shop.gateway.pay(&wallet.reference);
    let ending = payments::Ending::default();
    payments::take_in(&shop.ports, &Actor::System, wallet.id, &paid, &ending).await.unwrap();
    shop.settle_down(TimeDelta::hours(30)).await;
    assert!(!watch.calls().contains(&"charge"), "{:?}", watch.calls());
    let late = shop.store.payment(late).await.unwrap().unwrap();
    assert_eq!(late.status, PaymentStatus::Failed, "{}", late.detail);
    let bill = shop.store.invoice(invoice).await.unwrap().unwrap();
    assert_eq!(bill.status, InvoiceStatus::Paid);
    assert_eq!(mails(&shop, "payment_unapplied"), 0);
    shop.check_books().await;
}

/// A gateway whose answers to looks are thrown away: nobody who uses it looks before charging.
#[derive(Debug)]
struct Blindfold(Arc<SimGateway>);

#[async_trait]
impl PaymentGateway for Blindfold {
    fn descriptor(&self) -> &'static Descriptor {
        self.0.descriptor()
    }
    fn methods(&self) -> &[Method] {
        self.0.methods()
    }
    fn is_production(&self) -> bool {
        false
    }
    async fn charge(&self, request: &ChargeRequest) -> Result<Charge, Failure> {
        let made = self.0.charge(request).await?;
        // The first answer is lost.
        if self.0.most_per_reference() == 1 {
            return Err(Failure::unknown("charge", "no answer"));
        }
        Ok(made)
    }
    async fn find(&self, _: &str) -> Result<Option<Charge>, Failure> {
        Ok(None)
    }
    async fn cancel(&self, reference: &str) -> Result<Charge, Failure> {
        self.0.cancel(reference).await
    }
    fn verify(&self, webhook: &RawWebhook<'_>) -> Result<Notice, Rejection> {
        self.0.verify(webhook)
    }
}

/// The proof that `check_books` can fail: a call to charge that is repeated without looking is counted,
/// although the provider refuses the repeat.
#[tokio::test]
async fn charging_again_without_looking_is_caught() {
    let mut shop = shop().await;
    let blindfold = Arc::new(Blindfold(Arc::clone(&shop.gateway)));
    shop.ports.gateways.insert(SimGateway::NAME, blindfold);
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    offer(&shop, invoice, SimGateway::ACCOUNT).await;
    shop.clock.advance(TimeDelta::minutes(5));
    shop.drain().await;
    assert_eq!(shop.gateway.charges().len(), 1, "the provider refused the repeat");
    assert!(shop.clock.now() > hosting_core::testing::shop::opening());
    let checked = tokio::spawn(async move { shop.check_books().await });
    let panic = checked.await.unwrap_err().into_panic();
    let words = panic.downcast_ref::<String>().cloned().unwrap_or_default();
    let words = panic.downcast_ref::<&str>().map_or(words, |it| (*it).to_owned());
    assert!(words.contains("charged again without looking"), "{words}");
}
