//! Money that leaves again: given back by order, by hand, at the provider, or taken by the bank.

use std::sync::Arc;

use chrono::TimeDelta;
use hosting_core::{
    decide::billing::{PaidPart, RefundRefusal, RefundWish},
    kernel::{Currency, Money, PageRequest},
    model::{
        Actor, AfterRefund, ChargeStatus, InvoiceId, InvoiceStatus, OrderId, OrderStatus, Payment,
        PaymentStatus, Permission, Refund, RefundId, RefundStatus, RefundWay, SubscriptionStatus,
        Task, TaskAction, TaskStatus,
    },
    port::{PaymentGateway as _, store::TaskFilter},
    service::{ServiceError, orders, payments, refunds, tasks},
    testing::{Fate, MemoryStore, RefundMood, SimGateway, TestShop},
};

use super::stage::{facts, mails, shop};

const STAFF: Actor = Actor::System;
/// A month and its setting up, with tax.
const WHOLE: i64 = 166_500;

fn rupiah(minor: i64) -> Money {
    Money::from_minor(minor, Currency::IDR)
}

/// An order, its invoice, and an open offer to pay it.
struct Bought {
    order: OrderId,
    invoice: InvoiceId,
    payment: Payment,
}

async fn ordered(shop: &TestShop, method: &str) -> Bought {
    let cart = shop.cart("nusakopi.com", None).await;
    let (order, invoice) = shop.order(cart).await;
    let started = payments::start(&shop.ports, &Actor::Guest, invoice, SimGateway::NAME, method);
    let id = started.await.unwrap();
    shop.drain().await;
    Bought { order, invoice, payment: shop.store.payment(id).await.unwrap().unwrap().value }
}

async fn paid(shop: &TestShop, method: &str) -> Bought {
    let bought = ordered(shop, method).await;
    assert!(shop.gateway.pay(&bought.payment.reference));
    shop.settle_down(TimeDelta::hours(1)).await;
    bought
}

impl Bought {
    async fn states(&self, shop: &TestShop) -> (InvoiceStatus, OrderStatus, SubscriptionStatus) {
        let invoice = shop.store.invoice(self.invoice).await.unwrap().unwrap();
        let order = shop.store.order(self.order).await.unwrap().unwrap();
        (invoice.status, order.status, shop.subscriptions().await[0].status)
    }

    async fn payment(&self, shop: &TestShop) -> Payment {
        shop.store.payment(self.payment.id).await.unwrap().unwrap().value
    }

    async fn refunds(&self, shop: &TestShop) -> Vec<Refund> {
        let all = shop.store.refunds_of(self.payment.id).await.unwrap();
        all.into_iter().map(|it| it.value).collect()
    }

    async fn give_back(
        &self,
        shop: &TestShop,
        minor: i64,
        services: AfterRefund,
    ) -> Result<RefundId, ServiceError<RefundRefusal>> {
        let wish = RefundWish { amount: rupiah(minor), reason: "moving away", services };
        refunds::start(&shop.ports, &STAFF, self.payment.id, &wish).await
    }
}

async fn dead(shop: &TestShop) -> Vec<Task> {
    let filter = TaskFilter {
        status: Some(TaskStatus::Failed),
        action: Some(TaskAction::Refund),
        ..TaskFilter::default()
    };
    shop.store.tasks(&filter, &PageRequest::first(200)).await.unwrap().items
}

/// Everything is given back: the invoice and the order say so, and the service ends with the account
/// kept for the retention time.
#[tokio::test]
async fn a_full_refund_ends_the_service_and_says_so_everywhere() {
    let shop = shop().await;
    let bought = paid(&shop, SimGateway::WALLET).await;
    bought.give_back(&shop, WHOLE, AfterRefund::End).await.unwrap();
    shop.settle_down(TimeDelta::minutes(5)).await;
    assert_eq!(
        bought.states(&shop).await,
        (InvoiceStatus::Refunded, OrderStatus::Refunded, SubscriptionStatus::Cancelled)
    );
    assert_eq!(shop.gateway.given_back(&bought.payment.reference), (1, WHOLE));
    assert!(!shop.panel.accounts()[0].1, "it is switched off and kept");
    shop.check_books().await;
    shop.live(60).await;
    assert_eq!(shop.invoices().await.len(), 1, "it does not renew");
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Terminated);
    assert_eq!(facts(&shop, "InvoiceRefunded").await, 1);
    assert_eq!(mails(&shop, "refunded_at_provider"), 0, "our own refund is no news");
    shop.check_books().await;
}

