//! Shops to try the laws on, and providers that are watched and lose answers on order.
#![allow(dead_code, unused_imports, unused_macros, reason = "each test program uses its part")]

use std::{
    future::Future,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use chrono::TimeDelta;
use hosting_core::{
    change::ChangeSet,
    kernel::Secret,
    model::{Charge, CustomerId, Event, InvoiceId, ShopSettings, charge::Method},
    port::{
        Clock as _, Descriptor, Failure, PaymentGateway, ProvisioningAdapter,
        gateway::{ChargeRequest, Notice, RawWebhook, Rejection},
        provisioning::{
            AccountIdentity, AccountSpec, AccountState, Connection, Found, NAME_TOO_ALIKE, Package,
            ServerAccess,
        },
    },
    testing::{Fate, MemoryStore, SimGateway, SimPanel, TestShop},
};
use tokio::sync::Notify;

/// Changes one stored row. `$read` is the versioned row.
macro_rules! edit {
    ($shop:expr, $rows:ident, $read:expr, |$row:ident| $change:expr) => {{
        let read = $read;
        let mut $row = read.value.clone();
        $change;
        let mut changes = hosting_core::change::ChangeSet::default();
        changes.$rows.change(read.with($row));
        $shop.store.commit(changes).await.unwrap();
    }};
}
pub(crate) use edit;

/// Runs a test of a property to its end.
pub(crate) fn play<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(test)
}

pub(crate) async fn shop() -> TestShop {
    shop_with(ShopSettings::default()).await
}

pub(crate) async fn shop_with(settings: ShopSettings) -> TestShop {
    TestShop::open_with(Arc::new(MemoryStore::default()), Fate::kind(), settings).await
}

/// Orders and pays a service for `domain`.
pub(crate) async fn buy(shop: &TestShop, domain: &str) -> InvoiceId {
    let cart = shop.cart(domain, None).await;
    let (_, invoice) = shop.order(cart).await;
    shop.pay(invoice).await;
    invoice
}

/// Makes one more customer, who is who buys from now on.
pub(crate) async fn another_customer(shop: &mut TestShop) -> CustomerId {
    let mut customer = shop.store.customer(shop.customer_id).await.unwrap().unwrap().value;
    customer.id = shop.ports.mint().id();
    let mut changes = ChangeSet::default();
    shop.customer_id = customer.id;
    changes.customers.add(customer);
    shop.store.commit(changes).await.unwrap();
    shop.customer_id
}

/// Every fact so far.
pub(crate) async fn journal(shop: &TestShop) -> Vec<Event> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let page = shop.store.events_after(after, 500).await.unwrap().rows;
        let Some((last, _)) = page.last() else { return all };
        after = *last;
        all.extend(page.into_iter().map(|(_, event)| event));
    }
}

/// How many facts of that name there are.
pub(crate) async fn facts(shop: &TestShop, name: &str) -> usize {
    journal(shop).await.iter().filter(|it| it.body.name() == name).count()
}

/// How many mails of that kind went out.
pub(crate) fn mails(shop: &TestShop, kind: &str) -> usize {
    shop.mailer.sent().iter().filter(|it| it.subject.starts_with(kind)).count()
}

/// What was called, in order, and whose answers get lost.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    calls: Mutex<Vec<&'static str>>,
    loses: Mutex<Vec<&'static str>>,
    /// The names under which creations were asked for.
    names: Mutex<Vec<String>>,
    /// Creations that pass, and then creations whose name is called too much like another one.
    alike: Mutex<(u32, u32)>,
    /// A call of this name waits, before it has its effect, until it is let go.
    holds: Mutex<Option<&'static str>>,
    pub(crate) held: Notify,
    pub(crate) go: Notify,
}

impl Watch {
    pub(crate) fn calls(&self) -> Vec<&'static str> {
        self.calls.lock().unwrap().clone()
    }
    pub(crate) fn names(&self) -> Vec<String> {
        self.names.lock().unwrap().clone()
    }
    pub(crate) fn too_alike(&self, times: u32) {
        self.too_alike_after(0, times);
    }
    pub(crate) fn too_alike_after(&self, pass: u32, times: u32) {
        *self.alike.lock().unwrap() = (pass, times);
    }
    fn is_too_alike(&self, name: &str) -> bool {
        self.names.lock().unwrap().push(name.to_owned());
        let mut alike = self.alike.lock().unwrap();
        match &mut *alike {
            (0, 0) => false,
            (0, times) => {
                *times -= 1;
                true
            }
            (pass, _) => {
                *pass -= 1;
                false
            }
        }
    }
    pub(crate) fn lose_answer_of(&self, call: &'static str) {
        self.loses.lock().unwrap().push(call);
    }
    pub(crate) fn hold(&self, call: &'static str) {
        *self.holds.lock().unwrap() = Some(call);
    }
    async fn begin(&self, call: &'static str) {
        self.calls.lock().unwrap().push(call);
        let held = self.holds.lock().unwrap().take_if(|it| *it == call).is_some();
        if held {
            self.held.notify_one();
            self.go.notified().await;
        }
    }
    fn end<T>(&self, call: &'static str, done: Result<T, Failure>) -> Result<T, Failure> {
        let mut loses = self.loses.lock().unwrap();
        match loses.iter().position(|it| *it == call) {
            Some(at) => {
                loses.remove(at);
                Err(Failure::unknown(call, "the answer was lost after the effect"))
            }
            None => done,
        }
    }
}

