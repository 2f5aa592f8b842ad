//! The sandbox world: local servers that speak the providers' real wire protocols, with state.
//!
//! The real adapters run against them unchanged. Each provider's server lives in its adapter's
//! folder (`midtrans/sandbox.rs`, `cpanel/sandbox.rs`); here is what they share.

pub mod fault;

pub use fault::{Fault, Faults};
