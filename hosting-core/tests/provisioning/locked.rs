//! A panel that lets nobody in, and a server that is shut off.

use chrono::TimeDelta;
use hosting_core::{
    kernel::Secret, model::Actor, port::Clock as _, service::configuration, testing::PanelMood,
};

use super::{
    stage::{buy, facts, shop, watch_panel},
    world::{dead_letters, server},
};

/// D4: the token expired. Who pays meanwhile is switched on when it is replaced, by itself.
#[tokio::test]
async fn paid_while_the_panel_lets_nobody_in_is_switched_on_when_it_does() {
    let mut shop = shop().await;
    let panel = watch_panel(&mut shop);
    buy(&shop, "nusakopi.com").await;
    shop.live(46).await;
    assert!(!shop.panel.accounts()[0].1, "switched off");
    shop.panel.set_mood(PanelMood::Locked);
    let before = panel.calls().len();
    let missed = shop.open_invoice().await.unwrap();
    shop.pay(missed.id).await;
    shop.settle_down(TimeDelta::days(7)).await;
    assert!(dead_letters(&shop).await.is_empty(), "it waits and is not given up");
    let calls = panel.calls().len() - before;
    assert!(calls < 200, "{calls} calls in a week lock our address out");
    let told =
        shop.mailer.sent().iter().filter(|it| it.subject.starts_with("server_paused")).count();
    assert_eq!(told, 1, "staff are told once");
    assert!(server(&shop).await.pause_reason.is_some());
    // Staff replace the token; nobody touches the task.
    shop.panel.set_mood(PanelMood::Willing);
    let read = server(&shop).await;
    let secret = Secret::new("a fresh token");
    let patch = hosting_core::decide::configuration::ServerPatch::default();
    let (id, version) = (read.id, read.version);
    configuration::change_server(&shop.ports, &Actor::System, id, version, patch, Some(&secret))
        .await
        .unwrap();
    assert_eq!(server(&shop).await.paused_at, None);
    shop.settle_down(TimeDelta::minutes(20)).await;
    assert!(shop.panel.accounts()[0].1, "switched on");
    assert_eq!(facts(&shop, "ServerResumed").await, 1);
    shop.check_books().await;
}

/// D4: the lock goes away by itself; one task finds out with one call, and all go on.
#[tokio::test]
async fn a_panel_that_opens_again_is_found_open() {
    let shop = shop().await;
    shop.panel.set_mood(PanelMood::Locked);
    buy(&shop, "nusakopi.com").await;
    buy(&shop, "kopinusa.com").await;
    assert!(server(&shop).await.paused_at.is_some());
    assert!(shop.panel.accounts().is_empty());
    shop.panel.set_mood(PanelMood::Willing);
    shop.settle_down(TimeDelta::hours(3)).await;
    assert_eq!(shop.panel.accounts().len(), 2);
    assert_eq!(server(&shop).await.paused_at, None);
    assert_eq!(facts(&shop, "ServerPaused").await, 1);
}

/// Nothing is asked of a disabled server, and nothing of it is given up.
#[tokio::test]
async fn a_disabled_server_is_asked_nothing_and_its_tasks_wait() {
    use hosting_core::model::provisioning::ServerTrigger;
    let mut shop = shop().await;
    let panel = watch_panel(&mut shop);
    buy(&shop, "nusakopi.com").await;
    let id = server(&shop).await.id;
    let turn = async |trigger| {
        configuration::turn_server(&shop.ports, &Actor::System, id, trigger).await.unwrap();
    };
    turn(ServerTrigger::Disabled).await;
    let before = panel.calls().len();
    shop.live(60).await;
    assert_eq!(panel.calls().len(), before);
    assert!(dead_letters(&shop).await.is_empty());
    turn(ServerTrigger::Activated).await;
    shop.settle_down(TimeDelta::hours(1)).await;
    assert!(!shop.panel.accounts()[0].1, "switched off at last");
}

/// At most four calls at one server at a time, and one at one account, however many workers there
/// are (`docs/providers/whm.md`, "Load and lock-out").
#[tokio::test]
async fn calls_at_one_server_are_few_at_a_time() {
    let shop = shop().await;
    for number in 0..9 {
        let cart = shop.cart(&format!("kopi{number}.com"), None).await;
        let (_, invoice) = shop.order(cart).await;
        let payment = shop.ask_to_pay(invoice).await;
        shop.gateway.pay(&payment.reference);
    }
    shop.panel.set_mood(PanelMood::Down);
    shop.settle_down(TimeDelta::hours(1)).await;
    shop.clock.advance(TimeDelta::days(1));
    let claim = |token: &str| hosting_core::port::Claim {
        token: token.to_owned(),
        now: shop.clock.now(),
        lease: TimeDelta::minutes(15),
        lane: Some(hosting_core::model::Lane::Panel),
        only: None,
        limit: 100,
    };
    let held = shop.store.claim(claim("one worker")).await.unwrap().tasks;
    assert_eq!(held.len(), 4, "of nine accounts that are to be made");
    let more = shop.store.claim(claim("another")).await.unwrap().tasks;
    assert!(more.is_empty(), "{more:?}");
}
