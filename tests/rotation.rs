//! Keys change while the shop goes on: whatever is sealed is sealed again, on every store.

#[path = "../hosting-sqlx/tests/support/mod.rs"]
mod support;

use std::{future::Future, ops::ControlFlow, sync::Arc};

use hosting_adapters::sealing::KeyRing;
use hosting_core::{
    change::{ChangeSet, NewTask, Receipt},
    kernel::{PageRequest, Secret},
    model::{
        AccountStatus, Actor, Job, MailKind, PanelAccount, PanelAccountId, Server, ServerId,
        Subject, UserId,
        sealing::{account_password, server_secret, task_password, task_token},
    },
    port::{SecretBox, Store, StoreError, store::TaskFilter},
    service::{
        Ports,
        rotation::{Aim, Rotation, walk},
    },
    stand_before_commits,
    testing::{
        Fate, MemoryStore, TestShop,
        conformance::store::{Sample, Shop},
    },
};
use tokio::sync::Mutex;

const OLD: &str = "old:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const LOST: &str = "lost:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI";
const NEW: &str = "new:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";

fn ring(keys: &[&str]) -> Arc<KeyRing> {
    Arc::new(KeyRing::parse(&Secret::new(keys.join(","))).unwrap())
}

fn with(ports: &Ports, ring: Arc<KeyRing>) -> Ports {
    Ports { secrets: ring, ..ports.clone() }
}

async fn rotate(ports: &Ports, aim: Aim) -> Rotation {
    walk(ports, &Actor::System, aim, &mut |_| ControlFlow::Continue(())).await.unwrap()
}

/// What is sealed in a shop, and its ports with both keys.
struct Kept {
    ports: Ports,
    server: ServerId,
    account: PanelAccountId,
    reset: Job,
    mail: Job,
}

/// A shop whose secrets are all under the old key: a server and its account, a deleted one with its
/// own, and two tasks. An account that was removed is under a key that was lost.
async fn sealed(store: Arc<dyn Store>) -> Kept {
    let test = TestShop::open(Arc::clone(&store), Fate::kind()).await;
    let old = with(&test.ports, ring(&[OLD]));
    let seal = |text: &str, place: &str| old.secrets.seal(&Secret::new(text), place, old.nonce());
    let sample = Sample::new(9);
    let mut shop = Shop::new(&sample);
    shop.server.secret = seal("api token", &server_secret(shop.server.id));
    shop.panel_account.password = seal("first", &account_password(shop.panel_account.id));
    store.commit(shop.changes()).await.unwrap();
    let (cart, invoice, order, subscription) = shop.another_service(&sample);
    let mut gone = Server { deleted_at: Some(sample.now()), ..sample.server() };
    gone.secret = seal("gone", &server_secret(gone.id));
    let mut account = sample.panel_account(&subscription, &gone);
    account.password = seal("second", &account_password(account.id));
    let (their_cart, their_invoice, their_order, theirs) = shop.another_service(&sample);
    let mut removed = sample.panel_account(&theirs, &shop.server);
    removed.status = AccountStatus::Terminated;
    removed.password = with(&test.ports, ring(&[LOST])).secrets.seal(
        &Secret::new("third"),
        &account_password(removed.id),
        old.nonce(),
    );
    let id = subscription.id;
    let reset =
        Job::ResetPassword { subscription_id: id, password: seal("next", &task_password(id)) };
    let user_id: UserId = shop.user.id;
    let token = Some(seal("token", &task_token(user_id)));
    let mail = Job::MailUser { kind: MailKind::VerifyEmail, user_id, token };
    let mut changes = ChangeSet::default();
    changes.servers.add(gone);
    changes.carts.add(cart);
    changes.invoices.add(invoice);
    changes.orders.add(order);
    changes.subscriptions.add(subscription);
    changes.panel_accounts.add(account);
    changes.carts.add(their_cart);
    changes.invoices.add(their_invoice);
    changes.orders.add(their_order);
    changes.subscriptions.add(theirs);
    changes.panel_accounts.add(removed);
    let task = |job: &Job, key: &str| NewTask { job: job.clone(), ..sample.task(key) };
    changes.tasks = vec![task(&reset, "reset"), task(&mail, "mail")];
    store.commit(changes).await.unwrap();
    let ports = with(&test.ports, ring(&[NEW, OLD]));
    Kept { ports, server: shop.server.id, account: shop.panel_account.id, reset, mail }
}

