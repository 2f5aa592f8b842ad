//! The yardstick: the same rows, written by a bare batched writer.
//!
//! It shares no code with the store. Every table that a renewal touches has a shadow beside it with the
//! same columns, checks and indexes, and without foreign keys. After each block of the run the rows that
//! it wrote are read, and then written to the shadows: one insert a table, one transaction a page, in
//! which nothing is looked up, locked, compared or numbered. Reading is not timed.

use std::{
    error::Error,
    fmt::Write as _,
    time::{Duration, Instant},
};

use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Executor as _, PgConnection, Row as _, SqliteConnection,
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

/// What may go wrong, for people to read.
pub(crate) type Failure = Box<dyn Error>;

/// The rows of a table that is only added to, and how many a renewal has.
const ADDED: [(&str, usize); 5] = [
    ("invoices", 1),
    ("invoice_items", 1),
    ("subscription_cycles", 1),
    ("events", 2),
    ("provision_tasks", 1),
];
/// What a renewal changes in its subscription.
const CHANGED: [&str; 5] = ["id", "version", "next_period", "next_renewal_at", "updated_at"];

/// A row, each cell as text.
type Cells = Vec<Option<String>>;

/// One table's shadow.
struct Shadow {
    table: &'static str,
    /// Names and types, as the database has them.
    columns: Vec<(String, String)>,
    per_renewal: usize,
    /// The last id that was read.
    last: String,
    rows: Vec<Cells>,
}

/// The bare writer and what it is about to write.
pub(crate) struct Raw {
    connection: Connection,
    added: Vec<Shadow>,
    changed: Shadow,
}

enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

#[expect(clippy::disallowed_methods, reason = "this program measures")]
fn start() -> Instant {
    Instant::now()
}

impl Raw {
    /// Makes the shadows. What is in the tables already is not copied, except the subscriptions.
    pub(crate) async fn open(url: &str) -> Result<Self, Failure> {
        let mut connection = Connection::open(url).await?;
        let mut added = Vec::new();
        for (table, per_renewal) in ADDED {
            added.push(connection.shadow(table, per_renewal).await?);
        }
        let mut changed = connection.shadow("subscriptions", 1).await?;
        connection.run("INSERT INTO raw_subscriptions SELECT * FROM subscriptions").await?;
        changed.columns.retain(|(name, _)| CHANGED.contains(&name.as_str()));
        // What the statements of the run wrote before is not this writer's.
        let mut raw = Self { connection, added, changed };
        raw.read().await?;
        for shadow in raw.added.iter_mut().chain([&mut raw.changed]) {
            shadow.rows.clear();
        }
        Ok(raw)
    }

    /// Reads what the run wrote since the last time.
    async fn read(&mut self) -> Result<(), Failure> {
        let billed = "JOIN subscription_cycles c ON c.subscription_id = t.id";
        self.changed.rows = self.connection.rows(&self.changed, billed, "c.id").await?;
        for shadow in &mut self.added {
            shadow.rows = self.connection.rows(shadow, "", "t.id").await?;
            let id = shadow.columns.iter().position(|(name, _)| name == "id");
            let last = shadow.rows.last().and_then(|row| row.get(id?).cloned().flatten());
            if let Some(last) = last {
                if shadow.table == "subscription_cycles" {
                    self.changed.last.clone_from(&last);
                }
                shadow.last = last;
            }
        }
        Ok(())
    }

