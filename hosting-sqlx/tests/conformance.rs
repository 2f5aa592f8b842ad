//! The store's contract, kept on every database.

mod support;

use std::sync::Arc;

use hosting_core::testing::conformance::store::{RULES, Work, run};
use hosting_sqlx::{Dialect, SqlStore};
use support::Fresh;

async fn sqlite_file() -> (Arc<SqlStore>, Fresh) {
    let fresh = Fresh::empty(Dialect::Sqlite, "").await;
    fresh.store.migrate().await.expect("migrated");
    (fresh.store.clone(), fresh)
}

async fn sqlite_in_memory() -> Arc<SqlStore> {
    let store = SqlStore::connect("sqlite::memory:").await.expect("connected");
    store.migrate().await.expect("migrated");
    Arc::new(store)
}

hosting_core::store_conformance!(sqlite, sqlite_file);
hosting_core::store_conformance!(memory, sqlite_in_memory);

fn spawn(work: Work) -> Work {
    let started = tokio::spawn(work);
    Box::pin(async move { started.await.expect("work beside the rule") })
}

/// Tries every rule, each on a database that `fresh` empties; says which are broken.
async fn keep_all(dialect: Dialect, store: Arc<SqlStore>, url: &str) {
    let mut broken = Vec::new();
    let only = std::env::var("HOSTING_TEST_RULE").ok();
    for rule in
        RULES.iter().filter(|rule| only.as_ref().is_none_or(|it| rule.contains(it.as_str())))
    {
        support::empty(url).await;
        let work = run(rule, store.clone(), spawn).expect("a rule of the list");
        if tokio::spawn(work).await.is_err() {
            broken.push(*rule);
        }
    }
    println!("{} rules tried on {dialect:?}", RULES.len());
    assert!(broken.is_empty(), "broken on {dialect:?}: {broken:#?}");
}

async fn conformance(dialect: Dialect) {
    let Some(server) = support::server(dialect) else { return };
    let fresh = Fresh::empty(dialect, &server).await;
    fresh.store.migrate().await.expect("migrated");
    keep_all(dialect, fresh.store.clone(), &fresh.url).await;
    fresh.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn postgres_keeps_every_rule() {
    conformance(Dialect::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn mysql_keeps_every_rule() {
    conformance(Dialect::MySql).await;
}
