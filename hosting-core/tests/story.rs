//! A customer's whole life, and the same life with the process dying at every point of it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic is how a test fails")]

use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use hosting_core::{
    model::{Actor, InvoiceStatus, PaymentStatus, ProvisioningStatus, SubscriptionStatus},
    port::{Clock as _, Failure, IdempotencyKey, Mailer, mailer::Mail},
    testing::{
        Fate, MemoryStore, SimMailer, TestShop,
        fate::{Blow, Place},
        story::whole_life,
    },
};
use tokio::task::JoinSet;

fn shop_on_memory() -> Arc<MemoryStore> {
    Arc::new(MemoryStore::default())
}

/// One telling of the story: at which point what goes wrong, and what that point is.
type Telling = (u64, Blow, Place);

/// All tellings in which one thing goes wrong, for the blows that `pick` takes.
async fn tellings(pick: impl Fn(Place) -> &'static [Blow]) -> Vec<Telling> {
    let shop = TestShop::open(shop_on_memory(), Fate::kind()).await;
    whole_life(&shop).await;
    let places = (1..).zip(shop.fate.places());
    let struck =
        places.flat_map(|(point, place)| pick(place).iter().map(move |blow| (point, *blow, place)));
    struck.collect()
}

/// Tells the story once with each fate, on all cores, and answers those who did not live to the end.
async fn broken<T: Copy + Send + 'static>(all: Vec<T>, fate: fn(T) -> Fate) -> Vec<T> {
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let (mut lives, mut left, mut broken) = (JoinSet::new(), all.into_iter(), Vec::new());
    loop {
        while lives.len() < workers
            && let Some(telling) = left.next()
        {
            lives.spawn(async move {
                let shop = TestShop::open(shop_on_memory(), fate(telling)).await;
                let life = tokio::spawn(async move { whole_life(&shop).await });
                (telling, life.await.is_ok())
            });
        }
        let Some(ended) = lives.join_next().await else { return broken };
        let (telling, whole) = ended.unwrap();
        if !whole {
            broken.push(telling);
        }
    }
}

#[tokio::test]
async fn a_customer_lives_a_whole_life() {
    let shop = TestShop::open(shop_on_memory(), Fate::kind()).await;
    whole_life(&shop).await;
    for place in [Place::Commit, Place::Claimed, Place::Request, Place::Answer, Place::Message] {
        assert!(shop.fate.places().contains(&place), "the story meets no {place:?}");
    }
    assert!(shop.fate.passed() > 100, "the story passes many points: {}", shop.fate.passed());
}

/// Counts the points K of the story, then lives it K times, dying at another one each time.
#[tokio::test(flavor = "multi_thread")]
async fn dying_at_any_point_changes_nothing() {
    let all = tellings(|place| if place.blows().contains(&Blow::Die) { &[Blow::Die] } else { &[] });
    let all = all.await;
    assert!(all.len() > 100);
    let broken = broken(all, |(point, blow, _)| Fate::strikes(point, blow)).await;
    assert!(broken.is_empty(), "{broken:#?}");
}

/// Nobody dies, but at each point in turn a request, an answer or a message goes astray.
#[tokio::test(flavor = "multi_thread")]
async fn losing_anything_on_the_way_changes_nothing() {
    fn but_death(place: Place) -> &'static [Blow] {
        place.blows().strip_prefix(&[Blow::Die]).unwrap_or(place.blows())
    }
    let all = tellings(but_death).await;
    for blow in [Blow::Lose, Blow::Hang, Blow::Repeat, Blow::Delay] {
        assert!(all.iter().any(|it| it.1 == blow), "{blow:?} strikes nowhere");
    }
    let broken = broken(all, |(point, blow, _)| Fate::strikes(point, blow)).await;
    assert!(broken.is_empty(), "{broken:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn dying_again_and_again_changes_nothing() {
    let broken = broken((0..60).collect(), |seed| Fate::cruel(seed, 25)).await;
    assert!(broken.is_empty(), "seeds {broken:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_going_wrong_again_and_again_changes_nothing() {
    let broken = broken((0..60).collect(), |seed| Fate::moody(seed, 25)).await;
    assert!(broken.is_empty(), "seeds {broken:?}");
}

/// The proof that the story notices: a database that only says that it committed is found out, where the
/// work is not found undone and done again.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_forgets_a_commit_is_found_out() {
    let all = tellings(|place| if place == Place::Commit { &[Blow::Forget] } else { &[] }).await;
    let order = all[0];
    let found_out = broken(all, |(point, blow, _)| Fate::strikes(point, blow)).await;
    assert!(found_out.contains(&order), "the order was forgotten, and nobody noticed");
}

