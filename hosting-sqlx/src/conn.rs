//! The seam: a pool, a transaction and a row, each of three kinds. The only file that names drivers.
//!
//! The bodies below are written once and type-checked once per driver, by [`each!`]; that is what
//! keeps the drivers' bounds out of the rest of the crate.

use chrono::{DateTime, NaiveDate, Utc};
use hosting_core::{change::Unique, port::StoreError};
use sqlx::{AssertSqlSafe, Executor as _, Row as _, SqlSafeStr as _};

use crate::{batch::instant_text, column::Unreadable, dialect::Dialect, statement::Statement};

/// An argument.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Arg<'a> {
    Int(i64),
    Text(&'a str),
    Instant(DateTime<Utc>),
}

impl From<i64> for Arg<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}
impl From<u32> for Arg<'_> {
    fn from(value: u32) -> Self {
        Self::Int(i64::from(value))
    }
}
impl<'a> From<&'a str> for Arg<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}
impl<'a> From<&'a String> for Arg<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(value)
    }
}
impl From<DateTime<Utc>> for Arg<'_> {
    fn from(value: DateTime<Utc>) -> Self {
        Self::Instant(value)
    }
}

/// A row of any driver. Nothing is checked against the column's declared type: the schema is ours.
pub(crate) trait Cells {
    fn text(&self, at: usize) -> Result<Option<&str>, sqlx::Error>;
    fn int(&self, at: usize) -> Result<Option<i64>, sqlx::Error>;
    fn flag(&self, at: usize) -> Result<Option<bool>, sqlx::Error>;
    fn instant(&self, at: usize) -> Result<Option<DateTime<Utc>>, Unreadable>;
    fn date(&self, at: usize) -> Result<Option<NaiveDate>, Unreadable>;
}

macro_rules! cells {
    ($feature:literal $row:ty, $instant:expr, $date:expr) => {
        #[cfg(feature = $feature)]
        impl Cells for $row {
            fn text(&self, at: usize) -> Result<Option<&str>, sqlx::Error> {
                self.try_get_unchecked(at)
            }
            fn int(&self, at: usize) -> Result<Option<i64>, sqlx::Error> {
                self.try_get_unchecked(at)
            }
            fn flag(&self, at: usize) -> Result<Option<bool>, sqlx::Error> {
                self.try_get_unchecked(at)
            }
            fn instant(&self, at: usize) -> Result<Option<DateTime<Utc>>, Unreadable> {
                let read: fn(&$row, usize) -> Result<Option<DateTime<Utc>>, Unreadable> = $instant;
                read(self, at)
            }
            fn date(&self, at: usize) -> Result<Option<NaiveDate>, Unreadable> {
                let read: fn(&$row, usize) -> Result<Option<NaiveDate>, Unreadable> = $date;
                read(self, at)
            }
        }
    };
}
cells!("sqlite" sqlx::sqlite::SqliteRow, |row, at| {
    let text: Option<&str> = row.try_get_unchecked(at)?;
    text.map(|it| crate::batch::parse_instant(it).ok_or_else(|| format!("`{it}` is no instant").into())).transpose()
}, |row, at| {
    let text: Option<&str> = row.try_get_unchecked(at)?;
    Ok(text.map(str::parse).transpose()?)
});
cells!("postgres" sqlx::postgres::PgRow, |row, at| Ok(row.try_get_unchecked(at)?), |row, at| {
    Ok(row.try_get_unchecked(at)?)
});
cells!("mysql" sqlx::mysql::MySqlRow, |row, at| {
    let naive: Option<chrono::NaiveDateTime> = row.try_get_unchecked(at)?;
    Ok(naive.map(|it| it.and_utc()))
}, |row, at| Ok(row.try_get_unchecked(at)?));

/// Connections to one of the databases.
#[derive(Debug, Clone)]
pub(crate) enum Db {
    /// Readers, and a pool of the one writer.
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::SqlitePool, sqlx::SqlitePool),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::PgPool),
    #[cfg(feature = "mysql")]
    MySql(sqlx::MySqlPool),
}

/// A transaction on one of the databases. Dropping it rolls back.
#[derive(Debug)]
pub(crate) enum Tx {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::Transaction<'static, sqlx::Sqlite>),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
    #[cfg(feature = "mysql")]
    MySql(sqlx::Transaction<'static, sqlx::MySql>),
}

macro_rules! each {
    ($this:expr, $enum:ident($it:pat) => $body:expr) => {
        match $this {
            #[cfg(feature = "sqlite")]
            $enum::Sqlite($it, ..) => $body,
            #[cfg(feature = "postgres")]
            $enum::Postgres($it) => $body,
            #[cfg(feature = "mysql")]
            $enum::MySql($it) => $body,
        }
    };
}

macro_rules! query {
    ($dialect:expr, $statement:expr, $args:expr) => {{
        let rendered = $statement.text($dialect);
        let mut query = sqlx::query(rendered.sql.as_str());
        for at in &rendered.binds {
            query = match $args.get(*at).copied() {
                Some(Arg::Int(value)) => query.bind(value),
                Some(Arg::Text(value)) => query.bind(value.to_owned()),
                Some(Arg::Instant(value)) if $dialect == Dialect::Sqlite => {
                    query.bind(instant_text(value))
                }
                Some(Arg::Instant(value)) => query.bind(to_millis(value)),
                None => return Err(StoreError::Refused("an argument is missing".into())),
            };
        }
        query
    }};
}

/// What is stored has milliseconds; what it is compared with must not have more.
fn to_millis(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(at.timestamp_millis()).unwrap_or(at)
}

impl Db {
    pub(crate) const fn dialect(&self) -> Dialect {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(..) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Dialect::Postgres,
            #[cfg(feature = "mysql")]
            Self::MySql(_) => Dialect::MySql,
        }
    }

