//! What can be said of an address before a store is opened there.
//!
//! Opening a store changes a database: `SQLite` files are created and get their log. Whoever must not
//! touch what is somebody else's looks first.

use crate::{connect::ConnectError, store::SqlStore};

impl SqlStore {
    /// Whether `url` is an address that [`connect`](Self::connect) understands. Nothing is opened.
    ///
    /// # Errors
    /// [`ConnectError::UnknownScheme`], [`ConnectError::NotBuilt`] or [`ConnectError::BadAddress`].
    pub fn check_address(url: &str) -> Result<(), ConnectError> {
        match url.split(':').next().unwrap_or_default() {
            "sqlite" => sqlite::options(url).map(drop),
            "postgres" | "postgresql" => postgres::options(url).map(drop),
            "mysql" | "mariadb" => mysql::options(url).map(drop),
            _ => Err(ConnectError::UnknownScheme),
        }
    }

    /// Whether the database at `url` has no table at all, ours or anybody's. It is only read; a
    /// `SQLite` file that is not there counts as blank and is not made.
    ///
    /// # Errors
    /// A [`ConnectError`]; a file that is no `SQLite` database is [`ConnectError::Unreachable`].
    pub async fn is_blank(url: &str) -> Result<bool, ConnectError> {
        let tables = match url.split(':').next().unwrap_or_default() {
            "sqlite" => sqlite::tables(url).await?,
            "postgres" | "postgresql" => postgres::tables(url).await?,
            "mysql" | "mariadb" => mysql::tables(url).await?,
            _ => return Err(ConnectError::UnknownScheme),
        };
        Ok(tables == 0)
    }
}

macro_rules! driver {
    ($module:ident $feature:literal $name:literal $options:ty, $example:literal, |$it:ident| $prepare:expr, $count:literal) => {
        #[cfg(feature = $feature)]
        mod $module {
            use sqlx::{ConnectOptions as _, Connection as _};

            use super::ConnectError;

            pub(super) fn options(url: &str) -> Result<$options, ConnectError> {
                url.parse::<$options>().map_err(|_| ConnectError::BadAddress { example: $example })
            }

            pub(super) async fn tables(url: &str) -> Result<i64, ConnectError> {
                let $it = options(url)?;
                let ready = $prepare;
                let Some(ready) = ready else { return Ok(0) };
                let failed = |error: sqlx::Error| ConnectError::Unreachable(error.into());
                let mut connection = ready.connect().await.map_err(failed)?;
                let counted = sqlx::query_scalar($count).fetch_one(&mut connection).await;
                let counted: i64 = counted.map_err(failed)?;
                connection.close().await.map_err(failed)?;
                Ok(counted)
            }
        }

        #[cfg(not(feature = $feature))]
        mod $module {
            use super::ConnectError;

            pub(super) fn options(_: &str) -> Result<(), ConnectError> {
                Err(ConnectError::NotBuilt($name))
            }

            pub(super) async fn tables(_: &str) -> Result<i64, ConnectError> {
                Err(ConnectError::NotBuilt($name))
            }
        }
    };
}

driver!(sqlite "sqlite" "SQLite" sqlx::sqlite::SqliteConnectOptions, "sqlite://shop.db?mode=rwc", |it| {
    // A file that is absent or has no byte yet has no table; a database in memory begins without.
    let there = std::fs::metadata(it.get_filename()).is_ok_and(|file| file.len() > 0);
    there.then(|| it.read_only(true).create_if_missing(false))
}, "SELECT count(*) FROM sqlite_master");

driver!(postgres "postgres" "PostgreSQL" sqlx::postgres::PgConnectOptions, "postgres://user@localhost:5432/shop", |it| Some(it),
    "SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace \
     WHERE relkind IN ('r', 'p', 'f') AND nspname <> 'information_schema' \
     AND nspname NOT LIKE 'pg\\_%'");

driver!(mysql "mysql" "MySQL" sqlx::mysql::MySqlConnectOptions, "mysql://user@localhost:3306/shop", |it| Some(it),
    "SELECT CAST(count(*) AS SIGNED) FROM information_schema.tables WHERE table_schema = DATABASE()");
