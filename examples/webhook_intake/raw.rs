//! The yardstick: the same two rows, written by bare inserts that share no code with the store.
//!
//! On `PostgreSQL` both are one statement, which is a transaction by itself; on `SQLite`, which has one
//! writer, they are two prepared inserts in a transaction, and the clients stand in line for it.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use sqlx::{
    PgPool, SqlitePool,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::Failure;

const WEBHOOK: &str = "INSERT INTO webhook_events \
    (id, version, gateway, event_key, reference, body, status, created_at, updated_at) \
    VALUES ($1, 1, 'sim', $2, $3, $4, 'received', $5, $5)";
const TASK: &str = "INSERT INTO provision_tasks \
    (id, version, action, lane, task_key, live_key, job, status, attempts, max_attempts, due_at, \
     created_at, updated_at) \
    VALUES ($1, 1, 'webhook', 'payment', $2, $2, $3, 'queued', 0, 12, $4, $4, $4)";
const BOTH: &str = "WITH taken AS (INSERT INTO webhook_events \
    (id, version, gateway, event_key, reference, body, status, created_at, updated_at) \
    VALUES ($1, 1, 'sim', $2, $3, $4, 'received', $5, $5)) \
    INSERT INTO provision_tasks \
    (id, version, action, lane, task_key, live_key, job, status, attempts, max_attempts, due_at, \
     created_at, updated_at) \
    VALUES ($6, 1, 'webhook', 'payment', $7, $7, $8::jsonb, 'queued', 0, 12, $5, $5, $5)";

/// A message as it is stored.
pub(crate) struct Message<'a> {
    pub(crate) id: String,
    pub(crate) task_id: String,
    pub(crate) event_key: String,
    pub(crate) reference: Option<String>,
    pub(crate) body: &'a str,
    pub(crate) at: DateTime<Utc>,
}

/// Connections of its own to the database.
#[derive(Debug, Clone)]
pub(crate) enum Raw {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Raw {
    pub(crate) async fn open(url: &str, connections: u32) -> Result<Self, Failure> {
        if url.starts_with("sqlite:") {
            let connect = url.parse::<SqliteConnectOptions>()?;
            let connect = connect.journal_mode(SqliteJournalMode::Wal);
            let connect = connect.synchronous(SqliteSynchronous::Full);
            let connect = connect.busy_timeout(Duration::from_secs(30));
            let one = SqlitePoolOptions::new().max_connections(1);
            return Ok(Self::Sqlite(one.connect_with(connect).await?));
        }
        if url.starts_with("postgres") {
            let pool = PgPoolOptions::new().max_connections(connections);
            return Ok(Self::Postgres(pool.connect(url).await?));
        }
        Err("the bare inserts are for SQLite and PostgreSQL".into())
    }

    /// Stores a message and its task.
    pub(crate) async fn store(&self, message: &Message<'_>) -> Result<(), sqlx::Error> {
        let key = format!("webhook/{}", message.id);
        let job = format!(r#"{{"kind":"process_webhook","webhook_event_id":"{}"}}"#, message.id);
        match self {
            Self::Sqlite(pool) => {
                let at = message.at.to_rfc3339_opts(SecondsFormat::Millis, true);
                let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
                let webhook = sqlx::query(WEBHOOK).bind(&message.id).bind(&message.event_key);
                let webhook = webhook.bind(&message.reference).bind(message.body).bind(&at);
                webhook.execute(&mut *tx).await?;
                let task = sqlx::query(TASK).bind(&message.task_id).bind(&key).bind(job).bind(&at);
                task.execute(&mut *tx).await?;
                tx.commit().await
            }
            Self::Postgres(pool) => {
                let both = sqlx::query(BOTH).bind(&message.id).bind(&message.event_key);
                let both = both.bind(&message.reference).bind(message.body).bind(message.at);
                let both = both.bind(&message.task_id).bind(&key).bind(job);
                both.execute(pool).await.map(drop)
            }
        }
    }
}