    /// Writes the rows that the run wrote since the last time, `page` renewals to a transaction.
    pub(crate) async fn catch_up(&mut self, page: usize) -> Result<Duration, Failure> {
        self.read().await?;
        let renewals = self.changed.rows.len();
        for shadow in &self.added {
            let all = shadow.rows.len();
            assert_eq!(all, renewals * shadow.per_renewal, "rows of {}", shadow.table);
        }
        let began = start();
        for from in (0..renewals).step_by(page) {
            let until = renewals.min(from + page);
            self.connection.run(self.connection.begin()).await?;
            for shadow in &self.added {
                let rows = &shadow.rows[from * shadow.per_renewal..until * shadow.per_renewal];
                self.connection.write(&shadow.insert(&self.connection, rows.len()), rows).await?;
            }
            let rows = &self.changed.rows[from..until];
            self.connection.write(&self.changed.update(&self.connection, rows.len()), rows).await?;
            self.connection.run("COMMIT").await?;
        }
        if matches!(self.connection, Connection::Sqlite(_)) {
            self.connection.run("PRAGMA wal_checkpoint(PASSIVE)").await?;
        }
        Ok(began.elapsed())
    }
}

impl Shadow {
    fn insert(&self, connection: &Connection, rows: usize) -> String {
        let names: Vec<_> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        let values: Vec<_> = (0..names.len()).map(|at| connection.cell(self, at)).collect();
        let source = connection.source(names.len(), rows);
        let (names, values) = (names.join(", "), values.join(", "));
        format!("INSERT INTO raw_{} ({names}) SELECT {values} FROM {source}", self.table)
    }

    fn update(&self, connection: &Connection, rows: usize) -> String {
        let mut sets = Vec::new();
        let mut of = String::new();
        for (at, (name, _)) in self.columns.iter().enumerate() {
            let cell = connection.cell(self, at);
            if name == "id" { of = cell } else { sets.push(format!("{name} = {cell}")) }
        }
        let (source, sets) = (connection.source(self.columns.len(), rows), sets.join(", "));
        format!("UPDATE raw_{0} SET {sets} FROM {source} WHERE raw_{0}.id = {of}", self.table)
    }
}

impl Connection {
    async fn open(url: &str) -> Result<Self, Failure> {
        if url.starts_with("sqlite:") {
            // As durable as the store's writer, and with as much memory for pages.
            let connect = url.parse::<SqliteConnectOptions>()?.foreign_keys(false);
            let connect = connect.journal_mode(SqliteJournalMode::Wal);
            let connect = connect.synchronous(SqliteSynchronous::Full);
            let connect = connect.busy_timeout(Duration::from_secs(30));
            let connect = connect.pragma("wal_autocheckpoint", "16000");
            let connect = connect.pragma("cache_size", "-16000");
            return Ok(Self::Sqlite(connect.connect().await?));
        }
        if url.starts_with("postgres") {
            return Ok(Self::Postgres(url.parse::<PgConnectOptions>()?.connect().await?));
        }
        Err("the bare writer writes to SQLite and PostgreSQL".into())
    }

