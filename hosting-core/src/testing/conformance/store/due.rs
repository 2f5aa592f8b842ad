//! What has come due, earliest first, batch by batch.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use chrono::TimeDelta;

use super::{
    asserts::*,
    queries::{hours, ids, stored_shop},
    sample::{Sample, Shop},
};
use crate::{change::ChangeSet, kernel::Versioned, model::*, port::Store};

pub async fn stale_orders_are_pending_and_old(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = Shop::new(&s);
    let mut changes = shop.changes();
    changes.orders.new[0].status = OrderStatus::Paid;
    let mut orders = Vec::new();
    for _ in 0..4 {
        let (cart, invoice, order, _) = shop.another_service(&s);
        changes.and(new!(carts: cart, invoices: invoice, orders: order));
        orders.push(order);
    }
    put(store, changes).await;
    let before = orders[3].created_at;
    let all = store.stale_orders(before, None, 10).await.unwrap().rows;
    assert_eq!(ids(&all), [orders[0].id, orders[1].id, orders[2].id]);
    let some = store.stale_orders(before, Some(orders[0].id), 1).await.unwrap().rows;
    assert_eq!(ids(&some), [orders[1].id]);
}

pub async fn services_to_make_are_in_use_and_without_an_account(store: &dyn Store) {
    use {ProvisioningStatus as P, SubscriptionStatus as S};
    let s = Sample::new(1);
    let shop = Shop::new(&s);
    let mut changes = shop.changes();
    changes.subscriptions.new[0].provisioning_status = P::Done;
    let mut expected = Vec::new();
    for status in S::ALL {
        for provisioning_status in P::ALL {
            let (cart, invoice, order, service) = shop.another_service(&s);
            let (status, provisioning_status) = (*status, *provisioning_status);
            let service = Subscription { status, provisioning_status, ..service };
            if matches!(status, S::Trialing | S::Active | S::PastDue)
                && matches!(provisioning_status, P::Pending | P::InProgress)
            {
                expected.push(service.id);
            }
            changes.and(new!(
                carts: cart, invoices: invoice, orders: order, subscriptions: service
            ));
        }
    }
    put(store, changes).await;
    assert_eq!(expected.len(), 6);
    let all = store.subscriptions_to_make(None, 100).await.unwrap();
    assert_eq!((ids(&all.rows), all.last), (expected.clone(), expected.last().copied()));
    let some = store.subscriptions_to_make(Some(expected[1]), 3).await.unwrap();
    assert_eq!(ids(&some.rows), expected[2..5]);
    let none = store.subscriptions_to_make(expected.last().copied(), 3).await.unwrap();
    assert_eq!((none.rows.len(), none.last), (0, None));
}

pub async fn payments_to_ask_about_have_come_due_earliest_first(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let [first, second, now] = hours(&s);
    let at = |next_ask_at| Payment { next_ask_at, ..s.payment(&shop.invoice) };
    let (c, a, b) = (at(Some(now)), at(Some(first)), at(Some(second)));
    let later = at(Some(now + TimeDelta::milliseconds(1)));
    put(store, new!(payments: c, payments: a, payments: b, payments: later)).await;
    assert_eq!(ids(&store.payments_to_ask(now, 10).await.unwrap().rows), [a.id, b.id, c.id]);
    assert_eq!(ids(&store.payments_to_ask(now, 2).await.unwrap().rows), [a.id, b.id]);
    let asked = Payment { next_ask_at: None, ..a.clone() };
    put(store, changed!(payments: Versioned::new(asked, 1))).await;
    assert_eq!(ids(&store.payments_to_ask(now, 10).await.unwrap().rows), [b.id, c.id]);
}

