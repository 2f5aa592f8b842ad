//! Bringing the schema up to date.
//!
//! Migrations are numbered files, embedded in the program, the same numbers and names for every
//! database. Each is written down with a checksum when it was applied. A database that was migrated
//! by a newer program is refused, and so is one whose past differs from this program's. Two
//! replicas may start together: the second waits for the first.

use std::fmt::Write as _;

use hosting_core::port::StoreError;
use sha2::{Digest as _, Sha256};

use crate::{
    conn::{Arg, Cells, Tx},
    dialect::Dialect,
    reads::statements,
    record::CellReader,
    statement::Statement,
    store::SqlStore,
};

/// One step of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// Its place, from 1, without gaps.
    pub number: i64,
    /// What it is called; the file is `<number>_<name>.sql`.
    pub name: &'static str,
    texts: [&'static str; 3],
}

macro_rules! migrations {
    ($($number:literal $file:literal $name:literal;)+) => {
        /// Every step, in order.
        pub const MIGRATIONS: &[Migration] = &[$(Migration {
            number: $number,
            name: $name,
            texts: [
                include_str!(concat!("../migrations/sqlite/", $file, ".sql")),
                include_str!(concat!("../migrations/postgres/", $file, ".sql")),
                include_str!(concat!("../migrations/mysql/", $file, ".sql")),
            ],
        },)+];
    };
}
migrations! {
    1 "0001_first_shop" "first_shop";
}

impl Migration {
    /// Its statements for `dialect`.
    pub const fn text(&self, dialect: Dialect) -> &'static str {
        self.texts[dialect as usize]
    }

    /// SHA-256 of its statements in hex; line ends do not count.
    pub fn checksum(&self, dialect: Dialect) -> String {
        let digest = Sha256::digest(self.text(dialect).replace("\r\n", "\n").as_bytes());
        digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// Why the schema cannot be used or brought up to date.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// A newer program was here.
    #[error(
        "the database is from the future: migration {number} ({name}) is not known to this program; \
         start the newer program, or restore a backup from before it ran"
    )]
    FromTheFuture {
        /// The unknown migration's number.
        number: i64,
        /// The unknown migration's name.
        name: String,
    },
    /// The step was applied with another content than this program's.
    #[error("migration {number} ({name}) was applied with another content than this program has")]
    Changed {
        /// The migration's number.
        number: i64,
        /// The migration's name.
        name: &'static str,
    },
    /// The step could not be applied.
    #[error("migration {number} ({name}) failed")]
    Failed {
        /// The migration's number.
        number: i64,
        /// The migration's name.
        name: &'static str,
        /// What the database said.
        source: StoreError,
    },
    /// The database could not be asked.
    #[error("the schema's state could not be read")]
    Store(#[from] StoreError),
}

statements! {
    APPLIED = Statement::same("SELECT number, name, checksum FROM hosting_migrations ORDER BY number");
    RECORD = Statement::same(
        "INSERT INTO hosting_migrations (number, name, checksum) VALUES ($1, $2, $3)",
    );
    // On `SQLite` the transaction itself is the lock.
    LOCK = Statement::each(
        "SELECT 1",
        "SELECT 1::bigint FROM (SELECT pg_advisory_xact_lock(1752134515, 1) OFFSET 0) AS held",
        "SELECT GET_LOCK(CONCAT('hosting/', SHA1(DATABASE())), 600)",
    );
    UNLOCK = Statement::each(
        "SELECT 1",
        "SELECT 1",
        "SELECT RELEASE_LOCK(CONCAT('hosting/', SHA1(DATABASE())))",
    );
    EXACT = Statement::each(
        "SELECT ''",
        "SELECT ''",
        "SELECT CAST(@@collation_connection AS CHAR)",
    );
    HAS_TABLE = Statement::each(
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'hosting_migrations'",
        "SELECT 1 WHERE to_regclass('hosting_migrations') IS NOT NULL",
        "SELECT 1 FROM information_schema.tables \
         WHERE table_schema = DATABASE() AND table_name = 'hosting_migrations'",
    );
}

const fn table(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => {
            "CREATE TABLE IF NOT EXISTS hosting_migrations (
                number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL,
                applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))) STRICT"
        }
        Dialect::Postgres => {
            "CREATE TABLE IF NOT EXISTS hosting_migrations (
                number bigint PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
                applied_at timestamptz(3) NOT NULL DEFAULT now())"
        }
        Dialect::MySql => {
            "CREATE TABLE IF NOT EXISTS hosting_migrations (
                number BIGINT PRIMARY KEY, name VARCHAR(100) NOT NULL, checksum CHAR(64) NOT NULL,
                applied_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3))
                DEFAULT CHARSET=utf8mb4"
        }
    }
}

