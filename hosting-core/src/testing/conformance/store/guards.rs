//! Rows that were only read, and must still be as they were.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use super::{
    asserts::*,
    sample::{Sample, Shop},
};
use crate::{
    change::ChangeSet,
    kernel::Versioned,
    model::{Customer, Noun, Setting},
    port::Store,
};

fn guarding<T: Noun>(read: &Versioned<T>) -> ChangeSet {
    let mut changes = ChangeSet::default();
    changes.guard(read);
    changes
}

async fn stored_customer(store: &dyn Store, sample: &Sample) -> Versioned<Customer> {
    let customer = sample.customer();
    put(store, new!(customers: customer)).await;
    store.customer(customer.id).await.unwrap().unwrap()
}

async fn has(store: &dyn Store, setting: &Setting) -> bool {
    store.setting(&setting.key).await.unwrap().is_some()
}

pub async fn a_met_guard_lets_the_commit_through(store: &dyn Store) {
    let sample = Sample::new(1);
    let customer = stored_customer(store, &sample).await;
    let setting = sample.setting();
    let mut changes = new!(settings: setting);
    changes.guard(&customer);
    put(store, changes).await;
    assert!(has(store, &setting).await);
}

pub async fn a_guard_on_a_row_that_changed_is_a_conflict(store: &dyn Store) {
    let sample = Sample::new(1);
    let customer = stored_customer(store, &sample).await;
    put(store, changed!(customers: customer)).await;
    let setting = sample.setting();
    let mut changes = new!(settings: setting);
    changes.guard(&customer);
    conflict(store, changes).await;
    assert!(!has(store, &setting).await);
}

pub async fn a_guard_on_a_row_that_is_not_there_is_a_conflict(store: &dyn Store) {
    let sample = Sample::new(1);
    conflict(store, guarding(&Versioned::new(sample.customer(), 1))).await;
}

pub async fn a_guard_does_not_change_the_row(store: &dyn Store) {
    let customer = stored_customer(store, &Sample::new(1)).await;
    put(store, guarding(&customer)).await;
    put(store, guarding(&customer)).await;
    assert_eq!(store.customer(customer.id).await.unwrap(), Some(customer));
}

pub async fn one_broken_guard_among_many_refuses_all(store: &dyn Store) {
    let sample = Sample::new(1);
    let setting = sample.setting();
    let mut changes = new!(settings: setting);
    for _ in 0..10 {
        changes.guard(&stored_customer(store, &sample).await);
    }
    changes.guards[4].version += 1;
    conflict(store, changes).await;
    assert!(!has(store, &setting).await);
}

pub async fn merged_decisions_may_guard_the_same_row(store: &dyn Store) {
    let sample = Sample::new(1);
    let customer = stored_customer(store, &sample).await;
    let setting = sample.setting();
    let mut changes = new!(settings: setting);
    changes.guard(&customer);
    changes.and(guarding(&customer));
    put(store, changes).await;
    assert!(has(store, &setting).await);
}

pub async fn a_guard_speaks_of_the_row_as_it_was_before_the_commit(store: &dyn Store) {
    // Merged decisions: one read the customer, the other changes it. Both saw the same version.
    let sample = Sample::new(1);
    let customer = stored_customer(store, &sample).await;
    let mut changes = changed!(customers: customer);
    changes.guard(&customer);
    put(store, changes).await;
    assert_eq!(store.customer(customer.id).await.unwrap().unwrap().version, 2);
}

/// Guards one row of each noun, rightly and wrongly.
macro_rules! each_noun {
    ($store:ident, $shop:ident: $($row:ident)+) => {$(
        put($store, guarding(&Versioned::new($shop.$row.clone(), 1))).await;
        conflict($store, guarding(&Versioned::new($shop.$row.clone(), 2))).await;
    )+};
}

pub async fn every_noun_can_be_guarded(store: &dyn Store) {
    let shop = Shop::new(&Sample::new(1));
    put(store, shop.changes()).await;
    each_noun! { store, shop:
        setting customer user session api_key one_time_token product plan plan_price coupon tax_rule
        server cart invoice order coupon_use subscription cycle payment refund panel_account
        webhook_event kept_answer
    }
}