/// A mail carrier that says "sent" and is wrong.
#[derive(Debug)]
struct Careless {
    inner: Arc<SimMailer>,
    copies: usize,
}

#[async_trait]
impl Mailer for Careless {
    async fn send(&self, mail: &Mail) -> Result<(), Failure> {
        for copy in 0..self.copies {
            let key = IdempotencyKey::new(format!("{}-{copy}", mail.key));
            self.inner.send(&Mail { key, ..mail.clone() }).await?;
        }
        Ok(())
    }
}

/// The proof that the story notices what happens outside: letters that are lost or doubled.
#[tokio::test]
async fn a_letter_that_is_lost_or_doubled_is_found_out() {
    for (copies, right) in [(0, false), (1, true), (2, false)] {
        let mut shop = TestShop::open(shop_on_memory(), Fate::kind()).await;
        shop.ports.mailer = Arc::new(Careless { inner: Arc::clone(&shop.mailer), copies });
        let life = tokio::spawn(async move { whole_life(&shop).await });
        assert_eq!(life.await.is_ok(), right, "{copies} copies");
    }
}

/// D1: the same news from several triggers credits once.
#[tokio::test]
async fn the_same_payment_learned_many_times_is_credited_once() {
    let shop = TestShop::open(shop_on_memory(), Fate::kind()).await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    let payment = shop.ask_to_pay(invoice).await;
    shop.gateway.pay(&payment.reference);
    let gateway = shop.ports.gateways.get("sim").unwrap();
    for repeat in 0..3 {
        for key in ["settlement", "capture"] {
            let notice = hosting_core::port::gateway::Notice {
                event_key: format!("{key}-{}", payment.reference),
                reference: Some(payment.reference.clone()),
            };
            let stored = hosting_core::service::payments::store_webhook(
                &shop.ports,
                &**gateway,
                notice,
                String::new(),
            );
            assert_eq!(stored.await.unwrap().is_some(), repeat == 0, "one webhook is stored once");
        }
    }
    shop.settle_down(TimeDelta::minutes(5)).await;
    let queued = hosting_core::port::store::TaskFilter {
        status: Some(hosting_core::model::TaskStatus::Queued),
        action: Some(hosting_core::model::TaskAction::AskPayment),
        ..hosting_core::port::store::TaskFilter::default()
    };
    let page = hosting_core::kernel::PageRequest::first(200);
    let tasks = shop.store.tasks(&queued, &page).await.unwrap().items;
    let links = tasks.iter().filter(|it| it.due_at > shop.clock.now()).count();
    assert!(links <= 3, "each message adds no chain of questions of its own: {links}");
    shop.settle_down(TimeDelta::hours(2)).await;
    assert_eq!(shop.store.tasks(&queued, &page).await.unwrap().items.len(), 0);
    let payment = shop.store.payment(payment.id).await.unwrap().unwrap();
    assert_eq!(payment.status, PaymentStatus::Succeeded);
    assert_eq!(payment.applied, payment.amount);
    let subject = hosting_core::model::Subject::from(payment.id);
    let page = hosting_core::kernel::PageRequest::first(200);
    let events = shop.store.events_of(&subject, &page).await.unwrap().items;
    let received = events.iter().filter(|(_, it)| it.body.name() == "PaymentReceived").count();
    assert_eq!(received, 1);
    assert_eq!(shop.panel.created().len(), 1);
    shop.check_books().await;
}

/// D2: nothing that fails after a payment takes the payment back.
#[tokio::test]
async fn a_mail_server_that_is_down_does_not_undo_a_payment() {
    let shop = TestShop::open(shop_on_memory(), Fate::kind()).await;
    shop.mailer.set_down(true);
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    shop.pay(invoice).await;
    assert_eq!(shop.store.invoice(invoice).await.unwrap().unwrap().status, InvoiceStatus::Paid);
    assert_eq!(shop.subscriptions().await[0].provisioning_status, ProvisioningStatus::Done);
    assert!(shop.mailer.sent().is_empty());
    shop.mailer.set_down(false);
    shop.settle_down(TimeDelta::hours(8)).await;
    assert!(shop.mailer.sent().iter().any(|it| it.subject.starts_with("payment_received")));
}

