//! What happens to a shop, its server and its queue.

use hosting_core::{
    change::{ChangeSet, Intervention, Wish},
    decide::subscription::When,
    kernel::PageRequest,
    model::{Actor, InvoiceStatus, Server, Subscription, SubscriptionStatus, Task, TaskStatus},
    port::store::TaskFilter,
    service::subscriptions,
    testing::TestShop,
};

use super::stage::edit;

pub(crate) async fn service(shop: &TestShop) -> Subscription {
    shop.subscriptions().await.remove(0)
}

pub(crate) async fn server(shop: &TestShop) -> hosting_core::kernel::Versioned<Server> {
    shop.store.servers().await.unwrap().rows.remove(0)
}

pub(crate) async fn tasks(shop: &TestShop, status: TaskStatus) -> Vec<Task> {
    let filter = TaskFilter { status: Some(status), ..TaskFilter::default() };
    shop.store.tasks(&filter, &PageRequest::first(200)).await.unwrap().items
}

pub(crate) async fn dead_letters(shop: &TestShop) -> Vec<Task> {
    tasks(shop, TaskStatus::Failed).await
}

pub(crate) async fn cancel_now(shop: &TestShop) {
    let id = service(shop).await.id;
    subscriptions::cancel(&shop.ports, &Actor::System, id, When::Now, "closing").await.unwrap();
}

/// The server takes no more accounts, or takes them again.
pub(crate) async fn room(shop: &TestShop, max_accounts: i64) {
    edit!(shop, servers, server(shop).await, |it| it.max_accounts = max_accounts);
}

pub(crate) async fn retry(shop: &TestShop, task: &Task) {
    let mut changes = ChangeSet::default();
    let at = shop.ports.now();
    changes.interventions.push(Intervention { task_id: task.id, at, wish: Wish::Retry });
    shop.store.commit(changes).await.unwrap();
    shop.drain().await;
}

/// D2: what a panel does never touches what was paid.
pub(crate) async fn the_payment_stands(shop: &TestShop) {
    let invoice = shop.invoices().await.remove(0);
    assert_eq!(invoice.status, InvoiceStatus::Paid);
    assert_eq!(invoice.paid, invoice.total);
    assert_eq!(service(shop).await.status, SubscriptionStatus::Active);
    shop.check_books().await;
}
