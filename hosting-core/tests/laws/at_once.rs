//! Law 7 and D1: a payment that begins while somebody decides. Both orders of the two commits.

use hosting_core::{
    change::ChangeSet,
    decide::{
        Books, Context,
        billing::{PaidPart, PayRefusal, Started, start_payment},
        ordering::{Unpaid, cancel_order},
        subscription::{
            Allowance, Bill, Evidence, OpenBill, ProvenUnpaid, When, cancel, dun, terminate_unpaid,
        },
    },
    kernel::Versioned,
    model::{
        Actor, ConfirmedBy, Customer, Cycle, Invoice, InvoiceId, Payment, Subscription,
        SubscriptionStatus,
    },
    port::StoreError,
    testing::{SimGateway, TestShop, money_trail},
};

use super::stage::{buy, edit, shop};

/// One debt as somebody read it.
struct Read {
    books: Books,
    invoice: Versioned<Invoice>,
    cycles: Vec<Versioned<Cycle>>,
    payments: Vec<Versioned<Payment>>,
    customer: Versioned<Customer>,
    subscriptions: Vec<Versioned<Subscription>>,
}

impl Read {
    async fn of(shop: &TestShop, id: InvoiceId) -> Self {
        let store = &shop.store;
        Self {
            books: shop.ports.books().await.unwrap(),
            invoice: store.invoice(id).await.unwrap().unwrap(),
            cycles: store.cycles_of_invoice(id).await.unwrap(),
            payments: store.payments_of(id).await.unwrap(),
            customer: store.customer(shop.customer_id).await.unwrap().unwrap(),
            subscriptions: store.subscriptions_of_invoice(id).await.unwrap(),
        }
    }

    fn pay(&self, shop: &TestShop) -> Result<ChangeSet, PayRefusal> {
        let method = shop.ports.gateways.get(SimGateway::NAME).unwrap().methods()[0].clone();
        let started = start_payment(
            &Context::new(shop.ports.mint(), &Actor::Guest),
            &self.books,
            &self.invoice,
            &self.payments,
            SimGateway::NAME,
            ConfirmedBy::Provider,
            &method,
        )?;
        match started {
            Started::New { changes, .. } => Ok(*changes),
            Started::Already(id) => panic!("{id} is open already"),
        }
    }

    fn allowance(&self, shop: &TestShop) -> Allowance {
        Allowance { day: self.books.day_of(shop.ports.now()), cap: 9, left: 9 }
    }

    fn suspend(&self, shop: &TestShop) -> ChangeSet {
        let bill = Bill {
            invoice: &self.invoice,
            subscriptions: &self.subscriptions,
            cycles: &self.cycles,
            trail: &money_trail(&self.invoice, self.payments.clone(), &[]),
            customer: &self.customer,
        };
        let context = Context::new(shop.ports.mint(), &Actor::System);
        let dunned = dun(&context, &self.books, &bill, &mut self.allowance(shop)).unwrap();
        assert_eq!(dunned.suspended, 1, "{:?}", dunned.not_proven);
        dunned.changes
    }

    fn remove(&self, shop: &TestShop) -> ChangeSet {
        let context = Context::new(shop.ports.mint(), &Actor::System);
        let evidence = Evidence {
            invoice: &self.invoice,
            cycles: &self.cycles,
            trail: &money_trail(&self.invoice, self.payments.clone(), &[]),
            customer: &self.customer,
            subscription: &self.subscriptions[0],
        };
        let proof =
            ProvenUnpaid::prove(&context, &self.books, &evidence, &mut self.allowance(shop));
        terminate_unpaid(&context, &self.subscriptions[0], proof.unwrap()).unwrap()
    }

    fn bill(&self) -> OpenBill {
        OpenBill {
            invoice: self.invoice.clone(),
            cycles: self.cycles.clone(),
            payments: self.payments.clone(),
        }
    }

    fn end(&self, shop: &TestShop) -> ChangeSet {
        let context = Context::new(shop.ports.mint(), &Actor::Guest);
        let (read, bills) = (&self.subscriptions[0], [self.bill()]);
        cancel(&context, &self.books, read, &self.customer, &bills, When::Now, "moving").unwrap()
    }
}

/// Commits one and then the other, which was decided from the same reading.
async fn second_conflicts(shop: &TestShop, first: ChangeSet, second: ChangeSet) {
    shop.store.commit(first).await.unwrap();
    let second = shop.store.commit(second).await;
    assert!(matches!(second, Err(StoreError::Conflict { .. })), "{second:?}");
}

