//! The story on every database, with the process dying at points of it.
//!
//! `HOSTING_CRASH_POINTS=all` tries every point, one after the other; without it every database gets
//! an even sample, so that the suite stays quick. The memory store is always tried at every point
//! (`hosting-core/tests/story.rs`).

#[path = "../hosting-sqlx/tests/support/mod.rs"]
mod support;

use std::sync::Arc;

use hosting_core::{
    port::Store,
    testing::{Fate, TestShop, story::whole_life},
};
use hosting_sqlx::{Dialect, SqlStore};

/// How many points are tried on each database unless all are asked for.
const SAMPLE: u64 = 6;

async fn live(store: &Arc<SqlStore>, fate: Fate) -> u64 {
    let shop = TestShop::open(Arc::clone(store) as Arc<dyn Store>, fate).await;
    whole_life(&shop).await;
    shop.fate.passed()
}

async fn on(dialect: Dialect) {
    let Some(server) = support::server(dialect) else { return };
    let fresh = support::Fresh::empty(dialect, &server).await;
    fresh.store.migrate().await.expect("migrated");
    let points = live(&fresh.store, Fate::kind()).await;
    let step = match std::env::var("HOSTING_CRASH_POINTS").as_deref() {
        Ok("all") => 1,
        _ => (points / SAMPLE).max(1),
    };
    println!("on {dialect:?}: {points} points, every {step}th is tried");
    for point in (1..=points).step_by(usize::try_from(step).expect("small")) {
        support::empty(&fresh.url).await;
        println!("dying at point {point} of {points}");
        live(&fresh.store, Fate::dies_at(point)).await;
    }
    for seed in 0..1 {
        support::empty(&fresh.url).await;
        println!("dying again and again, seed {seed}");
        live(&fresh.store, Fate::cruel(seed, 25)).await;
    }
    fresh.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dying_changes_nothing_on_sqlite() {
    on(Dialect::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dying_changes_nothing_on_postgres() {
    on(Dialect::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dying_changes_nothing_on_mysql() {
    on(Dialect::MySql).await;
}
