//! The verbs: pure decisions (law 1).
//!
//! Each is a function of values, a command, an instant and dice that are handed in, and answers a
//! [`ChangeSet`](crate::change::ChangeSet) or its own typed refusal. No async, no I/O, no clock.

pub mod access;
pub mod billing;
pub mod catalog;
pub mod configuration;
mod context;
pub mod customer;
pub mod ordering;
pub mod pricing;
pub mod provisioning;
pub mod subscription;

pub use context::{Books, Context};
