//! `SQLite`'s one writer: a task that owns the write lock's queue.
//!
//! Commits, claims and purges that wait at the same time share one transaction and one flush to
//! disk. Each has its own savepoint, so that it succeeds or fails alone; nobody hears of success
//! before the shared transaction is durable. A caller that goes away does not stop its work half
//! way: what was queued is done.

use std::time::Duration;

use chrono::{DateTime, Utc};
use hosting_core::{
    change::{ChangeSet, Receipt},
    port::{
        StoreError,
        store::{Claim, Claimed, DoneBefore},
    },
};
use tokio::sync::{mpsc, oneshot};

use crate::{
    conn::{Db, Tx},
    write,
};

/// How many may wait before callers are held up.
const QUEUE: usize = 1024;
/// How many rows a group may write; it bounds the time that the write lock is held.
const ROWS: usize = 400;
/// How many may share a transaction.
const GROUP: usize = 64;
/// After how many rows the write-ahead log is carried over into the database.
const CHECKPOINT: usize = 1000;

type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

#[derive(Debug)]
enum Job {
    Commit(Box<ChangeSet>, Reply<Receipt>),
    Claim(Claim, Reply<Claimed>),
    Purge(Purging, u32, Reply<u64>),
}

/// What is thrown away.
#[derive(Debug)]
enum Purging {
    /// What expired by then.
    Expired(DateTime<Utc>),
    /// Work that is done.
    Done(DoneBefore),
}

/// What is to be told to whom once the group is durable.
enum Outcome {
    Commit(Result<Receipt, StoreError>, Reply<Receipt>),
    Claim(Result<Claimed, StoreError>, Reply<Claimed>),
    Purge(Result<u64, StoreError>, Reply<u64>),
}

/// Where to queue.
#[derive(Debug, Clone)]
pub(crate) struct Writer(mpsc::Sender<Job>);

fn gone() -> StoreError {
    StoreError::Unavailable("the writer has stopped".into())
}

impl Writer {
    /// Starts the task; it ends when the last handle is dropped.
    pub(crate) fn start(db: Db) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(run(db, receiver));
        Self(sender)
    }

    async fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.0.send(job(reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    pub(crate) async fn commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        self.ask(|reply| Job::Commit(Box::new(changes), reply)).await
    }

    pub(crate) async fn claim(&self, claim: Claim) -> Result<Claimed, StoreError> {
        self.ask(|reply| Job::Claim(claim, reply)).await
    }

    pub(crate) async fn purge(&self, now: DateTime<Utc>, limit: u32) -> Result<u64, StoreError> {
        self.ask(|reply| Job::Purge(Purging::Expired(now), limit, reply)).await
    }

    pub(crate) async fn purge_done(&self, done: DoneBefore, limit: u32) -> Result<u64, StoreError> {
        self.ask(|reply| Job::Purge(Purging::Done(done), limit, reply)).await
    }
}

impl Job {
    fn weight(&self) -> usize {
        match self {
            Self::Commit(changes, _) => write::rows::weight(changes),
            Self::Claim(claim, _) => usize::try_from(claim.limit).unwrap_or(ROWS),
            Self::Purge(..) => ROWS,
        }
    }

    async fn run(self, tx: &mut Tx) -> Outcome {
        match self {
            Self::Commit(mut changes, reply) => {
                Outcome::Commit(write::apply(tx, &mut changes).await, reply)
            }
            Self::Claim(claim, reply) => {
                Outcome::Claim(write::claim::claim(tx, &claim).await, reply)
            }
            Self::Purge(Purging::Expired(now), limit, reply) => {
                Outcome::Purge(write::purge::purge(tx, now, limit).await, reply)
            }
            Self::Purge(Purging::Done(done), limit, reply) => {
                Outcome::Purge(write::purge::purge_done(tx, &done, limit).await, reply)
            }
        }
    }

    fn refuse(self, error: StoreError) {
        // Whoever no longer waits does not need to hear.
        let _ = match self {
            Self::Commit(_, reply) => reply.send(Err(error)).is_ok(),
            Self::Claim(_, reply) => reply.send(Err(error)).is_ok(),
            Self::Purge(_, _, reply) => reply.send(Err(error)).is_ok(),
        };
    }
}

