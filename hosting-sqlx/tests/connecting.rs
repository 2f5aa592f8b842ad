//! Addresses, good and bad.

use hosting_sqlx::{ConnectError, SqlStore};

#[tokio::test]
async fn an_unknown_scheme_is_told_what_is_known() {
    let error = SqlStore::connect("oracle://host/shop").await.unwrap_err();
    assert!(matches!(error, ConnectError::UnknownScheme));
    assert!(error.to_string().contains("postgres://"));
}

#[tokio::test]
async fn an_error_never_repeats_the_password() {
    let urls = [
        "oracle://root:hunter2@host/shop",
        "postgres://root:hunter2@127.0.0.1:1/shop",
        "mysql://root:hunter2@127.0.0.1:1/shop",
        "postgres://root:hunter2@[/shop",
        "sqlite:///nowhere/hunter2/shop.db",
    ];
    for url in urls {
        let mut options = hosting_sqlx::StoreOptions::default();
        options.acquire_timeout = std::time::Duration::from_millis(300);
        let error = SqlStore::connect_with(url, &options).await.unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[tokio::test]
async fn a_store_does_not_show_its_address() {
    let store = SqlStore::connect("sqlite::memory:").await.unwrap();
    assert_eq!(format!("{store:?}"), "SqlStore { dialect: Sqlite, .. }");
}