/// Staff may give everything back and keep the service: it renews as usual.
#[tokio::test]
async fn a_full_refund_that_keeps_the_service_bills_the_next_period() {
    let shop = shop().await;
    let bought = paid(&shop, SimGateway::WALLET).await;
    bought.give_back(&shop, WHOLE, AfterRefund::Keep).await.unwrap();
    shop.live(25).await;
    assert_eq!(
        bought.states(&shop).await,
        (InvoiceStatus::Refunded, OrderStatus::Refunded, SubscriptionStatus::Active)
    );
    assert!(shop.open_invoice().await.is_some(), "the next month is billed");
    shop.check_books().await;
}

/// A part is a favour: the invoice stays paid. Two parts that make the whole are the whole.
#[tokio::test]
async fn parts_that_make_the_whole_refund_the_invoice() {
    let shop = shop().await;
    let bought = paid(&shop, SimGateway::WALLET).await;
    bought.give_back(&shop, 66_500, AfterRefund::End).await.unwrap();
    shop.settle_down(TimeDelta::minutes(5)).await;
    assert_eq!(
        bought.states(&shop).await,
        (InvoiceStatus::Paid, OrderStatus::Paid, SubscriptionStatus::Active)
    );
    assert_eq!(bought.payment(&shop).await.given_back.minor(), 66_500);
    let more = bought.give_back(&shop, 100_001, AfterRefund::End).await;
    assert!(matches!(more, Err(ServiceError::Refused(RefundRefusal::MoreThanLeft(_)))));
    bought.give_back(&shop, 100_000, AfterRefund::End).await.unwrap();
    shop.settle_down(TimeDelta::minutes(5)).await;
    assert_eq!(bought.states(&shop).await.0, InvoiceStatus::Refunded);
    shop.check_books().await;
}

/// A partly paid order can be cancelled once its money is on its way back.
#[tokio::test]
async fn giving_a_part_payment_back_makes_the_order_cancellable() {
    let shop = shop().await;
    let bought = ordered(&shop, SimGateway::WALLET).await;
    shop.gateway.pay_amount(&bought.payment.reference, rupiah(50_000));
    shop.settle_down(TimeDelta::hours(1)).await;
    assert_eq!(bought.states(&shop).await.0, InvoiceStatus::Partial);
    assert!(
        orders::cancel(&shop.ports, &STAFF, bought.order, PaidPart::Undecided, "no").await.is_err()
    );
    bought.give_back(&shop, 50_000, AfterRefund::End).await.unwrap();
    shop.check_books().await;
    orders::cancel(&shop.ports, &STAFF, bought.order, PaidPart::Undecided, "given up")
        .await
        .unwrap();
    shop.settle_down(TimeDelta::minutes(5)).await;
    assert_eq!(
        bought.states(&shop).await,
        (InvoiceStatus::Void, OrderStatus::Cancelled, SubscriptionStatus::Cancelled)
    );
    assert_eq!(bought.payment(&shop).await.unapplied().minor(), 0);
    shop.check_books().await;
}

/// Money of a virtual account has no way back: staff are told, transfer it, and close the refund.
#[tokio::test]
async fn what_the_gateway_cannot_give_back_is_paid_out_by_hand() {
    let shop = shop().await;
    let bought = paid(&shop, SimGateway::ACCOUNT).await;
    let id = bought.give_back(&shop, WHOLE, AfterRefund::End).await.unwrap();
    let early = refunds::paid_out(&shop.ports, &STAFF, id, "TRX-1").await;
    assert!(matches!(early, Err(ServiceError::Refused(RefundRefusal::AtWork))), "{early:?}");
    shop.settle_down(TimeDelta::minutes(5)).await;
    assert_eq!(bought.refunds(&shop).await[0].status, RefundStatus::Failed);
    assert_eq!(mails(&shop, "refund_failed"), 1);
    assert_eq!(bought.states(&shop).await.0, InvoiceStatus::Paid, "the money has not left yet");
    refunds::paid_out(&shop.ports, &STAFF, id, "TRX-1").await.unwrap();
    shop.settle_down(TimeDelta::minutes(5)).await;
    let closed = bought.refunds(&shop).await.remove(0);
    assert_eq!((closed.status, closed.way), (RefundStatus::Succeeded, RefundWay::ByHand));
    assert_eq!(closed.provider_ref.as_deref(), Some("TRX-1"));
    assert_eq!(
        bought.states(&shop).await,
        (InvoiceStatus::Refunded, OrderStatus::Refunded, SubscriptionStatus::Cancelled)
    );
    let twice = refunds::paid_out(&shop.ports, &STAFF, id, "TRX-2").await;
    assert!(matches!(twice, Err(ServiceError::Refused(RefundRefusal::Done))));
    shop.check_books().await;
}