pub async fn invoices_to_dun_have_come_due_and_go_on_where_they_stopped(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let [first, second, now] = hours(&s);
    let at = |next_dunning_at| Invoice { next_dunning_at, ..s.invoice(&shop.customer) };
    let (c, a, b) = (at(Some(now)), at(Some(first)), at(Some(second)));
    let same_hour = at(Some(second));
    let later = at(Some(now + TimeDelta::milliseconds(1)));
    let mut changes = ChangeSet::default();
    for row in [&c, &a, &b, &same_hour, &later] {
        changes.invoices.add(row.clone());
    }
    put(store, changes).await;
    let all = store.invoices_to_dun(now, None, 10).await.unwrap().rows;
    assert_eq!(ids(&all), [a.id, b.id, same_hour.id, c.id]);
    assert_eq!(ids(&store.invoices_to_dun(now, None, 2).await.unwrap().rows), [a.id, b.id]);
    let rest = store.invoices_to_dun(now, Some((second, b.id)), 10).await.unwrap().rows;
    assert_eq!(ids(&rest), [same_hour.id, c.id]);
    let after_all = store.invoices_to_dun(now, Some((now, c.id)), 10).await.unwrap();
    assert_eq!((ids(&after_all.rows), after_all.last), (vec![], None));
}

/// Subscriptions of every status with `due` set to each instant; asks which come back.
macro_rules! due_subscriptions {
    ($rule:ident, $question:ident, $due:ident, $statuses:pat) => {
        pub async fn $rule(store: &dyn Store) {
            let s = Sample::new(1);
            let shop = stored_shop(store, &s).await;
            let [first, second, now] = hours(&s);
            let later = now + TimeDelta::milliseconds(1);
            let (mut rows, mut changes) = (Vec::new(), ChangeSet::default());
            for $due in [Some(second), Some(later), Some(first), None, Some(now)] {
                for status in SubscriptionStatus::ALL {
                    let base = s.subscription(&shop.order, &shop.plan, &shop.plan_price);
                    let row = Subscription { $due, status: *status, ..base };
                    changes.subscriptions.add(row.clone());
                    rows.push(row);
                }
            }
            put(store, changes).await;
            let is_due = |it: &Subscription| {
                matches!(it.status, $statuses) && it.$due.is_some_and(|at| at <= now)
            };
            rows.retain(is_due);
            rows.sort_by_key(|it| (it.$due, it.id));
            assert!(rows.len() >= 6, "the rule looks at something");
            let expected: Vec<_> = rows.iter().map(|it| it.id).collect();
            assert_eq!(ids(&store.$question(now, None, 100).await.unwrap().rows), expected);
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let batch = store.$question(now, after, 4).await.unwrap();
                let Some(last) = batch.last else { break };
                let row = batch.rows.last().expect("a row that can be read");
                assert_eq!(last, (row.$due.unwrap(), row.id));
                after = Some(last);
                seen.extend(ids(&batch.rows));
            }
            assert_eq!(seen, expected, "batch by batch, each once");
        }
    };
}

due_subscriptions!(
    subscriptions_to_renew_are_alive_and_due,
    subscriptions_to_renew,
    next_renewal_at,
    SubscriptionStatus::Trialing
        | SubscriptionStatus::Active
        | SubscriptionStatus::PastDue
        | SubscriptionStatus::Suspended
);
due_subscriptions!(
    subscriptions_to_cancel_are_not_ended_and_due,
    subscriptions_to_cancel,
    cancel_at,
    SubscriptionStatus::Pending
        | SubscriptionStatus::Trialing
        | SubscriptionStatus::Active
        | SubscriptionStatus::PastDue
        | SubscriptionStatus::Suspended
);
due_subscriptions!(
    subscriptions_to_terminate_are_off_and_due,
    subscriptions_to_terminate,
    terminate_at,
    SubscriptionStatus::Suspended | SubscriptionStatus::Cancelled
);

pub async fn a_subscription_that_moved_on_is_no_longer_due(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let now = s.now();
    let due = Subscription {
        next_renewal_at: Some(now),
        ..s.subscription(&shop.order, &shop.plan, &shop.plan_price)
    };
    put(store, new!(subscriptions: due)).await;
    assert_eq!(ids(&store.subscriptions_to_renew(now, None, 9).await.unwrap().rows), [due.id]);
    let moved = Subscription { next_renewal_at: Some(now + TimeDelta::days(30)), ..due.clone() };
    put(store, changed!(subscriptions: Versioned::new(moved, 1))).await;
    assert_eq!(ids(&store.subscriptions_to_renew(now, None, 9).await.unwrap().rows), []);
    let then = now + TimeDelta::days(30);
    assert_eq!(ids(&store.subscriptions_to_renew(then, None, 9).await.unwrap().rows), [due.id]);
}