impl Outcome {
    const fn is_err(&self) -> bool {
        match self {
            Self::Commit(result, _) => result.is_err(),
            Self::Claim(result, _) => result.is_err(),
            Self::Purge(result, _) => result.is_err(),
        }
    }

    /// Tells the outcome; `lost` is why the group's transaction did not become durable.
    fn tell(self, lost: Option<&str>) {
        fn or<T>(result: Result<T, StoreError>, lost: Option<&str>) -> Result<T, StoreError> {
            match (result, lost) {
                (Ok(_), Some(text)) => Err(StoreError::Unavailable(text.into())),
                (result, _) => result,
            }
        }
        let _ = match self {
            Self::Commit(result, reply) => reply.send(or(result, lost)).is_ok(),
            Self::Claim(result, reply) => reply.send(or(result, lost)).is_ok(),
            Self::Purge(result, reply) => reply.send(or(result, lost)).is_ok(),
        };
    }
}

async fn run(db: Db, mut queue: mpsc::Receiver<Job>) {
    let (nudge, nudged) = mpsc::channel(1);
    tokio::spawn(checkpoints(db.clone(), nudged));
    let mut written = 0_usize;
    while let Some(first) = queue.recv().await {
        let mut rows = first.weight();
        let mut group = vec![first];
        while rows < ROWS && group.len() < GROUP {
            let Ok(job) = queue.try_recv() else { break };
            rows = rows.saturating_add(job.weight());
            group.push(job);
        }
        together(&db, group).await;
        written = written.saturating_add(rows);
        // When one is asked for already, that one will do.
        if written >= CHECKPOINT && nudge.try_send(()).is_ok() {
            written = 0;
        }
    }
}

/// Carries the log over beside the writer, which would otherwise stand still for it within a commit.
async fn checkpoints(db: Db, mut nudged: mpsc::Receiver<()>) {
    while nudged.recv().await.is_some() {
        // Nothing is lost when it fails: the log is durable, and grows until it succeeds.
        let _ = db.checkpoint().await;
    }
}

/// Runs a group in one transaction.
async fn together(db: &Db, group: Vec<Job>) {
    let mut tx = match begin(db).await {
        Ok(tx) => tx,
        Err(error) => {
            let text = chain(&error);
            for job in group {
                job.refuse(StoreError::Unavailable(text.as_str().into()));
            }
            return;
        }
    };
    let alone = group.len() == 1;
    let mut outcomes = Vec::with_capacity(group.len());
    let mut broken = None;
    for job in group {
        if let Some(text) = &broken {
            let text: &String = text;
            job.refuse(StoreError::Unavailable(text.as_str().into()));
            continue;
        }
        let done = if alone { (job.run(&mut tx).await, Ok(())) } else { one(&mut tx, job).await };
        match done {
            (outcome, Ok(())) => outcomes.push(outcome),
            (outcome, Err(error)) => {
                broken = Some(chain(&error));
                outcomes.push(outcome);
            }
        }
    }
    let failed_alone = alone && outcomes.iter().all(Outcome::is_err);
    let ended =
        if broken.is_some() || failed_alone { tx.rollback().await } else { tx.commit().await };
    let lost = broken.or_else(|| ended.err().map(|error| chain(&error)));
    for outcome in outcomes {
        outcome.tell(lost.as_deref());
    }
}

/// Other processes may write too (a migration, a second program): wait for them a little longer
/// than one busy timeout.
async fn begin(db: &Db) -> Result<Tx, StoreError> {
    match db.begin().await {
        Err(StoreError::Unavailable(_)) => {
            tokio::time::sleep(Duration::from_millis(20)).await;
            db.begin().await
        }
        other => other,
    }
}

/// Runs one job of several in its savepoint; the second answer is whether the transaction is still good.
async fn one(tx: &mut Tx, job: Job) -> (Outcome, Result<(), StoreError>) {
    let opened = tx.script("SAVEPOINT one").await;
    let outcome = job.run(tx).await;
    let closed = match opened {
        Err(error) => Err(error),
        Ok(()) if outcome.is_err() => tx.script("ROLLBACK TO one; RELEASE one").await,
        Ok(()) => tx.script("RELEASE one").await,
    };
    (outcome, closed)
}

/// An error with its reasons, for everybody of the group.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