/// Puts a watch on the shop's panel.
pub(crate) fn watch_panel(shop: &mut TestShop) -> Arc<Watch> {
    let watch = Arc::new(Watch::default());
    let inner = Arc::clone(&shop.panel);
    let watched = Arc::new(WatchedPanel { inner, watch: Arc::clone(&watch) });
    shop.ports.panels.insert(SimPanel::NAME, watched);
    watch
}

/// Puts a watch on the shop's gateway.
pub(crate) fn watch_gateway(shop: &mut TestShop) -> Arc<Watch> {
    let watch = Arc::new(Watch::default());
    let inner = Arc::clone(&shop.gateway);
    let watched = Arc::new(WatchedGateway { inner, watch: Arc::clone(&watch) });
    shop.ports.gateways.insert(SimGateway::NAME, watched);
    watch
}

/// A worker takes all tasks that are due and dies; the leases run out.
pub(crate) async fn a_worker_dies_with_all_tasks(shop: &TestShop) {
    let claim = hosting_core::port::Claim {
        token: "a worker that died".to_owned(),
        now: shop.clock.now(),
        lease: TimeDelta::minutes(15),
        lane: None,
        only: None,
        limit: 100,
    };
    assert!(!shop.store.claim(claim).await.unwrap().is_empty(), "there was something to die with");
    shop.clock.advance(TimeDelta::minutes(16));
}

#[derive(Debug)]
struct WatchedPanel {
    inner: Arc<SimPanel>,
    watch: Arc<Watch>,
}

macro_rules! watched {
    ($self:ident, $call:ident($($argument:expr),*)) => {{
        $self.watch.begin(stringify!($call)).await;
        let done = $self.inner.$call($($argument),*).await;
        $self.watch.end(stringify!($call), done)
    }};
}

#[async_trait]
impl ProvisioningAdapter for WatchedPanel {
    fn descriptor(&self) -> &'static Descriptor {
        self.inner.descriptor()
    }
    fn accepts_username(&self, username: &str) -> bool {
        self.inner.accepts_username(username)
    }
    async fn create(&self, at: &ServerAccess, it: &AccountSpec) -> Result<AccountState, Failure> {
        if self.watch.is_too_alike(&it.username) {
            self.watch.begin("create").await;
            return Err(Failure::refused("create", "same initial 8").with_code(NAME_TOO_ALIKE));
        }
        watched!(self, create(at, it))
    }
    async fn find(&self, at: &ServerAccess, it: &AccountIdentity) -> Result<Found, Failure> {
        watched!(self, find(at, it))
    }
    async fn suspend(
        &self,
        at: &ServerAccess,
        it: &AccountIdentity,
        reason: &str,
    ) -> Result<(), Failure> {
        watched!(self, suspend(at, it, reason))
    }
    async fn unsuspend(&self, at: &ServerAccess, it: &AccountIdentity) -> Result<(), Failure> {
        watched!(self, unsuspend(at, it))
    }
    async fn terminate(&self, at: &ServerAccess, it: &AccountIdentity) -> Result<(), Failure> {
        watched!(self, terminate(at, it))
    }
    async fn change_package(
        &self,
        at: &ServerAccess,
        it: &AccountIdentity,
        package: &str,
    ) -> Result<(), Failure> {
        watched!(self, change_package(at, it, package))
    }
    async fn set_password(
        &self,
        at: &ServerAccess,
        it: &AccountIdentity,
        password: &Secret,
    ) -> Result<(), Failure> {
        watched!(self, set_password(at, it, password))
    }
    async fn packages(&self, at: &ServerAccess) -> Result<Vec<Package>, Failure> {
        watched!(self, packages(at))
    }
    async fn test_connection(&self, at: &ServerAccess) -> Result<Connection, Failure> {
        watched!(self, test_connection(at))
    }
}

#[derive(Debug)]
struct WatchedGateway {
    inner: Arc<SimGateway>,
    watch: Arc<Watch>,
}

#[async_trait]
impl PaymentGateway for WatchedGateway {
    fn descriptor(&self) -> &'static Descriptor {
        self.inner.descriptor()
    }
    fn methods(&self) -> &[Method] {
        self.inner.methods()
    }
    fn is_production(&self) -> bool {
        self.inner.is_production()
    }
    async fn charge(&self, request: &ChargeRequest) -> Result<Charge, Failure> {
        watched!(self, charge(request))
    }
    async fn find(&self, reference: &str) -> Result<Option<Charge>, Failure> {
        watched!(self, find(reference))
    }
    async fn cancel(&self, reference: &str) -> Result<Charge, Failure> {
        watched!(self, cancel(reference))
    }
    fn verify(&self, webhook: &RawWebhook<'_>) -> Result<Notice, Rejection> {
        self.inner.verify(webhook)
    }
}
