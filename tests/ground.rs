//! Databases on which a story can be told again and again, each time from an empty shop.
//!
//! Tables are made once a run: other databases are copies of the first. What dies here dies inside the
//! test, so nothing needs to survive a power cut: `SQLite` lives in memory where the machine has a place
//! for files there, and `PostgreSQL` acknowledges before it has written.

use std::{path::PathBuf, sync::Arc};

use hosting_sqlx::{Dialect, SqlStore};

use super::support::{self, Fresh};

/// Where files are kept in memory, on machines that have such a place.
const MEMORY: &str = "/dev/shm";

/// A migrated database that others are copies of.
pub(crate) struct Template {
    dialect: Dialect,
    server: String,
    kept: Kept,
}

enum Kept {
    File {
        folder: tempfile::TempDir,
        path: PathBuf,
    },
    Database {
        name: String,
    },
    /// Each database is migrated by itself.
    Nothing,
}

/// A database of one worker.
pub(crate) struct Plot {
    pub(crate) url: String,
    ground: Ground,
}

enum Ground {
    File { _folder: tempfile::TempDir, path: PathBuf, template: PathBuf },
    Postgres { server: String, name: String },
    Whole(Box<Fresh>),
}

fn folder() -> tempfile::TempDir {
    let memory = std::path::Path::new(MEMORY);
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    folder.expect("a folder")
}

fn sqlite(path: &std::path::Path) -> String {
    format!("sqlite://{}?mode=rwc", path.display())
}

pub(crate) async fn connect(url: &str) -> Arc<SqlStore> {
    let mut options = support::options();
    // One after the other asks; a second connection is for whoever looks.
    options.max_connections = 2;
    Arc::new(SqlStore::connect_with(url, &options).await.expect("connected"))
}

impl Template {
    /// Makes the tables, once.
    pub(crate) async fn make(dialect: Dialect, server: &str) -> Self {
        let kept = match dialect {
            Dialect::Sqlite => {
                let folder = folder();
                let path = folder.path().join("template.db");
                migrate(&sqlite(&path)).await;
                Kept::File { folder, path }
            }
            Dialect::Postgres => {
                let name = format!("{}_template", support::name());
                support::postgres(server, &format!("CREATE DATABASE {name}")).await;
                migrate(&support::beside(server, &name)).await;
                Kept::Database { name }
            }
            Dialect::MySql => Kept::Nothing,
        };
        Self { dialect, server: server.to_owned(), kept }
    }

    /// One more database.
    pub(crate) async fn plot(&self) -> Plot {
        match &self.kept {
            Kept::File { path: template, .. } => {
                let folder = folder();
                let path = folder.path().join("shop.db");
                let url = sqlite(&path);
                let template = template.clone();
                Plot { url, ground: Ground::File { _folder: folder, path, template } }
            }
            Kept::Database { name: template } => {
                let (server, name) = (self.server.clone(), support::name());
                let sql = format!("CREATE DATABASE {name} TEMPLATE {template}");
                support::postgres(&server, &sql).await;
                let sql = format!("ALTER DATABASE {name} SET synchronous_commit = off");
                support::postgres(&server, &sql).await;
                let url = support::beside(&server, &name);
                Plot { url, ground: Ground::Postgres { server, name } }
            }
            Kept::Nothing => {
                let fresh = Fresh::empty(self.dialect, &self.server).await;
                fresh.store.migrate().await.expect("migrated");
                Plot { url: fresh.url.clone(), ground: Ground::Whole(Box::new(fresh)) }
            }
        }
    }

    /// Removes the template.
    pub(crate) async fn drop(self) {
        match self.kept {
            Kept::File { folder, .. } => folder.close().expect("removed"),
            Kept::Database { name } => {
                let sql = format!("DROP DATABASE {name} WITH (FORCE)");
                support::postgres(&self.server, &sql).await;
            }
            Kept::Nothing => {}
        }
    }
}

async fn migrate(url: &str) {
    let store = connect(url).await;
    store.migrate().await.expect("migrated");
    // The last connection that closes writes everything into the one file that is copied.
    store.close().await;
}

impl Plot {
    /// The database as it was before anything happened, and a store on it.
    pub(crate) async fn cleared(&self) -> Arc<SqlStore> {
        match &self.ground {
            Ground::File { path, template, .. } => {
                for ending in ["", "-wal", "-shm"] {
                    let mut name = path.clone().into_os_string();
                    name.push(ending);
                    let _ = std::fs::remove_file(name);
                }
                std::fs::copy(template, path).expect("copied");
            }
            // Emptying is faster than another copy: dropping a database waits for a checkpoint.
            Ground::Postgres { .. } | Ground::Whole(_) => support::empty(&self.url).await,
        }
        connect(&self.url).await
    }

    /// Removes the database.
    pub(crate) async fn drop(self) {
        match self.ground {
            Ground::File { .. } => {}
            Ground::Postgres { server, name } => {
                support::postgres(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
            }
            Ground::Whole(fresh) => (*fresh).drop().await,
        }
    }
}
