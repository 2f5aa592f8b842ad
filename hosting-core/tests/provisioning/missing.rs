//! The daily run that orders what was lost on the way.

use hosting_core::model::{AccountStatus, SubscriptionStatus};

use super::{
    stage::{buy, edit, shop},
    world::{cancel_now, dead_letters, service},
};

/// The daily run orders what was lost on the way.
#[tokio::test]
async fn the_convergence_run_orders_what_is_missing() {
    let shop = shop().await;
    buy(&shop, "nusakopi.com").await;
    let id = service(&shop).await.id;
    let account = || async { shop.store.account_of(id).await.unwrap().unwrap() };
    // Paid, and switched off as far as we know: somebody gave up on switching it on.
    edit!(shop, panel_accounts, account().await, |it| it.status = AccountStatus::Suspended);
    shop.live(2).await;
    assert_eq!(account().await.status, AccountStatus::Active);
    // Ended, and still there.
    cancel_now(&shop).await;
    shop.drain().await;
    edit!(shop, subscriptions, shop.store.subscription(id).await.unwrap().unwrap(), |it| {
        it.status = SubscriptionStatus::Terminated;
        it.terminate_at = None;
    });
    shop.live(2).await;
    assert!(shop.panel.accounts().is_empty(), "removed");
    assert_eq!(account().await.status, AccountStatus::Terminated);
}

/// What the panel refuses for good is not ordered every day.
#[tokio::test]
async fn the_convergence_run_does_not_insist() {
    let shop = shop().await;
    buy(&shop, "nusakopi.com").await;
    let id = service(&shop).await.id;
    let account = shop.store.account_of(id).await.unwrap().unwrap();
    // Its account is somebody else's now, which is for staff to look at.
    edit!(shop, panel_accounts, account, |it| {
        it.status = AccountStatus::Suspended;
        it.domain = "elsewhere.example".to_owned();
    });
    shop.live(7).await;
    let dead = dead_letters(&shop).await.len();
    assert!((1..=3).contains(&dead), "{dead} dead letters in a week");
}
