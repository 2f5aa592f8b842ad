//! An address is judged, and a database looked into, without anything being touched.

mod support;

use hosting_sqlx::{ConnectError, SqlStore};

#[tokio::test]
async fn a_database_is_blank_until_somebody_makes_a_table() {
    support::on_each_empty(|_, url| async move {
        assert!(SqlStore::is_blank(&url).await.expect("asked"), "nothing is in it yet");
        support::run_on(&url, "CREATE TABLE diary (page INTEGER)").await;
        assert!(!SqlStore::is_blank(&url).await.expect("asked"), "somebody's diary is in it");
    })
    .await;
}

#[tokio::test]
async fn a_migrated_database_is_not_blank() {
    support::on_each_empty(|store, url| async move {
        store.migrate().await.expect("migrated");
        assert!(!SqlStore::is_blank(&url).await.expect("asked"));
    })
    .await;
}

#[tokio::test]
async fn looking_makes_and_changes_no_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let absent = folder.path().join("absent.db");
    let url = format!("sqlite://{}?mode=rwc", absent.display());
    assert!(SqlStore::is_blank(&url).await.expect("asked"));
    assert!(!absent.exists(), "looking made the file");

    // A database in the journal mode it was made with, not in ours.
    let diary = folder.path().join("diary.db");
    let url = format!("sqlite://{}?mode=rwc", diary.display());
    support::run_on(&url, "PRAGMA journal_mode = DELETE; CREATE TABLE diary (page INTEGER)").await;
    let before = std::fs::read(&diary).expect("read");
    assert!(!SqlStore::is_blank(&url).await.expect("asked"));
    assert_eq!(before, std::fs::read(&diary).expect("read"));
    let files = std::fs::read_dir(folder.path()).expect("listed").count();
    assert_eq!(files, 1, "looking left files behind");

    let letter = folder.path().join("letter.txt");
    std::fs::write(&letter, "Dear Rani, this is no database. ".repeat(64)).expect("written");
    let url = format!("sqlite://{}?mode=rwc", letter.display());
    assert!(matches!(SqlStore::is_blank(&url).await, Err(ConnectError::Unreachable(_))));
}

#[test]
fn an_address_is_judged_without_a_server() {
    for good in ["sqlite://shop.db?mode=rwc", "postgres://a@b/c", "mysql://a@b/c"] {
        assert!(SqlStore::check_address(good).is_ok(), "{good}");
    }
    for bad in ["postgres://host:port/shop", "mysql://host:port/shop", "sqlite://x?mode=maybe"] {
        let judged = SqlStore::check_address(bad);
        assert!(matches!(judged, Err(ConnectError::BadAddress { .. })), "{bad}: {judged:?}");
    }
    assert!(matches!(SqlStore::check_address("oracle://x"), Err(ConnectError::UnknownScheme)));
}