/// A refund whose outcome stays open is given up after its attempts, as a dead letter, and staff know.
#[tokio::test]
async fn a_refund_that_hears_nothing_ends_as_a_dead_letter_that_staff_are_told_of() {
    let shop = shop().await;
    let bought = paid(&shop, SimGateway::WALLET).await;
    shop.gateway.set_refund_mood(RefundMood::Silent);
    let id = bought.give_back(&shop, WHOLE, AfterRefund::End).await.unwrap();
    shop.settle_down(TimeDelta::days(14)).await;
    assert_eq!(dead(&shop).await.len(), 1, "it is not tried for ever");
    assert_eq!(bought.refunds(&shop).await[0].status, RefundStatus::Unknown);
    assert_eq!(mails(&shop, "refund_stuck"), 1);
    // The provider is well again, and staff have the dead letter tried again.
    shop.gateway.set_refund_mood(RefundMood::Willing);
    tasks::retry(&shop.ports, &STAFF, Permission::ALL, dead(&shop).await[0].id).await.unwrap();
    shop.drain().await;
    let refund = shop.store.refund(id).await.unwrap().unwrap();
    assert_eq!(refund.status, RefundStatus::Succeeded);
    assert_eq!(shop.gateway.given_back(&bought.payment.reference), (1, WHOLE));
    shop.check_books().await;
}

/// Both ways to try a refused refund again do try it again, under the same key.
#[tokio::test]
async fn a_refund_that_was_refused_can_be_tried_again() {
    for by_task in [true, false] {
        let shop = shop().await;
        let bought = paid(&shop, SimGateway::WALLET).await;
        shop.gateway.set_refund_mood(RefundMood::Refusing);
        let id = bought.give_back(&shop, WHOLE, AfterRefund::End).await.unwrap();
        shop.drain().await;
        assert_eq!(bought.refunds(&shop).await[0].status, RefundStatus::Failed);
        shop.gateway.set_refund_mood(RefundMood::Willing);
        if by_task {
            tasks::retry(&shop.ports, &STAFF, Permission::ALL, dead(&shop).await[0].id)
                .await
                .unwrap();
        } else {
            refunds::retry(&shop.ports, &STAFF, id).await.unwrap();
        }
        shop.settle_down(TimeDelta::minutes(5)).await;
        let all = bought.refunds(&shop).await;
        assert_eq!((all.len(), all[0].status), (1, RefundStatus::Succeeded), "{by_task}");
        assert_eq!(shop.gateway.given_back(&bought.payment.reference), (1, WHOLE));
        assert_eq!(bought.states(&shop).await.0, InvoiceStatus::Refunded);
        shop.check_books().await;
    }
}

/// What was given back otherwise meanwhile is not given back again by trying an old refund again.
#[tokio::test]
async fn a_refused_refund_is_not_tried_again_when_its_money_is_gone() {
    let shop = shop().await;
    let bought = paid(&shop, SimGateway::WALLET).await;
    shop.gateway.set_refund_mood(RefundMood::Refusing);
    bought.give_back(&shop, WHOLE, AfterRefund::End).await.unwrap();
    shop.drain().await;
    let old = dead(&shop).await[0].id;
    let part = bought.give_back(&shop, 100_000, AfterRefund::Keep).await.unwrap();
    shop.drain().await;
    refunds::paid_out(&shop.ports, &STAFF, part, "TRX-1").await.unwrap();
    shop.drain().await;
    // The provider knows nothing of the transfer and would give the whole back.
    shop.gateway.set_refund_mood(RefundMood::Willing);
    tasks::retry(&shop.ports, &STAFF, Permission::ALL, old).await.unwrap();
    shop.drain().await;
    assert_eq!(shop.gateway.given_back(&bought.payment.reference), (0, 0));
    assert!(dead(&shop).await.iter().any(|it| it.id == old), "it is a dead letter again");
    shop.check_books().await;
}

