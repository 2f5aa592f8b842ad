//! Changed rows were read at a version, and must still be at it.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use super::{
    asserts::*,
    sample::{Sample, Shop},
};
use crate::{change::ChangeSet, kernel::Versioned, model::Setting, port::Store};

async fn read(store: &dyn Store, setting: &Setting) -> Versioned<Setting> {
    store.setting(&setting.key).await.unwrap().unwrap()
}

fn painted(setting: &Setting, colour: &str) -> Setting {
    Setting { value: serde_json::json!({ "colour": colour }), ..setting.clone() }
}

pub async fn a_new_row_has_version_one(store: &dyn Store) {
    let setting = Sample::new(1).setting();
    put(store, new!(settings: setting)).await;
    assert_eq!(read(store, &setting).await, Versioned::new(setting, 1));
}

pub async fn a_change_raises_the_version_by_one(store: &dyn Store) {
    let setting = Sample::new(1).setting();
    put(store, new!(settings: setting)).await;
    for version in 1..=5 {
        let next = painted(&setting, &format!("shade {version}"));
        put(store, changed!(settings: Versioned::new(next.clone(), version))).await;
        assert_eq!(read(store, &setting).await, Versioned::new(next, version + 1));
    }
}

pub async fn a_change_that_changes_nothing_raises_the_version_too(store: &dyn Store) {
    // Some databases do not count a row as updated when it stays as it was.
    let setting = Sample::new(1).setting();
    put(store, new!(settings: setting)).await;
    put(store, changed!(settings: Versioned::new(setting.clone(), 1))).await;
    assert_eq!(read(store, &setting).await.version, 2);
}

pub async fn the_second_of_two_changes_is_told_and_changes_nothing(store: &dyn Store) {
    let setting = Sample::new(1).setting();
    put(store, new!(settings: setting)).await;
    let (first, second) = (read(store, &setting).await, read(store, &setting).await);
    put(store, changed!(settings: first.with(painted(&setting, "red")))).await;
    conflict(store, changed!(settings: second.with(painted(&setting, "blue")))).await;
    assert_eq!(read(store, &setting).await, Versioned::new(painted(&setting, "red"), 2));
}

pub async fn whoever_reads_again_after_a_conflict_goes_through(store: &dyn Store) {
    let setting = Sample::new(1).setting();
    put(store, new!(settings: setting)).await;
    put(store, changed!(settings: Versioned::new(painted(&setting, "red"), 1))).await;
    conflict(store, changed!(settings: Versioned::new(painted(&setting, "blue"), 1))).await;
    let again = read(store, &setting).await;
    put(store, changed!(settings: again.with(painted(&setting, "blue")))).await;
    assert_eq!(read(store, &setting).await, Versioned::new(painted(&setting, "blue"), 3));
}

pub async fn a_version_from_the_future_is_a_conflict(store: &dyn Store) {
    let setting = Sample::new(1).setting();
    put(store, new!(settings: setting)).await;
    conflict(store, changed!(settings: Versioned::new(setting.clone(), 2))).await;
    assert_eq!(read(store, &setting).await.version, 1);
}

pub async fn a_row_that_was_never_stored_cannot_change(store: &dyn Store) {
    let setting = Sample::new(1).setting();
    conflict(store, changed!(settings: Versioned::new(setting.clone(), 1))).await;
    assert_eq!(store.setting(&setting.key).await.unwrap(), None);
}

pub async fn a_row_cannot_change_twice_in_one_commit(store: &dyn Store) {
    // Two merged decisions that changed the same row saw only their own change.
    let setting = Sample::new(1).setting();
    put(store, new!(settings: setting)).await;
    let mut both = changed!(settings: Versioned::new(painted(&setting, "red"), 1));
    both.and(changed!(settings: Versioned::new(painted(&setting, "blue"), 1)));
    conflict(store, both).await;
    assert_eq!(read(store, &setting).await, Versioned::new(setting, 1));
}

pub async fn one_stale_row_among_many_refuses_all(store: &dyn Store) {
    let sample = Sample::new(1);
    let settings: Vec<_> = (0..20).map(|_| sample.setting()).collect();
    let mut changes = ChangeSet::default();
    changes.settings.new = settings.clone();
    put(store, changes).await;
    put(store, changed!(settings: Versioned::new(painted(&settings[13], "red"), 1))).await;
    let mut changes = ChangeSet::default();
    for setting in &settings {
        changes.settings.change(Versioned::new(painted(setting, "blue"), 1));
    }
    conflict(store, changes).await;
    assert_eq!(read(store, &settings[0]).await, Versioned::new(settings[0].clone(), 1));
    assert_eq!(read(store, &settings[19]).await, Versioned::new(settings[19].clone(), 1));
}

pub async fn a_change_touches_no_other_row(store: &dyn Store) {
    let sample = Sample::new(1);
    let (one, other) = (sample.setting(), sample.setting());
    put(store, new!(settings: one, settings: other)).await;
    put(store, changed!(settings: Versioned::new(painted(&one, "red"), 1))).await;
    assert_eq!(read(store, &other).await, Versioned::new(other, 1));
}

/// Changes one row of each noun with a stale version, and then with the right one.
macro_rules! each_noun {
    ($store:ident, $shop:ident: $($field:ident $row:ident,)+) => {$(
        conflict($store, changed!($field: Versioned::new($shop.$row.clone(), 2))).await;
        put($store, changed!($field: Versioned::new($shop.$row.clone(), 1))).await;
        conflict($store, changed!($field: Versioned::new($shop.$row.clone(), 1))).await;
    )+};
}

pub async fn every_noun_that_can_change_keeps_versions(store: &dyn Store) {
    let shop = Shop::new(&Sample::new(1));
    put(store, shop.changes()).await;
    each_noun! { store, shop:
        settings setting, customers customer, users user, sessions session, api_keys api_key,
        one_time_tokens one_time_token, products product, plans plan, plan_prices plan_price,
        coupons coupon, tax_rules tax_rule, servers server, carts cart, invoices invoice,
        orders order, coupon_uses coupon_use, subscriptions subscription,
        subscription_cycles cycle, payments payment, refunds refund,
        panel_accounts panel_account, webhook_events webhook_event, kept_answers kept_answer,
    }
}
