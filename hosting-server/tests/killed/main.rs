//! Whole processes killed while people buy, and while months go by in which they pay, forget to pay, pay
//! late and leave.
//!
//! The outside world runs in the test and survives; the shop runs as child processes of the real
//! binary, which are killed at random moments and started again. `HOSTING_KILL_SEED` repeats the dice
//! of a run; when exactly a kill strikes is up to the machine.

mod calls;
mod killer;
mod ledger;
mod life;
mod life_ledger;
mod people;
mod shop;
#[path = "../../../hosting-sqlx/tests/support/mod.rs"]
mod support;

use std::sync::Arc;

use hosting_adapters::midtrans::sandbox::{Order, WebhookSwitches};
use hosting_core::{port::Entropy as _, testing::SeededEntropy};
use hosting_server::{clock::Stopwatch, entropy::SystemEntropy};
use hosting_sqlx::Dialect;
use tokio::sync::Mutex;

use self::{
    killer::{Killer, Mischief},
    ledger::Ledger,
    shop::Shop,
};

/// One at a time: each of them keeps the machine busy.
static TURN: Mutex<()> = Mutex::const_new(());

/// How many people buy at the same time.
const PEOPLE: usize = 3;

fn seed() -> u64 {
    let given = std::env::var("HOSTING_KILL_SEED").ok();
    let given = given.map(|it| it.parse().expect("HOSTING_KILL_SEED is a number"));
    given.unwrap_or_else(|| u64::try_from(SystemEntropy.next() >> 96).expect("32 bits"))
}

/// Lets people buy from a shop of `replicas` processes, kills the first of them again and again, and
/// looks through everything once it has come to rest.
async fn survive(dialect: Dialect, replicas: usize, mischief: Mischief) {
    let Some(server) = support::server(dialect) else { return };
    let _turn = TURN.lock().await;
    let (seed, watch) = (seed(), Stopwatch::start());
    support::say(&format!("{dialect:?}: people buy, HOSTING_KILL_SEED={seed}"));
    let fresh = support::Fresh::empty(dialect, &server).await;
    let shop = Arc::new(Shop::open(&fresh, replicas).await);
    if mischief == Mischief::Much {
        let switches =
            WebhookSwitches { copies: 2, order: Order::PendingLast, ..Default::default() };
        shop.world.midtrans.set_webhooks(switches);
    }
    let killer = Killer::new(Arc::clone(&shop), SeededEntropy::new(seed), mischief);
    let progress = killer.progress();
    let killing = tokio::spawn(killer.kill_again_and_again());
    let mut buying = tokio::task::JoinSet::new();
    for number in 0..PEOPLE {
        buying.spawn(people::shop_until(Arc::clone(&shop), number, seed, Arc::clone(&progress)));
    }
    let mut domains = Vec::new();
    while let Some(bought) = buying.join_next().await {
        domains.extend(bought.expect("nobody gave up"));
    }
    killing.await.expect("the killer lived");
    let kills = progress.kills();
    shop.come_to_rest(domains.len()).await;
    let ledger = Ledger::read(&shop, domains).await;
    let findings = ledger.findings();
    support::say(&format!(
        "{dialect:?}, {replicas} process(es): {kills} kills, {} sales, {} tasks taken again, {} calls made again, {:?}",
        ledger.sales.len(),
        ledger.repeated,
        shop.again(),
        watch.elapsed(),
    ));
    assert!(findings.is_empty(), "seed {seed}: {findings:#?}");
    assert!(kills >= killer::KILLS, "only {kills} kills");
    drop(shop);
    fresh.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_on_sqlite_survives_being_killed() {
    survive(Dialect::Sqlite, 1, Mischief::Little).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_on_sqlite_survives_being_killed_in_a_bad_world() {
    survive(Dialect::Sqlite, 1, Mischief::Much).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_on_postgres_survives_being_killed() {
    survive(Dialect::Postgres, 1, Mischief::Little).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_on_postgres_survive_one_being_killed() {
    survive(Dialect::Postgres, 2, Mischief::Little).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_on_postgres_survive_a_bad_world() {
    survive(Dialect::Postgres, 2, Mischief::Much).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_on_mysql_survive_a_bad_world() {
    survive(Dialect::MySql, 2, Mischief::Much).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn months_go_by_on_sqlite_while_the_process_is_killed() {
    life::survive(Dialect::Sqlite, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn months_go_by_on_postgres_while_the_process_is_killed() {
    life::survive(Dialect::Postgres, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn months_go_by_on_mysql_while_the_process_is_killed() {
    life::survive(Dialect::MySql, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn months_go_by_for_two_replicas_on_postgres_while_one_is_killed() {
    life::survive(Dialect::Postgres, 2).await;
}
