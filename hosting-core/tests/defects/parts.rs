//! D3: part of the money came. It is never lost, and never keeps anything open for ever.

use chrono::TimeDelta;
use hosting_core::{
    decide::{billing::PaidPart, ordering::OrderRefusal, subscription::When},
    kernel::{Currency, Money},
    model::{Actor, InvoiceId, InvoiceStatus, OrderId, OrderStatus, PaymentId, SubscriptionStatus},
    service::{
        ServiceError,
        invoices::{self, VoidRefusal},
        orders, subscriptions,
    },
    testing::TestShop,
};

use super::stage::{buy, facts, mails, shop};

async fn pay_part(shop: &TestShop, invoice: InvoiceId, minor: i64) -> PaymentId {
    let payment = shop.ask_to_pay(invoice).await;
    shop.gateway.pay_amount(&payment.reference, Money::from_minor(minor, Currency::IDR));
    shop.settle_down(TimeDelta::hours(2)).await;
    payment.id
}

async fn part_of_an_order(shop: &TestShop) -> (OrderId, InvoiceId, PaymentId) {
    let cart = shop.cart("nusakopi.com", None).await;
    let (order, invoice) = shop.order(cart).await;
    let payment = pay_part(shop, invoice, 100_000).await;
    (order, invoice, payment)
}

async fn cancel(
    shop: &TestShop,
    order: OrderId,
    part: PaidPart,
) -> Result<(), ServiceError<OrderRefusal>> {
    orders::cancel(&shop.ports, &Actor::System, order, part, "given up").await
}

/// What the invoice holds as paid, and what the payment has received and applied.
async fn held(shop: &TestShop, invoice: InvoiceId, payment: PaymentId) -> (i64, i64, i64) {
    let invoice = shop.store.invoice(invoice).await.unwrap().unwrap();
    let payment = shop.store.payment(payment).await.unwrap().unwrap();
    (invoice.paid.minor(), payment.received.minor(), payment.applied.minor())
}

/// The run that gives up old orders leaves this one and tells staff once, not each hour.
#[tokio::test]
async fn an_order_left_with_a_part_paid_is_told_of_once() {
    let shop = shop().await;
    let (order, ..) = part_of_an_order(&shop).await;
    shop.live(20).await;
    assert_eq!(shop.store.order(order).await.unwrap().unwrap().status, OrderStatus::Pending);
    assert_eq!(mails(&shop, "order_partly_paid"), 1);
    assert_eq!(facts(&shop, "RunSkipped").await, 1);
    let refused = cancel(&shop, order, PaidPart::Undecided).await;
    assert!(matches!(refused, Err(ServiceError::Refused(OrderRefusal::PartlyPaid))));
}

/// Staff write the rest off: the order ends, and the money waits to be given back.
#[tokio::test]
async fn a_part_of_an_order_is_kept_for_giving_back_when_staff_cancel_it() {
    let shop = shop().await;
    let (order, invoice, payment) = part_of_an_order(&shop).await;
    assert_eq!(held(&shop, invoice, payment).await, (100_000, 100_000, 100_000));
    cancel(&shop, order, PaidPart::GiveBack).await.unwrap();
    shop.settle_down(TimeDelta::hours(1)).await;
    assert_eq!(held(&shop, invoice, payment).await, (0, 100_000, 0));
    let bill = shop.store.invoice(invoice).await.unwrap().unwrap();
    assert_eq!((bill.status, bill.next_dunning_at), (InvoiceStatus::Void, None));
    assert_eq!(shop.store.order(order).await.unwrap().unwrap().status, OrderStatus::Cancelled);
    assert_eq!(facts(&shop, "PaymentReleased").await, 1);
    assert_eq!(mails(&shop, "payment_unapplied"), 1);
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Cancelled);
    shop.check_books().await;
}

/// A renewal of which a part is paid ends with its service.
#[tokio::test]
async fn a_renewal_with_a_part_paid_ends_when_its_service_does() {
    let shop = shop().await;
    buy(&shop, "nusakopi.com").await;
    shop.live(24).await;
    let renewal = shop.open_invoice().await.unwrap().id;
    let payment = pay_part(&shop, renewal, 11_000).await;
    let id = shop.subscriptions().await[0].id;
    subscriptions::cancel(&shop.ports, &Actor::System, id, When::Now, "moving").await.unwrap();
    shop.settle_down(TimeDelta::hours(1)).await;
    assert_eq!(held(&shop, renewal, payment).await, (0, 11_000, 0));
    assert_eq!(shop.store.invoice(renewal).await.unwrap().unwrap().status, InvoiceStatus::Void);
    assert_eq!(mails(&shop, "payment_unapplied"), 1);
    shop.check_books().await;
}

/// Voiding one needs the same decision.
#[tokio::test]
async fn voiding_a_renewal_with_a_part_paid_needs_a_decision() {
    let shop = shop().await;
    buy(&shop, "nusakopi.com").await;
    shop.live(24).await;
    let renewal = shop.open_invoice().await.unwrap().id;
    let payment = pay_part(&shop, renewal, 11_000).await;
    let void = async |part| {
        invoices::void(&shop.ports, &Actor::System, renewal, part, "our mistake").await
    };
    let refused = void(PaidPart::Undecided).await;
    assert!(matches!(refused, Err(ServiceError::Refused(VoidRefusal::PartlyPaid))));
    void(PaidPart::GiveBack).await.unwrap();
    shop.drain().await;
    assert_eq!(held(&shop, renewal, payment).await, (0, 11_000, 0));
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Active);
    shop.check_books().await;
}

/// Law 7: money of theirs that waits keeps a service on until a human has looked, who is told once.
#[tokio::test]
async fn money_that_waits_keeps_a_service_on_and_is_told_of_once() {
    let shop = shop().await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    let payment = shop.ask_to_pay(invoice).await;
    shop.gateway.pay_amount(&payment.reference, Money::from_minor(200_000, Currency::IDR));
    shop.live(50).await;
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::PastDue);
    assert!(shop.panel.accounts()[0].1, "it is on");
    assert_eq!(facts(&shop, "EnforcementStopped").await, 1);
    assert_eq!(mails(&shop, "payment_unapplied"), 2, "when it came, and when it mattered");
}
