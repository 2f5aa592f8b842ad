//! The one write: a change set inside one transaction.
//!
//! Locks are taken in one order everywhere, so that commits cannot deadlock on rows: the nouns'
//! tables in the order of the change set, within a table by id, then the queue, counters by name,
//! number series by name. Conflicts are therefore found before limits, and both before anything is
//! inserted. New rows come next, then tasks, and the journal last, because on `MySQL` whoever
//! appends to it holds others up until the commit.

mod apply;
pub(crate) mod claim;
mod counters;
#[cfg(feature = "postgres")]
pub(crate) mod intake;
mod journal;
mod numbers;
pub(crate) mod purge;
mod queue;
pub(crate) mod rows;

pub(crate) use apply::{all, apply, raw};
use apply::{execute, execute_all};
