//! Opening a store by its address.

use std::{str::FromStr as _, time::Duration};

#[cfg(any(feature = "postgres", feature = "mysql"))]
use crate::nodelay::send_at_once;
use crate::{conn::Db, store::SqlStore};

/// How a store uses its database.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreOptions {
    /// At most so many connections; for `SQLite` so many readers beside the one writer.
    pub max_connections: u32,
    /// How long to wait for a free connection.
    pub acquire_timeout: Duration,
    /// How long one statement waits for somebody else's lock.
    pub lock_timeout: Duration,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            max_connections: 10,
            acquire_timeout: Duration::from_secs(5),
            lock_timeout: Duration::from_secs(5),
        }
    }
}

/// After how long without use a connection is asked whether it still is one.
#[cfg(any(feature = "postgres", feature = "mysql"))]
const QUIET: Duration = Duration::from_secs(2);

/// Why a store could not be opened. No message repeats the address, which may hold a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The address names no database that this program knows.
    #[error(
        "the database address must begin with sqlite:, postgres:// or mysql:// \
         (for example sqlite://shop.db?mode=rwc)"
    )]
    UnknownScheme,
    /// The program was built without this database.
    #[error("this program was built without support for {0}")]
    NotBuilt(&'static str),
    /// The address is of a known kind but cannot be read.
    #[error("the database address cannot be read; compare it with {example}")]
    BadAddress {
        /// What a right one looks like.
        example: &'static str,
    },
    /// The database does not let us in, or is not there.
    #[error("the database cannot be reached")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl SqlStore {
    /// Opens the store at `url` with default options: `sqlite://path?mode=rwc`, `sqlite::memory:`,
    /// `postgres://user@host/name` or `mysql://user@host/name`.
    ///
    /// The schema is not touched; see [`migrate`](Self::migrate).
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        Self::connect_with(url, &StoreOptions::default()).await
    }

    /// Opens the store at `url`.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub async fn connect_with(url: &str, options: &StoreOptions) -> Result<Self, ConnectError> {
        let scheme = url.split(':').next().unwrap_or_default();
        let db = match scheme {
            "sqlite" => sqlite(url, options).await?,
            "postgres" | "postgresql" => postgres(url, options).await?,
            "mysql" | "mariadb" => mysql(url, options).await?,
            _ => return Err(ConnectError::UnknownScheme),
        };
        Ok(Self::over(db))
    }
}

fn unreachable(error: sqlx::Error) -> ConnectError {
    ConnectError::Unreachable(error.into())
}

#[cfg(feature = "sqlite")]
async fn sqlite(url: &str, options: &StoreOptions) -> Result<Db, ConnectError> {
    use sqlx::sqlite::{
        SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
    };
    let is_memory = url.contains(":memory:") || url.contains("mode=memory");
    let connect = SqliteConnectOptions::from_str(url)
        .map_err(|_| ConnectError::BadAddress { example: "sqlite://shop.db?mode=rwc" })?
        .journal_mode(SqliteJournalMode::Wal)
        // Nothing is acknowledged before it is durable.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(options.lock_timeout)
        .statement_cache_capacity(256)
        // The log is carried over beside the writer; by itself only when that falls far behind.
        .pragma("wal_autocheckpoint", "16000")
        .pragma("temp_store", "memory")
        .pragma("cache_size", "-16000");
    let pool = SqlitePoolOptions::new().acquire_timeout(options.acquire_timeout);
    // A database in memory lives as long as its only connection.
    let writer = pool
        .clone()
        .max_connections(1)
        .min_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(Duration::from_mins(1))
        .test_before_acquire(false)
        .connect_with(connect.clone())
        .await
        .map_err(unreachable)?;
    if is_memory {
        return Ok(Db::Sqlite(writer.clone(), writer));
    }
    let readers = pool
        .max_connections(options.max_connections.max(1))
        .test_before_acquire(false)
        .connect_with(connect.pragma("query_only", "ON"))
        .await
        .map_err(unreachable)?;
    Ok(Db::Sqlite(readers, writer))
}