struct Applied {
    number: i64,
    name: String,
    checksum: String,
}

fn applied(row: &dyn Cells) -> Result<Applied, StoreError> {
    let mut cells = CellReader::new("hosting_migrations", row);
    Ok(Applied {
        number: cells.next("number")?,
        name: cells.next("name")?,
        checksum: cells.next("checksum")?,
    })
}

/// The steps that are still to be done, when the past agrees with this program's.
fn pending(dialect: Dialect, past: &[Applied]) -> Result<Vec<Migration>, MigrateError> {
    for step in past {
        let Some(known) = MIGRATIONS.iter().find(|it| it.number == step.number) else {
            return Err(MigrateError::FromTheFuture {
                number: step.number,
                name: step.name.clone(),
            });
        };
        if known.name != step.name || known.checksum(dialect) != step.checksum {
            return Err(MigrateError::Changed { number: known.number, name: known.name });
        }
    }
    let done = |it: &&Migration| past.iter().any(|step| step.number == it.number);
    Ok(MIGRATIONS.iter().filter(|it| !done(it)).copied().collect())
}

impl SqlStore {
    /// The steps that [`migrate`](Self::migrate) would do now. Nothing is changed.
    ///
    /// # Errors
    /// [`MigrateError::FromTheFuture`] and [`MigrateError::Changed`] when the database is not this
    /// program's.
    pub async fn pending_migrations(&self) -> Result<Vec<Migration>, MigrateError> {
        let past = if self.any(&HAS_TABLE, &[]).await? {
            self.db().fetch(&APPLIED, &[], applied).await?
        } else {
            Vec::new()
        };
        pending(self.dialect(), &past)
    }

    /// Brings the schema up to date; answers what was done. Safe to call from several programs at
    /// once.
    ///
    /// On `SQLite` and `PostgreSQL` all steps are one transaction. `MySQL` commits every statement by
    /// itself; there a step that was cut off is done again, which its statements allow.
    ///
    /// # Errors
    /// See [`MigrateError`].
    pub async fn migrate(&self) -> Result<Vec<Migration>, MigrateError> {
        let mut tx = self.db().begin().await?;
        if tx.dialect() == Dialect::Postgres {
            // Another replica's step may take longer than a statement may otherwise wait.
            tx.script("SET LOCAL lock_timeout = 0").await?;
        }
        let held = |row: &dyn Cells| CellReader::new("lock", row).next::<Option<i64>>("held");
        if tx.fetch(&LOCK, &[], held).await?.first() == Some(&Some(0)) {
            let text = "another program has been migrating for ten minutes";
            return Err(StoreError::Unavailable(text.into()).into());
        }
        let outcome = steps(&mut tx).await;
        let unlocked = tx.fetch(&UNLOCK, &[], |_| Ok(())).await;
        match outcome {
            Ok(done) => {
                unlocked?;
                tx.commit().await?;
                for step in &done {
                    tracing::info!(number = step.number, name = step.name, "schema step applied");
                }
                Ok(done)
            }
            Err(error) => {
                // The step's own error explains more than what follows from it.
                let _ = tx.rollback().await;
                Err(error)
            }
        }
    }
}

async fn steps(tx: &mut Tx) -> Result<Vec<Migration>, MigrateError> {
    let dialect = tx.dialect();
    tx.script(table(dialect)).await?;
    let past = tx.fetch(&APPLIED, &[], applied).await?;
    let todo = pending(dialect, &past)?;
    // `MySQL` and `MariaDB` have a byte-wise collation that minds trailing spaces, under different
    // names; the connection was opened with the server's.
    let name = |row: &dyn Cells| CellReader::new("server", row).next::<String>("collation");
    let exact = tx.fetch(&EXACT, &[], name).await?.into_iter().next().unwrap_or_default();
    for step in &todo {
        let failed = |source| MigrateError::Failed { number: step.number, name: step.name, source };
        tx.script(&step.text(dialect).replace("{exact}", &exact)).await.map_err(failed)?;
        let checksum = step.checksum(dialect);
        let args = [Arg::Int(step.number), Arg::Text(step.name), Arg::Text(&checksum)];
        tx.execute(&RECORD, &args).await.map_err(failed)?;
    }
    Ok(todo)
}