    /// Begins a transaction that intends to write.
    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        let begun = match self {
            // A deferred transaction that reads first and writes later can fail with SQLITE_BUSY
            // half way; taking the write lock now cannot.
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_, writer) => writer.begin_with("BEGIN IMMEDIATE").await.map(Tx::Sqlite),
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => pool.begin().await.map(Tx::Postgres),
            #[cfg(feature = "mysql")]
            Self::MySql(pool) => pool.begin().await.map(Tx::MySql),
        };
        begun.map_err(classify)
    }

    /// Runs a statement that is a transaction by itself; answers how many rows it was about.
    #[cfg(feature = "postgres")]
    pub(crate) async fn execute(
        &self,
        statement: &'static Statement,
        args: &[Arg<'_>],
    ) -> Result<u64, StoreError> {
        let dialect = self.dialect();
        each!(self, Db(pool) => {
            let done = query!(dialect, statement, args).execute(pool).await.map_err(classify)?;
            Ok(done.rows_affected())
        })
    }

    /// Runs a query outside a transaction and reads every row.
    pub(crate) async fn fetch<T>(
        &self,
        statement: &'static Statement,
        args: &[Arg<'_>],
        mut read: impl FnMut(&dyn Cells) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let dialect = self.dialect();
        each!(self, Db(pool) => {
            let rows = query!(dialect, statement, args).fetch_all(pool).await.map_err(classify)?;
            rows.iter().map(|row| read(row)).collect()
        })
    }

    /// Asks the database to understand a statement without running it.
    pub(crate) async fn prepare(&self, statement: &'static Statement) -> Result<(), StoreError> {
        let sql = statement.text(self.dialect()).sql.as_str();
        each!(self, Db(pool) => {
            let mut connection = pool.acquire().await.map_err(classify)?;
            connection.prepare(sql.into_sql_str()).await.map(drop).map_err(classify)
        })
    }

    /// Carries what is in the write-ahead log over into the database, as far as readers allow, without
    /// holding the writer up. Only `SQLite` with a file has such a log.
    #[cfg(feature = "sqlite")]
    pub(crate) async fn checkpoint(&self) -> Result<(), StoreError> {
        #[cfg_attr(
            not(any(feature = "postgres", feature = "mysql")),
            expect(irrefutable_let_patterns, reason = "one database is built")
        )]
        let Self::Sqlite(readers, _) = self else { return Ok(()) };
        let done = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(readers).await;
        done.map(drop).map_err(classify)
    }

    pub(crate) async fn close(&self) {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(readers, writer) => {
                readers.close().await;
                writer.close().await;
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => pool.close().await,
            #[cfg(feature = "mysql")]
            Self::MySql(pool) => pool.close().await,
        }
    }
}