#[cfg(not(feature = "sqlite"))]
#[expect(clippy::unused_async, reason = "stands in for one that waits")]
async fn sqlite(_: &str, _: &StoreOptions) -> Result<Db, ConnectError> {
    Err(ConnectError::NotBuilt("SQLite"))
}

#[cfg(feature = "postgres")]
async fn postgres(url: &str, options: &StoreOptions) -> Result<Db, ConnectError> {
    use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    let wait = options.lock_timeout.as_millis().to_string();
    let connect = PgConnectOptions::from_str(url)
        .map_err(|_| ConnectError::BadAddress { example: "postgres://user@localhost:5432/shop" })?
        .statement_cache_capacity(256)
        .options([("timezone", "UTC"), ("lock_timeout", wait.as_str())]);
    let port = connect.get_port();
    let pool = PgPoolOptions::new()
        // A connection that was just used is alive; asking it each time would be a round trip more.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > QUIET {
                    sqlx::Connection::ping(connection).await?;
                }
                Ok(true)
            })
        })
        .max_connections(options.max_connections.max(1))
        .acquire_timeout(options.acquire_timeout)
        .after_connect(move |_, _| {
            send_at_once(port);
            Box::pin(async { Ok(()) })
        })
        .connect_with(connect)
        .await
        .map_err(unreachable)?;
    Ok(Db::Postgres(pool))
}

#[cfg(not(feature = "postgres"))]
#[expect(clippy::unused_async, reason = "stands in for one that waits")]
async fn postgres(_: &str, _: &StoreOptions) -> Result<Db, ConnectError> {
    Err(ConnectError::NotBuilt("PostgreSQL"))
}

#[cfg(feature = "mysql")]
async fn mysql(url: &str, options: &StoreOptions) -> Result<Db, ConnectError> {
    use sqlx::{
        AssertSqlSafe, Executor as _,
        mysql::{MySqlConnectOptions, MySqlPoolOptions},
    };
    let connect = MySqlConnectOptions::from_str(url)
        .map_err(|_| ConnectError::BadAddress { example: "mysql://user@localhost:3306/shop" })?
        .charset("utf8mb4")
        .timezone(Some("+00:00".to_owned()))
        .statement_cache_capacity(256);
    let port = connect.get_port();
    let wait = options.lock_timeout.as_secs().max(1);
    // Texts are compared byte by byte, trailing spaces included, as in the other databases; the
    // collation for that has two names. READ COMMITTED locks rows and not the gaps between them. What does not fit is an error on any
    // server, whatever its own mode.
    let session = format!(
        "SET @hosting_exact = IF(VERSION() LIKE '%MariaDB%', 'utf8mb4_nopad_bin', 'utf8mb4_0900_bin'); \
         SET collation_connection = @hosting_exact; \
         SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; \
         SET SESSION innodb_lock_wait_timeout = {wait}; \
         SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')"
    );
    let pool = MySqlPoolOptions::new()
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > QUIET {
                    sqlx::Connection::ping(connection).await?;
                }
                Ok(true)
            })
        })
        .max_connections(options.max_connections.max(1))
        .acquire_timeout(options.acquire_timeout)
        .after_connect(move |connection, _| {
            send_at_once(port);
            let session = session.clone();
            Box::pin(async move {
                connection.execute(sqlx::raw_sql(AssertSqlSafe(session))).await.map(drop)
            })
        })
        .connect_with(connect)
        .await
        .map_err(unreachable)?;
    Ok(Db::MySql(pool))
}

#[cfg(not(feature = "mysql"))]
#[expect(clippy::unused_async, reason = "stands in for one that waits")]
async fn mysql(_: &str, _: &StoreOptions) -> Result<Db, ConnectError> {
    Err(ConnectError::NotBuilt("MySQL"))
}
