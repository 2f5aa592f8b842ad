//! `SQLite`'s one writer: many callers, one transaction, each on its own.

mod support;

use std::sync::Arc;

use hosting_core::{
    change::ChangeSet,
    model::Setting,
    port::{Store as _, StoreError, store::SettingsRepository as _},
    testing::conformance::store::Sample,
};
use hosting_sqlx::{Dialect, SqlStore};
use sqlx::{Connection as _, Executor as _};
use support::Fresh;

fn naming(sample: &Sample, key: &str) -> ChangeSet {
    let mut changes = ChangeSet::default();
    changes.settings.add(Setting { key: key.to_owned(), ..sample.setting() });
    changes
}

async fn fresh() -> Fresh {
    let fresh = Fresh::empty(Dialect::Sqlite, "").await;
    fresh.store.migrate().await.expect("migrated");
    fresh
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn commits_that_share_a_transaction_fail_alone() {
    let fresh = fresh().await;
    let sample = Sample::new(1);
    let mut callers = tokio::task::JoinSet::new();
    // Every name is asked for four times; one of the four must get it.
    for at in 0..400 {
        let (store, changes) =
            (fresh.store.clone(), naming(&sample, &format!("name-{}", at % 100)));
        callers.spawn(async move { store.commit(changes).await });
    }
    let answers = callers.join_all().await;
    let stored = answers.iter().filter(|it| it.is_ok()).count();
    let taken = answers.iter().filter(|it| matches!(it, Err(StoreError::Duplicate(_)))).count();
    assert_eq!((stored, taken), (100, 300));
    fresh.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_acknowledged_is_there_after_a_crash() {
    let fresh = fresh().await;
    let sample = Sample::new(1);
    let mut callers = tokio::task::JoinSet::new();
    for at in 0..50 {
        let (store, key) = (fresh.store.clone(), format!("name-{at}"));
        let changes = naming(&sample, &key);
        callers.spawn(async move { store.commit(changes).await.map(|_| key) });
    }
    let keys: Vec<String> = callers.join_all().await.into_iter().map(Result::unwrap).collect();
    // The files as they lie there now are what a crash would leave.
    let copy = tempfile::tempdir().unwrap();
    let from = fresh.url.trim_start_matches("sqlite://").trim_end_matches("?mode=rwc");
    let to = copy.path().join("shop.db");
    for end in ["", "-wal"] {
        std::fs::copy(format!("{from}{end}"), format!("{}{end}", to.display())).unwrap();
    }
    let revived = SqlStore::connect(&format!("sqlite://{}", to.display())).await.unwrap();
    for key in keys {
        assert!(revived.setting(&key).await.unwrap().is_some(), "{key}");
    }
    revived.close().await;
    fresh.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_goes_away_leaves_no_half_commit() {
    let fresh = fresh().await;
    let sample = Sample::new(1);
    for at in 0..50 {
        let mut changes = naming(&sample, &format!("one-{at}"));
        changes.and(naming(&sample, &format!("two-{at}")));
        let store: Arc<SqlStore> = fresh.store.clone();
        let caller = tokio::spawn(async move { store.commit(changes).await });
        tokio::task::yield_now().await;
        caller.abort();
    }
    // Whatever was queued is done before this is.
    fresh.store.commit(naming(&sample, "last")).await.unwrap();
    for at in 0..50 {
        let one = fresh.store.setting(&format!("one-{at}")).await.unwrap();
        let two = fresh.store.setting(&format!("two-{at}")).await.unwrap();
        assert_eq!(one.is_some(), two.is_some(), "{at}");
    }
    fresh.drop().await;
}

#[tokio::test]
async fn a_closed_store_is_unavailable() {
    let fresh = fresh().await;
    fresh.store.close().await;
    let answer = fresh.store.commit(naming(&Sample::new(1), "late")).await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    fresh.drop().await;
}

#[tokio::test]
async fn the_database_is_kept_as_promised() {
    let fresh = fresh().await;
    let cell = |rows: Vec<Vec<String>>| rows[0][0].clone();
    assert_eq!(cell(support::ask(&fresh.url, "PRAGMA journal_mode").await), "wal");
    let tables = "SELECT count(*) FROM pragma_table_list WHERE type = 'table' AND strict = 0 \
                  AND name NOT LIKE 'sqlite_%'";
    assert_eq!(cell(support::ask(&fresh.url, tables).await), "0", "every table is STRICT");
    fresh.drop().await;
}

/// How large a file is, in bytes; 0 when there is none.
fn size(path: &str) -> u64 {
    std::fs::metadata(path).map_or(0, |it| it.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_carried_over_beside_the_writer_and_holds_no_reader_up() {
    let fresh = fresh().await;
    let sample = Sample::new(1);
    let path = fresh.url.trim_start_matches("sqlite://").trim_end_matches("?mode=rwc").to_owned();
    let before = size(&path);
    // Somebody reads for a long time: what they see stays, and they stop nobody.
    let mut reader = sqlx::SqliteConnection::connect(&fresh.url).await.unwrap();
    let count = "SELECT count(*) FROM settings";
    let mut seen = Vec::new();
    reader.execute("BEGIN").await.unwrap();
    for round in 0..60 {
        let mut changes = ChangeSet::default();
        for at in 0..100 {
            changes.and(naming(&sample, &format!("name-{round}-{at}")));
        }
        fresh.store.commit(changes).await.unwrap();
        let row = reader.fetch_one(count).await.unwrap();
        seen.push(sqlx::Row::get::<i64, _>(&row, 0));
        let last = format!("name-{round}-99");
        assert!(fresh.store.setting(&last).await.unwrap().is_some(), "others see it at once");
    }
    assert!(seen.iter().all(|it| *it == seen[0]), "one snapshot: {seen:?}");
    reader.execute("COMMIT").await.unwrap();
    reader.close().await.unwrap();
    // Nobody closes the store, which would carry the log over too.
    let mut carried = false;
    for round in 0..100 {
        let mut changes = ChangeSet::default();
        for at in 0..100 {
            changes.and(naming(&sample, &format!("late-{round}-{at}")));
        }
        fresh.store.commit(changes).await.unwrap();
        carried = size(&path) > before + 500_000;
        if carried {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(carried, "{} bytes before, {} now", before, size(&path));
    fresh.drop().await;
}