impl Tx {
    pub(crate) const fn dialect(&self) -> Dialect {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Dialect::Postgres,
            #[cfg(feature = "mysql")]
            Self::MySql(_) => Dialect::MySql,
        }
    }

    /// Runs a statement; answers how many rows it was about.
    pub(crate) async fn execute(
        &mut self,
        statement: &'static Statement,
        args: &[Arg<'_>],
    ) -> Result<u64, StoreError> {
        let dialect = self.dialect();
        each!(self, Tx(tx) => {
            let done = query!(dialect, statement, args).execute(&mut **tx).await.map_err(classify)?;
            Ok(done.rows_affected())
        })
    }

    /// Runs a query and reads every row.
    pub(crate) async fn fetch<T>(
        &mut self,
        statement: &'static Statement,
        args: &[Arg<'_>],
        mut read: impl FnMut(&dyn Cells) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let dialect = self.dialect();
        each!(self, Tx(tx) => {
            let rows = query!(dialect, statement, args).fetch_all(&mut **tx).await.map_err(classify)?;
            rows.iter().map(|row| read(row)).collect()
        })
    }

    /// Runs several statements that take no arguments: a migration, a savepoint.
    pub(crate) async fn script(&mut self, sql: &str) -> Result<(), StoreError> {
        let sql = AssertSqlSafe(sql.to_owned());
        each!(self, Tx(tx) => {
            (&mut **tx).execute(sqlx::raw_sql(sql)).await.map(drop).map_err(classify)
        })
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        each!(self, Tx(tx) => tx.commit().await.map_err(classify))
    }

    pub(crate) async fn rollback(self) -> Result<(), StoreError> {
        each!(self, Tx(tx) => tx.rollback().await.map_err(classify))
    }
}

/// What a driver's error means to the caller.
pub(crate) fn classify(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(database) => {
            if let Some(unique) = violated(database.as_ref()) {
                return StoreError::Duplicate(unique);
            }
            match trouble(database.as_ref()) {
                Trouble::Contention | Trouble::Passing => StoreError::Unavailable(error.into()),
                Trouble::Lasting => StoreError::Refused(error.into()),
            }
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::BeginFailed
        | sqlx::Error::WorkerCrashed => StoreError::Unavailable(error.into()),
        _ => StoreError::Refused(error.into()),
    }
}

/// Whether the whole transaction may be tried again at once: it was the victim of a deadlock or
/// lost a race, and left nothing behind.
pub(crate) fn is_contention(error: &StoreError) -> bool {
    let StoreError::Unavailable(source) = error else { return false };
    match source.downcast_ref::<sqlx::Error>() {
        Some(sqlx::Error::Database(database)) => {
            matches!(trouble(database.as_ref()), Trouble::Contention)
        }
        _ => false,
    }
}

enum Trouble {
    Contention,
    Passing,
    Lasting,
}

fn trouble(error: &(dyn sqlx::error::DatabaseError + 'static)) -> Trouble {
    #[cfg(feature = "mysql")]
    if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return match error.number() {
            // Deadlock; a row changed since it was last read (`MariaDB`).
            1213 | 1020 => Trouble::Contention,
            // Lock wait; connections; shutdown; killed; read-only; statement time.
            1205 | 1040 | 1053 | 1203 | 1290 | 1317 | 1927 | 1969 | 3024 | 4031 => Trouble::Passing,
            _ => Trouble::Lasting,
        };
    }
    let code = error.code().unwrap_or_default();
    #[cfg(feature = "sqlite")]
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        // The low byte is the kind: busy, locked, an input/output error, no space.
        return match code.parse::<u32>().map(|it| it & 0xff) {
            Ok(5 | 6 | 10 | 13) => Trouble::Passing,
            _ => Trouble::Lasting,
        };
    }
    match code.as_ref() {
        // Serialization; deadlock.
        "40001" | "40P01" => Trouble::Contention,
        // Lock not available; cancelled; read-only after a failover.
        "55P03" | "57014" | "25006" => Trouble::Passing,
        // Connection; resources; operator intervention.
        code if code.starts_with("08") || code.starts_with("53") || code.starts_with("57P") => {
            Trouble::Passing
        }
        _ => Trouble::Lasting,
    }
}

/// The unique constraint that an error is about.
fn violated(error: &(dyn sqlx::error::DatabaseError + 'static)) -> Option<Unique> {
    if !error.is_unique_violation() {
        return None;
    }
    if let Some(name) = error.constraint() {
        return by_name(name);
    }
    let message = error.message();
    // "UNIQUE constraint failed: payments.gateway, payments.reference"
    if let Some((_, columns)) = message.split_once("constraint failed: ") {
        return by_columns(columns);
    }
    // "Duplicate entry 'x' for key 'users.users_email'"; `MariaDB` leaves the table out.
    let (_, name) = message.trim_end_matches('\'').rsplit_once('\'')?;
    by_name(name.rsplit('.').next().unwrap_or(name))
}

fn by_name(name: &str) -> Option<Unique> {
    if name == "PRIMARY" || name.ends_with("_pkey") || name == "events_id" {
        return Some(Unique::PrimaryKey);
    }
    Unique::parse(name)
}

fn by_columns(list: &str) -> Option<Unique> {
    let mut columns = Vec::new();
    let mut table = "";
    for column in list.split(", ") {
        let (of, name) = column.split_once('.')?;
        table = of;
        columns.push(name.trim());
    }
    if columns == ["id"] {
        return Some(Unique::PrimaryKey);
    }
    Unique::ALL.iter().copied().find(|it| it.columns() == (table, columns.as_slice()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unique_constraint_is_found_by_its_name_and_by_its_columns() {
        for unique in Unique::ALL.iter().copied().filter(|it| *it != Unique::PrimaryKey) {
            let (table, columns) = unique.columns();
            let list: Vec<_> = columns.iter().map(|it| format!("{table}.{it}")).collect();
            assert_eq!(by_columns(&list.join(", ")), Some(unique));
            assert_eq!(by_name(unique.as_str()), Some(unique));
        }
        assert_eq!(by_columns("invoices.id"), Some(Unique::PrimaryKey));
        assert_eq!(by_name("invoices_pkey"), Some(Unique::PrimaryKey));
        assert_eq!(by_name("somebody_elses"), None);
    }
}