async fn on_each<F: Future<Output = ()>>(test: impl Fn(Arc<dyn Store>) -> F) {
    test(Arc::new(MemoryStore::new())).await;
    support::on_each(|store| test(store)).await;
}

/// `TestShop`'s own server is sealed by a box without keys, which no ring opens.
const STRANGE: u64 = 1;
const SEALED: u64 = 6;

#[tokio::test]
async fn everything_is_sealed_again_and_a_second_run_does_nothing() {
    on_each(|store| async move {
        let kept = sealed(Arc::clone(&store)).await;
        let before = rotate(&kept.ports, Aim::Look).await;
        assert_eq!(before.in_use.get("old"), Some(&SEALED));
        assert!(before.is_unused("new") && !before.is_unused("old"));

        let told = rotate(&kept.ports, Aim::Reseal).await;
        assert_eq!((told.resealed, told.met), (SEALED, SEALED + STRANGE));
        assert_eq!(told.in_use.get("new"), Some(&SEALED));
        assert!(told.is_unused("old"), "{told:?}");

        // The old key may go: everything opens without it, in its place.
        let new = with(&kept.ports, ring(&[NEW]));
        let open = |sealed, place: &str| new.secrets.open(sealed, place).unwrap();
        let server = store.server(kept.server).await.unwrap().unwrap();
        assert_eq!(open(&server.secret, &server_secret(server.id)).expose(), "api token");
        let account = store.panel_account(kept.account).await.unwrap().unwrap();
        assert_eq!(open(&account.password, &account_password(account.id)).expose(), "first");
        let tasks = store.tasks(&TaskFilter::default(), &PageRequest::default()).await.unwrap();
        for (job, secret) in [(&kept.reset, "next"), (&kept.mail, "token")] {
            let mut jobs = tasks.items.iter().map(|it| &it.job);
            let found = jobs.find(|it| it.action() == job.action()).unwrap();
            let (envelope, place) = found.sealed().unwrap();
            assert_eq!(open(envelope, &place).expose(), secret);
            assert_eq!(place, job.sealed().unwrap().1);
        }
        let subject = Subject::from(kept.server);
        let facts = store.events_of(&subject, &PageRequest::default()).await.unwrap().items;
        assert!(facts.iter().any(|(_, it)| it.body.name() == "SecretResealed"), "{facts:?}");

        let again = rotate(&new, Aim::Reseal).await;
        assert_eq!((again.resealed, again.in_use), (0, told.in_use));
        assert_eq!(store.server(kept.server).await.unwrap().unwrap().version, server.version);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_opened_is_told_and_stops_no_other() {
    on_each(|store| async move {
        let kept = sealed(Arc::clone(&store)).await;
        // An envelope of another row, and one under a key that is lost.
        let account = store.panel_account(kept.account).await.unwrap().unwrap();
        let server = store.server(kept.server).await.unwrap().unwrap();
        let lost = ring(&["lost:AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI"]);
        let place = server_secret(server.id);
        let strange = lost.seal(&Secret::new("x"), &place, kept.ports.nonce());
        let mut changes = ChangeSet::default();
        let copied = PanelAccount { password: server.secret.clone(), ..account.value.clone() };
        changes.panel_accounts.change(account.with(copied));
        changes.servers.change(server.with(Server { secret: strange, ..server.value.clone() }));
        store.commit(changes).await.unwrap();

        let told = rotate(&kept.ports, Aim::Reseal).await;
        assert_eq!(told.resealed, SEALED - 2);
        assert_eq!(told.left_count, 2 + STRANGE);
        let why = |subject: Subject| {
            let left = told.left.iter().find(|it| it.subject == subject);
            left.map(|it| it.why.clone()).unwrap_or_default()
        };
        assert!(why(kept.server.into()).contains("key `lost`"), "{told:?}");
        assert!(why(kept.account.into()).contains("does not belong here"), "{told:?}");
        assert!(!told.is_unused("old") && !told.is_unused("lost"), "{told:?}");
    })
    .await;
}

#[tokio::test]
async fn a_walk_that_is_stopped_has_done_whole_pages_and_the_next_one_goes_on() {
    on_each(|store| async move {
        let kept = sealed(Arc::clone(&store)).await;
        let mut stop = |_: &Rotation| ControlFlow::Break(());
        let first = walk(&kept.ports, &Actor::System, Aim::Reseal, &mut stop).await.unwrap();
        assert_eq!((first.resealed, first.is_complete), (2, false), "the servers' page");
        assert!(!first.is_unused("old") && !first.is_unused("never seen"));
        let second = rotate(&kept.ports, Aim::Reseal).await;
        assert_eq!(second.resealed, SEALED - 2);
        assert!(second.is_unused("old"));
    })
    .await;
}

/// Lets somebody else change the server just before a commit, as often as it is told to.
#[derive(Debug)]
struct Meddler {
    inner: Arc<dyn Store>,
    left: Mutex<u32>,
    server: ServerId,
}

stand_before_commits!(Meddler);

impl Meddler {
    async fn before_commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        let mut left = self.left.lock().await;
        if *left > 0 {
            *left -= 1;
            let read = self.inner.server(self.server).await?.expect("it is there");
            let mut mine = ChangeSet::default();
            let renamed = Server { max_accounts: read.max_accounts + 1, ..read.value.clone() };
            mine.servers.change(read.with(renamed));
            self.inner.commit(mine).await?;
        }
        self.inner.commit(changes).await
    }
}

async fn meddled(store: Arc<dyn Store>, times: u32) -> (Rotation, i64, i64) {
    let kept = sealed(Arc::clone(&store)).await;
    let most = store.server(kept.server).await.unwrap().unwrap().max_accounts;
    let left = Mutex::new(times);
    let meddler = Arc::new(Meddler { inner: Arc::clone(&store), left, server: kept.server });
    let told = rotate(&Ports { store: meddler, ..kept.ports.clone() }, Aim::Reseal).await;
    (told, most, store.server(kept.server).await.unwrap().unwrap().max_accounts)
}

#[tokio::test]
async fn a_row_that_is_changed_meanwhile_is_sealed_again_and_keeps_the_change() {
    on_each(|store| async move {
        let (told, before, after) = meddled(store, 2).await;
        assert_eq!((told.resealed, after), (SEALED, before + 2), "nothing is lost");
        assert!(told.is_unused("old"), "{told:?}");
    })
    .await;
}

#[tokio::test]
async fn a_row_that_never_stands_still_is_told() {
    let (told, ..) = meddled(Arc::new(MemoryStore::new()), 50).await;
    assert!(told.left.iter().any(|it| it.why.contains("keeps changing")), "{told:?}");
    assert!(!told.is_unused("old") && told.resealed > 0, "the others went on: {told:?}");
}

#[tokio::test]
async fn a_row_that_cannot_be_read_leaves_no_key_for_unused() {
    let store = Arc::new(MemoryStore::new());
    let kept = sealed(store.clone()).await;
    store.spoil("panel_accounts", &kept.account.stored());
    let told = rotate(&kept.ports, Aim::Reseal).await;
    assert_eq!((told.unreadable, told.resealed), (1, SEALED - 1));
    assert!(!told.is_unused("old"), "it may be under it");
}
