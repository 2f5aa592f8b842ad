//! D4 and D8 at the panel: calls that overtake each other, and calls whose answers are lost.

use chrono::TimeDelta;
use hosting_core::{
    model::SubscriptionStatus,
    testing::SimGateway,
    work::{schedule_runs, tick},
};

use super::stage::{buy, shop, watch_panel};

/// The customer pays while the panel is slowly switching the account off. Switching it on waits for
/// that call, and what the service wants wins in the end.
#[tokio::test]
async fn paying_during_a_slow_suspension_ends_switched_on() {
    let mut shop = shop().await;
    let panel = watch_panel(&mut shop);
    buy(&shop, "nusakopi.com").await;
    let mut days = 0;
    panel.hold("suspend");
    let (ports, store) = (shop.ports.clone(), shop.store.clone());
    let suspending = loop {
        shop.clock.advance(TimeDelta::hours(24));
        schedule_runs(&shop.ports).await.unwrap();
        let ports = ports.clone();
        let working =
            tokio::spawn(async move { while tick(&ports, None, 1).await.unwrap().claimed > 0 {} });
        tokio::select! {
            () = panel.held.notified() => break working,
            () = async { while !working.is_finished() { tokio::task::yield_now().await; } } => {}
        }
        days += 1;
        assert!(days < 80, "nothing is ever suspended");
    };
    // The worker hangs in the panel's call; the others go on.
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Suspended);
    assert!(shop.panel.accounts()[0].1, "the call has had no effect yet");
    let missed = shop.open_invoice().await.unwrap();
    let asked = hosting_core::service::payments::start(
        &shop.ports,
        &hosting_core::model::Actor::Guest,
        missed.id,
        SimGateway::NAME,
        "va",
    );
    let payment = asked.await.unwrap();
    shop.drain().await;
    let reference = store.payment(payment).await.unwrap().unwrap().value.reference;
    shop.gateway.pay(&reference);
    shop.settle_down(TimeDelta::minutes(8)).await;
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Active);
    assert!(!panel.calls().contains(&"unsuspend"), "one piece of work at a time for one account");
    // Now the slow call happens.
    panel.go.notify_one();
    suspending.await.unwrap();
    shop.settle_down(TimeDelta::hours(1)).await;
    assert!(shop.panel.accounts()[0].1, "it ends switched on: {:?}", panel.calls());
    assert!(panel.calls().contains(&"unsuspend"), "{:?}", panel.calls());
    shop.check_books().await;
}

/// D8: every change at the panel may time out after it had its effect.
#[tokio::test]
async fn lost_answers_of_every_change_end_as_wished() {
    let mut shop = shop().await;
    let panel = watch_panel(&mut shop);
    for call in ["create", "set_password", "suspend", "unsuspend", "terminate"] {
        panel.lose_answer_of(call);
    }
    buy(&shop, "nusakopi.com").await;
    assert_eq!(shop.panel.created()["nusakopi.com"], 1);
    shop.live(46).await;
    assert!(!shop.panel.accounts()[0].1, "switched off");
    let missed = shop.open_invoice().await.unwrap();
    shop.pay(missed.id).await;
    assert!(shop.panel.accounts()[0].1, "switched on");
    let id = shop.subscriptions().await[0].id;
    let now = hosting_core::decide::subscription::When::Now;
    hosting_core::service::subscriptions::cancel(
        &shop.ports,
        &hosting_core::model::Actor::System,
        id,
        now,
        "closing",
    )
    .await
    .unwrap();
    shop.live(10).await;
    assert!(shop.panel.accounts().is_empty(), "removed");
    assert_eq!(shop.subscriptions().await[0].status, SubscriptionStatus::Terminated);
    assert_eq!(shop.panel.created()["nusakopi.com"], 1);
    shop.check_books().await;
}
