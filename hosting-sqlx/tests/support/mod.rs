//! Databases for tests: a fresh one each, on every server this machine has.
//!
//! `SQLite` is always there. `PostgreSQL` and `MySQL` are tried when `HOSTING_TEST_POSTGRES_URL` and
//! `HOSTING_TEST_MYSQL_URL` name a server on which databases may be created and dropped. What is not
//! tried is said aloud.
#![allow(dead_code, reason = "each test program uses its part")]

use std::{
    future::Future,
    io::Write as _,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use hosting_sqlx::{Dialect, SqlStore, StoreOptions};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

/// A database of its own, and the store on it.
pub(crate) struct Fresh {
    pub(crate) store: Arc<SqlStore>,
    pub(crate) url: String,
    place: Place,
}

enum Place {
    Folder(tempfile::TempDir),
    Postgres { server: String, name: String },
    MySql { server: String, name: String },
}

/// The server of that dialect, if there is one.
pub(crate) fn server(dialect: Dialect) -> Option<String> {
    let variable = match dialect {
        Dialect::Sqlite => return Some(String::new()),
        Dialect::Postgres => "HOSTING_TEST_POSTGRES_URL",
        Dialect::MySql => "HOSTING_TEST_MYSQL_URL",
    };
    let url = std::env::var(variable).ok().filter(|it| !it.is_empty());
    if url.is_none() {
        static SAID: Mutex<Vec<&str>> = Mutex::new(Vec::new());
        let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
        if !said.contains(&variable) {
            said.push(variable);
            say(&format!("{dialect:?} is NOT tried: {variable} is not set"));
        }
    }
    url
}

/// Says something on the terminal, also when the test is green: what `println!` and `eprintln!` say is
/// kept from there by the test harness.
pub(crate) fn say(what: &str) {
    let program = std::env::args().next().unwrap_or_default();
    let program = program.rsplit('/').next().unwrap_or_default();
    let program = program.rsplit_once('-').map_or(program, |(name, _)| name);
    let _ = writeln!(std::io::stderr().lock(), "{program}: {what}");
}

/// Runs `test` on a fresh, empty database without tables, on each server there is.
pub(crate) async fn on_each_empty<F: Future<Output = ()>>(
    test: impl Fn(Arc<SqlStore>, String) -> F,
) {
    for dialect in Dialect::ALL {
        let Some(server) = server(dialect) else { continue };
        println!("on {dialect:?}");
        let fresh = Fresh::empty(dialect, &server).await;
        test(fresh.store.clone(), fresh.url.clone()).await;
        fresh.drop().await;
    }
}

/// Runs `test` on a fresh database with all tables, on each server there is.
pub(crate) async fn on_each<F: Future<Output = ()>>(test: impl Fn(Arc<SqlStore>) -> F) {
    on_each_empty(|store, _| async {
        store.migrate().await.expect("migrated");
        test(store).await;
    })
    .await;
}

/// A name that no other database of this run has.
pub(crate) fn name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("hosting_test_{}_{count}", std::process::id())
}

/// The address of another database on the same server.
pub(crate) fn beside(server: &str, name: &str) -> String {
    let (address, options) = server.split_once('?').map_or((server, ""), |(it, rest)| (it, rest));
    let (server, _) = address.rsplit_once('/').expect("an address names a database");
    if options.is_empty() {
        format!("{server}/{name}")
    } else {
        format!("{server}/{name}?{options}")
    }
}

pub(crate) fn options() -> StoreOptions {
    let mut options = StoreOptions::default();
    options.max_connections = 8;
    options.acquire_timeout = std::time::Duration::from_secs(30);
    options
}

impl Fresh {
    /// A database without tables.
    pub(crate) async fn empty(dialect: Dialect, server: &str) -> Self {
        let name = name();
        let (url, place) = match dialect {
            Dialect::Sqlite => {
                let folder = tempfile::tempdir().expect("a folder");
                let path = folder.path().join("shop.db");
                (format!("sqlite://{}?mode=rwc", path.display()), Place::Folder(folder))
            }
            Dialect::Postgres => {
                postgres(server, &format!("CREATE DATABASE {name}")).await;
                (beside(server, &name), Place::Postgres { server: server.to_owned(), name })
            }
            Dialect::MySql => {
                mysql(server, &format!("CREATE DATABASE {name}")).await;
                (beside(server, &name), Place::MySql { server: server.to_owned(), name })
            }
        };
        let store = SqlStore::connect_with(&url, &options()).await.expect("connected");
        Self { store: Arc::new(store), url, place }
    }

    /// Removes the database.
    pub(crate) async fn drop(self) {
        self.store.close().await;
        match self.place {
            Place::Folder(folder) => folder.close().expect("removed"),
            Place::Postgres { server, name } => {
                postgres(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
            }
            Place::MySql { server, name } => mysql(&server, &format!("DROP DATABASE {name}")).await,
        }
    }
}

/// Runs a statement on a `PostgreSQL` server.
pub(crate) async fn postgres(url: &str, sql: &str) {
    let mut connection = sqlx::PgConnection::connect(url).await.expect("connected");
    let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    connection.execute(sql).await.expect("done");
    connection.close().await.expect("closed");
}

/// Runs a statement on a `MySQL` server.
pub(crate) async fn mysql(url: &str, sql: &str) {
    let mut connection = sqlx::MySqlConnection::connect(url).await.expect("connected");
    let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    connection.execute(sql).await.expect("done");
    connection.close().await.expect("closed");
}

/// Runs a statement on the database at `url`, whatever it is.
pub(crate) async fn run_on(url: &str, sql: &str) {
    match url.split(':').next() {
        Some("sqlite") => {
            let mut connection = sqlx::SqliteConnection::connect(url).await.expect("connected");
            let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
            connection.execute(sql).await.expect("done");
            connection.close().await.expect("closed");
        }
        Some("postgres") => postgres(url, sql).await,
        _ => mysql(url, sql).await,
    }
}

/// Throws all rows away, faster than making a database anew.
pub(crate) async fn empty(url: &str) {
    let tables = SqlStore::tables();
    let deletes: Vec<_> =
        tables.iter().rev().map(|it| format!("DELETE FROM {}", it.name())).collect();
    run_on(url, &deletes.join("; ")).await;
}

macro_rules! rows {
    ($connection:ty, $url:expr, $sql:expr) => {{
        let mut connection = <$connection>::connect($url).await.expect("connected");
        let sql = sqlx::raw_sql(AssertSqlSafe($sql.to_owned()));
        let rows = sql.fetch_all(&mut connection).await.expect("answered");
        let text = |row: &_, at| {
            sqlx::Row::try_get_unchecked::<Option<String>, usize>(row, at)
                .expect("text")
                .unwrap_or_default()
        };
        rows.iter().map(|row| (0..sqlx::Row::len(row)).map(|at| text(row, at)).collect()).collect()
    }};
}

/// Asks the database at `url`; every cell as text.
pub(crate) async fn ask(url: &str, sql: &str) -> Vec<Vec<String>> {
    match url.split(':').next() {
        Some("sqlite") => rows!(sqlx::SqliteConnection, url, sql),
        Some("postgres") => rows!(sqlx::PgConnection, url, sql),
        _ => rows!(sqlx::MySqlConnection, url, sql),
    }
}
