//! All of a change set, or nothing of it.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use super::{
    asserts::*,
    sample::{Sample, Shop},
};
use crate::{
    change::{ChangeSet, NumberPattern, Settlement, Take, Unique, Verdict},
    kernel::{PageRequest, Versioned},
    model::{Actor, Customer, DomainEvent, Lease, Setting, Task},
    port::{Store, StoreError, store::TaskFilter},
};

/// One change set that touches everything a commit can touch.
struct Everything {
    shop: Shop,
    changes: ChangeSet,
}

impl Everything {
    fn new(sample: &Sample) -> Self {
        let shop = Shop::new(sample);
        let mut changes = shop.changes();
        let pattern: NumberPattern = "INV/{yyyy}/{seq:5}".parse().unwrap();
        changes.numbers.push(pattern.request(shop.invoice.id, sample.now().date_naive()));
        changes.takes.push(Take::one("coupon/hemat", Some(5)));
        let fact = DomainEvent::OrderPaid {};
        changes.record(&sample.mint(), &Actor::System, shop.order.id, fact);
        changes.task(sample.task("mail/welcome"));
        Self { shop, changes }
    }
}

async fn tasks(store: &dyn Store) -> Vec<Task> {
    store.tasks(&TaskFilter::default(), &PageRequest::default()).await.unwrap().items
}

/// Asserts that nothing of `everything` is there, and that it can be committed after all.
async fn assert_absent(store: &dyn Store, everything: Everything, tasks_before: usize) {
    let shop = &everything.shop;
    assert_eq!(store.customer(shop.customer.id).await.unwrap(), None);
    assert_eq!(store.setting(&shop.setting.key).await.unwrap(), None);
    assert_eq!(store.invoice(shop.invoice.id).await.unwrap(), None);
    assert_eq!(store.webhook_event(shop.webhook_event.id).await.unwrap(), None);
    assert_eq!(store.counter("coupon/hemat").await.unwrap(), 0);
    assert_eq!(store.events_after(0, 10).await.unwrap().rows, []);
    assert_eq!(tasks(store).await.len(), tasks_before);
    let receipt = put(store, everything.changes).await;
    assert_eq!(receipt.numbers, [(everything.shop.invoice.id, "INV/2026/00001".to_owned())]);
}

pub async fn an_empty_change_set_changes_nothing(store: &dyn Store) {
    let receipt = put(store, ChangeSet::default()).await;
    assert_eq!(receipt.numbers, []);
    assert_eq!(store.events_after(0, 10).await.unwrap().rows, []);
    assert_eq!(tasks(store).await, []);
}

pub async fn everything_in_a_change_set_becomes_true_together(store: &dyn Store) {
    let Everything { shop, changes } = Everything::new(&Sample::new(1));
    put(store, changes).await;
    assert_eq!(store.customer(shop.customer.id).await.unwrap().unwrap().value, shop.customer);
    assert_eq!(store.refund(shop.refund.id).await.unwrap().unwrap().value, shop.refund);
    assert_eq!(store.counter("coupon/hemat").await.unwrap(), 1);
    assert_eq!(store.events_after(0, 10).await.unwrap().rows.len(), 1);
    assert_eq!(tasks(store).await.len(), 1);
    let invoice = store.invoice(shop.invoice.id).await.unwrap().unwrap();
    assert_eq!(invoice.number.as_deref(), Some("INV/2026/00001"));
}

pub async fn a_conflict_leaves_nothing_behind(store: &dyn Store) {
    let sample = Sample::new(1);
    let setting = sample.setting();
    put(store, new!(settings: setting)).await;
    let everything = Everything::new(&sample);
    let mut changes = everything.changes.clone();
    changes.settings.change(Versioned::new(setting, 7));
    conflict(store, changes).await;
    assert_absent(store, everything, 0).await;
}

pub async fn a_broken_guard_leaves_nothing_behind(store: &dyn Store) {
    let sample = Sample::new(1);
    let setting = sample.setting();
    put(store, new!(settings: setting)).await;
    let everything = Everything::new(&sample);
    let mut changes = everything.changes.clone();
    changes.guard(&Versioned::new(setting, 7));
    conflict(store, changes).await;
    assert_absent(store, everything, 0).await;
}

pub async fn a_duplicate_leaves_nothing_behind(store: &dyn Store) {
    let sample = Sample::new(1);
    let setting = sample.setting();
    put(store, new!(settings: setting)).await;
    let everything = Everything::new(&sample);
    let mut changes = everything.changes.clone();
    changes.settings.add(Setting { id: sample.mint().id(), ..setting });
    duplicate(store, changes, Unique::SettingKey).await;
    assert_absent(store, everything, 0).await;
}

pub async fn a_duplicate_webhook_leaves_nothing_behind(store: &dyn Store) {
    // The last table that is written: by then everything else went through.
    let sample = Sample::new(1);
    let first = sample.webhook_event();
    put(store, new!(webhook_events: first)).await;
    let everything = Everything::new(&sample);
    let mut changes = everything.changes.clone();
    changes.webhook_events.add(crate::model::WebhookEvent { id: sample.mint().id(), ..first });
    duplicate(store, changes, Unique::WebhookEvent).await;
    assert_absent(store, everything, 0).await;
}