    const fn begin(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "BEGIN IMMEDIATE",
            Self::Postgres(_) => "BEGIN",
        }
    }

    async fn run(&mut self, sql: &str) -> Result<(), Failure> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(it) => it.execute(sqlx::raw_sql(sql)).await.map(|_| ())?,
            Self::Postgres(it) => it.execute(sqlx::raw_sql(sql)).await.map(|_| ())?,
        }
        Ok(())
    }

    /// A cell of the source: everything travels as text. `SQLite` makes of it what the column is.
    fn cell(&self, shadow: &Shadow, at: usize) -> String {
        match self {
            Self::Sqlite(_) => format!("v.column{}", at + 1),
            Self::Postgres(_) => {
                let kind = shadow.columns.get(at).map_or("text", |(_, kind)| kind);
                format!("v.column{}::{kind}", at + 1)
            }
        }
    }

    /// Where the rows of a statement come from.
    fn source(&self, columns: usize, rows: usize) -> String {
        let of = |many, one: &dyn Fn(usize) -> String| {
            (1..=many).map(one).collect::<Vec<_>>().join(", ")
        };
        match self {
            Self::Sqlite(_) => {
                let row = format!("({})", of(columns, &|_| "?".to_owned()));
                format!("(VALUES {}) AS v", of(rows, &|_| row.clone()))
            }
            Self::Postgres(_) => {
                let names = of(columns, &|at| format!("column{at}"));
                format!("unnest({}) AS v ({names})", of(columns, &|at| format!("${at}::text[]")))
            }
        }
    }

    async fn write(&mut self, sql: &str, rows: &[Cells]) -> Result<(), Failure> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(it) => {
                let mut query = sqlx::query(sql);
                for cell in rows.iter().flatten() {
                    query = query.bind(cell.as_deref());
                }
                query.execute(it).await?;
            }
            Self::Postgres(it) => {
                let mut query = sqlx::query(sql);
                for at in 0..rows.first().map_or(0, Vec::len) {
                    let column: Vec<_> = rows.iter().map(|row| row[at].as_deref()).collect();
                    query = query.bind(column);
                }
                query.execute(it).await?;
            }
        }
        Ok(())
    }

    /// Makes the shadow of a table.
    async fn shadow(&mut self, table: &'static str, per_renewal: usize) -> Result<Shadow, Failure> {
        let columns = match self {
            Self::Sqlite(it) => {
                let all = "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL";
                let made: Vec<String> =
                    sqlx::query_scalar(all).bind(table).fetch_all(&mut *it).await?;
                for sql in made {
                    it.execute(sqlx::raw_sql(AssertSqlSafe(renamed(&sql, table)))).await?;
                }
                let columns = "SELECT name, type FROM pragma_table_info(?)";
                sqlx::query_as(columns).bind(table).fetch_all(it).await?
            }
            Self::Postgres(it) => {
                let like = format!("CREATE TABLE raw_{table} (LIKE {table} INCLUDING ALL)");
                it.execute(sqlx::raw_sql(AssertSqlSafe(like))).await?;
                let columns = "SELECT attname::text, format_type(atttypid, atttypmod) \
                    FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 ORDER BY attnum";
                sqlx::query_as(columns).bind(table).fetch_all(it).await?
            }
        };
        // The database numbers the facts by itself.
        let columns: Vec<(String, String)> = columns;
        let own = |name: &str| table == "events" && name == "position";
        let columns = columns.into_iter().filter(|(name, _)| !own(name)).collect();
        Ok(Shadow { table, columns, per_renewal, last: String::new(), rows: Vec::new() })
    }

    /// The rows of a table after the last that was read, in the order of their ids.
    async fn rows(&mut self, shadow: &Shadow, join: &str, by: &str) -> Result<Vec<Cells>, Failure> {
        let mut cells = String::new();
        for (name, _) in &shadow.columns {
            let comma = if cells.is_empty() { "" } else { ", " };
            let _ = write!(cells, "{comma}CAST(t.{name} AS text)");
        }
        let (table, last) = (shadow.table, &shadow.last);
        let sql = format!("SELECT {cells} FROM {table} t {join} WHERE {by} > $1 ORDER BY {by}");
        let sql = AssertSqlSafe(sql);
        let many = shadow.columns.len();
        Ok(match self {
            Self::Sqlite(it) => {
                let rows = sqlx::query(sql).bind(last).fetch_all(it).await?;
                rows.iter().map(|row| (0..many).map(|at| row.get(at)).collect()).collect()
            }
            Self::Postgres(it) => {
                let rows = sqlx::query(sql).bind(last).fetch_all(it).await?;
                rows.iter().map(|row| (0..many).map(|at| row.get(at)).collect()).collect()
            }
        })
    }
}

/// The statement that makes the shadow's table or index, of the one that made the table's.
fn renamed(sql: &str, table: &str) -> String {
    if sql.starts_with("CREATE TABLE") {
        return sql.replacen(table, &format!("raw_{table}"), 1);
    }
    let (head, rest) = sql.split_once(" ON ").unwrap_or((sql, ""));
    let head = head.replace("INDEX ", "INDEX raw_");
    format!("{head} ON {}", rest.replacen(table, &format!("raw_{table}"), 1))
}
