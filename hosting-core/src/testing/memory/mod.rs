//! A [`Store`](crate::port::Store) in memory: the contract in its shortest form.
//!
//! One mutex holds everything, so each commit is one transaction. A commit is checked whole against
//! what is there and then applied; nothing is copied, and nothing can fail once applying begins.
//! The rules it keeps are those of the SQL stores: versions, unique keys, foreign keys, counters,
//! series, leases. Deliberately absent: durability.

mod counters;
mod journal;
mod queue;
mod read;
mod rows;
mod schema;
mod state;
mod store;

pub use store::MemoryStore;
