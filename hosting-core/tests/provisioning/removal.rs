//! Removing accounts: what came about is removed, and what was never seen is not written off.

use chrono::TimeDelta;
use hosting_core::{
    model::{AccountStatus, SubscriptionStatus},
    work::schedule_runs,
};

use super::{
    stage::{buy, edit, shop, watch_panel},
    world::{cancel_now, dead_letters, server, service},
};

/// D8: the panel takes eight minutes, we waited five, and the customer left meanwhile. The first
/// looks find nothing, and then there it is.
#[tokio::test]
async fn an_account_that_appears_late_is_removed_with_its_service() {
    for minutes in [2, 8, 14] {
        let shop = shop().await;
        shop.panel.make_slow(shop.clock.clone(), TimeDelta::minutes(minutes));
        let cart = shop.cart("nusakopi.com", None).await;
        let (_, invoice) = shop.order(cart).await;
        let payment = shop.ask_to_pay(invoice).await;
        shop.gateway.pay(&payment.reference);
        while shop.store.account_of(service(&shop).await.id).await.unwrap().is_none() {
            shop.clock.advance(TimeDelta::minutes(1));
            shop.drain().await;
        }
        let id = service(&shop).await.id;
        cancel_now(&shop).await;
        edit!(shop, subscriptions, shop.store.subscription(id).await.unwrap().unwrap(), |it| {
            it.terminate_at = Some(shop.ports.now());
        });
        schedule_runs(&shop.ports).await.unwrap();
        shop.drain().await;
        assert_eq!(service(&shop).await.status, SubscriptionStatus::Terminated);
        let account = shop.store.account_of(id).await.unwrap().unwrap();
        assert_ne!(account.status, AccountStatus::Terminated, "one empty look proves nothing");
        shop.settle_down(TimeDelta::hours(3)).await;
        assert_eq!(shop.panel.created()["nusakopi.com"], 1, "it came about");
        assert!(shop.panel.accounts().is_empty(), "after {minutes} minutes: an orphan is left");
        let account = shop.store.account_of(id).await.unwrap().unwrap();
        assert_eq!(account.status, AccountStatus::Terminated);
        shop.check_books().await;
    }
}

/// Law 3: the answer to the first call was lost, so the second attempt looks, and need not act.
#[tokio::test]
async fn a_change_whose_answer_was_lost_is_looked_for_before_it_is_repeated() {
    let mut shop = shop().await;
    let panel = watch_panel(&mut shop);
    buy(&shop, "nusakopi.com").await;
    panel.lose_answer_of("suspend");
    shop.live(46).await;
    let of = |call: &str| panel.calls().iter().filter(|it| **it == call).count();
    assert_eq!(of("suspend"), 1, "{:?}", panel.calls());
    panel.lose_answer_of("unsuspend");
    let missed = shop.open_invoice().await.unwrap();
    shop.pay(missed.id).await;
    assert!(shop.panel.accounts()[0].1, "switched on");
    assert_eq!(of("unsuspend"), 1, "{:?}", panel.calls());
    panel.lose_answer_of("terminate");
    cancel_now(&shop).await;
    shop.live(10).await;
    assert!(shop.panel.accounts().is_empty(), "removed");
    assert_eq!(of("terminate"), 1, "{:?}", panel.calls());
    assert!(dead_letters(&shop).await.is_empty());
}

/// An account that was never seen with the present address and user may be elsewhere: its absence is
/// no removal.
#[tokio::test]
async fn an_account_never_seen_at_this_address_is_not_written_off() {
    let shop = shop().await;
    buy(&shop, "nusakopi.com").await;
    let id = service(&shop).await.id;
    let account = shop.store.account_of(id).await.unwrap().unwrap();
    // Staff enter the address of another machine, where there is no such account.
    edit!(shop, servers, server(&shop).await, |it| {
        it.base_url = "https://other.example.com:2087".to_owned();
    });
    edit!(shop, panel_accounts, account, |it| it.username = "absent00".to_owned());
    cancel_now(&shop).await;
    shop.live(9).await;
    let account = shop.store.account_of(id).await.unwrap().unwrap();
    assert_ne!(account.status, AccountStatus::Terminated);
    let dead = dead_letters(&shop).await;
    let removal = dead.iter().find(|it| it.key.starts_with("terminate/")).unwrap();
    assert!(removal.last_error.as_ref().unwrap().contains("never saw it"));
}

#[tokio::test]
async fn an_account_seen_before_and_gone_now_counts_as_removed() {
    let shop = shop().await;
    buy(&shop, "nusakopi.com").await;
    let id = service(&shop).await.id;
    let account = shop.store.account_of(id).await.unwrap().unwrap();
    edit!(shop, panel_accounts, account, |it| it.username = "absent00".to_owned());
    cancel_now(&shop).await;
    // Switching it off is refused, since it is not there.
    shop.live(9).await;
    let account = shop.store.account_of(id).await.unwrap().unwrap();
    assert_eq!(account.status, AccountStatus::Terminated);
}
