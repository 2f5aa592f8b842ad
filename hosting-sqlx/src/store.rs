//! The store: one value over whichever database.

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hosting_core::{
    change::{ChangeSet, Receipt},
    port::{
        StoreError,
        store::{Claim, Claimed, DoneBefore, Store},
    },
};

#[cfg(feature = "sqlite")]
use crate::writer::Writer;
use crate::{
    conn::{Db, is_contention},
    dialect::Dialect,
    statement::Statement,
    write,
};

/// How often a transaction that lost a race for locks is run before the caller hears of it.
const TRIES: u32 = 5;

/// Runs a transaction, and again for as long as it was only the victim of others: it left nothing behind.
macro_rules! insist {
    ($once:expr) => {{
        let mut tries = 1;
        loop {
            match $once {
                Err(error) if tries < TRIES && is_contention(&error) => tries += 1,
                other => break other,
            }
        }
    }};
}

/// The store of a small shop on `SQLite`, or of a large one on `PostgreSQL` or `MySQL`.
///
/// Cloning it is cheap; clones share their connections.
#[derive(Clone)]
pub struct SqlStore {
    db: Db,
    #[cfg(feature = "sqlite")]
    writer: Option<Writer>,
}

impl fmt::Debug for SqlStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlStore").field("dialect", &self.dialect()).finish_non_exhaustive()
    }
}

impl SqlStore {
    pub(crate) fn over(db: Db) -> Self {
        #[cfg(feature = "sqlite")]
        let writer = match &db {
            Db::Sqlite(..) => Some(Writer::start(db.clone())),
            #[cfg(any(feature = "postgres", feature = "mysql"))]
            _ => None,
        };
        Self {
            db,
            #[cfg(feature = "sqlite")]
            writer,
        }
    }

    /// Which database it is.
    pub const fn dialect(&self) -> Dialect {
        self.db.dialect()
    }

    pub(crate) const fn db(&self) -> &Db {
        &self.db
    }

    /// Closes all connections; what was being asked gets [`StoreError::Unavailable`].
    pub async fn close(&self) {
        self.db.close().await;
    }

    async fn commit_alone(&self, mut changes: ChangeSet) -> Result<Receipt, StoreError> {
        insist!(self.try_commit(&mut changes).await)
    }

    async fn try_commit(&self, changes: &mut ChangeSet) -> Result<Receipt, StoreError> {
        #[cfg(feature = "postgres")]
        if let Some(taken_in) = write::intake::take_in(&self.db, changes).await {
            return taken_in;
        }
        let mut tx = self.db.begin().await?;
        match write::apply(&mut tx, changes).await {
            Ok(receipt) => tx.commit().await.map(|()| receipt),
            Err(error) => {
                // The first error is the one that explains; a failed rollback drops the connection.
                let _ = tx.rollback().await;
                Err(error)
            }
        }
    }
}

impl SqlStore {
    async fn try_claim(&self, claim: &Claim) -> Result<Claimed, StoreError> {
        let mut tx = self.db.begin().await?;
        let leased = write::claim::claim(&mut tx, claim).await?;
        tx.commit().await?;
        Ok(leased)
    }

    async fn try_purge(&self, now: DateTime<Utc>, limit: u32) -> Result<u64, StoreError> {
        let mut tx = self.db.begin().await?;
        let gone = write::purge::purge(&mut tx, now, limit).await?;
        tx.commit().await?;
        Ok(gone)
    }

    async fn try_purge_done(&self, done: &DoneBefore, limit: u32) -> Result<u64, StoreError> {
        let mut tx = self.db.begin().await?;
        let gone = write::purge::purge_done(&mut tx, done, limit).await?;
        tx.commit().await?;
        Ok(gone)
    }
}

/// Why the database does not answer: "SELECT 1" in every dialect.
static PING: Statement = Statement::same("SELECT 1");

/// Statements of this file.
pub(crate) static ALL: &[&Statement] = &[&PING];

#[async_trait]
impl Store for SqlStore {
    async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        if changes.is_empty() {
            return Ok(Receipt::default());
        }
        #[cfg(feature = "sqlite")]
        if let Some(writer) = &self.writer {
            return writer.commit(changes).await;
        }
        self.commit_alone(changes).await
    }

    async fn claim(&self, claim: Claim) -> Result<Claimed, StoreError> {
        #[cfg(feature = "sqlite")]
        if let Some(writer) = &self.writer {
            if write::claim::is_idle(&self.db, &claim).await? {
                return Ok(Claimed::default());
            }
            return writer.claim(claim).await;
        }
        insist!(self.try_claim(&claim).await)
    }

    async fn purge(&self, now: DateTime<Utc>, limit: u32) -> Result<u64, StoreError> {
        #[cfg(feature = "sqlite")]
        if let Some(writer) = &self.writer {
            return writer.purge(now, limit).await;
        }
        insist!(self.try_purge(now, limit).await)
    }

    async fn purge_done(&self, done: &DoneBefore, limit: u32) -> Result<u64, StoreError> {
        #[cfg(feature = "sqlite")]
        if let Some(writer) = &self.writer {
            return writer.purge_done(*done, limit).await;
        }
        insist!(self.try_purge_done(done, limit).await)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.db.fetch(&PING, &[], |_| Ok(())).await.map(drop)
    }
}
