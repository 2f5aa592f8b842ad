//! Bringing the schema up to date, again, at once, and not from the future.

mod support;

use hosting_core::port::Store as _;
use hosting_sqlx::{MIGRATIONS, MigrateError, SqlStore};
use support::{on_each_empty, options, run_on};

#[tokio::test]
async fn a_migrated_database_is_left_alone() {
    on_each_empty(|store, _| async move {
        assert_eq!(store.pending_migrations().await.unwrap(), MIGRATIONS);
        assert_eq!(store.migrate().await.unwrap(), MIGRATIONS);
        assert_eq!(store.pending_migrations().await.unwrap(), []);
        assert_eq!(store.migrate().await.unwrap(), []);
        store.ping().await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replicas_that_start_together_migrate_once() {
    on_each_empty(|store, url| async move {
        let mut replicas = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let url = url.clone();
            replicas.spawn(async move {
                let store = SqlStore::connect_with(&url, &options()).await.unwrap();
                let done = store.migrate().await.unwrap().len();
                store.close().await;
                done
            });
        }
        let done: usize = replicas.join_all().await.into_iter().sum();
        assert_eq!(done, MIGRATIONS.len());
        assert_eq!(store.pending_migrations().await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_database_from_the_future_is_refused() {
    on_each_empty(|store, url| async move {
        store.migrate().await.unwrap();
        let step = "INSERT INTO hosting_migrations (number, name, checksum) VALUES (9999, 'warp', 'x')";
        run_on(&url, step).await;
        for refused in [store.pending_migrations().await, store.migrate().await] {
            let error = refused.unwrap_err();
            assert!(matches!(&error, MigrateError::FromTheFuture { number: 9999, name } if name == "warp"));
            assert!(error.to_string().contains("from the future"), "{error}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_database_with_another_past_is_refused() {
    on_each_empty(|store, url| async move {
        store.migrate().await.unwrap();
        run_on(&url, "UPDATE hosting_migrations SET checksum = 'other' WHERE number = 1").await;
        let error = store.migrate().await.unwrap_err();
        assert!(matches!(error, MigrateError::Changed { number: 1, .. }), "{error}");
    })
    .await;
}

#[test]
fn line_ends_do_not_change_a_checksum() {
    for step in MIGRATIONS {
        for dialect in hosting_sqlx::Dialect::ALL {
            assert_eq!(step.checksum(dialect).len(), 64);
            assert!(!step.text(dialect).contains('\r'));
        }
    }
}
