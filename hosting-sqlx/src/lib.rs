//! One store for `hosting-core` on three databases: `SQLite`, `PostgreSQL` 14 and newer, `MySQL`
//! 8.0.19 and newer with `MariaDB` 10.6 and newer.
//!
//! ```no_run
//! # async fn open() -> Result<(), Box<dyn std::error::Error>> {
//! use hosting_sqlx::SqlStore;
//!
//! let store = SqlStore::connect("sqlite://shop.db?mode=rwc").await?;
//! store.migrate().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # How it is built
//!
//! * Drivers are named in one file (`conn`), dialects known in one (`dialect`). Statements are
//!   `static` data, written once; a test prepares every one on every database.
//! * A batch travels as one bound parameter, a JSON array that the database turns into rows. A
//!   commit of a thousand renewals is a dozen statements.
//! * A noun's table is one `record!` line a field; the column kinds follow from the field types.
//! * Correctness holds at READ COMMITTED: unique keys, guarded updates, row locks in one order.
//!
//! # What is deliberately absent
//!
//! Rules. Nothing here decides; a change set is applied whole or not at all. There is no query
//! builder, no lazy loading, and no delete but for what has expired.

#[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
compile_error!("hosting-sqlx needs at least one of the features sqlite, postgres, mysql");

mod batch;
mod column;
mod conn;
mod connect;
mod dialect;
mod inspect;
mod journal;
mod look;
mod migrate;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod nodelay;
#[doc(hidden)]
pub mod raw;
mod reads;
mod record;
mod statement;
mod store;
mod tables;
mod write;
#[cfg(feature = "sqlite")]
mod writer;

pub use connect::{ConnectError, StoreOptions};
pub use dialect::Dialect;
pub use inspect::{StatementInfo, TableInfo};
pub use migrate::{MIGRATIONS, MigrateError, Migration};
pub use statement::{ColumnSpec, Kind};
pub use store::SqlStore;
