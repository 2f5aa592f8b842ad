//! Rows that cannot be read keep nobody from the others (`docs/ARCHITECTURE.md`, "Work outside").
//!
//! Beside the rules of the store, because they need a hand that spoils rows behind its back:
//! [`Spoil`]. Each rule takes an empty store.
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a rule fails, and rules read like sentences"
)]

use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use super::store::{Sample, Shop};
use crate::{
    change::{ChangeSet, Settlement, Verdict},
    kernel::{Entity, Id, Page, PageRequest, Versioned},
    model::{
        Actor, DomainEvent, Invoice, Noun, OrderStatus, Payment, Subject, Subscription, TaskStatus,
    },
    port::{
        Claim, Rows, Store, StoreError, Unreadable,
        store::{
            CustomerFilter, InvoiceFilter, OrderFilter, PaymentFilter, SubscriptionFilter,
            TaskFilter,
        },
    },
};

/// Whoever can spoil rows of a store.
#[async_trait]
pub trait Spoil: Send + Sync {
    /// Makes the row of `table` with that stored id unreadable, as one is that a newer version of
    /// the program wrote.
    async fn spoil(&self, table: &'static str, id: &str);
    /// Makes it readable again.
    async fn heal(&self, table: &'static str, id: &str);
}

async fn put(store: &dyn Store, changes: ChangeSet) {
    store.commit(changes).await.expect("the store takes a sound commit");
}

fn claim(token: &str, now: DateTime<Utc>, limit: u32) -> Claim {
    let lease = TimeDelta::minutes(1);
    Claim { token: token.to_owned(), now, lease, lane: None, only: None, limit }
}

/// A task that cannot be read is held and told apart; the others are handed out, and whoever gives
/// it up leaves a dead letter that says why.
pub async fn a_task_that_cannot_be_read_keeps_no_lane_from_its_work(
    store: &dyn Store,
    hand: &dyn Spoil,
) {
    let sample = Sample::new(1);
    let tasks: Vec<_> = (0..4).map(|at| sample.task(&format!("mail/{at}"))).collect();
    let [spoilt, second, third, fourth] = tasks.as_slice() else { panic!("four tasks") };
    put(store, ChangeSet { tasks: tasks.clone(), ..ChangeSet::default() }).await;
    hand.spoil("provision_tasks", &spoilt.id.stored()).await;
    let first = store.claim(claim("a", sample.now(), 2)).await.unwrap();
    let ids =
        |it: &[crate::port::LeasedTask]| it.iter().map(|it| it.lease.task_id).collect::<Vec<_>>();
    assert_eq!(ids(&first.tasks), [second.id]);
    let [unreadable] = first.unreadable.as_slice() else { panic!("one: {first:?}") };
    assert_eq!(unreadable.lease.task_id, spoilt.id);
    assert!(unreadable.why.contains("provision_tasks."), "names the column: {}", unreadable.why);
    let error = unreadable.why.clone();
    let settlements = vec![Settlement {
        lease: unreadable.lease.clone(),
        verdict: Verdict::Failed { error: error.clone() },
    }];
    put(store, ChangeSet { settlements, ..ChangeSet::default() }).await;
    let rest = store.claim(claim("b", sample.now(), 9)).await.unwrap();
    assert_eq!((ids(&rest.tasks), rest.unreadable), (vec![third.id, fourth.id], vec![]));
    let page = store.tasks(&TaskFilter::default(), &PageRequest::first(9)).await.unwrap();
    assert_eq!((page.items.len(), page.unreadable), (3, 1));
    hand.heal("provision_tasks", &spoilt.id.stored()).await;
    let dead = store.task(spoilt.id).await.unwrap().unwrap();
    assert_eq!((dead.status, dead.last_error), (TaskStatus::Failed, Some(error)));
}

/// Five rows, the first and the third of which cannot be read.
struct Five<T>(Vec<T>);

impl<T: Noun> Five<T> {
    async fn spoilt(rows: Vec<T>, hand: &dyn Spoil) -> Self {
        for at in [0, 2] {
            hand.spoil(T::TABLE, &rows.get(at).unwrap().id().stored()).await;
        }
        Self(rows)
    }

    fn ids(&self, at: &[usize]) -> Vec<Id<T::Kind>> {
        at.iter().map(|at| self.0.get(*at).unwrap().id()).collect()
    }

    /// Goes through what is due, two at a time, and meets every row once.
    async fn meet<P, F>(&self, due: &[DateTime<Utc>], mut next: impl FnMut(Option<P>) -> F)
    where
        T::Kind: Entity,
        P: Copy,
        F: Future<Output = Result<Rows<Versioned<T>, P>, StoreError>>,
    {
        let (mut after, mut rows, mut unreadable) = (None, Vec::new(), Vec::new());
        for _ in 0..4 {
            let page = next(after).await.unwrap();
            rows.extend(page.rows.iter().map(|it| it.value.id()));
            unreadable.extend(page.unreadable);
            let Some(last) = page.last else { break };
            after = Some(last);
        }
        assert_eq!(rows, self.ids(&[1, 3, 4]));
        let found: Vec<_> = unreadable.iter().map(|it| it.id.clone()).collect();
        let expected: Vec<_> = self.ids(&[0, 2]).iter().map(|it| it.stored()).collect();
        assert_eq!(found, expected);
        for (row, at) in unreadable.iter().zip([0, 2]) {
            assert_eq!(row.table, T::TABLE);
            assert_eq!(row.due_at, due.get(at).copied());
            assert_eq!(row.subject::<T::Kind>(), Subject::from(self.ids(&[at]).remove(0)));
            assert!(row.why.contains(T::TABLE), "{}", row.why);
        }
    }
}

fn hours(sample: &Sample) -> Vec<DateTime<Utc>> {
    (0..5).map(|at| sample.now() - TimeDelta::hours(9 - at)).collect()
}

async fn shop(store: &dyn Store, sample: &Sample) -> Shop {
    let shop = Shop::new(sample);
    put(store, shop.changes()).await;
    shop
}

/// What is due goes on behind a row that cannot be read.
pub async fn services_that_cannot_be_read_stop_no_run(store: &dyn Store, hand: &dyn Spoil) {
    let sample = Sample::new(1);
    let (shop, now) = (shop(store, &sample).await, sample.now());
    let due = hours(&sample);
    let base = || sample.subscription(&shop.order, &shop.plan, &shop.plan_price);
    let row = |at: &DateTime<Utc>| Subscription {
        next_renewal_at: Some(*at),
        cancel_at: Some(*at),
        ..base()
    };
    let rows: Vec<_> = due.iter().map(row).collect();
    let mut changes = ChangeSet::default();
    changes.subscriptions.new.clone_from(&rows);
    put(store, changes).await;
    let five = Five::spoilt(rows, hand).await;
    five.meet(&due, |after| store.subscriptions_to_renew(now, after, 2)).await;
    five.meet(&due, |after| store.subscriptions_to_cancel(now, after, 2)).await;
    let filter = SubscriptionFilter::default();
    let page = store.subscriptions(&filter, &PageRequest::first(9)).await.unwrap();
    assert_eq!((page.items.len(), page.unreadable), (4, 2));
}

/// The same of bills and attempts to pay, and of orders left unpaid.
pub async fn bills_that_cannot_be_read_stop_no_run(store: &dyn Store, hand: &dyn Spoil) {
    let sample = Sample::new(1);
    let (shop, now) = (shop(store, &sample).await, sample.now());
    let due = hours(&sample);
    let bill = |at: &DateTime<Utc>| Invoice {
        next_dunning_at: Some(*at),
        ..sample.invoice(&shop.customer)
    };
    let bills: Vec<_> = due.iter().map(bill).collect();
    let attempt =
        |at: &DateTime<Utc>| Payment { next_ask_at: Some(*at), ..sample.payment(&shop.invoice) };
    let attempts: Vec<_> = due.iter().map(attempt).collect();
    let mut changes = ChangeSet::default();
    changes.invoices.new.clone_from(&bills);
    changes.payments.new.clone_from(&attempts);
    put(store, changes).await;
    let bills = Five::spoilt(bills, hand).await;
    bills.meet(&due, |after| store.invoices_to_dun(now, after, 2)).await;
    Five::spoilt(attempts, hand).await;
    let asked = store.payments_to_ask(now, 9).await.unwrap();
    assert_eq!((asked.rows.len(), asked.unreadable.len()), (3, 2));
    let page = PageRequest::first(9);
    let listed = store.invoices(&InvoiceFilter::default(), &page).await.unwrap();
    assert_eq!((listed.items.len(), listed.unreadable), (4, 2));
    let listed = store.payments(&PaymentFilter::default(), &page).await.unwrap();
    assert_eq!((listed.items.len(), listed.unreadable), (4, 2));
    // A decision that needs all of them is refused instead of made from some.
    let all = store.payments_of(shop.invoice.id).await;
    assert!(matches!(all, Err(StoreError::Corrupt { .. })), "{all:?}");
}

/// The same of orders left unpaid.
pub async fn orders_that_cannot_be_read_stop_no_run(store: &dyn Store, hand: &dyn Spoil) {
    let sample = Sample::new(1);
    let shop = shop(store, &sample).await;
    let (mut changes, mut orders) = (ChangeSet::default(), Vec::new());
    for _ in 0..5 {
        let (cart, invoice, mut order, _) = shop.another_service(&sample);
        order.status = OrderStatus::Pending;
        changes.carts.add(cart);
        changes.invoices.add(invoice);
        changes.orders.add(order.clone());
        orders.push(order);
    }
    let due: Vec<_> = orders.iter().map(|it| it.created_at).collect();
    put(store, changes).await;
    let before = sample.now() + TimeDelta::days(1);
    let five = Five::spoilt(orders, hand).await;
    // The shop's own order is older than these.
    let first = Some(shop.order.id);
    five.meet(&due, |after| store.stale_orders(before, after.or(first), 2)).await;
    let page = store.orders(&OrderFilter::default(), &PageRequest::first(9)).await.unwrap();
    assert_eq!((page.items.len(), page.unreadable), (4, 2));
}

/// Of customers asked for by id the readable ones are answered and the others are named.
pub async fn a_customer_that_cannot_be_read_is_told_apart(store: &dyn Store, hand: &dyn Spoil) {
    let sample = Sample::new(1);
    let rows: Vec<_> = (0..5).map(|_| sample.customer()).collect();
    let mut changes = ChangeSet::default();
    changes.customers.new.clone_from(&rows);
    put(store, changes).await;
    let ids: Vec<_> = rows.iter().map(|it| it.id).collect();
    let five = Five::spoilt(rows, hand).await;
    let found = store.customers_by_id(&ids).await.unwrap();
    assert_eq!(found.rows.len(), 3);
    let mut unreadable: Vec<_> = found.unreadable.iter().map(|it| it.id.clone()).collect();
    unreadable.sort();
    let mut expected: Vec<_> = five.ids(&[0, 2]).iter().map(|it| it.stored()).collect();
    expected.sort();
    assert_eq!(unreadable, expected);
    let spoilt = five.ids(&[0]).remove(0);
    assert!(matches!(store.customer(spoilt).await, Err(StoreError::Corrupt { .. })));
    // A list goes on behind them, page after page.
    let (mut items, mut count, mut after) = (0, 0, None);
    loop {
        let request = PageRequest::after(after, 1);
        let page: Page<_> = store.customers(&CustomerFilter::default(), &request).await.unwrap();
        items += page.items.len();
        count += page.unreadable;
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!((items, count), (3, 2));
    hand.heal("customers", &spoilt.stored()).await;
    assert_eq!(store.customers_by_id(&ids).await.unwrap().rows.len(), 4);
}

/// The outbox tells which fact could not be read, and goes on.
pub async fn a_fact_that_cannot_be_read_is_told_apart(store: &dyn Store, hand: &dyn Spoil) {
    let sample = Sample::new(1);
    let mut changes = ChangeSet::default();
    let subject = Subject::from_stored("shop/1");
    for _ in 0..3 {
        let body = DomainEvent::OrderPaid {};
        changes.record(&sample.mint(), &Actor::System, subject.clone(), body);
    }
    let ids: Vec<_> = changes.events.iter().map(|it| it.id).collect();
    put(store, changes).await;
    let positions: Vec<_> =
        store.events_after(0, 9).await.unwrap().rows.iter().map(|it| it.0).collect();
    let [_, middle, last] = ids.as_slice() else { panic!("three facts") };
    hand.spoil("events", &middle.stored()).await;
    let found = store.events_after(0, 9).await.unwrap();
    assert_eq!(found.rows.len(), 2);
    assert_eq!(found.unreadable.first().map(|it| it.id.clone()), Some(middle.stored()));
    assert_eq!(found.last, positions.last().copied());
    hand.spoil("events", &last.stored()).await;
    assert_eq!(store.events_after(0, 9).await.unwrap().last, positions.last().copied());
    let page = store.events_of(&subject, &PageRequest::first(9)).await.unwrap();
    assert_eq!((page.items.len(), page.unreadable), (1, 2));
}

/// A server or product that cannot be read hides no other: accounts are made on the readable servers of
/// a group, and the readable products are sold.
pub async fn a_server_or_product_that_cannot_be_read_hides_no_other(
    store: &dyn Store,
    hand: &dyn Spoil,
) {
    let sample = Sample::new(1);
    let servers: Vec<_> = (0..3).map(|_| sample.server()).collect();
    let products: Vec<_> = (0..3).map(|_| sample.product()).collect();
    let mut changes = ChangeSet::default();
    changes.servers.new.clone_from(&servers);
    changes.products.new.clone_from(&products);
    put(store, changes).await;
    let [first, lost, end] = servers.as_slice() else { panic!("three servers") };
    hand.spoil("servers", &lost.id.stored()).await;
    let found = store.servers().await.unwrap();
    let readable: BTreeSet<_> = found.rows.iter().map(|it| it.id).collect();
    assert_eq!(readable, BTreeSet::from([first.id, end.id]));
    let lost_ids = |it: &[Unreadable]| it.iter().map(|it| it.id.clone()).collect::<Vec<_>>();
    assert_eq!(lost_ids(&found.unreadable), [lost.id.stored()]);
    let load = store.group_load("shared").await.unwrap();
    let readable: BTreeSet<_> = load.rows.iter().map(|(server, _)| server.id).collect();
    assert_eq!(readable, BTreeSet::from([first.id, end.id]));
    // One whose state is not understood may not belong to the group's open ones at all.
    let known = |it: &Unreadable| it.table == "servers" && it.id == lost.id.stored();
    assert!(load.unreadable.iter().all(known), "{:?}", load.unreadable);
    let [first, lost, end] = products.as_slice() else { panic!("three products") };
    hand.spoil("products", &lost.id.stored()).await;
    let found = store.products().await.unwrap();
    let readable: BTreeSet<_> = found.rows.iter().map(|it| it.id).collect();
    assert_eq!(readable, BTreeSet::from([first.id, end.id]));
    assert_eq!(lost_ids(&found.unreadable), [lost.id.stored()]);
}