/// A provider that takes the order and pays out days later is looked at, not asked again.
#[tokio::test]
async fn a_slow_refund_is_done_when_the_provider_paid_it_out() {
    let shop = shop().await;
    let bought = paid(&shop, SimGateway::WALLET).await;
    shop.gateway.set_refund_mood(RefundMood::Slow);
    bought.give_back(&shop, WHOLE, AfterRefund::End).await.unwrap();
    shop.settle_down(TimeDelta::hours(2)).await;
    assert_eq!(bought.refunds(&shop).await[0].status, RefundStatus::Unknown);
    assert_eq!(bought.states(&shop).await.0, InvoiceStatus::Paid);
    shop.gateway.set_refund_mood(RefundMood::Willing);
    shop.settle_down(TimeDelta::hours(12)).await;
    assert_eq!(bought.states(&shop).await.0, InvoiceStatus::Refunded);
    assert_eq!(shop.gateway.given_back(&bought.payment.reference), (1, WHOLE));
    shop.check_books().await;
}

/// D3: a refund in the provider's own pages is written down, once, and staff are told.
#[tokio::test]
async fn a_refund_made_at_the_provider_is_written_down_once() {
    let shop = shop().await;
    let bought = paid(&shop, SimGateway::WALLET).await;
    let look = async |expected: usize| {
        let charge = shop.gateway.find(&bought.payment.reference).await.unwrap().unwrap();
        let ending = payments::Ending::default();
        payments::take_in(&shop.ports, &STAFF, bought.payment.id, &charge, &ending).await.unwrap();
        shop.drain().await;
        assert_eq!(bought.refunds(&shop).await.len(), expected);
    };
    shop.gateway.give_back(&bought.payment.reference, rupiah(66_500));
    for _ in 0..2 {
        look(1).await;
    }
    let found = bought.refunds(&shop).await.remove(0);
    assert_eq!((found.way, found.amount.minor()), (RefundWay::AtProvider, 66_500));
    assert_eq!(bought.states(&shop).await.0, InvoiceStatus::Paid, "a part is a favour");
    shop.gateway.give_back(&bought.payment.reference, rupiah(100_000));
    for _ in 0..2 {
        look(2).await;
    }
    assert_eq!(mails(&shop, "refunded_at_provider"), 2);
    // Nobody chose to end it, so it stays on; the bill says what happened.
    assert_eq!(
        bought.states(&shop).await,
        (InvoiceStatus::Refunded, OrderStatus::Refunded, SubscriptionStatus::Active)
    );
    shop.check_books().await;
}

/// A chargeback changes no invoice; it is written down and told of once, and cannot be refunded too.
#[tokio::test]
async fn a_chargeback_is_written_down_once_and_leaves_nothing_to_give_back() {
    let shop = shop().await;
    let bought = paid(&shop, SimGateway::WALLET).await;
    shop.gateway.set_status(&bought.payment.reference, ChargeStatus::ChargedBack);
    for _ in 0..3 {
        let charge = shop.gateway.find(&bought.payment.reference).await.unwrap().unwrap();
        let ending = payments::Ending::default();
        payments::take_in(&shop.ports, &STAFF, bought.payment.id, &charge, &ending).await.unwrap();
        shop.drain().await;
    }
    assert_eq!(mails(&shop, "payment_charged_back"), 1);
    let all = bought.refunds(&shop).await;
    assert_eq!((all.len(), all[0].way), (1, RefundWay::ChargedBack));
    assert_eq!(bought.states(&shop).await.0, InvoiceStatus::Paid, "staff decide");
    assert!(bought.give_back(&shop, 1, AfterRefund::End).await.is_err());
    shop.check_books().await;
}