pub async fn a_message_and_its_task_are_stored_together_or_not_at_all(store: &dyn Store) {
    let sample = Sample::new(1);
    let taking_in = |message: &crate::model::WebhookEvent, key: &str| {
        let mut changes = new!(webhook_events: message);
        changes.task(sample.task(key));
        changes
    };
    let first = sample.webhook_event();
    put(store, taking_in(&first, "webhook/1")).await;
    assert!(store.webhook_event(first.id).await.unwrap().is_some());
    let queued = |store| claimed(store, claim("worker", sample.now()));
    assert_eq!(queued(store).await.len(), 1);
    let second = sample.webhook_event();
    duplicate(store, taking_in(&second, "webhook/1"), Unique::TaskKey).await;
    assert_eq!(store.webhook_event(second.id).await.unwrap(), None);
    let again = crate::model::WebhookEvent { id: sample.mint().id(), ..first };
    duplicate(store, taking_in(&again, "webhook/2"), Unique::WebhookEvent).await;
    assert_eq!(queued(store).await, []);
}

pub async fn a_taken_task_key_leaves_nothing_behind(store: &dyn Store) {
    let sample = Sample::new(1);
    enqueue(store, &[sample.task("ask/1")]).await;
    let everything = Everything::new(&sample);
    let mut changes = everything.changes.clone();
    changes.task(sample.task("ask/1"));
    duplicate(store, changes, Unique::TaskKey).await;
    assert_absent(store, everything, 1).await;
}

pub async fn a_reached_limit_leaves_nothing_behind(store: &dyn Store) {
    let sample = Sample::new(1);
    let everything = Everything::new(&sample);
    let mut changes = everything.changes.clone();
    changes.takes.push(Take::one("stock/1", Some(0)));
    limit_reached(store, changes).await;
    assert_eq!(store.counter("stock/1").await.unwrap(), 0);
    assert_absent(store, everything, 0).await;
}

pub async fn a_lost_lease_leaves_nothing_behind(store: &dyn Store) {
    let sample = Sample::new(1);
    let everything = Everything::new(&sample);
    let mut changes = everything.changes.clone();
    let lease =
        Lease { task_id: sample.mint().id(), token: "lost".to_owned(), until: sample.now() };
    changes.settlements.push(Settlement { lease, verdict: Verdict::Succeeded });
    conflict(store, changes).await;
    assert_absent(store, everything, 0).await;
}

pub async fn a_missing_parent_leaves_nothing_behind(store: &dyn Store) {
    let sample = Sample::new(1);
    let everything = Everything::new(&sample);
    let mut changes = everything.changes.clone();
    changes.plans.add(sample.plan(&sample.product()));
    refusal(store, changes).await;
    assert_absent(store, everything, 0).await;
}

pub async fn merged_change_sets_commit_as_one(store: &dyn Store) {
    let sample = Sample::new(1);
    let (one, two) = (Everything::new(&sample), sample.setting());
    let mut both = new!(settings: two);
    both.and(one.changes);
    put(store, both).await;
    assert!(store.setting(&two.key).await.unwrap().is_some());
    assert!(store.setting(&one.shop.setting.key).await.unwrap().is_some());
    assert_eq!(store.counter("coupon/hemat").await.unwrap(), 1);
}

pub async fn a_row_cannot_refer_to_a_missing_row(store: &dyn Store) {
    let sample = Sample::new(1);
    let shop = Shop::new(&sample);
    let orphans = vec![
        new!(users: shop.user),
        new!(sessions: shop.session),
        new!(api_keys: shop.api_key),
        new!(one_time_tokens: shop.one_time_token),
        new!(plans: shop.plan),
        new!(plan_prices: shop.plan_price),
        new!(invoices: shop.invoice),
        new!(orders: shop.order),
        new!(coupon_uses: shop.coupon_use),
        new!(subscriptions: shop.subscription),
        new!(invoice_items: shop.invoice_item),
        new!(subscription_cycles: shop.cycle),
        new!(payments: shop.payment),
        new!(refunds: shop.refund),
        new!(panel_accounts: shop.panel_account),
    ];
    for orphan in orphans {
        let error = refusal(store, orphan).await;
        assert!(matches!(error, StoreError::Refused(_)), "refused was expected, not: {error}");
    }
}

pub async fn a_thousand_rows_commit_at_once(store: &dyn Store) {
    let sample = Sample::new(1);
    let rows: Vec<_> = (0..1_000).map(|_| sample.customer()).collect();
    let mut changes = ChangeSet::default();
    changes.customers.new = rows.clone();
    put(store, changes).await;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut found = store.customers_by_id(&ids).await.unwrap().rows;
    found.sort_by_key(|row| row.id);
    let mut changes = ChangeSet::default();
    for (row, stored) in rows.iter().zip(&found) {
        assert_eq!(stored.value, *row);
        let renamed = Customer { name: "Budi".to_owned(), ..row.clone() };
        changes.customers.change(stored.with(renamed));
    }
    put(store, changes).await;
    let found = store.customers_by_id(&ids).await.unwrap().rows;
    assert_eq!(found.len(), 1_000);
    assert!(found.iter().all(|row| row.version == 2 && row.name == "Budi"));
}

pub async fn the_store_answers_when_asked_for_a_sign_of_life(store: &dyn Store) {
    store.ping().await.unwrap();
}