/// A shop with a renewal past due and grace, in the hour in which it would be suspended for it.
async fn about_to_suspend() -> (TestShop, InvoiceId) {
    let shop = shop().await;
    buy(&shop, "nusakopi.com").await;
    let customer = shop.store.customer(shop.customer_id).await.unwrap().unwrap();
    edit!(shop, customers, &customer, |it| it.hold = Some("until we are ready".to_owned()));
    shop.live(45).await;
    let customer = shop.store.customer(shop.customer_id).await.unwrap().unwrap();
    edit!(shop, customers, &customer, |it| it.hold = None);
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::PastDue);
    let id = shop.open_invoice().await.unwrap().id;
    (shop, id)
}

#[tokio::test]
async fn a_payment_that_begins_undoes_a_suspension_and_the_other_way_round() {
    for paying_first in [true, false] {
        let (shop, id) = about_to_suspend().await;
        let read = Read::of(&shop, id).await;
        let (pay, suspend) = (read.pay(&shop).unwrap(), read.suspend(&shop));
        let (first, second) = if paying_first { (pay, suspend) } else { (suspend, pay) };
        second_conflicts(&shop, first, second).await;
    }
}

#[tokio::test]
async fn a_payment_that_begins_undoes_a_removal_and_the_other_way_round() {
    for paying_first in [true, false] {
        let shop = shop().await;
        buy(&shop, "nusakopi.com").await;
        shop.live(40).await;
        assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Suspended);
        let id = shop.open_invoice().await.unwrap().id;
        shop.clock.advance(chrono::TimeDelta::days(40));
        let read = Read::of(&shop, id).await;
        let (pay, remove) = (read.pay(&shop).unwrap(), read.remove(&shop));
        if paying_first {
            second_conflicts(&shop, pay, remove).await;
        } else {
            // Whoever pays for what has just been ordered to be removed gets the money back: the
            // payment is told apart from the removal, which changes the service and not the bill.
            shop.store.commit(remove).await.unwrap();
            shop.store.commit(pay).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_payment_that_begins_undoes_the_end_of_its_service_and_the_other_way_round() {
    for paying_first in [true, false] {
        let (shop, id) = about_to_suspend().await;
        let read = Read::of(&shop, id).await;
        let (pay, end) = (read.pay(&shop).unwrap(), read.end(&shop));
        let (first, second) = if paying_first { (pay, end) } else { (end, pay) };
        second_conflicts(&shop, first, second).await;
    }
}

#[tokio::test]
async fn a_payment_that_begins_is_seen_by_who_cancels_the_order() {
    for paying_first in [true, false] {
        let shop = shop().await;
        let cart = shop.cart("nusakopi.com", None).await;
        let (order, id) = shop.order(cart).await;
        let read = Read::of(&shop, id).await;
        let unpaid = Unpaid {
            order: shop.store.order(order).await.unwrap().unwrap(),
            bill: read.bill(),
            subscriptions: read.subscriptions.clone(),
            coupon_use: None,
            stock: Vec::new(),
        };
        let context = Context::new(shop.ports.mint(), &Actor::Guest);
        let cancel = cancel_order(&context, &unpaid, PaidPart::Undecided, "no").unwrap();
        let pay = read.pay(&shop).unwrap();
        let (first, second) = if paying_first { (pay, cancel) } else { (cancel, pay) };
        second_conflicts(&shop, first, second).await;
    }
}

/// A hold that is set while a suspension is decided undoes it.
#[tokio::test]
async fn a_hold_set_meanwhile_undoes_a_suspension() {
    let (shop, id) = about_to_suspend().await;
    let read = Read::of(&shop, id).await;
    let suspend = read.suspend(&shop);
    edit!(shop, customers, &read.customer, |it| it.hold = Some("talking".to_owned()));
    let late = shop.store.commit(suspend).await;
    assert!(matches!(late, Err(StoreError::Conflict { what: "customers" })), "{late:?}");
}

/// D1: of two clicks at once one makes an offer, and the other is shown it.
#[tokio::test]
async fn two_clicks_at_once_make_one_offer() {
    let shop = shop().await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, id) = shop.order(cart).await;
    let read = Read::of(&shop, id).await;
    second_conflicts(&shop, read.pay(&shop).unwrap(), read.pay(&shop).unwrap()).await;
    let shown = shop.ask_to_pay(id).await;
    let payments = shop.store.payments_of(id).await.unwrap();
    assert_eq!(payments.iter().map(|it| it.id).collect::<Vec<_>>(), [shown.id]);
}