/// The bank takes a part back first and then the rest: each is news once, with its own amount.
#[tokio::test]
async fn a_chargeback_in_parts_is_written_down_part_by_part() {
    let shop = shop().await;
    let bought = paid(&shop, SimGateway::WALLET).await;
    let reference = &bought.payment.reference;
    let learn = async || {
        for _ in 0..2 {
            let charge = shop.gateway.find(reference).await.unwrap().unwrap();
            let ending = payments::Ending::default();
            payments::take_in(&shop.ports, &STAFF, bought.payment.id, &charge, &ending)
                .await
                .unwrap();
            shop.drain().await;
        }
    };
    shop.gateway.set_status(reference, ChargeStatus::PartiallyChargedBack);
    shop.gateway.give_back(reference, rupiah(50_000));
    shop.gateway.set_status(reference, ChargeStatus::PartiallyChargedBack);
    learn().await;
    shop.gateway.set_status(reference, ChargeStatus::ChargedBack);
    shop.gateway.give_back(reference, rupiah(WHOLE - 50_000));
    shop.gateway.set_status(reference, ChargeStatus::ChargedBack);
    learn().await;
    let mut amounts: Vec<_> = bought.refunds(&shop).await.iter().map(|it| it.amount).collect();
    amounts.sort_unstable_by_key(|it| it.minor());
    assert_eq!(amounts, [rupiah(50_000), rupiah(WHOLE - 50_000)]);
    assert_eq!(mails(&shop, "payment_charged_back"), 2);
    shop.check_books().await;
}

/// Money that came and went before we first looked pays for nothing; of a part, what was kept counts.
#[tokio::test]
async fn money_that_left_before_we_looked_is_not_credited() {
    use ChargeStatus as S;
    for (status, left, kept) in [
        (S::Refunded, None, 0),
        (S::ChargedBack, None, 0),
        (S::PartiallyRefunded, Some(66_500), 100_000),
        (S::PartiallyRefunded, None, 0),
    ] {
        let shop = shop().await;
        let bought = ordered(&shop, SimGateway::WALLET).await;
        shop.gateway.pay(&bought.payment.reference);
        shop.gateway.set_status(&bought.payment.reference, status);
        if let Some(minor) = left {
            shop.gateway.give_back(&bought.payment.reference, rupiah(minor));
        }
        shop.settle_down(TimeDelta::hours(1)).await;
        let payment = bought.payment(&shop).await;
        assert_eq!(payment.status, PaymentStatus::Succeeded, "{status}");
        assert_eq!((payment.received.minor(), payment.applied.minor()), (WHOLE, kept), "{status}");
        let (invoice, order, service) = bought.states(&shop).await;
        let expected = if kept == 0 { InvoiceStatus::Unpaid } else { InvoiceStatus::Partial };
        assert_eq!(invoice, expected, "{status}");
        assert_eq!((order, service), (OrderStatus::Pending, SubscriptionStatus::Pending));
        assert!(shop.panel.created().is_empty(), "{status}: nothing is begun");
        let told = ["refunded_at_provider", "payment_charged_back", "payment_unapplied"];
        let told: usize = told.into_iter().map(|kind| mails(&shop, kind)).sum();
        assert_eq!(told, 1, "{status} {left:?}: staff are told");
        shop.check_books().await;
    }
}

/// Gives everything back under a fate, and answers how many points were passed before and after.
async fn a_whole_refund(fate: Fate) -> (u64, u64) {
    let shop = TestShop::open(Arc::new(MemoryStore::default()), fate).await;
    let bought = paid(&shop, SimGateway::WALLET).await;
    let before = shop.fate.passed();
    shop.insist(async || match bought.give_back(&shop, WHOLE, AfterRefund::End).await {
        // The answer was lost with the process, and the refund is there.
        Err(ServiceError::Refused(RefundRefusal::MoreThanLeft(_))) => Ok(()),
        other => other.map(drop),
    })
    .await;
    shop.settle_down(TimeDelta::hours(1)).await;
    let after = shop.fate.passed();
    assert_eq!(shop.gateway.given_back(&bought.payment.reference), (1, WHOLE));
    assert_eq!(
        bought.states(&shop).await,
        (InvoiceStatus::Refunded, OrderStatus::Refunded, SubscriptionStatus::Cancelled)
    );
    shop.check_books().await;
    (before, after)
}

/// D8: dying at any point of a refund gives the money back once and ends everything.
#[tokio::test]
async fn dying_at_any_point_of_a_refund_gives_back_once() {
    let (before, after) = a_whole_refund(Fate::kind()).await;
    assert!(after > before + 10, "only {} points", after - before);
    for point in before + 1..=after {
        a_whole_refund(Fate::dies_at(point)).await;
    }
}
