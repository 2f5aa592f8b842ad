//! Laws 1 to 3: decide, then commit; nothing outside inside; look before acting again.

use hosting_core::{
    change::ChangeSet,
    model::{AccountStatus, Actor, PaymentStatus, ProvisioningStatus},
    service::payments,
    testing::SimGateway,
    work::tick,
};

use super::stage::{a_worker_dies_with_all_tasks, shop, watch_gateway, watch_panel};

/// Laws 1 and 2: what is committed is plain data. It can be compared and copied, so it holds no
/// function, no handle and nothing that could call anybody while a transaction is open.
#[test]
fn what_is_committed_is_data_and_can_call_nobody() {
    fn is_data<T: Clone + Eq + Default + Send + Sync + 'static>() -> T {
        T::default()
    }
    assert!(is_data::<ChangeSet>().is_empty());
}

/// Law 2: orders and wishes to pay are commits; mails, charges and accounts come after, from tasks.
#[tokio::test]
async fn nobody_outside_is_called_before_a_worker_takes_a_task() {
    let mut shop = shop().await;
    let (panel, gateway) = (watch_panel(&mut shop), watch_gateway(&mut shop));
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    let started = payments::start(&shop.ports, &Actor::Guest, invoice, SimGateway::NAME, "va");
    let payment = started.await.unwrap();
    assert_eq!(gateway.calls(), Vec::<&str>::new());
    assert!(shop.mailer.sent().is_empty());
    shop.drain().await;
    assert_eq!(gateway.calls(), ["charge"]);
    assert!(!shop.mailer.sent().is_empty());
    assert_eq!(panel.calls(), Vec::<&str>::new());
    let payment = shop.store.payment(payment).await.unwrap().unwrap();
    assert!(payment.instructions.is_some());
}

/// Law 3 and D8: the account was made and nobody heard. It is looked for and adopted.
#[tokio::test]
async fn an_account_whose_answer_was_lost_is_looked_for_and_adopted() {
    let mut shop = shop().await;
    let panel = watch_panel(&mut shop);
    panel.lose_answer_of("create");
    super::stage::buy(&shop, "nusakopi.com").await;
    assert_eq!(panel.calls(), ["create", "find", "set_password"]);
    assert_eq!(shop.panel.created()["nusakopi.com"], 1);
    assert_eq!(shop.subscriptions().await[0].provisioning_status, ProvisioningStatus::Done);
}

/// Law 3: name and server are stored before the panel hears of them.
#[tokio::test]
async fn the_name_is_stored_before_the_panel_hears_of_it() {
    let mut shop = shop().await;
    let panel = watch_panel(&mut shop);
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    let payment = shop.ask_to_pay(invoice).await;
    panel.hold("create");
    shop.gateway.pay(&payment.reference);
    shop.clock.advance(chrono::TimeDelta::hours(1));
    let ports = shop.ports.clone();
    let working =
        tokio::spawn(async move { while tick(&ports, None, 8).await.unwrap().claimed > 0 {} });
    panel.held.notified().await;
    let id = shop.subscriptions().await[0].id;
    let account = shop.store.account_of(id).await.unwrap().unwrap().value;
    assert_eq!(account.status, AccountStatus::Pending);
    assert!(shop.panel.accounts().is_empty(), "the panel has nothing yet");
    panel.go.notify_one();
    working.await.unwrap();
    assert_eq!(shop.panel.accounts(), [(account.username, true)]);
}

/// Law 3 and D8: money was asked for and nobody heard. It is looked for, and never asked for twice.
#[tokio::test]
async fn a_charge_whose_answer_was_lost_is_looked_for_and_adopted() {
    let mut shop = shop().await;
    let gateway = watch_gateway(&mut shop);
    gateway.lose_answer_of("charge");
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    let started = payments::start(&shop.ports, &Actor::Guest, invoice, SimGateway::NAME, "va");
    let id = started.await.unwrap();
    shop.drain().await;
    let unknown = shop.store.payment(id).await.unwrap().unwrap();
    assert_eq!(unknown.status, PaymentStatus::Unknown);
    assert_eq!(gateway.calls(), ["charge"], "what is unknown is not repeated at once");
    shop.settle_down(chrono::TimeDelta::seconds(30)).await;
    let payment = shop.store.payment(id).await.unwrap().unwrap();
    assert_eq!(payment.status, PaymentStatus::Pending);
    assert!(payment.instructions.is_some(), "the customer knows how to pay");
    assert_eq!(gateway.calls(), ["charge", "find"]);
    let again = payments::start(&shop.ports, &Actor::Guest, invoice, SimGateway::NAME, "va");
    assert_eq!(again.await.unwrap(), id, "asking again shows the same offer");
    assert_eq!(gateway.calls().iter().filter(|it| **it == "charge").count(), 1);
    assert_eq!(shop.gateway.most_per_reference(), 1);
}

/// Law 3: a worker that takes over from a dead one looks before it acts.
#[tokio::test]
async fn who_takes_over_looks_first() {
    let mut shop = shop().await;
    let (panel, gateway) = (watch_panel(&mut shop), watch_gateway(&mut shop));
    let cart = shop.cart("nusakopi.com", None).await;
    let (_, invoice) = shop.order(cart).await;
    let started = payments::start(&shop.ports, &Actor::Guest, invoice, SimGateway::NAME, "va");
    let id = started.await.unwrap();
    a_worker_dies_with_all_tasks(&shop).await;
    shop.drain().await;
    assert_eq!(gateway.calls()[..2], ["find", "charge"]);
    let reference = shop.store.payment(id).await.unwrap().unwrap().value.reference;
    shop.gateway.pay(&reference);
    // The one who hears of the money dies before the account is made.
    panel.hold("create");
    shop.clock.advance(chrono::TimeDelta::hours(1));
    let ports = shop.ports.clone();
    let dying =
        tokio::spawn(async move { while tick(&ports, None, 1).await.unwrap().claimed > 0 {} });
    panel.held.notified().await;
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());
    shop.clock.advance(chrono::TimeDelta::minutes(16));
    shop.drain().await;
    assert_eq!(panel.calls(), ["create", "find", "create"]);
    assert_eq!(shop.panel.created()["nusakopi.com"], 1);
    assert_eq!(shop.subscriptions().await[0].provisioning_status, ProvisioningStatus::Done);
}
