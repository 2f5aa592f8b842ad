//! The contract of [`Store`](crate::port::Store), rule by rule.
//!
//! A rule is an async function that takes an empty store and panics when the store breaks it; its
//! name is the rule. [`store_conformance!`](crate::store_conformance) makes a test of each:
//!
//! ```text
//! async fn fresh() -> Arc<MyStore> { … }
//! hosting_core::store_conformance!(my_store, fresh);
//! ```
//!
//! Instants are stored to the millisecond; the rules use no finer ones.
#![allow(clippy::wildcard_imports, reason = "rules speak of every noun")]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a rule fails, and rules read like sentences"
)]

mod asserts;
pub mod claims;
pub mod commit;
pub mod concurrency;
pub mod counters;
pub mod crowds;
pub mod due;
pub mod guards;
pub mod interventions;
pub mod journal;
pub mod lists;
pub mod numbers;
pub mod purging;
pub mod queries;
pub mod round_trips;
mod rules;
pub mod sample;
pub mod tasks;
mod trial;
pub mod uniqueness;
pub mod versions;

pub use rules::{RULES, run};
pub use sample::{Sample, Shop};
pub use trial::{Spawn, Trial, Work};