/// D3: money that comes after the offer ended is credited.
#[tokio::test]
async fn money_after_expiry_is_credited() {
    let shop = TestShop::open(shop_on_memory(), Fate::kind()).await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    let payment = shop.ask_to_pay(invoice).await;
    shop.settle_down(TimeDelta::hours(30)).await;
    let expired = shop.store.payment(payment.id).await.unwrap().unwrap();
    assert_eq!(expired.status, PaymentStatus::Expired);
    assert!(shop.gateway.pay(&payment.reference));
    shop.settle_down(TimeDelta::hours(13)).await;
    assert_eq!(shop.store.invoice(invoice).await.unwrap().unwrap().status, InvoiceStatus::Paid);
    shop.check_books().await;
}

/// D3: money for an order that was given up meanwhile stays on the payment, and staff are told.
#[tokio::test]
async fn money_for_a_cancelled_order_is_kept_and_told_of() {
    let shop = TestShop::open(shop_on_memory(), Fate::kind()).await;
    let cart = shop.cart("nusakopi.com", Some("KOPI10")).await;
    let (order, invoice) = shop.order(cart).await;
    let payment = shop.ask_to_pay(invoice).await;
    let part = hosting_core::decide::billing::PaidPart::Undecided;
    let why = "changed my mind";
    hosting_core::service::orders::cancel(&shop.ports, &Actor::System, order, part, why)
        .await
        .unwrap();
    shop.gateway.pay(&payment.reference);
    shop.settle_down(TimeDelta::hours(13)).await;
    let payment = shop.store.payment(payment.id).await.unwrap().unwrap();
    assert_eq!(payment.status, PaymentStatus::Succeeded);
    assert_eq!((payment.received.minor(), payment.applied.minor()), (155_400, 0));
    assert_eq!(shop.store.invoice(invoice).await.unwrap().unwrap().status, InvoiceStatus::Void);
    assert!(shop.mailer.sent().iter().any(|it| it.subject.starts_with("payment_unapplied")));
    let coupon = shop.store.coupon_by_code("KOPI10").await.unwrap().unwrap();
    let used = shop.store.counter(&format!("coupon/{}", coupon.id.stored())).await.unwrap();
    assert_eq!(used, 0, "the coupon was given back");
}

/// D4: a customer who is paying is not suspended.
#[tokio::test]
async fn nobody_is_suspended_while_money_may_be_on_its_way() {
    let shop = TestShop::open(shop_on_memory(), Fate::kind()).await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    shop.pay(invoice).await;
    shop.live(34).await;
    let renewal = shop.open_invoice().await.unwrap();
    let payment = shop.ask_to_pay(renewal.id).await;
    shop.gateway.set_status(&payment.reference, hosting_core::model::ChargeStatus::Challenge);
    shop.live(20).await;
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::PastDue);
    shop.gateway.set_status(&payment.reference, hosting_core::model::ChargeStatus::Failed);
    shop.live(2).await;
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Suspended);
}

/// Law 6: an outage moves enforcement, and no document.
#[tokio::test]
async fn grace_grows_by_our_own_outage() {
    let daily = TestShop::open(shop_on_memory(), Fate::kind()).await;
    let dark = TestShop::open(shop_on_memory(), Fate::kind()).await;
    for shop in [&daily, &dark] {
        let cart = shop.cart("nusakopi.com", None).await;
        let (_, invoice) = shop.order(cart).await;
        shop.pay(invoice).await;
        shop.live(22).await;
    }
    daily.live(16).await;
    dark.clock.advance(TimeDelta::days(16));
    dark.live(1).await;
    let totals = |invoices: Vec<hosting_core::model::Invoice>| {
        invoices.into_iter().map(|it| (it.number, it.total)).collect::<Vec<_>>()
    };
    assert_eq!(totals(daily.invoices().await), totals(dark.invoices().await));
    assert_eq!(daily.subscriptions().await[0].status, SubscriptionStatus::Suspended);
    assert_ne!(dark.subscriptions().await[0].status, SubscriptionStatus::Suspended);
    dark.live(20).await;
    assert_eq!(dark.subscriptions().await[0].status, SubscriptionStatus::Suspended);
    assert!(dark.clock.now() > daily.clock.now());
}
